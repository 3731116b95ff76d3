"""Reading one run, live or finished: questions to what its files hold, folded in memory and kept up to date.

`refresh` reads only what was added (`intake`). Neither pyarrow nor SQLAlchemy is imported here; pyarrow is,
when a sealed file is met.
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
from nbtrack.store.derive import summary_of
from nbtrack.store.fold import RunFold
from nbtrack.store.intake import TRIES, Intake
from nbtrack.store.layout import blob_path
from nbtrack.store.model import Problem, Series
from nbtrack.store.rewinds import Rewinds
from nbtrack.store.streams import Writer, state_of

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
        self._intake = Intake(run_dir)
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
            return [*self._intake.problems, *lost]

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
            return self._fold.metas.tree("config")

    def metrics(self) -> dict[str, MetricDefinition]:
        """What `define_metric` said, by name; globs as they were given."""
        with self._lock:
            return self._fold.metas.metrics()

    def definition(self, key: str) -> MetricDefinition | None:
        """Return the definition that holds for `key`: exact, else by glob; None when there is none."""
        with self._lock:
            return self._fold.definitions().find(key)

    def summary(self) -> dict[str, Json]:
        """Derived summary: keys flat as they were logged, explicit nested assignments nested."""
        with self._lock:
            if self._summary is None or self._summary[0] != self.revision:
                summary = summary_of(self._fold.logged(), self._fold.definitions(), self._fold.metas.edits())
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
            if (data := self._intake.inline(sha)) is not None:
                return data
        for _ in range(TRIES):
            with self._lock:
                seals = self._intake.seals()
            with contextlib.suppress(FileNotFoundError):
                for writer, lo, hi in seals:
                    from nbtrack.store.sealed import sealed_blob

                    if (found := sealed_blob(self.run_dir, writer, lo, hi, sha)) is not None:
                        return found
                break
            with self._lock:
                self._intake.look_again()  # merged meanwhile
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

    def unread(self) -> list[Problem]:
        """Bytes at the end of logs that make no whole frame: torn by a kill, or still being written."""
        with self._lock:
            return self._intake.unread()

    # ---- keeping up ----------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Read what was added to the run's files; True when something changed.

        Never raises for damaged, torn or vanished files; see `problems`.
        """
        with self._lock:
            self._intake.read(self._fold)
            while not self._fold.rewound <= self._fold.rewinds:
                self._start_over()
                self._intake.read(self._fold)
            return self._fold.settle()

    def _start_over(self) -> None:
        """Forget everything: rows were taken back that are in the columns already."""
        fold = self._fold
        self._fold = RunFold(self.run_id, Rewinds(fold.rewinds | fold.rewound), fold.revision)
        self.holds_since = fold.revision + 1
        self._intake.start_over()

    # ---- state ---------------------------------------------------------------------------------------------

    def writers(self) -> list[Writer]:
        """What is known of each writer."""
        with self._lock:
            return [self._writer(stream) for stream in self._fold.streams.values()]

    def growing(self) -> dict[str, int]:
        """Names of the logs that may still grow, and how many of their bytes were seen."""
        with self._lock:
            names = [w.log for w in self.writers() if w.closed is None and w.log]
            return {name: size for name in names if (size := self._intake.seen_of(name)) is not None}

    def _writer(self, stream: Stream) -> Writer:
        close, hello = stream.close, stream.hello
        return Writer(
            stream.writer,
            stream.begun,
            stream.heartbeat,
            stream.wrote,
            (close.reason, close.exit_code, close.t) if close and close.reason != "rotate" else None,
            self._intake.last_log(stream.writer),
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
