"""A run: what `init()` returns and `log()` writes to.

`log()` writes at once, with the run's current step; `commit` only moves the step. So nothing is ever pending
in memory, rows of a late step join their step, and several writers need no coordination (`docs/design.md`).
"""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from time import time
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from nbtrack.display import mimebundle
from nbtrack.errors import (
    LogTypeError,
    LogValueError,
    NotFoundError,
    RunFinishedError,
    StoreError,
    UnsupportedError,
    UsageError,
    warn,
)
from nbtrack.store.frames import encode_obj
from nbtrack.tracking import alerts, cells, current, hooks
from nbtrack.tracking.config import Config
from nbtrack.tracking.encoding import Encoder
from nbtrack.tracking.metrics import Metric, MetricTable, parse
from nbtrack.tracking.summary import Summary
from nbtrack.tracking.term import termerror, termlog, termwarn
from nbtrack.tracking.values import EXACT_INT, letters_of, split

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from nbtrack.store.journal import Journal
    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution, Json, MetricDefinition, RunMeta, RunState
    from nbtrack.store.reader import RunReader
    from nbtrack.tracking.files import Saved
    from nbtrack.tracking.settings import Settings

#: largest step; one more must still fit a signed 64-bit integer
MAX_STEP = 2**63 - 2
#: sets of (keys, types) whose plan is remembered; beyond it (keys made of loop counters) the memory starts
#: anew
MAX_PLANS = 1024
#: seconds after which `finish()` says what it waits for
PATIENCE_S = 2.0

Stop = Callable[[], None]


class Cursor:
    """What changes with every `log()`; apart from `Run`, whose `__setattr__` is guarded and so slow."""

    __slots__ = ("alerts", "cell", "late", "lock", "plans", "rows", "step")

    def __init__(self, rows: Callable[..., None], step: int) -> None:
        self.rows = rows
        self.lock = threading.Lock()
        self.step = step
        self.late = 0
        self.cell: CellExecution | None = None
        #: (keys, types of the values) -> (dtype letters, positions of ints) of rows that need no conversion
        self.plans: dict[tuple[tuple[str, ...], tuple[type, ...]], tuple[str, tuple[int, ...]]] = {}
        #: step of the latest alert, and how many it has
        self.alerts = (-1, 0)

    def move(self, step: int | None, commit: bool | None) -> tuple[int, bool]:
        """Say at which step to write and whether that is late; move the step. The lock is held."""
        current = self.step
        if step is None:
            if commit is None or commit:
                self.step = current + 1
            return current, False
        if step < current:
            self.late += 1
            return step, True
        self.step = step + 1 if commit else step
        return step, False


