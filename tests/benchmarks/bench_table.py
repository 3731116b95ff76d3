"""Tables: what `log()` costs its caller, and how long a page of a million rows takes.

    python -m tests.benchmarks.bench_table [--repeat 20] [--rows 1000000]

All in one process and interleaved; the last column is a ratio to writing the same rows as JSON (logging) or to
the first page (questions), so that a busy machine does not matter.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


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
    args = parser.parse_args()
    os.environ["NBTRACK_SILENT"] = "on"
    import nbtrack

    nbtrack.Table.MAX_ROWS = args.rows
    with tempfile.TemporaryDirectory() as folder:
        run = nbtrack.init(project="bench", dir=folder)
        logging(run, 10_000, args.repeat)
        logging(run, args.rows, max(1, args.repeat // 8))
        run.finish()
    questions(args.rows, max(1, args.repeat // 8))


if __name__ == "__main__":
    main()
