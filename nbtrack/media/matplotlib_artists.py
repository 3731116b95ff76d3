"""What is drawn in matplotlib axes, as traces, shapes and annotations of a plotly figure.

Only what comes out as it was drawn is taken; the rest is `Unfaithful`, so that its figure becomes a picture.
Everything is read through matplotlib's public getters, nothing is changed, and all numbers are copied.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.media.matplotlib_frame import PX, Frame, Unfaithful, clear, color, numbers, packed, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Plain = dict[str, Any]

_MAX_COLORS = 64

_DASH = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}
_STEPS = {"default": "linear", "steps": "vh", "steps-pre": "vh", "steps-post": "hv", "steps-mid": "hvh"}
#: marker of matplotlib -> plotly's, and its size beside that of matplotlib's
_MARKERS: dict[Any, tuple[str, float]] = {
    "o": ("circle", 1), ".": ("circle", 0.5), ",": ("square", 0.2), "s": ("square", 0.9),
    "^": ("triangle-up", 1), "v": ("triangle-down", 1), "<": ("triangle-left", 1), ">": ("triangle-right", 1),
    "D": ("diamond", 1.3), "d": ("diamond-tall", 1), "*": ("star", 0.8), "p": ("pentagon", 1.1),
    "h": ("hexagon2", 1.1), "H": ("hexagon", 1.1), "8": ("octagon", 1), "P": ("cross", 1), "X": ("x", 0.8),
    "+": ("cross-thin", 1), "x": ("x-thin", 0.8), "|": ("line-ns", 1), "_": ("line-ew", 1),
    "1": ("y-down", 1), "2": ("y-up", 1), "3": ("y-left", 1), "4": ("y-right", 1),
}  # fmt: skip
_THIN = frozenset("+x|_1234")
_NONE = ("", " ", "None", "none", None)


def add(frame: Frame, artist: Any, label: str) -> None:
    """Add an artist of the axes to the frame.

    Args:
        frame: takes what is made.
        artist: a line, collection, patch, text or container of bars.
        label: what a legend calls it.

    Raises:
        Unfaithful: plotly would draw it differently.
    """
    name = type(artist).__name__
    if artist.get_path_effects() if hasattr(artist, "get_path_effects") else False:
        raise Unfaithful("path effects")
    if getattr(artist, "get_hatch", lambda: None)():
        raise Unfaithful("hatching")
    if name in _REFUSED:
        raise Unfaithful(_REFUSED[name])
    make = _MAKERS.get(name)
    if make is None:
        raise Unfaithful(f"an artist of type {name}")
    make(frame, artist, label)


# ---- lines -------------------------------------------------------------------------------------------------


def _line(frame: Frame, line: Any, label: str) -> None:
    if line.get_transform() != frame.axes.transData:
        _rule(frame, line, label)
        return
    if line.get_markevery() is not None or getattr(line, "get_gapcolor", lambda: None)() is not None:
        raise Unfaithful("a line with markers at some of its points, or colored gaps")
    alpha = line.get_alpha()
    drawn = line.get_linestyle() not in _NONE and line.get_linewidth() > 0
    marked = line.get_marker() not in _NONE and line.get_markersize() > 0
    x, y = line.get_xdata(orig=False), line.get_ydata(orig=False)
    if not len(x) or not (drawn or marked):
        return
    more: Plain = {"mode": "+".join(["lines"] * drawn + ["markers"] * marked)}
    if drawn:
        more["line"] = {
            "color": color(line.get_color(), alpha),
            "width": line.get_linewidth() * PX,
            "dash": _DASH.get(line.get_linestyle(), "dash"),
            "shape": _STEPS[line.get_drawstyle()],
        }
    if marked:
        if line.get_fillstyle() not in {"full", "none"}:
            raise Unfaithful("half filled markers")
        symbol, size = _symbol(line.get_marker())
        face, edge = line.get_markerfacecolor(), line.get_markeredgecolor()
        more["marker"] = {
            "symbol": symbol,
            "size": line.get_markersize() * PX * size,
            "opacity": 1,
            "color": color(face, alpha if not clear(face) else None),
            "line": {
                "color": color(edge, alpha if not clear(edge) else None),
                "width": line.get_markeredgewidth() * PX,
            },
        }
    frame.trace("scatter", x, y, label, **more)


def _rule(frame: Frame, line: Any, label: str) -> None:
    """A line across the axes: `axhline`, `axvline`."""
    x, y = line.get_xdata(orig=False), line.get_ydata(orig=False)
    if type(line).__name__ != "Line2D" or len(x) != 2:
        raise Unfaithful("a line that is not in the data's coordinates")
    spanned = frame.spanned(line.get_transform())
    if spanned is None:
        raise Unfaithful("a line that is not in the data's coordinates")
    stroke = {
        "color": color(line.get_color(), line.get_alpha()),
        "width": line.get_linewidth() * PX,
        "dash": _DASH.get(line.get_linestyle(), "dash"),
    }
    layer = "below" if line.get_zorder() < 2 else "above"
    frame.shape("line", x, y, spanned, label, layer=layer, line=stroke)


def _segments(frame: Frame, lines: Any, label: str) -> None:
    """`hlines`, `vlines`, the bars of errors: many lines, in one trace for each color."""
    if lines.get_array() is not None or lines.get_transform() != frame.axes.transData:
        raise Unfaithful("lines colored by a value, or not in the data's coordinates")
    styles = list(
        zip(
            *map(_cycled(len(lines.get_segments())), (lines.get_colors(), lines.get_linewidths())),
            strict=True,
        )
    )
    groups: dict[tuple[str, float], list[Any]] = {}
    for segment, (tint, width) in zip(lines.get_segments(), styles, strict=True):
        groups.setdefault((color(tint), float(width)), []).append(segment)
    if len(groups) > _MAX_COLORS:
        raise Unfaithful("lines of many colors")
    if len({str(style) for style in lines.get_linestyles()}) > 1:
        raise Unfaithful("lines of several styles")
    _, dashes = lines.get_linestyles()[0]
    for i, ((tint, width), parts) in enumerate(groups.items()):
        stroke = {"color": tint, "width": width * PX, "dash": "solid" if dashes is None else _dashes(dashes)}
        x, y = _joined(parts).T
        frame.trace("scatter", x, y, "_" if i else label, mode="lines", line=stroke, hoverinfo="skip")


def _dashes(pattern: Any) -> str:
    return ",".join(f"{one * PX:.3g}px" for one in pattern)


def _cycled(count: int) -> Any:
    """What makes of a property of a collection one value for each of its parts."""
    return lambda values: [values[i % len(values)] for i in range(count)]


def _joined(parts: Any) -> NDArray[np.float64]:
    """Polylines one behind the other, with a gap between two."""
    gap = np.full((1, 2), np.nan)
    return np.concatenate([piece for part in parts for piece in (numbers(part), gap)][:-1])


# ---- points ------------------------------------------------------------------------------------------------


@cache
def _shapes() -> list[tuple[Any, Any]]:
    from matplotlib.markers import MarkerStyle

    styles = [(name, MarkerStyle(name)) for name in _MARKERS]
    return [(name, style.get_path().transformed(style.get_transform()).vertices) for name, style in styles]


def _symbol(marker: Any) -> tuple[str, float]:
    found = _MARKERS.get(marker) if isinstance(marker, str) else None
    if found is None:
        raise Unfaithful(f"the marker {marker!r}" if isinstance(marker, str | int) else "markers of its own")
    return found


def _points(frame: Frame, points: Any, label: str) -> None:
    """`scatter`."""
    if points.get_offset_transform() != frame.axes.transData:
        raise Unfaithful("points that are not in the data's coordinates")
    paths = points.get_paths()
    vertices = paths[0].vertices if len(paths) == 1 else np.empty((0, 2))
    marker = next(
        (name for name, own in _shapes() if own.shape == vertices.shape and np.allclose(own, vertices)), None
    )
    if marker is None:
        raise Unfaithful("markers of its own shape")
    symbol, size = _symbol(marker)
    offsets = numbers(points.get_offsets())
    if not len(offsets):
        return
    sizes = np.sqrt(np.asarray(points.get_sizes(), np.float64)) * PX * size
    faces, edges, widths = points.get_facecolors(), points.get_edgecolors(), points.get_linewidths()
    made: Plain = {"symbol": symbol, "size": _each(sizes.tolist(), len(offsets)), "opacity": 1}
    values = points.get_array()
    if values is not None:
        made |= _scale(frame, points, values)
        face_edged = isinstance(points._edgecolors, str) or np.array_equal(edges, faces)  # noqa: SLF001
        edge: Any = (
            made["color"] if face_edged and marker in _THIN else "rgba(0,0,0,0)" if face_edged else None
        )
    else:
        made["color"] = _each([color(one) for one in faces], len(offsets)) if len(faces) else "rgba(0,0,0,0)"
        edge = None
    if edge is None:
        edge = _each([color(one) for one in edges], len(offsets)) if len(edges) else "rgba(0,0,0,0)"
    made["line"] = {"color": edge, "width": _each([float(one) * PX for one in widths], len(offsets))}
    frame.trace("scatter", offsets[:, 0], offsets[:, 1], label, mode="markers", marker=made)


def _each(values: list[Any], count: int) -> Any:
    """A value for all, or a list of one for each point."""
    return (
        values[0]
        if len(values) == 1 or len(set(values)) == 1
        else [values[i % len(values)] for i in range(count)]
    )


def _scale(frame: Frame, points: Any, values: Any) -> Plain:
    """Colors of points by value, with the colorbar that shows them."""
    from matplotlib.colors import Normalize

    norm: Any = points.norm
    if type(norm) is not Normalize or not norm.scaled():
        raise Unfaithful("colors on a scale that is not linear")
    bar = points.colorbar
    made: Plain = {
        "color": packed(numbers(values)),
        "cmin": float(norm.vmin or 0),
        "cmax": float(norm.vmax or 0),
        "colorscale": [[i / 32, color(points.get_cmap()(i / 32))] for i in range(33)],
        "showscale": False,
    }
    if points.get_alpha() is not None:
        made["opacity"] = float(points.get_alpha())
    if bar is not None and frame.colorbars:
        title = bar.ax.get_ylabel() or bar.ax.get_xlabel() or bar.ax.get_title()
        made |= {
            "showscale": True,
            "colorbar": {"title": {"text": said(title), "side": "right"}, "thickness": 16},
        }
    return made


# ---- areas -------------------------------------------------------------------------------------------------


def _areas(frame: Frame, areas: Any, label: str) -> None:
    """`fill_between` and its like."""
    if areas.get_array() is not None or areas.get_transform() != frame.axes.transData:
        raise Unfaithful("areas colored by a value, or not in the data's coordinates")
    if max(len(areas.get_facecolors()), len(areas.get_edgecolors())) > 1:
        raise Unfaithful("areas of several colors")
    parts = [polygon for path in areas.get_paths() for polygon in _polygons(path)]
    if parts:
        faces, edges, widths = areas.get_facecolors(), areas.get_edgecolors(), areas.get_linewidths()
        _filled(
            frame, parts, label, faces[0] if len(faces) else None, edges[0] if len(edges) else None, widths[0]
        )


def _filled(
    frame: Frame, parts: Any, label: str, face: Any, edge: Any, width: float, dash: str = "solid"
) -> None:
    x, y = _joined(parts).T
    stroke = {
        "color": color(edge) if edge is not None else "rgba(0,0,0,0)",
        "width": float(width) * PX,
        "dash": dash,
    }
    more: Plain = {"mode": "lines", "line": stroke, "hoverinfo": "skip"}
    if face is not None and not clear(face):
        more |= {"fill": "toself", "fillcolor": color(face)}
    frame.trace("scatter", x, y, label, **more)


def _polygons(path: Any) -> Iterator[NDArray[np.float64]]:
    """The outlines of a path of straight lines."""
    codes = path.codes
    if codes is None:
        yield np.asarray(path.vertices, np.float64)
        return
    if not set(codes.tolist()) <= {path.MOVETO, path.LINETO, path.CLOSEPOLY}:
        raise Unfaithful("curved shapes")
    starts = np.flatnonzero(codes == path.MOVETO)
    for part, kinds in zip(np.split(path.vertices, starts[1:]), np.split(codes, starts[1:]), strict=True):
        outline = np.array(part, np.float64)
        outline[kinds == path.CLOSEPOLY] = outline[0]
        yield outline


def _patch(frame: Frame, patch: Any, label: str) -> None:
    spanned = frame.spanned(patch.get_data_transform())
    if spanned is None:
        raise Unfaithful("a shape that is not in the data's coordinates")
    face = patch.get_facecolor() if patch.get_fill() else None
    edge, width = patch.get_edgecolor(), patch.get_linewidth()
    dash = _DASH.get(patch.get_linestyle(), "solid")
    if type(patch).__name__ == "Rectangle" and not patch.get_angle():
        (x, y), w, h = patch.get_xy(), patch.get_width(), patch.get_height()
        stroke = {"color": color(edge), "width": width * PX if not clear(edge) else 0, "dash": dash}
        fill = "rgba(0,0,0,0)" if face is None else color(face)
        layer = "below" if patch.get_zorder() < 2 else "above"
        frame.shape("rect", (x, x + w), (y, y + h), spanned, label, layer=layer, line=stroke, fillcolor=fill)
        return
    if spanned != (False, False):
        raise Unfaithful("a shape that is not in the data's coordinates")
    path = patch.get_path().transformed(patch.get_patch_transform())
    _filled(frame, list(_polygons(path)), label, face, edge, width, dash)


def _bars(frame: Frame, bars: Any, label: str) -> None:
    """`bar`, `barh`, `hist`."""
    patches = [bar for bar in bars.patches if bar.get_visible()]
    if not patches:
        return
    if any(type(bar).__name__ != "Rectangle" or bar.get_angle() or bar.get_hatch() for bar in patches):
        raise Unfaithful(
            "hatching" if any(bar.get_hatch() for bar in patches) else "bars that are no rectangles"
        )
    if any(frame.spanned(bar.get_data_transform()) != (False, False) for bar in patches):
        raise Unfaithful("bars that are not in the data's coordinates")
    flat = bars.orientation == "horizontal"
    box = np.array([[*bar.get_xy(), bar.get_width(), bar.get_height()] for bar in patches], np.float64)
    across, along = (1, 0) if flat else (0, 1)
    at, wide = box[:, across] + box[:, across + 2] / 2, box[:, across + 2]
    base, length = box[:, along], box[:, along + 2]
    if frame.dates[along]:
        raise Unfaithful("bars that reach from date to date")
    if frame.dates[across]:
        wide = wide * 86400e3
    edges = [bar.get_edgecolor() for bar in patches]
    frame.trace(
        "bar",
        length if flat else at,
        at if flat else length,
        label,
        orientation="h" if flat else "v",
        base=packed(numbers(base)),
        width=packed(numbers(np.abs(wide))),
        marker={
            "color": _each([color(bar.get_facecolor()) for bar in patches], len(patches)),
            "line": {
                "color": _each([color(edge) for edge in edges], len(patches)),
                "width": _each(
                    [0 if clear(e) else b.get_linewidth() * PX for e, b in zip(edges, patches, strict=True)],
                    len(patches),
                ),
            },
        },
    )


# ---- texts -------------------------------------------------------------------------------------------------

_ACROSS = {"left": "left", "center": "center", "right": "right"}
_UP = {
    "top": "top",
    "center": "middle",
    "center_baseline": "middle",
    "bottom": "bottom",
    "baseline": "bottom",
}


def _text(frame: Frame, text: Any, label: str) -> None:  # noqa: ARG001
    if not text.get_text().strip():
        return
    shift = (0.0, 0.0)
    at, spanned = text.get_position(), frame.spanned(text.get_transform())
    if type(text).__name__ == "Annotation":
        if text.arrow_patch is not None:
            raise Unfaithful("an annotation with an arrow")
        at, spanned, shift = _annotated(text)
    if spanned is None or text.get_usetex():
        raise Unfaithful("a text that is not in the data's coordinates")
    made: Plain = {
        "text": said(text.get_text()),
        "xref": frame.ref(0, spanned[0]),
        "yref": frame.ref(1, spanned[1]),
        "x": _place(frame, at[0], 0, spanned[0]),
        "y": _place(frame, at[1], 1, spanned[1]),
        "xshift": shift[0] * PX,
        "yshift": shift[1] * PX,
        "xanchor": _ACROSS.get(text.get_horizontalalignment(), "left"),
        "yanchor": _UP.get(text.get_verticalalignment(), "bottom"),
        "showarrow": False,
        "font": {"size": text.get_fontsize() * 1.2},
    }
    if text.get_rotation():
        made["textangle"] = -text.get_rotation()
    if color(text.get_color()) != "rgba(0,0,0,1)":
        made["font"]["color"] = color(text.get_color(), text.get_alpha())
    if (box := text.get_bbox_patch()) is not None:
        made |= {
            "bgcolor": color(box.get_facecolor()),
            "bordercolor": color(box.get_edgecolor()),
            "borderpad": 3,
        }
    frame.annotations.append(made)


def _place(frame: Frame, value: Any, way: int, spanned: bool) -> Any:
    """Where a text is along x (0) or y (1); of a log axis plotly wants the exponent here, and only here."""
    found = frame.position([value], way, spanned)[0]
    if spanned or frame.dates[way]:
        return found
    low, high = sorted((frame.axes.get_xlim, frame.axes.get_ylim)[way]())
    if not low <= found <= high:
        raise Unfaithful("a text outside of its axes")
    return float(np.log10(found)) if frame.logs[way] else found


def _annotated(text: Any) -> tuple[Any, tuple[bool, bool] | None, tuple[float, float]]:
    """Where an annotation without an arrow is: `bar_label` writes such ones."""
    known: dict[Any, tuple[bool, bool]] = {"data": (False, False), "axes fraction": (True, True)}
    coords = text.get_anncoords()
    if isinstance(coords, str) and coords == "offset points" and isinstance(text.xycoords, str):
        x, y = text.get_position()
        return text.xy, known.get(text.xycoords), (float(x), float(y))
    return text.get_position(), known.get(coords) if isinstance(coords, str) else None, (0.0, 0.0)


_MAKERS: dict[str, Any] = {
    "Annotation": _text,
    "BarContainer": _bars,
    "EventCollection": _segments,
    "FillBetweenPolyCollection": _areas,
    "Line2D": _line,
    "LineCollection": _segments,
    "PathCollection": _points,
    "PathPatch": _patch,
    "PolyCollection": _areas,
    "Polygon": _patch,
    "Rectangle": _patch,
    "StepPatch": _patch,
    "Text": _text,
}
_REFUSED = {
    "AxesImage": "an image (imshow)",
    "AxLine": "an endless line (axline)",
    "BboxImage": "an image",
    "Barbs": "wind barbs",
    "Circle": "curved shapes",
    "Ellipse": "curved shapes",
    "FancyArrow": "an arrow",
    "FancyArrowPatch": "an arrow",
    "NonUniformImage": "an image",
    "PcolorImage": "an image",
    "PolyQuadMesh": "a color mesh",
    "QuadContourSet": "contours",
    "QuadMesh": "a color mesh (pcolormesh)",
    "Quiver": "arrows (quiver)",
    "Table": "a table",
    "TriContourSet": "contours",
    "TriMesh": "a color mesh",
    "Wedge": "a pie",
}
