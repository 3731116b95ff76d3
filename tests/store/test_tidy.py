from __future__ import annotations

import fcntl
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from nbtrack.store.layout import Store
from nbtrack.store.model import Pending, SpoolRef
from nbtrack.store.reader import RunReader
from nbtrack.store.tidy import spawn_sealer, tidy
from tests.store.logs import Log

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def long_run(store: Store, run_id: str) -> Log:
    log = Log(store, run_id)
    for step in range(2000):
        log.row(step, step, loss=step / 3)
    return log.close(3000)


def old(path: Path) -> Path:
    before = time.time() - 25 * 3600
    os.utime(path, (before, before))
    return path


def test_tidy_seals_all_runs_and_tells(store: Store) -> None:
    logs = [long_run(store, name) for name in ("a", "b")]
    report = tidy(store)
    assert (report.runs, report.sealed, report.failures) == (2, 2, [])
    assert report.after < report.before / 4
    assert "2 runs: sealed 2" in str(report)
    for log in logs:
        assert not list(log.dir.glob("*.nbl"))
    assert tidy(store).sealed == 0


def test_tidy_of_named_runs_leaves_the_others(store: Store) -> None:
    a, b = long_run(store, "a"), long_run(store, "b")
    assert tidy(store, ["a", "unknown"]).runs == 1
    assert not list(a.dir.glob("*.nbl"))
    assert list(b.dir.glob("*.nbl"))


def test_tidy_of_an_empty_store(store: Store) -> None:
    assert tidy(store).runs == 0


def test_old_temporary_files_are_removed_and_young_ones_are_not(store: Store) -> None:
    log = Log(store)
    blobs = (store.root / blob_folder(store)).parent
    old_ones = [old(touch(log.dir / ".x.1.tmp")), old(touch(blobs / ".y.2.tmp"))]
    young = [touch(log.dir / ".z.3.tmp"), touch(log.dir / "mine.tmp")]
    old(young[1])  # not one of ours
    assert tidy(store).temporaries == 2
    assert not any(path.exists() for path in old_ones)
    assert all(path.exists() for path in young)


def test_half_of_a_sealed_pair_is_removed_when_it_is_old(store: Store) -> None:
    log = Log(store)
    half = touch(log.dir / f"{log.writer}-000000-000003.obj.parquet")
    assert tidy(store).temporaries == 0
    old(half)
    assert tidy(store).temporaries == 1
    assert not half.exists()


def test_spool_that_a_pending_object_refers_to_is_kept(store: Store) -> None:
    log = Log(store)
    wanted, orphan = old(touch(log.dir / "ssssssssss.spool")), old(touch(log.dir / "bbbbbbbbbb.spool"))
    log.obj(0, 1, "x", {}, kind="image-file", pending=Pending("png", {}, SpoolRef(wanted.name, 0, 1)))
    assert tidy(store).spools == 1
    assert wanted.exists()
    assert not orphan.exists()
    log.obj(0, 1, "x", {}, kind="image-file", blob="a" * 64)
    assert tidy(store).spools == 1
    assert not wanted.exists()


def test_spool_of_a_living_writer_is_kept(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    spool = old(touch(log.dir / "ssssssssss.spool"))
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert tidy(store).spools == 0
        assert spool.exists()
    assert tidy(store).spools == 1


def test_spool_of_a_process_that_has_just_begun_is_kept(store: Store) -> None:
    log = Log(store).close(1)
    spool = touch(log.dir / "ssssssssss.spool")
    assert tidy(store).spools == 0
    old(spool)
    assert tidy(store).spools == 1


def test_a_run_that_cannot_be_tidied_does_not_keep_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_run(store, "a"), long_run(store, "b")
    from nbtrack.store import seal

    real = seal.seal

    def failing(run_dir: Path, **options: int) -> int:
        if run_dir.name == "a":
            raise OSError(28, "No space left on device")
        return real(run_dir, **options)

    monkeypatch.setattr(seal, "seal", failing)
    report = tidy(store)
    assert report.sealed == 1
    assert "run a" in str(report)
    assert "No space left" in str(report)


def test_sealer_is_started_detached_and_quietly(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log = long_run(store, "a")
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*args: object, **options: object) -> subprocess.Popen[bytes]:
        assert options["start_new_session"] is True
        started.append(real(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    spawn_sealer(store, "a")
    assert started[0].wait(60) == 0
    assert not list(log.dir.glob("*.nbl"))
    assert RunReader(store, "a").series("loss").steps.tolist() == list(range(2000))


def test_sealer_that_cannot_be_started_is_no_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    spawn_sealer(store, "a")


def touch(path: Path) -> Path:
    path.write_bytes(b"x")
    return path


def blob_folder(store: Store) -> str:
    from nbtrack.store.layout import blob_path

    return blob_path(store.put_blob(b"some"))
