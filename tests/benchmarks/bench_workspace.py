"""What the workspace of a project costs in a real JupyterLab: many runs with many keys.

    python -m tests.benchmarks.bench_workspace [--runs 100] [--keys 200]

First paint is from the end of the cell to the first chart that is drawn; a toggle is from the click on a run's eye to
the first frame in which every chart on the screen was drawn anew; a search is from the last letter to the frame that
shows what it found.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import until

#: finished runs, written as their journals are
MANY = """\
%load_ext nbtrack
import time
import nbtrack
import numpy as np
from nbtrack.store import frames

rng = np.random.default_rng(0)
with nbtrack.init(project="other") as run:
    store = run.store
began = time.time() - 10_000
keys = [f"part{{i // 20:02}}/key{{i:03}}" for i in range({keys})]
for i in range({runs}):
    name, writer = f"run{{i:06}}", f"{{i:010}}"
    edits = [(("run", "project"), "many"), (("run", "name"), name), (("config", "seed"), i % 10)]
    walk = rng.normal(0, 1, (100, len(keys))).cumsum(0)
    parts = [
        frames.file_header(began),
        frames.encode_hello(frames.Hello(name, writer, 1, "host", "boot", began, began, 0.0, None)),
        *(frames.encode_meta("set", path, value, (int(began * 1000) << 16) + n)
          for n, (path, value) in enumerate(edits)),
        frames.encode_schema(1, keys, "f" * len(keys)),
        *(frames.encode_row(1, step, began + step, list(map(float, row))) for step, row in enumerate(walk)),
        frames.encode_close(frames.Close("finish", 0, began + 600)),
    ]
    (store.create_run_dir(name, began) / f"{{writer}}-000000.nbl").write_bytes(b"".join(parts))
%unload_ext nbtrack
"""
SHOW = 'nbtrack.project("many")'

TOGGLE = """(root) => new Promise((done) => {
  const place = root.querySelector('.nb-ws-main').getBoundingClientRect();
  const charts = [...root.querySelectorAll('figure.nb-curve')].filter((chart) => {
    const box = chart.getBoundingClientRect();
    return chart.querySelector('canvas') && box.bottom > place.top && box.top < place.bottom;
  });
  const before = charts.map((chart) => chart.querySelector('canvas'));
  const started = performance.now();
  root.querySelector('.nb-ws-sidebar .nb-runs-eye').click();
  const look = () => {
    const drawn = charts.every((chart, i) => {
      const canvas = chart.querySelector('canvas');
      return canvas && canvas !== before[i];
    });
    if (drawn) done([performance.now() - started, charts.length]);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""
SEARCH = """(root) => new Promise((done) => {
  const field = root.querySelector('.nb-ws-search input'), found = () => root.querySelectorAll('[data-panel]').length;
  const started = performance.now();
  field.value = 'key01';
  field.dispatchEvent(new Event('input', {bubbles: true}));
  const look = () => (found() <= 10 ? done(performance.now() - started) : requestAnimationFrame(look));
  requestAnimationFrame(look);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--keys", type=int, default=200)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work, home = Path(folder, "work"), Path(folder, "home")
        work.mkdir()
        server = LabServer(work, home)
        try:
            notebook(work / "many.ipynb", MANY.format(runs=args.runs, keys=args.keys), SHOW)
            with sync_playwright() as playwright:
                browser = launch_chromium(playwright)
                measure(Notebook(browser, server, "many.ipynb"), args.runs)
                browser.close()
        finally:
            server.stop()


def measure(nb: Notebook, runs: int) -> None:
    nb.run(0, timeout=600)
    nb.run(1)
    started = time.perf_counter()
    root = nb.output(1).locator(".nb-project").last
    root.locator("figure.nb-curve canvas").first.wait_for(timeout=120_000)
    print(f"load average {os.getloadavg()[0]:.1f}")
    print(f"first chart, 10 runs: {time.perf_counter() - started:.2f} s")
    root.get_by_role("button", name="Workspace settings").click()
    started = time.perf_counter()
    root.get_by_label("Runs drawn at most").select_option(str(runs))
    nb.page.keyboard.press("Escape")
    until(lambda: f"{runs} visualized" in root.locator(".nb-ws-sidebar").inner_text(), timeout=120)
    until(lambda: f"+{runs - 11}" in root.locator("figure.nb-curve").first.inner_text(), timeout=120)
    print(f"all {runs} runs: {time.perf_counter() - started:.2f} s")
    nb.page.wait_for_timeout(3000)
    toggles = [root.evaluate(TOGGLE) for _ in range(11)]
    times = [each[0] for each in toggles]
    print(f"toggle of an eye, {toggles[0][1]} charts of {runs} runs on the screen:")
    print(f"  median {statistics.median(times):.0f} ms, most {max(times):.0f} ms")
    print(f"search of panels: {root.evaluate(SEARCH):.0f} ms")


if __name__ == "__main__":
    main()
