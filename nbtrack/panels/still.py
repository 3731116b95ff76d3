"""A run, or several beside each other, as HTML that needs nothing: no script, no style sheet, no kernel.

It stays in the notebook when everything else is gone: for its author who reopens the file, on GitHub, in
nbconvert. Those strip scripts, SVG and style sheets, GitHub the `style` attributes too, so the layout is in
tables and everything drawn is PNG or JPEG. Colors are the page's own, light or dark. `STILL_BYTES` is its
ceiling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np

from nbtrack.panels.plot_png import color_of
from nbtrack.panels.still_cells import (
    COLUMNS,
    by_share,
    curve_cell,
    differences,
    grid,
    header,
    last_value,
    legend,
    map_cell,
    media_cell,
    more,
    short,
    table,
)
from nbtrack.panels.still_source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.store.reader import RunReader

#: ceiling of a still, in bytes of UTF-8: what a panel adds to the notebook file
STILL_BYTES = 50_000


#: tags and attributes around a cell's content, at most
_MARKUP = 260
#: pictures of media in all, and curves
_MAX_MEDIA = 12
_MAX_CURVES = 9
#: runs that a comparison names in its text
_NAMED = 50

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
    source = Source(reader, color_of(0))
    tables = [table("Config", source.config), table("Summary", source.summary)]
    return _page(header(source), _run_wishes(source), len(source.numeric), grid([[t] for t in tables if t]))


def compare_still(readers: Sequence[RunReader], keys: Sequence[str] | None = None) -> str:
    """Return runs over and beside each other as HTML of at most `STILL_BYTES`.

    Args:
        readers: of the runs.
        keys: patterns of the only keys to show ("val/*"); None: all.
    """
    sources = [Source(reader, color_of(i), keys) for i, reader in enumerate(readers)]
    shared = by_share(sources, {key for source in sources for key in source.numeric})
    return _page(legend(sources), _compare_wishes(sources, shared), len(shared), differences(sources[:10]))


def run_text(reader: RunReader) -> str:
    """Return a run as two or three lines of text: who it is, and the last numbers."""
    source = Source(reader, color_of(0))
    lines = [" · ".join(source.facts)]
    numbers = [f"{key} {short(value)}" for key, value in source.summary if isinstance(value, int | float)]
    if numbers:
        lines.append("  " + ", ".join(numbers[:8]) + (", …" if len(numbers) > 8 else ""))
    return "\n".join(lines)


def compare_text(readers: Sequence[RunReader]) -> str:
    """Return several runs as text, a line each."""
    lines = [f"  {' · '.join(Source(reader, '').facts)}" for reader in readers[:_NAMED]]
    if len(readers) > _NAMED:
        lines.append(f"  and {len(readers) - _NAMED} more")
    return "\n".join([f"{len(readers)} runs", *lines])


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
    left_out = more(curves - shown, "curves")
    sections: list[str] = []
    for section in ("curves", "maps", "images"):
        chosen = sorted((w for w in drawn if w.section == section), key=lambda w: (w.row, w.column))
        rows = [[drawn[wish] for wish in row] for _, row in groupby(chosen, key=lambda w: w.row)]
        sections.append(grid(rows))
    curve_grid, *rest = sections
    inner = "".join([head, curve_grid, left_out, *rest, tables])
    return f'<div style="font-size:13px;line-height:1.45;max-width:780px">{inner}</div>'


def _run_wishes(source: Source) -> list[Wish]:
    curves = [
        Wish(
            "curves", at, 0, partial(curve_cell, key, [source], last_value(source.reader.series(key).values))
        )
        for at, key in enumerate(source.numeric[:_MAX_CURVES])
    ]
    maps: list[Wish] = []
    last: list[Wish] = []
    before: list[Wish] = []
    for at, ((key, kind), steps) in enumerate(source.media.items()):
        if kind == "histogram":
            maps.append(Wish("maps", at, 0, partial(map_cell, key, "", steps, source.color)))
            continue
        *earlier, latest = _few(list(steps), COLUMNS)
        last.append(Wish("images", at, COLUMNS, partial(media_cell, key, kind, "", source, latest)))
        before += [
            Wish("images", at, column, partial(media_cell, key, kind, "", source, step))
            for column, step in enumerate(earlier)
        ]
    # something of each key first, then how it came to be
    return [*curves[:3], *last, *maps[:3], *curves[3:], *before, *maps[3:]]


def _compare_wishes(sources: Sequence[Source], keys: Sequence[str]) -> list[Wish]:
    curves = [
        Wish("curves", at, 0, partial(curve_cell, key, [s for s in sources if key in s.infos], ""))
        for at, key in enumerate(keys[:_MAX_CURVES])
    ]
    media: list[Wish] = []
    names = {name: None for source in sources for name in source.media}
    for at, (key, kind) in enumerate(names):
        for column, source in enumerate(sources[:COLUMNS]):
            steps = source.media.get((key, kind))
            if not steps:
                continue
            draw = (
                partial(map_cell, key, source.name, steps, source.color)
                if kind == "histogram"
                else partial(media_cell, key, kind, source.name, source, max(steps))
            )
            media.append(Wish("images", at, column, draw))
    return [*curves[:3], *media[:6], *curves[3:], *media[6:]]


# ---- parts ------------------------------------------------------------------------------------------------


# ---- words ------------------------------------------------------------------------------------------------


def _few(steps: Sequence[int], count: int) -> list[int]:
    """Return the first, the last, and steps in between: `count` in all, or fewer."""
    chosen = np.unique(np.linspace(0, len(steps) - 1, min(count, len(steps))).round().astype(int))
    return [steps[i] for i in chosen]
