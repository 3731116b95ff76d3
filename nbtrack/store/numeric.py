"""The numbers of a run: columns of points, and parts of sealed files that are read when they are asked for.

Rows carry their time, running time and cell only in their frames; here they become the series `_timestamp`,
`_runtime` and `_cell`. Sealed files hold those as ordinary keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from nbtrack.store.columns import DTYPES, Column, is_ordered
from nbtrack.store.derive import Logged
from nbtrack.store.model import SYSTEM_PREFIX, KeyInfo, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from nbtrack.store.derive import Definitions
    from nbtrack.store.rewinds import Rewinds

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Points = tuple[Ints, Floats, Floats]

TIMESTAMP, RUNTIME, CELL = "_timestamp", "_runtime", "_cell"
#: series that are derived from the frames rather than logged
DERIVED = (TIMESTAMP, RUNTIME, CELL)


class SealedPart(Protocol):
    """Points of one key in a sealed file that are read when somebody asks for them."""

    info: KeyInfo
    #: unix time of the first write that still counts
    earliest: float
    #: unix time of the latest write, and of the write at the last step
    latest: float
    last_time: float

    def load(self) -> Points:
        """Return steps, values and times."""

    def series(self) -> Series:
        """The points without their times."""


class _Piece(NamedTuple):
    """Points of one key, in the order in which one writer wrote them."""

    steps: Ints
    values: Floats
    clocks: Floats
    dtype: str = "f"
    ordered: bool | None = None


class _Moment(NamedTuple):
    """When some rows were written, and by which cell."""

    steps: Ints
    times: Floats
    clocks: Floats
    #: cell execution, 0 when none
    cell: int
    #: the rows bring a `_timestamp`, a `_runtime` of their own
    own: tuple[bool, bool]


@dataclass(slots=True)
class _Batch:
    """Rows of one writer and schema that are not yet in the columns."""

    steps: list[Ints] = field(default_factory=list)
    clocks: list[Floats] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)


class Numbers:
    """All numeric keys of a run. Feed it with `rows`, `moment` and `sealed`, then `settle`."""

    def __init__(self) -> None:
        #: highest step; -1 when there is none
        self.last_step = -1
        #: sealed numbers that could not be read
        self.problems: list[str] = []
        #: keys in order of their first appearance
        self._order: dict[str, None] = {}
        self._columns: dict[str, Column] = {}
        self._sealed: dict[str, list[SealedPart]] = {}
        self._sealed_revision: dict[str, int] = {}
        #: series of keys that are sealed in one piece, as far as they were asked for
        self._lone: dict[str, Series] = {}
        self._batches: dict[tuple[str, tuple[str, ...], str], _Batch] = {}
        self._moments: dict[str, list[_Moment]] = {}

    # ---- feeding -------------------------------------------------------------------------------------------

    def rows(
        self, writer: str, keys: tuple[str, ...], letters: str, steps: Ints, clocks: Floats, values: Floats
    ) -> None:
        """Take rows of a writer in the order in which they were written; values are rows x keys."""
        batch = self._batches.get((writer, keys, letters))
        if batch is None:
            batch = self._batches[writer, keys, letters] = _Batch()
            self._order.update(dict.fromkeys(keys))
        batch.steps.append(steps)
        batch.clocks.append(clocks)
        batch.values.append(values)

    def moment(
        self, writer: str, steps: Ints, times: Floats, clocks: Floats, cell: int, keys: tuple[str, ...] = ()
    ) -> None:
        """Note when a writer wrote these steps, in which cell, under which keys."""
        own = (TIMESTAMP in keys, RUNTIME in keys)
        self._moments.setdefault(writer, []).append(_Moment(steps, times, clocks, cell, own))
        self.last_step = max(self.last_step, int(steps.max()))

    def sealed(self, part: SealedPart, revision: int, rewinds: Rewinds) -> None:
        """Take numbers of a sealed file; they are read when they are asked for.

        Those that a rewind may have taken rows from are read at once.
        """
        key = part.info.key
        if not part.info.n:
            return
        if not key.startswith(SYSTEM_PREFIX) and rewinds.drops(part.info.last_step, part.earliest):
            self._rest(part, rewinds)
            return
        self._order.setdefault(key)
        self._sealed.setdefault(key, []).append(part)
        self._sealed_revision[key] = revision
        if key == TIMESTAMP:  # it has a point at each step of the run
            self.last_step = max(self.last_step, part.info.last_step)

    def _rest(self, part: SealedPart, rewinds: Rewinds) -> None:
        """Take what rewinds left of a sealed part, as if it came from a log."""
        key = part.info.key
        try:
            steps, values, times = part.load()
        except (OSError, ValueError) as error:
            self._lose(key, error)
            return
        kept = rewinds.keeps(steps, times)
        if kept.any():
            steps = steps[kept]
            self.rows("", (key,), part.info.dtype, steps, times[kept], values[kept, None])
            if key == TIMESTAMP:
                self.last_step = max(self.last_step, int(steps[-1]))

    def settle(self, revision: int, started: Mapping[str, float]) -> None:
        """Put what was fed into the columns.

        Args:
            revision: Of the run, from now on.
            started: For each writer the time from which `_runtime` counts.
        """
        pieces: dict[str, list[_Piece]] = {}
        for (_, keys, letters), batch in self._batches.items():
            steps, clocks = _join(batch.steps), _join(batch.clocks)
            values, ordered = _join(batch.values), is_ordered(steps)
            for index, key in enumerate(keys):
                piece = _Piece(steps, values[:, index], clocks, letters[index], ordered)
                pieces.setdefault(key, []).append(piece)
        self._batches.clear()
        for writer, moments in self._moments.items():
            for key, piece in _derived(moments, started[writer]):
                pieces.setdefault(key, []).append(piece)
        self._moments.clear()
        for key, parts in pieces.items():
            column = self._column(key)
            piece = parts[0] if len(parts) == 1 else _joined(parts)
            if column.extend(*piece[:4], ordered=piece.ordered, quiet_end=key in DERIVED):
                column.revision = revision

    # ---- asking --------------------------------------------------------------------------------------------

    def _column(self, key: str) -> Column:
        """Column of `key` with its sealed points loaded; new when there is none."""
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = Column(key)
            self._order.setdefault(key)
        if parts := self._sealed.pop(key, None):
            self._lone.pop(key, None)
            for part in parts:
                try:
                    points = part.load()
                except (OSError, ValueError) as error:
                    self._lose(key, error)
                    continue
                if column.extend(*points, part.info.dtype, quiet_end=key in DERIVED):
                    column.revision = max(column.revision, self._sealed_revision[key])
        return column

    def _lose(self, key: str, error: Exception) -> None:
        self.problems.append(f"{key}: sealed numbers cannot be read: {error}")

    def column(self, key: str) -> Column | None:
        """Numbers of `key`, or None when there are none."""
        if key not in self._columns and key not in self._sealed:
            return None
        return self._column(key)

    def series(self, key: str) -> Series | None:
        """Points of `key`, or None when there are none."""
        part = self._alone(key)
        if part is None:
            column = self.column(key)
            return None if column is None else column.series()
        if (series := self._lone.get(key)) is None:
            try:
                series = part.series()
            except (OSError, ValueError) as error:
                self._lose(key, error)
                series = Series(key, part.info.dtype, np.empty(0, np.int64), np.empty(0, np.float64), 0)
            for array in (series.steps, series.values):
                array.flags.writeable = False
            self._lone[key] = series
        return series

    def span_after(self, step: int) -> tuple[float, float] | None:
        """Unix times of the first and the last write beyond `step` that count; None when there is none."""
        times: list[Floats] = []
        for key in self.order():
            if not key.startswith(SYSTEM_PREFIX):
                column = self._column(key)
                times.append(column.times[np.searchsorted(column.steps, step, "right") :])
        found = _join(times) if times else np.empty(0)
        return (float(found.min()), float(found.max())) if len(found) else None

    def order(self) -> list[str]:
        """Return all keys in order of their first appearance, the derived ones last."""
        keys = [key for key in self._order if key not in DERIVED]
        return keys + [key for key in DERIVED if key in self._order]

    def counts(self) -> dict[str, int]:
        """Return the number of points of each numeric key."""
        counts = {key: column.n for key, column in self._columns.items()}
        for key in list(self._sealed):
            part = self._alone(key)
            counts[key] = part.info.n if part else self._column(key).n
        return counts

    def changed_since(self, revision: int) -> set[str]:
        """Keys whose numbers changed after `revision`."""
        keys = {key for key, column in self._columns.items() if column.revision > revision}
        return keys | {key for key in self._sealed if self._sealed_revision[key] > revision}

    def _alone(self, key: str) -> SealedPart | None:
        """The only part of a key, if it is sealed: its statistics need no loading."""
        parts = self._sealed.get(key, ())
        return parts[0] if len(parts) == 1 and key not in self._columns else None

    def keys(self, *, internal: bool = False) -> dict[str, KeyInfo]:
        """What is known of each key, in order of their first appearance."""
        infos: dict[str, KeyInfo] = {}
        for key in self.order():
            if internal or not key.startswith("_"):
                part = self._alone(key)
                infos[key] = (
                    replace(part.info, kinds=set(part.info.kinds)) if part else self._column(key).info()
                )
        return infos

    def logged(self, definitions: Definitions) -> dict[str, Logged]:
        """What each key holds, for the summary. Loads sealed numbers only where a definition needs them."""
        logged: dict[str, Logged] = {}
        for key in self.order():
            if key.startswith(SYSTEM_PREFIX) or key == CELL:
                continue
            if part := self._alone(key):
                info = part.info
                logged[key] = Logged(info.dtype, info.last, info.last_step, part.last_time, part.latest)
            elif (column := self._column(key)).n:
                logged[key] = Logged(column.dtype, *column.last(), column.latest)
            else:
                continue
            definition = definitions.find(key)
            if definition and definition.summary:
                logged[key].series = self.series(key)
        return logged


def _derived(moments: list[_Moment], started: float) -> Iterator[tuple[str, _Piece]]:
    """Yield the derived series of a writer's rows, without those that the user logged."""
    for index, key in enumerate((TIMESTAMP, RUNTIME)):
        if chosen := [moment for moment in moments if not moment.own[index]]:
            steps, times, clocks = (_join([moment[i] for moment in chosen]) for i in range(3))
            yield key, _Piece(steps, times if key == TIMESTAMP else times - started, clocks)
    if chosen := [moment for moment in moments if moment.cell]:
        steps, clocks = (_join([moment[i] for moment in chosen]) for i in (0, 2))
        ids = np.array([moment.cell for moment in chosen], np.float64)
        yield CELL, _Piece(steps, np.repeat(ids, [len(moment.steps) for moment in chosen]), clocks)


def _join(parts: Any) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _joined(parts: list[_Piece]) -> _Piece:
    steps, values, clocks = (_join([part[i] for part in parts]) for i in range(3))
    return _Piece(steps, values, clocks, max((part.dtype for part in parts), key=DTYPES.index))
