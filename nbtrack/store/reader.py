"""Reading one run, live or finished: the folder's files, folded in memory and kept up to date.

A run's folder holds logs of several writers, some of them sealed into Parquet files. `RunReader` remembers
how far it read each log and reads only what was added. Damage is read around and listed, never raised. Logs
that vanish were sealed; what was read of them is not read again.

Neither pyarrow nor SQLAlchemy is imported here; pyarrow is, when a sealed file is met.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING

import numpy as np

from nbtrack.errors import NotFoundError
from nbtrack.store import frames
from nbtrack.store.derive import summary_of
from nbtrack.store.fold import RunFold
from nbtrack.store.frames import FRAME_HEAD, Frame, Type
from nbtrack.store.layout import blob_path
from nbtrack.store.model import Problem, Series
from nbtrack.store.rewinds import Rewinds
from nbtrack.store.scan import Rows, Scan
from nbtrack.store.streams import Files, Writer, list_streams, state_of
from nbtrack.store.tail import Tail, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.fold import Stream
    from nbtrack.store.layout import Store
    from nbtrack.store.model import (
        CellExecution,
        ConsoleLine,
        Json,
        KeyInfo,
        MetricDefinition,
        ObjectRow,
        RunMeta,
        RunState,
    )
    from nbtrack.store.rewinds import Rewind

__all__ = ["RunReader", "Writer"]

#: nanoseconds after which a folder's time of change tells a later change from the one before
_SETTLED = 2_000_000_000
#: times that a folder is listed anew when files vanish while they are read
_TRIES = 5


class RunReader:
    """Everything that a run holds, as of the last `refresh`.

    May be called from any thread. Arrays that it returns are never changed afterwards, and cannot be.

    Args:
        store: The store.
        run_id: The run.

    Raises:
        NotFoundError: The store has no such run.

    Example:
        >>> reader = RunReader(store, "k3v9x0ab")
        >>> reader.series("loss").values[-1]
        0.25
    """

    def __init__(self, store: Store, run_id: str) -> None:
        run_dir = store.run_dir(run_id)
        if run_dir is None:
            raise NotFoundError(f"no run {run_id!r} in the store {store.root}")
        self.store = store
        self.run_id = run_id
        self.run_dir = run_dir
        self._lock = threading.RLock()
        self._fold = RunFold(run_id)
        self._logs: dict[str, Tail] = {}
        self._names: dict[str, Files] = {}
        self._seals_seen: set[tuple[str, int, int]] = set()
        self._listed: tuple[int, bool] = (-1, False)
        self._inline: dict[str, tuple[Path, int, int]] = {}
        self._problems: dict[tuple[str, int], Problem] = {}
        self._summary: tuple[int, dict[str, Json]] | None = None
        #: revision since which what it told holds: rows that were told before may have been taken back
        self.holds_since = 0
        _READERS.add(self)
        self.refresh()

    @classmethod
    def of(cls, store: Store, run_id: str) -> RunReader:
        """Return this process's reader of the run, refreshed; it lives as long as somebody holds it."""
        key = (store.root, run_id)
        with _CACHE_LOCK:
            reader = _CACHE.get(key)
        if reader is None or not reader.run_dir.is_dir():
            reader = cls(store, run_id)
            with _CACHE_LOCK:
                reader = _CACHE.setdefault(key, reader)
        reader.refresh()
        return reader

    # ---- what it knows -------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """Grows with every change seen."""
        return self._fold.revision

    @property
    def last_step(self) -> int:
        """Highest step of the run; -1 when nothing was logged."""
        with self._lock:
            return self._fold.numbers.last_step

    @property
    def rewound(self) -> int:
        """How often the run went back to an earlier step."""
        with self._lock:
            return len(self._fold.rewinds)

    def rewind(self, step: int) -> Rewind | None:
        """What would take back all rows beyond `step`, as of now; None when there are none."""
        with self._lock:
            return self._fold.rewind(step, time.time())

    @property
    def problems(self) -> list[Problem]:
        """Damage that was read around."""
        with self._lock:
            lost = [Problem(str(self.run_dir), 0, what) for what in self._fold.numbers.problems]
            return [*self._problems.values(), *lost]

    @property
    def meta(self) -> RunMeta:
        """Name, project, tags and the like."""
        with self._lock:
            meta = self._fold.meta()
            if self._state_of(None) in ("finished", "failed"):
                closes = [s.close for s in self._fold.streams.values() if s.close]
                end = max((c for c in closes if c.reason == "finish"), key=lambda close: close.t)
                meta.finished, meta.exit_code = end.t, end.exit_code
            return meta

    @property
    def config(self) -> dict[str, Json]:
        """The run's configuration."""
        with self._lock:
            return self._fold.config()

    def metrics(self) -> dict[str, MetricDefinition]:
        """What `define_metric` said, by name; globs as they were given."""
        with self._lock:
            return self._fold.metrics()

    def definition(self, key: str) -> MetricDefinition | None:
        """Return the definition that holds for `key`: exact, else by glob; None when there is none."""
        with self._lock:
            return self._fold.definitions().find(key)

    def summary(self) -> dict[str, Json]:
        """Derived summary: keys flat as they were logged, explicit nested assignments nested."""
        with self._lock:
            if self._summary is None or self._summary[0] != self.revision:
                summary = summary_of(self._fold.logged(), self._fold.definitions(), self._fold.edits())
                if self.last_step >= 0:
                    summary.setdefault("_step", self.last_step)
                self._summary = (self.revision, summary)
            return _copy_tree(self._summary[1])

    def keys(self, *, internal: bool = False) -> dict[str, KeyInfo]:
        """What was logged, by key; keys that begin with "_" only when `internal`."""
        with self._lock:
            return self._fold.keys(internal=internal)

    def counts(self) -> dict[str, int]:
        """Number of points of each numeric key, derived and system ones too. Cheaper than `keys`."""
        with self._lock:
            return self._fold.numbers.counts()

    def series(self, key: str, lo: int | None = None, hi: int | None = None) -> Series:
        """Numbers of a key with lo <= step <= hi; empty when it has none.

        Also of `_timestamp` (unix seconds), `_runtime` (seconds), `_cell` (execution ids), and `_sys/...`.
        """
        with self._lock:
            series = self._fold.numbers.series(key)
        if series is None:
            return Series(key, "f", np.empty(0, np.int64), np.empty(0, np.float64), 0)
        if lo is None and hi is None:
            return series
        start = 0 if lo is None else int(np.searchsorted(series.steps, lo))
        stop = len(series.steps) if hi is None else int(np.searchsorted(series.steps, hi, side="right"))
        return Series(key, series.dtype, series.steps[start:stop], series.values[start:stop], series.epoch)

    def objects(self, key: str | None = None, since: int = 0) -> list[ObjectRow]:
        """Current objects (of one key) that changed after revision `since`, sorted by (key, step, idx).

        Of a list that was logged again, shorter, the rows beyond its length are left out.
        """
        with self._lock:
            return self._fold.objects(key, since)

    def cells(self, since: int = 0) -> list[CellExecution]:
        """Cell executions that logged, heard of after revision `since`."""
        with self._lock:
            return self._fold.cells(since)

    def console(self, since: int = 0) -> list[ConsoleLine]:
        """Console output heard of after revision `since`."""
        with self._lock:
            return self._fold.console(since)

    def changed_since(self, revision: int) -> set[str]:
        """Numeric keys that changed after `revision`, derived and system ones too."""
        with self._lock:
            return self._fold.numbers.changed_since(revision)

    def state(self, now: float | None = None) -> RunState:
        """Whether the run is running, stalled, crashed, failed or finished; `now` in unix seconds."""
        with self._lock:
            return self._state_of(now)

    def blob(self, sha: str) -> bytes:
        """Bytes by their SHA-256: small ones out of the run's files, others out of the store.

        Raises:
            FileNotFoundError: Nobody has them (lost in a power failure; `nbtrack fsck` lists such).
        """
        with self._lock:
            place = self._inline.get(sha)
            if place:
                with contextlib.suppress(FileNotFoundError):
                    data = read_bytes(*place)
                    if len(data) == place[2]:
                        return data
        for _ in range(_TRIES):
            with contextlib.suppress(FileNotFoundError):
                for writer, lo, hi in self._sealed_ranges():
                    from nbtrack.store.sealed import sealed_blob

                    if (found := sealed_blob(self.run_dir, writer, lo, hi, sha)) is not None:
                        return found
                break
            self._listed = (-1, False)  # merged meanwhile: look again
        return self.store.get_blob(sha)

    def has_blob(self, sha: str) -> bool:
        """Whether `blob` would find it; does not read big ones."""
        if (self.store.root / blob_path(sha)).exists():
            return True
        try:
            self.blob(sha)
        except FileNotFoundError:
            return False
        return True

    def _sealed_ranges(self) -> list[tuple[str, int, int]]:
        with self._lock:
            return [(writer, lo, hi) for writer, files in self._list().items() for lo, hi in files.seals]

    def unread(self) -> list[Problem]:
        """Bytes at the end of logs that make no whole frame: torn by a kill, or still being written."""
        with self._lock:
            return [
                Problem(str(log.path), log.consumed, f"torn tail, {log.size - log.consumed} bytes")
                for log in self._logs.values()
                if log.size > log.consumed
            ]

    # ---- keeping up ----------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Read what was added to the run's files; True when something changed.

        Never raises for damaged, torn or vanished files; see `problems`.
        """
        with self._lock:
            self._read()
            while not self._fold.rewound <= self._fold.rewinds:
                self._start_over()
                self._read()
            return self._fold.settle()

    def _read(self) -> None:
        """Take in what is new of all files."""
        for _ in range(_TRIES):
            whole = True
            for writer, files in self._list().items():
                whole &= self._take_stream(writer, files)
            if whole:
                break
            self._listed = (-1, False)  # some were sealed or merged while we read: look again

    def _start_over(self) -> None:
        """Forget everything: rows were taken back that are in the columns already."""
        fold = self._fold
        self._fold = RunFold(self.run_id, Rewinds(fold.rewinds | fold.rewound), fold.revision)
        self.holds_since = fold.revision + 1
        self._logs.clear()
        self._seals_seen.clear()
        self._problems.clear()

    def _take_stream(self, writer: str, files: Files) -> bool:
        """Read what is new of one writer; False when a file was not there any more."""
        whole = True
        for lo, hi in files.seals:
            if (writer, lo, hi) not in self._seals_seen:
                whole &= self._take_seal(writer, lo, hi)
        last = files.logs[-1][0] if files.logs else -1
        for number, name in files.logs:
            log = self._logs.get(name)
            if log is None:
                log = self._logs[name] = Tail(self.run_dir / name)
            if not log.done:
                whole &= self._take_log(writer, log, final=number < last)
        return whole

    def _list(self) -> dict[str, Files]:
        """Files of the run, by writer; the folder is listed again only when it may have changed."""
        try:
            changed = self.run_dir.stat().st_mtime_ns
            if self._listed == (changed, True):
                return self._names
            settled = time.time_ns() - changed > _SETTLED
            self._names = list_streams(e.name for e in os.scandir(self.run_dir))
            self._listed = (changed, settled)
        except OSError:
            self._names, self._listed = {}, (-1, False)
        return self._names

    def _take_log(self, writer: str, log: Tail, *, final: bool) -> bool:
        try:
            found = log.read(final=final)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._problem(log.path, log.consumed, f"cannot be read: {error}")
            return True
        log.done = final
        if found is not None:
            result, base = found
            self._take_items(self._fold.stream(writer), log, result, base)
            for gap in () if log.late else result.gaps:
                self._problem(log.path, gap.offset + base, gap.what)
        return True

    def _take_items(self, stream: Stream, log: Tail, result: Scan, base: int) -> None:
        for item in result.items:
            if isinstance(item, Rows):
                schema = log.schemas.get(item.schema)
                if schema is None or len(schema.keys) != item.values.shape[1]:
                    self._problem(log.path, item.offset + base, f"{len(item.steps)} rows of a lost schema")
                    continue
                self._fold.rows(stream, schema.keys, schema.letters, item)
                continue
            try:
                self._take_frame(stream, log, item, base)
            except ValueError as error:
                self._problem(log.path, item.offset + base, str(error))

    def _take_frame(self, stream: Stream, log: Tail, frame: Frame, base: int) -> None:
        if frame.type == Type.SCHEMA:
            schema = frames.decode_schema(frame.payload)
            log.schemas[schema.id] = schema
        elif frame.type == Type.BLOB:
            start = frame.offset + base + FRAME_HEAD
            sha = bytes(frame.payload[:32]).hex()
            self._inline[sha] = (log.path, start + 32, len(frame.payload) - 32)
        else:
            self._fold.frame(stream, frame.type, frame.payload)

    def _take_seal(self, writer: str, lo: int, hi: int) -> bool:
        """Take what a sealed file holds beyond what was read of the logs that it covers."""
        from nbtrack.store.sealed import Sealed, paths

        numbers, objects = paths(self.run_dir, writer, lo, hi)
        try:
            sealed = Sealed(self.run_dir, writer, lo, hi)
            read = {source: self._logs[source].consumed for source in sealed.sources if source in self._logs}
            if all(read.get(source, 0) >= size for source, size in sealed.sources.items()):
                self._seals_seen.add((writer, lo, hi))
                return True
            fresh = [frame for frame in sealed.frames() if frame.offset >= read.get(frame.log, 0)]
        except (OSError, ValueError) as error:
            if not numbers.exists():
                return False  # merged into a wider one meanwhile
            self._problem(numbers, 0, f"damaged: {error}")
            self._seals_seen.add((writer, lo, hi))
            return True
        self._seals_seen.add((writer, lo, hi))
        stream = self._fold.stream(writer)
        for frame in fresh:
            try:
                self._fold.frame(stream, frame.type, frame.payload, frame.time, sealed=True)
            except ValueError as error:
                self._problem(objects, frame.offset, str(error))
        for part in sealed.parts():
            self._fold.sealed(part)
        sealed.apply(stream)
        for source, size in sealed.sources.items():
            self._logs.setdefault(source, Tail(self.run_dir / source)).skip(size)
        return True

    def _problem(self, path: Path, offset: int, what: str) -> None:
        self._problems[str(path), offset] = Problem(str(path), offset, what)

    # ---- state ---------------------------------------------------------------------------------------------

    def writers(self) -> list[Writer]:
        """What is known of each writer."""
        with self._lock:
            return [self._writer(stream) for stream in self._fold.streams.values()]

    def growing(self) -> dict[str, int]:
        """Names of the logs that may still grow, and how many of their bytes were seen."""
        with self._lock:
            names = [w.log for w in self.writers() if w.closed is None and w.log]
            return {name: max(log.size, log.consumed) for name in names if (log := self._logs.get(name))}

    def _writer(self, stream: Stream) -> Writer:
        close, hello, files = stream.close, stream.hello, self._names.get(stream.writer)
        return Writer(
            stream.writer,
            stream.begun,
            stream.heartbeat,
            stream.wrote,
            (close.reason, close.exit_code, close.t) if close and close.reason != "rotate" else None,
            files.logs[-1][1] if files and files.logs else "",
            hello.boot if hello else "",
            hello.pid if hello else 0,
            hello.host if hello else "",
        )

    def _state_of(self, now: float | None) -> RunState:
        return state_of(self.run_dir, self.writers(), now)


def _copy_tree(tree: dict[str, Json]) -> dict[str, Json]:
    return {k: _copy_tree(v) if isinstance(v, dict) else v for k, v in tree.items()}


# ---- one reader per run and process ------------------------------------------------------------------------

_CACHE: weakref.WeakValueDictionary[tuple[Path, str], RunReader] = weakref.WeakValueDictionary()
_READERS: weakref.WeakSet[RunReader] = weakref.WeakSet()
_CACHE_LOCK = threading.Lock()


def _after_fork() -> None:
    """Give the child locks of its own: another thread of the parent may have held one."""
    global _CACHE_LOCK
    _CACHE_LOCK = threading.Lock()
    for reader in list(_READERS):
        reader._lock = threading.RLock()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
