"""SIGKILL at random moments: what `log()` returned from is there, numbers and media."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking.recover import recover

KILLS = int(os.environ.get("NBTRACK_KILLS", "40"))
ROOT = Path(nbtrack.__file__).parents[1]

#: logs numbers each step, a large image, a small image and a histogram each third; says each step when it is done
WRITER = """
import os, sys, time
import numpy as np
import nbtrack
pause = float(sys.argv[1])
run = nbtrack.init(id="r1", resume="allow")
first = run.step
for i in range(first, first + 100_000):
    row = {"a": float(i), "b": i, "text": str(i)}
    if i % 3 == 0:
        pixels = np.full((160, 120, 3), i % 251, np.uint8)
        pixels[0, 0] = 255
        row |= {"big": nbtrack.Image(pixels), "pair": [nbtrack.Image(np.full((4, 4), i % 251, np.uint8))] * 2,
                "hist": nbtrack.Histogram(np.full(50_000, i, np.float32))}
    run.log(row)
    os.write(1, b"%d\\n" % i)
    if pause:
        time.sleep(pause)
"""


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch):
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)


def kill_after(lines: int, pause: float) -> int:
    """Run the writer until it has acknowledged `lines` steps, kill it, and return the last acknowledged step."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(pause)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    last = -1
    for _ in range(lines):
        line = process.stdout.readline()
        assert line, "the writer ended by itself"
        last = int(line)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split(b"\n")
    process.wait()
    # the last line may be torn by the kill; whole ones were acknowledged
    return max([last, *(int(line) for line in rest[:-1] if line)])


def check(last: int) -> None:
    store = Store.open()
    recover(store, "r1")
    reader = RunReader(store, "r1")
    assert reader.state() == "crashed"
    for key in "ab":
        series = reader.series(key)
        assert series.steps.tolist() == list(range(len(series.steps)))
        assert len(series.steps) > last
        assert series.values.tolist() == [float(i) for i in range(len(series.steps))]
    assert [row.meta["value"] for row in reader.objects("text")][: last + 1] == [
        str(i) for i in range(last + 1)
    ]
    expected = list(range(0, last + 1, 3))
    big = {row.step: row for row in reader.objects("big")}
    hist = {row.step: row for row in reader.objects("hist")}
    assert set(big) >= set(expected)
    assert set(hist) >= set(expected)
    pairs = [(row.step, row.idx) for row in reader.objects("pair")]
    assert set(pairs) >= {(step, idx) for step in expected for idx in (0, 1)}
    for step in expected:
        row = big[step]
        assert row.pending is None
        assert "error" not in row.meta
        pixels = _decode(reader.blob(row.blob))
        assert pixels.shape == (160, 120, 3)
        assert (pixels[0, 0] == 255).all()
        assert (pixels[1:] == step % 251).all()
        assert sum(hist[step].meta["values"]) == 50_000
        assert hist[step].meta["bins"][0] <= step <= hist[step].meta["bins"][-1]


def _decode(data: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(BytesIO(data)))


def kill_often(times: int, seed: int) -> None:
    chance = random.Random(seed)
    last = -1
    for _ in range(times):
        # at full speed, and slow enough that encoders keep up with the loop
        last = kill_after(chance.choice([1, 2, 4, 10, 40, 120]), chance.choice([0, 0, 0.004]))
        check(last)


def test_nothing_acknowledged_is_lost():
    kill_often(5, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_acknowledged_is_lost_over_many_kills():
    kill_often(KILLS, seed=2)


def test_the_next_process_goes_on_after_the_kill():
    last = kill_after(10, 0)
    run = nbtrack.init(id="r1", resume="must")
    assert run.step > last
    run.log({"a": float(run.step)})
    run.finish()
    reader = RunReader(run.store, "r1")
    assert reader.state() == "finished"
    assert len(reader.series("a").steps) == run.step
