"""Point clouds: what `log()` costs its caller, what encoding costs, and when a browser shows them.

    python -m tests.benchmarks.bench_object3d [--repeat 20] [--browser] [--points 300000 1000000 10000000]

The caller's time is measured for 300,000 x 6 float64, between calls of a plain copy of the same bytes, so that
the ratio holds on a busy machine too. With --browser a real JupyterLab in headless Chromium (software GL: about
a microsecond of CPU for each point drawn) shows a cloud of each size: milliseconds from the move of the slider
to the first picture and to the whole cloud, and the longest time that a script of ours held the page.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

QUICK = 300_000

#: moves the slider and waits until the cloud of so many points is seen, then until it is complete
_SHOW = """(root, [n, press, patience]) => new Promise((done) => {
  const slider = root.querySelector('[role=slider]');
  const stage = root.querySelector('.nb-object3d-stage');
  let longest = 0, first = null, frames = 0;
  const watch = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longest = Math.max(longest, entry.duration);
  });
  watch.observe({entryTypes: ['longtask']});
  const start = performance.now();
  slider.dispatchEvent(new KeyboardEvent('keydown', {key: press, bubbles: true, cancelable: true}));
  const look = () => {
    frames++;
    const drawn = Number(stage.dataset.drawn), ms = performance.now() - start;
    if (Number(stage.dataset.points) === n && drawn > 0) first ??= {ms, drawn};
    if ((first && drawn === n) || ms > patience)
      done({first, ms, drawn, longest, frames, heap: performance.memory?.usedJSHeapSize ?? 0});
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

_CELL = """\
import numpy as np, nbtrack
run = nbtrack.init(project="bench", name="clouds")
rng = np.random.default_rng(0)
for n in [1000, {sizes}]:
    places = rng.normal(size=(n, 3)).astype(np.float32) * (40, 40, 2)
    run.log({{"cloud": nbtrack.Object3D(np.column_stack([places, rng.integers(0, 256, (n, 3))]).astype(np.float32))}})
run.finish()
"""


def caller(repeat: int) -> None:
    """Print what a call of `log()` costs its caller."""
    import nbtrack

    points = np.random.default_rng(0).random((QUICK, 6)) * 255
    copies, calls = [], []
    with tempfile.TemporaryDirectory() as folder:
        run = nbtrack.init(project="bench", dir=folder)
        for i in range(repeat + 3):
            points[i] = i
            start = time.perf_counter()
            points.tobytes()
            middle = time.perf_counter()
            run.log({"cloud": nbtrack.Object3D(points)})
            end = time.perf_counter()
            run._encoder.drain(120)
            if i >= 3:  # imports, threads, cold pages
                copies.append(middle - start)
                calls.append(end - middle)
        run.finish(quiet=True)
    call, copy = statistics.median(calls), statistics.median(copies)
    print(f"\n### log() of {QUICK:,} x 6 float64\n")
    print("| what | median ms | best ms |\n| --- | --- | --- |")
    print(f"| a copy of the bytes | {copy * 1e3:.2f} | {min(copies) * 1e3:.2f} |")
    print(f"| run.log(Object3D(points)) | {call * 1e3:.2f} | {min(calls) * 1e3:.2f} |")


def encoding(sizes: list[int]) -> None:
    """Print what the codec costs."""
    import nbtrack
    from nbtrack.media.registry import encode, pieces

    print("\n### Encoding, float32 n x 6\n\n| points | CPU ms | ns a point | parts | drawn bytes a point |")
    print("| --- | --- | --- | --- | --- |")
    for n in sizes:
        points = (np.random.default_rng(0).random((n, 6)) * 255).astype(np.float32)
        raw = nbtrack.Object3D(points).record().raw
        assert raw is not None
        data = b"".join(pieces(raw))
        cpu = time.process_time()
        made = encode(raw.codec, raw.params, data)
        cpu = time.process_time() - cpu
        size = sum(map(len, made.parts.values()))
        print(f"| {n:,} | {cpu * 1e3:.0f} | {cpu / n * 1e9:.0f} | {len(made.parts)} | {size / n:.1f} |")


def browser(sizes: list[int], patience: float) -> None:
    """Print when a browser shows clouds."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
    from tests.e2e.panel import PanelView, until

    print("\n### In the browser\n")
    print("| points | first picture ms | of points | all drawn ms | longest task ms | frames/s meanwhile |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "bench.ipynb", _CELL.format(sizes=", ".join(map(str, sizes))), "nbtrack.show(run)")
        server = LabServer(root, home)
        try:
            view = Notebook(launch_chromium(playwright), server, "bench.ipynb")
            view.run(0, 600)
            view.run(1)
            panel = PanelView(view.panel(1))
            panel.press("Home")
            stage = panel.root.locator(".nb-object3d-stage")
            until(lambda: stage.count() and stage.get_attribute("data-drawn") == "1000", 120)
            for n in sizes:
                seen = panel.root.evaluate(_SHOW, [n, "ArrowRight", patience * 1000])
                first = seen["first"]
                whole = (
                    f"{seen['ms']:.0f}" if seen["drawn"] == n else f"{seen['drawn']:,} after {seen['ms']:.0f}"
                )
                print(
                    f"| {n:,} | {first['ms'] if first else float('nan'):.0f} | {first['drawn'] if first else 0:,} "
                    f"| {whole} | {seen['longest']:.0f} | {seen['frames'] / seen['ms'] * 1e3:.0f} |",
                    flush=True,
                )
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--points", type=int, nargs="+", default=[300_000, 1_000_000, 10_000_000])
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--patience", type=float, default=120, help="seconds for one cloud to be drawn")
    options = parser.parse_args()
    os.environ |= {
        "NBTRACK_CONSOLE": "off",
        "NBTRACK_SYSTEM_METRICS": "off",
        "NBTRACK_SEAL": "off",
        "NBTRACK_SILENT": "on",
    }
    caller(options.repeat)
    encoding(options.points)
    if options.browser:
        browser(options.points, options.patience)


if __name__ == "__main__":
    main()
