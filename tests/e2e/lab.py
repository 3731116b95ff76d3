"""A real JupyterLab in a real Chromium, driven as a person does it.

Every host but loopback is made unresolvable, and every request that does not go to loopback is recorded.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import nbformat
from playwright.sync_api import Browser, Locator, Page, Playwright, ViewportSize

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

#: what a notebook's page needs before cells can be run, and how a cell's end is known
_OPEN = """() => {
  const p = window.jupyterapp?.shell?.currentWidget;
  return !!(p?.context?.isReady && p.content?.widgets?.length);
}"""
_KERNEL = (
    "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status ?? 'none'"
)
_RUN = """(i) => {
  const app = window.jupyterapp, nb = app.shell.currentWidget.content;
  window.__done ??= {};
  window.__done[i] = false;
  nb.activeCellIndex = i;
  app.commands.execute('notebook:run-cell').finally(() => { window.__done[i] = true; });
}"""

_TURN_TO = """async (path) => {
  const app = window.jupyterapp;
  for (const w of [...app.shell.widgets('main')]) {
    if (w.context) {
      await w.context.sessionContext.shutdown();
      w.context.model.dirty = false; // or it asks whether to save
    }
    w.dispose();
  }
  window.__done = {};
  await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
}"""
VIEWPORT: ViewportSize = {"width": 1400, "height": 1000}


def launch_chromium(playwright: Playwright) -> Browser:
    """Start headless Chromium as Debian ships it."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)


def notebook(path: Path, *sources: str) -> Path:
    """Write a notebook of code cells."""
    nb = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nb, path)
    return path


class LabServer:
    """`jupyter lab` with configuration, data and settings folders of its own."""

    def __init__(self, root: Path, home: Path, settings: dict[str, Any] | None = None) -> None:
        self.root, self.token = root, secrets.token_hex(12)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        defaults = {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
        }
        for name, value in {**defaults, **(settings or {})}.items():
            package, plugin = name.split(":")
            file = home / "settings" / package / f"{plugin}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value))
        self.data = home / "data"
        self.env = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(self.data),
            "JUPYTER_RUNTIME_DIR": str(home / "run"),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "NBTRACK_DIR": str(root / "store"),
        }
        self.log = home / "server.log"
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True",
        ]  # fmt: skip
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=root, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended at once:\n{self.log.read_text()[-3000:]}")
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=2).read()
                return
            time.sleep(0.2)
        raise RuntimeError("JupyterLab did not answer within two minutes")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


class Notebook:
    """An open notebook: run cells, look at their outputs, collect what the page complained about."""

    def __init__(self, browser: Browser, server: LabServer, name: str, *, kernel: bool = True) -> None:
        self.server, self.name = server, name
        self.context = browser.new_context(viewport=VIEWPORT)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        if kernel:
            self.page.goto(f"{server.url}/lab/tree/{name}?token={server.token}&reset")
            self.page.wait_for_function(_OPEN, timeout=120_000)
            self.page.wait_for_function(f"() => ({_KERNEL})() === 'idle'", timeout=120_000)
        else:
            self.page.goto(f"{server.url}/lab?token={server.token}&reset")
            self.page.wait_for_function("() => window.jupyterapp?.restored", timeout=120_000)
            self.page.evaluate(
                """async (path) => {
                  await jupyterapp.restored;
                  await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook',
                    kernelPreference: {shouldStart: false, autoStartDefault: false, canStart: false}});
                }""",
                name,
            )
            self.page.wait_for_function(_OPEN, timeout=120_000)

    def turn_to(self, name: str) -> None:
        """Close what is open, kernel and all, and open another notebook in the same page.

        A second where a page of its own takes five: most of a browser test was JupyterLab's start.
        """
        self.name, self.errors, self.requests = name, [], []
        self.page.set_viewport_size(VIEWPORT)
        self.page.mouse.move(0, 0)
        self.page.evaluate(_TURN_TO, name)
        self.page.wait_for_function(_OPEN, timeout=120_000)
        self.page.wait_for_function(f"() => ({_KERNEL})() === 'idle'", timeout=120_000)

    def start(self, index: int) -> None:
        """Start a cell and return at once."""
        self.page.evaluate(_RUN, index)

    def wait(self, index: int, timeout: float = 120) -> None:
        """Wait for a started cell to end."""
        self.page.wait_for_function(f"() => window.__done[{index}] === true", timeout=timeout * 1000)

    def run(self, index: int, timeout: float = 120) -> None:
        """Run a cell to its end; raises with the traceback when it failed."""
        self.start(index)
        self.wait(index, timeout)
        for output in self.outputs(index):
            if output["output_type"] == "error":
                raise AssertionError("\n".join(output["traceback"]))

    def running(self, index: int) -> bool:
        return self.page.evaluate(f"() => window.__done[{index}] === false")

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as they would be saved."""
        return self.page.evaluate(
            "(i) => jupyterapp.shell.currentWidget.content.widgets[i].model.outputs?.toJSON() ?? []", index
        )

    def text(self, index: int) -> str:
        return self.output(index).inner_text()

    def output(self, index: int) -> Locator:
        """The output area of a cell, scrolled into view."""
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(index)
        area = cell.locator(".jp-Cell-outputWrapper")
        with contextlib.suppress(Exception):
            area.scroll_into_view_if_needed(timeout=2000)
        return area

    def panel(self, index: int) -> Locator:
        """The nbtrack panel in a cell's output."""
        panel = self.output(index).locator(".nbtrack").first
        panel.wait_for(state="visible", timeout=60_000)
        return panel

    def save(self) -> Path:
        self.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        self.page.wait_for_function(
            "() => !jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
        )
        return self.server.root / self.name

    def restart_kernel(self) -> None:
        self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"
        )
        self.page.wait_for_function(f"() => ({_KERNEL})() === 'idle'", timeout=60_000)

    def foreign_requests(self) -> list[str]:
        """Requests that would have left the machine."""
        return [
            url
            for url in self.requests
            if urlparse(url).scheme not in {"data", "blob", "about"}
            and urlparse(url).hostname not in {"127.0.0.1", "localhost"}
        ]

    def close(self) -> None:
        self.context.close()
