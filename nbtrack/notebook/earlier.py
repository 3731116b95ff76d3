"""The run that the same notebook cell wrote before: shown beside the new one, and offered for resuming."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nbtrack.store.model import Compare, RunQuery

if TYPE_CHECKING:
    from nbtrack.store.model import CellExecution
    from nbtrack.tracking.run import Run

#: seconds that the end of a run waits for the look-up
PATIENCE_S = 5.0


def note_earlier(run: Run, cell: CellExecution | None) -> threading.Thread | None:
    """Write into the run which cell it came from, and the latest earlier run of that cell, if any.

    The look-up needs the index, so it goes on in a thread; panels learn of it with a later delta.
    """
    if cell is None or not cell.cell_id:
        return None
    run.journal.meta("set", ["run", "cell_id"], cell.cell_id)
    run.journal.meta("set", ["run", "notebook"], cell.notebook)
    thread = threading.Thread(target=_look_up, args=(run, cell.cell_id), name="nbtrack-earlier", daemon=True)
    thread.start()
    # a short run may end before the look-up does, and takes no more notes then
    run.add_stop(lambda: thread.join(PATIENCE_S))
    return thread


def _look_up(run: Run, cell_id: str) -> None:
    from nbtrack.store.catalog import SqliteCatalog

    catalog = SqliteCatalog(run.store)
    catalog.refresh()
    page = catalog.runs(
        RunQuery(
            where=Compare("run.cell_id", "=", cell_id), order=(("run.created", True),), limit=2, fields=()
        )
    )
    for row in page.rows:
        if row.meta.id != run.id:
            value = {"id": row.meta.id, "name": row.meta.name, "state": row.state}
            run.journal.meta("set", ["run", "earlier"], value)
            return
