"""Histograms: counts over equal bins, computed here or given by `np.histogram`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media.arrays import is_array_like, numbers, to_numpy
from nbtrack.media.base import Encoded, Media, Raw, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: from this size on an array is binned off the caller's thread
_DEFER_BYTES = 64 * 1024
#: values per pass: three arrays of this many float64 stay in the cache
_PASS = 32 * 1024
#: integers that span fewer values than this are counted one by one, exactly
_LEVELS = 1 << 16
_LARGEST = float(np.finfo(np.float64).max)


class Histogram(Media):
    """The distribution of many numbers, at one step.

    Args:
        sequence: numbers of any shape: list, numpy array, torch, tensorflow or jax tensor, or a list of such
            arrays, also of different shapes; flattened. NaN and infinities are left out and counted (`nan`,
            `inf`). Without any finite number all counts are 0, over the range 0 to 1, as `np.histogram([])`
            gives. A tuple `(values, edges)`, as `np.histogram` returns it, is taken as `np_histogram`.
        np_histogram: ready `(values, edges)`; values may be floats (`density=True`). Wins over `sequence`.
        num_bins: number of equal bins between the smallest and the largest number, 1 to 512.

    Raises:
        LogValueError: neither argument given, more than 512 bins, or edges that do not fit the values.
        LogTypeError: no real numbers.

    Numbers are counted as `np.histogram` counts them. Of floats in arrays of 64 KiB and more, one that lies
    within a few units in the last place of an edge may count in the bin beside it. Such arrays are not copied
    here: `log()` takes the snapshot.

    Example:
        >>> run.log({"gradients": nbtrack.Histogram(grads)})
        >>> run.log({"scores": nbtrack.Histogram(np_histogram=np.histogram(scores, range=(0.0, 1.0)))})
    """

    kind = "histogram"
    MAX_LENGTH: int = 512

    def __init__(self, sequence: Any = None, np_histogram: Any = None, num_bins: int = 64) -> None:
        if np_histogram is None and _is_numpy_histogram(sequence):
            np_histogram = sequence
        self._array: NDArray[Any] | None = None
        self._counts: Counts | None = None
        if np_histogram is not None:
            ready = isinstance(np_histogram, Counts)
            self._counts = np_histogram if ready else _checked(np_histogram, self.MAX_LENGTH)
            self._num_bins = len(self._counts.values)
        elif sequence is not None:
            self._num_bins = _bin_count(num_bins, self.MAX_LENGTH)
            array = _flat(sequence)
            if array.nbytes < _DEFER_BYTES:
                self._counts = binned(array, self._num_bins)
            else:
                self._array = array
        else:
            raise LogValueError("Histogram needs numbers, or np_histogram=(values, edges); got neither")

    def _computed(self) -> Counts:
        if self._counts is not None:
            return self._counts
        return binned(cast("NDArray[Any]", self._array), self._num_bins)

    @property
    def histogram(self) -> list[int] | list[float]:
        """Counts (or densities), one per bin."""
        return cast("list[int]", self._computed().values.tolist())

    @property
    def bins(self) -> list[float]:
        """Edges, one more than there are bins."""
        return cast("list[float]", self._computed().edges.tolist())

    @property
    def nan(self) -> int:
        """How many NaN were left out."""
        return self._computed().nan

    @property
    def inf(self) -> int:
        """How many infinities were left out."""
        return self._computed().inf

    def record(self) -> Record:
        """Small ones are ready; big arrays go to the codec "histogram"."""
        if self._counts is not None:
            return Record(self.kind, self._counts.meta())
        array = np.ascontiguousarray(self._array)
        return Record(
            self.kind, {}, Raw("histogram", {"dtype": array.dtype.str, "num_bins": self._num_bins}, array)
        )

    @classmethod
    def from_record(
        cls,
        meta: dict[str, Json],
        blob: bytes | None,
        file: Callable[[str], bytes],
    ) -> Histogram:
        """Read a stored one back."""
        if "values" not in meta:
            raise LogValueError(
                "this histogram is not encoded yet: its raw numbers still wait in the run's spool"
            )
        values, edges = np.asarray(meta["values"]), np.asarray(meta["bins"], dtype=np.float64)
        nan, inf = cast(int, meta.get("nan", 0)), cast(int, meta.get("inf", 0))
        return cls(np_histogram=Counts(values, edges, nan, inf))

    def __repr__(self) -> str:
        if self._counts is None:
            return f"<Histogram of {cast('NDArray[Any]', self._array).size:,} numbers, {self._num_bins} bins>"
        edges = self._counts.edges
        total = self._counts.values.sum()
        return f"<Histogram {self._num_bins} bins from {edges[0]:g} to {edges[-1]:g}, sum {total:g}>"


class Counts(NamedTuple):
    """A computed histogram."""

    values: NDArray[Any]
    edges: NDArray[np.float64]
    nan: int = 0
    inf: int = 0

    def meta(self) -> dict[str, Json]:
        """As it is stored."""
        meta: dict[str, Json] = {"values": self.values.tolist(), "bins": self.edges.tolist()}
        if self.nan:
            meta["nan"] = self.nan
        if self.inf:
            meta["inf"] = self.inf
        return meta


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "histogram". Params: dtype (numpy's string), num_bins."""
    array = np.frombuffer(data, dtype=np.dtype(cast(str, params["dtype"])))
    return Encoded(binned(array, cast(int, params["num_bins"])).meta())


