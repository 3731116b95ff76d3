from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

import pytest

from nbtrack.store import frames
from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.check import Report, doctor, fsck
from nbtrack.store.layout import Store, blob_path
from nbtrack.store.model import CellExecution, Pending, SpoolRef
from nbtrack.store.seal import seal
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def whats(store: Store, **options: bool) -> list[str]:
    return [problem.what for problem in fsck(store, **options)]


def test_sound_store_has_no_problems(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    log.obj(0, 1, "x", {}, kind="image-file", blob=log.blob(b"small"))
    log.obj(0, 1, "y", {}, kind="image-file", blob=store.put_blob(b"L" * 20_000))
    log.cell(CellExecution(1, "c", 1, START, store.put_blob(b"print(1)"))).close(2)
    assert fsck(store, deep=True) == []
    seal(log.dir, min_bytes=0)
    assert fsck(store, deep=True) == []


def test_missing_blobs_and_sources_are_named(store: Store) -> None:
    log = Log(store).cell(CellExecution(1, "c", 7, START, "c" * 64))
    log.obj(3, 1, "x", {}, idx=1, count=2, kind="image-file", blob="b" * 64).close(2)
    cell, blob = sorted(whats(store), reverse=True)
    assert blob == f"'x' at step 3, item 1: blob {'b' * 64} is missing"
    assert cell == f"cell [7]: source {'c' * 64} is missing"


def test_damage_and_torn_tails_are_told_with_their_place(store: Store) -> None:
    log = Log(store)
    for step in range(5):
        log.row(step, step, loss=step)
    data = bytearray(log.path.read_bytes())
    data[-100] ^= 1
    log.path.write_bytes(bytes(data) + frames.encode_text(START, "stdout", "torn")[:10])
    problems = fsck(store)
    assert {problem.path for problem in problems} == {str(log.path)}
    assert any("damaged" in problem.what for problem in problems)
    assert any("torn tail, 10 bytes" in problem.what for problem in problems)


def test_a_frame_that_is_being_written_is_no_damage(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0).raw(frames.encode_row(1, 1, START, [1.0])[:9])
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert fsck(store) == []
    assert whats(store) == ["torn tail, 9 bytes"]


def test_pending_media_of_a_dead_writer_are_told(store: Store) -> None:
    log = Log(store).obj(0, 1, "x", {}, kind="image-file", pending=Pending("png", {}, SpoolRef("f", 0, 1)))
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert fsck(store) == []
    assert whats(store) == ["'x' at step 0: not encoded; `nbtrack tidy` does it"]


def test_blob_with_other_content_is_found_by_a_deep_look(store: Store) -> None:
    sha = store.put_blob(b"L" * 20_000)
    (store.root / blob_path(sha)).write_bytes(b"other")
    assert fsck(store) == []
    (problem,) = fsck(store, deep=True)
    assert problem.path.endswith(sha)


def test_damaged_sealed_file_is_found(store: Store) -> None:
    log = Log(store)
    for step in range(500):
        log.row(step, step, loss=step / 7)
    log.close(600)
    seal(log.dir, min_bytes=0)
    (path,) = log.dir.glob("*.num.parquet")
    data = bytearray(path.read_bytes())
    data[8:300] = bytes(292)
    path.write_bytes(data)
    assert fsck(store)


def lines(report: Report) -> dict[str, tuple[str, str]]:
    return {check.name: (check.status, check.text) for check in report.checks}


def test_doctor_tells_about_the_store(store: Store) -> None:
    Log(store, "done").row(0, 1, loss=1.0).close(2)
    log = Log(store, "alive").row(0, 1, loss=1.0)
    SqliteCatalog(store).refresh()
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = lines(doctor(store))
    assert found["folder"] == ("ok", str(store.root))
    assert found["id"][1] == store.store_id
    assert found["content"] == ("ok", "2 runs")
    assert found["being written"][1] == "1: alive"
    assert found["stored"][1].startswith("2, ")
    for probe in (
        "rename over a file",
        "exclusive creation",
        "lock",
        "append and see it grow",
        "memory map",
        "fsync",
    ):
        assert found[probe][0] == "ok", found[probe]
    assert not [path for path in store.root.iterdir() if "doctor" in path.name]


def test_doctor_takes_a_path_and_tells_when_there_is_no_store(tmp_path: Path, store: Store) -> None:
    assert lines(doctor(str(store.root)))["folder"][0] == "ok"
    report = doctor(tmp_path / "nothing")
    assert not report.ok
    assert "no store" in lines(report)["folder"][1]
    assert not (tmp_path / "nothing").exists()


def test_doctor_without_a_name_looks_where_init_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NBTRACK_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    status, text = lines(doctor())["folder"]
    assert status == "warning"
    assert str(tmp_path) in text


def test_doctor_tells_a_damaged_index(store: Store) -> None:
    SqliteCatalog(store).refresh()
    for path in store.local().glob("index-*"):
        path.write_bytes(b"x" * 10_000)
    assert lines(doctor(store))["content"][0] == "warning"


def test_report_is_text_and_escaped_html() -> None:
    report = Report()
    report.add("<section>", "<name>", "<script>alert(1)</script>", "error")
    assert "<script>" in str(report)
    page = report._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;section&gt;" in page
    assert not report.ok
