"""What a step of the slider costs in each viewer, and what a page holds after 500 of them.

    python -m tests.benchmarks.bench_viewers [medium ... | memory [medium ...]]

Media that are named are measured alone, without the memory. A run for each medium, in a real JupyterLab. "New" steps have to be
fetched, "seen" ones were shown before. Times are from the key press to the first change of what is drawn, looked at once a
frame (16.7 ms). The memory is that of a panel with a card of every viewer, all on the screen, while its slider goes through 500
steps, back and on: after a collection the page's JavaScript heap and the array buffers outside of it, what is in the
document and how much listens to it, and the resident memory of the page's process, of other documents' and of the GPU's.
The first time through all steps fills the caches; what still grows the second time is a leak.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

STEPS = 40
MOVES = 12
LONG = 500

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, plotly.graph_objects as go
rng = np.random.default_rng(0)
def picture(step, side=256):
    pixels = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
    pixels[: side // 4] = step * 5 % 256
    return pixels
def film(step):
    frames = np.full((8, 3, 96, 128), step * 6 % 256, np.uint8)
    frames[:, 0, :, :] = 255 - step * 6 % 256
    return frames
def molecule(step):
    from rdkit import Chem
    from rdkit.Chem import AllChem, rdMolTransforms
    made = Chem.AddHs(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O"))
    AllChem.EmbedMolecule(made, randomSeed=1)
    a = step / 6
    turn = np.array([[np.cos(a), -np.sin(a), 0, 0], [np.sin(a), np.cos(a), 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    rdMolTransforms.TransformConformer(made.GetConformer(), turn)
    return nbtrack.Molecule.from_rdkit(made)
MEDIA = {
    "curves": lambda step: 1 / (step + 1),
    "image": lambda step: nbtrack.Image(picture(step)),
    "histogram": lambda step: nbtrack.Histogram(rng.normal(step / 5, 1, 2000)),
    "object3D": lambda step: nbtrack.Object3D(rng.normal(step, 1 + step, (30_000, 3))),
    "molecule": molecule,
    "video": lambda step: nbtrack.Video(film(step), fps=4, format="mp4"),
    "audio": lambda step: nbtrack.Audio(np.roll(np.repeat([0.8, 0.02], 8000) * np.sin(np.arange(16_000)), 300 * step), sample_rate=8000),
    "html": lambda step: nbtrack.Html(f"<div style='height:{40 + step % 100}px'>{step}</div>"),
    "table": lambda step: nbtrack.Table(columns=["a", "b"], data=[[step, row] for row in range(1000)]),
    "plotly": lambda step: go.Figure(go.Scatter(y=rng.normal(size=1000))),
}
"""
ONE = """\
run = nbtrack.init(project="viewers", name={name!r})
for step in range({steps}):
    run.log({{{name!r}: MEDIA[{name!r}](step), "step": step}})
run.finish()
"""
ALL = """\
run = nbtrack.init(project="memory")
for step in range({steps}):
    run.log({{name: MEDIA[name](step) for name in {names!r}}})
run.finish()
"""
SHOWN = ("image", "histogram", "object3D", "molecule", "video", "audio", "html", "table", "plotly")

#: milliseconds that a step stays while the memory is measured: for most viewers long enough to draw it
DWELL = 100
_PAUSE = "(ms) => new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), ms))"

#: what is drawn in the card of a key, as a string that another drawing does not share
_LOOK = """
const look = (card) => {
  const small = document.createElement('canvas');
  small.width = small.height = 48;
  const context = small.getContext('2d', {willReadFrequently: true});
  const parts = [];
  for (const drawn of [...card.querySelectorAll('canvas, video')].slice(0, 3)) {
    context.clearRect(0, 0, 48, 48);
    try { context.drawImage(drawn, 0, 0, 48, 48); } catch { continue; }
    parts.push(context.getImageData(0, 0, 48, 48).data.join(''));
  }
  const frame = card.querySelector('iframe');
  if (frame) parts.push(frame.offsetHeight);
  const lines = [...card.querySelectorAll('svg path, svg rect')].slice(0, 200);
  parts.push(lines.map((one) => one.getAttribute('d') ?? one.getAttribute('height')).join());
  parts.push([...card.querySelectorAll('[role=gridcell], td')].slice(0, 6).map((cell) => cell.textContent).join());
  return parts.join('|');
};
"""
_MOVE = (
    """([root, key, press]) => new Promise((done) => {"""
    + _LOOK
    + """
  const slider = root.querySelector('[role=slider]');
  const card = [...root.querySelectorAll('section[aria-label]')].find((s) => s.getAttribute('aria-label') === key);
  const before = look(card), started = performance.now();
  slider.dispatchEvent(new KeyboardEvent('keydown', {key: press, bubbles: true, cancelable: true}));
  const watch = () => {
    if (look(card) !== before) done(performance.now() - started);
    else if (performance.now() - started > 5000) done(null);
    else requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
})"""
)
_DRAWN = (
    "([root, key]) => {"
    + _LOOK
    + (
        "const card = [...root.querySelectorAll('section[aria-label]')].find((s) => s.getAttribute('aria-label') === key);"
        "return card ? look(card) : ''; }"
    )
)


