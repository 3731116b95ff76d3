"""The parts of a still as HTML: header, cells with a picture each, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nbtrack.panels import plot_png
from nbtrack.panels.drawings import Drawn, draw, img, text
from nbtrack.panels.keys import key_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.still_source import Source
    from nbtrack.store.model import Json, ObjectRow, RunState

#: charts and sheets stand in so many columns
COLUMNS = 3
#: curves in a chart: more cannot be told apart, and take time that the cell waits for
_MOST_LINES = 100


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


def header(source: Source) -> str:
    """Draw who the run is: state, name, facts, tags, notes."""
    name, *facts = source.facts
    dot = _dot(_STATE_COLOR[source.state])
    details = [f"run {source.meta.id}", *(f"#{tag}" for tag in source.meta.tags[:6])]
    notes = f"<br>{_text(source.meta.notes, 300)}" if source.meta.notes else ""
    return (
        f"<div>{dot} <b>{_text(name)}</b> · {' · '.join(map(_text, facts))}<br>"
        f'<small style="opacity:.7">{" · ".join(map(_text, details))}{notes}</small></div>'
    )


def legend(sources: Sequence[Source]) -> str:
    """Draw who the compared runs are, a line each."""
    lines = []
    for source in sources[:10]:
        name, *facts = source.facts
        lines.append(f"{_dot(source.color)} <b>{_text(name)}</b> · {' · '.join(map(_text, facts))}")
    if len(sources) > 10:
        lines.append(f"and {len(sources) - 10} more runs")
    return f"<div>{'<br>'.join(lines)}</div>"


def curve_cell(key: str, sources: Sequence[Source], note: str, scale: int) -> str:
    """Draw a key's curves of one or several runs."""
    width, height = _CHART
    shown = sources[:: -(-len(sources) // _MOST_LINES)]
    if len(shown) < len(sources):
        note = f"{len(shown)} of {len(sources):,} runs"
    drawn = plot_png.curves([source.line(key) for source in shown], width, height, scale)
    return _cell(key, note, img(drawn, "image/png", width, height))


def media_cell(key: str, kind: str, who: str, source: Source, step: int, scale: int) -> str | None:
    """Draw what one step logged under a key."""
    rows = source.media[key, kind][step][:16]
    made = draw(kind, [Drawn(row.meta, row.blob, source.reader.blob) for row in rows], _CHART[0], scale)
    return None if made is None else _cell(key, f"{who}, step {step}" if who else f"step {step}", made)


def map_cell(key: str, who: str, steps: dict[int, list[ObjectRow]], color: str, scale: int) -> str | None:
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


def grid(rows: Sequence[Sequence[str]]) -> str:
    """Lay cells out: rows of several stand alone, single cells flow together."""
    lines: list[list[str]] = []
    single = False
    for row in rows:
        if single and len(row) == 1 and len(lines[-1]) < COLUMNS:
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


def table(title: str, items: Sequence[tuple[str, Json]]) -> str:
    """Draw names and values, the first dozen."""
    if not items:
        return ""
    rows = "".join(
        f'<tr style="background:none">{_td(_text(key), muted=True)}{_td(_text(short(value)))}</tr>'
        for key, value in items[:_TABLE_ROWS]
    )
    left_out = more(len(items) - _TABLE_ROWS, "")
    return f'<b>{title}</b><table style="border:0;margin:2px 0">{rows}</table>{left_out}'


def differences(sources: Sequence[Source]) -> str:
    """Draw a table of the config that differs and of the summary's numbers, a column a run."""
    columns = [dict(source.config) for source in sources]
    differing = [
        key
        for key in dict.fromkeys(key for column in columns for key in column)
        if len({short(column.get(key)) for column in columns}) > 1
    ]
    ends = [dict(source.summary) for source in sources]
    numbers = by_share(sources, {key for end in ends for key in end})
    rows = [("config", key, [column.get(key) for column in columns]) for key in differing[:_TABLE_ROWS]]
    rows += [("summary", key, [end.get(key) for end in ends]) for key in numbers[:_TABLE_ROWS]]
    if not rows:
        return ""
    head = "".join(_td(f"{_dot(s.color)} {_text(s.name)}") for s in sources)
    body = "".join(
        f'<tr style="background:none">{_td(_text(part) + "." + _text(key), muted=True)}'
        f"{''.join(_td(_text(short(value)) if value is not None else '') for value in values)}</tr>"
        for part, key, values in rows
    )
    return (
        f'<table style="border:0;margin:6px 0"><tr style="background:none">{_td("")}{head}</tr>{body}</table>'
        + more(len(differing) + len(numbers) - len(rows), "rows")
    )


def _td(inner: str, *, muted: bool = False) -> str:
    opacity = ";opacity:.7" if muted else ""
    return f'<td style="text-align:left;border:0;padding:1px 14px 1px 0{opacity}">{inner}</td>'


def more(count: int, what: str) -> str:
    """Say how many were left out; nothing when none was."""
    return f'<small style="opacity:.7">and {count} more {what}</small>' if count > 0 else ""


def _dot(color: str) -> str:
    return img(plot_png.swatch(color), "image/png", 10, 10)


def _text(value: str, limit: int = _MAX_TEXT) -> str:
    return text(value, limit)


def short(value: Json) -> str:
    """Write a value in few characters."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return f"{value:.5g}"
    return str(value)


def last_value(values: NDArray[np.float64]) -> str:
    """Write the last of a series; nothing when it is empty."""
    return short(float(values[-1])) if len(values) else ""


def by_share(sources: Sequence[Source], keys: Iterable[str]) -> list[str]:
    """Order keys: what several runs have says more than what one has alone."""
    return sorted(key_order(keys), key=lambda key: -min(2, sum(key in source.infos for source in sources)))
