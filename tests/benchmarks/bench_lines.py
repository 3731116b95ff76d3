"""What line panels cost in a real JupyterLab: many runs over each other, a closer look at a million steps.

    python -m tests.benchmarks.bench_lines [--runs 1000]

First paint is from the end of the cell to the first chart that is drawn; a repaint is from a change of the
smoothing to the next frame after the chart was drawn anew; a zoom is from letting go of the pointer to the chart
with all points of the range, the question to the store included. The pointer rests on the chart for 1.5 s before it
drags, in which the store reads the run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import until

#: finished runs, written as their journals are: a thousand `init` and `finish` would take minutes
MANY = """\
%load_ext nbtrack
import math, time
import nbtrack
import numpy as np
from nbtrack.store import frames

rng = np.random.default_rng(0)
with nbtrack.init(project="other") as run:
    store = run.store
began = time.time() - 10_000
ids = []
for i in range({runs}):
    name, writer = f"run{{i:06}}", f"{{i:010}}"
    edits = [(("run", "project"), "many"), (("run", "name"), name), (("config", "seed"), i % 10)]
    noise = rng.normal(0, 0.02, 500)
    parts = [
        frames.file_header(began),
        frames.encode_hello(frames.Hello(name, writer, 1, "host", "boot", began, began, 0.0, None)),
        *(frames.encode_meta("set", path, value, (int(began * 1000) << 16) + n)
          for n, (path, value) in enumerate(edits)),
        frames.encode_schema(1, ["loss"], "f"),
        *(frames.encode_row(1, step, began + step, [math.exp(-step / (100 + i % 37)) + noise[step]])
          for step in range(500)),
        frames.encode_close(frames.Close("finish", 0, began + 600)),
    ]
    (store.create_run_dir(name, began) / f"{{writer}}-000000.nbl").write_bytes(b"".join(parts))
    ids.append(name)
%unload_ext nbtrack
"""
SHOW = "nbtrack.compare(*ids)"
LONG = """\
with nbtrack.init(project="long") as run:
    walk = np.cumsum(rng.standard_normal(1_000_000))
    for value in walk:
        run.log({"walk": value})
"""

#: draws anew and tells how long that took, the frame in which it appears included
_SMOOTH = """(root, amount) => new Promise((done) => {
  const range = root.querySelector('[aria-label=Smoothing]');
  const started = performance.now();
  range.value = amount;
  range.dispatchEvent(new Event('input', {bubbles: true}));
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - started))));
})"""
_WATCH = """() => {
  window.__fetched = [];
  const old = window.fetch;
  window.fetch = async (...args) => {
    const answer = await old(...args);
    if (String(args[0].url ?? args[0]).includes('/series?')) {
      const bytes = (await answer.clone().arrayBuffer()).byteLength;
      requestAnimationFrame(() => window.__fetched.push([performance.now(), bytes]));
    }
    return answer;
  };
  window.addEventListener('mouseup', () => { window.__let_go = performance.now(); }, true);
}"""


def many(nb: Notebook, runs: int) -> None:
    nb.run(0, 600)
    nb.start(1)
    started = nb.page.evaluate("performance.now()")
    root = nb.output(1).locator(".nb-compare").last
    root.wait_for(timeout=120_000)
    chart = root.locator("figure.nb-curve").first
    chart.scroll_into_view_if_needed(timeout=120_000)
    chart.locator("canvas").wait_for(timeout=120_000)
    drawn = nb.page.evaluate("performance.now()")
    nb.wait(1)
    print(f"{runs} runs of 500 steps over each other: first chart after {drawn - started:.0f} ms")
    for amount in (0.5, 0.6, 0.7, 0.8):
        took = [root.evaluate(_SMOOTH, amount + i / 100) for i in range(3)]
        print(f"  repaint (smoothing {amount}): {statistics.median(took):.0f} ms")
    root.get_by_role("button", name="More", exact=True).click()
    root.get_by_label("Group runs").select_option(label="by seed")
    until(lambda: root.locator("figure.nb-curve .nb-curve-groups").count() == 1)
    print(
        f"  in 10 groups: {statistics.median(root.evaluate(_SMOOTH, 0.3 + i / 100) for i in range(3)):.0f} ms"
    )


def zoom(nb: Notebook) -> None:
    nb.run(2, 300)
    nb.run(3)
    root = nb.output(3).locator(".nbtrack").last
    root.wait_for(timeout=60_000)
    chart = root.locator("figure.nb-curve")
    chart.scroll_into_view_if_needed()
    chart.locator("canvas").wait_for()
    nb.page.evaluate(_WATCH)
    took, sent = [], []
    for at in (0.1, 0.3, 0.5, 0.7, 0.85):
        box = chart.locator(".u-over").bounding_box()
        assert box
        nb.page.mouse.move(box["x"] + box["width"] * at, box["y"] + 50)
        nb.page.wait_for_timeout(1500)
        nb.page.evaluate("window.__fetched = []")
        nb.page.mouse.down()
        nb.page.mouse.move(box["x"] + box["width"] * (at + 0.1), box["y"] + 55, steps=3)
        nb.page.mouse.up()
        nb.page.wait_for_function("() => window.__fetched.length > 0", timeout=10_000)
        when, size = nb.page.evaluate("window.__fetched[0]")
        took.append(when - nb.page.evaluate("window.__let_go"))
        sent.append(size)
        nb.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + 50)
    print(
        f"zoom to a tenth of a million steps: {statistics.median(took):.0f} ms, {max(took):.0f} at most; ",
        end="",
    )
    print(f"{statistics.median(sent) / 1024:.0f} KiB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    runs = parser.parse_args().runs
    print(f"load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        root, home = Path(temporary, "work"), Path(temporary, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "bench.ipynb", MANY.format(runs=runs), SHOW, LONG, "nbtrack.show(run)")
        server = LabServer(root, home)
        try:
            nb = Notebook(launch_chromium(playwright), server, "bench.ipynb")
            many(nb, runs)
            zoom(nb)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
