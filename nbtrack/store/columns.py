"""One numeric key of a run in memory: points in step order that grow in place.

Each point carries the time of its `log()` call, because a point may be written more than once (a late step,
a resumed run, two notebooks on one run): of the writes to one step the latest counts, in whatever order the
files are read. Points in step order are appended in amortized constant time; others are merged into the tail.

What was handed out is never changed: an array that somebody may hold is copied before its points are touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nbtrack.store.model import KeyInfo, Series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

T = TypeVar("T", np.int64, np.float64)

#: letters of the types of numbers, each holds the ones before it
DTYPES = "bif"


class Column:
    """A growable series of (step, value, time), strictly increasing in step."""

    __slots__ = (
        "_lent",
        "_max",
        "_min",
        "_seen",
        "_steps",
        "_times",
        "_values",
        "dtype",
        "epoch",
        "key",
        "latest",
        "n",
        "revision",
    )

    def __init__(self, key: str) -> None:
        self.key = key
        #: b bool, i int, f float: the narrowest that holds all that was logged
        self.dtype = "b"
        self.n = 0
        #: grows when a point that was there before changed, or one was put in before the end
        self.epoch = 0
        #: revision of the run at the last change
        self.revision = 0
        #: time of the latest write, unix seconds
        self.latest = float("-inf")
        self._steps: Ints = np.empty(0, np.int64)
        self._values: Floats = np.empty(0, np.float64)
        self._times: Floats = np.empty(0, np.float64)
        self._lent = False
        self._seen = 0  # how many points `_min` and `_max` cover
        self._min = self._max = float("nan")

    @property
    def steps(self) -> Ints:
        """Steps, read-only."""
        return self._view(self._steps)

    @property
    def values(self) -> Floats:
        """Values, read-only."""
        return self._view(self._values)

    @property
    def times(self) -> Floats:
        """Unix time of each point's write, read-only."""
        return self._view(self._times)

    def series(self) -> Series:
        """The points as they are now; later changes do not show in it."""
        return Series(self.key, self.dtype, self.steps, self.values, self.epoch)

    def last(self) -> tuple[float, int, float]:
        """Value, step and time of the last point; there must be one."""
        at = self.n - 1
        return float(self._values[at]), int(self._steps[at]), float(self._times[at])

    def info(self) -> KeyInfo:
        """Extent and statistics; `min` and `max` ignore NaN."""
        n = self.n
        if not n:
            return KeyInfo(self.key, dtype=self.dtype, epoch=self.epoch)
        if self._seen < n:
            fresh = self._values[self._seen : n]
            self._min = float(np.fmin(self._min, np.fmin.reduce(fresh)))
            self._max = float(np.fmax(self._max, np.fmax.reduce(fresh)))
            self._seen = n
        return KeyInfo(
            self.key,
            {"number"},
            self.dtype,
            n,
            int(self._steps[0]),
            int(self._steps[n - 1]),
            self._min,
            self._max,
            float(self._values[n - 1]),
            self.epoch,
        )

    def extend(
        self,
        steps: Ints,
        values: Floats,
        times: Floats,
        dtype: str = "f",
        *,
        ordered: bool | None = None,
        quiet_end: bool = False,
    ) -> bool:
        """Take in points, in the order in which they were written; True when something changed.

        Args:
            steps: Any order, repeats allowed: of one step the latest time counts, the later one on a tie.
                The arrays may be kept and must not be changed afterwards.
            values: As many values.
            times: Unix seconds of each.
            dtype: f, i or b.
            ordered: Whether the steps increase strictly, if that is known.
            quiet_end: Do not count a new value of the last step as a change of epoch. For series such as
                `_timestamp`, whose last point moves with every further `log()` of the same step.
        """
        count = len(steps)
        if not count:
            return False
        if dtype != self.dtype and DTYPES.index(dtype) > DTYPES.index(self.dtype):
            self.dtype = dtype
        self.latest = max(self.latest, float(times.max()) if count > 1 else float(times[0]))
        if count > 1 and not (is_ordered(steps) if ordered is None else ordered):
            steps, values, times = _latest(steps, values, times)
            count = len(steps)
        n = self.n
        if not n:
            # several keys may hold the same steps and times: nobody writes into them
            self._steps, self._values, self._times = steps, np.ascontiguousarray(values), times
            self.n, self._lent = count, True
            return True
        if steps[0] > self._steps[n - 1]:
            self._reserve(n + count)
            self._steps[n : n + count] = steps
            self._values[n : n + count] = values
            self._times[n : n + count] = times
            self.n = n + count
            return True
        return self._merge(steps, values, times, quiet_end=quiet_end)

    def _merge(self, steps: Ints, values: Floats, times: Floats, *, quiet_end: bool) -> bool:
        n = self.n
        at = int(np.searchsorted(self._steps[:n], steps[0]))
        old_steps, old_values, old_times = self._steps[at:n], self._values[at:n], self._times[at:n]
        new_steps, new_values, new_times = _latest(
            np.concatenate((old_steps, steps)),
            np.concatenate((old_values, values)),
            np.concatenate((old_times, times)),
        )
        kept = n - at
        same_steps = np.array_equal(new_steps[:kept], old_steps)
        same = same_steps & (
            (new_values[:kept] == old_values) | (np.isnan(new_values[:kept]) & np.isnan(old_values))
        )
        if len(new_steps) == kept and np.all(same) and np.array_equal(new_times, old_times):
            return False
        if not np.all(same[:-1] if quiet_end and same_steps else same):
            self.epoch += 1
        total = at + len(new_steps)
        self._reserve(total, copy=self._lent)
        self._steps[at:total] = new_steps
        self._values[at:total] = new_values
        self._times[at:total] = new_times
        self.n = total
        self._seen, self._min, self._max = 0, float("nan"), float("nan")
        return True

    def _reserve(self, total: int, *, copy: bool = False) -> None:
        """Make room for `total` points, in new arrays when `copy`."""
        capacity = len(self._steps)
        if total <= capacity and not copy:
            return
        capacity = max(total, 16) if total <= capacity else max(total, 2 * capacity)
        for name in ("_steps", "_values", "_times"):
            old = getattr(self, name)
            new = np.empty(capacity, old.dtype)
            new[: self.n] = old[: self.n]
            setattr(self, name, new)
        self._lent = False

    def _view(self, array: NDArray[T]) -> NDArray[T]:
        self._lent = True
        view = array[: self.n]
        view.flags.writeable = False
        return view


def is_ordered(steps: Ints) -> bool:
    """Whether steps increase strictly."""
    return bool((steps[1:] > steps[:-1]).all())


def _latest(steps: Ints, values: Floats, times: Floats) -> tuple[Ints, Floats, Floats]:
    """Sort by step and keep the latest write of each; the later one in order when times are equal."""
    order = np.lexsort((times, steps))  # stable: equal (step, time) stay in their order
    steps = steps[order]
    last = np.empty(len(steps), bool)
    last[-1] = True
    np.not_equal(steps[1:], steps[:-1], out=last[:-1])
    order = order[last]
    return steps[last], values[order], times[order]
