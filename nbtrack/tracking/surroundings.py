"""What is recorded beside the metrics: console, system, code. None of it keeps a run from starting."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.errors import RunFinishedError
from nbtrack.tracking import cells
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from nbtrack.tracking.run import Run, Stop

#: seconds that `finish()` waits for git and the list of packages
CODE_PATIENCE_S = 10.0


def record(run: Run) -> None:
    """Begin to record what the run's settings ask for; the run ends it."""
    settings = run.settings
    for wanted, what, start in (
        (settings.console, "console output", _start_console),
        (settings.system_metrics, "system metrics", _start_system),
    ):
        if not wanted:
            continue
        try:
            run.add_stop(start(run))
        except Exception as error:  # beside the metrics: never a reason not to train
            termwarn(f"{what} cannot be recorded: {type(error).__name__}: {error}")
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if settings.program is None and file and not cells.in_notebook():
        # Now, not in the thread: Python takes the name away when a short script has come to its end.
        settings.program = str(Path(file).absolute())
    thread = threading.Thread(
        target=_record_code, args=(run, list(sys.argv)), name="nbtrack-code", daemon=True
    )
    thread.start()
    # A run that ends at once still says what it was: git and the package list take a moment.
    run.add_stop(lambda: thread.join(CODE_PATIENCE_S))


def _start_console(run: Run) -> Stop:
    from nbtrack.tracking import console

    return console.start(run.journal)


def _start_system(run: Run) -> Stop:
    from nbtrack.tracking import system

    return system.start(run.journal, run.settings.system_interval, run.start_time)


def _record_code(run: Run, arguments: list[str]) -> None:
    settings = run.settings
    try:
        from nbtrack.tracking import code, files

        found = code.describe(settings)
        for name, value in {"args": arguments[1:], **found}.items():
            run.journal.meta("set", ["run", name], value)
        program = found.get("program")
        if settings.save_code and not settings.disable_code and isinstance(program, str):
            files.keep_program(run.store.run_dir(run.id), program)
        code.collect_slow(run.journal, settings)
    except RunFinishedError:
        return  # the run ended first; what is missing is missing
    except Exception as error:  # beside the metrics, like all of this
        termwarn(f"code and packages cannot be recorded: {type(error).__name__}: {error}")
