"""A run as `Api` gives it: everything that was recorded, and the few things that may still be changed."""

from __future__ import annotations

import time
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.display import display_panel, mimebundle
from nbtrack.errors import NotFoundError, UnsupportedError, UsageError
from nbtrack.query.edits import Edit, write_edits
from nbtrack.query.files import File, add_file
from nbtrack.query.media import class_labels
from nbtrack.query.recorded import ENDED, RecordedRun
from nbtrack.query.summary import Pending, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json, RunRow, RunState
    from nbtrack.store.protocols import Catalog

_TEXTS = ("name", "notes", "group", "job_type")

#: W&B's calls that belong to parts of nbtrack which do not exist yet
_LATER: dict[str, str] = {
    "beta_scan_history": "export of histories as Parquet files (use to_arrow)",
    "download_history_exports": "export of histories as Parquet files (use to_arrow)",
    "log_artifact": "artifacts",
    "logged_artifacts": "artifacts",
    "use_artifact": "artifacts",
    "used_artifacts": "artifacts",
}


class Run(RecordedRun):
    """A recorded run, running or not. Made by `Api.run` and `Api.runs`.

    `name`, `notes`, `tags`, `group`, `job_type` and `config` may be changed; `update()` (or `save()`) writes
    the changes, also of a run that finished long ago. The rest is read-only.

    Example:
        >>> run = nbtrack.Api().run("digits/3f9a1c2e")
        >>> run.history(keys=["loss"])
    """

    def __init__(self, store: Store, catalog: Catalog, row: RunRow) -> None:
        super().__init__(store, row.meta.id)
        self._catalog = catalog
        self._show(row)

    def _show(self, row: RunRow) -> None:
        self._row = row
        self._pending: Pending | None = None
        self._names: dict[str, str] = {name: getattr(row.meta, name) for name in _TEXTS}
        self._tags = list(row.meta.tags)
        self._config: dict[str, Any] = deepcopy(row.config)

    # ---- what it is ---------------------------------------------------------------------------------------

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
        """The config as W&B stores it: each value in a dict of its own; `_wandb` holds class labels."""
        labels = class_labels(self.reader.objects(), self.reader.blob)
        own = {"_wandb": labels} if labels else {}
        return {key: {"value": value} for key, value in {**self._config, **own}.items()}

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

    # ---- changes ------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Write changes of name, notes, tags, group, job type, config and summary to the store.

        Works on finished runs too: the edit is a stream of its own, merged by whoever reads.
        """
        meta = self._row.meta
        edits = [
            Edit("set", ("run", name), self._names[name])
            for name in _TEXTS
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

    def upload_file(self, path: str | PathLike[str], root: str | PathLike[str] = ".") -> File:
        """Copy a file into the run, under its path relative to `root`.

        Args:
            path: the file; relative paths start from the working folder.
            root: the folder that its name leaves out.

        Raises:
            UsageError: the file is outside of `root`.
            FileNotFoundError: there is no such file.
        """
        return add_file(self.dir, Path(path), Path(root))

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

    def stop(self) -> None:
        """Ask a live run to end: its next `log()` raises `nbtrack.RunStopped` and finishes it.

        It hears of it within a few seconds, on another machine that shares the store too. Its state is
        "finished" then; `metadata["stop"]` says when it was asked to.

        Raises:
            UsageError: the run has ended.
        """
        state = self._recorded().state
        if state in ENDED:
            raise UsageError(f"run {self.name or self.id!r} does not run: it is {state}")
        self._write([Edit("set", ("run", "stop"), time.time())])

    def load(self, force: bool = False) -> Run:
        """Read the run's name, state, config and summary again; edits that were not written are dropped.

        Args:
            force: without it, only when the run has not ended.
        """
        if force or self.state not in ENDED:
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
        while self.load(force=True).state not in ENDED:
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
        display(self)
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

    def _ipython_display_(self) -> None:
        display_panel(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("run", self)

    def __repr__(self) -> str:
        return f"<Run {'/'.join(part for part in self.path if part)} ({self.state})>"

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name not in _LATER:
            raise AttributeError(f"'Run' object has no attribute {name!r}")

        def unsupported(*args: object, **kwargs: object) -> NoReturn:  # noqa: ARG001
            raise UnsupportedError(f"Run.{name}: this nbtrack does not have {_LATER[name]} yet")

        return unsupported

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (self._store.store_id, self.id) == (
            other._store.store_id,
            other.id,
        )

    def __hash__(self) -> int:
        return hash((self._store.store_id, self.id))


def _config_edits(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Edit]:
    from nbtrack.tracking.values import to_json

    edits = []
    for key, value in after.items():
        plain: Json = to_json(value, _str("config", key))
        if key not in before or before[key] != plain:
            edits.append(Edit("set", ("config", key), plain))
    return edits + [Edit("del", ("config", key), None) for key in before if key not in after]


def _str(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a str, got {value!r}")
    return value


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
