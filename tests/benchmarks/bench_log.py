"""What `log()` costs the caller, beside the bare system call that it cannot do without.

    python tests/benchmarks/bench_log.py [--calls 100000]

Prints one table. Each row of `log()` stands beside `os.write` of as many bytes to a file of the same folder, in
turns within one loop, so that both see the same machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ |= {
    "NBTRACK_SILENT": "on",
    "NBTRACK_SEAL": "off",
    "NBTRACK_CONSOLE": "off",
    "NBTRACK_SYSTEM_METRICS": "off",
    "NBTRACK_PACKAGES": "off",
    "NBTRACK_DISABLE_GIT": "on",
}


def quantiles(nanoseconds: list[int]) -> tuple[float, float, float]:
    """(p50, p99, p99.9) in microseconds."""
    ordered = sorted(nanoseconds)
    n = len(ordered)
    return tuple(ordered[min(n - 1, int(n * q))] / 1e3 for q in (0.5, 0.99, 0.999))  # type: ignore[return-value]


def in_turns(
    log: Callable[[dict[str, float]], None], keys: list[str], fd: int, frame: bytes, calls: int
) -> tuple[list[int], list[int]]:
    """Time `log` of new values and `os.write` of `frame`, `calls` times each, in turns of 200."""
    clock = time.perf_counter_ns
    logged: list[int] = []
    written: list[int] = []
    for turn in range(calls // 200):
        rows = [dict.fromkeys(keys, (turn * 200 + i) * 0.5) for i in range(200)]
        for row in rows:
            begun = clock()
            log(row)
            logged.append(clock() - begun)
        for _ in rows:
            begun = clock()
            os.write(fd, frame)
            written.append(clock() - begun)
    return logged, written


def report(name: str, nanoseconds: list[int]) -> float:
    """Print one row; return p50."""
    p50, p99, p999 = quantiles(nanoseconds)
    print(f"{name:<44} {p50:>9.2f} {p99:>9.2f} {p999:>9.2f}")
    return p50


def scalars(folder: Path, calls: int) -> None:
    """1 and 20 scalars, new values each time."""
    import nbtrack

    print(f"{'microseconds in the caller':<44} {'p50':>9} {'p99':>9} {'p99.9':>9}")
    for count in (1, 20):
        run = nbtrack.init(dir=folder, reinit="create_new")
        keys = [f"train/k{i}" for i in range(count)]
        fd = os.open(folder / f"bare-{count}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        frame = bytes(29 + 8 * count)
        log, bare = in_turns(run.log, keys, fd, frame, calls)
        os.close(fd)
        run.finish()
        write = report(f"os.write of {len(frame)} bytes", bare)
        took = report(f"log() of {count} scalars", log)
        print(f"{'  ratio':<44} {took / write:>9.2f}")


def many(folder: Path, calls: int) -> None:
    """CPU, memory and bytes of many calls with one scalar."""
    import random

    import nbtrack

    run = nbtrack.init(dir=folder, reinit="create_new")
    values = [random.random() for _ in range(calls)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu = time.process_time()
    for value in values:
        run.log({"loss": value})
    run.finish()
    cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run_dir = run.store.run_dir(run.id)
    assert run_dir is not None
    size = sum(path.stat().st_size for path in run_dir.glob("*.nbl"))
    print(
        f"\n{calls:,} calls of one scalar, with finish(): {cpu:.2f} s CPU, {size / calls:.1f} bytes a point"
    )
    print(f"peak memory of the process {peak / 1024:.0f} MiB (before: {before / 1024:.0f} MiB)")


def media(folder: Path, calls: int) -> None:
    """Images and histograms: how long the caller waits, and what all threads burn."""
    import numpy as np

    import nbtrack

    random = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(512), np.arange(512))[..., None] // 4
    pixels = (smooth + random.integers(0, 16, (512, 512, 3))).astype(np.uint8)
    numbers = random.normal(size=1_000_000).astype(np.float32)
    makes: dict[str, Callable[[int], object]] = {
        "Image 512x512 RGB": lambda i: nbtrack.Image(np.roll(pixels, i, 0)),
        "Histogram of 10^6 float32": lambda i: nbtrack.Histogram(numbers + np.float32(i)),
    }
    print(f"\n{'milliseconds':<44} {'caller p50':>10} {'p99':>9} {'CPU in all':>10}")
    for name, make in makes.items():
        run = nbtrack.init(dir=folder, reinit="create_new")
        run.log({"warm": make(0)})
        run.finish()
        run = nbtrack.init(dir=folder, reinit="create_new")
        made = [make(i) for i in range(min(calls, 50))]
        took = []
        cpu = time.process_time()
        for one in made:
            begun = time.perf_counter()
            run.log({"m": one})
            took.append(time.perf_counter() - begun)
            time.sleep(0.005)
        run.finish()
        cpu = (time.process_time() - cpu) / len(made)
        took.sort()
        print(
            f"{name:<44} {statistics.median(took) * 1e3:>10.2f} {took[int(len(took) * 0.99)] * 1e3:>9.2f} "
            f"{cpu * 1e3:>10.2f}"
        )


def starting(folder: Path) -> None:
    """A second `init()` in a process, when all modules are loaded."""
    import nbtrack

    took = []
    for _ in range(10):
        begun = time.perf_counter()
        run = nbtrack.init(dir=folder, reinit="create_new")
        took.append(time.perf_counter() - begun)
        run.finish()
    print(f"\ninit() with everything loaded: {statistics.median(took) * 1e3:.1f} ms")


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory(prefix="nbtrack-bench-") as name:
        folder = Path(name)
        begun = time.perf_counter()
        import nbtrack

        nbtrack.init(dir=folder).finish()
        print(f"first init() with its imports, and finish(): {(time.perf_counter() - begun) * 1e3:.0f} ms\n")
        scalars(folder, calls)
        many(folder, calls)
        starting(folder)
        media(folder, calls)


if __name__ == "__main__":
    main()
