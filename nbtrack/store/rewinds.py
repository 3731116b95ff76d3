"""Rewinds: a run goes back to a step, and what was logged beyond it is no part of the run any more.

Nothing is deleted. A rewind is one META, ["run", "rewound"] = {step, time, since}; whoever reads the run
leaves out rows with a later step that were written before it. A row is judged by its own step and time alone,
so the order in which files are read makes no difference, and rewinds of several writers add up.
(`tidy` removes raw media that only such rows were waiting for, as it does with all that nobody waits for.)
"""

from __future__ import annotations

from bisect import bisect_left
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: META path of a rewind
PATH = ("run", "rewound")


class Rewind(NamedTuple):
    """One going back."""

    #: last step that stays
    step: int
    #: unix seconds: rows of later steps go if they were written before this
    time: float
    #: unix seconds of the first row that goes; edits of the summary made from then on go with it
    since: float

    @classmethod
    def read(cls, value: Any) -> Rewind | None:
        """The value of a META; None when it is not one of a rewind."""
        if not isinstance(value, dict):
            return None
        step, time, since = (value.get(name) for name in cls._fields)
        if not isinstance(step, int) or not -(2**63) <= step < 2**63:
            return None
        if not all(isinstance(t, int | float) and isfinite(t) for t in (time, since)):
            return None
        return cls(step, float(time), float(since))  # type: ignore[arg-type]


class Rewinds(frozenset[Rewind]):
    """All rewinds of a run.

    Example:
        >>> Rewinds([Rewind(step=10, time=50.0, since=20.0)]).drops(11, 49.0)
        True
    """

    def __init__(self, _items: Iterable[Rewind] = ()) -> None:
        ordered = sorted(self)
        self._steps = [rewind.step for rewind in ordered]
        #: by the number of rewinds to earlier steps: when the last of these was
        self._times = [float("-inf")]
        for rewind in ordered:
            self._times.append(max(self._times[-1], rewind.time))

    def drops(self, step: int, time: float) -> bool:
        """Whether a row of `step`, written at `time`, is no part of the run any more."""
        return time < self._times[bisect_left(self._steps, step)]

    def keeps(self, steps: NDArray[np.int64], times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The opposite of `drops`, of many rows."""
        kept: NDArray[np.bool_] = times >= np.array(self._times)[np.searchsorted(self._steps, steps)]
        return kept

    def undoes(self, time: float) -> bool:
        """Whether an edit of the summary, made at `time`, belonged to rows that went."""
        return any(rewind.since <= time < rewind.time for rewind in self)
