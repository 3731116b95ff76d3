"""Axes of matplotlib in a plotly figure: coordinates, colors and texts in plotly's terms.

Units of plotly: https://plotly.com/javascript/reference/ (widths, sizes and shifts in CSS pixels).
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plain = dict[str, Any]

#: CSS pixels in a point
PX = 4 / 3
#: points of a figure at most; with more, plotly.js answers no pointer
MAX_POINTS = 200_000
#: points of a trace from which on it is drawn by WebGL
_MANY = 10_000


class Unfaithful(Exception):  # noqa: N818  (says why, and is always caught)
    """A figure that plotly would not draw as matplotlib does; the message says what is in it."""


@dataclass(slots=True)
class Frame:
    """Where axes of matplotlib are in a plotly figure.

    Attributes:
        axes: of matplotlib.
        x, y: plotly's names of their axes: "x", "y2".
        dates: whether numbers along x, and along y, are days.
        logs: whether x, and y, are on a log scale.
        colorbars: whether a colorbar of matplotlib's is to be one of plotly's.
    """

    axes: Any
    x: str
    y: str
    dates: tuple[bool, bool] = (False, False)
    logs: tuple[bool, bool] = (False, False)
    colorbars: bool = False
    #: how many points its traces have
    points: int = 0
    traces: list[Plain] = field(default_factory=list)
    shapes: list[Plain] = field(default_factory=list)
    annotations: list[Plain] = field(default_factory=list)

    def trace(self, kind: str, x: Any, y: Any, label: str, **more: Any) -> Plain:
        """Add a trace of points in the axes' data; a `label` that begins with "_" is none."""
        self.points += len(x)
        if self.points > MAX_POINTS:
            raise Unfaithful(f"{self.points:,} points")
        if kind == "scatter" and len(x) > _MANY and "fill" not in more:
            kind = "scattergl"
        made = {
            "type": kind,
            "x": self.values(x, 0),
            "y": self.values(y, 1),
            "xaxis": self.x,
            "yaxis": self.y,
            "name": named(label),
            "showlegend": False,
            **more,
        }
        self.traces.append(made)
        return made

    def values(self, values: Any, way: int) -> Any:
        """Coordinates along x (0) or y (1) as plotly takes them; gaps are NaN or null."""
        array = numbers(values)
        return dates(array) if self.dates[way] else packed(array)

    def shape(self, kind: str, x: Any, y: Any, spanned: tuple[bool, bool], label: str, **more: Any) -> None:
        """Add a line or rect from one corner to the other; `spanned`: x and y are fractions of the axes."""
        (x0, x1), (y0, y1) = (self.position(x, 0, spanned[0]), self.position(y, 1, spanned[1]))
        made: Plain = {"type": kind, "xref": self.ref(0, spanned[0]), "yref": self.ref(1, spanned[1])}
        made |= {"x0": x0, "x1": x1, "y0": y0, "y1": y1, "name": named(label), "showlegend": False}
        self.shapes.append(made | more)

    def ref(self, way: int, spanned: bool) -> str:
        """What a coordinate along x (0) or y (1) refers to."""
        return (self.x, self.y)[way] + (" domain" if spanned else "")

    def position(self, values: Any, way: int, spanned: bool) -> list[Any]:
        """A few coordinates: fractions of the axes, or data, which may still be dates or categories."""
        if spanned:
            return [float(value) for value in values]
        convert = (self.axes.convert_xunits, self.axes.convert_yunits)[way]
        plain = np.array([float(convert(value)) for value in values])
        return list(dates(plain)) if self.dates[way] else plain.tolist()

    def spanned(self, where: Any) -> tuple[bool, bool] | None:
        """Whether x and y of a transform are fractions of the axes; None: it is another one."""
        axes = self.axes
        known = (
            (axes.transData, (False, False)),
            (axes.get_yaxis_transform(which="grid"), (True, False)),
            (axes.get_xaxis_transform(which="grid"), (False, True)),
            (axes.get_yaxis_transform(), (True, False)),
            (axes.get_xaxis_transform(), (False, True)),
            (axes.transAxes, (True, True)),
        )
        return next((spanned for one, spanned in known if where == one), None)


def numbers(values: Any) -> NDArray[np.float64]:
    """Coordinates as floats, NaN where one is masked or not finite."""
    masked = np.ma.masked_invalid(np.ma.asarray(values, np.float64))
    return np.asarray(masked.filled(np.nan), np.float64)


def packed(array: NDArray[Any]) -> Plain:
    """Numbers as plotly.js reads them without parsing: base64 of their bytes."""
    little = np.ascontiguousarray(array, "<f8")
    return {"dtype": "f8", "bdata": base64.b64encode(little.tobytes()).decode()}


def dates(days: NDArray[np.float64]) -> list[str | None]:
    """Days since matplotlib's epoch as ISO 8601."""
    import matplotlib.dates as mdates

    epoch: Any = mdates.get_epoch()  # type: ignore[no-untyped-call,unused-ignore]
    since = np.round(np.nan_to_num(days) * 86400e6).astype("timedelta64[us]")
    found = (np.datetime64(epoch, "us") + since).astype(str).tolist()
    return [text if good else None for text, good in zip(found, np.isfinite(days), strict=True)]


def said(text: str) -> str:
    """A text as plotly shows it literally, which reads some of HTML."""
    from matplotlib.cbook import is_math_text

    if is_math_text(text):
        raise Unfaithful("mathematics in its text")
    return html.escape(text.replace(r"\$", "$"), quote=False).replace("\n", "<br>")


def color(value: Any, alpha: float | None = None) -> str:
    """A color of matplotlib as CSS."""
    from matplotlib.colors import to_rgba

    r, g, b, a = to_rgba(value, alpha)
    return f"rgba({round(r * 255)},{round(g * 255)},{round(b * 255)},{round(a, 3):g})"


def clear(value: Any) -> bool:
    """Whether a color is not seen at all."""
    from matplotlib.colors import to_rgba

    return to_rgba(value)[3] == 0


def named(label: str) -> str:
    """What a legend calls an artist with this label."""
    return "" if label.startswith("_") else said(label)
