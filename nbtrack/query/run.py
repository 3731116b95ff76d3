"""A run as `Api` gives it: everything that was recorded, and the few things that may still be changed."""

from __future__ import annotations

import time
import warnings
from copy import deepcopy
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from nbtrack.display import mimebundle
from nbtrack.errors import NbtrackWarning, NotFoundError, UsageError
from nbtrack.query.edits import Edit, write_edits
from nbtrack.query.files import File, run_files
from nbtrack.query.history import Rows
from nbtrack.query.summary import Pending, Summary
from nbtrack.store.model import SYSTEM_PREFIX, ConsoleLine, Json, RunRow, RunState
from nbtrack.store.reader import RunReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nbtrack.media.base import Media
    from nbtrack.store.layout import Store
    from nbtrack.store.protocols import Catalog

_EDITABLE = {"name": "name", "notes": "notes", "group": "group", "job_type": "job_type"}
_ENDED: frozenset[RunState] = frozenset({"finished", "failed", "crashed"})

#: reader -> revision up to which no medium waits for an encoder that died
_settled: WeakKeyDictionary[RunReader, int] = WeakKeyDictionary()


def fresh_reader(store: Store, run_id: str) -> RunReader:
    """Return the reader of a run, up to date, with the media of a killed writer encoded.

    Raises:
        NotFoundError: no such run.
    """
    reader = RunReader.of(store, run_id)
    reader.refresh()
    if _settled.get(reader) != reader.revision and reader.state() in _ENDED:
        if any(row.pending for row in reader.objects()):
            from nbtrack.tracking.recover import recover

            recover(store, run_id)
            reader.refresh()
        _settled[reader] = reader.revision
    return reader


