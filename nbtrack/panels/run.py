"""The live panel of one run, and how a run shows itself."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any, Protocol

from nbtrack.errors import NbtrackError, NbtrackWarning
from nbtrack.panels.channel import has_front_end
from nbtrack.panels.still import run_still, run_text

if TYPE_CHECKING:
    from nbtrack.panels.widget import Panel
    from nbtrack.store.layout import Store
    from nbtrack.store.reader import RunReader


class HasReader(Protocol):
    """A run: the one being written (`nbtrack.Run`) or one of `Api`."""

    @property
    def reader(self) -> RunReader:
        """Reads it."""


def reader_of(run: HasReader | RunReader | str, store: Store | None = None) -> RunReader:
    """Return the reader of a run, up to date.

    Args:
        run: a `Run` of either kind, a reader, or a run id.
        store: where a run id is looked up; default: the open run's store, else the default one.

    Raises:
        NotFoundError: no such run.
    """
    from nbtrack.store.reader import RunReader

    if isinstance(run, str):
        from nbtrack.query.recorded import fresh_reader

        return fresh_reader(store or open_store(), run)
    reader = run if isinstance(run, RunReader) else run.reader
    reader.refresh()
    return reader


def open_store() -> Store:
    """Return the open run's store, else the default one."""
    from nbtrack.store.layout import Store
    from nbtrack.tracking.current import get_run

    current = get_run()
    return current.store if current is not None else Store.open()


def panel_of(run: HasReader | RunReader | str) -> Panel:
    """Return the panel of a run: always the same one while it is open.

    Raises:
        NotFoundError: no such run.
        NbtrackError: the JavaScript was not built.

    Example:
        >>> panel_of(run).save_html("run.html")
    """
    from nbtrack.panels.widget import RunPanel

    reader = reader_of(run)
    key = (reader.store.store_id, reader.run_id)
    with _lock:
        panel = _panels.get(key)
        if panel is None or panel.comm is None:
            panel = _panels[key] = RunPanel(reader)
        else:
            panel.wake()
    return panel


def still_output(run: HasReader | RunReader | str) -> str:
    """Return the HTML that stands beside a live panel, and stays when it is gone."""
    return panel_of(run).still_bundle()["text/html"]


def mimebundle(run: HasReader | RunReader | str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `(data, metadata)`: the live view where there is a front end, and the still beside it."""
    reader = reader_of(run)
    data: dict[str, Any] = {"text/html": run_still(reader), "text/plain": run_text(reader)}
    metadata: dict[str, Any] = {}
    if has_front_end():
        try:
            view, metadata = panel_of(reader).widget_bundle()
        except NbtrackError as error:  # no JavaScript: the still has to do
            warnings.warn(str(error), NbtrackWarning, stacklevel=2)
        else:
            data = {**view, **data}
    return data, metadata


def display_panel(run: HasReader) -> None:
    """Display the live panel of a run, and its still as an output of its own.

    Raises:
        NotImplementedError: there is no front end, or no JavaScript; IPython then takes the mimebundle.
    """
    if not has_front_end():
        raise NotImplementedError
    try:
        panel = panel_of(run)
    except NbtrackError as error:
        raise NotImplementedError from error
    panel._ipython_display_()


_panels: dict[tuple[str, str], Panel] = {}
_lock = threading.Lock()
