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
from typing import TYPE_CHECKING, Any, TypeVar

from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    from nbtrack.store.census import Counted
    from nbtrack.store.layout import Store
    from nbtrack.store.model import Filter

T = TypeVar("T")

#: seconds between two looks at the files; or this many times what the last one took, if that is more
_EVERY, _TIMES = 1.0, 10.0
#: seconds that a question waits for a look that is going on; the first one of a process waits longer
_PATIENCE, _FIRST_PATIENCE = 0.05, 2.0
#: changed runs that are read at once
_AT_ONCE = 50
#: changed runs that take seconds to read
_SEVERAL = 500
#: stores whose rosters are kept
_STORES = 8
#: things that are kept
_KEPT = 128


class Roster:
    """Looks after the runs of a store, and keeps what `Reading`s found out about them. Thread-safe.

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
        #: by what was counted: of which revision and names, until when it will do, and the count
        self._counted: dict[Filter, tuple[str, set[str], float, list[Counted]]] = {}

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

    def indexing(self) -> tuple[int, int] | None:
        """Return (runs that were read, all) while so many are new that it takes seconds."""
        done, changed = self.catalog.progress
        return (done, changed) if done < changed > _SEVERAL else None

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
        self, reading: Reading, scope: Filter, count: Callable[[], list[Counted]]
    ) -> tuple[str, list[Counted]]:
        """Return what `count` returned for the scope, and at which revision that was.

        To count all fields of all runs takes long: while runs change it is done anew a tenth of the time, or
        when there are new fields.
        """
        revision, names, until, found = self._counted.get(scope, ("", set(), 0.0, []))
        began = time.monotonic()
        if revision == reading.revision or (began < until and names == reading.names(scope)):
            return revision, found
        found, names = count(), reading.names(scope)
        ended = time.monotonic()
        self._counted[scope] = reading.revision, names, ended + _TIMES * (ended - began), found
        return reading.revision, found


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


def _after_fork() -> None:
    """A child has locks and threads of its own."""
    global _LOCK
    _LOCK = threading.Lock()
    _ROSTERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
