"""What the index knows of runs, read out of its tables into `RunRow`s."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nbtrack.store import index as ix
from nbtrack.store.indexer import COLUMNS
from nbtrack.store.model import RunMeta, RunRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.store.model import Json, RunState

#: SQLite takes a limited number of parameters in one statement
MANY = 500


def rows_of(connection: sa.Connection, rids: Sequence[int], *, with_json: bool) -> dict[int, Any]:
    """What the index has of some runs, by rid; configuration and summary only `with_json`."""
    documents = ix.document.c
    columns = [*ix.run.c, documents.tags, documents.other]
    columns += [documents.config, documents.summary] if with_json else []
    rows: dict[int, Any] = {}
    for at in range(0, len(rids), MANY):
        query = sa.select(*columns).join_from(ix.run, ix.document, documents.rid == ix.run.c.rid)
        query = query.where(ix.run.c.rid.in_(rids[at : at + MANY]))
        rows |= {row["rid"]: row for row in connection.execute(query).mappings()}
    return rows


def fields_of(
    connection: sa.Connection, rids: Sequence[int], names: Sequence[str]
) -> dict[int, dict[str, Json]]:
    """Values of some fields of some runs, by rid; a run without the field is left without it."""
    found: dict[int, dict[str, Json]] = {rid: {} for rid in rids}
    lists: dict[str, list[int]] = {}
    wanted = set(rids)
    table = ix.field
    for name in names:
        kid = connection.execute(sa.select(ix.key.c.kid).where(ix.key.c.name == name)).scalar()
        query = sa.select(table.c.rid, table.c.kind, table.c.num, table.c.txt).where(table.c.kid == kid)
        if len(rids) <= MANY:
            query = query.where(table.c.rid.in_(rids))
        for rid, kind, number, text in connection.execute(query):
            if rid in wanted:
                if kind == "l" or (kind == "i" and abs(number) > 2**53):
                    lists.setdefault(name, []).append(rid)
                else:
                    found[rid][name] = _value(kind, number, text)
    for name, those in lists.items():  # what a number or a text cannot hold
        rows = rows_of(connection, those, with_json=True)
        column, _, path = name.partition(".")
        for rid in those:
            found[rid][name] = _dig(json.loads(rows[rid][column]), path)
    return found


def _value(kind: str, number: float | None, text: str | None) -> Json:
    match kind:
        case "s":
            return text
        case "n":
            return None
        case "b":
            return bool(number)
        case "i":
            return int(number or 0)
    return float("nan") if number is None else number


def _dig(tree: Json, path: str) -> Json:
    """Value at a dotted path whose parts may hold dots themselves."""
    if not isinstance(tree, dict):
        return None
    if path in tree:
        return tree[path]
    for name, below in tree.items():
        if path.startswith(name + ".") and (found := _dig(below, path[len(name) + 1 :])) is not None:
            return found
    return None


def run_row(row: Mapping[str, Any], fields: dict[str, Json]) -> RunRow:
    """Return the run that a row of `rows_of` tells of."""
    run_meta = RunMeta(
        row["id"],
        **{name: row[name] or "" for name in COLUMNS},
        tags=tuple(json.loads(row["tags"])),
        created=row["created"],
        heartbeat=row["heartbeat"],
        finished=row["finished"],
        exit_code=row["exit_code"],
        deleted_at=row["deleted_at"],
        other=json.loads(row["other"]),
    )
    state: RunState = row["state"]
    return RunRow(
        run_meta,
        state,
        row["last_step"],
        row["heartbeat"] - row["created"],
        json.loads(row.get("config", "{}")),
        json.loads(row.get("summary", "{}")),
        fields,
    )
