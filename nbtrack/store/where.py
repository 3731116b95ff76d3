"""Filters and sort orders over runs, as SQL. Values of the user are bound parameters, never its text.

As in MongoDB: a comparison with a field that a run lacks is false, so that "!=" and "not in" match it;
numbers compare with numbers (a bool is 0 or 1) and strings with strings, and a None counts as lacking.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nbtrack.errors import UsageError
from nbtrack.store.index import field, key, run, tag
from nbtrack.store.model import And, Compare, Not, Or

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nbtrack.store.model import Filter

    Scalar = bool | float | str | None
    Condition = sa.ColumnElement[bool]

DURATION = run.c.heartbeat - run.c.created

_TEXT = {
    name: run.c[name]
    for name in (
        "id",
        "name",
        "project",
        "entity",
        "group",
        "job_type",
        "state",
        "host",
        "notes",
        "user",
        "cell_id",
    )
}
_NUMBERS: dict[str, sa.ColumnElement[Any]] = {
    "created": run.c.created,
    "heartbeat": run.c.heartbeat,
    "finished": run.c.finished,
    "duration": DURATION,
    "deleted_at": run.c.deleted_at,
    "last_step": run.c.last_step,
    "exit_code": run.c.exit_code,
}

#: a run's own columns, by the names of their fields
RUN_COLUMNS = {f"run.{name}": column for name, column in {**_TEXT, **_NUMBERS}.items()}
#: the tags of a run as one text, which tells one set of them from another; NULL of none
TAGS = (
    sa.select(sa.func.group_concat(sa.text("name"), ", "))
    .select_from(
        sa.select(tag.c.name).where(tag.c.rid == run.c.rid).order_by(tag.c.name).correlate(run).subquery()
    )
    .scalar_subquery()
)

_OPERATORS: dict[str, Callable[[Any, Any], Condition]] = {
    "=": lambda column, value: column == value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}
_INFINITE = (float("inf"), float("-inf"))
#: longer lists go to SQLite as one parameter: the number of those is limited
_MANY = 500


def condition(where: Filter) -> Condition:
    """Return the SQL condition on table `run`.

    Raises:
        UsageError: An unknown field or operator.
    """
    if isinstance(where, And):
        return sa.and_(sa.true(), *map(condition, where.parts))
    if isinstance(where, Or):
        return sa.or_(sa.false(), *map(condition, where.parts))
    if isinstance(where, Not):
        return sa.not_(condition(where.part))
    return _compare(where)


def ordering(
    order: Iterable[tuple[str, bool]], *, newest: bool = False
) -> tuple[sa.FromClause, list[sa.ColumnElement[Any]]]:
    """Return table `run` joined with what it is sorted by, and the terms of ORDER BY.

    Runs that lack a field come last, whichever the direction, and texts after numbers. Ties are sorted by
    time of creation, the oldest first or, with `newest`, the newest; then by id.

    Raises:
        UsageError: An unknown field.
    """
    joined: sa.FromClause = run
    terms: list[sa.ColumnElement[Any]] = []
    for name, descending in order:
        column = TAGS if name == "tags" else run_column(name)
        if column is not None:
            columns = [column]
        else:
            values = field.alias()
            joined = joined.outerjoin(
                values, sa.and_(values.c.kid == _key(_checked(name)), values.c.rid == run.c.rid)
            )
            columns = [values.c.num, values.c.txt]
        terms += ((c.desc() if descending else c.asc()).nulls_last() for c in columns)
    return joined, [*terms, run.c.created.desc() if newest else run.c.created, run.c.id]


def _compare(leaf: Compare) -> Condition:
    op = leaf.op
    if op == "!=":
        return sa.not_(_compare(Compare(leaf.field, "=", leaf.value)))
    if op == "not in":
        return sa.not_(_compare(Compare(leaf.field, "in", leaf.value)))
    if op == "missing":
        return sa.not_(_compare(Compare(leaf.field, "exists")))
    if op in {"=", "in"}:
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        found = _values(leaf.field, values)
        return sa.or_(found, sa.not_(_exists(leaf.field))) if None in values else found
    if op == "exists":
        return _exists(leaf.field)
    if isinstance(leaf.value, tuple) or leaf.value is None:
        raise UsageError(f"{op!r} on {leaf.field!r} needs one number or string, got {leaf.value!r}")
    if op == "regex":
        pattern = leaf.value
        if not isinstance(pattern, str):
            raise UsageError(f"'regex' on {leaf.field!r} needs a string, got {pattern!r}")
        return _holds(leaf.field, str, lambda column: sa.func.regexp(pattern, column) == sa.true())
    if op not in _OPERATORS:
        raise UsageError(f"unknown operator {op!r} on {leaf.field!r}")
    value = _plain(leaf.value)
    return _holds(leaf.field, type(value), lambda column: _OPERATORS[op](column, value))


def _values(name: str, values: Sequence[Scalar]) -> Condition:
    """One of `values` is the field's."""
    texts = [v for v in values if isinstance(v, str)]
    numbers = [_plain(v) for v in values if v is not None and not isinstance(v, str)]
    found = []
    if texts:
        found.append(_holds(name, str, lambda column: _in(column, texts)))
    if numbers:
        found.append(_holds(name, float, lambda column: _in(column, numbers)))
    return sa.or_(sa.false(), *found)


