"""A sealer that dies at any moment: every row is still there, once."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.store.seal import seal
from tests.store.logs import Log
from tests.store.test_seal import everything

if TYPE_CHECKING:
    from pathlib import Path

#: seals argv[1], and kills itself right before the argv[2]-th step that changes or syncs a file
SEALER = """
import os, signal, sys
from pathlib import Path
import pyarrow.parquet as pq
from nbtrack.store.seal import seal

left = int(sys.argv[2])

def mortal(work):
    def step(*args, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **options)
    return step

for holder, name in ((Path, "replace"), (Path, "unlink"), (os, "fsync"), (pq.ParquetWriter, "write_table")):
    setattr(holder, name, mortal(getattr(holder, name)))
seal(Path(sys.argv[1]), min_bytes=0)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def two_writers(store: Store) -> Log:
    """A finished run of two writers, one of whose first logs are sealed already."""
    log = Log(store)
    for number in range(10):
        for step in range(10 * number, 10 * number + 10):
            log.row(step, step, loss=step / 3, acc=1.0)
        log.obj(number, 10 * number + 9, "note", {"value": number}).text(10 * number + 9, f"{number}\n")
        log.obj(number, 10 * number + 9, "img", {}, kind="image-file", blob=log.blob(b"%d" % number))
        if number < 9:
            log.rotate(10 * number + 10)
        if number == 8:
            assert_sealed_groups(log)
    log.close(200)
    Log(store, writer="bbbbbbbbbb").row(5, 300, loss=-1.0).row(500, 301, loss=0.0).close(302)
    return log


def assert_sealed_groups(log: Log) -> None:
    import fcntl

    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert seal(log.dir, min_bytes=0) == 1


def check(store: Store, before: dict[str, object]) -> None:
    reader = RunReader(store, "r")
    assert everything(reader) == before
    assert reader.problems == []
    for row in reader.objects("img"):
        assert reader.blob(row.blob) == b"%d" % row.step


@pytest.mark.slow
def test_sealer_killed_before_each_of_its_steps(store: Store) -> None:
    log = two_writers(store)
    before = everything(RunReader(store, "r"))
    saved = log.dir.with_name("saved")
    shutil.copytree(log.dir, saved)
    for step in range(1, 100):
        shutil.rmtree(log.dir)
        shutil.copytree(saved, log.dir)
        done = subprocess.run([sys.executable, "-c", SEALER, str(log.dir), str(step)], check=False)
        check(store, before)
        seal(log.dir, min_bytes=0)  # the next one finishes the work
        check(store, before)
        assert not list(log.dir.glob("*.nbl"))
        assert len(list(log.dir.glob("*.parquet"))) == 4
        if done.returncode == 0:
            assert step > 10
            return
        assert done.returncode == -9
    raise AssertionError("the sealer never came to its end")


@pytest.mark.slow
def test_sealers_killed_at_random_moments(store: Store) -> None:
    rng = random.Random(7)
    log = two_writers(store)
    before = everything(RunReader(store, "r"))
    reader = RunReader(store, "r")
    killed = 0
    for _ in range(12):
        sealer = subprocess.Popen([sys.executable, "-c", SEALER, str(log.dir), "0"])
        time.sleep(rng.uniform(0.2, 0.8))
        sealer.kill()
        killed += sealer.wait() == -9
        check(store, before)
        reader.refresh()
        assert everything(reader) == before
    assert killed
