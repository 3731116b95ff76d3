"""`Catalog` over a SQLite index: all runs of a store, filtered, sorted and drawn without reading their files.

`refresh` compares the store's folders with what was seen of them when they were folded. A new log or sealed
file changes its folder's time; a log that grows belongs to a run that is known not to be closed. So ten
thousand finished runs cost one `stat` each, and only what changed is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from nbtrack.errors import NotFoundError
from nbtrack.store import census
from nbtrack.store import index as ix
from nbtrack.store import previews as pv
from nbtrack.store.answers import MANY, fields_of, rows_of, run_row
from nbtrack.store.index import Index
from nbtrack.store.indexer import Folded, Indexer, Seen, folded, forget
from nbtrack.store.lease import lease
from nbtrack.store.model import Page, Preview, RunRow
from nbtrack.store.reader import RunReader
from nbtrack.store.streams import Writer, state_of
from nbtrack.store.where import condition, ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from nbtrack.store.layout import Store
    from nbtrack.store.model import FieldKind, RunQuery, Scalar

T = TypeVar("T")

#: nanoseconds after which a folder's time tells a later change from the one before
_SETTLED = 2_000_000_000
#: runs that are folded in one transaction
_BATCH = 200
#: readers of runs that are not closed, kept so that they read only what is new
_KEPT_READERS = 64
#: seconds for which the derived states of open runs are believed
_STATES_FOR = 1.0


class SqliteCatalog:
    """All runs of a store, from an index of this machine that is built from the files and kept up to date.

    Thread-safe. Queries answer from what the last `refresh` (of any process) folded; only whether the writers
    of an open run live is looked up at once. The index is made, or made anew when damaged, on first use.

    Args:
        store: The store.

    Example:
        >>> catalog = SqliteCatalog(store)
        >>> catalog.refresh()
        2
        >>> [row.meta.name for row in catalog.runs(RunQuery()).rows]
        ['calm-sun-1', 'warm-oak-2']
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index = Index(store)
        self._readers: OrderedDict[str, RunReader] = OrderedDict()
        self._states_at = float("-inf")
        #: runs folded, and to be folded, by the `refresh` that is going on (or the last one)
        self.progress: tuple[int, int] = (0, 0)

    # ---- keeping up ----------------------------------------------------------------------------------------

    def refresh(self, runs: Sequence[str] | None = None) -> int:
        """Fold what the files hold beyond what is known; newest runs first, readable in between.

        Args:
            runs: Only these. None: all, and forget runs whose folders are gone.

        Returns:
            How many runs changed.
        """
        return self._resilient(lambda: self._refresh(runs))

    def _refresh(self, runs: Sequence[str] | None) -> int:
        folders = self._folders(runs)
        s = ix.source.c
        query = sa.select(s.path, s.mtime_ns, s.growing)
        with self.index.read() as connection:
            known = {path: (mtime, growing) for path, mtime, growing in ix.fetched(connection, query)}
        gone = [path for path in known if path not in folders] if runs is None else []
        changed = [
            path
            for path, mtime in folders.items()
            if (seen := known.get(path)) is None
            or seen[0] != mtime
            or (seen[1] != "{}" and self._grew(path, json.loads(seen[1])))
        ]
        changed.sort(key=lambda path: (path.partition("/")[0], folders[path]), reverse=True)
        ids = self._ids(changed, known)
        self.progress = (0, len(changed))
        done = len(gone)
        if gone:
            with self.index.write() as connection:
                forget(connection, gone)
                ix.revise(connection)
        for at in range(0, len(changed), _BATCH):
            batch = changed[at : at + _BATCH]
            folded = {path: run for path in batch if path in ids and (run := self._fold(path, ids[path]))}
            with self.index.write() as connection:
                writer = Indexer(connection)
                changes = [writer.put(path, run) for path, run in folded.items()]
                if any(changes):
                    ix.revise(connection)
            for run in folded.values():
                self._keep(run)
            done += len(folded)
            self.progress = (min(at + _BATCH, len(changed)), len(changed))
        return done

    def _folders(self, runs: Sequence[str] | None) -> dict[str, int]:
        """Folders of the runs, by "<yyyymm>/<folder>", and when they changed last."""
        root = self.store.root / "runs"
        if runs is not None:
            found = [folder for run_id in runs if (folder := self.store.run_dir(run_id)) is not None]
            return {f"{f.parent.name}/{f.name}": f.stat().st_mtime_ns for f in found}
        folders = {}
        with contextlib.suppress(FileNotFoundError):
            for month in os.scandir(root):
                if not month.name.isdecimal():
                    continue
                for entry in os.scandir(month.path):
                    try:
                        if entry.is_dir():
                            folders[f"{month.name}/{entry.name}"] = entry.stat().st_mtime_ns
                    except FileNotFoundError:  # removed since it was listed
                        continue
        return folders

    def _grew(self, path: str, growing: dict[str, int]) -> bool:
        """Whether logs of a run have other sizes than when they were read."""
        folder = self.store.root / "runs" / path
        try:
            return any((folder / name).stat().st_size != size for name, size in growing.items())
        except FileNotFoundError:
            return True

    def _ids(self, paths: Sequence[str], known: Container[str]) -> dict[str, str]:
        """Ids of the runs in folders, by folder."""
        if any(path not in known for path in paths):
            return {f"{folder.parent.name}/{folder.name}": run_id for run_id, folder in self.store.run_dirs()}
        ids: dict[str, str] = {}
        for at in range(0, len(paths), MANY):
            query = sa.select(ix.source.c.path, ix.run.c.id)
            query = query.join_from(ix.source, ix.run, ix.source.c.rid == ix.run.c.rid)
            ids.update(self._all(query.where(ix.source.c.path.in_(paths[at : at + MANY]))))
        return ids

    def _fold(self, path: str, run_id: str) -> Folded | None:
        """Read a run; None when it is not there (any more), or has no log yet."""
        folder = self.store.root / "runs" / path
        try:
            now = time.time_ns()
            mtime = folder.stat().st_mtime_ns
            reader = self._readers.get(run_id) or RunReader(self.store, run_id)
            reader.refresh()
            sizes = reader.growing()
        except (FileNotFoundError, NotFoundError):
            return None
        if not reader.writers():
            return None
        seen = Seen(mtime if now - mtime > _SETTLED else 0, sizes)
        return folded(reader, seen)

    def _keep(self, run: Folded) -> None:
        run_id = run.reader.run_id
        self._readers.pop(run_id, None)
        if run.is_open:
            self._readers[run_id] = run.reader
            while len(self._readers) > _KEPT_READERS:
                self._readers.popitem(last=False)

    # ---- asking --------------------------------------------------------------------------------------------

    def runs(self, q: RunQuery) -> Page:
        """Filter, sort and page.

        Raises:
            UsageError: The query names an unknown field.
        """
        return self._resilient(lambda: self._runs(q))

    def _runs(self, q: RunQuery) -> Page:
        self.update_states()
        conditions: list[Any] = [] if q.include_deleted else [ix.run.c.deleted_at.is_(None)]
        if q.where is not None:
            conditions.append(condition(q.where))
        joined, order = ordering(q.order)
        count = sa.func.count().over()
        chosen = sa.select(ix.run.c.rid, count).select_from(joined).where(*conditions).order_by(*order)
        counted = sa.select(sa.func.count()).select_from(ix.run).where(*conditions)
        if q.limit is not None:
            chosen = chosen.limit(q.limit)
        if q.offset:
            chosen = chosen.limit(-1 if q.limit is None else q.limit).offset(q.offset)
        with self.index.read() as connection:
            found = connection.execute(chosen).all()
            rids = [rid for rid, _ in found]
            # beyond the last page no row tells the total
            total = found[0][1] if found else connection.execute(counted).scalar_one()
            rows = rows_of(connection, rids, with_json=q.fields is None)
            fields = fields_of(connection, rids, q.fields) if q.fields else {}
        return Page([run_row(rows[rid], fields.get(rid, {})) for rid in rids], total)

    def run(self, run_id: str) -> RunRow | None:
        """One run, deleted or not, or None when the index does not know it."""
        return self._resilient(lambda: self._run(run_id))

    def _run(self, run_id: str) -> RunRow | None:
        self.update_states(run_id)
        with self.index.read() as connection:
            rid = connection.execute(sa.select(ix.run.c.rid).where(ix.run.c.id == run_id)).scalar()
            return None if rid is None else run_row(rows_of(connection, [rid], with_json=True)[rid], {})

    def projects(self) -> list[tuple[str, str, int, float]]:
        """(entity, project, number of runs, last activity) of each project, latest first."""
        table = ix.run
        entity, project = (sa.func.coalesce(table.c[name], "") for name in ("entity", "project"))
        latest = sa.func.max(table.c.heartbeat)
        query = (
            sa.select(entity, project, sa.func.count(), latest)
            .where(table.c.deleted_at.is_(None))
            .group_by(entity, project)
            .order_by(latest.desc())
        )
        return self._resilient(lambda: [tuple(row) for row in self._all(query)])

    def field_names(self, project: str | None = None) -> list[str]:
        """All config. and summary. fields, sorted; only those that runs of `project` have, if it is named."""
        query = sa.select(ix.key.c.name).where(
            sa.or_(ix.key.c.name.startswith("config."), ix.key.c.name.startswith("summary."))
        )
        of_key = sa.select(ix.field.c.rid).where(ix.field.c.kid == ix.key.c.kid)
        if project is not None:
            of_key = of_key.join(ix.run, ix.run.c.rid == ix.field.c.rid).where(ix.run.c.project == project)
        query = query.where(of_key.exists()).order_by(ix.key.c.name)
        return self._resilient(lambda: [name for (name,) in self._all(query)])

    def field_kinds(self, project: str | None = None) -> dict[str, FieldKind]:
        """What each config. and summary. field holds; of those that runs of `project` have, if named."""
        return self._resilient(lambda: self._census(lambda c: census.kinds(c, project)))

    def values(self, field: str, project: str | None = None, limit: int = 20) -> list[tuple[Scalar, int]]:
        """The most frequent values of a field, of tags or of a run's own column, and how many runs have each.

        Raises:
            UsageError: An unknown field of a run.
        """
        return self._resilient(
            lambda: self._census(lambda found: census.values(found, field, census.of_project(project), limit))
        )

    def previews(self, run_ids: Sequence[str], key: str) -> list[Preview]:
        """Buckets of one key of many runs, in the order of `run_ids`; runs without it are left out.

        Long series come from the index. Short ones are read from the runs' files the first time.
        """
        return self._resilient(lambda: self._previews(list(dict.fromkeys(run_ids)), key))

    def _previews(self, run_ids: list[str], key: str) -> list[Preview]:
        known: dict[str, bytes] = {}
        rids: dict[str, int] = {}
        with self.index.read() as connection:
            kid = connection.execute(sa.select(ix.key.c.kid).where(ix.key.c.name == key)).scalar()
            for at in range(0, len(run_ids), MANY):
                some = run_ids[at : at + MANY]
                query = sa.select(ix.run.c.id, ix.run.c.rid, ix.series.c.data)
                on = sa.and_(ix.series.c.rid == ix.run.c.rid, ix.series.c.kid == kid)
                query = query.select_from(ix.run.outerjoin(ix.series, on)).where(ix.run.c.id.in_(some))
                for run_id, rid, data in connection.execute(query):
                    rids[run_id] = rid
                    if data is not None:
                        known[run_id] = data
        fresh = {}
        for run_id in run_ids:
            if run_id in rids and run_id not in known:
                with contextlib.suppress(NotFoundError):
                    reader = self._readers.get(run_id) or RunReader(self.store, run_id)
                    known[run_id] = fresh[run_id] = pv.encode(reader.series(key))
        if fresh:
            with self.index.write() as connection:
                kid = Indexer(connection).kid(key)
                rows = [(kid, rids[run_id], pv.points(data), data) for run_id, data in fresh.items()]
                connection.exec_driver_sql("INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?)", rows)
        found = (pv.decode(run_id, key, known[run_id]) for run_id in run_ids if run_id in known)
        return [preview for preview in found if preview.n]

    @contextlib.contextmanager
    def lease(self, job: str, ttl: float) -> Iterator[bool]:
        """Hold `job` for the whole store, on a best-effort basis; True inside when nobody else holds it.

        Args:
            job: Name of the work, letters, digits and "-".
            ttl: Seconds after which others may take it over, whatever became of us.
        """
        with lease(self.store.root / "leases" / job, ttl) as mine:
            yield mine

    # ---- inside --------------------------------------------------------------------------------------------

    def _census(self, count: Callable[[sa.Connection], T]) -> T:
        with self.index.read() as connection:
            return count(connection)

    def _all(self, query: Any) -> list[Any]:
        with self.index.read() as connection:
            return list(connection.execute(query))

    def update_states(self, run_id: str | None = None) -> None:
        """Derive the states of open runs anew: whether a writer lives is not a thing to remember."""
        if run_id is None and time.monotonic() - self._states_at < _STATES_FOR:
            return
        r = ix.run.c
        query = sa.select(r.rid, r.state, r.writers, ix.source.c.path).where(
            r.writers.is_not(None), ix.source.c.rid == r.rid
        )
        if run_id is not None:
            query = query.where(ix.run.c.id == run_id)
        changed = []
        for rid, state, writers, path in self._all(query):
            found = state_of(self.store.root / "runs" / path, _load_writers(writers))
            if found != state:
                changed.append((found, rid))
        if changed:
            with self.index.write() as connection:
                connection.exec_driver_sql("UPDATE run SET state = ? WHERE rid = ?", changed)
                ix.revise(connection)
        if run_id is None:
            self._states_at = time.monotonic()

    def _resilient(self, work: Callable[[], T]) -> T:
        """Do `work`; if the index turns out to be damaged, build it anew and do it again."""
        try:
            return work()
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
            if not _damaged(error):
                raise
        self.index.discard()
        self._refresh(None)
        return work()


def _damaged(error: BaseException) -> bool:
    text = str(error)
    return any(sign in text for sign in ("malformed", "not a database", "no such table", "no such column"))


def _load_writers(text: str) -> list[Writer]:
    return [Writer(*fields) for fields in json.loads(text)]
