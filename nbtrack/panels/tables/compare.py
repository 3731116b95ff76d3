"""Two tables joined by a key: which rows differ, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.panels.tables.page import MAX_LIMIT, cells, columns_of, integer, listed, rows_of
from nbtrack.panels.wire import TableComparison

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nbtrack.panels.tables.source import Source
    from nbtrack.store.model import Json

#: what `only` may ask for -> states of a row
SAME, CHANGED, LEFT, RIGHT = range(4)
_ONLY: dict[object, tuple[int, ...]] = {
    None: (SAME, CHANGED, LEFT, RIGHT),
    "all": (SAME, CHANGED, LEFT, RIGHT),
    "different": (CHANGED, LEFT, RIGHT),
    "changed": (CHANGED,),
    "left": (LEFT,),
    "right": (RIGHT,),
}


class Joined(NamedTuple):
    """Rows of two tables, paired.

    Attributes:
        left: row of the first table, -1 where there is none.
        right: row of the second.
        state: SAME, CHANGED, LEFT (only in the first) or RIGHT.
        changed: column -> where its cells differ; of the columns that both have.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    state: NDArray[np.int8]
    changed: dict[str, NDArray[np.bool_]]


def compare(first: Source, second: Source, args: Mapping[str, Any]) -> TableComparison:
    """Answer with some joined rows.

    Args:
        first: the table on the left.
        second: the table on the right.
        args: `key`, a column of both; None joins by the position. `filter`, `search` and `sort` choose and
            order rows of the left table; with a filter or search, rows that only the right one has are left
            out. `only`: "all", "different", "changed", "left" or "right". `offset`, `limit`, `columns` and
            `full` as in `page`.
    """
    key = args.get("key")
    if key is not None:
        if not isinstance(key, str):
            raise LogValueError(f"key must be the name of a column; got {key!r:.80}")
        for source in (first, second):
            if source.kind(key) == "media":
                raise LogValueError(f"column {key!r} holds media: join by another one")
    only = args.get("only")
    if only not in _ONLY:
        raise LogValueError(
            f"only must be one of {', '.join(str(name) for name in _ONLY if name)}; got {only!r:.80}"
        )
    joined = _remembered(first, second, key)
    keep = np.isin(joined.state, _ONLY[only])
    index = rows_of(first, args)
    if index is None:
        chosen = np.flatnonzero(keep)
    else:
        # pairs stand in the order of the left table: its row i is pair i
        left = index[keep[index]]
        narrowed = bool((args.get("filter") or "").strip() or (args.get("search") or "").strip())
        rest = np.arange(first.rows, len(joined.left)) if not narrowed else np.empty(0, np.int64)
        chosen = np.concatenate([left, rest[keep[rest]]])
    offset, limit = integer(args, "offset", 0), min(integer(args, "limit", 100), MAX_LIMIT)
    at = chosen[offset : offset + limit]
    names = columns_of(first, args.get("columns"))
    shared = [name for name in names if name in joined.changed or name == key]
    full = bool(args.get("full"))
    marks: list[list[Json]] = [
        [i for i, name in enumerate(names) if name in joined.changed and bool(joined.changed[name][row])]
        for row in at.tolist()
    ]
    other = cells(second.take(shared, joined.right[at]), second, full=full) if shared else [[] for _ in at]
    places = [shared.index(name) if name in shared else None for name in names]
    counts = np.bincount(joined.state, minlength=4).tolist()
    return TableComparison(
        columns=listed(first),
        shown=names,
        total=len(joined.left),
        matched=len(chosen),
        offset=offset,
        ids=at.tolist(),
        rows=cells(first.take(names, joined.left[at]), first, full=full) if names else [[] for _ in at],
        other=[[None if place is None else row[place] for place in places] for row in other],
        states=joined.state[at].tolist(),
        marks=marks,
        counts=counts,
        differing={name: int(found.sum()) for name, found in joined.changed.items()},
    )


def _remembered(first: Source, second: Source, key: str | None) -> Joined:
    """Join, or take what was joined before: the pairs are kept with the first table."""
    name = ("joined", second.name, key)
    stacked = first.order(name, lambda: _stack(join(first, second, key)))
    shared = _shared(first, second, key)
    return Joined(
        stacked[0],
        stacked[1],
        stacked[2].astype(np.int8),
        {column: stacked[3 + i].astype(bool) for i, column in enumerate(shared)},
    )


