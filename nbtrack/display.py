"""Which module draws an object of a lower layer in a notebook.

A `Run` or an `Image` lives below the panels and may not import them; it asks here, and the panel module
is imported only when something is really displayed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: kind of object -> "module:function(obj) -> (data, metadata)" that builds its mimebundle
PROVIDERS: dict[str, str] = {
    "run": "nbtrack.panels.run:mimebundle",
    "media": "nbtrack.panels.media:mimebundle",
    "runs": "nbtrack.panels.runs:mimebundle",
}


def mimebundle(kind: str, obj: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `(data, metadata)` for IPython's display of `obj`."""
    module, _, function = PROVIDERS[kind].partition(":")
    result: tuple[dict[str, Any], dict[str, Any]] = getattr(import_module(module), function)(obj)
    return result


def molecule_view(molecule: object, width: int, height: int, style: dict[str, Any] | None, model: int) -> Any:
    """Return a py3Dmol view of a molecule that needs no internet.

    Raises:
        UnsupportedError: py3Dmol is not installed.
    """
    return import_module("nbtrack.panels.molecule_view").view(molecule, width, height, style, model)


def display_panel(run: object) -> None:
    """Display a run: its live panel, and its still as an output of its own (`_ipython_display_`).

    Raises:
        NotImplementedError: no front end is there; IPython then asks for the mimebundle.
    """
    import_module("nbtrack.panels.run").display_panel(run)
