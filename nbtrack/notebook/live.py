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
    from IPython.display import DisplayHandle

    from nbtrack.panels.widget import Panel
    from nbtrack.tracking.run import Run

#: seconds between two refreshes of a still while its cell goes on
STILL_PERIOD_S = 30.0


class LivePanels:
    """Shows a panel for each run that starts in a cell, and keeps the stills of all shown panels true."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._shown: dict[str, tuple[Panel, DisplayHandle]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    def run_started(self, run: Run) -> None:
        """Display the run's panel and its still below the cell that started it."""
        if not is_kernel(self._shell) or run.disabled:
            return
        from nbtrack.panels.run import panel_of

        note_earlier(run, cells.current())
        self.show(panel_of(run))

    def run_finished(self, run: Run) -> None:
        """Leave the finished run's picture in the notebook."""
        self._refresh([panel_id for panel_id, (panel, _) in self._shown.items() if run.id in panel.run_ids])

    def cell_ended(self, _result: ExecutionResult | None = None) -> None:
        """Bring the stills up to date."""
        self._refresh(list(self._shown))

    def show(self, panel: Panel) -> None:
        """Display `panel`, then its still as an output of its own."""
        from IPython.display import display

        data, metadata = panel.widget_bundle()
        display(data, metadata=metadata, raw=True)
        handle = display(panel.still_bundle(), raw=True, display_id=True)
        with self._lock:
            self._shown[panel.panel_id] = (panel, handle)
            if self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, name="nbtrack-stills", daemon=True)
                self._ticker.start()

    def show_run(self, run: Run) -> None:
        """Display the panel of a run that is the value of a cell."""
        from nbtrack.panels.run import panel_of

        self.show(panel_of(run))

    def close(self) -> None:
        """Stop refreshing; what is shown stays as it is."""
        self._ended.set()
        self._shown.clear()

    def _tick(self) -> None:
        while not self._ended.wait(STILL_PERIOD_S):
            self._refresh(list(self._shown))

    def _refresh(self, panel_ids: list[str]) -> None:
        for panel_id in panel_ids:
            shown = self._shown.get(panel_id)
            if shown is None:
                continue
            panel, handle = shown
            if panel.still_is_stale():
                handle.update(panel.still_bundle(), raw=True)
            elif not panel.is_live():
                with self._lock:
                    self._shown.pop(panel_id, None)
