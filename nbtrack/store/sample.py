"""Fewer points that draw the same picture: pure functions over numpy arrays.

Two reductions. `downsample` picks *actual points* (the lowest and the highest of each bucket, the first and
the last), so that spikes stay and each drawn point was really logged. `bucketed` gives min, max and mean of
at most `buckets` stretches of equally many points: the previews of the index. NaN never hides a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: stretches of a preview
BUCKETS = 1024


class Buckets(NamedTuple):
    """Stretches of a series: the step each begins at; min, max and mean of its numbers (NaN: none)."""

    steps: NDArray[np.int64]
    min: NDArray[np.float32]
    max: NDArray[np.float32]
    mean: NDArray[np.float32]


def downsample(
    steps: NDArray[np.int64], values: NDArray[np.float64], buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return at most `2 * buckets` of the points, in order, extremes kept.

    The first and the last point are always among them, and so are the lowest and the highest value of the
    whole series. A bucket that holds only NaN keeps one of them, so that a gap stays a gap.

    Args:
        steps: Increasing steps.
        values: As many values.
        buckets: At least 1.

    Returns:
        Steps and values; the inputs themselves when they are few enough.

    Raises:
        ValueError: `buckets` is below 1.

    Example:
        >>> s, v = downsample(np.arange(100_000), np.random.randn(100_000), 500)
        >>> len(s) <= 1000
        True
    """
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, not {buckets}")
    n = len(steps)
    if n <= 2 * buckets:
        return steps, values
    if buckets == 1:
        picked = np.array([0, n - 1])
        return steps[picked], values[picked]
    stretches = buckets - 1  # one pair is left for the first and the last point
    size = -(-n // stretches)
    rows = -(-n // size)
    padded = np.full(rows * size, np.nan)
    padded[:n] = values
    table = padded.reshape(rows, size)
    missing = np.isnan(table)
    start = np.arange(rows) * size
    low = np.where(missing, np.inf, table).argmin(axis=1) + start
    high = np.where(missing, -np.inf, table).argmax(axis=1) + start
    picked = np.unique(np.concatenate(([0, n - 1], low, high)))
    picked = picked[picked < n]
    return steps[picked], values[picked]


def bucketed(steps: NDArray[np.int64], values: NDArray[np.float64], buckets: int = BUCKETS) -> Buckets:
    """Reduce a series to at most `buckets` stretches of equally many points.

    Example:
        >>> b = bucketed(np.arange(10_000), np.arange(10_000.0), 100)
        >>> float(b.min[0]), float(b.max[-1])
        (0.0, 9999.0)
    """
    n = len(steps)
    count = min(n, buckets)
    if count == 0:
        none = np.empty(0, np.float32)
        return Buckets(np.empty(0, np.int64), none, none, none)
    starts = np.arange(count, dtype=np.int64) * n // count
    number = ~np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        low = np.fmin.reduceat(values, starts)
        high = np.fmax.reduceat(values, starts)
        mean = np.add.reduceat(np.where(number, values, 0.0), starts) / np.add.reduceat(
            number, starts, dtype=np.int64
        )
        return Buckets(steps[starts], *(part.astype(np.float32) for part in (low, high, mean)))
