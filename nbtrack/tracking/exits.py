"""How the process ends: open runs are finished on the way out, with the right exit code."""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.tracking import cells
from nbtrack.tracking.run import exit_code_of, open_runs
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from types import TracebackType

_installed = False
_exit_code = 0


def install() -> None:
    """Watch for the end of this process. Called by `init()`; only the first call does something."""
    global _installed
    if _installed:
        return
    _installed = True
    # Registered after the journal's own handler, therefore called before it.
    atexit.register(_finish_open_runs)
    if cells.in_notebook():
        return  # errors in a cell do not end the kernel
    previous_hook, previous_exit = sys.excepthook, sys.exit

    def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _note(exit_code_of(error))
        previous_hook(kind, error, trace)

    def exit_(code: Any = None, /) -> NoReturn:
        # sys.exit is the only place where the code of an orderly exit can be seen: atexit is told nothing.
        _note(exit_code_of(SystemExit(code)))
        previous_exit(code)

    sys.excepthook = excepthook
    sys.exit = exit_


def _note(code: int) -> None:
    global _exit_code
    _exit_code = code


def _finish_open_runs() -> None:
    for run in open_runs():
        try:
            run.finish(exit_code=_exit_code)
        except Exception as error:
            termwarn(f"run {run.id} could not be finished: {type(error).__name__}: {error}")
