"""Disks that are full, broken, read-only or gone. Nothing raises into training, and what can be kept is kept."""

# ruff: noqa: PT031  (a disk refuses several calls, and the first of them warns)

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from nbtrack.errors import NbtrackWarning
from nbtrack.store import backlog, logfile, stream
from nbtrack.store import journal as module
from nbtrack.store.frames import Type, decode_close, decode_hello, decode_meta
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from tests.faults.streams import payloads, rows


@pytest.fixture(autouse=True)
def no_background(monkeypatch):
    """The tests call `tick` themselves, except the one about the thread."""
    monkeypatch.setattr("nbtrack.store.syncer.SYNC_AFTER", 3600.0)
    monkeypatch.setattr("nbtrack.store.syncer.RETRY_EVERY", 3600.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def journal(store: Store):
    made = Journal(store, "r", store.create_run_dir("r", 0.0), started=0.0)
    yield made
    made.close("exit")


class Disk:
    """Stands before `os.write` and `os.open` for files of runs and blobs, and refuses as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        #: errno of each write and open from now on, or 0
        self.error = 0
        #: bytes that the next writes may still take before `error` comes
        self.room = 0
        self.attempts = 0
        self._write, self._open = os.write, os.open
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "open", self.open)
        monkeypatch.setattr(module, "_write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        if not self.error or "/runs/" not in str(Path(f"/proc/self/fd/{fd}").readlink()):
            return self._write(fd, data)
        self.attempts += 1
        if self.room:
            part, self.room = data[: self.room], max(0, self.room - len(data))
            return self._write(fd, part)
        raise OSError(self.error, os.strerror(self.error))

    def open(self, path: object, flags: int, *args: int, **kw: int) -> int:
        if self.error == errno.EROFS and flags & os.O_CREAT:
            raise OSError(self.error, os.strerror(self.error), str(path))
        return self._open(path, flags, *args, **kw)  # type: ignore[arg-type]


@pytest.fixture
def disk(monkeypatch):
    made = Disk(monkeypatch)
    yield made
    made.error = 0


def log(journal: Journal, steps: range) -> None:
    for i in steps:
        journal.rows(i, 0.0, ("a", f"k{i % 2}"), "ff", (float(i), 1.0))


def expect(steps: range) -> list[tuple[int, dict[str, float]]]:
    return [(i, {"a": float(i), f"k{i % 2}": 1.0}) for i in steps]


def in_order(journal: Journal) -> list[tuple[int, dict[str, float]]]:
    return sorted(rows(journal._run_dir), key=lambda row: row[0])


def files(journal: Journal) -> list[str]:
    return sorted(p.name for p in journal._run_dir.iterdir())


# ---- writes that fail -------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [1, 5, 9, 20, 44])
def test_a_short_write_goes_on_in_the_next_file(journal, disk, taken):
    log(journal, range(10))
    disk.error, disk.room = errno.ENOSPC, taken

    write = disk.write

    def once(fd: int, data: bytes) -> int:
        done = write(fd, data)
        disk.error = 0
        return done

    module._write = once  # the fixture puts it back
    with pytest.warns(NbtrackWarning, match=r"failed: the disk took only a part.*goes on in a new file"):
        log(journal, range(10, 11))
    log(journal, range(11, 30))
    assert in_order(journal) == expect(range(30))
    assert files(journal) == [f"{journal.writer}-{n:06d}.nbl" for n in (0, 1)]
    assert (journal.lost, journal.queued_bytes) == (0, 0)


def test_an_error_goes_on_in_the_next_file_too(journal, disk, monkeypatch):
    log(journal, range(10))

    def broken(fd: int, data: bytes) -> int:
        monkeypatch.setattr(module, "_write", os.write)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(module, "_write", broken)
    with pytest.warns(NbtrackWarning, match=r"Input/output error.*goes on in a new file"):
        log(journal, range(10, 20))
    assert in_order(journal) == expect(range(20))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_while_the_disk_takes_nothing_calls_wait_in_memory(journal, disk, error):
    log(journal, range(10))
    disk.error = error
    with pytest.warns(NbtrackWarning, match="run r: .*takes no data.*waits in memory") as told:
        log(journal, range(10, 500))
    assert len(told) == 1
    assert "test_journal_disk" in told[0].filename
    assert journal.queued_bytes > 490 * 45
    assert journal.tick(False) is True
    assert in_order(journal) == expect(range(10))
    assert len(files(journal)) == 1  # attempts leave nothing behind
    disk.error = 0
    log(journal, range(500, 510))  # behind the ones that wait
    assert journal.tick(False) is False
    assert (journal.lost, journal.queued_bytes) == (0, 0)
    log(journal, range(510, 520))
    assert in_order(journal) == expect(range(520))
    assert [step for step, values in rows(journal._run_dir) if "k1" in values] == list(range(1, 520, 2))
    journal.close()
    assert [decode_close(p).reason for p in payloads(journal._run_dir, Type.CLOSE)] == ["finish"]


def test_a_disk_that_is_full_from_the_beginning(journal, disk):
    disk.error = errno.ENOSPC
    with pytest.warns(NbtrackWarning, match="takes no data"):
        journal.meta("set", ["run", "name"], "x")
        log(journal, range(10))
    disk.error = 0
    journal.tick(False)
    assert in_order(journal) == expect(range(10))
    assert [decode_meta(p).value for p in payloads(journal._run_dir, Type.META)] == ["x"]


def test_all_kinds_of_calls_wait(journal, disk, store):
    disk.error = errno.ENOSPC
    small, large = b"s" * 10, b"l" * 20_000
    store.root.joinpath("blobs").write_text("in the way of the folder")
    with pytest.warns(NbtrackWarning, match="takes no data"):
        shas = journal.blob(small), journal.blob(large)
        journal.text("stdout", "hello", 0.0)
        journal.meta("set", ["run", "name"], "x")
    assert journal.queued_bytes > 20_000
    store.root.joinpath("blobs").unlink()
    disk.error = 0
    assert journal.tick(False) is False
    assert store.get_blob(shas[1]) == large
    assert payloads(journal._run_dir, Type.BLOB) == [bytes.fromhex(shas[0]) + small]
    assert len(payloads(journal._run_dir, Type.TEXT)) == len(payloads(journal._run_dir, Type.META)) == 1
    assert journal.queued_bytes == 0


def test_memory_is_bounded_and_what_is_lost_is_counted_and_said_once(journal, disk, monkeypatch):
    monkeypatch.setattr(backlog, "QUEUE_BYTES", 20_000)
    log(journal, range(1))
    disk.error = errno.ENOSPC
    with pytest.warns(NbtrackWarning) as told:
        log(journal, range(1, 1000))
    assert journal.queued_bytes <= 20_000
    assert len(told) == 2
    assert "wait for the disk" in str(told[1].message)
    disk.error = 0
    journal.tick(False)
    kept = in_order(journal)
    assert kept == expect(range(len(kept)))
    assert len(kept) + journal.lost == 1000
    assert journal.lost > 0
    log(journal, range(1000, 1001))
    assert in_order(journal)[-1:] == expect(range(1000, 1001))


def test_closing_on_a_full_disk_says_what_is_lost(journal, disk):
    log(journal, range(10))
    disk.error = errno.ENOSPC
    with pytest.warns(NbtrackWarning) as told:
        log(journal, range(10, 15))
        journal.close()
    assert "what 5 calls logged is lost" in str(told[-1].message)
    assert (journal.lost, journal.queued_bytes) == (5, 0)
    disk.error = 0
    assert in_order(journal) == expect(range(10))


def test_closing_writes_what_waits_when_the_disk_is_back(journal, disk):
    log(journal, range(10))
    disk.error = errno.ENOSPC
    with pytest.warns(NbtrackWarning):
        log(journal, range(10, 15))
    disk.error = 0
    journal.close()
    assert journal.lost == 0
    assert in_order(journal) == expect(range(15))
    assert len(payloads(journal._run_dir, Type.CLOSE)) == 1


def test_a_full_disk_does_not_stop_rotation_for_ever(journal, disk, monkeypatch):
    monkeypatch.setattr(stream, "ROTATE_BYTES", 1000)
    create = logfile._create
    refused = []

    def refuse(path: Path, content: bytes, *, lock: bool) -> int:
        if len(refused) < 3:
            refused.append(path)
            raise OSError(errno.ENOSPC, "No space left on device")
        return create(path, content, lock=lock)

    log(journal, range(1))
    monkeypatch.setattr(logfile, "_create", refuse)
    with pytest.warns(NbtrackWarning, match="no new log can be made"):
        log(journal, range(1, 300))
    assert len(refused) == 3
    assert in_order(journal) == expect(range(300))
    assert len(files(journal)) > 2


def test_warnings_made_errors_lose_nothing(journal, disk):
    log(journal, range(1))
    disk.error = errno.ENOSPC
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(NbtrackWarning):
            log(journal, range(1, 2))
        log(journal, range(2, 10))
    disk.error = 0
    journal.tick(False)
    assert in_order(journal) == expect(range(10))


def test_the_thread_tries_again_by_itself(store, disk, monkeypatch):
    monkeypatch.setattr("nbtrack.store.syncer.SYNC_AFTER", 0.01)
    monkeypatch.setattr("nbtrack.store.syncer.RETRY_EVERY", 0.01)
    from nbtrack.store.syncer import Syncer

    own = Syncer()
    monkeypatch.setattr(module, "syncer", own)
    monkeypatch.setattr(stream, "syncer", own)
    journal = Journal(store, "r", store.create_run_dir("r", 0.0), started=0.0)
    log(journal, range(1))
    disk.error = errno.ENOSPC
    with pytest.warns(NbtrackWarning, match="takes no data"):
        log(journal, range(1, 10))
        before = disk.attempts
        wait_for(lambda: disk.attempts > before + 3)
    assert journal.queued_bytes > 0
    disk.error = 0
    wait_for(lambda: journal.queued_bytes == 0)
    assert in_order(journal) == expect(range(10))
    journal.close()


def wait_for(condition: object) -> None:
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.01)
    assert condition()  # type: ignore[operator]


# ---- real limits ------------------------------------------------------------------------------------------

CHILD = """
import resource, sys, warnings
from nbtrack.store.layout import Store; from nbtrack.store.journal import Journal
store = Store.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
journal = Journal(store, "r", store.run_dir("r"), started=0.0)
for i in range(1000): journal.rows(i, 0.0, ("a", f"k{i % 2}"), "ff", (float(i), 1.0))
print(journal.lost, journal.queued_bytes)
journal.close()
"""


def test_a_limit_on_the_size_of_files_costs_nothing(store):
    """RLIMIT_FSIZE: a real short write of the kernel, then EFBIG."""
    folder = store.create_run_dir("r", 0.0)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(store.root)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 0\n"
    assert done.stderr.count("NbtrackWarning") == 1
    assert sorted(rows(folder)) == expect(range(1000))
    assert len(list(folder.glob("*.nbl"))) == -(-1000 * 45 // 4700)


@pytest.fixture
def small_disk(tmp_path):
    """A real filesystem of 256 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(place)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_really_full(small_disk):
    store = Store.open(small_disk / "store", create=True)
    journal = Journal(store, "r", store.create_run_dir("r", 0.0), started=0.0)
    log(journal, range(100))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    with pytest.warns(NbtrackWarning, match="takes no data"):
        log(journal, range(100, 2000))
    assert journal.queued_bytes > 0
    journal.tick(True)
    filler.unlink()
    journal.tick(True)
    log(journal, range(2000, 2100))
    journal.close()
    assert journal.lost == 0
    assert in_order(journal) == expect(range(2100))


# ---- folders that go away ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["run", "store"])
@pytest.mark.parametrize("notice", ["tick", "rotate", "close"])
def test_a_deleted_folder_is_made_again_with_the_rows_before_and_after(journal, store, what, notice):
    journal.meta("set", ["run", "name"], "x")
    log(journal, range(10))
    shutil.rmtree(journal._run_dir if what == "run" else store.root)
    log(journal, range(10, 20))
    with pytest.warns(NbtrackWarning, match="was deleted while the run goes on") as told:
        {"tick": lambda: journal.tick(False), "rotate": journal.rotate, "close": journal.close}[notice]()
    assert len(told) == 1
    if notice != "close":
        log(journal, range(20, 30))
    assert in_order(journal) == expect(range(20 if notice == "close" else 30))
    assert Store.open(store.root).store_id == store.store_id
    assert Store.open(store.root).run_dir("r") == journal._run_dir
    assert {decode_hello(p).writer for p in payloads(journal._run_dir, Type.HELLO)} == {journal.writer}


def test_what_was_said_of_the_run_is_said_again_when_its_first_file_is_gone(journal):
    journal.meta("set", ["run", "name"], "x")
    journal.meta("set", ["config", "lr"], 0.1)
    journal.rotate()
    log(journal, range(10))
    shutil.rmtree(journal._run_dir)
    with pytest.warns(NbtrackWarning, match="was deleted"):
        journal.tick(False)
    said = [decode_meta(p) for p in payloads(journal._run_dir, Type.META)]
    assert [(m.path, m.value) for m in said] == [(("run", "name"), "x"), (("config", "lr"), 0.1)]
    assert in_order(journal) == expect(range(10))


def test_a_folder_that_is_deleted_before_the_first_write_is_made_again(journal, store):
    shutil.rmtree(store.root)
    log(journal, range(3))
    assert in_order(journal) == expect(range(3))
    assert Store.open(store.root).store_id == store.store_id


def test_a_deleted_file_alone_is_written_again(journal):
    log(journal, range(10))
    (path,) = journal._run_dir.iterdir()
    path.unlink()
    with pytest.warns(NbtrackWarning, match="was deleted"):
        journal.tick(False)
    log(journal, range(10, 20))
    journal.tick(False)
    assert in_order(journal) == expect(range(20))


def test_a_deleted_folder_that_cannot_be_made_again_is_waited_for(journal, store):
    log(journal, range(10))
    shutil.rmtree(store.root)
    store.root.write_text("a file in its place")
    with pytest.warns(NbtrackWarning, match="was deleted|cannot be written again"):
        journal.tick(False)
    log(journal, range(10, 20))
    store.root.unlink()
    journal.tick(False)
    assert in_order(journal) == expect(range(20))