def settled(nb: Notebook, panel: PanelView, key: str) -> None:
    """Wait until the card draws the same thing for half a second."""
    panel.seen(key)
    root = panel.root.element_handle()
    before, same = "", 0

    def quiet() -> bool:
        nonlocal before, same
        now = nb.page.evaluate(_DRAWN, [root, key])
        same = same + 1 if now == before and len(now) > 3 else 0
        before = now
        return same >= 5

    until(quiet, 60)


def moves(nb: Notebook, cell: int, key: str, last: int, count: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of moves to new and to seen steps, and how many changed nothing in five seconds."""
    panel = PanelView(nb.panel(cell))
    until(lambda: panel.step() >= last, 60)
    settled(nb, panel, key)
    root = panel.root.element_handle()
    times: dict[str, list[float]] = {"ArrowLeft": [], "ArrowRight": []}
    lost = 0
    for press, found in times.items():
        for _ in range(count):
            took = nb.page.evaluate(_MOVE, [root, key, press])
            if took is None:
                lost += 1
            else:
                found.append(took)
            settled(nb, panel, key)
    return times["ArrowLeft"], times["ArrowRight"], lost


def processes(kind: str) -> list[float]:
    """Megabytes of the browser's processes of a kind, the largest first."""
    found = [p for p in psutil.Process().children(recursive=True) if f"--type={kind}" in p.cmdline()]
    return sorted((p.memory_info().rss / 2**20 for p in found), reverse=True)


def memory(nb: Notebook, cell: int, names: Sequence[str]) -> Iterator[list[str]]:
    """Rows of a table: what the page holds before, and after each time through all steps."""
    client = nb.context.new_cdp_session(nb.page)
    client.send("Performance.enable")
    panel = PanelView(nb.panel(cell))
    until(lambda: panel.step() >= LONG - 1, 120)
    for key in names:
        if key in SHOWN:
            settled(nb, panel, key)

    panel.root.evaluate("(root) => root.scrollIntoView({block: 'start'})")

    def now(when: str) -> list[str]:
        for _ in range(2):  # what the first finds dead may hold something that the second then finds dead
            client.send("HeapProfiler.collectGarbage")
        usage = client.send("Runtime.getHeapUsage")
        counts = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
        page, *others = processes("renderer")
        megabytes = [
            usage["usedSize"] / 2**20,
            usage.get("backingStorageSize", 0) / 2**20,
            page,
            sum(others),
            sum(processes("gpu-process")),
        ]
        things = [counts["Nodes"], counts["JSEventListeners"], counts["Frames"]]
        return [when, *(f"{value:.0f}" for value in (*megabytes, *things))]

    yield now("shown")
    for turn, press in enumerate(("ArrowLeft", "ArrowRight"), 1):
        started = time.monotonic()
        for _ in range(LONG):
            panel.press(press)
            nb.page.evaluate(_PAUSE, DWELL)
        nb.page.wait_for_timeout(3000)
        yield now(f"{LONG} steps, time {turn} ({(time.monotonic() - started) / LONG * 1000:.0f} ms a step)")


def main() -> None:
    load = os.getloadavg()[0]
    named = sys.argv[1:]
    wants_memory = not named or named[0] == "memory"
    timed = () if named[:1] == ["memory"] else tuple(named) or SHOWN
    held = tuple(named[1:]) or ("curves", *SHOWN)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        server = LabServer(root, home)
        browser = launch_chromium(playwright)
        print(f"load average at the start {load:.1f}\n")
        if timed:
            print(
                "| slider, ms to repaint | new p50 | new max | seen p50 | seen max | unanswered |\n|---|---|---|---|---|---|"
            )
        for name in timed:
            notebook(root / f"{name}.ipynb", SETUP, ONE.format(name=name, steps=STEPS))
            nb = Notebook(browser, server, f"{name}.ipynb")
            nb.run(0)
            nb.run(1, 300)
            new, seen, lost = moves(nb, 1, name, last=STEPS - 1, count=MOVES)
            cells = [
                f"{f(times):.0f}" if times else "-" for times in (new, seen) for f in (statistics.median, max)
            ]
            print(f"| {name} | {' | '.join(cells)} | {lost} |", flush=True)
            nb.page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
            nb.close()
        if wants_memory:
            notebook(root / "memory.ipynb", SETUP, ALL.format(steps=LONG, names=held))
            nb = Notebook(browser, server, "memory.ipynb")
            nb.page.set_viewport_size({"width": 1600, "height": 3500})
            nb.run(0)
            nb.run(1, 1200)
            print(
                "\n| memory, MB | heap | buffers | page | other documents | GPU | nodes | listeners | frames |"
                f"\n|{'---|' * 9}"
            )
            for row in memory(nb, 1, held):
                print(f"| {' | '.join(row)} |", flush=True)
            if nb.errors:
                print("the page complained:", *nb.errors, sep="\n")
            nb.close()
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