class Run:
    """A recorded run, running or not. Made by `Api.run` and `Api.runs`.

    `name`, `notes`, `tags`, `group`, `job_type` and `config` may be changed; `update()` (or `save()`) writes
    the changes, also of a run that finished long ago. The rest is read-only.

    Example:
        >>> run = nbtrack.Api().run("digits/3f9a1c2e")
        >>> run.history(keys=["loss"])
    """

    def __init__(self, store: Store, catalog: Catalog, row: RunRow) -> None:
        self._store = store
        self._catalog = catalog
        self._opened: RunReader | None = None
        self._show(row)

    def _show(self, row: RunRow) -> None:
        self._row = row
        self._pending: Pending | None = None
        self._names: dict[str, str] = {
            "name": row.meta.name,
            "notes": row.meta.notes,
            "group": row.meta.group,
            "job_type": row.meta.job_type,
        }
        self._tags = list(row.meta.tags)
        self._config: dict[str, Any] = deepcopy(row.config)

    # ---- what it is ---------------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Unique in the store."""
        return self._row.meta.id

    @property
    def name(self) -> str:
        """Display name; settable."""
        return self._names["name"]

    @name.setter
    def name(self, value: str) -> None:
        self._names["name"] = _str("name", value)

    @property
    def notes(self) -> str:
        """Free text; settable."""
        return self._names["notes"]

    @notes.setter
    def notes(self, value: str) -> None:
        self._names["notes"] = _str("notes", value)

    description = notes

    @property
    def group(self) -> str:
        """Group; settable."""
        return self._names["group"]

    @group.setter
    def group(self, value: str) -> None:
        self._names["group"] = _str("group", value)

    @property
    def job_type(self) -> str:
        """What kind of work it did ("train", "eval"); settable."""
        return self._names["job_type"]

    @job_type.setter
    def job_type(self, value: str) -> None:
        self._names["job_type"] = _str("job_type", value)

    jobType = job_type  # noqa: N815 (W&B's name)

    @property
    def tags(self) -> list[str]:
        """Tags; settable, and the list may be changed in place before `update()`."""
        return self._tags

    @tags.setter
    def tags(self, value: Iterable[str]) -> None:
        if isinstance(value, str):
            raise UsageError(f"tags must be a list of str, got the str {value!r}")
        self._tags = list(dict.fromkeys(_str("tags", tag) for tag in value))

    @property
    def config(self) -> dict[str, Any]:
        """What `init(config=...)` and `run.config` hold; changes in place are written by `update()`."""
        return self._config

    @property
    def rawconfig(self) -> dict[str, Any]:
        """The config as W&B stores it: each value in a dict of its own."""
        return {key: {"value": value} for key, value in self._config.items()}

    @property
    def entity(self) -> str:
        """Entity, "" when none was given."""
        return self._row.meta.entity

    @property
    def project(self) -> str:
        """Project."""
        return self._row.meta.project

    @property
    def path(self) -> list[str]:
        """[entity, project, id]."""
        return [self.entity, self.project, self.id]

    @property
    def user(self) -> str:
        """Who ran it, "" when unknown."""
        return str(self._row.meta.other.get("user") or "")

    @property
    def url(self) -> None:
        """None: nothing is served at an address."""
        return

    @property
    def state(self) -> RunState:
        """`running`, `stalled` (silent for two minutes), `crashed`, `failed` or `finished`; see `load`."""
        return self._row.state

    @property
    def created_at(self) -> str:
        """When it began, ISO 8601, UTC."""
        return _iso(self._row.meta.created)

    @property
    def heartbeat_at(self) -> str:
        """Its last sign of life, ISO 8601, UTC."""
        return _iso(self._row.meta.heartbeat)

    createdAt = created_at  # noqa: N815 (W&B's names)
    heartbeatAt = heartbeat_at  # noqa: N815

    @property
    def duration(self) -> float:
        """Seconds from its beginning to its last sign of life."""
        return self._row.duration

    @property
    def lastHistoryStep(self) -> int:  # noqa: N802 (W&B's name)
        """Last step that was logged, -1 when none was."""
        return self._row.last_step

    @property
    def metadata(self) -> dict[str, Any]:
        """Host, program, git state, Python and whatever else was recorded about the surroundings."""
        return {"host": self._row.meta.host, **self._row.meta.other}

    @property
    def deleted(self) -> bool:
        """Whether `delete()` was called; `undelete()` brings it back."""
        return self._row.meta.deleted_at is not None

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

    # ---- what was logged ----------------------------------------------------------------------------------

    @property
    def summary(self) -> Summary:
        """Final values: a dict that may be changed and written back with `summary.update()`.

        Example:
            >>> run.summary["tensor"] = np.random.random(1000)
            >>> run.summary.update()
        """
        if self._pending is None:
            self._pending = Pending(
                self._row.summary,
                blob=self._blob,
                keep=self._store.put_blob,
                commit=self._write,
            )
        return Summary(self._pending)

    @property
    def summary_metrics(self) -> dict[str, Any]:
        """The summary as plain JSON."""
        return dict(self._row.summary)

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

    def media(self, key: str, step: int | None = None) -> Media | list[Media]:
        """Load what was logged under `key`.

        Args:
            key: a key that holds media.
            step: the step; None for the last.

        Returns:
            An `nbtrack.Image`, `nbtrack.Histogram`, ..., or a list where a list was logged.

        Raises:
            NotFoundError: no medium there.

        Example:
            >>> run.media("samples", step=40)[0].to_pil()
        """
        from nbtrack.media.registry import load

        reader = self.reader
        every = [row for row in reader.objects(key) if row.kind != "json"]
        steps = sorted({row.step for row in every})
        if not steps:
            raise NotFoundError(
                f"run {self.id!r} holds no media under {key!r}{_near(key, _media_keys(reader))}"
            )
        if step is None:
            step = steps[-1]
        rows = sorted((row for row in every if row.step == step), key=lambda row: row.idx)
        if not rows:
            near = min(steps, key=lambda s: abs(s - step))
            raise NotFoundError(
                f"run {self.id!r} holds no media under {key!r} at step {step}; the nearest step is {near}"
            )
        loaded = []
        for row in rows:
            if row.blob is None and row.pending is not None:
                raise NotFoundError(f"{key!r} at step {step} is still being encoded; try again")
            loaded.append(load(row.kind, row.meta, None if row.blob is None else reader.blob(row.blob)))
        return loaded[0] if rows[0].count == 0 else loaded

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
            f"run {self.id!r} has no file {name!r}{_near(name, [f.name for f in run_files(reader)])}"
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

    # ---- changes ------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Write changes of name, notes, tags, group, job type, config and summary to the store.

        Works on finished runs too: the edit is a stream of its own, merged by whoever reads.
        """
        meta = self._row.meta
        edits = [
            Edit("set", ("run", path), self._names[name])
            for name, path in _EDITABLE.items()
            if self._names[name] != getattr(meta, name)
        ]
        if tuple(self._tags) != meta.tags:
            edits.append(Edit("set", ("run", "tags"), [_str("tags", tag) for tag in self._tags]))
        edits += _config_edits(self._row.config, self._config)
        if edits:
            self._write(edits)
        if self._pending is not None:
            self._pending.flush()

    save = update

    def delete(self, delete_artifacts: bool = False) -> None:
        """Hide the run; nothing is removed, and `undelete()` brings it back.

        Args:
            delete_artifacts: accepted for W&B's sake.
        """
        del delete_artifacts
        self._write([Edit("set", ("run", "deleted_at"), time.time())])

    def undelete(self) -> None:
        """Undo `delete()`."""
        self._write([Edit("set", ("run", "deleted_at"), None)])

    def load(self, force: bool = False) -> Run:
        """Read the run's name, state, config and summary again; edits that were not written are dropped.

        Args:
            force: without it, only when the run has not ended.
        """
        if force or self.state not in _ENDED:
            self._show(self._recorded())
        return self

    def _recorded(self) -> RunRow:
        self._catalog.refresh([self.id])
        row = self._catalog.run(self.id)
        if row is None:
            raise NotFoundError(f"run {self.id!r} is no longer in {self._store.root}")
        return row

    def wait_until_finished(self, timeout: float | None = None) -> None:
        """Return when the run has finished, failed or crashed.

        Args:
            timeout: seconds to wait at most; None for ever.

        Raises:
            TimeoutError: it still runs after `timeout` seconds.
        """
        until = None if timeout is None else time.monotonic() + timeout
        pause = 0.05
        while self.load(force=True).state not in _ENDED:
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"run {self.id!r} is still {self.state} after {timeout} s")
            time.sleep(pause if until is None else max(0.0, min(pause, until - time.monotonic())))
            pause = min(2 * pause, 2.0)

    def _blob(self, sha: str) -> bytes:
        return self.reader.blob(sha)

    def _write(self, edits: list[Edit]) -> None:
        write_edits(self._store, self.id, self._row.meta.created, edits)
        self._row = self._recorded()  # what was changed but is not written yet stays as it is

    # ---- display ------------------------------------------------------------------------------------------

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """Show the run's panel below the cell; False outside of a notebook.

        Args:
            height: accepted for W&B's sake; the panel is as high as what it shows.
            hidden: accepted for W&B's sake.
        """
        del height, hidden
        try:
            from IPython.core.getipython import get_ipython
            from IPython.display import display
        except ImportError:
            return False
        if get_ipython() is None:
            return False
        display(self)  # type: ignore[no-untyped-call]
        return True

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """A picture of the run as HTML without scripts.

        Args:
            height: accepted for W&B's sake.
            hidden: wrapped in a closed `<details>`.
        """
        del height
        html = str(mimebundle("run", self)[0]["text/html"])
        return f"<details><summary>nbtrack run</summary>{html}</details>" if hidden else html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("run", self)

    def __repr__(self) -> str:
        return f"<Run {'/'.join(part for part in self.path if part)} ({self.state})>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (self._store.store_id, self.id) == (
            other._store.store_id,
            other.id,
        )

    def __hash__(self) -> int:
        return hash((self._store.store_id, self.id))

    def _warn_of_unknown(self, reader: RunReader, keys: Iterable[str]) -> None:
        known = reader.keys(internal=True)
        for key in keys:
            if key not in known and key not in {"_step", "_runtime", "_timestamp", "_cell"}:
                warnings.warn(
                    f"run {self.id!r} never logged {key!r}{_near(key, known)}", NbtrackWarning, stacklevel=4
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


def _config_edits(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Edit]:
    from nbtrack.tracking.values import to_json

    edits = []
    for key, value in after.items():
        plain: Json = to_json(value, _str("config", key))
        if key not in before or before[key] != plain:
            edits.append(Edit("set", ("config", key), plain))
    return edits + [Edit("del", ("config", key), None) for key in before if key not in after]


def _media_keys(reader: RunReader) -> list[str]:
    return [key for key, info in reader.keys().items() if info.kinds - {"number", "json"}]


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3)
    return f"; did you mean {', '.join(map(repr, near))}?" if near else ""


def _samples(samples: object) -> int:
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1:
        raise UsageError(f"samples must be a positive int, got {samples!r}")
    return samples


def _str(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a str, got {value!r}")
    return value


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
