"""What `run.log()` does: from a dict to frames in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import time
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.errors import LogTypeError, RunStopped, warn
from nbtrack.tracking import cells
from nbtrack.tracking.identity import Identity
from nbtrack.tracking.steps import MAX_STEP, check_step
from nbtrack.tracking.term import termwarn
from nbtrack.tracking.values import EXACT_INT, letters_of, split

if TYPE_CHECKING:
    from nbtrack.tracking.encoding import Encoder
    from nbtrack.tracking.metrics import MetricTable

#: sets of (keys, types) whose plan is remembered; beyond it (keys made of loop counters) the memory starts
#: anew
MAX_PLANS = 1024


class Rows(Identity):
    """The part of a `Run` that logs."""

    _encoder: Encoder
    _metrics: MetricTable

    if TYPE_CHECKING:

        def finish(self, exit_code: int | None = None, quiet: bool | None = None) -> None:
            """Of `Run`."""

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
            RunStopped: somebody stopped the run from elsewhere (`Api().run(...).stop()`, the project's page);
                it is finished then. A KeyboardInterrupt.

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
        if self._cursor.stopping:
            self._end_stopped()
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

    def _end_stopped(self) -> NoReturn:
        """Finish the run, as it was asked to from elsewhere. Each thread that goes on logging hears of it."""
        self.finish()
        raise RunStopped(
            f"run {self.name!r} was stopped from elsewhere. It is finished, all it logged is kept"
        )

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
