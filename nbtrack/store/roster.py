"""The runs of a store as a page asks for them again and again: which, in which order, and what they hold.

One `Roster` a store and process. It looks at the files at most once a second, on a thread, and answers from
what is known; what cost something to find out (which runs match, a column) is kept until a run changes.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from nbtrack.store import census, grouping
from nbtrack.store import index as ix
from nbtrack.store.answers import fields_of, rows_of, run_row
from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.where import condition, ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from nbtrack.store.census import Counted
    from nbtrack.store.layout import Store
    from nbtrack.store.model import Filter, Json, RunRow, Scalar

    Numbers = tuple[NDArray[np.int64], NDArray[np.float64]]

T = TypeVar("T")

#: seconds between two looks at the files; or this many times what the last one took, if that is more
_EVERY, _TIMES = 1.0, 10.0
#: seconds that a question waits for a look that is going on; the first one of a process waits longer
_PATIENCE, _FIRST_PATIENCE = 0.05, 2.0
#: changed runs that are read at once
_AT_ONCE = 50
#: changed runs that are taken into what is known; of more all is read anew
_MANY = 500
#: stores whose rosters are kept
_STORES = 8
#: things that are kept
_KEPT = 128


class Roster:
    """Answers about many runs of a store. Thread-safe.

    Example:
        >>> roster = Roster.of(store)
        >>> roster.look()
        >>> with roster.reading() as now:
        ...     now.rows(now.select(Compare("run.project", "=", "digits"))[:50], ["summary.acc"])
    """

    def __init__(self, store: Store) -> None:
        self.catalog = SqliteCatalog(store)
        self._lock = threading.Lock()
        self._look: _Look | None = None
        #: by what it is, of the revision that was seen last
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._revision = ""
        #: columns by what they are: of which revision, and the column
        self._columns: OrderedDict[Hashable, tuple[str, Any]] = OrderedDict()
        #: by what was counted: of which revision, until when it will do, and the count
        self._counted: dict[Filter, tuple[str, float, list[Counted]]] = {}

    @classmethod
    def of(cls, store: Store) -> Roster:
        """Return the one of a store in this process."""
        with _LOCK:
            roster = _ROSTERS.pop(store.root, None) or cls(store)
            _ROSTERS[store.root] = roster
            left = [_ROSTERS.popitem(last=False)[1] for _ in range(len(_ROSTERS) - _STORES)]
        for one in left:
            one.catalog.index.close()  # whoever still asks it opens it again
        return roster

    def changed(self, runs: Sequence[str]) -> None:
        """See what was just done with runs: with the first ones at once, with others when there is time."""
        self.catalog.refresh(runs[:_AT_ONCE])
        if len(runs) > _AT_ONCE:
            with self._lock:
                self._look = _Look(self.catalog)

    def look(self) -> None:
        """See what is new in the files, unless that was done just now; a long look goes on by itself.

        Raises:
            StoreError: the files cannot be read.
        """
        with self._lock:
            last = self._look
            if last is None or last.is_old():
                self._look = _Look(self.catalog)
            look = self._look
        assert look is not None
        if look.done.wait(_FIRST_PATIENCE if last is None else _PATIENCE) and look.error is not None:
            raise look.error

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """Yield one state of the index."""
        self.catalog.update_states()
        with self.catalog.index.read() as connection:
            yield Reading(self, connection)

    def kept(self, revision: str, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned for the key before, at the same revision."""
        with self._lock:
            if revision != self._revision:
                self._revision = revision
                self._known.clear()
            if key in self._known:
                self._known.move_to_end(key)
                known: T = self._known[key]
                return known
        made = make()
        with self._lock:
            if revision == self._revision:
                self._known[key] = made
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return made

    def column(
        self,
        reading: Reading,
        key: Hashable,
        whole: Callable[[], T],
        anew: Callable[[T, Sequence[int]], T],
    ) -> T:
        """Return a column; of one that is known from before, `anew` takes in the runs that changed since."""
        with self._lock:
            revision, known = self._columns.get(key, ("", None))
        changed = reading.changed_since(revision)
        made: T = whole() if changed is None or known is None else anew(known, changed) if changed else known
        with self._lock:
            self._columns[key] = reading.revision, made
            self._columns.move_to_end(key)
            while len(self._columns) > _KEPT:
                self._columns.popitem(last=False)
        return made

    def counted(
        self, revision: str, scope: Filter, count: Callable[[], list[Counted]]
    ) -> tuple[str, list[Counted]]:
        """Return what `count` returned for the scope, and at which revision that was.

        To count all fields of all runs takes long: while runs change it is done anew a tenth of the time.
        """
        known, until, found = self._counted.get(scope, ("", 0.0, []))
        began = time.monotonic()
        if known == revision or began < until:
            return known, found
        found = count()
        ended = time.monotonic()
        self._counted[scope] = revision, ended + _TIMES * (ended - began), found
        return revision, found


#: by the folder of the store, the one that was asked last at the end
_ROSTERS: OrderedDict[Path, Roster] = OrderedDict()
_LOCK = threading.Lock()


class _Look:
    """A refresh of the catalogue on a thread that ends with the process."""

    def __init__(self, catalog: SqliteCatalog) -> None:
        self._catalog = catalog
        self._began = time.monotonic()
        self._ended = float("inf")
        self.done = threading.Event()
        self.error: Exception | None = None
        try:
            threading.Thread(target=self._run, name="nbtrack-look", daemon=True).start()
        except RuntimeError:  # no threads here (a browser's Python), or the interpreter is ending
            self._run()

    def is_old(self) -> bool:
        """Whether it is time to look again."""
        pause = max(_EVERY, _TIMES * (self._ended - self._began))
        return self.done.is_set() and time.monotonic() > self._ended + pause

    def _run(self) -> None:
        try:
            self._catalog.refresh()
        except Exception as error:  # whoever waits for it raises it
            self.error = error
        self._ended = time.monotonic()
        self.done.set()


