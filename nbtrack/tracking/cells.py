"""Which notebook cell is executing now. The notebook edge sets it, `Run.log` reads it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbtrack.store.model import CellExecution

#: read directly on the hot path of `Run.log`; set through `set_current`
execution: CellExecution | None = None

#: text of the source behind `execution.source`; the run keeps it as a blob when it first logs from the cell
source_text: str = ""


def current() -> CellExecution | None:
    """The execution that is running, or None outside notebooks."""
    return execution


def set_current(cell: CellExecution | None, source: str = "") -> None:
    """Say which execution is running.

    Args:
        cell: The execution, or None when no cell runs.
        source: Its source text; `cell.source` is the SHA-256 of the UTF-8 of it.
    """
    global execution, source_text
    source_text = source
    execution = cell


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel (Jupyter, Colab, VS Code). Imports nothing to find out."""
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None
