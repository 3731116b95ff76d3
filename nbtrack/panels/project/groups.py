"""Runs in groups: how many, and of other fields the mean and distribution, or the most frequent values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.panels.project.query import fields_of, wanted
from nbtrack.panels.project.wire import Group, Groups, Numbers, Texts
from nbtrack.panels.wire import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nbtrack.store.model import Json
    from nbtrack.store.reading import Reading

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    #: what is sorted by: numbers are 0, texts 1
    Rank = tuple[int, Any]

#: groups in an answer; the others are counted
MAX_GROUPS = 500
#: bars of a small histogram
BARS = 12
#: most frequent values of a text field
_TOP = 5
#: characters of such a value
_LONGEST = 200
#: fields that are grouped by
_MOST_KEYS = 8
#: rank of what has no value
_LACKING = 2


def groups(reading: Reading, args: Mapping[str, Any]) -> Groups:
    """Answer with the runs that a query finds, in groups.

    Args:
        reading: of the store.
        args: `query`; `by`, fields whose values a group shares; `fields` that are summed up. Sorting by a
            field is by the mean of a group, or by its most frequent value; else the largest come first.
    """
    meant, by, fields = wanted(reading, args), fields_of(args, "by"), fields_of(args)
    if not 0 < len(by) <= _MOST_KEYS:
        raise LogValueError(f"by must name 1 to {_MOST_KEYS} fields; got {len(by)}")
    rids = np.array(meant.select(reading), np.int64)
    made = _Grouping(reading, rids, by)
    order = made.order(meant.order)
    shown = order[:MAX_GROUPS]
    found = [Group(key=made.key(g), count=int(made.counts[g]), fields={}) for g in shown.tolist()]
    spans: dict[str, tuple[float, float]] = {}
    for field in fields:
        of, numbers = made.numbers(field)
        texts_of, texts = made.texts(field, text_only=len(of) > 0)
        if len(of) and len(of) >= len(texts_of):
            spans[field] = (float(numbers.min()), float(numbers.max()))
            _add_numbers(found, field, made.places(shown)[of], numbers, spans[field])
        elif texts:
            _add_texts(found, field, made.places(shown)[texts_of], texts)
    return Groups(
        revision=reading.revision,
        total=reading.count(meant.scope),
        matched=len(rids),
        groups=found,
        others=len(order) - len(shown),
        spans=spans,
    )


class _Grouping:
    """Which of the runs is in which group; groups are numbered as their keys sort."""

    def __init__(self, reading: Reading, rids: Ints, by: Sequence[str]) -> None:
        self._reading = reading
        self._rids = rids
        self._by = list(by)
        codes = np.zeros(len(rids), np.int64)
        for field in by:
            own, values = _coded(reading.told(field), rids)
            # numbered anew each time: the product of many fields' numbers could be beyond any integer
            codes = np.unique(codes * len(values) + own, return_inverse=True)[1].astype(np.int64)
        self.counts = np.bincount(codes)
        self._codes = codes
        first = np.zeros(len(self.counts), np.int64)
        first[codes[::-1]] = np.arange(len(rids))[::-1]
        #: the first run of each group, as a place in `rids`
        self._first = first
        self._group_of = np.full(int(rids.max(initial=0)) + 2, -1, np.int64)
        self._group_of[rids] = codes

    def key(self, group: int) -> list[Json]:
        """Return what its runs share."""
        rid = int(self._rids[self._first[group]])
        return [self._reading.told(field).get(rid) for field in self._by]

    def places(self, shown: Ints) -> Ints:
        """Return the place of each group among those that are shown, -1 of others."""
        places = np.full(len(self.counts), -1, np.int64)
        places[shown] = np.arange(len(shown))
        return places

    def numbers(self, field: str) -> tuple[Ints, Floats]:
        """Return (groups, finite numbers) of a field, one for each run that has one."""
        rids, numbers = self._reading.numbers(field)
        groups = self._groups(rids)
        kept = (groups >= 0) & np.isfinite(numbers)
        return groups[kept], numbers[kept]

    def texts(self, field: str, *, text_only: bool) -> tuple[Ints, list[Json]]:
        """Return (groups, values) of a field, one for each run that has one."""
        told = self._reading.told(field, text_only=text_only)
        if not told:
            return np.zeros(0, np.int64), []
        groups = self._groups(np.fromiter(told, np.int64, len(told)))
        values = list(told.values())
        return groups[groups >= 0], [values[i] for i in np.flatnonzero(groups >= 0).tolist()]

    def _groups(self, rids: Ints) -> Ints:
        # the last entry is that of runs beyond all that are meant
        return self._group_of[np.minimum(rids, len(self._group_of) - 1)]

    def order(self, terms: Sequence[tuple[str, bool]]) -> Ints:
        """Return all groups in order; those that lack a field come last, ties largest first, then by key."""
        order: list[int] = np.argsort(-self.counts, kind="stable").tolist()
        for field, descending in reversed(terms):
            ranks = self._ranks(field)
            order.sort(key=ranks.__getitem__, reverse=descending)
            order.sort(key=[sort for sort, _ in ranks].__getitem__)  # whichever the direction
        return np.array(order, np.int64)

    def _ranks(self, field: str) -> list[Rank]:
        """Return what each group is sorted by: numbers before texts."""
        n = len(self.counts)
        if field in self._by:
            at = self._by.index(field)
            return [_rank(self.key(g)[at]) for g in range(n)]
        of, numbers = self.numbers(field)
        if len(of):
            count, total = np.bincount(of, minlength=n), np.bincount(of, weights=numbers, minlength=n)
            return [(0, total[g] / count[g]) if count[g] else (_LACKING, 0) for g in range(n)]
        of, values = self.texts(field, text_only=False)
        codes, distinct = _numbered(values)
        ranks: list[Rank] = [(_LACKING, 0)] * n
        for group, code, _ in _frequent(of, codes, max(len(distinct), 1), 1):
            ranks[group] = _rank(distinct[code])
        return ranks


def _coded(told: Mapping[int, Json], rids: Ints) -> tuple[Ints, list[Json]]:
    """Return the number of each run's value, and the values."""
    return _numbered([told.get(rid) for rid in rids.tolist()])