class Run:
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
    def id(self) -> str:
        """Unique in its store."""
        return self._meta.id

    @property
    def name(self) -> str:
        """Name for people; need not be unique. Can be set."""
        return self._meta.name

    @name.setter
    def name(self, name: str) -> None:
        self._describe("name", _text("name", name))
        self._meta.name = name

    @property
    def notes(self) -> str:
        """Free text. Can be set."""
        return self._meta.notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        notes = _text("notes", notes or "")
        self._describe("notes", notes)
        self._meta.notes = notes

    @property
    def tags(self) -> tuple[str, ...]:
        """Labels without order, each once. Can be set, also by `run.tags += ("new",)`."""
        return self._meta.tags

    @tags.setter
    def tags(self, tags: Iterable[str] | str | None) -> None:
        try:
            checked = check_tags(tags)
        except UsageError as error:  # in the middle of a training only a warning, as in W&B
            warn(f"run.tags stays {self._meta.tags}: {error}")
            return
        self._describe("tags", list(checked))
        self._meta.tags = checked

    @property
    def entity(self) -> str:
        """Whose it is; any text, "" when it was not said."""
        return self._meta.entity

    @property
    def project(self) -> str:
        """Project it belongs to."""
        return self._meta.project

    @property
    def path(self) -> str:
        """`entity/project/id`, without parts that are empty."""
        return "/".join(part for part in (self.entity, self.project, self.id) if part)

    @property
    def group(self) -> str:
        """Runs of one experiment share it."""
        return self._meta.group

    @property
    def job_type(self) -> str:
        """Role inside its group, such as "train" or "eval"."""
        return self._meta.job_type

    @property
    def start_time(self) -> float:
        """Unix seconds of its creation."""
        return self._meta.created

    @property
    def starting_step(self) -> int:
        """The step it began with: 0, or the one after the last of a resumed run."""
        return self._starting_step

    @property
    def step(self) -> int:
        """The step that the next `log()` writes to."""
        return self._cursor.step

    @property
    def late_rows(self) -> int:
        """How many calls of `log()` named a step before the current one. They are kept, in their step."""
        return self._cursor.late

    @property
    def resumed(self) -> bool:
        """Whether it goes on with an earlier run of this id."""
        return self._resumed

    @property
    def exit_code(self) -> int | None:
        """What `finish()` was given; None before."""
        return self._exit_code

    @property
    def inherited(self) -> bool:
        """Whether this is the copy of a run that a parent process has started, in a forked child."""
        return os.getpid() != self._pid

    @property
    def offline(self) -> bool:
        """Whether `mode="offline"` was asked for. Every run is local."""
        return self._settings.mode == "offline"

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded (`mode="disabled"`)."""
        return False

    @property
    def url(self) -> None:
        """None: there is no server. Show the run itself, or `run.panel`."""
        return

    project_url = url
    sweep_url = url
    sweep_id = url

    @property
    def dir(self) -> str:
        """Folder of the files that are saved with the run; made when it is first asked for."""
        folder = self._run_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @property
    def settings(self) -> Settings:
        """What it was started with."""
        return self._settings

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

    # ---- log

    def log(
        self,
        data: Mapping[str, Any],
        step: int | None = None,
        commit: bool | None = None,
        sync: bool | None = None,  # noqa: ARG002 (W&B's, without meaning here)
    ) -> None:
        """Write values under their keys. They are on disk when the call returns.

        Args:
            data: Keys (str) to numbers, text, arrays, media, lists of media, or dicts of these; nested dicts
                are joined with ".". Arrays and tensors of one element are numbers, of up to 32 lists, larger
                ones become histograms with 32 bins.
            step: The step to write to; it becomes the current one if it is later. An earlier step is kept
                too. Default: the current step.
            commit: Move on to the next step afterwards. Default: True without `step`, else False.
            sync: Ignored; W&B had it up to 0.19.

        Raises:
            LogTypeError: `data` is no mapping, a key no str, `step` no integer, or a value of no known type.
                The other keys of the call are written first.
            LogValueError: a key or value that cannot be used, or a negative step. The same.
            RunFinishedError: after `finish()`.

        Example:
            >>> run.log({"loss": 0.3, "val": {"acc": 0.9}, "samples": [nbtrack.Image(x)]})  # doctest: +SKIP
        """
        if type(data) is dict and (step is None or (type(step) is int and 0 <= step <= MAX_STEP)):
            # The common row, plain numbers under keys seen before: nothing is looked at twice.
            keys = tuple(data)
            values = tuple(data.values())
            cursor = self._cursor
            plan = cursor.plans.get((keys, tuple(map(type, values))))
            if plan is not None:
                for i in plan[1]:
                    if not -EXACT_INT <= values[i] <= EXACT_INT:
                        break
                else:
                    late = False
                    with cursor.lock:
                        if cells.execution is not cursor.cell:
                            self._enter_cell()
                        if step is None:
                            at = cursor.step
                            if commit is None or commit:
                                cursor.step = at + 1
                        else:
                            at, late = cursor.move(step, commit)
                        cursor.rows(at, time(), keys, plan[0], values)
                    if late:
                        self._say_late(at, keys)
                    return
        self._log(data, step, commit)

    def _log(self, data: Mapping[str, Any], step: Any, commit: bool | None) -> None:
        """`log` of anything but a plain row."""
        self._check_open("log")
        if not isinstance(data, Mapping):
            raise LogTypeError(f"nbtrack.log must be passed a dictionary, not {type(data).__name__}")
        step = check_step(step)
        self._plan(data)
        row = split(data)
        numbers = row.numbers
        if self._metrics.synchronizes and numbers:
            self._metrics.sync(numbers)
        prepared = [self._encoder.prepare(item) for item in row.items]
        now = time() if row.time is None else row.time
        cursor = self._cursor
        with cursor.lock:
            if cells.execution is not cursor.cell:
                self._enter_cell()
            at, late = cursor.move(step, commit)
            if numbers or prepared:
                letters = "".join([letter for letter, _ in numbers.values()])
                values = [value for _, value in numbers.values()]
                extra = b"".join([one.frame(at, now) for one in prepared])
                cursor.rows(at, now, tuple(numbers), letters, values, extra)
        for one in prepared:
            if one.pending is not None:
                self._encoder.submit(one, at, now)
        if late:
            self._say_late(at, [*numbers, *(item.key for item in row.items)])
        for error in row.errors[1:] if self._settings.bad_values == "raise" else row.errors:
            warn(str(error))
        if row.errors and self._settings.bad_values == "raise":
            raise row.errors[0]

    def _plan(self, data: Mapping[str, Any]) -> None:
        """Remember that rows of these keys and types need no conversion, if that is so."""
        if type(data) is not dict or not data or self._metrics.synchronizes:
            return
        keys, kinds = tuple(data), tuple(map(type, data.values()))
        letters = letters_of(keys, kinds)
        if letters is not None:
            plans = self._cursor.plans
            if len(plans) >= MAX_PLANS:
                plans.clear()
            plans[keys, kinds] = letters, tuple(i for i, letter in enumerate(letters) if letter == "i")

    def _say_late(self, step: int, keys: Iterable[str]) -> None:
        if self._cursor.late > 1:
            return
        named = ", ".join(map(repr, keys)) or "nothing"
        warn(
            f"log(step={step}) of {named} comes after step {self._cursor.step} of run {self.name!r}; it is "
            "kept and joins its step. This is said once; run.late_rows counts such calls"
        )

    def _enter_cell(self) -> None:
        """Note the notebook cell that the rows from here on come from. The lock is held."""
        cell = self._cursor.cell = cells.execution
        if cell is not None and cells.source_text:
            try:
                self._journal.blob(cells.source_text.encode("utf-8", "surrogatepass"))
            except OSError as error:
                termwarn(f"the source of the cell could not be kept: {error}", repeat=False)
        self._journal.set_cell(cell)

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

        termlog(footer(self))

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

    # ---- not yet

    def watch(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's gradient histograms; not in this version."""
        _later("run.watch", "log nbtrack.Histogram(parameter.grad) yourself")

    def unwatch(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `watch`."""
        _later("run.unwatch", "there is nothing to unwatch")

    def log_artifact(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's artifacts; not in this version."""
        _later("run.log_artifact", "run.save(path) keeps files with the run")

    def use_artifact(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `log_artifact`."""
        _later("run.use_artifact", "run.restore(name, run_path) gets a file of another run")

    link_artifact = upsert_artifact = finish_artifact = log_artifact

    def log_model(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """W&B's models; not in this version."""
        _later("run.log_model", "run.save(path) keeps files with the run")

    link_model = log_model

    def use_model(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """See `log_model`."""
        _later("run.use_model", "run.restore(name, run_path) gets a file of another run")

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

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not isinstance(getattr(type(self), name, None), property):
            raise UsageError(f"Attribute {name} is not supported on Run object.")
        object.__setattr__(self, name, value)

    def __reduce__(self) -> tuple[Callable[..., Run], tuple[Any, ...]]:
        # A worker process that is given the run writes to it by a log of its own.
        from nbtrack.tracking.init import attach

        return attach, (self.id, str(self._store.root), self.step)

    def _check_open(self, what: str) -> None:
        if self._finished:
            raise RunFinishedError(
                f"{what}: run {self.name!r} ({self.path}) is finished and takes nothing more. Start a new "
                f'one with nbtrack.init(), or go on with it: nbtrack.init(id="{self.id}", resume="must")'
            )

    def _describe(self, name: str, value: Json) -> None:
        self._check_open(f"run.{name}")
        self._journal.meta("set", ["run", name], value)

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
        self._cursor.lock = threading.Lock()


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise LogTypeError(f"run.{name} must be a str, not {type(value).__name__}")
    return value


def check_tags(tags: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return tags without repetition.

    Raises:
        UsageError: a tag that is no text of 1 to 64 characters.
    """
    if tags is None:
        return ()
    if isinstance(tags, str):
        tags = (tags,)
    checked = tuple(dict.fromkeys(tags))
    for tag in checked:
        if not isinstance(tag, str) or not 1 <= len(tag) <= 64:
            raise UsageError(f"a tag must be a str of 1 to 64 characters, not {tag!r}")
    return checked


def check_step(step: Any) -> int | None:
    """Return `step` as an int.

    Raises:
        LogTypeError: no integer (3.0 and numpy integers are).
        LogValueError: negative, or beyond 64 bits.
    """
    if step is None:
        return None
    if hasattr(step, "is_integer") and not isinstance(step, int) and step.is_integer():
        number = int(step)  # a float of Python or numpy, such as 3.0
    elif isinstance(step, bool) or not hasattr(type(step), "__index__"):
        raise LogTypeError(f"log: step must be an integer, not {step!r} ({type(step).__name__})")
    else:
        try:
            number = operator.index(step)
        except TypeError:
            raise LogTypeError(
                f"log: step must be an integer, not {step!r} ({type(step).__name__})"
            ) from None
    if not 0 <= number <= MAX_STEP:
        raise LogValueError(f"log: step must be between 0 and {MAX_STEP}, not {number}")
    return number


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


def _later(what: str, instead: str) -> NoReturn:
    raise UnsupportedError(f"{what} is not in this version of nbtrack; {instead}")


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
