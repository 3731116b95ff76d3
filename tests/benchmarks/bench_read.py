"""What reading runs costs: a live log, its tail, sealed runs, one metric of many.

    python tests/benchmarks/bench_read.py [--quick]

Times are CPU time of the one thread that does the work. Each figure stands beside a floor taken in the same run: the bytes read and checked once, without sense made of
them (a file's bytes and its CRC-32 for logs, the Parquet columns alone for sealed runs).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))

from nbtrack.store import frames
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.store.seal import seal

if TYPE_CHECKING:
    from collections.abc import Callable

START = 1_700_000_000.0


def packed_rows(schema: int, steps: np.ndarray, times: np.ndarray, values: np.ndarray) -> bytes:
    """Frames of many rows, as the journal writes them one by one."""
    n, k = values.shape
    layout = np.dtype(
        [
            ("len", "<u4"),
            ("crc", "<u4"),
            ("type", "u1"),
            ("schema", "<u4"),
            ("step", "<i8"),
            ("time", "<f8"),
            ("values", "<f8", (k,)),
        ]
    )
    table = np.zeros(n, layout)
    table["len"], table["type"], table["schema"] = 20 + 8 * k, frames.Type.ROW, schema
    table["step"], table["time"], table["values"] = steps, times, values
    body = table.view(np.uint8).reshape(n, layout.itemsize)[:, 8:]
    table["crc"] = [zlib.crc32(row) for row in np.ascontiguousarray(body)]
    return table.tobytes()


def write_run(
    store: Store, run_id: str, keys: list[str], steps: int, *, seed: int = 0, val_every: int = 0
) -> Path:
    """A finished run of random walks, one log; with `val_every`, every so many rows one of other keys."""
    folder = store.create_run_dir(run_id, START)
    rng = np.random.default_rng(seed)
    writer = f"{seed:010d}"
    values = rng.standard_normal((steps, len(keys))).cumsum(axis=0).astype(np.float32).astype(np.float64)
    times = START + np.arange(steps) * 0.01 + rng.random(steps) * 0.001
    at = np.arange(steps)
    hello = frames.Hello(run_id, writer, 1, "host", "boot", START, START, 0.0, None)
    parts = [
        frames.file_header(START),
        frames.encode_hello(hello),
        frames.encode_schema(1, keys, "f" * len(keys)),
        frames.encode_schema(2, ("val/loss", "val/acc"), "ff"),
    ]
    stride = val_every or steps
    for lo in range(0, steps, stride):
        parts.append(packed_rows(1, at[lo : lo + stride], times[lo : lo + stride], values[lo : lo + stride]))
        if val_every:
            parts.append(frames.encode_row(2, lo, times[lo] + 0.001, (0.5, 0.5)))
    parts.append(frames.encode_close(frames.Close("finish", 0, float(times[-1]))))
    path = folder / f"{writer}-000000.nbl"
    path.write_bytes(b"".join(parts))
    return path


def best(work: Callable[[], object], times: int = 5) -> float:
    """Least CPU seconds of several tries: all is done in one thread, and other jobs disturb this least."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def row(name: str, seconds: float, floor: float | None = None, floor_name: str = "") -> None:
    """Print one line of the table."""
    ratio = "" if floor is None else f"{seconds / floor:8.3g} x {floor_name} ({floor * 1e3:.2f} ms)"
    print(f"{name:<58} {seconds * 1e3:>10.3f} ms {ratio}")


def live(store: Store, rows: int) -> None:
    """One log that is read whole, and followed."""
    for run_id, val_every, what in (("plain", 0, "one schema"), ("mixed", 100, "another row each 100")):
        path = write_run(store, run_id, [f"train/k{i}" for i in range(8)], rows, val_every=val_every)

        def floor(path: Path = path) -> int:
            return zlib.crc32(path.read_bytes())

        def whole(run_id: str = run_id) -> object:
            return RunReader(store, run_id).series("train/k0").values[-1]

        name = f"open a live run of {rows:,} rows x 8 ({path.stat().st_size / 1e6:.1f} MB), {what}"
        row(name, best(whole), best(floor), "read + CRC")
    reader = RunReader(store, "plain")
    reader.refresh()
    row("refresh, nothing new", best(lambda: [reader.refresh() for _ in range(1000)]) / 1000)
    took = []
    with path_of(reader).open("ab", buffering=0) as log:
        for i in range(300):
            log.write(frames.encode_row(1, rows + i, START + 1e6 + i, [1.0] * 8))
            begun = time.process_time()
            reader.refresh()
            took.append(time.process_time() - begun)
    row(f"refresh, one new row behind {rows:,}", statistics.median(took))
    row("summary()", best(reader.summary))


def path_of(reader: RunReader) -> Path:
    return next(reader.run_dir.glob("*.nbl"))


def sealed(store: Store, rows: int) -> None:
    """A sealed run: its size, and one key of it."""
    path = write_run(store, "sealed", [f"train/k{i}" for i in range(8)], rows, seed=1)
    size = path.stat().st_size
    begun = time.process_time()
    seal(path.parent)
    row(f"seal {rows:,} rows x 8", time.process_time() - begun)
    after = sum(file.stat().st_size for file in path.parent.iterdir())
    print(f"{'  bytes per value: log, sealed':<58} {size / rows / 8:>10.2f} → {after / rows / 8:.2f}")
    (numbers,) = path.parent.glob("*.num.parquet")

    def floor() -> object:
        with pq.ParquetFile(numbers) as file:
            return file.read_row_groups([0], ["step", "value"], use_threads=False)

    row(
        "open it and read one key",
        best(lambda: RunReader(store, "sealed").series("train/k3")),
        best(floor),
        "pyarrow",
    )


def many(store: Store, runs: int, steps: int) -> None:
    """Many runs: one metric of all, cold (new readers)."""
    keys = [f"k{i}" for i in range(10)]
    for i in range(runs):
        seal(write_run(store, f"many{i:04}", keys, steps, seed=i + 10).parent)

    def metric() -> float:
        return sum(float(RunReader(store, f"many{i:04}").series("k5").values[-1]) for i in range(runs))

    def floor() -> None:
        for i in range(runs):
            (path,) = (store.run_dir(f"many{i:04}") or Path()).glob("*.num.parquet")
            with pq.ParquetFile(path) as file:
                file.read_row_group(9, ["step", "value"], use_threads=False)

    name = f"one metric of {runs} runs x 10 keys x {steps:,} steps, new readers"
    row(name, best(metric, 3), best(floor, 3), "pyarrow alone")


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    quick = parser.parse_args().quick
    rows, runs = (10_000, 20) if quick else (100_000, 200)
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as folder:
        store = Store.open(folder, create=True)
        print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
        live(store, rows)
        sealed(store, rows)
        many(store, runs, 1_000 if quick else 10_000)


if __name__ == "__main__":
    main()
