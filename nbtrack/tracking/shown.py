"""How a run is looked at: as a panel, a still, a line of text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nbtrack.display import display_panel, mimebundle
from nbtrack.tracking import cells
from nbtrack.tracking.identity import Identity

if TYPE_CHECKING:
    from nbtrack.store.layout import Store
    from nbtrack.store.model import RunState
    from nbtrack.store.reader import RunReader


class Shown(Identity):
    """The part of a `Run` that shows it."""

    _store: Store
    _reader: RunReader | None

    @property
    def reader(self) -> RunReader:
        """Reads the run as everybody else sees it: all its writers, from disk."""
        if self._reader is None:
            from nbtrack.store.reader import RunReader

            self._reader = RunReader.of(self._store, self._meta.id)
        return self._reader

    @property
    def panel(self) -> Any:
        """The live panel of this run."""
        return import_module("nbtrack.panels.run").panel_of(self)

    def status(self) -> RunState:
        """running, finished, failed or crashed, as a reader elsewhere sees it."""
        reader = self.reader
        reader.refresh()
        return reader.state()

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
