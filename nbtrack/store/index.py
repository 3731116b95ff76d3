"""The index: a SQLite database of this machine with what the files of a store say. Disposable.

It is never migrated and never repaired: one with another schema number has another name, one that cannot be
used is deleted, and either is built anew from the files. So it needs no durability (`synchronous=OFF`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import sqlite3
import threading
import time
import weakref
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from nbtrack.store.liveness import boot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbtrack.store.layout import Store

#: grows with every change of the tables or of what is put into them
SCHEMA = 4

tables = sa.MetaData()

#: "boot", of the machine when it was last opened; "origin", tells this database from others; "revision"
meta = sa.Table("meta", tables, sa.Column("k", sa.Text, primary_key=True), sa.Column("v", sa.Text))

#: what was seen of each run's folder when it was folded
source = sa.Table(
    "source",
    tables,
    sa.Column("rid", sa.Integer, primary_key=True),
    #: "<yyyymm>/<folder>"
    sa.Column("path", sa.Text, unique=True, nullable=False),
    #: of the folder; 0 when it was too young to tell a later change from this one
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    #: JSON {log: size} of the logs that may still grow
    sa.Column("growing", sa.Text, nullable=False),
)

run = sa.Table(
    "run",
    tables,
    sa.Column("rid", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, unique=True, nullable=False),
    # NULL where the run says nothing
    sa.Column("project", sa.Text),
    sa.Column("entity", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("group", sa.Text),
    sa.Column("job_type", sa.Text),
    sa.Column("notes", sa.Text),
    sa.Column("host", sa.Text),
    sa.Column("user", sa.Text),
    # the notebook cell that started the run: what "earlier run of this cell" is looked up by
    sa.Column("cell_id", sa.Text, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("heartbeat", sa.Float, nullable=False),
    sa.Column("finished", sa.Float),
    sa.Column("deleted_at", sa.Float),
    sa.Column("exit_code", sa.Integer),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    #: number of the revision in which anything but the state changed last
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    #: JSON of the writers, when the state depends on whether they live; else NULL
    sa.Column("writers", sa.Text),
    sa.Index("run_created", "project", "created"),
    # all that the page of a project chooses and orders by unless it is told otherwise
    sa.Index("run_page", "project", "entity", "deleted_at", "created", "id"),
    sa.Index("run_state", "project", "state"),
    sa.Index("run_writers", "writers", sqlite_where=sa.text("writers IS NOT NULL")),
)

#: JSON of runs, for display; apart from `run`, which is scanned, and stays small so
document = sa.Table(
    "document",
    tables,
    sa.Column("rid", sa.Integer, primary_key=True),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("other", sa.Text, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
)

key = sa.Table(
    "key",
    tables,
    sa.Column("kid", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, unique=True, nullable=False),
)

#: every scalar leaf of config.* and summary.*: numbers and bools in `num`, strings in `txt`
field = sa.Table(
    "field",
    tables,
    sa.Column("kid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rid", sa.Integer, primary_key=True, autoincrement=False),
    #: f float, i int, b bool, s string, n None, l list
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("num", sa.Float),
    sa.Column("txt", sa.Text),
    #: what neither holds: lists, empty dicts, integers beyond 2^53
    sa.Column("json", sa.Text),
    sa.Index("field_num", "kid", "num", sqlite_where=sa.text("num IS NOT NULL")),
    sa.Index("field_txt", "kid", "txt", sqlite_where=sa.text("txt IS NOT NULL")),
    sqlite_with_rowid=False,
)

tag = sa.Table(
    "tag",
    tables,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("rid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index("tag_run", "rid"),
    sqlite_with_rowid=False,
)

#: previews: of long series always, of short ones once somebody asked for them
series = sa.Table(
    "series",
    tables,
    sa.Column("kid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rid", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Index("series_run", "rid"),
    sqlite_with_rowid=False,
)


class Index:
    """The database of one store on this machine, opened when it is first used. Thread-safe; survives a fork.

    Example:
        >>> with Index(store).read() as connection:
        ...     connection.execute(sa.select(sa.func.count()).select_from(run)).scalar()
        2
    """

    def __init__(self, store: Store) -> None:
        self.path = store.local() / f"index-{SCHEMA}.db"
        self._engine: sa.Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._opening = threading.RLock()
        _OPEN.add(self)

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the index."""
        with self._opened().connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction of its own, committed at the end; waits for other writers."""
        with self._opened().connect() as connection:
            connection.execution_options(nbtrack_begin="IMMEDIATE")
            with connection.begin():
                yield connection

    def discard(self) -> None:
        """Delete the database: the next use builds it anew."""
        with self._opening, self._alone():
            self._unlink()

    def close(self) -> None:
        """Let go of the files."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> sa.Engine:
        with self._opening:
            if self._engine is None or self._identity != self._on_disk():
                self.close()
                with self._alone():
                    self._engine = self._open()
                    self._identity = self._on_disk()
            return self._engine

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from opening, making or deleting the database."""
        with self.path.with_suffix(".lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)  # not by closing: a child forked meanwhile has it open too

    def _unlink(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _on_disk(self) -> tuple[int, int] | None:
        """What tells this database from one that another process made in its place."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _open(self) -> sa.Engine:
        if self.path.exists():
            engine = self._connected()
            try:
                with engine.connect() as connection:
                    _check(connection)
            except (sa.exc.DatabaseError, _UnusableError) as error:
                engine.dispose()
                if _code(error) == sqlite3.SQLITE_PROTOCOL:
                    raise  # others use it: there is nothing wrong with it
                self._unlink()
            else:
                return engine
        engine = self._connected()
        try:
            with contextlib.closing(sqlite3.connect(self.path)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # the file remembers it
            with engine.connect() as connection:
                tables.create_all(connection)
                known = {"boot": boot(), "origin": secrets.token_hex(4), "revision": "0"}
                connection.execute(sa.insert(meta), [{"k": k, "v": v} for k, v in known.items()])
                connection.commit()
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _connected(self) -> sa.Engine:
        engine = sa.create_engine(
            sa.URL.create("sqlite+pysqlite", database=str(self.path)),
            connect_args={"check_same_thread": False, "timeout": 60},
            poolclass=sa.pool.QueuePool,
            pool_size=8,
            max_overflow=-1,
            pool_use_lifo=True,  # few at work: each has a cache of its own
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return engine


def revision(connection: sa.Connection) -> str:
    """Return what stays the same as long as no run changes: "<origin>.<number>"."""
    query = sa.select(meta.c.v).where(meta.c.k.in_(("origin", "revision"))).order_by(meta.c.k)
    return ".".join(connection.execute(query).scalars())


def revise(connection: sa.Connection) -> None:
    """Note that runs change in this transaction."""
    connection.exec_driver_sql("UPDATE meta SET v = v + 1 WHERE k = 'revision'")


def fetched(connection: sa.Connection, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query as SQLite gives them: of many that takes half the time of SQLAlchemy's."""
    with connection.execute(query) as result:
        return list(result.cursor.fetchall())


class _UnusableError(Exception):
    """The database is damaged."""


def _check(connection: sa.Connection) -> None:
    """Look for damage if the machine was started anew since the index was last opened.

    Without syncing, a power failure may damage it; a killed process cannot.
    """
    found = connection.execute(sa.select(meta.c.v).where(meta.c.k == "boot")).scalar()
    if found is None:
        raise _UnusableError("whoever made it did not finish")
    if found != boot():
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise _UnusableError(found)
        connection.execute(sa.update(meta).values(v=boot()).where(meta.c.k == "boot"))
        connection.commit()


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN: see `_begin`
    for pragma in ("synchronous=OFF", "temp_store=MEMORY", "cache_size=-65536"):
        _patiently(partial(connection.execute, f"PRAGMA {pragma}"))
    connection.create_function("regexp", 2, _matches, deterministic=True)


def _begin(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get("nbtrack_begin", "DEFERRED")

    def begin() -> None:
        connection.exec_driver_sql(f"BEGIN {mode}")
        try:
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")  # what is read is settled now
        except sa.exc.OperationalError:
            with contextlib.suppress(sa.exc.OperationalError):  # some errors have ended it already
                connection.exec_driver_sql("ROLLBACK")
            raise

    _patiently(begin)


def _patiently(call: Callable[[], object]) -> None:
    """Try again where many connections open the write-ahead log at one moment: SQLite waits a second only."""
    for pause in (0.05, 0.2, 1.0, 3.0):
        try:
            call()
        except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
            if _code(error) != sqlite3.SQLITE_PROTOCOL:
                raise
            time.sleep(pause)
        else:
            return
    call()


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code of an error."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _matches(pattern: str, text: object) -> bool:
    return isinstance(text, str) and _compiled(pattern).search(text) is not None


_compiled = lru_cache(maxsize=64)(re.compile)


_OPEN: weakref.WeakSet[Index] = weakref.WeakSet()


def _after_fork() -> None:
    """A child must not touch the connections of its parent: it leaves them alone and opens its own."""
    for index in list(_OPEN):
        index._opening = threading.RLock()  # noqa: SLF001 - a thread that is not here may have held it
        if (engine := index._engine) is not None:  # noqa: SLF001
            engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
