"""Two tables side by side: the columns of both, where their keys are equal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbtrack.media.columns import Column
from nbtrack.media.columns_given import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def side_by_side(
    left: Sequence[Column], right: Sequence[Column], left_key: Column, right_key: Column
) -> list[Column]:
    """Return the key, then the other columns of both tables.

    Args:
        left: columns of the first table.
        right: columns of the second.
        left_key: the column of the first by which rows are joined; the result's key has its name.
        right_key: that of the second.

    Names that both have get "0." and "1." in front. Rows without a partner stay, with None.

    Raises:
        LogValueError: a name comes twice all the same.
    """
    pairs = _pairs(left_key.cells(), right_key.cells())
    key = Column(left_key.name, replace(left_key.type, key=True, optional=True))
    key.values = [left_key.cells()[i] if i is not None else right_key.cells()[j or 0] for i, j in pairs]
    shared = {str(column.name) for column in left} & {str(column.name) for column in right}
    columns = [key]
    for side, (table, used) in enumerate(((left, left_key), (right, right_key))):
        places = [pair[side] for pair in pairs]
        for column in table:
            if column is used:
                continue
            name = f"{side}.{column.name}" if str(column.name) in shared else column.name
            cells = column.cells()
            picked = [None if place is None else cells[place] for place in places]
            columns.append(Column(name, replace(column.type, key=False, optional=True), picked))
    names_of([column.name for column in columns])
    return columns


def _pairs(left: Sequence[Any], right: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Return the positions of rows with equal keys; of a key that comes n times, the n-th with the n-th."""
    waiting: dict[Any, list[int]] = {}
    for j, key in enumerate(right):
        waiting.setdefault(_hashable(key), []).append(j)
    pairs: list[tuple[int | None, int | None]] = []
    for i, key in enumerate(left):
        found = waiting.get(_hashable(key))
        pairs.append((i, found.pop(0) if found else None))
    return pairs + [(None, j) for rest in waiting.values() for j in rest]


def _hashable(key: Any) -> Any:
    try:
        hash(key)
    except TypeError:
        return repr(key)
    return key
