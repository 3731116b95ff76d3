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
#: about how many values are fetched at once
_CELLS = 50_000


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
    """Values of some config. and summary. fields of some runs, by rid; a run without one is left without it.

    Of media there is no more than {"_type": ...}.
    """
    found: dict[int, dict[str, Json]] = {rid: {} for rid in rids}
    asked = list(dict.fromkeys(names))
    some = min(max(_CELLS // max(len(rids), 1), 1), MANY)
    for at in range(0, len(asked), some):
        kids = kids_of(connection, asked[at : at + some])
        for kid, rid, *cell in _cells(connection, list(kids), list(found)):
            name, is_type = kids[kid]
            if rid not in found:
                continue
            if not is_type:
                found[rid][name] = value_of(*cell)
            elif cell[0] == "s":
                found[rid].setdefault(name, {"_type": cell[2]})
    return found


def kids_of(connection: sa.Connection, names: Sequence[str]) -> dict[int, tuple[str, bool]]:
    """Return, by number, the names that are known, and whether it is that of what kind of medium they are."""
    types = {f"{name}._type": name for name in names}
    query = sa.select(ix.key.c.kid, ix.key.c.name).where(ix.key.c.name.in_([*names, *types]))
    known = connection.execute(query).all()
    wanted = set(names)
    found = {kid: (name, False) for kid, name in known if name in wanted}
    return found | {kid: (types[name], True) for kid, name in known if name in types and kid not in found}


def _cells(connection: sa.Connection, kids: Sequence[int], rids: Sequence[int]) -> Sequence[Any]:
    """(kid, rid, kind, num, txt, json); of many runs also those of others."""
    some = f"SELECT kid, rid, kind, num, txt, json FROM field WHERE kid IN ({_marks(kids)})"  # noqa: S608
    values = tuple(kids)
    if len(rids) <= MANY:
        some, values = f"{some} AND rid IN ({_marks(rids)})", (*kids, *rids)
    return connection.exec_driver_sql(some, values).all()


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def value_of(kind: str, number: float | None, text: str | None, other: str | None) -> Json:
    """Return the value that a row of `index.field` holds."""
    match kind:
        case "s":
            return text
        case "n":
            return None
        case "b":
            return bool(number)
        case "i":
            return int(number or 0) if other is None else int(other)
        case "l":
            value: Json = json.loads(other or "null")
            return value
    return float("nan") if number is None else number


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