def _stack(joined: Joined) -> NDArray[np.int64]:
    rows = [joined.left, joined.right, joined.state.astype(np.int64)]
    return np.stack([*rows, *(found.astype(np.int64) for found in joined.changed.values())])


def _shared(first: Source, second: Source, key: str | None) -> list[str]:
    theirs = {column["name"] for column in second.columns}
    return [c["name"] for c in first.columns if c["name"] in theirs and c["name"] != key]


def join(first: Source, second: Source, key: str | None) -> Joined:
    """Pair the rows of two tables: those of the left in their order, then what only the right one has.

    Args:
        first: the table on the left.
        second: the table on the right.
        key: a column of both; None: by position. Of a key that comes n times, the n-th with the n-th.
    """
    n, m = first.rows, second.rows
    if key is None:
        partner = np.arange(n)
        partner[partner >= m] = -1
    else:
        partner = _partners(first.column(key), second.column(key))
    alone = np.ones(m, dtype=bool)
    alone[partner[partner >= 0]] = False
    rest = np.flatnonzero(alone)
    left = np.concatenate([np.arange(n), np.full(len(rest), -1)])
    right = np.concatenate([partner, rest])
    both = (left >= 0) & (right >= 0)
    changed = {}
    any_changed = np.zeros(len(left), dtype=bool)
    for name in _shared(first, second, key):
        found = np.zeros(len(left), dtype=bool)
        found[both] = _differs(first.column(name), second.column(name), left[both], right[both])
        changed[name] = found
        any_changed |= found
    state = np.where(both, np.where(any_changed, CHANGED, SAME), np.where(left >= 0, LEFT, RIGHT))
    return Joined(left, right, state.astype(np.int8), changed)


def _partners(left: Any, right: Any) -> NDArray[np.int64]:
    """Return for each row of the left the row of the right with an equal key, or -1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    left, right = _alike(left, right)
    every = pa.chunked_array([*left.chunks, *right.chunks], left.type)
    codes = _whole(every.dictionary_encode(null_encoding="encode")).indices.to_numpy(zero_copy_only=False)
    codes = codes.astype(np.int64)
    n = len(left)
    ours, theirs = _numbered(codes[:n]), _numbered(codes[n:])
    # (key, how many of this key came before) is unique on either side
    size = int(max(ours.max(initial=0), theirs.max(initial=0))) + 1
    found = pc.index_in(pa.array(codes[:n] * size + ours), value_set=pa.array(codes[n:] * size + theirs))
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False)).astype(np.int64)


def _numbered(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each element how often it came before."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(codes) else np.empty(0, np.int64)
    lengths = np.diff(np.r_[starts, len(codes)])
    numbers = np.empty(len(codes), dtype=np.int64)
    numbers[order] = np.arange(len(codes)) - np.repeat(starts, lengths)
    return numbers


def _whole(column: Any) -> Any:
    """Return a chunked array of a dictionary as one array."""
    return column.unify_dictionaries().combine_chunks()


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Return both as one type: numbers as floats where they differ, all else as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if left.type == right.type:
        return left, right
    numbers = [pa.types.is_integer(c.type) or pa.types.is_floating(c.type) for c in (left, right)]
    kind = pa.float64() if all(numbers) else pa.string()
    return pc.cast(left, kind), pc.cast(right, kind)


def _differs(
    left: Any, right: Any, left_at: NDArray[np.int64], right_at: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether cells differ; two that are missing, or no numbers, are equal."""
    import pyarrow as pa
    import pyarrow.compute as pc

    left, right = _alike(left, right)
    a, b = left.take(pa.array(left_at)), right.take(pa.array(right_at))
    if pa.types.is_null(a.type):
        return np.zeros(len(left_at), dtype=bool)
    nan = pa.types.is_floating(a.type)
    missing_a, missing_b = pc.is_null(a, nan_is_null=nan), pc.is_null(b, nan_is_null=nan)
    unequal = pc.fill_null(pc.not_equal(a, b), True)
    both = pc.and_(missing_a, missing_b)
    return np.asarray(pc.and_(unequal, pc.invert(both)).to_numpy(zero_copy_only=False)).astype(bool)
