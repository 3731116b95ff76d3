from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.layout import Store
from nbtrack.store.model import Compare, RunQuery
from nbtrack.store.seal import seal
from tests.conformance.catalog import CatalogConformance, ids, make_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def catalog(store: Store) -> SqliteCatalog:
    return SqliteCatalog(store)


class TestSqliteCatalog(CatalogConformance):
    pass


def index_file(store: Store) -> Path:
    (path,) = store.local().glob("index-*.db")
    return path


def aged(store: Store) -> None:
    """Make all run folders look as if they had been still for a while."""
    for _, folder in store.run_dirs():
        os.utime(folder, (1_700_000_000, 1_700_000_000))


def test_finished_runs_are_not_read_again(store: Store) -> None:
    for i in range(5):
        make_run(store, f"r{i}", rows={"loss": [1.0]})
    aged(store)
    assert SqliteCatalog(store).refresh() == 5
    assert SqliteCatalog(store).refresh() == 0


def test_a_growing_run_is_read_again_though_its_folder_is_unchanged(store: Store) -> None:
    log = make_run(store, "r", rows={"loss": [1.0]}, close=None)
    aged(store)
    catalog = SqliteCatalog(store)
    assert catalog.refresh() == 1
    assert catalog.refresh() == 0
    log.row(1, 5, loss=2.0)
    aged(store)
    assert catalog.refresh() == 1
    row = catalog.run("r")
    assert row is not None
    assert row.summary["loss"] == 2.0


def test_running_is_seen_by_the_lock_of_the_writer(store: Store) -> None:
    log = make_run(store, "r", rows={"loss": [1.0]}, close=None)
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        catalog = SqliteCatalog(store)
        assert ids(catalog, Compare("run.state", "=", "running")) == ["r"]
    catalog = SqliteCatalog(store)
    row = catalog.run("r")  # without a refresh: nothing on disk has changed
    assert row is not None
    assert row.state == "crashed"
    assert [r.state for r in catalog.runs(RunQuery(Compare("run.state", "=", "crashed"))).rows] == ["crashed"]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty", "other tables"])
def test_damaged_index_is_built_anew(store: Store, damage: str) -> None:
    for i in range(30):
        make_run(store, f"r{i:02}", rows={"loss": [1.0]}, config={f"k{j}": j for j in range(20)})
    expected = ids(SqliteCatalog(store))
    path = index_file(store)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("UPDATE meta SET v = 'an earlier boot' WHERE k = 'boot'")
    connection.close()
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    data = path.read_bytes()
    if damage == "other tables":
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE meta (k, v)")
            connection.execute("CREATE TABLE run (something)")
        connection.close()
    else:
        broken = {"garbage": os.urandom(len(data)), "truncated": data[: len(data) // 2], "empty": b""}
        path.write_bytes(broken[damage])
    catalog = SqliteCatalog(store)
    assert ids(catalog) == expected
    assert ids(catalog, Compare("config.k3", "=", 3)) == expected


def test_index_that_is_deleted_under_an_open_catalog_is_built_anew(store: Store) -> None:
    make_run(store, "r1")
    catalog = SqliteCatalog(store)
    assert ids(catalog) == ["r1"]
    for path in store.local().glob("index-*"):
        path.unlink()
    assert ids(catalog) == ["r1"]


def test_several_catalogs_and_threads_fold_at_once(store: Store) -> None:
    for i in range(40):
        make_run(store, f"r{i:02}", config={"n": i}, rows={"loss": [float(i)]})
    catalogs = [SqliteCatalog(store), SqliteCatalog(store)]
    failures: list[BaseException] = []

    def work(catalog: SqliteCatalog) -> None:
        try:
            for _ in range(3):
                catalog.refresh()
                assert catalog.runs(RunQuery(Compare("config.n", "<", 10))).total == 10
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(catalogs[i % 2],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_newest_runs_are_there_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.store.catalog._BATCH", 1)
    month = 31 * 24 * 3600.0
    for i, name in enumerate(["old", "middle", "new"]):
        folder = store.root / "runs" / f"20240{i + 1}" / name
        folder.mkdir(parents=True)
        make_run(store, name, at=i * month)
    seen: list[list[str]] = []
    catalog = SqliteCatalog(store)
    keep = catalog._keep
    monkeypatch.setattr(
        catalog,
        "_keep",
        lambda run: (keep(run), seen.append([r.meta.id for r in SqliteCatalog(store).runs(RunQuery()).rows])),
    )
    assert catalog.refresh() == 3
    assert seen == [["new"], ["middle", "new"], ["old", "middle", "new"]]
    assert catalog.progress == (3, 3)


def test_sealing_changes_nothing_in_the_catalog(store: Store, catalog: SqliteCatalog) -> None:
    log = make_run(store, "r", config={"lr": 1}, rows={"loss": [float(i) for i in range(3000)]}, tags=["t"])
    catalog.refresh()
    before, preview = catalog.run("r"), catalog.previews(["r"], "loss")[0]
    assert seal(log.dir) == 1
    catalog.refresh()
    fresh = SqliteCatalog(store)
    fresh.index.discard()
    fresh.refresh()
    for one in (catalog, fresh):
        assert one.run("r") == before
        assert one.previews(["r"], "loss")[0].mean.tolist() == preview.mean.tolist()


def test_run_folder_without_a_log_is_no_run_yet(store: Store, catalog: SqliteCatalog) -> None:
    store.create_run_dir("r", 1_700_000_000.0)
    assert catalog.refresh() == 0
    make_run(store, "r")
    assert ids(catalog) == ["r"]


def test_a_child_process_may_use_the_catalog_of_its_parent(store: Store, catalog: SqliteCatalog) -> None:
    make_run(store, "r1")
    assert ids(catalog) == ["r1"]
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if ids(catalog) == ["r1"] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert ids(catalog) == ["r1"]
