"""What the write side costs, each beside the floor that it cannot go below, in turns within one run.

    python tests/benchmarks/bench_journal.py [--rows 100000]

- `Journal.rows` beside `os.write` of as many bytes,
- `Spool.put` beside a plain copy of the array in memory,
- reading a million rows back, checksums included, beside one pass of zlib over the same bytes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nbtrack.store import frames
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.scan import scan
from nbtrack.store.spool import Spool

TURN = 1000


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def line(name: str, ours: float, floor: float, unit: str) -> None:
    """Print one row of the table."""
    print(f"{name:<44} {ours:>10.3f} {floor:>10.3f} {unit:<3} {ours / floor:>7.2f}x")


def bench_rows(journal: Journal, fd: int, count: int, total: int) -> None:
    """`rows` of `count` values, `total` calls, in turns with bare writes. Medians over the turns."""
    keys = tuple(f"metric{i}" for i in range(count))
    letters, values = "f" * count, tuple(i * 0.5 for i in range(count))
    frame = frames.encode_row(0, 0, 0.0, values)
    journal.rows(0, 0.0, keys, letters, values)

    def ours() -> None:
        rows = journal.rows
        for step in range(TURN):
            rows(step, 1.5, keys, letters, values)

    def floor() -> None:
        write = os.write
        for _ in range(TURN):
            write(fd, frame)

    turns = [(seconds(ours), seconds(floor)) for _ in range(max(5, total // TURN))]
    a, b = (statistics.median(column) / TURN * 1e6 for column in zip(*turns, strict=True))
    line(f"rows, {count} scalar{'s' * (count > 1)}: median beside os.write", a, b, "us")


def bench_spool(folder: Path, size: int) -> None:
    """`put` of a picture while a few others wait, warm, beside a copy into memory that is warm too."""
    spool = Spool(folder)
    array = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    target = np.zeros_like(array)
    refs = []
    ours, floor = [], []
    for _ in range(200):
        ours.append(seconds(lambda: refs.append(spool.put(array))))
        floor.append(seconds(lambda: np.copyto(target, array)))
        if len(refs) > 4:
            spool.release(refs.pop(0))
    a, b = (statistics.median(column[20:]) * 1e3 for column in (ours, floor))
    line(f"spool, {size >> 10:,} KiB: median beside a copy", a, b, "ms")
    line(f"spool, {size >> 10:,} KiB: first, cold", ours[0] * 1e3, b, "ms")
    for ref in refs:
        spool.release(ref)
    spool.close()


def bench_scan(n: int) -> None:
    """Decode `n` rows of 8 values with their checksums."""
    data = frames.file_header(0.0) + b"".join(
        frames.encode_row(0, i, i * 0.1, [i * 0.5] * 8) for i in range(n)
    )
    ours, floor = zip(
        *((seconds(lambda: scan(data)), seconds(lambda: zlib.crc32(data))) for _ in range(3)), strict=True
    )
    line(f"scan, {n:,} rows of 8: best beside zlib.crc32", min(ours), min(floor), "s")
    mixed = frames.file_header(0.0) + b"".join(
        frames.encode_row(i % 2, i, i * 0.1, [0.5] * (1 + i % 2)) for i in range(n // 5)
    )
    line(
        f"scan, {n // 5:,} rows of two shapes in turn",
        min(seconds(lambda: scan(mixed)) for _ in range(3)),
        min(seconds(lambda: zlib.crc32(mixed)) for _ in range(3)),
        "s",
    )


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="calls of rows")
    parser.add_argument("--decode", type=int, default=1_000_000, help="rows to read back")
    parser.add_argument(
        "--dir", type=Path, default=None, help="where to write (default: the temporary folder)"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as place:
        store = Store.open(Path(place) / "store", create=True)
        folder = store.create_run_dir("bench", time.time())
        journal = Journal(store, "bench", folder, started=time.time())
        fd = os.open(Path(place) / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        print(f"{'':<44} {'nbtrack':>10} {'floor':>10}")
        for count in (1, 8, 64):
            bench_rows(journal, fd, count, args.rows)
        journal.close()
        os.close(fd)
        for size in (768 * 2**10, 4 * 2**20):
            bench_spool(folder, size)
        bench_scan(args.decode)


if __name__ == "__main__":
    main()
