"""A run in memory, folded from frames, whichever file they come from.

The reader feeds it the frames of each writer in the order in which they were written; across writers and
files any order gives the same result, and feeding a frame twice changes nothing:

- numbers: of the writes to one (key, step) the latest counts (`columns.Column`);
- objects: of the writes to one (key, step, idx) the latest; an encoded object replaces its pending self;
- META: of the writes to one path the last by (hybrid clock, writer).

Rows do not carry their time, running time and cell as columns; they are derived here as `_timestamp`,
`_runtime` and `_cell`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from nbtrack.store import frames
from nbtrack.store.columns import DTYPES, Column, is_ordered
from nbtrack.store.derive import Definitions, Edit, Logged, metric_from, put_in
from nbtrack.store.frames import Type
from nbtrack.store.model import (
    SYSTEM_PREFIX,
    CellExecution,
    ConsoleLine,
    KeyInfo,
    MetricDefinition,
    ObjectRow,
    RunMeta,
    Series,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.store.frames import Beat, Buffer, Close, Hello
    from nbtrack.store.model import Json
    from nbtrack.store.scan import Rows

    Points = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]

TIMESTAMP, RUNTIME, CELL = "_timestamp", "_runtime", "_cell"
#: series that are derived from the frames rather than logged
DERIVED = (TIMESTAMP, RUNTIME, CELL)

_RUN_FIELDS = ("project", "entity", "name", "group", "job_type", "notes", "host")


@dataclass(slots=True)
class Stream:
    """What is known of one writer."""

    writer: str
    hello: Hello | None = None
    beat: Beat | None = None
    close: Close | None = None
    #: cell execution in force, 0 when none
    cell: int = 0
    #: unix time of the first frame and of the last sign of life
    begun: float = float("inf")
    heartbeat: float = 0.0
    #: whether it wrote numbers or objects
    wrote: bool = False
    #: latest time written so far: what follows is later, even if the wall clock was set back
    clock: float = float("-inf")
    high: float = float("-inf")

    def seen(self, time: float) -> None:
        """Note a sign of life."""
        self.heartbeat = max(self.heartbeat, time)


class SealedPart(Protocol):
    """Points of one key in a sealed file that are read when somebody asks for them."""

    info: KeyInfo
    #: unix time of the latest write, and of the write at the last step
    latest: float
    last_time: float

    def load(self) -> Points:
        """Return steps, values and times."""

    def series(self) -> Series:
        """The points without their times."""


class _Piece(NamedTuple):
    """Points of one key, in the order in which one writer wrote them."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    clocks: NDArray[np.float64]
    dtype: str = "f"
    ordered: bool | None = None


class _Written(NamedTuple):
    """The META that won a path."""

    hlc: int
    writer: str
    op: str
    value: Any
    time: float


class _Group:
    """Objects at one (key, step)."""

    __slots__ = ("count", "rows", "time")

    def __init__(self) -> None:
        self.time = float("-inf")
        self.count = 0
        self.rows: dict[int, ObjectRow] = {}

    def current(self) -> list[ObjectRow]:
        """Rows that belong to the latest write, in order of idx."""
        return [self.rows[i] for i in sorted(self.rows) if i < max(self.count, 1)]


@dataclass(slots=True)
class _Batch:
    """Rows of one writer and schema that are not yet in the columns."""

    steps: list[NDArray[np.int64]] = field(default_factory=list)
    clocks: list[NDArray[np.float64]] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)


