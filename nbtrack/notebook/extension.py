"""`%load_ext nbtrack`: what is hooked into IPython, and how each hook is undone.

Loading twice is loading once. Every hook is guarded: whatever goes wrong in it is said once on stderr and
never reaches the user's cell. Unloading takes back exactly what was added.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from nbtrack.notebook.cells import CellRecorder
from nbtrack.notebook.hosts import is_kernel
from nbtrack.notebook.live import LivePanels
from nbtrack.notebook.magics import NbtrackMagics, complete
from nbtrack.tracking import cells, hooks
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

_COMPLETED = "%nbtrack"
_RUN = ("nbtrack.tracking.run", "Run")


class Extension:
    """Everything that one loaded extension has hooked into a shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        recorder, live = CellRecorder(shell), LivePanels(shell)
        self._events = {
            "pre_run_cell": guarded(recorder.begin),
            "post_run_cell": guarded(live.cell_ended),
        }
        self._started, self._finished = guarded(live.run_started), guarded(live.run_finished)
        self._live = live

        for event, handler in self._events.items():
            shell.events.register(event, handler)
        hooks.add(hooks.run_started, self._started)
        hooks.add(hooks.run_finished, self._finished)
        if is_kernel(shell):  # the panel of a run that a cell returns gets its still as a second output
            shell.display_formatter.ipython_display_formatter.for_type_by_name(*_RUN, live.show_run)
        shell.register_magics(NbtrackMagics)
        shell.set_hook("complete_command", complete, str_key=_COMPLETED)

    def unload(self) -> None:
        """Undo each hook."""
        for event, handler in self._events.items():
            self.shell.events.unregister(event, handler)
        hooks.remove(hooks.run_started, self._started)
        hooks.remove(hooks.run_finished, self._finished)
        for kind in ("line", "cell"):
            self.shell.magics_manager.magics[kind].pop("nbtrack", None)
        self.shell.magics_manager.registry.pop(NbtrackMagics.__name__, None)
        self.shell.strdispatchers["complete_command"].strs.pop(_COMPLETED, None)
        self.shell.display_formatter.ipython_display_formatter.pop(".".join(_RUN), None)
        self._live.close()
        cells.set_current(None)


def guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """Wrap a hook so that its first failure is said and none reaches the caller."""
    failed = False

    @functools.wraps(handler)
    def call(*args: Any) -> None:
        nonlocal failed
        try:
            handler(*args)
        except Exception as error:
            if not failed:
                failed = True
                termwarn(
                    f"{handler.__qualname__} failed and is left out from now on where it fails: {error!r}"
                )

    return call


_loaded: dict[int, Extension] = {}


def load(shell: InteractiveShell) -> None:
    """Hook nbtrack into `shell`, once."""
    if id(shell) not in _loaded:
        _loaded[id(shell)] = Extension(shell)


def unload(shell: InteractiveShell) -> None:
    """Take every hook back; harmless when nothing is loaded."""
    if extension := _loaded.pop(id(shell), None):
        extension.unload()
