"""What a run recorded: histories, media, files, console output. Reading only."""

from __future__ import annotations

import warnings
from contextlib import suppress
from difflib import get_close_matches
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from nbtrack.errors import NbtrackWarning, NotFoundError, StoreError, UsageError
from nbtrack.query.files import File, run_files
from nbtrack.query.history import Rows
from nbtrack.query.media import with_increments
from nbtrack.store.model import SYSTEM_PREFIX, UNENDING
from nbtrack.store.reader import RunReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from nbtrack.media.base import Media
    from nbtrack.store.layout import Store
    from nbtrack.store.model import ConsoleLine, RunState

ENDED: frozenset[RunState] = frozenset({"finished", "failed", "crashed"})

#: reader -> revision up to which no medium waits for an encoder that died
_settled: WeakKeyDictionary[RunReader, int] = WeakKeyDictionary()
#: held by the thread that encodes them
_settling = Lock()


def fresh_reader(store: Store, run_id: str) -> RunReader:
    """Return the reader of a run, up to date, with the media of a killed writer encoded.

    Raises:
        NotFoundError: no such run.
    """
    reader = RunReader.of(store, run_id)
    reader.refresh()
    if _settled.get(reader) != reader.revision and reader.state() in ENDED:
        with _settling:
            if any(row.pending for row in reader.objects()):
                from nbtrack.tracking.recover import recover

                # a store that cannot be written is still worth reading: those media stay pending
                with suppress(OSError, StoreError):
                    store.require_writable()
                    recover(store, run_id)
                    reader.refresh()
            _settled[reader] = reader.revision
    return reader