class RunFold:
    """Everything that the frames of a run say. Not thread-safe: the reader has the lock."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        #: grows by one with each `settle` that changed something
        self.revision = 0
        self.streams: dict[str, Stream] = {}
        self.last_step = -1
        #: sealed numbers that could not be read
        self.problems: list[str] = []
        #: numeric keys in order of their first appearance
        self._order: dict[str, None] = {}
        self._columns: dict[str, Column] = {}
        self._sealed: dict[str, list[SealedPart]] = {}
        self._sealed_revision: dict[str, int] = {}
        #: series of keys that are sealed in one piece, as far as they were asked for
        self._lone: dict[str, Series] = {}
        self._batches: dict[tuple[str, tuple[str, ...], str], _Batch] = {}
        self._derived: dict[str, list[tuple[Any, Any, Any, int, tuple[bool, bool]]]] = {}
        self._groups: dict[str, dict[int, _Group]] = {}
        self._kinds: dict[str, set[str]] = {}
        self._object_log: list[tuple[int, str, int, int]] = []
        self._cells: dict[int, CellExecution] = {}
        self._cell_log: list[tuple[int, CellExecution]] = []
        self._console: list[tuple[int, ConsoleLine]] = []
        self._metas: dict[tuple[str, ...], _Written] = {}
        self._tags: list[tuple[int, str, str, Any]] = []
        self._dirty = False
        self._definitions: Definitions | None = None

    # ---- feeding -------------------------------------------------------------------------------------------

    def stream(self, writer: str) -> Stream:
        """Return the state of a writer, new when it was not heard of."""
        if (stream := self.streams.get(writer)) is None:
            stream = self.streams[writer] = Stream(writer)
        return stream

    def rows(self, stream: Stream, keys: tuple[str, ...], letters: str, rows: Rows) -> None:
        """Take packed rows; they are in the columns after `settle`."""
        steps, times = rows.steps, rows.times
        if not len(steps):
            return
        clocks = np.maximum(np.maximum.accumulate(times), stream.clock)
        stream.high = max(stream.high, float(clocks[-1]))
        stream.seen(float(times.max()))
        stream.wrote = self._dirty = True
        batch = self._batches.get((stream.writer, keys, letters))
        if batch is None:
            batch = self._batches[stream.writer, keys, letters] = _Batch()
            self._order.update(dict.fromkeys(keys))
        batch.steps.append(steps)
        batch.clocks.append(clocks)
        batch.values.append(rows.values)
        if not keys or not keys[0].startswith(SYSTEM_PREFIX):
            own = (TIMESTAMP in keys, RUNTIME in keys)
            self._derive(stream, steps, times, clocks, own)

    def frame(
        self, stream: Stream, type: int, payload: Buffer, time: float | None = None, *, sealed: bool = False
    ) -> float | None:
        """Take a frame that is neither ROW nor SCHEMA nor BLOB.

        Args:
            stream: Its writer.
            type: Frame type; unknown ones are skipped.
            payload: Its payload.
            time: Of META out of a sealed file: what this method returned for it when it was sealed.
            sealed: It is out of a sealed file, whose numbers hold its time already.

        Returns:
            Of META: its place among the rows of its writer, unix seconds. Else None.

        Raises:
            ValueError: The payload is not one of this type.
        """
        stream.clock = max(stream.clock, stream.high)
        match type:
            case Type.OBJ:
                self._object(stream, frames.decode_obj(payload, stream.cell), derive=not sealed)
            case Type.META:
                meta = frames.decode_meta(payload)
                time = _place(stream, meta) if time is None else time
                self._meta(stream, meta, time)
                self._dirty = True
                return time
            case Type.CELL:
                cell = frames.decode_cell(payload)
                stream.cell = cell.id if cell else 0
                if cell and cell.id not in self._cells:
                    self._cells[cell.id] = cell
                    self._cell_log.append((self.revision + 1, cell))
            case Type.TEXT:
                self._console.append((self.revision + 1, frames.decode_text(payload)))
            case Type.BEAT:
                stream.beat = frames.decode_beat(payload)
                stream.seen(stream.beat.t)
            case Type.HELLO:
                stream.hello = frames.decode_hello(payload)
                stream.begun = min(stream.begun, stream.hello.t)
                stream.close = None  # the writer went on in a new file
                stream.cell = 0  # which names the cell anew
                stream.seen(stream.hello.t)
            case Type.CLOSE:
                stream.close = frames.decode_close(payload)
                stream.seen(stream.close.t)
            case _:
                return None
        self._dirty = True
        return None

    def sealed(self, key: str, part: SealedPart) -> None:
        """Take numbers of a sealed file; they are read when they are asked for."""
        if not part.info.n:
            return
        self._order.setdefault(key)
        self._sealed.setdefault(key, []).append(part)
        self._sealed_revision[key] = self.revision + 1
        self._dirty = True
        if key == TIMESTAMP:  # it has a point at each step of the run
            self.last_step = max(self.last_step, part.info.last_step)

    def settle(self) -> bool:
        """Put what was fed into the columns; True (and a new revision) when something changed."""
        if not self._dirty:
            return False
        self._dirty = False
        self._definitions = None
        revision = self.revision = self.revision + 1
        pieces: dict[str, list[_Piece]] = {}
        for (_, keys, letters), batch in self._batches.items():
            steps, clocks = _join(batch.steps), _join(batch.clocks)
            values, ordered = _join(batch.values), is_ordered(steps)
            for index, key in enumerate(keys):
                piece = _Piece(steps, values[:, index], clocks, letters[index], ordered)
                pieces.setdefault(key, []).append(piece)
        self._batches.clear()
        for writer, derived in self._derived.items():
            self._settle_derived(self.streams[writer], derived, pieces)
        self._derived.clear()
        for key, parts in pieces.items():
            column = self._column(key)
            piece = parts[0] if len(parts) == 1 else _joined(parts)
            if column.extend(*piece[:4], ordered=piece.ordered, quiet_end=key in DERIVED):
                column.revision = revision
        for stream in self.streams.values():
            stream.clock = max(stream.clock, stream.high)
        return True

    def _derive(self, stream: Stream, steps: Any, times: Any, clocks: Any, own: tuple[bool, bool]) -> None:
        self._derived.setdefault(stream.writer, []).append((steps, times, clocks, stream.cell, own))
        self.last_step = max(self.last_step, int(steps.max()))

    def _settle_derived(self, stream: Stream, parts: list[Any], pieces: dict[str, list[_Piece]]) -> None:
        """Add the derived series of a writer's rows to `pieces`, except those that the user logged."""
        started = stream.hello.started - stream.hello.offset if stream.hello else stream.begun
        for index, key in enumerate((TIMESTAMP, RUNTIME)):
            if chosen := [part for part in parts if not part[4][index]]:
                steps, times, clocks = (_join([part[i] for part in chosen]) for i in range(3))
                values = times if key == TIMESTAMP else times - started
                pieces.setdefault(key, []).append(_Piece(steps, values, clocks))
        if chosen := [part for part in parts if part[3]]:
            steps, clocks = (_join([part[i] for part in chosen]) for i in (0, 2))
            ids = np.repeat(
                np.array([part[3] for part in chosen], np.float64), [len(part[0]) for part in chosen]
            )
            pieces.setdefault(CELL, []).append(_Piece(steps, ids, clocks))

    def _object(self, stream: Stream, row: ObjectRow, *, derive: bool) -> None:
        stream.high = max(stream.high, row.time)
        stream.seen(row.time)
        group = self._groups.setdefault(row.key, {}).setdefault(row.step, _Group())
        old = group.rows.get(row.idx)
        if old is not None and old.time == row.time and row.cell != old.cell:
            # an encoder finishes later, maybe in another cell or process; the cell that logged it counts
            row = _with_cell(row, old.cell if old.pending else row.cell)
        if old is None or row.time > old.time or (row.time == old.time and old.pending and not row.pending):
            group.rows[row.idx] = row
            self._kinds.setdefault(row.key, set()).add(row.kind)
            self._object_log.append((self.revision + 1, row.key, row.step, row.idx))
        stream.wrote = stream.wrote or old is None or row.time > old.time
        if row.time >= group.time:
            group.time, group.count = row.time, row.count
        derive = derive and row.idx == 0 and not row.key.startswith(SYSTEM_PREFIX)
        if derive and (old is None or old.time < row.time):
            time = np.array([row.time])
            self._derive(stream, np.array([row.step], np.int64), time, time, (False, False))

    def _meta(self, stream: Stream, meta: frames.Meta, time: float) -> None:
        path = tuple(meta.path)
        if path == ("run", "tags"):
            op = (meta.hlc, stream.writer, meta.op, meta.value)
            if op not in self._tags:
                self._tags.append(op)
                self._tags.sort(key=lambda item: item[:2])
            return
        old = self._metas.get(path)
        if old is None or (meta.hlc, stream.writer) > (old.hlc, old.writer):
            self._metas[path] = _Written(meta.hlc, stream.writer, meta.op, meta.value, time)

    # ---- numbers -------------------------------------------------------------------------------------------

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

    def numeric_keys(self) -> list[str]:
        """Return all keys with numbers in order of their first appearance, the derived ones last."""
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
        """What is known of each key, in order of their first appearance; numbers first."""
        infos: dict[str, KeyInfo] = {}
        for key in self.numeric_keys():
            if internal or not key.startswith("_"):
                part = self._alone(key)
                infos[key] = _copy(part.info) if part else self._column(key).info()
        for key, kinds in self._kinds.items():
            if internal or not key.startswith("_"):
                info = infos.setdefault(key, KeyInfo(key))
                info.kinds |= kinds
        return infos

    # ---- objects, cells, console ---------------------------------------------------------------------------

    def objects(self, key: str | None = None, since: int = 0) -> list[ObjectRow]:
        """Rows of the latest write of each (key, step), sorted by (key, step, idx)."""
        if since:
            start = bisect_right(self._object_log, since, key=lambda item: item[0])
            changed = {item[1:] for item in self._object_log[start:]}
            rows = []
            for name, step, idx in changed:
                group = self._groups[name][step]
                if (key is None or name == key) and idx < max(group.count, 1):
                    rows.append(group.rows[idx])
            return sorted(rows, key=lambda row: (row.key, row.step, row.idx))
        names = sorted(self._groups) if key is None else [key]
        return [
            row
            for name in names
            for _, group in sorted(self._groups.get(name, {}).items())
            for row in group.current()
        ]

    def cells(self, since: int = 0) -> list[CellExecution]:
        """Executions that were heard of after revision `since`, in that order."""
        return [c for _, c in self._cell_log[bisect_right(self._cell_log, since, key=lambda i: i[0]) :]]

    def console(self, since: int = 0) -> list[ConsoleLine]:
        """Console output that was heard of after revision `since`, in that order."""
        return [c for _, c in self._console[bisect_right(self._console, since, key=lambda i: i[0]) :]]

    # ---- meta ----------------------------------------------------------------------------------------------

    def meta(self) -> RunMeta:
        """The ["run", ...] paths; `finished` and `exit_code` are left to the reader."""
        meta = RunMeta(self.run_id)
        tree: dict[str, Any] = self._tree("run")
        for name in _RUN_FIELDS:
            if (value := tree.pop(name, None)) is not None:
                setattr(meta, name, str(value))
        meta.tags = self._fold_tags()
        hellos = [s.hello for s in self.streams.values() if s.hello]
        created = tree.pop("created", None)
        if isinstance(created, (int, float)):
            meta.created = float(created)
        elif hellos:
            meta.created = min(hello.t for hello in hellos)
        if not meta.host and hellos:
            meta.host = min(hellos, key=lambda hello: hello.t).host
        deleted = tree.pop("deleted_at", None)
        meta.deleted_at = float(deleted) if isinstance(deleted, (int, float)) else None
        # an edit from outside, perhaps years later, is no sign of life
        living = [s for s in self.streams.values() if not (s.close and s.close.reason == "edit")]
        meta.heartbeat = max((s.heartbeat for s in living), default=meta.created)
        meta.other = tree
        return meta

    def _fold_tags(self) -> tuple[str, ...]:
        tags: dict[str, None] = {}
        for _, _, op, value in self._tags:
            names = [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]
            if op == "set":
                tags = dict.fromkeys(names if value is not None else ())
            elif op == "add":
                tags.update(dict.fromkeys(names))
            elif op == "remove":
                for name in names:
                    tags.pop(name, None)
            else:
                tags = {}
        return tuple(tags)

    def config(self) -> dict[str, Json]:
        """The ["config", ...] paths, keys in order of their first appearance."""
        return self._tree("config")

    def _tree(self, root: str) -> dict[str, Json]:
        found = [(path[1:], m) for path, m in self._metas.items() if path[0] == root and len(path) > 1]
        tree: dict[str, Json] = {}
        for path, written in sorted(found, key=lambda item: item[1][:2]):
            put_in(tree, path, written.value, deleted=written.op == "del")
        order = dict.fromkeys(path[0] for path, _ in found)
        return {name: tree[name] for name in order if name in tree}

    def metrics(self) -> dict[str, MetricDefinition]:
        """Definitions by name, globs as they were given."""
        return {
            path[1]: metric_from(path[1], m.value)
            for path, m in self._metas.items()
            if path[0] == "metric" and len(path) == 2 and m.op == "set" and isinstance(m.value, dict)
        }

    def definitions(self) -> Definitions:
        """Finder of the definition of a key."""
        if self._definitions is None:
            self._definitions = Definitions(self.metrics().values())
        return self._definitions

    def edits(self) -> list[Edit]:
        """Explicit summary assignments, oldest first."""
        found = [(path[1:], m) for path, m in self._metas.items() if path[0] == "summary" and len(path) > 1]
        return [
            Edit(path, m.op == "del", m.value, m.time) for path, m in sorted(found, key=lambda i: i[1][:2])
        ]

    def logged(self) -> dict[str, Logged]:
        """What each key holds, for the summary. Loads sealed numbers only where a definition needs them."""
        definitions = self.definitions()
        logged: dict[str, Logged] = {}
        for key in self.numeric_keys():
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
        for key, groups in self._groups.items():
            for step in sorted(groups, reverse=True):
                rows = groups[step].current()
                if rows and not (rows[0].kind == "json" and rows[0].meta.get("value") is None):
                    logged.setdefault(key, Logged()).objects = rows
                    break
        return logged


def _place(stream: Stream, meta: frames.Meta) -> float:
    """Place of an edit on the clock of its writer's rows: never before what was written before it.

    The hybrid clock counts whole milliseconds, too coarse to tell which of `log()` and `summary[...] =` came
    first; the order in the file does.
    """
    return max((meta.hlc >> 16) / 1000, stream.clock)


def _join(parts: Any) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _joined(parts: list[_Piece]) -> _Piece:
    steps, values, clocks = (_join([part[i] for part in parts]) for i in range(3))
    return _Piece(steps, values, clocks, max((part.dtype for part in parts), key=DTYPES.index))


def _copy(info: KeyInfo) -> KeyInfo:
    return KeyInfo(
        info.key,
        set(info.kinds),
        info.dtype,
        info.n,
        info.first_step,
        info.last_step,
        info.min,
        info.max,
        info.last,
        info.epoch,
    )


def _with_cell(row: ObjectRow, cell: int) -> ObjectRow:
    return ObjectRow(
        row.key, row.step, row.idx, row.count, row.kind, row.meta, row.blob, row.pending, row.time, cell
    )
