"""What a chart draws of a table that has more rows than can be drawn.

Points are chosen, the rows of a histogram are counted, those of bars are summed. What was done is said in a
note; the table itself is stored whole beside the chart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: rows that a chart draws at most
MAX_ROWS = 100_000
#: bars that a chart draws at most: each has a line of its own
MAX_BARS = 500
#: column of a counted table that says how many rows each of its rows stands for
COUNT = "_count"
#: parts of a bin that are counted: so bins over the values of several runs are right to a hundredth of a bin
PARTS = 100


def thinned(table: Any, tall: str | None) -> tuple[Any, str]:
    """Choose rows.

    Args:
        table: a pyarrow table.
        tall: column whose lowest and highest cells stay; None to leave rows out evenly.

    Returns:
        The table to draw, in the order of the rows, and a note; "" when nothing was left out.
    """
    of = table.num_rows
    if of <= MAX_ROWS:
        return table, ""
    table = table.take(_chosen(table, tall))
    return table, f"drawn are {table.num_rows:,} of {of:,} rows"


def _chosen(table: Any, tall: str | None) -> NDArray[np.int64]:
    n = table.num_rows
    if tall is None or tall not in table.column_names:
        return np.unique(np.linspace(0, n - 1, MAX_ROWS).astype(np.int64))
    cells = table.column(tall).to_numpy().astype(np.float64)
    each = math.ceil(n / (MAX_ROWS // 2))
    stretches = np.full(math.ceil(n / each) * each, np.nan)
    stretches[:n] = cells
    stretches = stretches.reshape(-1, each)
    starts = np.arange(len(stretches)) * each
    ends = [
        starts + np.where(np.isnan(stretches), np.inf, sign * stretches).argmin(1) for sign in (1.0, -1.0)
    ]
    return np.unique(np.concatenate(ends)).astype(np.int64)


def counted(table: Any, column: str, most: int) -> tuple[Any, str]:
    """Count the values of a column: each row of the result stands for `COUNT` rows whose values lie close by.

    All of them fall into the same bin of a histogram of up to `most` bins, as Vega cuts them, so its bars are
    as high as if each row were counted alone. Lowest and highest value stay.

    Args:
        table: a pyarrow table.
        column: of numbers or booleans.
        most: bins that are asked for (Vega's `maxbins`).

    Returns:
        The table to draw, of the columns `column` and `COUNT`, or `table` itself when it is short; a note.
    """
    import pyarrow as pa

    of = table.num_rows
    values = table.column(column).cast(pa.float64(), safe=False).to_numpy()
    values = np.sort(values[np.isfinite(values)])
    gone = of - len(values)
    note = f"{gone:,} {'row holds' if gone == 1 else 'rows hold'} no number" if gone else ""
    if of <= MAX_ROWS:
        return table, note
    note = "; ".join(filter(None, [f"counted are all {of:,} rows", note]))
    if not len(values):
        return pa.table({column: pa.array([], pa.float64()), COUNT: pa.array([], pa.int64())}), note
    start, stop, step = bins(float(values[0]), float(values[-1]), most)
    # as Vega's "bin" transform places a value
    place = np.floor((values.clip(start, stop - step) - start) / step + 1e-14)
    part = np.floor(((values - start) / step - place) * PARTS).clip(0, PARTS - 1)
    firsts = np.unique(place * PARTS + part, return_index=True)[1]
    counts = np.diff(firsts, append=len(values))
    cells = values[firsts]
    if cells[-1] != values[-1]:
        cells, counts = np.append(cells, values[-1]), np.append(counts, 1)
        counts[-2] -= 1
    return pa.table({column: pa.array(cells), COUNT: pa.array(counts)}), note


def bins(low: float, high: float, most: int) -> tuple[float, float, float]:
    """Cut a range as Vega does: into at most `most` bins, of a width of 1, 2 or 5 times a power of ten.

    Returns:
        The lower edge of the first bin, the upper edge of the last one, and the width of all.

    Source:
        https://vega.github.io/vega/docs/transforms/bin/

    Example:
        >>> bins(0.3, 9.6, 10)
        (0.0, 10.0, 1.0)
    """
    span = high - low or abs(low) or 1.0
    step = 10.0 ** (math.floor(math.log10(span) + 0.5) - math.ceil(math.log10(most)))
    while math.ceil(span / step) > most:
        step *= 10
    for part in (5, 2):
        if span / (step / part) <= most:
            step /= part
    digits = 0 if step >= 1 else int(-math.log10(step)) + 1
    edge = math.floor(low / step + 10.0 ** (-digits - 1)) * step
    start = edge - step if low < edge else edge
    stop = math.ceil(high / step) * step
    return start, start + step if stop == start else stop, step


def summed(table: Any, label: str, value: str) -> tuple[Any, str]:
    """Sum values by label, up and down apart, as bars of one label lie behind each other.

    Args:
        table: a pyarrow table.
        label: column of the names; they stay in the order in which they come first.
        value: column of numbers.

    Returns:
        The table to draw, of these two columns, or `table` itself when it is short; and a note.
    """
    import pyarrow as pa

    of = table.num_rows
    if of <= MAX_BARS:
        return table, ""
    names = table.column(label).combine_chunks().dictionary_encode("encode")
    codes, names = np.asarray(names.indices), names.dictionary
    values = table.column(value).cast(pa.float64(), safe=False).to_numpy()
    rows, sums = [], []
    for side in (values >= 0, values < 0):
        seen = np.flatnonzero(np.bincount(codes[side], minlength=len(names)))
        rows.append(seen)
        finite = side & np.isfinite(values)
        sums.append(np.bincount(codes[finite], values[finite], len(names))[seen])
    row, length = np.concatenate(rows), np.concatenate(sums)
    order = np.argsort(row, kind="stable")
    order = order[row[order] < MAX_BARS]
    drawn = pa.table({label: names.take(pa.array(row[order])), value: pa.array(length[order])})
    if len(names) <= MAX_BARS:
        return drawn, f"bars are sums of {of:,} rows"
    return drawn, f"drawn are the first {MAX_BARS:,} of {len(names):,} bars"
