"""Point clouds: what `log()` costs its caller, what encoding costs, and when a browser shows them.

    python -m tests.benchmarks.bench_object3d [--repeat 20] [--browser] [--points 300000 1000000 10000000]

Clouds are those of `tests.clouds`: a street as a turning laser sees it (x, y, z, category, and intensity), and
land from the air with the coordinates of a map. The caller's time is measured for 300,000 x 6 float64, between
calls of a plain copy of the same bytes, so that the ratio holds on a busy machine too.

With --browser a real JupyterLab in headless Chromium (software GL: about a microsecond of CPU for each point
drawn) shows a street of each size: milliseconds from the move of the slider to the first picture and to the whole
cloud, and the longest time that a script of ours held the page. Then the camera is turned for three seconds:
how often the page got a frame and the view a new picture. Memory is what /proc says of Chromium's processes
(proportional set size): of the page, and of the one that is the graphics card here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests import clouds

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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

#: turns the camera for `ms` by its arrow key; counts frames of the page and pictures of the view
_TURN = """(over, ms) => new Promise((done) => {
  const stage = over.parentElement, picture = stage.querySelector('canvas');
  const {drawImage} = CanvasRenderingContext2D.prototype;
  const pictures = [], frames = [];
  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    if (this.canvas === picture) pictures.push(performance.now());
    return drawImage.apply(this, args);
  };
  const start = performance.now();
  const turn = () => {
    const now = performance.now();
    frames.push(now);
    if (now - start < ms) {
      over.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true, cancelable: true}));
      return requestAnimationFrame(turn);
    }
    CanvasRenderingContext2D.prototype.drawImage = drawImage;
    const gaps = (times) => times.slice(1).map((t, i) => t - times[i]);
    const whole = () => stage.dataset.drawn === stage.dataset.points
      ? done({frames: gaps(frames), pictures: gaps([start, ...pictures]), whole: performance.now() - now})
      : requestAnimationFrame(whole);
    requestAnimationFrame(whole);
  };
  requestAnimationFrame(turn);
})"""

_LOG = """\
import numpy as np, nbtrack
run = nbtrack.init(project="bench", name="clouds")
for n in [1000, {sizes}]:
    scan = street(n)
    run.log({{"cloud": nbtrack.Object3D(
        np.column_stack([scan.points, scan.category]).astype(np.float32), values={{"intensity": scan.intensity}})}})
run.finish()
"""


def caller(repeat: int) -> None:
    """Print what a call of `log()` costs its caller."""
    import nbtrack

    points = np.random.default_rng(0).random((QUICK, 6)) * 255
    points[:, :3] = clouds.terrain(QUICK).points
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

    print("\n### Encoding: a street, float32 n x 4 and intensity; land, float64 n x 3 and intensity\n")
    print("| cloud | points | CPU ms | ns a point | parts | drawn bytes a point |")
    print("| --- | --- | --- | --- | --- | --- |")
    for n in sizes:
        for name, make in (("street", clouds.street), ("land", clouds.terrain)):
            scan = make(n)
            points = scan.points
            if name == "street":
                points = np.column_stack([points, scan.category]).astype(np.float32)
            raw = nbtrack.Object3D(points, values={"intensity": scan.intensity}).record().raw
            assert raw is not None
            data = b"".join(pieces(raw))
            cpu = time.process_time()
            made = encode(raw.codec, raw.params, data)
            cpu = time.process_time() - cpu
            size = sum(len(part) for name, part in made.parts.items() if name.startswith("points"))
            print(
                f"| {name} | {n:,} | {cpu * 1e3:.0f} | {cpu / n * 1e9:.0f} | {len(made.parts)} | {size / n:.1f} |"
            )


def memory(browser: Browser, page: Page) -> Counter[str]:
    """MB of Chromium's processes by type after a garbage collection; what they share is counted once in all."""
    found: Counter[str] = Counter()
    own = page.context.new_cdp_session(page)
    own.send("HeapProfiler.collectGarbage")
    own.detach()
    session = browser.new_browser_cdp_session()
    for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        for line in Path(f"/proc/{process['id']}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found[process["type"]] += int(line.split()[1]) // 1024
    session.detach()
    return found


def browser(sizes: list[int], patience: float) -> None:
    """Print when a browser shows clouds."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
    from tests.e2e.panel import PanelView, until

    print("\n### In the browser\n")
    print(
        "| points | first picture ms | of points | all drawn ms | longest task ms | frame ms while turned: median "
        "| 95 % | picture ms: median | all drawn again ms | page MB | GPU process MB |"
    )
    print("| ---" * 11 + " |")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        source = Path(clouds.__file__).read_text() + _LOG.format(sizes=", ".join(map(str, sizes)))
        notebook(root / "bench.ipynb", source, "nbtrack.show(run)")
        server = LabServer(root, home)
        try:
            chromium = launch_chromium(playwright)
            view = Notebook(chromium, server, "bench.ipynb")
            view.run(0, 1200)
            view.run(1)
            panel = PanelView(view.panel(1))
            panel.press("Home")
            stage = panel.root.locator(".nb-object3d-stage")
            until(lambda: stage.count() and stage.get_attribute("data-drawn") == "1000", 120)

            def row(n: int, *cells: str) -> None:
                used = memory(chromium, view.page)
                print(f"| {n:,} | {' | '.join(cells)} | {used['renderer']} | {used['GPU']} |", flush=True)

            row(1000, *["-"] * 8)
            for n in sizes:
                seen = panel.root.evaluate(_SHOW, [n, "ArrowRight", patience * 1000])
                if seen["drawn"] != n:
                    row(n, *["-"] * 2, f"{seen['drawn']:,} after {seen['ms']:.0f}", *["-"] * 5)
                    continue
                first = seen["first"]
                turned = stage.locator(".nb-object3d-over").evaluate(_TURN, 3000)
                frames = sorted(turned["frames"])
                row(
                    n,
                    f"{first['ms']:.0f}",
                    f"{first['drawn']:,}",
                    f"{seen['ms']:.0f}",
                    f"{seen['longest']:.0f}",
                    f"{statistics.median(frames):.0f}",
                    f"{frames[int(0.95 * len(frames))]:.0f}",
                    f"{statistics.median(turned['pictures']):.0f}",
                    f"{turned['whole']:.0f}",
                )
            panel.press("Home")
            until(lambda: stage.get_attribute("data-drawn") == "1000", 120)
            row(1000, "again", *["-"] * 7)
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
    print("load average " + " ".join(f"{load:.1f}" for load in os.getloadavg()))
    caller(options.repeat)
    encoding(options.points)
    if options.browser:
        browser(options.points, options.patience)


if __name__ == "__main__":
    main()