def _in(column: Any, values: Sequence[Any]) -> Condition:
    if len(values) <= _MANY:
        return column.in_(values)  # type: ignore[no-any-return]
    listed = sa.func.json_each(json.dumps([v for v in values if v not in _INFINITE])).table_valued("value")
    return sa.or_(column.in_(sa.select(listed.c.value)), column.in_([v for v in values if v in _INFINITE]))


def _exists(name: str) -> Condition:
    if name == "tags":
        return run.c.rid.in_(sa.select(tag.c.rid))
    if (column := run_column(name)) is not None:
        return column.is_not(None)
    # a dict exists when one of its leaves does: names that begin with "<name>."; "/" follows "." in Unicode
    below = sa.and_(key.c.name > _checked(name) + ".", key.c.name < name + "/")
    kids = sa.select(key.c.kid).where(sa.or_(key.c.name == name, below))
    return run.c.rid.in_(sa.select(field.c.rid).where(field.c.kid.in_(kids), field.c.kind != "n"))


def _holds(name: str, type_: type, test: Callable[[Any], Condition]) -> Condition:
    """`test` holds for a value of this type under the name. Never NULL, so that it may be negated."""
    text = type_ is str
    if name == "tags":
        return run.c.rid.in_(sa.select(tag.c.rid).where(test(tag.c.name))) if text else sa.false()
    if (column := run_column(name)) is not None:
        if text != (name.removeprefix("run.") in _TEXT):
            return sa.false()
        return sa.and_(column.is_not(None), test(column))
    value = field.c.txt if text else field.c.num
    of_key = sa.select(field.c.rid).where(
        field.c.kid == _key(_checked(name)), value.is_not(None), test(value)
    )
    return run.c.rid.in_(of_key)


def run_column(name: str) -> sa.ColumnElement[Any] | None:
    """Return the column of a field of the run ("run.state"), or None when it is a field of another sort.

    Raises:
        UsageError: A run has no such field.
    """
    if not name.startswith("run."):
        return None
    column = name.removeprefix("run.")
    if column in _TEXT:
        return _TEXT[column]
    if column in _NUMBERS:
        return _NUMBERS[column]
    raise UsageError(f"unknown field {name!r}; a run has {', '.join(sorted([*_TEXT, *_NUMBERS]))}")


def _checked(name: str) -> str:
    if not name.startswith(("config.", "summary.")):
        raise UsageError(f"unknown field {name!r}; accepted are run.*, tags, config.* and summary.*")
    return name


def _key(name: str) -> sa.ScalarSelect[Any]:
    return sa.select(key.c.kid).where(key.c.name == name).scalar_subquery()


def _plain(value: bool | float | str | None) -> float | str:
    """Return a value as the index keeps it: a bool as a number, an int beyond 64 bits as a float."""
    if isinstance(value, str):
        return value
    assert value is not None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
