"""Disks that are full, read-only or gone: training goes on, and what can be kept is kept."""

# ruff: noqa: PT031  (which of the calls warns depends on what the background thread notices first)

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack import NbtrackWarning
from nbtrack.store import journal
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader

pytestmark = pytest.mark.usefixtures("quiet_store")


class Disk:
    """A disk that can be full: every write that Python makes to a file of the store fails."""

    def __init__(self, monkeypatch):
        self.full = False
        self._write = os.write
        self._pwrite = os.pwrite
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "pwrite", self.pwrite)
        monkeypatch.setattr(os, "posix_fallocate", self.allocate)
        monkeypatch.setattr(journal, "_write", self.write)
        self._allocate = os.posix_fallocate if hasattr(os, "posix_fallocate") else None

    def check(self, fd):
        if self.full and "store" in str(Path(f"/proc/self/fd/{fd}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, fd, data):
        self.check(fd)
        return self._write(fd, data)

    def pwrite(self, fd, data, offset):
        self.check(fd)
        return self._pwrite(fd, data, offset)

    def allocate(self, fd, offset, length):
        self.check(fd)
        with Path(f"/proc/self/fd/{fd}").open("r+b") as file:
            file.truncate(max(offset + length, os.fstat(fd).st_size))


@pytest.fixture
def disk(monkeypatch):
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("needs /proc")
    return Disk(monkeypatch)


def vanish(folder):
    """Delete a folder at one stroke, before the run's own thread can put anything back into it."""
    gone = folder.rename(folder.with_name("gone"))
    shutil.rmtree(gone)


def read(run):
    return RunReader(Store.open(run.store.root), run.id)


def test_a_full_disk_never_raises_and_nothing_is_lost_once_there_is_room(disk):
    run = nbtrack.init(id="r1")
    run.log({"a": 0})
    disk.full = True
    with pytest.warns(NbtrackWarning, match=r"r1.*No space left"):
        for i in range(1, 50):
            run.log({"a": i, "text": str(i)})
            run.summary["best"] = i
            run.config.update({f"k{i}": i})
        run.log({"img": nbtrack.Image(np.full((200, 200, 3), 9, np.uint8))})
        run.log({"small": nbtrack.Image(np.zeros((4, 4)))})
    assert run.journal.queued_bytes > 0
    disk.full = False
    run.finish()
    reader = read(run)
    assert reader.series("a").values.tolist() == list(range(50))
    assert len(reader.objects("text")) == 49
    assert reader.summary()["best"] == 49
    assert reader.config["k49"] == 49
    (img,) = reader.objects("img")
    assert img.pending is None
    assert "error" not in img.meta
    assert reader.blob(img.blob).startswith(b"\x89PNG")
    assert reader.state() == "finished"
    assert run.journal.lost == 0


def test_a_disk_that_stays_full_lets_the_run_end(disk):
    run = nbtrack.init(id="r1", settings={"finish_timeout": 1})
    run.log({"a": 0})
    disk.full = True
    with pytest.warns(NbtrackWarning, match="No space left"):
        run.log({"a": 1})
        run.log({"img": nbtrack.Image(np.zeros((200, 200, 3), np.uint8))})
        run.finish()
    disk.full = False
    assert read(run).series("a").values.tolist() == [0]
    assert run.journal.lost > 0


def test_a_store_that_is_deleted_under_the_run_comes_back():
    run = nbtrack.init(id="r1", config={"lr": 1})
    run.log({"a": 0, "img": nbtrack.Image(np.zeros((8, 8)))})
    with pytest.warns(NbtrackWarning, match=r"r1.*deleted"):
        vanish(run.store.root)
        for i in range(1, 4):
            run.log({"a": i})
        run.finish()
    reader = read(run)
    assert reader.series("a").values.tolist() == [0, 1, 2, 3]
    assert reader.config == {"lr": 1}
    assert reader.state() == "finished"


def test_reading_the_summary_of_a_deleted_run_does_not_raise():
    run = nbtrack.init(id="r1")
    run.log({"a": 1})
    with pytest.warns(NbtrackWarning, match="deleted"):
        vanish(run.store.root)
        assert run.summary.get("b") is None
        run.finish()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_store_sends_the_run_elsewhere(tmp_path, monkeypatch):
    store = Store.open(tmp_path / "store", create=True)
    (store.root / "runs").mkdir()
    (store.root / "runs").chmod(0o500)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.warns(NbtrackWarning, match="cannot be written"):
        run = nbtrack.init()
    run.log({"a": 1})
    assert run.store.root != store.root
    assert run.summary["a"] == 1


def test_a_runs_folder_that_cannot_be_made_sends_the_run_elsewhere(tmp_path, monkeypatch):
    store = Store.open(tmp_path / "store", create=True)
    (store.root / "runs").write_text("in the way")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.warns(NbtrackWarning, match="cannot be written"):
        run = nbtrack.init()
    run.log({"a": 1})
    assert run.store.root != store.root
    assert run.summary["a"] == 1
