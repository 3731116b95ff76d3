"""What the scripts that make pictures of media share: a notebook in a real JupyterLab, in a light and a dark theme."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ..lab import LabServer, Notebook, launch_chromium, notebook

IMAGES = Path(__file__).parents[3] / "docs" / "images"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@contextmanager
def opened(browser: Browser, theme: str, *sources: str) -> Iterator[Notebook]:
    """Open a notebook of code cells in a theme, "light" or "dark"; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        root, home = Path(temporary, "work"), Path(temporary, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "pictures.ipynb", *sources)
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": THEMES[theme]}})
        try:
            nb = Notebook(browser, server, "pictures.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1000})
            nb.page.evaluate("() => jupyterapp.shell.collapseLeft()")
            yield nb
            assert not nb.errors, nb.errors
            nb.close()
        finally:
            server.stop()


def main(shoot: Callable[[Browser, str, Path], None]) -> None:
    """Run `shoot(browser, theme, folder)` as `[light|dark] [folder]` of the command line say; both by default."""
    wanted = sys.argv[1:2] or list(THEMES)
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for theme in wanted:
            shoot(browser, theme, folder)
