"""Changes to a run from outside of it: a small stream of their own in the run's folder.

No lock is needed and the run's own writers are not disturbed; whoever reads merges the streams, and the later
write of each path wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nbtrack.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json


class Edit(NamedTuple):
    """One META: `op` is "set" or "del"; `path` as in docs/design.md."""

    op: str
    path: Sequence[str]
    value: Json = None


def write_edits(store: Store, run_id: str, created: float, edits: Sequence[Edit]) -> None:
    """Write edits to a run, finished or not.

    Args:
        store: the store.
        run_id: the run.
        created: unix seconds at which the run began.
        edits: in the order in which they take effect.

    Raises:
        NotFoundError: no such run.
        StoreError: the store cannot be written.
    """
    from nbtrack.store.journal import Journal

    folder = store.run_dir(run_id)
    if folder is None:
        raise NotFoundError(f"run {run_id!r} is no longer in {store.root}")
    store.require_writable()
    journal = Journal(store, run_id, folder, started=created)
    try:
        for edit in edits:
            journal.meta(edit.op, edit.path, edit.value)
    finally:
        journal.close(reason="edit")
