"""A point cloud, cut into parts that a viewer can draw one after the other.

    points-000, points-001, ...   the points, shuffled, so that every prefix of them is a fair sample: the
                                  first is small and the first picture, the others make it denser

A part of n points is, little-endian and one after the other:

    n x 4 uint16    x, y, z as multiples of `scale` above `lo` (both in the meta), and the category; or
    n x 4 float32   offsets from `lo`, where points far away would make 65,535 steps too coarse for the others
    n x 4 uint8     red, green, blue, 255; where the cloud has colors
    n x uint16      for each column of values, multiples of its `scale` above its `lo`; padded to 4 bytes

Category 65,535 marks a point without a position (NaN, or beyond 1e30): nobody draws it. The point at place
`i` of all parts together is row `rows_of(n)[i]` of the array.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import NbtrackWarning, warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: points of the first part, which is the first picture, and of the others (2 to 4 MiB each)
FIRST, PART = 2**16, 2**18
#: "category" of a point that has no position
NOWHERE = 65_535
#: what a browser's 32-bit numbers can still be asked to show
FAR = 1e30
_STEPS = 65_535
#: uint16 serves while the middle 98 % of the points are spread over so many of its steps
_FINE = 2048
#: constants of the shuffle: odd, as `x * odd` must be a bijection
_ODD = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)


def drawable(
    points: NDArray[Any], columns: Mapping[str, NDArray[Any]] | None = None
) -> tuple[dict[str, Json], dict[str, bytes]]:
    """Make the parts that are drawn.

    Args:
        points: (n, 3), (n, 4) or (n, 6).
        columns: further numbers by name, each (n,).

    Returns:
        The meta: lo, scale, positions ("u2" or "f4"), rgb, chunks (points of each part), scalars, and absent
        (how many points have no position) if there are any. And the parts by name.
    """
    n = len(points)
    absent, lo, hi = _extent(points)
    wide = _is_wide(points, absent, lo, hi)
    steps = np.ones(3) if wide else _steps(lo, hi)
    numeric = [(name, column, *_span(column)) for name, column in (columns or {}).items()]
    colors = _color_scale(points[:, 3:]) if points.shape[1] == 6 else None
    rows, parts = rows_of(n), dict[str, bytes]()
    chunks: list[Json] = []
    for start, stop in _cuts(n):
        at = rows[start:stop]
        some, gone = points[at], None if absent is None else absent[at]
        pieces = [_positions(some, gone, lo, steps, wide)]
        if colors is not None:
            pieces.append(_rgba(some[:, 3:], colors))
        for _, column, low, high in numeric:
            pieces.append(_levels(column[at], low, (high - low) / _STEPS))
        parts[f"points-{len(chunks):03}"] = b"".join(pieces)
        chunks.append(stop - start)
    meta: dict[str, Json] = {
        "lo": lo.tolist(),
        "scale": steps.tolist(),
        "positions": "f4" if wide else "u2",
        "rgb": colors is not None,
        "chunks": chunks,
        "scalars": [
            {"name": name, "lo": low, "scale": (high - low) / _STEPS} for name, _, low, high in numeric
        ],
    }
    if absent is not None:
        meta["absent"] = int(absent.sum())
    return meta, parts


def rows_of(n: int) -> NDArray[np.uint32]:
    """Return a shuffle of 0 to n - 1 that a browser can compute for a single place, too.

    Multiplying by an odd number and folding the high bits down are bijections of k bits (the steps of
    SplitMix's and murmur's finalizers); whoever lands beyond n goes on until he is within ("cycle walking").
    """
    bits = max(int(n - 1).bit_length(), 2) if n else 2
    mask, fold = np.uint32(2**bits - 1), np.uint32(bits // 2 + 1)

    def step(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
        for odd in _ODD:
            x = (x * np.uint32(odd) + np.uint32(odd >> 7)) & mask
            x ^= x >> fold
        return x

    rows = step(np.arange(n, dtype=np.uint32))
    while len(beyond := np.flatnonzero(rows >= n)):
        rows[beyond] = step(rows[beyond])
    return rows


def _cuts(n: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < n:
        stop = min(n, start + (PART if start else FIRST))
        yield start, stop
        start = stop


def _extent(points: NDArray[Any]) -> tuple[NDArray[np.bool_] | None, NDArray[Any], NDArray[Any]]:
    """Which points have no position (None: all have one), and the corners of the box around the others."""
    if not len(points):
        return None, np.zeros(3), np.zeros(3)
    places = [points[:, i] for i in range(3)]
    lo = np.array([column.min() for column in places], np.float64)
    hi = np.array([column.max() for column in places], np.float64)
    if (lo >= -FAR).all() and (hi <= FAR).all():  # false where NaN is
        return None, lo, hi
    with np.errstate(invalid="ignore"):
        there = np.logical_and.reduce([np.abs(column) <= FAR for column in places])
    if not there.any():
        return ~there, np.zeros(3), np.zeros(3)
    lo = np.array([column[there].min() for column in places], np.float64)
    hi = np.array([column[there].max() for column in places], np.float64)
    return ~there, lo, hi


def _is_wide(
    points: NDArray[Any], absent: NDArray[np.bool_] | None, lo: NDArray[Any], hi: NDArray[Any]
) -> bool:
    """Whether stray points make steps of 1/65,535 of the extent too coarse for the others."""
    if not len(points):
        return False
    some = points[:: max(1, len(points) // 50_000), :3]
    if absent is not None:
        some = some[~absent[:: max(1, len(points) // 50_000)]]
    if not len(some):
        return False
    inner = np.ptp(np.percentile(some.astype(np.float64), (1, 99), axis=0), axis=0)
    return bool(((inner > 0) & (inner * _STEPS < (hi - lo) * _FINE)).any())


def _steps(lo: NDArray[Any], hi: NDArray[Any]) -> NDArray[np.float64]:
    steps = (hi - lo) / _STEPS
    return np.where(steps > 0, steps, 1.0)


def _positions(
    some: NDArray[Any], gone: NDArray[np.bool_] | None, lo: NDArray[Any], steps: NDArray[Any], wide: bool
) -> bytes:
    made = np.zeros((len(some), 4), "<f4" if wide else "<u2")
    with np.errstate(invalid="ignore", over="ignore"):  # points without a position; marked below
        exact = (some[:, :3].astype(np.float64) - lo) / steps
        made[:, :3] = exact if wide else np.rint(np.clip(exact, 0, _STEPS))
    if some.shape[1] == 4:
        made[:, 3] = some[:, 3]
    if gone is not None:
        made[gone] = (0, 0, 0, NOWHERE)
    return made.tobytes()


def _color_scale(colors: NDArray[Any]) -> float:
    """1 for colors of 0 to 255, 255 for fractions; says so when some are outside."""
    if not colors.size:
        return 1.0
    low, high = float(np.fmin.reduce(colors, axis=None)), float(np.fmax.reduce(colors, axis=None))
    fractions = colors.dtype.kind == "f" and 0 < high <= 1 and low >= 0
    if low < 0 or high > 255:
        with contextlib.suppress(NbtrackWarning):  # an encoder thread has no caller to raise at
            warn(
                f"Object3D: colors of {low:g} to {high:g} in points of shape ({len(colors)}, 6); "
                "0 to 255 are drawn, what is outside is clipped"
            )
    return 255.0 if fractions else 1.0


def _rgba(colors: NDArray[Any], scale: float) -> bytes:
    made = np.full((len(colors), 4), 255, np.uint8)
    exact = np.nan_to_num(colors.astype(np.float32) * np.float32(scale), nan=0, posinf=255, neginf=0)
    made[:, :3] = np.rint(np.clip(exact, 0, 255))
    return made.tobytes()


def _span(column: NDArray[Any]) -> tuple[float, float]:
    finite = column[np.abs(column) <= FAR] if column.dtype.kind == "f" else column
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _levels(some: NDArray[Any], low: float, step: float) -> bytes:
    exact = np.nan_to_num(some.astype(np.float64), nan=low, posinf=FAR, neginf=-FAR)
    made = np.rint(np.clip((exact - low) / (step or 1.0), 0, _STEPS)).astype("<u2")
    return made.tobytes() + bytes(-made.nbytes % 4)
