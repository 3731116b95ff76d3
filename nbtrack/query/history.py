"""Histories: what was logged under several keys, joined by step.

rows = Rows.read(reader, keys=["loss", "acc"])
rows.sampled(500).records()        # list of dicts; every row holds all of the keys asked for
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.query.media import by_step
from nbtrack.store.model import SYSTEM_PREFIX, Json, Series
from nbtrack.store.sample import downsample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nbtrack.store.reader import RunReader

    Steps = NDArray[np.int64]

#: what each row of a history holds beside the logged keys, as in W&B
BOOKKEEPING = ("_runtime", "_timestamp")


@dataclass(frozen=True, slots=True)
class Column:
    """One key: strictly increasing steps, and a value for each."""

    steps: Steps
    #: int64, float64 or bool; object when anything but numbers was logged
    values: NDArray[Any]

    @property
    def numeric(self) -> bool:
        """Whether only numbers were logged."""
        return self.values.dtype != object

    def find(self, steps: Steps) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """For each of `steps`: whether it is in the column, and where (0 when not)."""
        if not len(self.steps):
            return np.zeros(len(steps), bool), np.zeros(len(steps), np.intp)
        where = np.minimum(np.searchsorted(self.steps, steps), len(self.steps) - 1)
        found = self.steps[where] == steps
        return found, np.where(found, where, 0)

    @classmethod
    def of(cls, series: Series, objects: dict[int, Json] | None = None) -> Column:
        """Join the numbers and the objects that one key held over time."""
        numbers = _typed(series)
        if not objects:
            return cls(series.steps, numbers)
        cells: dict[int, Any] = dict(zip(series.steps.tolist(), numbers.tolist(), strict=True))
        cells.update(objects)
        steps = np.array(sorted(cells), np.int64)
        values = np.empty(len(steps), object)
        values[:] = [cells[step] for step in steps.tolist()]
        return cls(steps, values)


def _typed(series: Series) -> NDArray[Any]:
    """Give the values the type they were logged with, unless earlier ones do not fit it."""
    values = series.values
    if series.dtype == "i" and bool(np.all(np.floor(values) == values)) and np.all(np.abs(values) <= 2**53):
        return values.astype(np.int64)
    if series.dtype == "b" and bool(np.all((values == 0) | (values == 1))):
        return values.astype(bool)
    return values


@dataclass(frozen=True, slots=True)
class Rows:
    """Some keys of a run at some steps. A row may lack a key (never when keys were asked for)."""

    run: str
    steps: Steps
    columns: dict[str, Column]
    #: name of the step's own column; None when it is not to be shown
    step: str | None = "_step"

    @classmethod
    def read(
        cls,
        reader: RunReader,
        keys: Sequence[str] | None = None,
        *,
        x_axis: str = "_step",
        min_step: int | None = None,
        max_step: int | None = None,
    ) -> Rows:
        """Read from the store.

        Args:
            reader: the run.
            keys: with keys, only rows that hold all of them; None for all keys and all rows.
            x_axis: one more key that each row must hold.
            min_step: first step, included.
            max_step: last step, excluded.
        """
        names = list(dict.fromkeys(keys)) if keys is not None else _all_keys(reader)
        if x_axis not in names:
            names.insert(0, x_axis)
        columns = {name: _column(reader, name, min_step, max_step) for name in names if name != "_step"}
        steps = _join([column.steps for column in columns.values()], everything=keys is None)
        if keys is None:
            for name in BOOKKEEPING:
                columns.setdefault(name, _column(reader, name, min_step, max_step))
            if x_axis != "_step":
                steps = _join([steps, columns[x_axis].steps], everything=False)
        elif not columns:
            steps = _column(reader, "_timestamp", min_step, max_step).steps
        return cls(reader.run_id, steps, columns)

    @classmethod
    def read_system(cls, reader: RunReader, keys: Sequence[str] | None = None) -> Rows:
        """Read system metrics: `system.<name>` by `_runtime` seconds since the run began."""
        every = [k for k in sorted(reader.keys(internal=True)) if k.startswith(SYSTEM_PREFIX)]
        names = {f"system.{k.removeprefix(SYSTEM_PREFIX)}": k for k in every}
        if keys is not None:
            names = {name: names.get(name, name) for name in keys if name not in {"_runtime", "_timestamp"}}
        columns = {name: _column(reader, key, None, None) for name, key in names.items()}
        steps = _join([column.steps for column in columns.values()], everything=keys is None)
        runtime = Column(steps, steps / 1000)
        stamp = Column(steps, reader.meta.created + steps / 1000)
        return cls(reader.run_id, steps, {"_runtime": runtime, "_timestamp": stamp, **columns}, step=None)

    def __len__(self) -> int:
        return len(self.steps)

    def sampled(self, samples: int) -> Rows:
        """At most `samples` rows that keep the extremes of each numeric key, and the first and last row.

        Each key gets its share of the rows for the minimum and maximum of equal buckets; what is left over
        is filled with evenly spaced rows. A run with more keys than `samples` / 2 gives two rows for each.
        """
        if len(self.steps) <= samples:
            return self
        numeric = [
            column
            for name, column in self.columns.items()
            if column.numeric and len(column.steps) and name not in BOOKKEEPING
        ]
        chosen = {int(self.steps[0]), int(self.steps[-1])} if samples > 1 else set()
        for column in numeric:
            buckets = max(1, (samples - 2) // (2 * len(numeric)))
            found, where = column.find(self.steps)
            values = column.values[where[found]].astype(np.float64)
            chosen.update(downsample(self.steps[found], values, buckets)[0].tolist())
        room = samples - len(chosen)
        if room > 0:
            rest = np.setdiff1d(self.steps, np.fromiter(chosen, np.int64, len(chosen)))
            picks = np.linspace(0, len(rest) - 1, min(room, len(rest))).round().astype(np.intp)
            chosen.update(rest[picks].tolist())
        return Rows(self.run, np.array(sorted(chosen), np.int64), self.columns, self.step)

    def records(self, page_size: int = 1000) -> Iterator[dict[str, Any]]:
        """Each row as a dict of plain Python values, without the keys that it lacks."""
        for start in range(0, len(self.steps), max(1, page_size)):
            steps = self.steps[start : start + max(1, page_size)]
            page: list[dict[str, Any]] = [{} for _ in range(len(steps))]
            if self.step:
                for row, step in zip(page, steps.tolist(), strict=True):
                    row[self.step] = step
            for name, column in self.columns.items():
                found, where = column.find(steps)
                at = np.flatnonzero(found)
                for i, value in zip(at.tolist(), column.values[where[at]].tolist(), strict=True):
                    page[i][name] = value
            yield from page

    def to_pandas(self) -> Any:
        """As a DataFrame: a column for each key, NaN (None for objects) where a row lacks it."""
        import pandas as pd

        data: dict[str, Any] = {self.step: self.steps} if self.step else {}
        for name, column in self.columns.items():
            found, where = column.find(self.steps)
            if found.all():
                data[name] = column.values[where]
            elif column.numeric and column.values.dtype != bool:
                data[name] = np.where(found, column.values[where] if len(column.steps) else 0, np.nan)
            else:
                data[name] = _spread(column, found, where)
        return pd.DataFrame(data)

    def to_arrow(self) -> Any:
        """As a `pyarrow.Table`: typed columns with nulls; objects other than str become JSON text."""
        import pyarrow as pa

        names: list[str] = [self.step] if self.step else []
        arrays: list[Any] = [pa.array(self.steps)] if self.step else []
        for name, column in self.columns.items():
            found, where = column.find(self.steps)
            names.append(name)
            if column.numeric and len(column.steps):
                arrays.append(pa.array(column.values[where], mask=~found))
            else:
                arrays.append(pa.array([_text(v) for v in _spread(column, found, where)], pa.string()))
        return pa.table(arrays, names=names)


def _spread(column: Column, found: NDArray[np.bool_], where: NDArray[np.intp]) -> NDArray[Any]:
    """Values at the rows where they are found, None elsewhere."""
    values = np.full(len(found), None, object)
    at = np.flatnonzero(found)
    values[at] = column.values[where[at]]
    return values


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False, default=str)


def _join(steps: Sequence[Steps], *, everything: bool) -> Steps:
    if not steps:
        return np.empty(0, np.int64)
    if everything:
        return np.unique(np.concatenate(steps))
    return reduce(lambda a, b: np.intersect1d(a, b, assume_unique=True), steps)


def _all_keys(reader: RunReader) -> list[str]:
    return sorted(reader.keys())


def _column(reader: RunReader, key: str, min_step: int | None, max_step: int | None) -> Column:
    lo, hi = min_step, None if max_step is None else max_step - 1
    objects = by_step(
        [
            row
            for row in reader.objects(key)
            if (lo is None or row.step >= lo) and (hi is None or row.step <= hi)
        ]
    )
    return Column.of(reader.series(key, lo, hi), objects)
