"""A run, or several beside each other, as HTML that needs nothing: no script, no style sheet, no kernel.

It stays in the notebook when everything else is gone: for its author who reopens the file, on GitHub, in
nbconvert. Those strip scripts, SVG and style sheets, GitHub the `style` attributes too, so the layout is in
tables and everything drawn is PNG or JPEG. Colors are the page's own, light or dark. `STILL_BYTES` is its
ceiling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np

from nbtrack.panels import plot_png
from nbtrack.panels.drawings import DRAWINGS, Drawn, draw, img, text
from nbtrack.panels.keys import key_filter, key_order
from nbtrack.panels.plot_png import Line, color_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from nbtrack.store.model import Json, KeyInfo, ObjectRow, RunState
    from nbtrack.store.reader import RunReader

#: ceiling of a still, in bytes of UTF-8: what a panel adds to the notebook file
STILL_BYTES = 50_000

#: charts and sheets stand in so many columns
_COLUMNS = 3
_CHART = (236, 118)
_TABLE_ROWS = 12
_MAX_TEXT = 60

_STATE_COLOR: dict[RunState, str] = {
    "running": "#2f7fd1",
    "stalled": "#8a7a00",
    "crashed": "#cf4a4a",
    "failed": "#cf4a4a",
    "finished": "#12906b",
}


#: tags and attributes around a cell's content, at most
_MARKUP = 260
#: pictures of media in all, and curves
_MAX_MEDIA = 12
_MAX_CURVES = 9

Draw = Callable[[int], str | None]
"""Draws a cell at a scale; None when there is nothing to draw."""


@dataclass(frozen=True)
class Wish:
    """A cell that a still would like to show, and where."""

    section: Literal["curves", "maps", "images"]
    row: int
    column: int
    draw: Draw


def run_still(reader: RunReader) -> str:
    """Return a run as HTML of at most `STILL_BYTES`: header, curves, media at a few steps, tables."""
    source = _Source(reader, color_of(0))
    tables = [_table("Config", source.config), _table("Summary", source.summary)]
    return _page(_header(source), _run_wishes(source), len(source.numeric), _grid([[t] for t in tables if t]))


def compare_still(readers: Sequence[RunReader], keys: Sequence[str] | None = None) -> str:
    """Return runs over and beside each other as HTML of at most `STILL_BYTES`.

    Args:
        readers: of the runs.
        keys: patterns of the only keys to show ("val/*"); None: all.
    """
    sources = [_Source(reader, color_of(i), keys) for i, reader in enumerate(readers)]
    shared = _by_share(sources, {key for source in sources for key in source.numeric})
    return _page(_legend(sources), _compare_wishes(sources, shared), len(shared), _differences(sources[:10]))


def run_text(reader: RunReader) -> str:
    """Return a run as two or three lines of text: who it is, and the last numbers."""
    source = _Source(reader, color_of(0))
    lines = [" · ".join(source.facts)]
    numbers = [f"{key} {_short(value)}" for key, value in source.summary if isinstance(value, int | float)]
    if numbers:
        lines.append("  " + ", ".join(numbers[:8]) + (", …" if len(numbers) > 8 else ""))
    return "\n".join(lines)


def compare_text(readers: Sequence[RunReader]) -> str:
    """Return several runs as text, a line each."""
    lines = [" · ".join(_Source(reader, "").facts) for reader in readers]
    return "\n".join([f"{len(readers)} runs", *(f"  {line}" for line in lines)])


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


class _Source:
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


# ---- pages ------------------------------------------------------------------------------------------------


def _page(head: str, wishes: Sequence[Wish], curves: int, tables: str) -> str:
    """Fulfil wishes, the most wanted first, as long as they fit."""
    left = STILL_BYTES - 1000 - len(head.encode()) - len(tables.encode())
    if left < 0:  # very long names in every row
        tables, left = "", left + len(tables.encode())
    drawn: dict[Wish, str] = {}
    scales: dict[str, int] = {}
    media = 0
    for at, wish in enumerate(wishes):
        if wish.section != "curves" and media >= _MAX_MEDIA:
            continue
        # a dense screen's sharpness as long as each takes no more than its share
        share = 1.5 * left / (len(wishes) - at)
        for scale in range(scales.get(wish.section, 2), 0, -1):
            made = wish.draw(scale)
            if made is None:
                break
            size = len(made.encode()) + _MARKUP
            if size <= (left if scale == 1 else min(share, left)):
                left -= size
                media += wish.section != "curves"
                drawn[wish] = made
                break
            scales[wish.section] = 1
    shown = sum(wish.section == "curves" for wish in drawn)
    more = _more(curves - shown, "curves")
    sections: list[str] = []
    for section in ("curves", "maps", "images"):
        chosen = sorted((w for w in drawn if w.section == section), key=lambda w: (w.row, w.column))
        rows = [[drawn[wish] for wish in row] for _, row in groupby(chosen, key=lambda w: w.row)]
        sections.append(_grid(rows))
    curve_grid, *rest = sections
    inner = "".join([head, curve_grid, more, *rest, tables])
    return f'<div style="font-size:13px;line-height:1.45;max-width:780px">{inner}</div>'


def _run_wishes(source: _Source) -> list[Wish]:
    curves = [
        Wish("curves", at, 0, partial(_curve_cell, key, [source], _last(source.reader.series(key).values)))
        for at, key in enumerate(source.numeric[:_MAX_CURVES])
    ]
    maps: list[Wish] = []
    last: list[Wish] = []
    before: list[Wish] = []
    for at, ((key, kind), steps) in enumerate(source.media.items()):
        if kind == "histogram":
            maps.append(Wish("maps", at, 0, partial(_map_cell, key, "", steps, source.color)))
            continue
        *earlier, latest = _few(list(steps), _COLUMNS)
        last.append(Wish("images", at, _COLUMNS, partial(_media_cell, key, kind, "", source, latest)))
        before += [
            Wish("images", at, column, partial(_media_cell, key, kind, "", source, step))
            for column, step in enumerate(earlier)
        ]
    # something of each key first, then how it came to be
    return [*curves[:3], *last, *maps[:3], *curves[3:], *before, *maps[3:]]


def _compare_wishes(sources: Sequence[_Source], keys: Sequence[str]) -> list[Wish]:
    curves = [
        Wish("curves", at, 0, partial(_curve_cell, key, [s for s in sources if key in s.infos], ""))
        for at, key in enumerate(keys[:_MAX_CURVES])
    ]
    media: list[Wish] = []
    names = {name: None for source in sources for name in source.media}
    for at, (key, kind) in enumerate(names):
        for column, source in enumerate(sources[:_COLUMNS]):
            steps = source.media.get((key, kind))
            if not steps:
                continue
            draw = (
                partial(_map_cell, key, source.name, steps, source.color)
                if kind == "histogram"
                else partial(_media_cell, key, kind, source.name, source, max(steps))
            )
            media.append(Wish("images", at, column, draw))
    return [*curves[:3], *media[:6], *curves[3:], *media[6:]]


def _by_share(sources: Sequence[_Source], keys: Iterable[str]) -> list[str]:
    """Order keys: what several runs have says more than what one has alone."""
    return sorted(key_order(keys), key=lambda key: -min(2, sum(key in source.infos for source in sources)))


# ---- parts ------------------------------------------------------------------------------------------------


def _header(source: _Source) -> str:
    name, *facts = source.facts
    dot = _dot(_STATE_COLOR[source.state])
    details = [f"run {source.meta.id}", *(f"#{tag}" for tag in source.meta.tags[:6])]
    notes = f"<br>{_text(source.meta.notes, 300)}" if source.meta.notes else ""
    return (
        f"<div>{dot} <b>{_text(name)}</b> · {' · '.join(map(_text, facts))}<br>"
        f'<small style="opacity:.7">{" · ".join(map(_text, details))}{notes}</small></div>'
    )


def _legend(sources: Sequence[_Source]) -> str:
    lines = []
    for source in sources[:10]:
        name, *facts = source.facts
        lines.append(f"{_dot(source.color)} <b>{_text(name)}</b> · {' · '.join(map(_text, facts))}")
    if len(sources) > 10:
        lines.append(f"and {len(sources) - 10} more runs")
    return f"<div>{'<br>'.join(lines)}</div>"


def _curve_cell(key: str, sources: Sequence[_Source], note: str, scale: int) -> str:
    width, height = _CHART
    drawn = plot_png.curves([source.line(key) for source in sources], width, height, scale)
    return _cell(key, note, img(drawn, "image/png", width, height))


def _media_cell(key: str, kind: str, who: str, source: _Source, step: int, scale: int) -> str | None:
    """Draw what one step logged under a key."""
    rows = source.media[key, kind][step][:16]
    made = draw(kind, [Drawn(row.meta, row.blob, source.reader.blob) for row in rows], _CHART[0], scale)
    return None if made is None else _cell(key, f"{who}, step {step}" if who else f"step {step}", made)


def _map_cell(key: str, who: str, steps: dict[int, list[ObjectRow]], color: str, scale: int) -> str | None:
    """Draw the first histogram of each step, all on one range of values."""
    rows = [(step, first) for step, (first, *_) in steps.items() if first.meta.get("values")]
    if not rows:
        return None
    rows = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, min(len(rows), 120)).astype(int))]
    edges = [np.asarray(row.meta["bins"], np.float64) for _, row in rows]
    if not all(np.isfinite(edge).all() for edge in edges):
        return None
    low, high = min(e[0] for e in edges), max(e[-1] for e in edges)
    if not np.isfinite(high - low):
        return None
    bins = 48
    grid = np.zeros((bins, len(rows)))
    common = np.linspace(low, high, bins + 1)
    for at, ((_, row), edge) in enumerate(zip(rows, edges, strict=True)):
        counts = np.nan_to_num(np.asarray(row.meta["values"], np.float64))
        total = np.concatenate(([0.0], np.cumsum(counts)))
        grid[:, at] = np.diff(np.interp(common, edge, total))
    width, height = _CHART
    data = plot_png.heatmap(
        grid, float(low), float(high), (rows[0][0], rows[-1][0]), width, height, scale, color
    )
    return _cell(key, who, img(data, "image/png", width, height))


def _cell(title: str, note: str, picture: str) -> str:
    note = f' <span style="opacity:.7">{_text(note)}</span>' if note else ""
    return f"<small><b>{_text(title)}</b>{note}</small><br>{picture}"


def _grid(rows: Sequence[Sequence[str]]) -> str:
    """Lay cells out: rows of several stand alone, single cells flow together."""
    lines: list[list[str]] = []
    single = False
    for row in rows:
        if single and len(row) == 1 and len(lines[-1]) < _COLUMNS:
            lines[-1] += row
        else:
            lines.append(list(row))
        single = len(row) == 1
    if not lines:
        return ""
    style = 'valign="top" style="text-align:left;vertical-align:top;border:0;padding:6px 12px 2px 0"'
    body = "".join(
        f'<tr style="background:none">{"".join(f"<td {style}>{cell}</td>" for cell in line)}</tr>'
        for line in lines
    )
    return f'<table style="border:0;margin:4px 0">{body}</table>'


def _table(title: str, items: Sequence[tuple[str, Json]]) -> str:
    if not items:
        return ""
    rows = "".join(
        f'<tr style="background:none">{_td(_text(key), muted=True)}{_td(_text(_short(value)))}</tr>'
        for key, value in items[:_TABLE_ROWS]
    )
    more = _more(len(items) - _TABLE_ROWS, "")
    return f'<b>{title}</b><table style="border:0;margin:2px 0">{rows}</table>{more}'


def _differences(sources: Sequence[_Source]) -> str:
    """Draw a table of the config that differs and of the summary's numbers, a column a run."""
    columns = [dict(source.config) for source in sources]
    differing = [
        key
        for key in dict.fromkeys(key for column in columns for key in column)
        if len({_short(column.get(key)) for column in columns}) > 1
    ]
    ends = [dict(source.summary) for source in sources]
    numbers = _by_share(sources, {key for end in ends for key in end})
    rows = [("config", key, [column.get(key) for column in columns]) for key in differing[:_TABLE_ROWS]]
    rows += [("summary", key, [end.get(key) for end in ends]) for key in numbers[:_TABLE_ROWS]]
    if not rows:
        return ""
    head = "".join(_td(f"{_dot(s.color)} {_text(s.name)}") for s in sources)
    body = "".join(
        f'<tr style="background:none">{_td(_text(part) + "." + _text(key), muted=True)}'
        f"{''.join(_td(_text(_short(value)) if value is not None else '') for value in values)}</tr>"
        for part, key, values in rows
    )
    return (
        f'<table style="border:0;margin:6px 0"><tr style="background:none">{_td("")}{head}</tr>{body}</table>'
        + _more(len(differing) + len(numbers) - len(rows), "rows")
    )


def _td(inner: str, *, muted: bool = False) -> str:
    opacity = ";opacity:.7" if muted else ""
    return f'<td style="text-align:left;border:0;padding:1px 14px 1px 0{opacity}">{inner}</td>'


def _more(count: int, what: str) -> str:
    return f'<small style="opacity:.7">and {count} more {what}</small>' if count > 0 else ""


def _dot(color: str) -> str:
    return img(plot_png.swatch(color), "image/png", 10, 10)


# ---- words ------------------------------------------------------------------------------------------------


def _text(value: str, limit: int = _MAX_TEXT) -> str:
    return text(value, limit)


def _short(value: Json) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return f"{value:.5g}"
    return str(value)


def _last(values: NDArray[np.float64]) -> str:
    return _short(float(values[-1])) if len(values) else ""


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


def _few(steps: Sequence[int], count: int) -> list[int]:
    """Return the first, the last, and steps in between: `count` in all, or fewer."""
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(count, len(steps))).round().astype(int))
    return [steps[i] for i in chosen]