class Reading:
    """One state of the index. Runs are told by their numbers in it."""

    def __init__(self, roster: Roster, connection: sa.Connection) -> None:
        self._roster = roster
        self._connection = connection
        #: the same text as long as no run changes
        self.revision = ix.revision(connection)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned for the key before, if no run has changed since."""
        return self._roster.kept(self.revision, key, make)

    def select(
        self,
        where: Filter,
        order: tuple[tuple[str, bool], ...] = (),
        within: tuple[tuple[str, Json], ...] = (),
    ) -> list[int]:
        """Return the runs that match, deleted ones too unless `where` leaves them out.

        Args:
            where: the filter.
            within: only runs that have these values of fields, as `grouping.of_group`.
            order: (field, descending); runs that lack a field come last, ties and all else newest first.

        Raises:
            UsageError: An unknown field.
        """
        key = ("select", where, order, tuple((field, repr(value)) for field, value in within))
        return self.kept(key, lambda: self._select(where, order, within))

    def _select(
        self, where: Filter, order: tuple[tuple[str, bool], ...], within: tuple[tuple[str, Json], ...]
    ) -> list[int]:
        groups = [grouping.of_group(field, value) for field, value in within]
        joined, terms = ordering(order, newest=True)
        query = sa.select(ix.run.c.rid).select_from(joined).where(condition(where), *groups).order_by(*terms)
        return [rid for (rid,) in ix.fetched(self._connection, query)]

    def count(self, where: Filter) -> int:
        """Return how many runs match."""
        query = sa.select(sa.func.count()).select_from(ix.run).where(condition(where))
        return self.kept(("count", where), lambda: self._connection.execute(query).scalar_one())

    def ids(self, rids: Sequence[int]) -> list[str]:
        """Return the ids of runs, in their order."""
        known: dict[int, str] = self.kept("ids", self._ids)
        return [known[rid] for rid in rids]

    def _ids(self) -> dict[int, str]:
        query = sa.select(ix.run.c.rid, ix.run.c.id)
        return dict(ix.fetched(self._connection, query))

    def rows(self, rids: Sequence[int], fields: Sequence[str]) -> list[RunRow]:
        """Return runs, with the values of some fields of config and summary, in their order."""
        rows = rows_of(self._connection, rids, with_json=False)
        found = fields_of(self._connection, rids, fields)
        return [run_row(rows[rid], found[rid]) for rid in rids]

    def changed_since(self, revision: str) -> list[int] | None:
        """Return the runs of which more than the state changed since a revision; None: not known."""
        if revision == self.revision:
            return []
        origin, _, number = revision.partition(".")
        own, _, now = self.revision.partition(".")
        if origin != own or int(number) > int(now):
            return None
        query = sa.select(ix.run.c.rid).where(ix.run.c.revision > int(number)).limit(_MANY + 1)
        changed = self.kept(
            ("changed", revision), lambda: [rid for (rid,) in ix.fetched(self._connection, query)]
        )
        return None if len(changed) > _MANY else changed

    def numbers(self, field: str) -> Numbers:
        """Return (runs, numbers) of a field, of all runs that have a number there, in no order."""
        read = partial(grouping.numbers, self._connection, field)
        if not _stored(field):
            return self.kept(("numbers", field), read)

        def anew(known: Numbers, changed: Sequence[int]) -> Numbers:
            import numpy as np

            kept = ~np.isin(known[0], changed)
            runs, numbers = read(changed)
            return np.concatenate([known[0][kept], runs]), np.concatenate([known[1][kept], numbers])

        return self._roster.column(self, ("numbers", field), read, anew)

    def told(self, field: str, *, text_only: bool = False) -> dict[int, Json]:
        """Return the values of a field by run, as keys of groups tell them."""
        key = ("told", field, text_only)
        read = partial(grouping.values, self._connection, field, text_only=text_only)
        if not _stored(field):
            return self.kept(key, read)

        def anew(known: dict[int, Json], changed: Sequence[int]) -> dict[int, Json]:
            gone = set(changed)
            return {rid: value for rid, value in known.items() if rid not in gone} | read(changed)

        return self._roster.column(self, key, read, anew)

    def names(self, scope: Filter) -> set[str]:
        """Return the names of the config. and summary. fields that some runs have, or had a while ago."""
        where = condition(scope)
        read = partial(census.names, self._connection, where)

        def anew(known: set[str], changed: Sequence[int]) -> set[str]:
            return known | census.names(self._connection, sa.and_(where, ix.run.c.rid.in_(changed)))

        return self._roster.column(self, ("names", scope), read, anew)

    def census(self, scope: Filter) -> tuple[str, list[Counted]]:
        """Return the fields of some runs, what they hold and how many of the runs have each.

        Those of the run itself ("run.notes", "tags") come first. Beside it stands the revision of the answer:
        it may be a few seconds old.
        """
        count = partial(census.counted, self._connection, condition(scope))
        return self._roster.counted(self.revision, scope, count)

    def values(self, field: str, scope: Filter, limit: int) -> list[tuple[Scalar, int]]:
        """Return the most frequent values of a field of some runs, and how many have each.

        Raises:
            UsageError: An unknown field of a run.
        """
        key = ("values", field, scope, limit)
        return self.kept(key, lambda: census.values(self._connection, field, condition(scope), limit))


def _stored(field: str) -> bool:
    """Whether a field is one of config or summary."""
    return field.startswith(("config.", "summary."))


def _after_fork() -> None:
    """A child has locks and threads of its own."""
    global _LOCK
    _LOCK = threading.Lock()
    _ROSTERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