def binned(array: NDArray[Any], num_bins: int) -> Counts:
    """Count flat real numbers in `num_bins` equal bins from the smallest to the largest finite one."""
    if array.dtype.kind == "b":
        array = array.view(np.uint8)
    nan = inf = 0
    low, high = _extremes(array)
    if array.dtype.kind == "f" and not math.isfinite(low + high):
        nan, inf = int(np.isnan(array).sum()), int(np.isinf(array).sum())
        if nan or inf:  # the sum of two finite extremes may overflow too
            array = array[np.isfinite(array)]
            low, high = _extremes(array)
    edges = _edges(low, high, num_bins)
    if not array.size:
        values = np.zeros(num_bins, np.int64)
    elif array.nbytes < _DEFER_BYTES and math.isfinite(float(edges[-1]) - float(edges[0])):
        values = _count_exactly(array.astype(np.float64), edges)
    elif array.dtype.kind in "iu" and high - low < _LEVELS:
        values = _count_levels(array, int(low), int(high), edges)
    else:
        values = _count_scaled(array, edges)
    return Counts(values, edges, nan, inf)


def _extremes(array: NDArray[Any]) -> tuple[float, float]:
    if not array.size:
        return 0.0, 1.0
    low, high = array.min(), array.max()
    return (int(low), int(high)) if array.dtype.kind in "iu" else (float(low), float(high))


def _edges(low: float, high: float, num_bins: int) -> NDArray[np.float64]:
    """Equal bins; a range too narrow for that many different float64 edges is widened about its middle."""
    low, high = float(low), float(high)
    if low == high:
        low, high = low - 0.5, high + 0.5
    needed = 2 * num_bins * math.ulp(max(abs(low), abs(high)))
    if high - low < needed:
        middle = low / 2 + high / 2
        low, high = max(middle - needed / 2, -_LARGEST), min(middle + needed / 2, _LARGEST)
    if max(abs(low), abs(high)) < _LARGEST / 4:
        return np.linspace(low, high, num_bins + 1)
    return np.linspace(low / 4, high / 4, num_bins + 1) * 4  # the width itself may be beyond float64


