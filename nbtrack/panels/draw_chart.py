"""Charts in a page without scripts: W&B's presets drawn small, of others what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.media.thinning import COUNT, bins
from nbtrack.panels import plot_png
from nbtrack.panels.drawings import first_few, img, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.drawings import Drawn

_HEIGHT = 118
#: rows of a table, and lines of a chart, that are drawn
_ROWS, _LINES = 12, 10
#: characters of the longest bar
_BLOCKS = 14
#: bins of a histogram at most, as its preset says
_BINS = 40

_NOTHING = '<small style="opacity:.7">no finite values</small>'

Columns = dict[str, list[Any]]


def charts(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the first charts of a key, each with its title."""
    return first_few(media, lambda one, held: _one(one, held, width, scale))


def _one(one: Drawn, held: dict[str, Any], width: int, scale: int) -> str:
    name = str(one.meta.get("spec_name") or "").removeprefix("wandb/").partition("/")[0]
    fields = cast("dict[str, str]", one.meta.get("fields") or {})
    columns: Columns = {hole: held["columns"].get(column, []) for hole, column in fields.items()}
    title = (one.meta.get("string_fields") or {}).get("title")  # type: ignore[union-attr]
    head = f"<small>{text(str(title), 80)}</small><br>" if title else ""
    needed, draw = _DRAW.get(name, (frozenset(), None))
    if draw is None or not held["rows"] or not needed <= columns.keys():
        of = f", {held['of']:,} rows" if held["of"] else ": its table has no rows" if fields else ""
        return f'{head}<small style="opacity:.7">chart {text(name or "of its own", 60)}{of}</small>'
    if held.get("counted"):
        columns[COUNT] = held["columns"][COUNT]
    note = f'<br><small style="opacity:.7">{text(held["note"])}</small>' if held.get("note") else ""
    return head + draw(columns, width, scale) + note


def _numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([cell if isinstance(cell, int | float) else np.nan for cell in cells], np.float64)


def _places(cells: Sequence[Any]) -> NDArray[np.float64]:
    """Where cells are on an axis: as numbers; names and times in the order in which they come first."""
    found = _numbers(cells)
    if not np.isnan(found).all():
        return found
    order = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
    return np.array([order[cell] for cell in cells], np.float64)


def _lines(x: str, y: str, series: str) -> Callable[[Columns, int, int], str]:
    def draw(columns: Columns, width: int, scale: int) -> str:
        names = columns.get(series) or [""] * len(columns[x])
        xs, ys = _places(columns[x]), _numbers(columns[y])
        if np.isnan(ys).all():
            return _NOTHING
        order = {name: i for i, name in enumerate(dict.fromkeys(names))}
        line = np.array([order[name] for name in names])
        lines = []
        for i in range(min(len(order), _LINES)):
            own = np.flatnonzero((line == i) & ~np.isnan(xs))
            own = own[np.argsort(xs[own], kind="stable")]
            lines.append(plot_png.Line(xs[own], ys[own], plot_png.color_of(i)))
        picture = img(plot_png.curves(lines, width, _HEIGHT, scale), "image/png", width, _HEIGHT)
        return picture + _legend([str(name) for name in order]) if len(order) > 1 else picture

    return draw


def _legend(names: list[str]) -> str:
    shown = [
        f"{img(plot_png.swatch(plot_png.color_of(i)), 'image/png', 10, 10)}&nbsp;{text(name, 24)}"
        for i, name in enumerate(names[:_LINES])
    ]
    more = [f"and {len(names) - _LINES} more"] if len(names) > _LINES else []
    return f"<br><small>{' &ensp;'.join(shown + more)}</small>"


def _points(columns: Columns, width: int, scale: int) -> str:
    if any(all(cell is None for cell in columns[hole]) for hole in "xy"):
        return _NOTHING
    x, y = _places(columns["x"]), _places(columns["y"])
    return img(plot_png.points(x, y, width, _HEIGHT, scale), "image/png", width, _HEIGHT)


def _histogram(columns: Columns, width: int, scale: int) -> str:
    values = _numbers(columns["value"])
    weights = np.array(columns.get(COUNT, 1.0), np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return _NOTHING
    start, stop, step = bins(float(values[finite].min()), float(values[finite].max()), _BINS)
    place = np.floor((values[finite].clip(start, stop - step) - start) / step + 1e-14).astype(np.int64)
    n = max(1, round((stop - start) / step))
    counts = np.bincount(place, np.broadcast_to(weights, values.shape)[finite], n)[:n]
    edges = start + step * np.arange(n + 1)
    return img(
        plot_png.bars(counts.tolist(), edges.tolist(), width, _HEIGHT, scale), "image/png", width, _HEIGHT
    )


def _bars(columns: Columns, width: int, scale: int) -> str:  # noqa: ARG001
    lengths = _numbers(columns["value"])
    most = float(np.nanmax(np.abs(lengths), initial=0.0)) or 1.0
    rows = [
        [
            "" if label is None else text(str(label), 40),
            "" if np.isnan(length) else plot_png.number(length),
            f'<span style="color:{plot_png.PALETTE[0]}">{_block(abs(length) / most)}</span>',
        ]
        for label, length in zip(columns["label"][:_ROWS], lengths[:_ROWS].tolist(), strict=True)
    ]
    return _table(rows, len(lengths) - _ROWS)


def _block(share: float) -> str:
    """A bar of text: pages strip what would draw one otherwise. NaN has none."""
    eighths = round(share * 8 * _BLOCKS) if share == share else 0  # noqa: PLR0124
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]


def _matrix(columns: Columns, width: int, scale: int) -> str:  # noqa: ARG001
    names = list(dict.fromkeys(columns["Actual"]))
    cells = zip(columns["Actual"], columns["Predicted"], columns["nPredictions"], strict=True)
    counts = {(actual, predicted): count for actual, predicted, count in cells}
    head = ["actual \\ predicted", *(text(str(name), 12) for name in names[:_ROWS])]
    rows = [
        [f"<b>{text(str(actual), 20)}</b>", *(str(counts.get((actual, p), 0)) for p in names[:_ROWS])]
        for actual in names[:_ROWS]
    ]
    return _table([head, *rows], len(names) - _ROWS)


def _table(rows: list[list[str]], more: int) -> str:
    cell = '<td style="border:0;padding:1px 8px 1px 0;text-align:left">{}</td>'
    body = "".join(f'<tr style="background:none">{"".join(map(cell.format, row))}</tr>' for row in rows)
    rest = f'<small style="opacity:.7">and {more} more</small>' if more > 0 else ""
    return f'<table style="border:0;margin:2px 0">{body}</table>{rest}'


#: name of a preset -> holes without which nothing is drawn, and what draws the columns by hole
_DRAW: dict[str, tuple[frozenset[str], Callable[[Columns, int, int], str]]] = {
    "line": (frozenset({"x", "y"}), _lines("x", "y", "stroke")),
    "lineseries": (frozenset({"step", "lineVal"}), _lines("step", "lineVal", "lineKey")),
    "area-under-curve": (frozenset({"x", "y"}), _lines("x", "y", "class")),
    "scatter": (frozenset({"x", "y"}), _points),
    "histogram": (frozenset({"value"}), _histogram),
    "bar": (frozenset({"label", "value"}), _bars),
    "confusion_matrix": (frozenset({"Actual", "Predicted", "nPredictions"}), _matrix),
}
