"""Plotly figures in a page without scripts: lines, points and bars drawn small, of others what they are."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.panels import plot_png
from nbtrack.panels.drawings import first_few, img, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.drawings import Drawn

_HEIGHT = 118
#: traces of a figure that are drawn
_TRACES = 10
#: what plotly packs arrays as
_DTYPES = frozenset({"f8", "f4", "i4", "u4", "i2", "u2", "i1", "u1"})


def figures(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the first figures of a key, each with its title."""
    return first_few(media, lambda _, held: _one(held, width, scale))


def _one(held: dict[str, Any], width: int, scale: int) -> str:
    traces = [trace for trace in held.get("data", []) if isinstance(trace, dict)]
    layout = found if isinstance(found := held.get("layout"), dict) else {}
    title = layout.get("title")
    name = title.get("text") if isinstance(title, dict) else title
    head = f"<small>{text(str(name).replace('<br>', ' · '), 80)}</small><br>" if name else ""
    kinds = {str(trace.get("type", "scatter")).removesuffix("gl") for trace in traces}
    if kinds == {"scatter"} and "xaxis2" not in layout:
        picture = _scatter(traces, width, scale)
    elif kinds == {"bar"} and len(traces) == 1 and traces[0].get("orientation") != "h":
        picture = _bars(traces[0], width, scale)
    else:
        picture = None
    if picture is None:
        return (
            f'{head}<small style="opacity:.7">plotly figure: {text(", ".join(sorted(kinds)), 60)}, '
            f"{len(traces):,} trace{'' if len(traces) == 1 else 's'}</small>"
        )
    return head + img(picture, "image/png", width, _HEIGHT)


def _scatter(traces: list[dict[str, Any]], width: int, scale: int) -> bytes | None:
    parts = []
    for trace in traces[:_TRACES]:
        y = _numbers(trace.get("y"))
        x = _numbers(trace.get("x")) if trace.get("x") is not None else np.arange(len(y), dtype=np.float64)
        parts.append((x[: len(y)], y[: len(x)], str(trace.get("mode") or "lines")))
    if not any(len(y) for _, y, _ in parts):
        return None
    if all("lines" not in mode for _, _, mode in parts):
        x, y = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        return plot_png.points(x, y, width, _HEIGHT, scale)
    lines = []
    for i, (x, y, mode) in enumerate(parts):
        if "lines" in mode:
            seen = np.isfinite(x)
            lines.append(plot_png.Line(x[seen], y[seen], plot_png.color_of(i)))
    return plot_png.curves(lines, width, _HEIGHT, scale)


def _bars(trace: dict[str, Any], width: int, scale: int) -> bytes | None:
    y = _numbers(trace.get("y"))
    edges = np.arange(len(y) + 1, dtype=np.float64)
    return plot_png.bars(y.tolist(), edges.tolist(), width, _HEIGHT, scale) if len(y) else None


def _numbers(values: Any) -> NDArray[np.float64]:
    """Coordinates, plotly's packed ones too; names and dates count by their place."""
    if isinstance(values, dict) and isinstance(values.get("bdata"), str):
        name = str(values.get("dtype"))
        if name not in _DTYPES:
            return np.zeros(0)
        return np.frombuffer(base64.b64decode(values["bdata"]), f"<{name}").astype(np.float64)
    if not isinstance(values, list):
        return np.zeros(0)
    if any(isinstance(value, str) for value in values):
        return np.arange(len(values), dtype=np.float64)
    return np.array([value if isinstance(value, int | float) else np.nan for value in values], np.float64)
