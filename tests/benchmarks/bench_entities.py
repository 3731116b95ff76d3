"""What documents of the store cost: a look at one that did not change, one edit, and the first reading.

python tests/benchmarks/bench_entities.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nbtrack.store import entities
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store

#: edits in one batch
BATCH = 500


def microseconds(work: Callable[[int], object], times: int = 100) -> float:
    """Median time of `work`."""
    took = []
    for i in range(times):
        begun = time.perf_counter()
        work(i)
        took.append(time.perf_counter() - begun)
    return statistics.median(took) * 1e6


def forget() -> None:
    """Be as a process that has read nothing."""
    for files in list(entities._OPEN.values()):
        files.close("edit")
    entities._OPEN.clear()


def main() -> None:
    """Print one table."""
    print(f"{'':<28} {'look us':>9} {'edit us':>9} {'first reading ms':>17}")
    with tempfile.TemporaryDirectory() as folder:
        documents = Documents(Store.open(Path(folder) / "store", create=True))

        def row(name: str, id: str) -> None:
            look = microseconds(lambda _: documents.read("project", id))
            edit = microseconds(lambda i: documents.write("project", id, [Edit("set", ["a"], i)]))
            forget()
            first = microseconds(lambda _: documents.read("project", id), 1) / 1000
            print(f"{name:<28} {look:>9.0f} {edit:>9.0f} {first:>17.1f}")

        for count in (10, 1_000, 10_000):
            for at in range(0, count, BATCH):
                some = range(at, min(at + BATCH, count))
                edits = [Edit("set", ["views", "v", "panels", f"p{i}", "x"], i) for i in some]
                documents.write("project", f"/{count}", edits)
            row(f"{count:,} leaves", f"/{count}")
        for i in range(30):
            documents.write("project", "/files", [Edit("set", ["a"], i)])
            forget()
        row("files of 30 processes", "/files")
        forget()


if __name__ == "__main__":
    main()
