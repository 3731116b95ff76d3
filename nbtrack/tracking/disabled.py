"""`mode="disabled"`: a run that takes everything and records nothing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.errors import LogTypeError, UsageError
from nbtrack.store.derive import put_in
from nbtrack.store.layout import new_id
from nbtrack.store.model import RunMeta
from nbtrack.tracking import current
from nbtrack.tracking.config import Config
from nbtrack.tracking.metrics import Metric, MetricTable, parse
from nbtrack.tracking.run import Run
from nbtrack.tracking.steps import Cursor, check_step
from nbtrack.tracking.summary import Summary

if TYPE_CHECKING:
    from nbtrack.store.model import RunState
    from nbtrack.tracking.settings import Settings


class DisabledRun(Run):
    """What `init(mode="disabled")` returns: config and summary work in memory, no file is made."""

    def __init__(self, settings: Settings, config: Mapping[str, Any]) -> None:
        run_id = settings.run_id or new_id()
        self._meta = RunMeta(
            run_id,
            project=settings.project or "dummy",
            entity=settings.entity or "",
            name=settings.run_name or f"dummy-{run_id}",
            notes=settings.run_notes or "",
            tags=settings.run_tags or (),
            group=settings.run_group or "",
            job_type=settings.run_job_type or "",
            created=time.time(),
        )
        self._settings = settings
        self._resumed = False
        self._starting_step = 0
        self._finished = False
        self._exit_code = None
        self._pid = os.getpid()
        self._values: dict[str, Any] = {}
        self._cursor = Cursor(_nothing, 0)
        self._metrics = MetricTable()
        self._stops: list[Any] = []
        self._config = Config(config, allow_val_change=True)
        self._summary = Summary(lambda: self._values, self._set_summary, lambda _data: "")

    @property
    def disabled(self) -> bool:
        """True: nothing is recorded."""
        return True

    @property
    def store(self) -> NoReturn:
        """Raises: a disabled run is in no store."""
        raise UsageError("a run with mode='disabled' is in no store")

    journal = reader = panel = store

    @property
    def dir(self) -> str:
        """A temporary folder."""
        return tempfile.gettempdir()

    def log(
        self,
        data: Mapping[str, Any],
        step: int | None = None,
        commit: bool | None = None,
        sync: bool | None = None,  # noqa: ARG002
    ) -> None:
        """Put the values into the summary as they are; only the types of `data` and its keys are checked."""
        self._check_open("log")
        if not isinstance(data, Mapping):
            raise LogTypeError(f"nbtrack.log must be passed a dictionary, not {type(data).__name__}")
        for key in data:
            if not isinstance(key, str):
                raise LogTypeError(f"Key values passed to `nbtrack.log` must be strings, not {key!r}")
        self._cursor.move(check_step(step), commit)
        self._values.update(data)

    def define_metric(self, *args: Any, **kwargs: Any) -> Metric:
        """Check the arguments and return the definition."""
        if "objective" in kwargs:
            kwargs["goal"] = kwargs.pop("objective")
        fields = parse(*args, **kwargs)
        return Metric(self._metrics.define(fields, overwrite=bool(kwargs.get("overwrite"))))

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:  # noqa: ARG002
        """End it."""
        if not self._finished:
            self._exit_code = exit_code or 0
            self._finished = True
            current.forget(self)

    def alert(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing."""

    write_logs = watch = unwatch = log_code = restore = use_artifact = link_artifact = alert  # type: ignore[assignment]
    log_model = link_model = finish_artifact = alert  # type: ignore[assignment]

    def save(self, *_args: Any, **_kwargs: Any) -> bool:  # type: ignore[override]
        """False: nothing is kept."""
        return False

    def log_artifact(self, artifact_or_path: Any, *_args: Any, **_kwargs: Any) -> Any:
        """Return what was given."""
        return artifact_or_path

    upsert_artifact = log_artifact

    def use_model(self, name: str) -> str:  # type: ignore[override]
        """Return what was given."""
        return name

    def status(self) -> RunState:
        """running, or finished."""
        return "finished" if self._finished else "running"

    def display(self, height: int = 420, hidden: bool = False) -> bool:  # noqa: ARG002
        """False: there is nothing to show."""
        return False

    def to_html(self, height: int = 420, hidden: bool = False) -> str:  # noqa: ARG002
        """A line that says so."""
        return "<p>This run is disabled; nothing was recorded.</p>"

    def _ipython_display_(self) -> None:
        raise NotImplementedError  # a line of text, below

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return {"text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<nbtrack.Run {self.name!r}, disabled: nothing is recorded>"

    def __reduce__(self) -> Any:
        return DisabledRun, (self._settings, self._config.as_dict())

    def _describe(self, name: str, value: Any) -> None:
        """Nothing is written; the property keeps the value."""

    def _set_summary(self, op: str, path: tuple[str, ...], value: Any) -> None:
        put_in(self._values, path, value, deleted=op == "del")


def _nothing(*_args: Any) -> None:
    """The journal of a run that has none."""
