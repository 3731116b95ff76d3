"""What a still reads of a run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nbtrack.panels.drawings import DRAWINGS
from nbtrack.panels.keys import key_filter, key_order
from nbtrack.panels.plot_png import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbtrack.store.model import Json, KeyInfo, ObjectRow
    from nbtrack.store.reader import RunReader


class Source:
    """What a still reads of one run, each thing once."""

    def __init__(self, reader: RunReader, color: str, keys: Sequence[str] | None = None) -> None:
        self.reader = reader
        self.color = color
        #: whether a key was asked for
        self.wanted = key_filter(keys)
        self.meta = reader.meta
        self.state = reader.state()

    @property
    def name(self) -> str:
        """The run's name, or its id."""
        return self.meta.name or self.meta.id

    @cached_property
    def facts(self) -> list[str]:
        """Name, project, state, step and duration."""
        meta = self.meta
        facts = [self.name, *([meta.project] if meta.project else []), self.state]
        if self.reader.last_step >= 0:
            facts.append(f"step {self.reader.last_step}")
        end = meta.finished if meta.finished is not None else meta.heartbeat
        if meta.created and end > meta.created:
            facts.append(duration(end - meta.created))
        return facts

    @cached_property
    def numeric(self) -> list[str]:
        """Keys to draw as curves, those with one point last."""
        hidden = {key for key, d in ((k, self.reader.definition(k)) for k in self.infos) if d and d.hidden}
        keys = [key for key in key_order(self.infos) if self.infos[key].n and key not in hidden]
        return sorted(keys, key=lambda key: self.infos[key].n == 1)

    @cached_property
    def infos(self) -> dict[str, KeyInfo]:
        """What is known of each key that was asked for."""
        return {key: info for key, info in self.reader.keys().items() if self.wanted(key)}

    @cached_property
    def media(self) -> dict[tuple[str, str], dict[int, list[ObjectRow]]]:
        """Rows by (key, kind) and step, both in order."""
        found: dict[tuple[str, str], dict[int, list[ObjectRow]]] = {}
        for row in self.reader.objects():
            if (row.kind == "histogram" or row.kind in DRAWINGS) and self.wanted(row.key):
                found.setdefault((row.key, row.kind), {}).setdefault(row.step, []).append(row)
        order = {key: at for at, key in enumerate(key_order({key for key, _ in found}))}
        return {
            name: {step: sorted(found[name][step], key=lambda row: row.idx) for step in sorted(found[name])}
            for name in sorted(found, key=lambda name: order[name[0]])
        }

    @cached_property
    def config(self) -> list[tuple[str, Json]]:
        """Configuration by dotted key."""
        return list(_flat(self.reader.config))

    @cached_property
    def summary(self) -> list[tuple[str, Json]]:
        """Summary without bookkeeping and without media."""
        summary = {key: value for key, value in self.reader.summary().items() if self.wanted(key)}
        return [(key, value) for key, value in _flat(summary) if not key.startswith("_")]

    def line(self, key: str) -> Line:
        """Return the curve of a key, over its step metric where one was defined."""
        series = self.reader.series(key)
        definition = self.reader.definition(key)
        if definition and definition.step_metric and definition.step_metric != key:
            axis = self.reader.series(definition.step_metric)
            at = np.searchsorted(axis.steps, series.steps, "right") - 1
            known = at >= 0
            if known.any():
                x = axis.values[at[known]]
                order = np.argsort(x, kind="stable")
                return Line(x[order], series.values[known][order], self.color)
        return Line(series.steps, series.values, self.color)


def _flat(tree: dict[str, Json], prefix: str = "") -> Iterable[tuple[str, Json]]:
    """Yield (dotted key, leaf), media left out."""
    for key, value in tree.items():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict) and "_type" in first:
            continue
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def duration(seconds: float) -> str:
    """Format a duration.

    Example:
        >>> duration(12.34), duration(200), duration(7500)
        ('12.3 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds < 60:
        return f"{max(seconds, 0):.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