def _numbered(values: Sequence[Json]) -> tuple[Ints, list[Json]]:
    """Number values as they sort; 1, 1.0 and True are one, as in every comparison."""
    distinct = sorted(dict.fromkeys(values), key=_rank)
    known = {value: i for i, value in enumerate(distinct)}
    return np.array([known[value] for value in values], np.int64), distinct


def _rank(value: Json) -> Rank:
    if value is None:
        return _LACKING, 0
    return (1, value) if isinstance(value, str) else (0, value)


def _add_numbers(
    found: list[Group], field: str, places: Ints, numbers: Floats, span: tuple[float, float]
) -> None:
    kept = places >= 0
    of, numbers, n = places[kept], numbers[kept], len(found)
    count = np.bincount(of, minlength=n)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, of, numbers)
    np.maximum.at(high, of, numbers)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # divided before they are added: the sum itself may be beyond what a float holds
        mean = np.bincount(of, weights=numbers / np.maximum(count, 1)[of], minlength=n)
    bars = np.bincount(of * BARS + _bars(numbers, *span), minlength=n * BARS).reshape(n, BARS)
    for g in np.flatnonzero(count).tolist():
        found[g]["fields"][field] = Numbers(
            n=int(count[g]), mean=float(mean[g]), min=float(low[g]), max=float(high[g]), bars=bars[g].tolist()
        )


def _bars(numbers: Floats, lo: float, hi: float) -> Ints:
    """Return the bar that each number is in."""
    if hi <= lo:
        return np.zeros(len(numbers), np.int64)
    width = hi / BARS - lo / BARS
    if width == 0:  # numbers so near to zero that a part of their span is none
        return (numbers > lo).astype(np.int64) * (BARS - 1)
    return np.clip(numbers / width - lo / width, 0, BARS - 1).astype(np.int64)


def _add_texts(found: list[Group], field: str, places: Ints, values: Sequence[Json]) -> None:
    kept = np.flatnonzero(places >= 0)
    codes, distinct = _numbered([values[i] for i in kept.tolist()])
    of = places[kept]
    counts = np.bincount(of, minlength=len(found))
    tops: dict[int, list[tuple[Json, int]]] = {}
    for g, code, count in _frequent(of, codes, max(len(distinct), 1), _TOP):
        value = distinct[code]
        short = value[:_LONGEST] if isinstance(value, str) else plain(value)
        tops.setdefault(g, []).append((short, count))
    for g, top in tops.items():
        found[g]["fields"][field] = Texts(n=int(counts[g]), values=top)


def _frequent(of: Ints, codes: Ints, distinct: int, top: int) -> list[tuple[int, int, int]]:
    """Return (group, value, how many), the `top` most frequent values of each group."""
    pairs, counts = np.unique(of * distinct + codes, return_counts=True)
    groups, values = pairs // distinct, pairs % distinct
    order = np.lexsort((values, -counts, groups))
    groups, values, counts = groups[order], values[order], counts[order]
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    place = np.arange(len(groups)) - np.repeat(starts, np.diff(starts, append=len(groups)))
    kept = place < top
    return list(zip(groups[kept].tolist(), values[kept].tolist(), counts[kept].tolist(), strict=True))
