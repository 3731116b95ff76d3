"""What can be asked of one state of the index: which runs, in which order, and what their fields hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from nbtrack.store import census, grouping
from nbtrack.store import index as ix
from nbtrack.store.answers import fields_of, rows_of, run_row
from nbtrack.store.where import condition, ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from nbtrack.store.census import Counted
    from nbtrack.store.model import Filter, Json, RunRow, Scalar
    from nbtrack.store.roster import Roster

    Numbers = tuple[NDArray[np.int64], NDArray[np.float64]]

T = TypeVar("T")

#: changed runs that are taken into what is known; of more all is read anew
_MANY = 500


class Reading:
    """One state of the index. Runs are told by their numbers in it."""

    def __init__(self, roster: Roster, connection: sa.Connection) -> None:
        self._roster = roster
        self._connection = connection
        #: the same text as long as no run changes
        self.revision = ix.revision(connection)
        #: (runs that were read, all) while the files hold many more than the index
        self.indexing = roster.indexing()

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
        return self._roster.counted(self, scope, count)

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
