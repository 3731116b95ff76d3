"""Charts in a page without scripts: W&B's presets drawn small, of others what they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.panels import plot_png
from nbtrack.panels.drawings import img, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.drawings import Drawn

_HEIGHT = 118
#: rows of a table, and lines of a chart, that are drawn
_ROWS, _LINES = 12, 10

Columns = dict[str, list[Any]]


def charts(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the first charts of a key, each with its title."""
    made = [_one(one, width, scale) for one in media[:4] if one.sha is not None]
    return "<br>".join(found for found in made if found) or None


def _one(one: Drawn, width: int, scale: int) -> str | None:
    try:
        held = json.loads(one.file(cast(str, one.sha)))
    except OSError:  # lost or not there yet; fsck tells
        return None
    name = str(one.meta.get("spec_name") or "").removeprefix("wandb/").partition("/")[0]
    fields = cast("dict[str, str]", one.meta.get("fields") or {})
    columns: Columns = {hole: held["columns"].get(column, []) for hole, column in fields.items()}
    title = (one.meta.get("string_fields") or {}).get("title")  # type: ignore[union-attr]
    head = f"<small>{text(str(title), 80)}</small><br>" if title else ""
    draw = _DRAW.get(name)
    if draw is None or not held["rows"]:
        of = f", {held['of']:,} rows" if held["of"] else ""
        return f'{head}<small style="opacity:.7">chart {text(name or "of its own", 60)}{of}</small>'
    return head + draw(columns, width, scale)


def _numbers(cells: Sequence[Any]) -> NDArray[np.float64]:
    return np.array([cell if isinstance(cell, int | float) else np.nan for cell in cells], np.float64)


def _lines(x: str, y: str, series: str) -> Callable[[Columns, int, int], str]:
    def draw(columns: Columns, width: int, scale: int) -> str:
        names = columns.get(series) or [""] * len(columns[x])
        xs, ys = _numbers(columns[x]), _numbers(columns[y])
        if np.isnan(xs).all():
            xs = np.arange(len(xs), dtype=np.float64)  # names, or times
        lines = []
        for i, name in enumerate(list(dict.fromkeys(names))[:_LINES]):
            own = np.flatnonzero(np.array([one == name for one in names]) & ~np.isnan(xs))
            own = own[np.argsort(xs[own], kind="stable")]
            lines.append(plot_png.Line(xs[own], ys[own], plot_png.color_of(i)))
        return img(plot_png.curves(lines, width, _HEIGHT, scale), "image/png", width, _HEIGHT)

    return draw


def _points(columns: Columns, width: int, scale: int) -> str:
    x, y = _numbers(columns["x"]), _numbers(columns["y"])
    return img(plot_png.points(x, y, width, _HEIGHT, scale), "image/png", width, _HEIGHT)


def _histogram(columns: Columns, width: int, scale: int) -> str:
    values = _numbers(columns["value"])
    counts, edges = np.histogram(values[np.isfinite(values)], bins=40)
    return img(
        plot_png.bars(counts.tolist(), edges.tolist(), width, _HEIGHT, scale), "image/png", width, _HEIGHT
    )


def _bars(columns: Columns, width: int, scale: int) -> str:  # noqa: ARG001
    rows = list(zip(columns["label"], columns["value"], strict=True))
    return _table(
        [[text(str(label), 40), text(str(value), 20)] for label, value in rows[:_ROWS]], len(rows) - _ROWS
    )


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


#: name of a preset -> what draws its columns, by hole
_DRAW: dict[str, Callable[[Columns, int, int], str]] = {
    "line": _lines("x", "y", "stroke"),
    "lineseries": _lines("step", "lineVal", "lineKey"),
    "area-under-curve": _lines("x", "y", "class"),
    "scatter": _points,
    "histogram": _histogram,
    "bar": _bars,
    "confusion_matrix": _matrix,
}
