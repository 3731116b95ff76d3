"""Which cell execution is running: told to `tracking.cells`, so that each logged row knows its cell."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING, Any

from nbtrack.notebook.hosts import notebook_name
from nbtrack.store.model import CellExecution
from nbtrack.tracking import cells

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell


class CellRecorder:
    """IPython's `pre_run_cell` handler. Cells run silently or without history (by tools) are not recorded."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def begin(self, info: ExecutionInfo) -> None:
        """Take note of the cell that is about to run."""
        if info.silent or not info.store_history:
            return
        source: str = info.raw_cell or ""
        cells.set_current(
            CellExecution(
                id=secrets.randbits(48) or 1,
                cell_id=cell_id(info),
                count=int(self._shell.execution_count),
                time=time.time(),
                source=hashlib.sha256(source.encode()).hexdigest(),
                notebook=notebook_name(self._shell),
            ),
            source,
        )


def cell_id(info: Any) -> str:
    """The notebook's own id of the cell; "" where the front end sends none (IPython 7, terminals)."""
    return getattr(info, "cell_id", None) or ""
