from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from nbtrack.store.index import SCHEMA, Index, meta
from nbtrack.store.layout import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(Store.open(tmp_path / "store", create=True))


def put(index: Index, key: str, value: str) -> None:
    with index.write() as connection:
        connection.execute(sa.insert(meta).values(k=key, v=value))


def get(index: Index, key: str) -> str | None:
    with index.read() as connection:
        return connection.execute(sa.select(meta.c.v).where(meta.c.k == key)).scalar()


def test_its_name_holds_its_schema_number(index: Index) -> None:
    put(index, "a", "1")
    assert index.path.name == f"index-{SCHEMA}.db"
    assert index.path.is_file()


def test_what_was_written_is_read_by_others(index: Index, tmp_path: Path) -> None:
    put(index, "a", "1")
    assert get(Index(Store.open(tmp_path / "store")), "a") == "1"


def test_a_failed_write_leaves_nothing(index: Index) -> None:
    def fail() -> None:
        with index.write() as connection:
            connection.execute(sa.insert(meta).values(k="a", v="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert get(index, "a") is None


def test_a_reader_sees_one_state_while_others_write(index: Index) -> None:
    put(index, "a", "1")
    with index.read() as connection:
        count = sa.select(sa.func.count()).select_from(meta)
        before = connection.execute(count).scalar()
        put(index, "b", "2")
        assert connection.execute(count).scalar() == before
    assert get(index, "b") == "2"


def test_writers_wait_for_each_other(index: Index) -> None:
    put(index, "n", "0")

    def add() -> None:
        for _ in range(25):
            with index.write() as connection:
                value = connection.execute(sa.select(meta.c.v).where(meta.c.k == "n")).scalar_one()
                connection.execute(sa.update(meta).where(meta.c.k == "n").values(v=str(int(value) + 1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get(index, "n") == "100"


def test_discarded_index_is_made_anew(index: Index) -> None:
    put(index, "a", "1")
    index.discard()
    assert not index.path.exists()
    assert get(index, "a") is None


def test_a_killed_writer_leaves_a_usable_index(index: Index, tmp_path: Path) -> None:
    put(index, "a", "1")
    code = f"""
import os, signal
import sqlalchemy as sa
from nbtrack.store.index import Index, meta
from nbtrack.store.layout import Store
with Index(Store.open({str(tmp_path / "store")!r})).write() as connection:
    connection.execute(sa.insert(meta), [dict(k=str(i), v="x" * 1000) for i in range(5000)])
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    assert get(index, "a") == "1"
    assert get(index, "7") is None
    put(index, "b", "2")
    assert get(Index(Store.open(tmp_path / "store")), "b") == "2"


def test_regular_expressions_know_only_text(index: Index) -> None:
    with index.read() as connection:
        query = sa.select(
            sa.func.regexp("b+", "abbc"),
            sa.func.regexp("^b", "abbc"),
            sa.func.regexp("1", 1),
            sa.func.regexp("x", None),
        )
        assert tuple(connection.execute(query).one()) == (1, 0, 0, 0)
