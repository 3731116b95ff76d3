"""What masks and boxes cost in a real JupyterLab: slider, opacity, zoom, and a thousand pictures in one panel.

    python -m tests.benchmarks.bench_overlays [--only steps|many]

Sixty pictures a step (256 x 256) with two masks and three boxes each, and the same pictures plain, in one page.
A slider step lasts from the key press until the first tile, and until the last one, has another pixel; tiles are
looked at once a frame, so about 16 ms is the least that can be measured. "New" steps are fetched and decoded,
"seen" ones only painted. Opacity and zoom are set anew in each frame: the time between frames says whether the
page keeps up, and "painted" how many of these settings were seen on the canvas. The thousand pictures are
scrolled by 40 pixels a frame, to the end ("new") and back ("seen"); "blank" are tiles on the screen that were still
empty, looked at in every tenth frame. "<img>" is a list of the same size with nothing but such elements, scrolled
likewise in the same page: what the browser itself takes. "To and fro" scrolls by one pixel, with nothing to be drawn: what a frame costs
in a page of JupyterLab without a graphics card. "CPU" is what the page's own thread worked for a step or a frame,
this command's looking at tiles included: it depends less on what else runs than the other figures do.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

SIDE = 256
MOVES = 12
COUNT = 60
MANY = 1000
#: pixels that the list is scrolled by in a frame: its 520 in a fifth of a second
SCROLL = 40

#: reads what tiles show: a function from tiles to the color of their upper left corner, "" where they are empty
CORNERS = """
const corners = (tiles) => {
  const read = new Map();
  return tiles.map((tile) => {
    const canvas = tile.closest('.nb-image-block')?.querySelector('canvas');
    if (!canvas) return '';
    const at = tile.getBoundingClientRect(), from = canvas.getBoundingClientRect();
    const density = canvas.width / from.width;
    const x = Math.round((at.left - from.left) * density) + 1, y = Math.round((at.top - from.top) * density) + 1;
    if (!read.has(canvas)) read.set(canvas, new Map());
    const lines = read.get(canvas);
    if (!lines.has(y)) lines.set(y, canvas.getContext('2d').getImageData(0, y, canvas.width, 1).data);
    const pixel = lines.get(y).subarray(x * 4, x * 4 + 4);
    return pixel[3] ? pixel.join() : '';
  });
};
const frame = () => new Promise((done) => requestAnimationFrame(done));
"""
STEP = (
    "async (root, press) => {"
    + CORNERS
    + """
  const tiles = [...root.querySelectorAll('.nb-tile-open')];
  const before = corners(tiles), changed = tiles.map(() => false);
  const start = performance.now();
  let first = null;
  root.querySelector('[role=slider]').dispatchEvent(
    new KeyboardEvent('keydown', {key: press, bubbles: true, cancelable: true}));
  while (performance.now() - start < 10000) {
    await frame();
    corners(tiles).forEach((color, i) => { if (color !== before[i]) changed[i] = true; });
    if (first === null && changed.includes(true)) first = performance.now() - start;
    if (!changed.includes(false)) return [first, performance.now() - start];
  }
  throw new Error(`${changed.filter((one) => !one).length} tiles did not change`);
}"""
)
#: calls `act(frame)` in each of so many frames; returns the times between frames and how often the tile changed
DRIVE = (
    "async (root, [what, frames]) => {"
    + CORNERS
    + """
  const tile = root.querySelector('.nb-tile-open');
  const slider = root.querySelector('[aria-label="Opacity of the masks"]');
  const at = tile.getBoundingClientRect();
  const act = {
    opacity: (i) => {
      slider.value = String(0.05 + 0.05 * (i % 19));
      slider.dispatchEvent(new Event('input', {bubbles: true}));
    },
    zoom: (i) => tile.dispatchEvent(new WheelEvent('wheel', {
      deltaY: i < frames / 2 ? -20 : 20, ctrlKey: true, bubbles: true, cancelable: true,
      clientX: at.left + at.width / 3, clientY: at.top + at.height / 3})),
  }[what];
  const gaps = [];
  let last = await frame(), seen = corners([tile])[0], painted = 0;
  for (let i = 0; i < frames; i++) {
    act(i);
    const now = await frame();
    gaps.push(now - last);
    last = now;
    const color = corners([tile])[0];
    if (color !== seen) painted++;
    seen = color;
  }
  return {gaps, painted};
}"""
)
SCROLLED = (
    "async (root, by) => {"
    + CORNERS
    + """
  const list = root.querySelector('.nb-image-runs');
  const near = () => {
    const room = list.getBoundingClientRect();
    return [...list.querySelectorAll('.nb-tile-box')].filter((tile) => {
      const at = tile.getBoundingClientRect();
      return at.top >= room.top && at.bottom <= room.bottom;
    });
  };
  const blanks = () => {
    const colors = corners(near());
    return [colors.filter((one) => one === '').length, colors.length];
  };
  const tasks = [];
  const watch = new PerformanceObserver((found) => tasks.push(...found.getEntries().map((one) => one.duration)));
  watch.observe({type: 'longtask'});
  const gaps = [], looks = [];
  let last = await frame();
  const end = by > 0 ? list.scrollHeight - list.clientHeight : 0;
  for (let i = 0; Math.abs(list.scrollTop - end) > 1; i++) {
    list.scrollTop += by;
    let now = await frame();
    gaps.push(now - last);
    if (i % 10 === 9) {
      looks.push(blanks());
      now = await frame();  // looking is not counted
    }
    last = now;
  }
  const start = performance.now();
  while (blanks()[0] > 0 && performance.now() - start < 20000) await frame();
  watch.disconnect();
  return {gaps, tasks, looks, settled: performance.now() - start};
}"""
)
TO_AND_FRO = (
    "async (root, frames) => {"
    + CORNERS
    + """
  const list = root.querySelector('.nb-image-runs');
  const gaps = [];
  let last = await frame();
  for (let i = 0; i < frames; i++) {
    list.scrollTop += i % 2 ? -1 : 1;
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}"""
)
#: beside the panel's list one of the same size, whose tiles are nothing but <img>; scrolled likewise
IMAGES = """async (root, [files, by]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let list = document.querySelector('.bench-images');
  if (!list) {
    const ours = root.querySelector('.nb-image-runs').getBoundingClientRect();
    const tiles = [...root.querySelectorAll('.nb-tile-box')].map((tile) => tile.getBoundingClientRect());
    const side = tiles[0].height, gap = tiles[1].left - tiles[0].right;
    list = document.createElement('div');
    list.className = 'bench-images';
    list.style.cssText = `height: ${ours.height}px; width: ${ours.width}px; overflow: auto; display: grid; gap: ${gap}px;
      grid-template-columns: repeat(auto-fill, ${tiles[0].width}px); grid-auto-rows: ${side}px`;
    for (const file of files) {
      const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
      const image = document.createElement('img');
      image.src = URL.createObjectURL(new Blob([bytes], {type: 'image/png'}));
      image.style.cssText = 'width: 100%; height: 100%';
      list.append(image);
    }
    root.after(list);
    list.scrollIntoView({block: 'center'});
    await new Promise((done) => setTimeout(done, 1500));
  }
  const gaps = [];
  const end = by > 0 ? list.scrollHeight - list.clientHeight : 0;
  let last = await frame();
  for (let i = 0; by * by > 1 ? Math.abs(list.scrollTop - end) > 1 : i < 60; i++) {
    list.scrollTop += by * by > 1 ? by : i % 2 ? -1 : 1;
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}"""
#: from the start of the cell: the first tile, and all that are on the screen
WATCH = (
    "() => {"
    + CORNERS
    + """
  const start = performance.now();
  window.__first = window.__all = null;
  const look = () => {
    const tiles = [...document.querySelectorAll('.nb-image-runs .nb-tile-box')].filter((tile) => {
      const at = tile.getBoundingClientRect();
      return at.bottom > 0 && at.top < innerHeight;
    });
    const colors = corners(tiles);
    if (window.__first === null && colors.some((one) => one)) window.__first = performance.now() - start;
    if (colors.length > 20 && colors.every((one) => one)) window.__all = performance.now() - start;
    else requestAnimationFrame(look);
  };
  look();
}"""
)


class Scenes:
    """Pictures with regions, their masks, and boxes around some of them; each call gives other ones."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        y, x = np.mgrid[:SIDE, :SIDE]
        self.regions = []
        for _ in range(24):
            seeds = self.rng.integers(0, SIDE, (14, 2))
            nearest = ((y[..., None] - seeds[:, 0]) ** 2 + (x[..., None] - seeds[:, 1]) ** 2).argmin(2)
            self.regions.append((nearest % 9).astype(np.uint8))
        self.made = 0

    def ids(self) -> Any:
        """A mask that was not there before."""
        self.made += 1
        return np.roll(self.regions[self.made % 24], self.made // 24 * 7, axis=self.made % 2)

    def picture(self, step: int, overlaid: bool) -> Any:
        """A picture whose upper left corner tells the step."""
        import nbtrack

        ids = self.ids()
        pixels = np.stack([ids * 20 + 40, 200 - ids * 15, ids * 7 + 60], axis=2)
        pixels += self.rng.integers(0, 12, pixels.shape, dtype=np.uint8)
        pixels[:48, :48] = (step * 53 % 256, 40, 90)
        if not overlaid:
            return nbtrack.Image(pixels)
        labels = {0: "background"} | {i: f"class {i}" for i in range(1, 9)}
        corners = self.rng.uniform(0.1, 0.9, (3, 2, 2))
        boxes = [
            {
                "position": dict(
                    zip(("minX", "minY", "maxX", "maxY"), [*one.min(0), *one.max(0)], strict=True)
                ),
                "class_id": 1 + i,
                "scores": {"confidence": float(self.rng.random())},
            }
            for i, one in enumerate(corners)
        ]
        return nbtrack.Image(
            pixels,
            masks={
                "predictions": {"mask_data": ids, "class_labels": labels},
                "truth": {"mask_data": self.ids(), "class_labels": labels},
            },
            boxes={"predictions": {"box_data": boxes, "class_labels": labels}},
        )


def log(count: int, steps: int) -> Iterator[tuple[str, str]]:
    """Log a run of plain pictures and one of overlaid ones; (name, run id)."""
    import nbtrack

    scenes = Scenes()
    for name in ("plain", "overlays"):
        with nbtrack.init(project="bench", name=name) as run:
            for step in range(steps):
                run.log({"shown": [scenes.picture(step, name == "overlays") for _ in range(count)]})
        yield name, run.id


class Page:
    """What the page's own thread works."""

    def __init__(self, nb: Notebook) -> None:
        self.client = nb.context.new_cdp_session(nb.page)
        self.client.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked(self) -> float:
        """Milliseconds of processor time since the page began."""
        metrics = self.client.send("Performance.getMetrics")["metrics"]
        return next(1e3 * float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def share(values: list[float], at: float) -> int:
    return round(float(np.percentile(values, at))) if values else 0


def moved(panel: PanelView, page: Page, cells: dict[str, str]) -> None:
    """Slider steps to and fro."""
    for what, press in (("new", "ArrowLeft"), ("seen", "ArrowRight")):
        before = page.worked()
        found = [panel.root.evaluate(STEP, press) for _ in range(MOVES)]
        cells[f"{what}: CPU"] = f"{(page.worked() - before) / MOVES:.0f}"
        for which, name in enumerate(("first", "last")):
            times = [one[which] for one in found]
            cells[f"{what}: {name} tile"] = f"{share(times, 50)} / {share(times, 100)}"


def driven(panel: PanelView, page: Page, what: str, cells: dict[str, str]) -> None:
    before = page.worked()
    found = panel.root.evaluate(DRIVE, [what, 60])
    gaps = found["gaps"]
    cells[what] = (
        f"{share(gaps, 50)} / {share(gaps, 95)} / {share(gaps, 100)}, {found['painted']} painted, "
        f"CPU {(page.worked() - before) / len(gaps):.0f}"
    )


def steps(browser: Browser, server: LabServer) -> None:
    runs = dict(log(COUNT, MOVES + 4))
    notebook(
        server.root / "steps.ipynb", "import nbtrack", *(f"nbtrack.show({one!r})" for one in runs.values())
    )
    nb = Notebook(browser, server, "steps.ipynb")
    nb.run(0)
    table: dict[str, dict[str, str]] = {}
    for cell, name in enumerate(runs, 1):
        nb.run(cell)
        panel = PanelView(nb.panel(cell))
        panel.card("shown").evaluate("(e) => e.scrollIntoView({block: 'center'})")
        until(lambda panel=panel: panel.card("shown").locator(".nb-tile-open").count() == COUNT, 60)
        until(lambda panel=panel: panel.pixel("shown"), 60)
        nb.page.wait_for_timeout(1500)
        cells = table[name] = {}
        page = Page(nb)
        moved(panel, page, cells)
        if name == "overlays":
            driven(panel, page, "opacity", cells)
            driven(panel, page, "zoom", cells)
    assert not nb.errors, nb.errors
    nb.close()
    print(f"\n{COUNT} pictures a step, ms: a step p50 / max, a frame p50 / p95 / max")
    for name, cells in table.items():
        for what, text in cells.items():
            print(f"  {name:9s} {what:18s} {text}")


def many(browser: Browser, server: LabServer) -> None:
    import nbtrack

    limit, nbtrack.Image.MAX_ITEMS = nbtrack.Image.MAX_ITEMS, MANY
    runs = dict(log(MANY, 1))
    nbtrack.Image.MAX_ITEMS = limit
    print(f"\n{MANY} pictures in a panel, ms")
    for name, run in runs.items():
        notebook(server.root / f"{name}.ipynb", "import nbtrack", f"nbtrack.show({run!r})")
        nb = Notebook(browser, server, f"{name}.ipynb")
        nb.run(0)
        nb.page.evaluate(WATCH)
        nb.run(1)
        panel = PanelView(nb.panel(1))
        everything = until(lambda nb=nb: nb.page.evaluate("() => window.__all"), 60)
        first = nb.page.evaluate("() => window.__first")
        print(f"  {name:9s} first paint {first:.0f}, all on the screen {everything:.0f}")
        panel.card("shown").evaluate("(e) => e.scrollIntoView({block: 'center'})")
        nb.page.wait_for_timeout(1500)
        page = Page(nb)
        still = panel.root.evaluate(TO_AND_FRO, 60)
        print(
            f"  {name:9s} to and fro        a frame {share(still, 50)} / {share(still, 95)} / {share(still, 100)}"
        )
        for what, by in (("new", SCROLL), ("seen", -SCROLL)):
            before = page.worked()
            found = panel.root.evaluate(SCROLLED, by)
            work = (page.worked() - before) / len(found["gaps"])
            gaps, looks = found["gaps"], np.array(found["looks"])
            blank = looks[:, 0].sum() / max(1, looks[:, 1].sum())
            print(
                f"  {name:9s} scrolling, {what:4s}   a frame {share(gaps, 50)} / {share(gaps, 95)} / "
                f"{share(gaps, 100)} of {len(gaps)}, CPU {work:.0f}, longest task {share(found['tasks'], 100)}, "
                f"blank {blank:.0%}, all there {found['settled']:.0f} after the end"
            )
        if name == "plain":
            files = thumbnails()
            for what, by in (("to and fro", 1), ("new", SCROLL), ("seen", -SCROLL)):
                gaps = panel.root.evaluate(IMAGES, [files, by])
                print(
                    f"  <img>     {what:17s} a frame {share(gaps, 50)} / {share(gaps, 95)} / {share(gaps, 100)}"
                )
        assert not nb.errors, nb.errors
        nb.close()


def thumbnails() -> list[str]:
    """Such pictures as files of 96 pixels, base64."""
    from PIL import Image

    scenes, files = Scenes(), []
    for _ in range(MANY):
        pixels = np.asarray(scenes.ids()) * 20 + 40
        file = io.BytesIO()
        Image.fromarray(np.stack([pixels] * 3, axis=2).astype(np.uint8)).resize((96, 96)).save(file, "PNG")
        files.append(base64.b64encode(file.getvalue()).decode())
    return files


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("steps", "many"))
    only = parser.parse_args().only
    os.environ["NBTRACK_SILENT"] = "on"
    print(f"load average at the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        server = LabServer(root, home)
        os.environ["NBTRACK_DIR"] = server.env["NBTRACK_DIR"]
        browser = launch_chromium(playwright)
        try:
            for part in (steps, many):
                if only in (None, part.__name__):
                    part(browser, server)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
