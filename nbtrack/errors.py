"""Every exception and warning that nbtrack raises on purpose.

    NbtrackError                     base of them all; public as `nbtrack.Error`
    ├── UsageError                   the call itself is wrong
    │   ├── LogTypeError             a key holds a type that cannot be logged (also TypeError)
    │   ├── LogValueError            right type, unusable value (also ValueError)
    │   ├── ConfigError              a config value would change without `allow_val_change`
    │   ├── ExpressionError          a filter text that cannot be understood; says where
    │   ├── RunFinishedError         writing to a run that has ended
    │   └── UnsupportedError         W&B has it, nbtrack does not (yet); says so by name
    ├── NotFoundError                no such run, project or file in the store (also ValueError, as in W&B)
    └── StoreError                   the run store cannot be used
        ├── StoreVersionError        written by a newer nbtrack
        └── CommError                W&B's name for "could not reach the back end"
    RunStopped                       somebody stopped the run; a KeyboardInterrupt, as when it is interrupted
    NbtrackWarning                   everything that is warned about (a UserWarning)

Messages name the key or argument, what came and what is accepted.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class NbtrackError(Exception):
    """Base class of all errors of nbtrack."""


class UsageError(NbtrackError):
    """A call that cannot mean anything."""


class LogTypeError(UsageError, TypeError):
    """A key was given a value of a type that cannot be logged."""


class LogValueError(UsageError, ValueError):
    """A key was given a value of the right type that cannot be used."""


class ConfigError(UsageError):
    """A config value would be overwritten without `allow_val_change=True`."""


class ExpressionError(UsageError):
    """A filter text that cannot be understood.

    Attributes:
        at: where it went wrong, in characters from 0.
        length: how many characters are meant.
        suggestions: what may have been meant there, as it is typed.
    """

    def __init__(self, message: str, at: int, length: int = 1, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.at = at
        self.length = max(length, 1)
        self.suggestions = tuple(suggestions)


class RunFinishedError(UsageError):
    """Something was written to a run after `finish()`."""


class UnsupportedError(UsageError):
    """A W&B feature that nbtrack does not have."""


class NotFoundError(NbtrackError, ValueError):
    """A run, project or file that the store does not hold."""


class StoreError(NbtrackError):
    """The run store cannot be read or written."""


class StoreVersionError(StoreError):
    """The store was written by a newer version of nbtrack."""


class CommError(StoreError):
    """W&B's name for a back end that does not answer."""


class RunStopped(KeyboardInterrupt):
    """The run was stopped from elsewhere; raised by its next `log()`, which finishes it first.

    It is what an interrupted cell or Ctrl-C raises, so `except Exception` in a training loop lets it pass,
    and what trainers do when they are interrupted (save and leave) they do here. In notebooks it is one line.
    """

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback."""
        return [f"RunStopped: {self}"]


class NbtrackWarning(UserWarning):
    """Something was ignored, dropped or repaired; the run goes on."""


def warn(message: str) -> None:
    """Issue an `NbtrackWarning` that points at the user's own line, however deep inside nbtrack it arises."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001 (the documented way to count frames cheaply)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "nbtrack":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, NbtrackWarning, stacklevel=level)
