"""What a panel costs in a real JupyterLab: slider to repaint, bytes on the wire, first paint, notebook size.

    python -m tests.benchmarks.bench_panel

Pictures are seen once (ArrowLeft) and then again (ArrowRight): "new" has to fetch and decode, "seen" only to
paint. Times are from the key press to the first changed pixel, looked at once a frame, so about 16 ms is the
least that can be measured.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

MOVES = 12

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, time
rng = np.random.default_rng(0)
def picture(step):
    pixels = rng.integers(0, 255, (256, 256, 3), dtype=np.uint8)
    pixels[:40, :40] = (step * 5 % 256, 40, 90)
    return nbtrack.Image(pixels)
def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(i * i for i in range(1000))
"""
LOG = """\
run = nbtrack.init(project="bench")
for step in range(40):
    run.log({"loss": 1 / (step + 1), "shown": picture(step)})
"""
SITUATIONS = {
    "idle": "",
    "training in pure Python": "time.sleep(2)\nspin(40)\n",
    "pushing on the same panel": "time.sleep(2)\nfor i in range(800):\n    spin(0.05)\n    run.log({'loss': 0.5})\n",
    "one call holding the GIL": "time.sleep(8)\nsum(range(3 * 10**9))\n",
}


def measure(nb: Notebook, cell: int, *, hold: bool) -> dict[str, float | int]:
    panel = PanelView(nb.panel(cell))
    until(lambda: panel.pixel("shown"), 60)
    until(lambda: panel.step() >= 39, 60)
    if hold:
        nb.page.wait_for_timeout(8500)
    panel.press("ArrowLeft")
    until(lambda: panel.step() <= 39)
    new = [panel.move("shown", "ArrowLeft") for _ in range(MOVES)]
    seen = [panel.move("shown", "ArrowRight") for _ in range(MOVES)]
    lost = sum(t is None for t in new + seen)
    new_ms, seen_ms = ([t for t in times if t is not None] or [float("nan")] for times in (new, seen))
    return {
        "new p50": round(statistics.median(new_ms)),
        "new max": round(max(new_ms)),
        "seen p50": round(statistics.median(seen_ms)),
        "seen max": round(max(seen_ms)),
        "unanswered": lost,
    }


def main() -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        server = LabServer(root, home)
        browser = launch_chromium(playwright)
        rows: dict[str, dict[str, float | int]] = {}
        foreign: list[str] = []
        for number, (name, tail) in enumerate(SITUATIONS.items()):
            notebook(root / f"b{number}.ipynb", SETUP, LOG + tail)
            nb = Notebook(browser, server, f"b{number}.ipynb")
            nb.run(0)
            nb.start(1)
            if not tail:
                nb.wait(1)
            rows[name] = measure(nb, 1, hold="GIL" in name)
            rows[name]["cell ran on"] = int(nb.running(1))
            foreign += nb.foreign_requests()
            nb.page.evaluate("() => jupyterapp.commands.execute('kernelmenu:interrupt')")
            nb.page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
            nb.close()

        cold = SETUP + "run = nbtrack.init(project='cold')\nrun.log({'loss': 1.0})"
        notebook(root / "cold.ipynb", "import nbtrack", cold, "run.finish()")
        nb = Notebook(browser, server, "cold.ipynb")
        received: list[int] = []
        client = nb.context.new_cdp_session(nb.page)
        client.send("Network.enable")
        client.on(
            "Network.webSocketFrameReceived",
            # binary frames are reported in base64
            lambda e: received.append(
                len(e["response"]["payloadData"]) * (3 if e["response"]["opcode"] == 2 else 4) // 4
            ),
        )
        nb.run(0)
        before = sum(received)
        nb.page.evaluate(
            """() => { window.__painted = null; window.__ended = null; const t0 = performance.now();
              const look = () => {
                if (window.__ended === null && window.__done?.[1]) window.__ended = performance.now() - t0;
                if (window.__painted === null && document.querySelector('.nbtrack .nb-header'))
                  window.__painted = performance.now() - t0;
                if (window.__painted === null || window.__ended === null) requestAnimationFrame(look);
              };
              look(); }"""
        )
        nb.run(1)
        paint = until(lambda: nb.page.evaluate("() => window.__painted"))
        ended = until(lambda: nb.page.evaluate("() => window.__ended"))
        nb.page.wait_for_timeout(1000)
        wire = sum(received) - before
        nb.run(2)
        nb.page.wait_for_timeout(1500)
        saved = nb.save()
        outputs = sum(len(json.dumps(c.get("outputs", []))) for c in json.loads(saved.read_text())["cells"])
        foreign += nb.foreign_requests()
        nb.close()
        browser.close()
        server.stop()

    print(f"load average at the start {load:.1f}")
    print("| slider, ms to repaint | " + " | ".join(next(iter(rows.values()))) + " |")
    print("|---" * (1 + len(next(iter(rows.values())))) + "|")
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(str(v) for v in row.values()) + " |")
    print(
        f"cold start: {wire / 1024:.0f} KB over the websocket, panel painted {paint:.0f} ms after its cell ",
        end="",
    )
    print(f"was started and {paint - ended:.0f} ms after its end")
    print(
        f"a run of one scalar adds {outputs / 1024:.1f} KB to the notebook; foreign requests: {len(foreign)}"
    )


if __name__ == "__main__":
    main()
