"""A run: what `init()` returns and `log()` writes to.

`log()` writes at once, with the run's current step; `commit` only moves the step. So nothing is ever pending
in memory, rows of a late step join their step, and several writers need no coordination (`docs/design.md`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from time import time
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from nbtrack.display import display_panel, mimebundle
from nbtrack.errors import (
    NotFoundError,
    StoreError,
)
from nbtrack.store.frames import encode_obj
from nbtrack.tracking import alerts, cells, current, hooks
from nbtrack.tracking.config import Config
from nbtrack.tracking.encoding import Encoder
from nbtrack.tracking.later import Later
from nbtrack.tracking.metrics import Metric, MetricTable, parse
from nbtrack.tracking.rows import Rows
from nbtrack.tracking.steps import Cursor
from nbtrack.tracking.summary import Summary
from nbtrack.tracking.term import termerror, termlog, termwarn

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from nbtrack.store.journal import Journal
    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json, MetricDefinition, RunMeta, RunState
    from nbtrack.store.reader import RunReader
    from nbtrack.tracking.files import Saved
    from nbtrack.tracking.settings import Settings

#: seconds after which `finish()` says what it waits for
PATIENCE_S = 2.0

Stop = Callable[[], None]


class Run(Rows, Later):
    """One training run. Made by `nbtrack.init()`, never by hand.

    Writing to it goes to disk before the call returns. Use it as a context manager, or call `finish()`; a
    process that ends without either finishes its runs on the way out.

    Example:
        >>> with nbtrack.init(project="digits", config={"lr": 1e-3}) as run:  # doctest: +SKIP
        ...     run.log({"loss": 0.3})
    """

    def __init__(
        self,
        *,
        store: Store,
        run_dir: Path,
        journal: Journal,
        open_spool: Callable[[], Any],
        meta: RunMeta,
        settings: Settings,
        step: int = 0,
        resumed: bool = False,
        owner: bool = True,
        allow_val_change: bool = False,
        metrics: Mapping[str, MetricDefinition] | None = None,
    ) -> None:
        self._store = store
        self._run_dir = run_dir
        self._journal = journal
        self._meta = meta
        self._settings = settings
        self._resumed = resumed
        #: whether the end of this process's part is the end of the run
        self._owner = owner
        self._pid = os.getpid()
        self._starting_step = step
        self._finished = False
        self._exit_code: int | None = None
        self._reader: RunReader | None = None
        self._cursor = Cursor(journal.rows, step)
        self._encoder = Encoder(journal, open_spool)
        self._metrics = MetricTable(metrics)
        self._limiter = alerts.AlertLimiter()
        self._saved: list[Saved] = []
        self._stops: list[Stop] = []
        self._config = Config(record=self._record_config, allow_val_change=allow_val_change)
        self._summary = Summary(self._read_summary, self._record_summary, self._keep)
        _open_runs.add(self)

    # ---- who it is

    @property
    def store(self) -> Store:
        """The store that holds it."""
        return self._store

    @property
    def journal(self) -> Journal:
        """This process's log of the run."""
        return self._journal

    @property
    def reader(self) -> RunReader:
        """Reads the run as everybody else sees it: all its writers, from disk."""
        if self._reader is None:
            from nbtrack.store.reader import RunReader

            self._reader = RunReader.of(self._store, self._meta.id)
        return self._reader

    @property
    def config(self) -> Config:
        """Its inputs: a dict whose keys are attributes too."""
        return self._config

    @config.setter
    def config(self, values: object) -> None:
        self._config.update(values)

    @property
    def config_static(self) -> Mapping[str, Any]:
        """The config as it is now, read-only."""
        return MappingProxyType(self._config.as_dict())

    @property
    def summary(self) -> Summary:
        """One value a key: the last, or what `define_metric` or you say."""
        return self._summary

    @property
    def panel(self) -> Any:
        """The live panel of this run."""
        return import_module("nbtrack.panels.run").panel_of(self)

    # ---- what it means

    def define_metric(
        self,
        name: str,
        step_metric: str | Metric | None = None,
        step_sync: bool | None = None,
        hidden: bool | None = None,
        summary: str | None = None,
        goal: str | None = None,
        overwrite: bool | None = None,
        objective: str | None = None,
    ) -> Metric:
        """Say what a key means. It holds for rows that were logged before, too.

        Args:
            name: The key, or a glob that ends in "*"; an exact definition wins over globs.
            step_metric: Key to draw it over in place of the step.
            step_sync: Add the step metric's latest value to rows that lack it. Default: True with
                `step_metric`.
            hidden: Leave it out of automatic panels. The data are kept.
            summary: Comma list of min, max, mean, first, last, best, none, copy: what the summary holds of
                it. NaN are skipped. Default: the last value.
            goal: minimize or maximize: what "best" is. Default: minimize.
            overwrite: Replace an earlier definition of this name; by default the new fields are merged into
                it.
            objective: Older name of `goal`.

        Returns:
            The definition, read-only.

        Raises:
            UsageError: a wrong type, an empty name, a "*" that is not at the end, an unknown operation or
                goal.

        Example:
            >>> run.define_metric("val/*", step_metric="epoch", summary="best,last")  # doctest: +SKIP
        """
        self._check_open("define_metric")
        fields = parse(name, step_metric, step_sync, hidden, summary, goal or objective, overwrite)
        definition = self._metrics.define(fields, overwrite=bool(overwrite))
        # Rows of these keys may have to be completed from now on.
        self._cursor.plans.clear()
        self._journal.meta("set", ["metric", definition.name], _definition_json(definition))
        return Metric(definition)

    def alert(
        self,
        title: str,
        text: str = "",
        level: str | alerts.AlertLevel | None = None,
        wait_duration: float | timedelta | None = None,
    ) -> None:
        """Say something that somebody should see; it is printed and kept with the run.

        Args:
            title: Up to 63 characters.
            text: The message.
            level: INFO (default), WARN or ERROR.
            wait_duration: Seconds (or a timedelta) during which the same title is not repeated; default 60.

        Raises:
            LogTypeError, LogValueError: for an argument outside of this.
        """
        self._check_open("alert")
        wait = alerts.validate(title, text, wait_duration)
        parsed = alerts.AlertLevel.parse(level)
        now = time()
        if not self._limiter.allows(title, wait, now):
            return
        cursor = self._cursor
        with cursor.lock:
            at = cursor.step
            n = cursor.alerts[1] if cursor.alerts[0] == at else 0
            cursor.alerts = (at, n + 1)
            value: dict[str, Json] = {"title": title, "text": text, "level": parsed.value}
            # a list that grows: the alerts of one step stand beside each other
            self._journal.append(encode_obj(at, now, alerts.ALERT_KEY, n, n + 1, alerts.ALERT_KIND, value))
        say = {"INFO": termlog, "WARN": termwarn, "ERROR": termerror}[parsed.value]
        say(f"{title}: {text}" if text else title)

    def mark_preempting(self) -> None:
        """Note that the machine will be taken away soon."""
        self._check_open("mark_preempting")
        self._describe("preempting", time())

    def pin_config_keys(self, keys: Sequence[str]) -> None:
        """Say which config keys are shown first."""
        self._check_open("pin_config_keys")
        self._describe("pinned_config", [str(key) for key in keys])

    # ---- files and code

    def save(
        self,
        glob_str: str | os.PathLike[str],
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
        glob: bool = True,
    ) -> list[str]:
        """Copy files into the run's folder.

        Args:
            glob_str: A path, or a pattern such as "checkpoints/*.pt".
            base_path: Folder that the kept paths are relative to; default: the pattern's own fixed folder
                when the path is absolute, else the working folder.
            policy: "now" copies now; "live" and "end" once more when the run finishes.
            glob: With False, `*` and `?` are ordinary characters.

        Returns:
            The paths of the copies.

        Raises:
            UsageError: an unknown policy, or a path outside of `base_path`.
        """
        self._check_open("save")
        from nbtrack.tracking import files

        saved = files.save(self._run_dir, glob_str, base_path, policy, glob=glob)
        if policy != "now":
            self._saved.append(saved)
        return saved.copies

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: str | None = None
    ) -> Any:
        """Copy a saved file back out of a run's folder and open it for reading.

        Args:
            name: Path of the file as it was saved.
            run_path: `entity/project/id` of another run of the store; default: this one.
            replace: Overwrite a file that is there.
            root: Folder to put it into; default: the working folder.

        Raises:
            NotFoundError: no such run or file.
        """
        from nbtrack.tracking import files

        return files.restore(self._store, self._run_dir, name, run_path, root, replace=replace)

    def log_code(
        self,
        root: str | os.PathLike[str] = ".",
        name: str | None = None,
        include_fn: Callable[..., bool] | None = None,
        exclude_fn: Callable[..., bool] | None = None,
    ) -> list[str]:
        """Copy source files into the run's folder, under `code/`.

        Args:
            root: Folder to search.
            name: Kept with the run; W&B's name of the code artifact.
            include_fn: `f(path)` or `f(path, root)`; default: Python files, requirements and Dockerfiles.
            exclude_fn: The same, for what to leave out; default: virtual environments and stores.

        Returns:
            The paths of the copies.
        """
        self._check_open("log_code")
        from nbtrack.tracking import files

        copies = files.log_code(self._run_dir, root, include_fn, exclude_fn)
        self._describe("code", {"root": os.fspath(root), "name": name, "files": len(copies)})
        return copies

    # ---- the end

    def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
        """End the run: wait until its media are encoded, and close its log.

        Args:
            exit_code: 0 (default) means finished, anything else failed.
            quiet: Do not print the closing lines.

        Harmless when called twice. In a forked child only the child's own part ends.
        """
        if self._finished:
            return
        self._exit_code = exit_code or 0
        forked = self.inherited
        for stop in [] if forked else self._stops:
            self._quietly(stop, "stop recording")
        for saved in [] if forked else self._saved:
            self._quietly(saved.again, "save files")
        self._drain()
        cursor = self._cursor
        with cursor.lock:
            object.__setattr__(self, "_finished", True)
            cursor.plans.clear()
        if forked:
            self._journal.close("fork", self._exit_code)
        else:
            self._journal.close("finish" if self._owner else "exit", self._exit_code)
        self._encoder.close()
        _open_runs.discard(self)
        if forked:
            return
        current.forget(self)
        if not (quiet or self._settings.silent or self._settings.quiet):
            self._quietly(self._print_footer, "print the summary")
        hooks.fire(hooks.run_finished, self)
        if self._owner and self._settings.seal:
            self._quietly(self._seal, "start sealing")

    join = finish

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish(exit_code=0 if error is None else exit_code_of(error))

    def _drain(self) -> None:
        left = self._encoder.drain(PATIENCE_S)
        if left:
            termlog(f"finishing {self.name!r}: {left} media are still being encoded")
            left = self._encoder.drain(max(0.0, self._settings.finish_timeout - PATIENCE_S))
        if left:
            termwarn(
                f"{left} media of run {self.id} are kept as raw bytes; `nbtrack tidy` or the next reader "
                "encodes them"
            )

    def _print_footer(self) -> None:
        from nbtrack.tracking.footer import footer

        termlog(footer(self, shown_elsewhere=cells.in_notebook() and bool(hooks.run_started)))

    def _seal(self) -> None:
        from nbtrack.store.tidy import spawn_sealer

        spawn_sealer(self._store, self.id)

    def _quietly(self, step: Callable[[], object], what: str) -> None:
        """Run one step of `finish()`: none may keep the others from being done."""
        try:
            step()
        except Exception as error:
            termwarn(f"could not {what} of run {self.id}: {type(error).__name__}: {error}")

    # ---- looking at it

    def status(self) -> RunState:
        """running, finished, failed or crashed, as a reader elsewhere sees it."""
        reader = self.reader
        reader.refresh()
        return reader.state()

    def write_logs(self, text: str) -> None:
        """Add text to the recorded console output."""
        self._check_open("write_logs")
        self._journal.text("stdout", text, time())

    def display(self, height: int = 420, hidden: bool = False) -> bool:  # noqa: ARG002
        """Show the panel below the cell; False outside notebooks. W&B's arguments change nothing."""
        if not cells.in_notebook():
            return False
        import_module("IPython.display").display(self)
        return True

    def to_html(self, height: int = 420, hidden: bool = False) -> str:  # noqa: ARG002
        """The run as a still, script-free page fragment."""
        reader = self.reader
        reader.refresh()
        return str(import_module("nbtrack.panels.still").run_still(reader))

    def _ipython_display_(self) -> None:
        display_panel(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("run", self)

    def __repr__(self) -> str:
        state = "finished" if self._finished else f"step {self.step}"
        return f"<nbtrack.Run {self.name!r} ({self.path}), {state}>"

    def get_url(self) -> None:
        """None, as `url`; W&B had it up to 0.28."""

    get_project_url = get_url
    get_sweep_url = get_url

    def project_name(self) -> str:
        """The project; W&B had it up to 0.28."""
        return self.project

    # ---- inside

    def add_stop(self, stop: Stop) -> None:
        """Have `stop` called when the run finishes (a recorder's own end)."""
        self._stops.append(stop)

    def continue_from(self, reader: RunReader) -> None:
        """Take over config and step metrics of what is on record already."""
        self._reader = reader
        self._config.restore(reader.config)
        for axis in self._metrics.axes:
            series = reader.series(axis)
            if len(series.values):
                value = float(series.values[-1])
                self._metrics.remember(axis, int(value) if series.dtype == "i" else value)

    def __reduce__(self) -> tuple[Callable[..., Run], tuple[Any, ...]]:
        # A worker process that is given the run writes to it by a log of its own.
        from nbtrack.tracking.init import attach

        return attach, (self.id, str(self._store.root), self.step)

    def _record_config(self, key: str, value: Json) -> None:
        self._check_open("config")
        self._journal.meta("set", ["config", key], value)

    def _record_summary(self, op: str, path: tuple[str, ...], value: Json) -> None:
        self._check_open("summary")
        self._journal.meta(op, ["summary", *path], value)

    def _read_summary(self) -> Mapping[str, Any]:
        try:
            reader = self.reader
        except (StoreError, NotFoundError) as error:
            termwarn(f"the summary of run {self.id} cannot be read: {error}", repeat=False)
            return {}
        reader.refresh()
        return reader.summary()

    def _keep(self, data: bytes) -> str:
        return self._journal.blob(data)

    def _after_fork(self) -> None:
        self._cursor.lock = threading.RLock()


def exit_code_of(error: BaseException) -> int:
    """The exit code of a process that ends by `error`."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    return 1


def _definition_json(definition: MetricDefinition) -> dict[str, Json]:
    return {
        "step_metric": definition.step_metric,
        "step_sync": definition.step_sync,
        "hidden": definition.hidden,
        "summary": list(definition.summary),
        "goal": definition.goal,
    }


#: held strongly: a run that nobody else holds any more goes on until the process ends, and is finished then
_open_runs: set[Run] = set()


def open_runs() -> list[Run]:
    """The unfinished runs of this process, oldest first."""
    return sorted(_open_runs, key=lambda run: run.start_time)


def _after_fork() -> None:
    for run in list(_open_runs):
        run._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
