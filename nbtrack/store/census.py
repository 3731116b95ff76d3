"""What the runs of a project have, counted in the index: kinds of fields, and their most frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nbtrack.store.index import field, key, run, tag
from nbtrack.store.where import run_column

if TYPE_CHECKING:
    from nbtrack.store.model import FieldKind, Scalar

#: longer texts are not worth suggesting, in characters
_LONGEST = 200


def kinds(connection: sa.Connection, project: str | None) -> dict[str, FieldKind]:
    """Return the kind of each config. and summary. field.

    Args:
        connection: to the index.
        project: only fields that its runs have; None for all.
    """

    def some(column: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
        """A run of the project has such a value under the key."""
        found = sa.select(field.c.rid).where(field.c.kid == key.c.kid)
        if column is not None:
            found = found.where(column.is_not(None))
        if project is not None:
            found = found.join(run, run.c.rid == field.c.rid).where(run.c.project == project)
        return found.correlate(key).exists()

    named = sa.or_(key.c.name.startswith("config."), key.c.name.startswith("summary."))
    query = sa.select(key.c.name, some(field.c.num), some(field.c.txt)).where(named, some(None))
    return {name: _kind(number, text) for name, number, text in connection.execute(query)}


def values(connection: sa.Connection, name: str, project: str | None, limit: int) -> list[tuple[Scalar, int]]:
    """Return the most frequent values of a field and how many runs have each.

    Args:
        connection: to the index.
        name: as in `Compare.field`.
        project: only of its runs; None for all. Deleted runs do not count.
        limit: how many at most.

    Raises:
        UsageError: an unknown field of a run.
    """
    found: dict[Scalar, int] = {}
    for kind, value, count in connection.execute(_counted(name, project, limit)):
        plain = bool(value) if kind == "b" else int(value) if kind == "i" and abs(value) < 2**63 else value
        found[plain] = found.get(plain, 0) + count  # 1, 1.0 and True are one value in every comparison
    return sorted(found.items(), key=lambda item: -item[1])


def _counted(name: str, project: str | None, limit: int) -> sa.Select[Any]:
    """(kind or None, value, number of runs), the most frequent first."""
    count = sa.func.count().label("count")
    value: sa.ColumnElement[Any]
    if name == "tags":
        value = tag.c.name
        query = sa.select(sa.null(), value, count).join_from(tag, run, run.c.rid == tag.c.rid)
    elif (column := run_column(name)) is not None:
        value = column
        query = sa.select(sa.null(), value, count).select_from(run)
    else:
        value = sa.func.coalesce(field.c.num, field.c.txt)
        kid = sa.select(key.c.kid).where(key.c.name == name).scalar_subquery()
        query = sa.select(field.c.kind, value, count).join_from(field, run, run.c.rid == field.c.rid)
        query = query.where(field.c.kid == kid).group_by(field.c.kind)
    short = sa.or_(sa.func.typeof(value) != "text", sa.func.length(value) <= _LONGEST)
    query = query.where(value.is_not(None), short, run.c.deleted_at.is_(None))
    if project is not None:
        query = query.where(run.c.project == project)
    return query.group_by(value).order_by(count.desc(), value).limit(limit)


def _kind(number: bool, text: bool) -> FieldKind:
    if number:
        return "mixed" if text else "number"
    return "text" if text else "other"