def _count_exactly(array: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Scale each number to its bin, then compare it with the edges themselves."""
    num_bins = len(edges) - 1
    found = ((array - edges[0]) / (edges[-1] - edges[0]) * num_bins).astype(np.intp)
    np.minimum(found, num_bins - 1, out=found)
    found -= array < edges[found]
    found += (array >= edges[found + 1]) & (found < num_bins - 1)
    return np.bincount(found, minlength=num_bins)


def _count_levels(array: NDArray[Any], low: int, high: int, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Integers of few different values: count each value, then bin the values. Exact."""
    counts = np.zeros(high - low + 1, np.int64)
    for part in _passes(array):
        # modulo 2^64 the difference is right for signed and unsigned alike
        offsets = part.astype(np.uint64) - np.uint64(low % (1 << 64))
        counts += np.bincount(offsets.astype(np.int64), minlength=len(counts))
    levels = np.arange(len(counts), dtype=np.float64) + low
    return np.histogram(levels, edges, weights=counts)[0].astype(np.int64)


def _count_scaled(array: NDArray[Any], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Scale each number to its bin and count the bins: three times as fast as looking the edges up."""
    num_bins = len(edges) - 1
    low, high = float(edges[0]), float(edges[-1])
    # float32 keeps its precision when lower edge and scale are exact enough in it; otherwise count in float64
    single = array.dtype.itemsize <= 4 and array.dtype.kind == "f" and _fits_single(low, high, num_bins)
    work = np.dtype(np.float32 if single else np.float64)
    half = 1.0 if math.isfinite(high - low) else 0.5
    low, width = work.type(low * half), high * half - low * half
    scale = num_bins / width
    counts = np.zeros(num_bins + 1, np.int64)
    for part in _passes(array):
        scaled = part.astype(work)
        if half != 1.0:
            scaled *= half
        scaled -= low
        if math.isfinite(scale):
            scaled *= work.type(scale)
        else:
            scaled /= width
            scaled *= num_bins
        counts += np.bincount(scaled.astype(np.intp), minlength=num_bins + 1)[: num_bins + 1]
    counts[-2] += counts[-1]  # the largest number belongs to the last bin
    return counts[:-1]


def _fits_single(low: float, high: float, num_bins: int) -> bool:
    return float(np.float32(low)) == low and high - low < 1e38 and num_bins / (high - low) < 1e38


def _passes(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for start in range(0, array.size, _PASS):
        yield array[start : start + _PASS]


def _flat(sequence: Any) -> NDArray[Any]:
    if not is_array_like(sequence) and not hasattr(sequence, "__array__"):
        if isinstance(sequence, str | bytes | dict):
            raise LogTypeError(f"Histogram needs numbers, not {type(sequence).__name__}")
        if hasattr(sequence, "__iter__") and not hasattr(sequence, "__getitem__"):
            sequence = list(sequence)  # sets and generators
        if isinstance(sequence, list | tuple) and any(map(is_array_like, sequence)):
            sequence = np.concatenate([np.ravel(to_numpy(part)) for part in sequence])
    array = to_numpy(sequence)
    if not array.size:
        return np.empty(0, np.float64)
    array = numbers(array, "Histogram")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)  # longdouble is not portable
    return array.ravel(order="K")


def _bin_count(num_bins: Any, limit: int) -> int:
    try:
        count = num_bins.__index__()
    except AttributeError:
        raise LogTypeError(f"num_bins must be an int from 1 to {limit}; got {num_bins!r}") from None
    if not 1 <= count <= limit:
        raise LogValueError(f"num_bins must be from 1 to {limit}; got {num_bins}")
    return int(count)


def _is_numpy_histogram(value: Any) -> bool:
    """Whether `value` is the pair that `np.histogram` returns: one edge more than values."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    try:
        return len(value[1]) == len(value[0]) + 1
    except TypeError:  # two numbers, or arrays without dimensions
        return False


def _checked(pair: Any, limit: int) -> Counts:
    try:
        values, edges = pair
    except (TypeError, ValueError):
        raise LogValueError(
            f"np_histogram must be the pair (values, edges); got {type(pair).__name__}"
        ) from None
    values = numbers(to_numpy(values), "np_histogram values").ravel()
    edges = numbers(to_numpy(edges), "np_histogram edges").ravel().astype(np.float64)
    if not 1 <= len(values) <= limit:
        raise LogValueError(f"np_histogram must have 1 to {limit} bins; got {len(values)}")
    if len(edges) != len(values) + 1:
        raise LogValueError(
            f"np_histogram needs one edge more than values; got {len(edges)} and {len(values)}"
        )
    if not np.isfinite(edges).all() or (np.diff(edges) < 0).any():
        raise LogValueError(
            f"np_histogram edges must be finite and ascending; got {edges[0]:g} ... {edges[-1]:g}"
        )
    if values.dtype.kind != "f":
        return Counts(values.astype(np.int64), edges)
    if not np.isfinite(values).all():
        # np.histogram(..., density=True) of nothing is NaN: no reason to stop a training
        warn("Histogram: np_histogram holds values that are not finite; they count as 0")
        values = np.where(np.isfinite(values), values, 0.0)
    return Counts(values.astype(np.float64), edges)
