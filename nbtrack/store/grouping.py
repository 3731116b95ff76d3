"""Fields of all runs at once, as columns, and the runs that share a value of one.

A value is told as JSON: lists by their text, integers beyond 2^53 by their decimals, "NaN", "Infinity", a
medium by its type. Tags are one text, joined by ", ".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from nbtrack.errors import UsageError
from nbtrack.store.index import fetched, key, run
from nbtrack.store.index import field as fields
from nbtrack.store.where import TAGS, run_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.store.model import Json

_NUMBERS = {"NaN": None, "Infinity": float("inf"), "-Infinity": float("-inf")}


def of_group(field: str, value: Json) -> sa.ColumnElement[bool]:
    """Return the condition that a run has a value, as the key of a group tells it.

    Args:
        field: "tags" (then `value` is all of them, joined by ", "), "run.*", "config.*" or "summary.*".
        value: None of runs that lack the field; what is told as text is found as text too.

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
    of_kid = sa.select(f.rid).where(f.kid == _kid(field))
    of_medium = sa.select(f.rid).where(f.kid == _kid(f"{field}._type"), f.kind == "s")
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


def numbers(
    connection: sa.Connection, field: str, among: Sequence[int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (runs, numbers) of a field, of those runs that have a number there; bools are 0 and 1, NaN none.

    Args:
        connection: to the index.
        field: as in `of_group`.
        among: of a field of config or summary only of these runs.

    Raises:
        UsageError: an unknown field of a run.
    """
    column = None if field == "tags" else run_column(field)
    if column is not None:
        query = sa.select(run.c.rid, column).where(sa.func.typeof(column) != "text", column.is_not(None))
    else:
        f = fields.c
        query = sa.select(f.rid, f.num).where(f.kid == _kid(field), f.num.is_not(None), *_among(among))
    rids, found = zip(*rows, strict=True) if (rows := fetched(connection, query)) else ((), ())
    return np.array(rids, np.int64), np.array(found, np.float64)


def values(
    connection: sa.Connection, field: str, among: Sequence[int] | None = None, *, text_only: bool = False
) -> dict[int, Json]:
    """Return the values of a field by run, of those runs that have one.

    Args:
        connection: to the index.
        field: as in `of_group`.
        among: of a field of config or summary only of these runs.
        text_only: of a field of config or summary only texts.

    Raises:
        UsageError: an unknown field of a run.
    """
    column = TAGS if field == "tags" else run_column(field)
    if column is not None:
        query = sa.select(run.c.rid, column).where(column.is_not(None))
        return dict(fetched(connection, query))
    f = fields.c
    if text_only:
        texts = sa.select(f.rid, f.txt).where(f.kid == _kid(field), f.txt.is_not(None), *_among(among))
        return dict(fetched(connection, texts))
    medium = sa.select(f.rid, f.txt).where(f.kid == _kid(f"{field}._type"), f.kind == "s", *_among(among))
    own = sa.select(f.rid, f.kind, f.num, f.txt, f.json)
    own = own.where(f.kid == _kid(field), f.kind != "n", *_among(among))
    return dict(fetched(connection, medium)) | {rid: _told(*cell) for rid, *cell in fetched(connection, own)}


def _told(kind: str, number: float | None, text: str | None, other: str | None) -> Json:
    if text is not None or other is not None:
        return other if text is None else text
    if number is None or not math.isfinite(number):
        return "NaN" if number is None else "Infinity" if number > 0 else "-Infinity"
    return bool(number) if kind == "b" else int(number) if kind == "i" else number


def _among(runs: Sequence[int] | None) -> list[sa.ColumnElement[bool]]:
    return [] if runs is None else [fields.c.rid.in_(runs)]


def _kid(name: str) -> sa.ScalarSelect[Any]:
    return sa.select(key.c.kid).where(key.c.name == name).scalar_subquery()
