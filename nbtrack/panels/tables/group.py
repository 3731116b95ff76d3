"""A table grouped by a column: how many rows, and of each column of numbers the mean and the distribution."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.panels.tables.page import rows_of
from nbtrack.panels.wire import TableGroup, TableGroups, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nbtrack.panels.tables.source import Source

#: groups in an answer; the smaller ones are told as a number
MAX_GROUPS = 500
#: columns of numbers that are summed up
MAX_COLUMNS = 24
#: bars of a small histogram
BINS = 16
#: numbers of more values than this are grouped into ranges
_DISTINCT = 50
_RANGES = 20


def group(source: Source, args: Mapping[str, Any]) -> TableGroups:
    """Answer with the groups of a column, the largest first.

    Args:
        source: the table.
        args: `by`, a column; `filter` and `search` as in `page`.

    A column of numbers with many values is grouped into ranges of equal width. The histograms of a column
    have the same bins in all groups, over the range of all rows that are meant.
    """
    by = args.get("by")
    if not isinstance(by, str):
        raise LogValueError(f"by must be the name of a column; got {by!r:.80}")
    if source.kind(by) == "media":
        raise LogValueError(f"column {by!r} holds media: group by another one")
    index = rows_of(source, {**args, "sort": None})
    codes, values, ranges = _codes(source, by, index)
    counts = np.bincount(codes, minlength=len(values))
    # ranges stay in their order; other groups come by size
    order = np.arange(len(values)) if ranges else np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    shown = order[:MAX_GROUPS]
    groups = [TableGroup(value=values[i], count=int(counts[i]), means={}, bars={}) for i in shown.tolist()]
    bins: dict[str, list[float]] = {}
    named = [c["name"] for c in source.columns if c["kind"] in {"number", "boolean"} and c["name"] != by]
    for name in named[:MAX_COLUMNS]:
        span = _sum_up(groups, shown, name, codes, len(values), _numbers(source, name, index))
        if span is not None:
            bins[name] = list(span)
    return TableGroups(
        by=by,
        ranges=ranges,
        matched=len(codes),
        groups=groups,
        others=len(order) - len(shown),
        bins=bins,
    )


def _picked(source: Source, name: str, index: NDArray[np.int64] | None) -> Any:
    import pyarrow as pa

    column = source.column(name)
    column = column if index is None else column.take(pa.array(index))
    return column.combine_chunks() if hasattr(column, "combine_chunks") else column


def _codes(
    source: Source, by: str, index: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], list[Any], bool]:
    """Return `(group of each row, value of each group, whether groups are ranges)`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = _picked(source, by, index)
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0)
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    encoded = pc.dictionary_encode(column, null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if source.kind(by) == "number" and len(encoded.dictionary) > _DISTINCT:
        return (*_ranges(column), True)
    values = [plain(_text(value)) for value in encoded.dictionary.to_pylist()]
    return codes, values, False


def _ranges(column: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Return the range that each number is in, and the ranges as [lo, hi]; the last is for all else."""
    numbers = column.cast("float64").to_numpy(zero_copy_only=False)
    finite = np.isfinite(numbers)
    lo, hi = (float(numbers[finite].min()), float(numbers[finite].max())) if finite.any() else (0.0, 0.0)
    edges = np.linspace(lo, hi, _RANGES + 1)
    codes = np.full(len(numbers), _RANGES, dtype=np.int64)
    codes[finite] = _binned(numbers[finite], lo, hi, _RANGES)
    return codes, [*([a, b] for a, b in pairwise(edges.tolist())), None]


def _binned(numbers: NDArray[Any], lo: float, hi: float, bins: int) -> NDArray[np.int64]:
    if hi <= lo:
        return np.zeros(len(numbers), dtype=np.int64)
    # divided before it is subtracted: the span itself may be beyond what a float holds
    share = numbers / (hi / bins - lo / bins) - lo / (hi / bins - lo / bins)
    return np.clip(share, 0, bins - 1).astype(np.int64)


def _numbers(source: Source, name: str, index: NDArray[np.int64] | None) -> NDArray[np.float64]:
    column = _picked(source, name, index)
    if source.kind(name) == "boolean":
        column = column.cast("int8")
    return np.asarray(column.cast("float64").to_numpy(zero_copy_only=False))


def _sum_up(
    groups: list[TableGroup],
    shown: NDArray[np.int64],
    name: str,
    codes: NDArray[np.int64],
    n: int,
    numbers: NDArray[np.float64],
) -> tuple[float, float] | None:
    """Give each group the mean of a column and its bars; return the range of the bars."""
    finite = np.isfinite(numbers)
    if not finite.any():
        return None
    of, kept = codes[finite], numbers[finite]
    lo, hi = float(kept.min()), float(kept.max())
    counts = np.bincount(of, minlength=n)
    with np.errstate(invalid="ignore", over="ignore"):
        means = np.bincount(of, weights=kept, minlength=n) / counts
    bars = np.bincount(of * BINS + _binned(kept, lo, hi, BINS), minlength=n * BINS).reshape(n, BINS)
    for one, i in zip(groups, shown.tolist(), strict=True):
        one["means"][name] = plain(float(means[i])) if counts[i] else None
        one["bars"][name] = bars[i].tolist()
    return lo, hi


def _text(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value[:200] if isinstance(value, str) else value
