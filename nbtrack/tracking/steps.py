"""Which step a row is written to, and how the run moves on."""

from __future__ import annotations

import operator
import threading
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.store.model import CellExecution

#: largest step; one more must still fit a signed 64-bit integer
MAX_STEP = 2**63 - 2


class Cursor:
    """What changes with every `log()`; apart from `Run`, whose `__setattr__` is guarded and so slow."""

    __slots__ = ("alerts", "cell", "late", "lock", "plans", "rows", "step", "stopping")

    def __init__(self, rows: Callable[..., None], step: int) -> None:
        self.rows = rows
        # RLock: a signal handler may log in the middle of a log() of its own thread
        self.lock = threading.RLock()
        self.step = step
        self.late = 0
        self.cell: CellExecution | None = None
        #: (keys, types of the values) -> (dtype letters, positions of ints) of rows that need no conversion
        self.plans: dict[tuple[tuple[str, ...], tuple[type, ...]], tuple[str, tuple[int, ...]]] = {}
        #: step of the latest alert, and how many it has
        self.alerts = (-1, 0)
        #: somebody wants the run to stop
        self.stopping = False

    def stop(self) -> None:
        """Have the next `log()` stop the run. Called again and again: another thread may just make a plan."""
        self.stopping = True
        self.plans.clear()

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
