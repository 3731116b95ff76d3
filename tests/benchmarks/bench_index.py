"""The runs table of ten thousand runs, and one metric of a thousand long runs, from the index.

    python tests/benchmarks/bench_index.py [--quick]

Queries stand beside what they replace, in the same run: the table beside filtering and sorting all runs' JSON in
Python, previews beside reading the series in full. Times are CPU time of the one thread that does the work.

The thousand long runs are twenty different ones, each fifty times (hard links): that is 2 % of the disk space
and the same work for the index.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[2]))

from nbtrack.store import frames
from nbtrack.store import index as ix
from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.layout import Store
from nbtrack.store.model import And, Compare, RunQuery
from nbtrack.store.reader import RunReader
from nbtrack.store.seal import seal
from tests.benchmarks.bench_read import START, best, row, write_run

FIELDS = 60


def write_small(store: Store, number: int) -> None:
    """A finished run of `FIELDS` config and `FIELDS` summary keys."""
    rng = random.Random(number)
    run_id, writer, began = f"run{number:06}", f"{number:010d}", START + 60 * number
    hello = frames.Hello(run_id, writer, 1, "host", "boot", began, began, 0.0, None)
    hlc = int(began * 1000) << 16
    edits: list[tuple[tuple[str, ...], Any]] = [
        (("run", "project"), f"project-{number % 7}"),
        (("run", "name"), f"run-{number}"),
        (("run", "tags"), ["even" if number % 2 == 0 else "odd"]),
        (("config", "optimizer"), rng.choice(["adam", "sgd", "lion"])),
        *(
            ((("config", f"c{i}")), rng.choice([rng.random(), rng.randrange(10), "text"]))
            for i in range(FIELDS - 1)
        ),
    ]
    keys = [f"s{i}" for i in range(FIELDS)]
    parts = [
        frames.file_header(began),
        frames.encode_hello(hello),
        *(frames.encode_meta("set", path, value, hlc + i) for i, (path, value) in enumerate(edits)),
        frames.encode_schema(1, keys, "f" * FIELDS),
        *(frames.encode_row(1, step, began + step, [rng.random() for _ in keys]) for step in range(3)),
        frames.encode_close(frames.Close("finish", 0, began + 10)),
    ]
    folder = store.create_run_dir(run_id, began)
    (folder / f"{writer}-000000.nbl").write_bytes(b"".join(parts))
    os.utime(folder, (began, began))


def runs_table(store: Store, runs: int) -> None:
    """Rebuild, idle refresh, filter + sort + page."""
    for number in range(runs):
        write_small(store, number)
    catalog = SqliteCatalog(store)
    begun = time.process_time()
    catalog.refresh()
    row(f"build the index of {runs:,} runs x {2 * FIELDS} fields", time.process_time() - begun)
    file = next(store.local().glob("index-*.db"))
    print(f"{'  its size':<58} {file.stat().st_size / 2**20:>10.0f} MiB")
    row("refresh, nothing new", best(catalog.refresh, 3))

    where = And((Compare("config.c3", ">", 0.25), Compare("config.optimizer", "=", "adam")))

    def page() -> object:
        return catalog.runs(RunQuery(where, (("summary.s5", True),), limit=50)).rows

    def naive() -> object:
        """What a viewer without an index does, with the JSON of all runs in one table."""
        import json

        with catalog.index.read() as connection:
            query = sa.select(ix.run.c.id, ix.document.c.config, ix.document.c.summary).join_from(
                ix.run, ix.document, ix.document.c.rid == ix.run.c.rid
            )
            found = []
            for run_id, config_text, summary_text in connection.execute(query):
                config, summary = json.loads(config_text), json.loads(summary_text)
                value = config["c3"]
                if isinstance(value, (int, float)) and value > 0.25 and config["optimizer"] == "adam":
                    found.append((-summary["s5"], run_id, config, summary))
        return sorted(found, key=lambda item: item[:2])[:50]

    total = catalog.runs(RunQuery(where, limit=1)).total
    row(
        f"filter by 2 fields ({total:,} match), sort by a third, page of 50",
        best(page),
        best(naive, 2),
        "all JSON",
    )
    row("the page of one project", best(lambda: catalog.runs(
        RunQuery(Compare("run.project", "=", "project-3"), (("run.created", True),), limit=50)
    )))  # fmt: skip
    row("one column of all runs", best(lambda: catalog.runs(RunQuery(fields=("summary.s7",)))))
    finals = RunQuery(
        Compare("tags", "=", "even"), limit=200, fields=tuple(f"summary.s{i}" for i in range(10))
    )
    row("final values of 10 metrics of 200 runs", best(lambda: catalog.runs(finals)))


def plot(store: Store, runs: int, steps: int) -> None:
    """One metric of many long runs."""
    different = min(20, runs)
    for number in range(different):
        seal(write_run(store, f"long{number:04}", ["loss"], steps, seed=number).parent)
    for number in range(different, runs):
        folder = store.create_run_dir(f"long{number:04}", START)
        for file in (store.run_dir(f"long{number % different:04}") or Path()).glob("*.parquet"):
            os.link(file, folder / file.name)
    ids = [f"long{number:04}" for number in range(runs)]
    catalog = SqliteCatalog(store)
    begun = time.process_time()
    catalog.refresh()
    row(f"fold {runs:,} runs x {steps:,} steps and draw their previews", time.process_time() - begun)

    def full() -> object:
        some = ids[: max(runs // 20, 1)]
        return [RunReader(store, run_id).series("loss") for run_id in some]

    whole = best(full, 2) * runs / max(runs // 20, 1)
    found = catalog.previews(ids, "loss")
    assert len(found) == runs
    assert sum(preview.n for preview in found) == runs * steps
    name = f"one metric of {runs:,} runs x {steps:,} steps, from previews"
    row(name, best(lambda: catalog.previews(ids, "loss")), whole, "in full")


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    quick = parser.parse_args().quick
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as folder:
        runs_table(Store.open(folder, create=True), 1_000 if quick else 10_000)
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as folder:
        plot(Store.open(folder, create=True), 100 if quick else 1_000, 10_000 if quick else 100_000)


if __name__ == "__main__":
    main()
