"""Images and histograms: what `log()` costs its caller, and what encoding costs in all.

    python -m tests.benchmarks.bench_media [--repeat 40]

Everything is measured in one process, one after the other and interleaved, so that the ratios hold on a busy
machine too. Blocked: wall time of the caller's thread (median). CPU: processor time of the whole process until
everything is on disk, per call.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image as Pillow

SIDE = 512
NUMBERS = 1_000_000


@dataclass
class Measured:
    blocked: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0


def photo() -> np.ndarray:
    """A real photograph, 512x512 RGB."""
    from sklearn.datasets import load_sample_image

    return np.asarray(
        Pillow.fromarray(load_sample_image("china.jpg")).resize((SIDE, SIDE), Pillow.Resampling.LANCZOS)
    )


def measure(
    calls: dict[str, Callable[[], int]], settle: Callable[[], None], repeat: int
) -> dict[str, Measured]:
    """Call each in turn, `repeat` times; `settle` waits until what was put off is done."""
    results = {name: Measured() for name in calls}
    for name, call in calls.items():  # warm-up: imports, threads, files
        results[name].size = call()
        settle()
    for _ in range(repeat):
        for name, call in calls.items():
            cpu = time.process_time()
            start = time.perf_counter()
            call()
            results[name].blocked.append(time.perf_counter() - start)
            settle()
            results[name].cpu.append(time.process_time() - cpu)
    return results


def table(title: str, results: dict[str, Measured], reference: str) -> None:
    base = results[reference]
    blocked, cpu = statistics.median(base.blocked), statistics.median(base.cpu)
    print(
        f"\n### {title}\n\n| what | blocked ms | ratio | CPU ms | ratio | KB |\n| --- | --- | --- | --- | --- | --- |"
    )
    for name, result in results.items():
        own_blocked, own_cpu = statistics.median(result.blocked), statistics.median(result.cpu)
        print(
            f"| {name} | {own_blocked * 1e3:.2f} | {own_blocked / blocked:.3f} | {own_cpu * 1e3:.2f} "
            f"| {own_cpu / cpu:.3f} | {result.size / 1000:.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=40)
    repeat = parser.parse_args().repeat
    os.environ |= {
        "NBTRACK_CONSOLE": "off",
        "NBTRACK_SYSTEM_METRICS": "off",
        "NBTRACK_SEAL": "off",
        "NBTRACK_SILENT": "on",
    }
    import nbtrack
    from nbtrack.media.histogram import binned
    from nbtrack.media.png import write_png

    pixels, floats = photo().copy(), (photo() / np.float32(255)).astype(np.float32)
    numbers = np.random.default_rng(0).standard_normal(NUMBERS).astype(np.float32)
    count = iter(range(10**9))

    def changed(array: np.ndarray) -> np.ndarray:
        """The same picture with other bytes, so that no blob is met twice."""
        array.flat[next(count) % array.size] = next(count) % 2
        return array

    def pillow() -> int:
        buffer = io.BytesIO()
        Pillow.fromarray(changed(pixels)).save(buffer, "PNG")
        return buffer.tell()

    with tempfile.TemporaryDirectory() as folder:
        run = nbtrack.init(project="bench", dir=folder)
        encoder = run._encoder

        def log(value: object) -> int:
            run.log({"x": value})
            return 0

        table(
            f"One {SIDE}x{SIDE} RGB photograph",
            measure(
                {
                    "Pillow, PNG to memory": pillow,
                    "write_png alone": lambda: len(write_png(changed(pixels))),
                    "run.log(Image(uint8))": lambda: log(nbtrack.Image(changed(pixels))),
                    "run.log(Image(float32))": lambda: log(nbtrack.Image(changed(floats))),
                },
                lambda: encoder.drain(60) and None,
                repeat,
            ),
            "Pillow, PNG to memory",
        )
        table(
            f"One histogram of {NUMBERS:,} float32, 64 bins",
            measure(
                {
                    "np.histogram": lambda: np.histogram(changed(numbers), 64)[0].nbytes,
                    "binning alone": lambda: binned(changed(numbers), 64).values.nbytes,
                    "run.log(Histogram(array))": lambda: log(nbtrack.Histogram(changed(numbers))),
                },
                lambda: encoder.drain(60) and None,
                repeat,
            ),
            "np.histogram",
        )
        run.finish(quiet=True)


if __name__ == "__main__":
    main()
