"""The store folder: identity, names of run folders, blobs, the place of the index."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import StoreError, StoreVersionError
from nbtrack.store import layout
from nbtrack.store.layout import Store, default_root, new_id, new_writer, slug, ulid

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def identity(store: Store, **changes: object) -> None:
    path = store.root / layout.MARKER
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# ---- opening ----------------------------------------------------------------------------------------------


def test_a_store_is_made_once_and_opened_after_that(tmp_path):
    made = Store.open(tmp_path / "a" / "b", create=True)
    assert Store.open(tmp_path / "a" / "b").store_id == made.store_id
    assert Store.open(str(tmp_path / "a" / "b"), create=True).store_id == made.store_id
    told = json.loads((made.root / "nbtrack.json").read_text())
    assert told == {
        "store_id": made.store_id,
        "format": 1,
        "min_reader": 1,
        "min_writer": 1,
        "blob_hash": "sha256",
    }


def test_nothing_is_made_unless_asked(tmp_path):
    with pytest.raises(StoreError, match=r"no store in .*no nbtrack\.json"):
        Store.open(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def _open(root: Path, go: object, found: object) -> None:
    go.wait()
    found.put(Store.open(root, create=True).store_id)


def test_processes_that_race_make_one_store(tmp_path):
    context = multiprocessing.get_context("fork")
    go, found = context.Barrier(4), context.Queue()
    racers = [context.Process(target=_open, args=(tmp_path / "s", go, found)) for _ in range(4)]
    for racer in racers:
        racer.start()
    ids = {found.get(timeout=60) for _ in racers}
    for racer in racers:
        racer.join()
    assert len(ids) == 1
    assert [p.name for p in (tmp_path / "s").iterdir()] == ["nbtrack.json"]


def test_a_folder_with_other_things_in_it_may_become_a_store(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    Store.open(tmp_path, create=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"store_id": ""}', "\xff"])
def test_somebody_elses_marker_is_left_alone(tmp_path, text):
    (tmp_path / "nbtrack.json").write_text(text, encoding="latin-1")
    for create in (False, True):
        with pytest.raises(StoreError, match=r"nbtrack\.json is not nbtrack's"):
            Store.open(tmp_path, create=create)
    assert (tmp_path / "nbtrack.json").read_text(encoding="latin-1") == text


def test_a_file_in_the_place_of_the_folder_is_a_store_error(tmp_path):
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="cannot make a store"):
            Store.open(root, create=True)
        with pytest.raises(StoreError):
            Store.open(root)


@pytest.mark.skipif(AS_ROOT, reason="root may write anywhere")
def test_a_read_only_folder_is_a_store_error_that_names_it(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=f"cannot make a store in {re.escape(str(tmp_path))}"):
            Store.open(tmp_path / "s", create=True)
    finally:
        tmp_path.chmod(0o700)


def test_a_filesystem_that_does_not_take_it_is_a_store_error():
    with pytest.raises(StoreError, match="cannot make a store in /proc/nbtrack"):
        Store.open("/proc/nbtrack", create=True)


def test_a_newer_store_is_refused_and_one_only_newer_to_writers_is_read(store):
    sha = store.put_blob(b"kept")
    identity(store, min_writer=2)
    assert Store.open(store.root).get_blob(sha) == b"kept"
    with pytest.raises(StoreVersionError, match="asks for format 2"):
        Store.open(store.root, create=True)
    readable = Store.open(store.root)
    with pytest.raises(StoreVersionError):
        readable.create_run_dir("r", 0.0)
    with pytest.raises(StoreVersionError):
        readable.put_blob(b"new")
    identity(store, min_reader=2)
    with pytest.raises(StoreVersionError, match="reader of format 2"):
        Store.open(store.root)


def test_a_damaged_version_and_an_unknown_hash_are_said(store):
    identity(store, min_reader="x")
    with pytest.raises(StoreError, match="min_reader and min_writer must be whole numbers"):
        Store.open(store.root)
    identity(store, min_reader=1, blob_hash="blake3")
    with pytest.raises(StoreVersionError, match="'blake3'"):
        Store.open(store.root)


def test_restore_puts_the_same_identity_back(store):
    (store.root / "nbtrack.json").unlink()
    store.root.rmdir()
    store.restore()
    assert Store.open(store.root).store_id == store.store_id


def test_the_default_root_follows_the_variable_then_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBTRACK_DIR", raising=False)
    assert default_root() == tmp_path / "nbtrack"
    (tmp_path / "nbtrack").mkdir()
    assert default_root() == tmp_path / "nbtrack"
    (tmp_path / "nbtrack" / "__init__.py").write_text("")
    assert default_root() == tmp_path / ".nbtrack"
    monkeypatch.setenv("NBTRACK_DIR", "elsewhere")
    assert default_root() == tmp_path / "elsewhere"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NBTRACK_DIR", "~/runs")
    assert default_root() == tmp_path / "home" / "runs"


# ---- run folders ------------------------------------------------------------------------------------------

RUN_IDS = st.text(st.characters(exclude_characters=":;,#?/'"), min_size=1, max_size=128)


@given(RUN_IDS)
def test_a_slug_is_one_harmless_part_of_a_path(run_id):
    name = slug(run_id)
    assert 0 < len(name.encode()) <= 180
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>| \0\n')
    assert not name.endswith((".", " "))


@given(st.lists(RUN_IDS, unique=True, max_size=6))
def test_different_ids_have_different_slugs(run_ids):
    assert len(set(map(slug, run_ids))) == len(run_ids)


@pytest.mark.parametrize("run_id", ["a1b2c3d4", "My_run-1.0", "lr=0.1+bs=32", "日本語", "Zoë", "x@y"])
def test_a_readable_id_stays_as_it_is(run_id):
    assert slug(run_id) == run_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "a%20b"),
        ("..", "%2E%2E"),
        ("é", "e\u0301"),
        ("Å", "\u212b"),
        ("x" * 200, "x" * 201),
        ("a", "a."),
    ],
)
def test_ids_that_could_be_confused_are_not(one, other):
    assert slug(one) != slug(other)


@pytest.mark.parametrize("name", ["CON", "nul.txt", "Com1"])
def test_names_that_windows_keeps_are_avoided(name):
    assert not re.match(r"(?i)(con|nul|com1)(\.|$)", slug(name))


@pytest.mark.parametrize(
    "run_id",
    ["plain", "..", ".", " ", "a/b\\c", "日" * 128, "x" * 128, "\ud800", "~", "%41", "tab\t\n", "con"],
)
def test_every_id_finds_its_folder_again(store, run_id):
    assert store.run_dir(run_id) is None
    folder = store.create_run_dir(run_id, 0.0)
    assert folder.is_dir()
    assert folder.parent == store.root / "runs" / "197001"
    assert store.run_dir(run_id) == folder
    assert store.create_run_dir(run_id, 1e9) == folder
    assert list(Store.open(store.root).run_dirs()) == [(run_id, folder)]


def test_runs_are_listed_by_month_and_other_things_are_not(store):
    assert list(store.run_dirs()) == []
    store.create_run_dir("late", 1_700_000_000.0)
    store.create_run_dir("early", 1_600_000_000.0)
    (store.root / "runs" / "202009" / "stray.txt").write_text("")
    (store.root / "runs" / "notes").mkdir()
    (store.root / "runs" / "notes" / "x").mkdir()
    assert [run for run, _ in store.run_dirs()] == ["early", "late"]


# ---- blobs ------------------------------------------------------------------------------------------------


def test_a_blob_comes_back_by_its_hash(store):
    sha = store.put_blob(b"abc")
    assert sha == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert store.get_blob(sha) == b"abc"
    assert store.put_blob(memoryview(b"abc")) == sha
    assert store.get_blob(store.put_blob(b"")) == b""


def test_a_blob_that_is_there_is_touched_not_written(store):
    sha = store.put_blob(b"abc")
    path = store.root / "blobs" / sha[:2] / sha
    inode = path.stat().st_ino
    os.utime(path, (1.0, 1.0))
    store.put_blob(b"abc")
    assert path.stat().st_ino == inode
    assert path.stat().st_mtime > 1e9


def test_threads_that_put_the_same_blob_leave_one_file(store):
    data = os.urandom(200_000)
    go = threading.Barrier(8)

    def put() -> None:
        go.wait()
        shas.append(store.put_blob(data))

    shas: list[str] = []
    threads = [threading.Thread(target=put) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(shas)) == 1
    assert len(shas) == 8
    assert [p.read_bytes() == data for p in (store.root / "blobs").rglob("*") if p.is_file()] == [True]


def test_a_missing_blob_is_file_not_found_and_a_bad_name_a_value_error(store):
    with pytest.raises(FileNotFoundError):
        store.get_blob("0" * 64)
    for bad in ("", "0" * 63, "../" * 21 + "x", "G" * 64):
        with pytest.raises(ValueError, match="not a SHA-256"):
            store.get_blob(bad)


# ---- the place of the index -------------------------------------------------------------------------------


def test_the_index_lives_in_the_store_on_a_local_filesystem(store, monkeypatch):
    monkeypatch.delenv("NBTRACK_LOCAL", raising=False)
    assert store.local() == store.root / ".local"
    assert list(store.local().iterdir()) == []


def test_a_named_local_folder_keeps_stores_and_their_copies_apart(store, tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_LOCAL", str(tmp_path / "fast"))
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "nbtrack.json").write_bytes((store.root / "nbtrack.json").read_bytes())
    one, other = store.local(), Store.open(copy).local()
    assert one != other
    assert one.is_dir()
    assert one.is_relative_to(tmp_path / "fast")


def test_an_unusable_local_folder_is_passed_over(store, monkeypatch):
    monkeypatch.setenv("NBTRACK_LOCAL", "/proc/nowhere")
    assert store.local() == store.root / ".local"


def test_no_local_folder_at_all_is_a_store_error(store, monkeypatch):
    monkeypatch.setattr(layout, "is_local", lambda path: False)
    with pytest.raises(StoreError, match="Set NBTRACK_LOCAL"):
        store.local()


# ---- ids --------------------------------------------------------------------------------------------------


def test_ids_look_as_they_should_and_differ():
    assert all(re.fullmatch(r"[0-9a-z]{8}", new_id()) for _ in range(100))
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{10}", new_writer()) for _ in range(100))
    assert len({new_writer() for _ in range(1000)}) == 1000


def test_ulids_sort_by_time(monkeypatch):
    stamps = [1e9, 1.7e9, 1.7e9 + 1, 4e9]
    made = []
    for stamp in stamps:
        monkeypatch.setattr(time, "time", lambda stamp=stamp: stamp)
        made.append(ulid())
    assert made == sorted(made)
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", u) for u in made)
