"""What a project page of ten thousand runs costs to answer.

    python tests/benchmarks/bench_project.py [--store FOLDER] [--runs N] [--times N]

With `--store` the folder is filled the first time and used again: writing it and building its index takes a minute.
"First" is the question as it is asked first after a run changed, "again" as long as none does. Times are medians;
wall time counts what else the machine does (the load stands above), CPU time only the thread that answers.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from nbtrack.panels.project.answer import answer
from nbtrack.store import frames
from nbtrack.store.layout import Store
from nbtrack.store.roster import Roster
from tests.benchmarks.bench_read import START

FIELDS = 60
OPTIMIZERS = ("adam", "sgd", "lion")


def write_run(store: Store, number: int) -> None:
    """A finished run of `FIELDS` config and `FIELDS` summary keys, of which some are missing or of another type."""
    rng = random.Random(number)
    run_id, writer, began = f"run{number:06}", f"{number:010d}", START + 60 * number
    hello = frames.Hello(run_id, writer, 1, "host", "boot", began, began, 0.0, None)
    hlc = int(began * 1000) << 16
    config: dict[str, Any] = {
        "optimizer": rng.choice(OPTIMIZERS),
        "layers": rng.randrange(2, 10),
        "lr": 10 ** rng.uniform(-5, -1),
        **{f"c{i}": rng.choice([rng.random(), rng.randrange(10), "text"]) for i in range(FIELDS - 3)},
    }
    run = {"project": "big", "name": f"{rng.choice(['calm', 'warm', 'quick'])}-run-{number}"}
    run |= {
        "group": f"group-{number % 20}",
        "user": f"user{number % 3}",
        "tags": ["even" if number % 2 == 0 else "odd"],
    }
    edits = [(("run", name), value) for name, value in run.items()]
    edits += [(("config", name), value) for name, value in config.items()]
    keys = [f"s{i}" for i in range(FIELDS)]
    parts = [
        frames.file_header(began),
        frames.encode_hello(hello),
        *(frames.encode_meta("set", path, value, hlc + i) for i, (path, value) in enumerate(edits)),
        frames.encode_schema(1, keys, "f" * FIELDS),
        *(frames.encode_row(1, step, began + step, [rng.random() for _ in keys]) for step in range(3)),
        frames.encode_close(frames.Close("finish", 0, began + 10 + rng.random())),
    ]
    folder = store.create_run_dir(run_id, began)
    (folder / f"{writer}-000000.nbl").write_bytes(b"".join(parts))
    os.utime(folder, (began, began))


def filled(folder: Path, runs: int) -> Store:
    """A store of so many runs, with its index."""
    store = Store.open(folder, create=True)
    known = sum(1 for _ in store.run_dirs())
    for number in range(known, runs):
        write_run(store, number)
    began = time.perf_counter()
    Roster.of(store).catalog.refresh()
    if known < runs:
        print(f"{'building the index':<58} {time.perf_counter() - began:>9.1f} s")
    return store


def median(
    work: Callable[[], object], times: int, before: Callable[[], object] = lambda: None
) -> tuple[float, float]:
    """Medians of wall time and of the CPU time of this thread, in ms."""
    wall, cpu = [], []
    for _ in range(times):
        before()
        began, began_cpu = time.perf_counter(), time.thread_time()
        work()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.thread_time() - began_cpu) * 1e3)
    return statistics.median(wall), statistics.median(cpu)


def memory() -> float:
    """Most memory that the process held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, help="folder of the store; kept")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=9)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as folder:
        measure(filled(chosen.store or Path(folder), chosen.runs), chosen.times)


def measure(store: Store, times: int) -> None:
    """Ask everything."""
    roster = Roster.of(store)
    fields = [f"config.c{i}" for i in range(10)] + [f"summary.s{i}" for i in range(10)]
    numbers = fields[10:]
    query = {"filter": "config.c3 > 0.25 and optimizer = 'adam'", "sort": [["summary.s5", True]]}
    page = {"what": "page", "fields": fields, "offset": 0, "limit": 100}
    questions: list[tuple[str, dict[str, Any]]] = [
        ("page of 100 x 20: filter by 2 fields, sort by a third", {**page, "query": query}),
        ("page of 100 x 20: newest first", {**page, "query": {}}),
        ("page of 100 x 20: all runs sorted by a field", {**page, "query": {"sort": query["sort"]}}),
        ("page of 100 x 20: search", {**page, "query": {"search": "M-run-77"}}),
        ("page of 100 x 20: search, regex", {**page, "query": {"search": "m-run.*7$", "regex": True}}),
        ("ids of all runs, filter and sort", {"what": "ids", "query": query, "limit": 100_000}),
        ("columns", {"what": "columns"}),
        ("values of a column", {"what": "values", "column": "config.optimizer"}),
        ("groups by 1 field, of 10 fields", _groups(["config.optimizer"], numbers)),
        ("groups by 2 fields, of 10 fields", _groups(["config.optimizer", "run.group"], numbers)),
        ("groups by a number of 4,000 values, of 10 fields", _groups(["config.c2"], numbers)),
        ("overview", {"what": "overview"}),
        ("list of projects", {"what": "projects"}),
        ("CSV of all runs x 20", {"what": "export", "query": {}, "fields": fields, "format": "csv"}),
    ]

    def forget() -> None:
        roster._known.clear()
        roster._counted.clear()

    answer(store, {"entity": "", "project": "big", "what": "columns"})  # the first look at the files is over
    before = memory()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print(f"{'':<58} {'first':>9} {'CPU':>9} {'again':>9} ms")
    wall, cpu = median(roster.catalog.refresh, times)
    print(f"{'look at the files, nothing new':<58} {wall:>9.1f} {cpu:>9.1f}")
    for name, question in questions:
        if question["what"] == "export":
            print(f"{'memory of all that':<58} {memory() - before:>9.0f} MiB")
        asked = {"entity": "", "project": "big", **question}
        first, cpu = median(lambda asked=asked: answer(store, asked), times, forget)
        again, _ = median(lambda asked=asked: answer(store, asked), times)
        print(f"{name:<58} {first:>9.1f} {cpu:>9.1f} {again:>9.1f}")


def _groups(by: list[str], fields: list[str]) -> dict[str, Any]:
    return {"what": "groups", "query": {}, "by": by, "fields": fields}


if __name__ == "__main__":
    main()
