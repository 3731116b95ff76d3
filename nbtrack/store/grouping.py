"""Groups of runs that share values of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from nbtrack.errors import UsageError
from nbtrack.store.index import field as fields
from nbtrack.store.index import key, run
from nbtrack.store.where import TAGS, run_column

if TYPE_CHECKING:
    from nbtrack.store.model import Json

_NUMBERS = {"NaN": None, "Infinity": float("inf"), "-Infinity": float("-inf")}


def of_group(field: str, value: Json) -> sa.ColumnElement[bool]:
    """Return the condition that a run has a value, as the key of a group tells it.

    Args:
        field: "tags" (then `value` is all of them, joined by ", "), "run.*", "config.*" or "summary.*".
        value: None of runs that lack the field; of lists their JSON; "NaN", "Infinity" and decimals of large
            integers are both the number and the text.

    Raises:
        UsageError: an unknown field of a run, or no such value.
    """
    if not isinstance(value, str | float | int | None):
        raise UsageError(
            f"a group of {field!r} is told by a number, a text, a bool or None; got {value!r:.80}"
        )
    column = TAGS if field == "tags" else run_column(field)
    if column is not None:
        return column.is_(None) if value is None else column == value
    f = fields.c
    kid = sa.select(key.c.kid).where(key.c.name == field).scalar_subquery()
    medium = sa.select(key.c.kid).where(key.c.name == f"{field}._type").scalar_subquery()
    of_kid = sa.select(f.rid).where(f.kid == kid)
    of_medium = sa.select(f.rid).where(f.kid == medium, f.kind == "s")
    if value is None:
        held = run.c.rid.in_(of_kid.where(f.kind != "n"))
        return sa.not_(sa.or_(held, run.c.rid.in_(of_medium)))
    if not isinstance(value, str):
        return run.c.rid.in_(of_kid.where(f.num == float(value), f.json.is_(None)))
    if value == "NaN":
        number = sa.and_(f.kind == "f", f.num.is_(None))
    elif value in _NUMBERS:
        number = f.num == _NUMBERS[value]
    else:
        number = f.json == value
    same = run.c.rid.in_(of_kid.where(sa.or_(f.txt == value, number)))
    return sa.or_(same, run.c.rid.in_(of_medium.where(f.txt == value)))
