"""Rows of the runs table, a page at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError
from nbtrack.panels.project.query import fields_of, wanted
from nbtrack.panels.project.wire import RunIds, RunRow, RunsPage
from nbtrack.panels.wire import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.model import Json
    from nbtrack.store.model import RunRow as StoredRun
    from nbtrack.store.reading import Reading

#: runs in one answer: of a page, of ids
MAX_ROWS, MAX_IDS = 1_000, 100_000
#: characters of a text that a cell holds
_LONGEST = 200


def user_of(row: StoredRun) -> str:
    """Return who wrote a run, "" when it does not say."""
    user = row.meta.other.get("user")
    return user if isinstance(user, str) else ""


#: a run's own fields
_OWN: dict[str, Callable[[StoredRun], Json]] = {
    "tags": lambda row: list(row.meta.tags),
    "run.id": lambda row: row.meta.id,
    "run.name": lambda row: row.meta.name,
    "run.state": lambda row: row.state,
    "run.group": lambda row: row.meta.group,
    "run.job_type": lambda row: row.meta.job_type,
    "run.notes": lambda row: row.meta.notes,
    "run.created": lambda row: row.meta.created,
    "run.heartbeat": lambda row: row.meta.heartbeat,
    "run.finished": lambda row: row.meta.finished,
    "run.duration": lambda row: row.duration,
    "run.last_step": lambda row: row.last_step,
    "run.exit_code": lambda row: row.meta.exit_code,
    "run.user": user_of,
    "run.host": lambda row: row.meta.host,
    "run.project": lambda row: row.meta.project,
    "run.entity": lambda row: row.meta.entity,
    "run.deleted_at": lambda row: row.meta.deleted_at,
}


def page(reading: Reading, args: Mapping[str, Any]) -> RunsPage:
    """Answer with some of the runs that a query finds.

    Args:
        reading: of the store.
        args: `query`, `fields` whose values are wanted, `offset`, and `limit`, at most `MAX_ROWS`.
    """
    meant, fields = wanted(reading, args), fields_of(args)
    offset, limit = _count(args, "offset", 0), min(_count(args, "limit", 100), MAX_ROWS)
    found = meant.select(reading)
    rows = values_of(reading, found[offset : offset + limit], fields)
    return RunsPage(
        revision=reading.revision,
        total=reading.count(meant.scope),
        matched=len(found),
        offset=offset,
        rows=[_row(run, fields, values) for run, values in rows],
    )


def ids(reading: Reading, args: Mapping[str, Any]) -> RunIds:
    """Answer with the ids of the first `limit` runs that a query finds."""
    meant, limit = wanted(reading, args), min(_count(args, "limit", MAX_IDS), MAX_IDS)
    found = meant.select(reading)
    answer = RunIds(
        revision=reading.revision,
        total=reading.count(meant.scope),
        matched=len(found),
        ids=reading.ids(found[:limit]),
    )
    if reading.indexing:
        answer["indexing"] = reading.indexing
    return answer


def values_of(reading: Reading, rids: list[int], fields: list[str]) -> list[tuple[StoredRun, list[Json]]]:
    """Return runs, each with its values of the fields in their order; None where it has none."""
    stored = [field for field in fields if field.startswith(("config.", "summary."))]
    makers = [_OWN.get(field) for field in fields]
    return [
        (
            row,
            [
                row.fields.get(field) if make is None else make(row)
                for field, make in zip(fields, makers, strict=True)
            ],
        )
        for row in reading.rows(rids, stored)
    ]


def cell(value: Json) -> Json:
    """Return a value as a cell shows it: a long text cut, lists and dicts as JSON, of a medium its type."""
    if isinstance(value, dict) and value.keys() == {"_type"}:
        return value
    value = plain(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and len(value) > _LONGEST:
        return {"cut": value[:_LONGEST], "length": len(value)}
    return value


def _row(run: StoredRun, fields: list[str], values: list[Json]) -> RunRow:
    meta = run.meta
    return RunRow(
        id=meta.id,
        name=meta.name,
        state=run.state,
        created=meta.created,
        heartbeat=meta.heartbeat,
        finished=meta.finished,
        duration=run.duration,
        step=run.last_step,
        tags=list(meta.tags),
        group=meta.group,
        jobType=meta.job_type,
        notes=meta.notes,
        user=user_of(run),
        host=meta.host,
        deleted=meta.deleted_at is not None,
        values=[
            value if field == "tags" else cell(value) for field, value in zip(fields, values, strict=True)
        ],
    )


def _count(args: Mapping[str, Any], name: str, default: int) -> int:
    value = args.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LogValueError(f"{name} must be a whole number from 0; got {value!r:.80}")
    return value
