"""What is done with many runs at a time, from outside: tags, names, notes, deleting, stopping.

Each run gets one small file of edits; nothing that runs is disturbed. A thousand runs take a fraction of a
second.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from nbtrack.errors import UsageError
from nbtrack.query.edits import Edit, RunEdits, write_each
from nbtrack.query.recorded import ENDED
from nbtrack.store.model import Compare, RunQuery
from nbtrack.tracking.identity import check_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.store.catalog import SqliteCatalog
    from nbtrack.store.model import RunRow

Act = Literal["tag", "untag", "group", "rename", "notes", "delete", "undelete", "stop"]

#: ids in one question to the catalogue
_MANY = 1000


class Acted(NamedTuple):
    """Answer of `act`: to how many runs it was done, and a sentence about each to which it was not."""

    done: int
    failed: list[str]


def act(catalog: SqliteCatalog, runs: Sequence[str], what: Act, value: object = None) -> Acted:
    """Do something with runs.

    Args:
        catalog: The runs of the store.
        runs: Ids; named twice is named once.
        what: tag and untag take a list of tags; group, rename and notes a str ("" for none); delete, undelete
            and stop take nothing. "stop" asks a live run to end: its next `log()` raises `RunStopped`.
        value: What it takes.

    Raises:
        UsageError: An unknown act, or a value that is none of its.
        StoreError: Nothing can be written to the store.

    Example:
        >>> act(api.catalog, ["3f9a1c2e", "77b0e2aa"], "tag", ["best"])
        Acted(done=2, failed=[])
    """
    edit = _edit(what, value)
    ids = list(dict.fromkeys(runs))
    known = _known(catalog, ids)
    if unknown := [run_id for run_id in ids if run_id not in known]:  # to read all anew would take long
        catalog.refresh(unknown)
        known |= _known(catalog, unknown)
    failed: list[str] = []
    chosen: list[RunEdits] = []
    for run_id in ids:
        row = known.get(run_id)
        if row is None:
            failed.append(f"run {run_id!r} is not in the store")
        elif what == "stop" and row.state in ENDED:
            failed.append(f"run {row.meta.name or run_id!r} does not run: it is {row.state}")
        else:
            chosen.append(RunEdits(run_id, row.meta.created, [edit]))
    errors = write_each(catalog.store, chosen)
    failed += [str(error) for error in errors.values()]
    return Acted(len(chosen) - len(errors), failed)


def _known(catalog: SqliteCatalog, ids: Sequence[str]) -> dict[str, RunRow]:
    """Return the runs that the catalogue knows, by id."""
    known: dict[str, RunRow] = {}
    for at in range(0, len(ids), _MANY):
        some = Compare("run.id", "in", tuple(ids[at : at + _MANY]))
        rows = catalog.runs(RunQuery(where=some, include_deleted=True, fields=())).rows
        known |= {row.meta.id: row for row in rows}
    return known


def _edit(what: Act, value: object) -> Edit:
    """Return the edit that an act is."""
    if what in {"tag", "untag"}:
        tags = check_tags(value)  # type: ignore[arg-type]
        if not tags:
            raise UsageError(f"{what} needs at least one tag")
        return Edit("add" if what == "tag" else "remove", ("run", "tags"), list(tags))
    if what in {"group", "rename", "notes"}:
        if not isinstance(value, str):
            raise UsageError(f"{what} needs a str, got {value!r}")
        return Edit("set", ("run", "name" if what == "rename" else what), value)
    if value is not None:
        raise UsageError(f"{what} takes no value, got {value!r}")
    if what == "stop":
        return Edit("set", ("run", "stop"), time.time())
    if what in {"delete", "undelete"}:
        return Edit("set", ("run", "deleted_at"), time.time() if what == "delete" else None)
    raise UsageError(f"an act is one of {', '.join(get_args(Act))}, not {what!r}")
