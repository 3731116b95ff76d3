"""What the runs of a project have, counted in the index: kinds of fields, and their most frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from nbtrack.store.index import fetched, field, key, run, tag
from nbtrack.store.where import RUN_COLUMNS, run_column

if TYPE_CHECKING:
    from collections.abc import Container

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


def names(connection: sa.Connection, scope: sa.ColumnElement[bool]) -> set[str]:
    """Return the names of the config. and summary. fields of some runs.

    Args:
        connection: to the index.
        scope: which runs, as a condition on table `run`.
    """
    inside, total = _sizes(connection, scope)
    # few runs are looked for by the primary key; of many the first is met soon among all that have a field
    rid = field.c.rid if 2 * inside <= total else field.c.rid + 0
    of_key = sa.select(field.c.rid).where(
        field.c.kid == key.c.kid, rid.in_(sa.select(run.c.rid).where(scope))
    )
    named = sa.or_(key.c.name.startswith("config."), key.c.name.startswith("summary."))
    query = sa.select(key.c.name).where(named, of_key.correlate(key).exists())
    return set(connection.execute(query).scalars())


def _sizes(connection: sa.Connection, scope: sa.ColumnElement[bool]) -> tuple[int, int]:
    """How many runs are in a scope, and how many there are."""
    query = sa.select(sa.func.count().filter(scope), sa.func.count(run.c.rid))
    inside, total = connection.execute(query).one()
    return inside, total


class Counted(NamedTuple):
    """A field, and how many runs have it."""

    field: str
    #: None of a field of the run itself
    kind: FieldKind | None
    runs: int


def counted(connection: sa.Connection, scope: sa.ColumnElement[bool]) -> list[Counted]:
    """Return the fields that some runs have: those of the run itself, then config. and summary.

    Of a medium there is one field, of the kind "other", and not what it is made of.

    Args:
        connection: to the index.
        scope: which runs, as a condition on table `run`.
    """
    own = sa.select(*(sa.func.count(column).label(name) for name, column in RUN_COLUMNS.items())).where(scope)
    found = [Counted(name, None, n) for name, n in connection.execute(own).one()._asdict().items()]
    tagged = sa.select(sa.func.count(tag.c.rid.distinct())).join_from(tag, run, run.c.rid == tag.c.rid)
    found.append(Counted("tags", None, connection.execute(tagged.where(scope)).scalar_one()))
    kids = dict(fetched(connection, sa.select(key.c.kid, key.c.name)))
    rows = [(kids[kid], *counts) for kid, counts in _counts(connection, scope).items() if counts[0]]
    media = {
        name.removesuffix("._type"): n for name, n, _, texts in rows if name.endswith("._type") and texts
    }
    fields = {name: (n, numbers, texts) for name, n, numbers, texts in rows if not _inside(name, media)}
    for name, n in media.items():
        before, numbers, texts = fields.get(name, (0, 0, 0))
        fields[name] = (before + n, numbers, texts)
    found += [
        Counted(name, _kind(numbers > 0, texts > 0), n)
        for name, (n, numbers, texts) in fields.items()
        if name.startswith(("config.", "summary."))
    ]
    return found


def _counts(connection: sa.Connection, scope: sa.ColumnElement[bool]) -> dict[int, tuple[int, int, int]]:
    """Runs that have each field, a number there, a text; counted in the smaller part of all runs."""

    def within(some: sa.ColumnElement[bool] | None) -> dict[int, tuple[int, int, int]]:
        f = field.c
        query = sa.select(f.kid, sa.func.count(), sa.func.count(f.num), sa.func.count(f.txt))
        if some is not None:  # named, SQLite finds each field of each run by the primary key
            query = query.where(f.kid.in_(sa.select(key.c.kid)), f.rid.in_(sa.select(run.c.rid).where(some)))
        rows = connection.execute(query.where(f.kind != "n").group_by(f.kid)).all()
        return {kid: (n, numbers, texts) for kid, n, numbers, texts in rows}

    inside, total = _sizes(connection, scope)
    if 2 * inside <= total:
        return within(scope)
    found = within(None)
    others = within(sa.not_(scope)) if inside < total else {}
    for kid, (n, numbers, texts) in others.items():
        all_, all_numbers, all_texts = found[kid]
        found[kid] = (all_ - n, all_numbers - numbers, all_texts - texts)
    return found


def _inside(name: str, media: Container[str]) -> bool:
    """Whether a field is part of a medium."""
    at = name.find(".")
    while (at := name.find(".", at + 1)) >= 0:
        if name[:at] in media:
            return True
    return False


def values(
    connection: sa.Connection, name: str, scope: sa.ColumnElement[bool], limit: int
) -> list[tuple[Scalar, int]]:
    """Return the most frequent values of a field and how many runs have each.

    Args:
        connection: to the index.
        name: as in `Compare.field`.
        scope: which runs, as a condition on table `run`.
        limit: how many at most.

    Raises:
        UsageError: an unknown field of a run.
    """
    found: dict[Scalar, int] = {}
    for kind, value, count in connection.execute(_frequent(name, scope, limit)):
        plain = bool(value) if kind == "b" else int(value) if kind == "i" and abs(value) < 2**63 else value
        found[plain] = found.get(plain, 0) + count  # 1, 1.0 and True are one value in every comparison
    return sorted(found.items(), key=lambda item: -item[1])


def _frequent(name: str, scope: sa.ColumnElement[bool], limit: int) -> sa.Select[Any]:
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
    query = query.where(value.is_not(None), short, scope)
    return query.group_by(value).order_by(count.desc(), value).limit(limit)


def of_project(project: str | None) -> sa.ColumnElement[bool]:
    """Return the condition of the runs of a project that are not deleted; of all projects when it is None."""
    return sa.and_(run.c.deleted_at.is_(None), *([] if project is None else [run.c.project == project]))


def _kind(number: bool, text: bool) -> FieldKind:
    if number:
        return "mixed" if text else "number"
    return "text" if text else "other"
