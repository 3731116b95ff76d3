"""Tables: what `log()` costs its caller, and how long a page of a million rows takes.

    python -m tests.benchmarks.bench_table [--repeat 20] [--rows 1000000] [--browser]

All in one process and interleaved; the last column is a ratio to writing the same rows as JSON (logging) or to
the first page (questions), so that a busy machine does not matter. With --browser a real JupyterLab in headless
Chromium shows a table of as many rows: milliseconds from what a person does until other rows are painted, the
time between frames while it scrolls, and the slider over the steps of a table of 10,000 rows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

#: rows of the table that is logged at several steps
STEPPED = 10_000

_CELL = """\
import numpy as np, pandas as pd, nbtrack
from tests.benchmarks.bench_table import columns
nbtrack.Table.MAX_ROWS = {rows}
run = nbtrack.init(project="bench", name="tables")
run.log({{"large": nbtrack.Table(dataframe=pd.DataFrame(columns({rows})))}}, step=0)
for step in range(8):
    made = columns({stepped})
    made["score"] = made["score"] + step
    run.log({{"stepped": nbtrack.Table(dataframe=pd.DataFrame(made))}}, step=step)
run.finish()
"""

#: does something and waits until the first cells of the rows are others; milliseconds to the frame after that
_UNTIL = """(card, [what, patience]) => new Promise((done) => {
  const read = () => [...card.querySelectorAll('[role=gridcell], .nb-table-groups td')].slice(0, 12)
    .map((cell) => cell.textContent).join('|');
  const actions = {
    sort: () => card.querySelector('[data-column=score] .nb-table-sort').click(),
    'sort by text': () => card.querySelector('[data-column=text] .nb-table-sort').click(),
    filter: () => type('.nb-table-filter', 'score > 0.9 and label == "cat" and not ok'),
    'no filter': () => type('.nb-table-filter', ''),
    search: () => type('.nb-table-find', 'number 777'),
    'no search': () => type('.nb-table-find', ''),
    group: () => choose('label'),
    'no groups': () => choose(''),
    step: () => card.closest('.nbtrack').querySelector('[role=slider]').dispatchEvent(
      new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true, cancelable: true})),
  };
  const type = (field, text) => {
    const input = card.querySelector(field);
    input.value = text;
    input.dispatchEvent(new Event('input', {bubbles: true}));
    input.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
  };
  const choose = (value) => {
    const select = card.querySelector('.nb-table-by select');
    select.value = value;
    select.dispatchEvent(new Event('change', {bubbles: true}));
  };
  const before = read(), start = performance.now();
  actions[what]();
  const look = () => {
    const ms = performance.now() - start, now = read();
    if (now !== before && now !== '') requestAnimationFrame(() => done(performance.now() - start));
    else if (ms > patience) done(null);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

#: scrolls on by half a screen each frame; the times between frames, and how many of them showed rows without cells
_SCROLL = """(card, frames) => new Promise((done) => {
  const grid = card.querySelector('.nb-table-scroll');
  const times = [];
  let last = performance.now(), blank = 0;
  grid.scrollTop = 0;
  const go = (now) => {
    times.push(now - last);
    last = now;
    if ([...grid.querySelectorAll('[role=row][aria-rowindex]')].some((row) => !row.querySelector('[role=gridcell]')))
      blank++;
    if (times.length > frames) return done({times: times.slice(1), blank});
    grid.dispatchEvent(new WheelEvent('wheel', {deltaY: 220, bubbles: true, cancelable: true}));
    if (grid.scrollHeight < 4e6) grid.scrollTop += 220;
    requestAnimationFrame(go);
  };
  requestAnimationFrame(go);
})"""


def columns(n: int) -> dict[str, Any]:
    """Six columns: two of integers and floats, two of text, one of booleans."""
    rng = np.random.default_rng(0)
    return {
        "id": np.arange(n),
        "score": rng.random(n),
        "loss": rng.normal(size=n),
        "text": [f"row number {i}" for i in range(n)],
        "ok": rng.random(n) > 0.5,
        "label": rng.choice(["cat", "dog", "고양이"], n).tolist(),
    }


def rows_of(made: dict[str, Any]) -> list[list[Any]]:
    lists = [column.tolist() if hasattr(column, "tolist") else column for column in made.values()]
    return [list(row) for row in zip(*lists, strict=True)]


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """(wall, this thread's processor time) in ms."""
    start, cpu = time.perf_counter(), time.thread_time()
    call()
    return (time.perf_counter() - start) * 1e3, (time.thread_time() - cpu) * 1e3


def logging(run: Any, n: int, repeat: int) -> None:
    import nbtrack

    made = columns(n)
    rows, frame = rows_of(made), pd.DataFrame(made)
    names = list(made)
    taken: dict[str, list[tuple[float, float]]] = {}
    for _ in range(repeat + 1):
        tables = {
            "log(), rows of Python objects": nbtrack.Table(columns=names, data=rows),
            "log(), data frame": nbtrack.Table(dataframe=frame),
        }
        for name, table in tables.items():
            taken.setdefault(name, []).append(timed(lambda table=table: run.log({"t": table})))
            while run._encoder.waiting:
                time.sleep(0.02)
        taken.setdefault("JSON of the rows", []).append(timed(lambda: json.dumps(rows)))
        taken.setdefault("Table(data=rows)", []).append(
            timed(lambda: nbtrack.Table(columns=names, data=rows))
        )
        taken.setdefault("Table(dataframe=df)", []).append(timed(lambda: nbtrack.Table(dataframe=frame)))
    report(f"{n:,} rows x {len(made)}", taken, "JSON of the rows")


def asked(source: Any, second: Any, n: int) -> dict[str, Callable[[], object]]:
    """What a viewer asks; in this order, since what was decoded for one is there for the next."""
    from nbtrack.panels.tables.compare import compare
    from nbtrack.panels.tables.group import group
    from nbtrack.panels.tables.page import page

    return {
        "first page": lambda: page(source, {}),
        "page in the middle": lambda: page(source, {"offset": n // 2}),
        "sort by a number": lambda: page(source, {"sort": [["score", "desc"]]}),
        "a page further of the same order": lambda: page(
            source, {"sort": [["score", "desc"]], "offset": n // 2}
        ),
        "sort by text": lambda: page(source, {"sort": [["text", "asc"]]}),
        "filter": lambda: page(source, {"filter": 'score > 0.9 and label == "cat" and not ok'}),
        "filter by a piece of text": lambda: page(source, {"filter": '"77" in text'}),
        "search": lambda: page(source, {"search": "NUMBER 123"}),
        "group by text": lambda: group(source, {"by": "label"}),
        "group by a number": lambda: group(source, {"by": "score"}),
        "compare by key": lambda: compare(source, second, {"key": "id"}),
        "another page of the comparison": lambda: compare(source, second, {"key": "id", "offset": n // 2}),
    }


def questions(n: int, repeat: int) -> None:
    import nbtrack
    from nbtrack.media.registry import complete
    from nbtrack.panels.tables.source import Source

    frame = pd.DataFrame(columns(n))
    blob = complete(nbtrack.Table(dataframe=frame).record()).blob
    frame.loc[::10, "score"] += 1
    other = complete(nbtrack.Table(dataframe=frame.iloc[::-1]).record()).blob
    assert blob is not None
    assert other is not None
    taken: dict[str, list[tuple[float, float]]] = {}
    for _ in range(repeat + 1):
        source, second = Source([blob], ("a",)), Source([other], ("b",))  # nothing is remembered
        for name, call in asked(source, second, n).items():
            taken.setdefault(name, []).append(timed(call))
    report(f"questions at {n:,} rows", taken, "first page")


def browser(n: int, repeat: int, patience: float) -> None:
    """Print how long a person waits for rows."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
    from tests.e2e.panel import PanelView

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        notebook(root / "bench.ipynb", _CELL.format(rows=n, stepped=STEPPED), "nbtrack.show(run)")
        server = LabServer(root, home)
        try:
            view = Notebook(launch_chromium(playwright), server, "bench.ipynb")
            view.run(0, 600)
            start = time.perf_counter()
            view.run(1)
            panel = PanelView(view.panel(1))
            card = panel.seen("large")
            card.locator("[role=gridcell]").first.wait_for(timeout=patience * 1000)
            first = (time.perf_counter() - start) * 1e3
            print(
                f"\n{n:,} rows in the browser; load average {os.getloadavg()[0]:.1f} at {os.cpu_count()} cores"
            )
            print(f"{'':36s}{'median ms':>12s}{'best ms':>10s}")
            print(f"{'cell run to first rows':36s}{first:12.0f}")
            whats = [
                "sort",
                "sort by text",
                "filter",
                "no filter",
                "search",
                "no search",
                "group",
                "no groups",
            ]
            taken: dict[str, list[float]] = {what: [] for what in whats}
            for _ in range(repeat):
                for what in whats:
                    taken[what].append(card.evaluate(_UNTIL, [what, patience * 1000]) or float("nan"))
            stepped = panel.seen("stepped")
            stepped.locator("[role=gridcell]").first.wait_for()
            moved = [stepped.evaluate(_UNTIL, ["step", patience * 1000]) or float("nan") for _ in range(7)]
            taken[f"slider, a table of {STEPPED:,} rows"] = moved
            for what, times in taken.items():
                print(f"{what:36s}{statistics.median(times):12.0f}{min(times):10.0f}")
            seen = panel.seen("large").evaluate(_SCROLL, 120)
            middle, most = np.percentile(seen["times"], [50, 95])
            print(f"{'frame while scrolling, p50 and p95':36s}{middle:12.1f}{most:10.1f}")
            print(f"{'frames with rows that were not there':36s}{seen['blank']:12d} of {len(seen['times'])}")
            print(f"{'load average at the end':36s}{os.getloadavg()[0]:12.1f}")
        finally:
            server.stop()


def report(title: str, taken: dict[str, list[tuple[float, float]]], base: str) -> None:
    middle = {
        name: [statistics.median(values) for values in zip(*found[1:], strict=True)]
        for name, found in taken.items()
    }
    print(f"\n{title}\n{'':36s}{'wall ms':>10s}{'CPU ms':>10s}{'ratio':>8s}")
    for name, (wall, cpu) in middle.items():
        print(f"{name:36s}{wall:10.1f}{cpu:10.1f}{cpu / middle[base][1]:8.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--patience", type=float, default=60, help="seconds for one answer")
    args = parser.parse_args()
    os.environ["NBTRACK_SILENT"] = "on"
    import nbtrack

    nbtrack.Table.MAX_ROWS = args.rows
    if args.browser:
        browser(args.rows, max(1, args.repeat // 4), args.patience)
        return
    with tempfile.TemporaryDirectory() as folder:
        run = nbtrack.init(project="bench", dir=folder)
        logging(run, 10_000, args.repeat)
        logging(run, args.rows, max(1, args.repeat // 8))
        run.finish()
    questions(args.rows, max(1, args.repeat // 8))


if __name__ == "__main__":
    main()
