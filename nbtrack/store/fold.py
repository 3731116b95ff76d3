"""A run in memory, folded from frames, whichever file they come from.

The reader feeds it the frames of each writer in the order in which they were written; across writers and
files any order gives the same result, and feeding a frame twice changes nothing:

- numbers: of the writes to one (key, step) the latest counts (`numeric.Numbers`);
- objects: of the writes to one (key, step, idx) the latest; an encoded object replaces its pending self;
- META: of the writes to one path the last by (hybrid clock, writer) (`metas.Metas`).

Rows that a rewind took back are left out as they come. So a fold has to know the rewinds from the beginning;
one that meets others (`rewound`) has to be made anew with these.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from math import inf, nextafter
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.store import frames
from nbtrack.store.derive import Definitions, Logged
from nbtrack.store.frames import Type
from nbtrack.store.metas import Metas
from nbtrack.store.model import (
    SYSTEM_PREFIX,
    CellExecution,
    ConsoleLine,
    KeyInfo,
    ObjectRow,
    RunMeta,
)
from nbtrack.store.numeric import Numbers
from nbtrack.store.rewinds import PATH as REWOUND
from nbtrack.store.rewinds import Rewind, Rewinds

if TYPE_CHECKING:
    from nbtrack.store.frames import Beat, Buffer, Close, Hello
    from nbtrack.store.numeric import SealedPart
    from nbtrack.store.scan import Rows

_NONE = Rewinds()
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
    #: time of its own rewind: what it writes afterwards is later, even by a clock that was set back
    rewound: float = float("-inf")

    def seen(self, time: float) -> None:
        """Note a sign of life."""
        self.heartbeat = max(self.heartbeat, time)


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


class RunFold:
    """Everything that the frames of a run say. Not thread-safe: the reader has the lock.

    Args:
        run_id: The run.
        rewinds: What is known of them.
        revision: Of the fold that this one replaces.
    """

    def __init__(self, run_id: str, rewinds: Rewinds = _NONE, revision: int = 0) -> None:
        self.run_id = run_id
        #: whose rows are left out
        self.rewinds = rewinds
        #: those that were met
        self.rewound: set[Rewind] = set()
        #: grows by one with each `settle` that changed something
        self.revision = revision
        self.streams: dict[str, Stream] = {}
        self.numbers = Numbers()
        self._groups: dict[str, dict[int, _Group]] = {}
        self._kinds: dict[str, set[str]] = {}
        self._object_log: list[tuple[int, str, int, int]] = []
        self._cells: dict[int, CellExecution] = {}
        self._cell_log: list[tuple[int, CellExecution]] = []
        self._console: list[tuple[int, ConsoleLine]] = []
        self.metas = Metas()
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
        steps, times, values = rows.steps, rows.times, rows.values
        if not len(steps):
            return
        clocks = np.maximum(np.maximum.accumulate(times), stream.clock)
        stream.high = max(stream.high, float(clocks[-1]))
        stream.seen(float(times.max()))
        stream.wrote = self._dirty = True
        system = bool(keys) and keys[0].startswith(SYSTEM_PREFIX)
        if self.rewinds and not system:
            kept = self.rewinds.keeps(steps, clocks)
            if not kept.any():
                return
            steps, times, clocks, values = steps[kept], times[kept], clocks[kept], values[kept]
        self.numbers.rows(stream.writer, keys, letters, steps, clocks, values)
        if not system:
            self.numbers.moment(stream.writer, steps, times, clocks, stream.cell, keys)

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

    def sealed(self, part: SealedPart) -> None:
        """Take numbers of a sealed file; they are read when they are asked for."""
        self.numbers.sealed(part, self.revision + 1, self.rewinds)
        self._dirty = True

    def settle(self) -> bool:
        """Put what was fed into place; True (and a new revision) when something changed."""
        if not self._dirty:
            return False
        self._dirty = False
        self._definitions = None
        self.revision += 1
        started = {
            writer: s.hello.started - s.hello.offset if s.hello else s.begun
            for writer, s in self.streams.items()
        }
        self.numbers.settle(self.revision, started)
        for stream in self.streams.values():
            stream.clock = max(stream.clock, stream.high)
        return True

    def _object(self, stream: Stream, row: ObjectRow, *, derive: bool) -> None:
        stream.high = max(stream.high, row.time)
        stream.seen(row.time)
        if row.time < stream.rewound:
            row = replace(row, time=stream.rewound)
        system = row.key.startswith(SYSTEM_PREFIX)
        if not system and self.rewinds.drops(row.step, row.time):
            stream.wrote = stream.wrote or row.time >= stream.begun
            return
        group = self._groups.setdefault(row.key, {}).setdefault(row.step, _Group())
        first = row.idx == 0 or not group.rows  # an increment begins its step with any index
        old = group.rows.get(row.idx)
        if old is not None and old.time == row.time and row.cell != old.cell:
            # an encoder finishes later, maybe in another cell or process; the cell that logged it counts
            row = replace(row, cell=old.cell if old.pending else row.cell)
        if old is None or row.time > old.time or (row.time == old.time and old.pending and not row.pending):
            group.rows[row.idx] = row
            self._kinds.setdefault(row.key, set()).add(row.kind)
            self._object_log.append((self.revision + 1, row.key, row.step, row.idx))
        stream.wrote = stream.wrote or old is None or row.time > old.time
        if row.time >= group.time:
            group.time, group.count = row.time, row.count
        derive = derive and first and not system
        if derive and (old is None or old.time < row.time):
            time = np.array([row.time])
            self.numbers.moment(stream.writer, np.array([row.step], np.int64), time, time, stream.cell)

    def _meta(self, stream: Stream, meta: frames.Meta, time: float) -> None:
        path = tuple(meta.path)
        if path == REWOUND and (rewind := Rewind.read(meta.value)):
            self.rewound.add(rewind)
            stream.rewound = max(stream.rewound, rewind.time)
            stream.clock = max(stream.clock, rewind.time)
        if path[:1] != ("summary",) or not self.rewinds.undoes(time):
            self.metas.take(stream.writer, meta, time)

    # ---- keys, objects, cells, console ---------------------------------------------------------------------

    def keys(self, *, internal: bool = False) -> dict[str, KeyInfo]:
        """What is known of each key, in order of their first appearance; numbers first."""
        infos = self.numbers.keys(internal=internal)
        for key, kinds in self._kinds.items():
            if internal or not key.startswith("_"):
                info = infos.setdefault(key, KeyInfo(key))
                info.kinds |= kinds
        return infos

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
        tree: dict[str, Any] = self.metas.tree("run")
        for name in _RUN_FIELDS:
            if (value := tree.pop(name, None)) is not None:
                setattr(meta, name, str(value))
        meta.tags = self.metas.tags()
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

    def definitions(self) -> Definitions:
        """Finder of the definition of a key."""
        if self._definitions is None:
            self._definitions = Definitions(self.metas.metrics().values())
        return self._definitions

    def rewind(self, step: int, now: float) -> Rewind | None:
        """What takes back all rows beyond `step` that are known `now`; None when there are none."""
        spans = [span for span in [self.numbers.span_after(step)] if span]
        spans += [
            (row.time, row.time)
            for key, groups in self._groups.items()
            if not key.startswith(SYSTEM_PREFIX)
            for at, group in groups.items()
            if at > step
            for row in group.rows.values()
        ]
        if not spans:
            return None
        first, last = min(a for a, _ in spans), max(b for _, b in spans)
        return Rewind(step, max(now, nextafter(last, inf)), first)

    def logged(self) -> dict[str, Logged]:
        """What each key holds, for the summary. Loads sealed numbers only where a definition needs them."""
        logged = self.numbers.logged(self.definitions())
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
