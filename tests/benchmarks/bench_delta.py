"""What a live panel costs the training process: snapshots, increments, pushes beside a loop, stills.

    python tests/benchmarks/bench_delta.py

Prints one line per figure, each with the median of several tries. Ratios are within this run of the script; the
absolute times are of this machine at this moment.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

import nbtrack
from nbtrack.panels.delta import build_delta, have_after
from nbtrack.panels.push import FULL_BLOBS, Stream
from nbtrack.panels.still import run_still
from nbtrack.panels.wire import pack
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from tests.panels.conftest import Recorder

KEYS, STEPS, IMAGES = 20, 10_000, 300


def median(work: Callable[[], object], tries: int = 7) -> float:
    """Milliseconds of one call."""
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def report(what: str, value: float, unit: str, note: str = "") -> None:
    print(f"{what:<58} {value:>10.2f} {unit}{'   ' + note if note else ''}")


class Sink:
    """A panel that only counts."""

    asked = 0

    def __init__(self) -> None:
        self.messages, self.bytes = 0, 0

    def send(self, content: object, buffers: list[bytes]) -> None:
        self.messages += 1
        self.bytes += len(pack(content, buffers))


def loop(recorder: Recorder, seconds: float, panel: Sink | None) -> float:
    """Rows a second that a loop of nothing but `log` of 20 scalars reaches, pushes made beside it."""
    import threading

    stop = threading.Event()

    def push() -> None:
        stream = Stream(recorder.reader)
        while not stop.wait(0.02):
            if stream.next_look <= time.monotonic():
                news = stream.news(panel, time.monotonic())
                if news is not None:
                    panel.send(*news)

    thread = threading.Thread(target=push)
    if panel is not None:
        thread.start()
    row = {f"k{i}": 0.5 for i in range(KEYS)}
    began, step = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            recorder.log(step, row)
            step += 1
    rate = step / (time.perf_counter() - began)
    stop.set()
    if panel is not None:
        thread.join()
    return rate


def main() -> None:
    """Run everything."""
    print(
        f"load {os.getloadavg()[0]:.1f}, {KEYS} keys x {STEPS} steps, {IMAGES} images of 8x8 and of 256x256"
    )
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(folder, create=True)
        recorder = Recorder(store, "bench")
        rng = np.random.default_rng(0)
        for step in range(STEPS):
            recorder.log(step, {f"k{i}": step * 0.5 for i in range(KEYS)})
        for step in range(IMAGES):
            recorder.media(step, "digits", nbtrack.Image(rng.integers(0, 255, (8, 8), dtype=np.uint8)))
            noise = rng.integers(0, 255, (256, 256, 3), dtype=np.uint8)
            recorder.media(step, "photo", nbtrack.Image(noise))
            recorder.media(step, "grads", nbtrack.Histogram(rng.normal(size=1000)))
        report("open the run, cold", median(lambda: RunReader(store, "bench"), 3), "ms")
        reader = recorder.reader

        delta, buffers = build_delta(reader, None)
        size = len(pack(delta, buffers))
        report("snapshot without media", median(lambda: build_delta(reader, None)), "ms", f"{size:,} bytes")
        report("  packed for HTTP", median(lambda: pack(delta, buffers)), "ms")
        began = time.perf_counter()
        with_media, media_buffers = build_delta(reader, None, blobs_budget=FULL_BLOBS)
        report("snapshot with 3 MiB of media, thumbnails made", (time.perf_counter() - began) * 1e3, "ms")
        warm = median(lambda: build_delta(reader, None, blobs_budget=FULL_BLOBS))
        report("  again, thumbnails at hand", warm, "ms", f"{len(pack(with_media, media_buffers)):,} bytes")

        have = have_after(None, delta)
        report("nothing new", median(lambda: build_delta(reader, have), 50), "ms")
        step = STEPS

        def ten_rows() -> None:
            nonlocal step, have
            for _ in range(10):
                recorder.log(step, {f"k{i}": step * 0.5 for i in range(KEYS)})
                step += 1
            reader.refresh()
            made, parts = build_delta(reader, have)
            have = have_after(have, made)
            ten_rows.bytes = len(pack(made, parts))

        report("ten new rows: log, read, build", median(ten_rows, 50), "ms", f"{ten_rows.bytes:,} bytes")
        report("still", median(lambda: run_still(reader), 3), "ms", f"{len(run_still(reader)):,} bytes")

        quiet = loop(Recorder(store, "quiet"), 3, None)
        sink = Sink()
        pushed = loop(Recorder(store, "pushed"), 3, sink)
        report("rows/s of a loop of 20 scalars alone", quiet, "rows/s")
        report(
            "  the same with a panel",
            pushed,
            "rows/s",
            f"{sink.messages / 3:.1f} pushes/s, {sink.bytes / 3e6:.2f} MB/s",
        )
        report("  share of the speed that is left", 100 * pushed / quiet, "%")


if __name__ == "__main__":
    main()
