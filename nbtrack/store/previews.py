"""A series in a few kilobytes: what the index keeps so that a thousand runs can be drawn without their files.

A series of more than 2,048 points is kept as 1,024 buckets of min, max and mean; a shorter one as it is.
Numbers are float32. Steps at equal distances, the common case, cost nothing.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from nbtrack.store.model import Preview
from nbtrack.store.sample import BUCKETS, bucketed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.store.model import Series

#: series of up to this many points are kept whole
WHOLE = 2 * BUCKETS

#: buckets, points of the series, whether whole, whether at equal distances, first step, distance
_HEAD = struct.Struct("<IQ??6xqq")


def encode(series: Series) -> bytes:
    """Pack a preview of `series`."""
    n = len(series.steps)
    whole = n <= WHOLE
    columns: list[NDArray[np.float32]]
    if whole:
        steps = series.steps
        with np.errstate(over="ignore"):
            columns = [series.values.astype("<f4")]
    else:
        steps, *columns = bucketed(series.steps, series.values)
    first = int(steps[0]) if n else 0
    distances = np.diff(steps)
    distance = int(distances[0]) if len(distances) else 1
    even = bool((distances == distance).all())
    parts = [] if even else [steps.astype("<i8").tobytes()]
    parts += [column.astype("<f4").tobytes() for column in columns]
    return _HEAD.pack(len(steps), n, whole, even, first, distance) + b"".join(parts)


def points(data: bytes) -> int:
    """Return the number of points of the series that `data` is a preview of."""
    n: int = _HEAD.unpack_from(data)[1]
    return n


def decode(run: str, key: str, data: bytes) -> Preview:
    """Unpack what `encode` gave."""
    count, n, whole, even, first, distance = _HEAD.unpack_from(data)
    at = _HEAD.size
    if even:
        steps = first + distance * np.arange(count, dtype=np.int64)
    else:
        steps = np.frombuffer(data, "<i8", count, at)
        at += 8 * count
    low = np.frombuffer(data, "<f4", count, at)
    if whole:
        return Preview(run, key, n, steps, low, low, low)
    high = np.frombuffer(data, "<f4", count, at + 4 * count)
    mean = np.frombuffer(data, "<f4", count, at + 8 * count)
    return Preview(run, key, n, steps, low, high, mean)
