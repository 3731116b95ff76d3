"""Rows of a table as a browser shows them: filtered, searched, sorted, a page at a time."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.media.columns import JSON_KINDS
from nbtrack.panels.tables.expression import mask_of
from nbtrack.panels.wire import TableColumn, TablePage, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nbtrack.panels.tables.source import Source
    from nbtrack.store.model import Json

#: rows in one answer, at most
MAX_LIMIT = 1000
#: columns in one answer, at most
MAX_COLUMNS = 1000
#: characters of a cell in a page; the row's details show all of it
CUT = 400
#: columns from which on cells are cut shorter, so that a page stays small
_WIDE = 100
#: characters of a list or dict in a page; media are never cut
_CUT_JSON = 2000
#: characters of a cell in the details of a row
_CUT_FULL = 1_000_000


def rows_of(source: Source, args: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """Return the row numbers that a question means, in its order; None: all, as they are stored.

    Args:
        source: the table.
        args: `filter` and `search`, text; `sort`, a list of [column, "asc" or "desc"].

    Raises:
        ExpressionError: the filter cannot be understood.
        LogValueError: `sort` is no such list.
    """
    expression, search = _text(args, "filter"), _text(args, "search")
    there = {column["name"] for column in source.columns}
    # a column that another step's table had is left out: the view's sorting outlives the table
    sort = [one for one in _sort(args.get("sort")) if one[0] in there]
    if not expression and not search and not sort:
        return None
    chosen = source.order(("rows", expression, search), lambda: _matching(source, expression, search))
    if not sort:
        return chosen
    return source.order(
        ("sorted", expression, search, json.dumps(sort)), lambda: _sorted(source, chosen, sort)
    )


def _matching(source: Source, expression: str, search: str) -> NDArray[np.int64]:
    mask = np.ones(source.rows, dtype=bool)
    if expression:
        mask &= np.asarray(mask_of(expression, source).to_numpy(zero_copy_only=False)).astype(bool)
    if search:
        mask &= _searched(source, search)
    return np.flatnonzero(mask)


def _searched(source: Source, needle: str) -> NDArray[Any]:
    """Which rows hold `needle`: in text, whatever the case, or as a number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = np.zeros(source.rows, dtype=bool)
    try:
        number: float | None = float(needle)
    except ValueError:
        number = None
    for column in source.columns:
        kind = column["kind"]
        if kind == "string" or kind in JSON_KINDS:
            hit = pc.match_substring(source.column(column["name"]), needle, ignore_case=True)
        elif kind == "number" and number is not None:
            hit = pc.equal(source.column(column["name"]).cast("float64"), pa.scalar(number))
        else:
            continue
        found |= np.asarray(pc.fill_null(hit, False).to_numpy(zero_copy_only=False)).astype(bool)
    return found


def _sorted(source: Source, chosen: NDArray[np.int64], sort: list[tuple[str, str]]) -> NDArray[np.int64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = len(chosen) == source.rows
    keys = []
    for name, _ in sort:
        column = source.column(name)
        keys.append(column if whole else column.take(pa.array(chosen)))
    table = pa.table(keys, [str(i) for i in range(len(keys))])
    order: list[Any] = [
        (str(i), "ascending" if way == "asc" else "descending") for i, (_, way) in enumerate(sort)
    ]
    indices: Any = pc.sort_indices(table, sort_keys=order)
    found: NDArray[np.int64] = indices.to_numpy().astype(np.int64)
    return found if whole else chosen[found]


def page(source: Source, args: Mapping[str, Any]) -> TablePage:
    """Answer with some rows.

    Args:
        source: the table.
        args: see `rows_of`; and `offset`, `limit`, `columns` (names; default all), and `full`: whether
            cells are left uncut.
    """
    index = rows_of(source, args)
    names = columns_of(source, args.get("columns"))
    matched = source.rows if index is None else len(index)
    offset, limit = integer(args, "offset", 0), min(integer(args, "limit", 100), MAX_LIMIT)
    stop = min(offset + limit, matched)
    if offset >= stop or not names:
        ids: list[int] = list(range(offset, stop)) if index is None else index[offset:stop].tolist()
        rows: list[list[Json]] = [[] for _ in ids]
    elif index is None:
        ids = list(range(offset, stop))
        rows = cells(source.page(names, offset, stop), source, full=bool(args.get("full")))
    else:
        ids = index[offset:stop].tolist()
        rows = cells(source.take(names, index[offset:stop]), source, full=bool(args.get("full")))
    return TablePage(
        columns=listed(source),
        shown=names,
        total=source.rows,
        matched=matched,
        offset=offset,
        ids=ids,
        rows=rows,
    )


def listed(source: Source) -> list[TableColumn]:
    """Return the table's columns as the browser knows them."""
    found = []
    for column in source.columns:
        one = TableColumn(name=column["name"], kind=column["kind"] or "none")
        if column.get("media"):
            one["media"] = column["media"]
        if column.get("key"):
            one["key"] = True
        found.append(one)
    return found


def columns_of(source: Source, wanted: object, limit: int | None = MAX_COLUMNS) -> list[str]:
    """Return the names of the columns that are meant, at most `limit`."""
    known = [column["name"] for column in source.columns]
    if wanted is None:
        return known[:limit]
    if not isinstance(wanted, list):
        raise LogValueError(f"columns must be a list of names; got {wanted!r:.80}")
    there = set(known)
    # one that another step's table had is left out: the view's choice outlives the table
    return [name for name in wanted if name in there][:limit]


def cells(table: Any, source: Source, *, full: bool = False) -> list[list[Json]]:
    """Return rows of JSON. A long cell becomes {"cut": its beginning, "length": its characters}."""
    columns = []
    wide = max(1, table.num_columns / _WIDE)
    for name in table.column_names:
        kind = source.kind(name)
        whole = full or kind == "media"
        limit = _CUT_FULL if whole else int((_CUT_JSON if kind in JSON_KINDS else CUT) / wide)
        columns.append([_cell(value, limit) for value in table.column(name).to_pylist()])
    return [list(row) for row in zip(*columns, strict=True)]


def _cell(value: Any, limit: int) -> Json:
    if isinstance(value, str):
        return value if len(value) <= limit else {"cut": value[:limit], "length": len(value)}
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return plain(value)


def _text(args: Mapping[str, Any], name: str) -> str:
    found = args.get(name) or ""
    if not isinstance(found, str):
        raise LogValueError(f"{name} must be text; got {found!r:.80}")
    return found.strip()


def integer(args: Mapping[str, Any], name: str, default: int) -> int:
    """Return a whole number of the arguments that is not negative."""
    found = args.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise LogValueError(f"{name} must be a whole number from 0; got {found!r:.80}")
    return found


def _sort(sort: object) -> list[tuple[str, str]]:
    if not sort:
        return []
    if isinstance(sort, list) and all(
        isinstance(one, list | tuple)
        and len(one) == 2
        and isinstance(one[0], str)
        and one[1] in {"asc", "desc"}
        for one in sort
    ):
        return [(name, way) for name, way in sort]
    raise LogValueError(f'sort must be a list of [column, "asc" or "desc"]; got {sort!r:.80}')
