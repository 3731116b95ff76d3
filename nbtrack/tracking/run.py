"""A run: what `init()` returns and `log()` writes to.

`log()` writes at once, with the run's current step; `commit` only moves the step. So nothing is ever pending
in memory, rows of a late step join their step, and several writers need no coordination (`docs/design.md`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from time import time
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

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
from nbtrack.tracking.saving import Saving
from nbtrack.tracking.shown import Shown
from nbtrack.tracking.steps import Cursor
from nbtrack.tracking.stopping import StopWatch
from nbtrack.tracking.summary import Summary
from nbtrack.tracking.term import termerror, termlog, termwarn

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from nbtrack.store.journal import Journal
    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json, MetricDefinition, RunMeta
    from nbtrack.store.reader import RunReader
    from nbtrack.tracking.files import Saved
    from nbtrack.tracking.settings import Settings

#: seconds after which `finish()` says what it waits for
PATIENCE_S = 2.0

Stop = Callable[[], None]


class Run(Rows, Saving, Shown, Later):
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
        self._stops: list[Stop] = [StopWatch(run_dir, self._cursor.stop).end]
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