class RecordedRun:
    """The rows and files of one run; `Run` adds its name, config and summary, and what may be changed."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._id = run_id
        #: kept, so that the next look reads only what is new
        self._opened: RunReader | None = None

    @property
    def id(self) -> str:
        """Unique in the store."""
        return self._id

    @property
    def store(self) -> Store:
        """The store that holds it."""
        return self._store

    @property
    def reader(self) -> RunReader:
        """The store's own view of the run, up to date."""
        self._opened = fresh_reader(self._store, self.id)
        return self._opened

    @property
    def dir(self) -> Path:
        """Its folder in the store."""
        return self.reader.run_dir

    @property
    def system_metrics(self) -> dict[str, float]:
        """Last value of each system metric, named `system.<metric>`."""
        reader = self.reader
        keys = reader.keys(internal=True)
        return {
            f"system.{key.removeprefix(SYSTEM_PREFIX)}": info.last
            for key, info in sorted(keys.items())
            if key.startswith(SYSTEM_PREFIX)
        }

    @property
    def history_keys(self) -> dict[str, Any]:
        """Which keys were logged: {"keys": {name: {type, count, first and last step, ...}}, "lastStep"}."""
        keys = {}
        for key, info in sorted(self.reader.keys().items()):
            entry: dict[str, Any] = {"typeCounts": [{"type": kind} for kind in sorted(info.kinds)]}
            if info.n:
                entry |= {"count": info.n, "firstStep": info.first_step, "lastStep": info.last_step}
                entry |= {"min": info.min, "max": info.max, "previousValue": info.last}
            keys[key] = entry
        return {"keys": keys, "lastStep": self.reader.last_step}

    def history(
        self,
        samples: int = 500,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        pandas: bool = True,
        stream: Literal["default", "system"] = "default",
    ) -> Any:
        """What was logged, sampled so that the extremes of each metric stay.

        Args:
            samples: about how many rows at most; rows are real ones, never means.
            keys: these only, and only rows that hold all of them; None for everything.
            x_axis: a key that each row must also hold, `_step` or a metric.
            pandas: a DataFrame if pandas is installed, else a list of dicts.
            stream: "system" for system metrics, by `_runtime`.

        Returns:
            Media are given as W&B's JSON (`_type`, `sha256`, `path`, ...); `media()` loads them.

        Raises:
            UsageError: an argument cannot be used.

        Example:
            >>> run.history(keys=["loss", "acc"]).plot(x="_step")
        """
        rows = self.rows(keys, x_axis=x_axis, stream=stream).sampled(_samples(samples))
        if pandas and pandas_installed():
            return rows.to_pandas()
        return list(rows.records())

    def scan_history(
        self,
        keys: Sequence[str] | None = None,
        page_size: int = 1000,
        min_step: int | None = None,
        max_step: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Every row, unsampled.

        Args:
            keys: only rows that hold all of these; None for all rows.
            page_size: rows that are made at a time.
            min_step: first step, included.
            max_step: last step, excluded.

        Example:
            >>> losses = [row["loss"] for row in run.scan_history(keys=["loss"])]
        """
        return self.rows(keys, min_step=min_step, max_step=max_step).records(page_size)

    def to_arrow(self, keys: Sequence[str] | None = None) -> Any:
        """The whole history as a `pyarrow.Table`; media as JSON text.

        Args:
            keys: only rows that hold all of these; None for all rows.
        """
        return self.rows(keys).to_arrow()

    def rows(
        self,
        keys: Sequence[str] | None = None,
        *,
        x_axis: str = "_step",
        stream: str = "default",
        min_step: int | None = None,
        max_step: int | None = None,
    ) -> Rows:
        """The history before it is turned into a DataFrame, dicts or Arrow."""
        if isinstance(keys, str) or (keys is not None and not all(isinstance(k, str) for k in keys)):
            raise UsageError(f"keys must be a list of str, got {keys!r}")
        if not isinstance(x_axis, str):
            raise UsageError(f"x_axis must be a str, got {x_axis!r}")
        if stream not in {"default", "system"}:
            raise UsageError(f"stream must be 'default' or 'system', got {stream!r}")
        reader = self.reader
        if stream == "system":
            return Rows.read_system(reader, keys)
        self._warn_of_unknown(reader, [*(keys or ()), x_axis])
        return Rows.read(reader, keys, x_axis=x_axis, min_step=min_step, max_step=max_step)

    def media(self, key: str, step: int | None = None) -> list[Media]:
        """Load the media that were logged under `key` at one step.

        Args:
            key: a key of the run.
            step: the step; None for the last that has any.

        Returns:
            `nbtrack.Image`, `nbtrack.Histogram`, ...: one, or as many as the logged list had. Empty when only
            other things were logged under `key`.

        Raises:
            NotFoundError: nothing was logged under `key`, or no media at `step`.

        Example:
            >>> run.media("samples", step=40)[0].to_pil()
        """
        from nbtrack.media.registry import load

        reader = self.reader
        every = [row for row in reader.objects(key) if row.kind != "json"]
        if not every:
            if key not in (known := reader.keys(internal=True)):
                raise NotFoundError(f"run {self.id!r} never logged {key!r}{near(key, known)}")
            return []
        chosen = max(row.step for row in every) if step is None else step
        rows = sorted((row for row in every if row.step == chosen), key=lambda row: row.idx)
        if not rows:
            nearest = min((row.step for row in every), key=lambda other: abs(other - chosen))
            raise NotFoundError(
                f"run {self.id!r} holds no media under {key!r} at step {chosen}; "
                f"the nearest step is {nearest}"
            )
        if any(row.pending for row in rows):
            raise NotFoundError(
                f"{key!r} at step {chosen} of run {self.id!r} is still being encoded; try again"
            )
        if rows[-1].count == UNENDING:
            rows = rows[-1:]  # the last increment stands for all
        blobs = [None if row.blob is None else reader.blob(row.blob) for row in rows]
        return [
            load(row.kind, with_increments(row, every), blob, reader.blob)
            for row, blob in zip(rows, blobs, strict=True)
        ]

    def files(
        self, names: Sequence[str] | None = None, pattern: str | None = None, per_page: int = 50
    ) -> list[File]:
        """Saved files, and logged media under W&B's names (`media/images/<key>_<step>_<hash>.png`).

        Args:
            names: only these.
            pattern: only those that match; `%` and `*` stand for any characters.
            per_page: accepted for W&B's sake; everything is local.
        """
        del per_page
        return list(run_files(self.reader, names, pattern))

    def file(self, name: str) -> File:
        """One file by name.

        Raises:
            NotFoundError: no such file.
        """
        reader = self.reader
        for file in run_files(reader, [name]):
            return file
        raise NotFoundError(
            f"run {self.id!r} has no file {name!r}{near(name, [f.name for f in run_files(reader)])}"
        )

    def console_logs(self, per_page: int = 1000, last: int | None = None) -> list[ConsoleLine]:
        """What it printed, oldest first.

        Args:
            per_page: accepted for W&B's sake.
            last: only the last so many pieces.
        """
        del per_page
        lines = self.reader.console()
        return lines if last is None else lines[-last:] if last > 0 else []

    def _warn_of_unknown(self, reader: RunReader, keys: Iterable[str]) -> None:
        known = reader.keys(internal=True)
        for key in keys:
            if key not in known and key not in {"_step", "_runtime", "_timestamp", "_cell"}:
                warnings.warn(
                    f"run {self.id!r} never logged {key!r}{near(key, known)}", NbtrackWarning, stacklevel=4
                )


def pandas_installed() -> bool:
    """Whether pandas is there; says so once when it is not."""
    global _told
    found = find_spec("pandas") is not None
    if not found and not _told:
        _told = True
        warnings.warn(
            "pandas is not installed: histories are given as lists of dicts (pandas=False asks for them)",
            NbtrackWarning,
            stacklevel=4,
        )
    return found


_told = False


def near(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names what `name` may stand for, "" when nothing is like it."""
    alike = get_close_matches(name, list(known), n=3)
    return f"; did you mean {', '.join(map(repr, alike))}?" if alike else ""


def _samples(samples: object) -> int:
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1:
        raise UsageError(f"samples must be a positive int, got {samples!r}")
    return samples
