"""The live panel below the cell, and the still that stays in the notebook beside it.

A saved notebook shows nothing of a widget to its own author, not even the widget's fallback. So a second,
plain output follows each panel: a script-free picture of the run. The panel hides it while it is alive; it is
brought up to date whenever a cell ends, and every half minute of a long one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nbtrack.notebook.earlier import note_earlier
from nbtrack.notebook.hosts import is_kernel
from nbtrack.tracking import cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

    from nbtrack.panels.widget import Panel
    from nbtrack.tracking.run import Run

#: seconds between two refreshes of a still while its cell goes on
STILL_PERIOD_S = 30.0


class LivePanels:
    """Shows a panel for each run that starts in a cell, and keeps the stills beside the panels true."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._panels: list[Panel] = []
        self._closed = threading.Event()
        self._ticker: threading.Thread | None = None

    def run_started(self, run: Run) -> None:
        """Display the run's panel and its still below the cell that started it."""
        if run.disabled:
            return
        note_earlier(run, cells.current())
        if is_kernel(self._shell):
            self.show_run(run)

    def show_run(self, run: Run) -> None:
        """Display the panel of a run."""
        if run.disabled:
            raise NotImplementedError  # IPython then takes its line of text
        from IPython.display import display

        from nbtrack.panels.run import panel_of

        panel = panel_of(run)
        display(panel)
        if panel not in self._panels:
            self._panels.append(panel)
        if self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, name="nbtrack-stills", daemon=True)
            self._ticker.start()

    def run_finished(self, run: Run) -> None:
        """Leave the finished run's picture in the notebook."""
        for panel in [panel for panel in self._panels if run.id in panel.run_ids]:
            panel.refresh_stills()
            self._panels.remove(panel)

    def cell_ended(self, _result: ExecutionResult | None = None) -> None:
        """Bring the stills of the runs that go on up to date."""
        for panel in self._panels:
            panel.refresh_stills()

    def close(self) -> None:
        """Stop refreshing; what is shown stays as it is."""
        self._closed.set()
        self._panels.clear()

    def _tick(self) -> None:
        while not self._closed.wait(STILL_PERIOD_S):
            for panel in list(self._panels):
                panel.refresh_stills()
