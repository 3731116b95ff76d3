"""A matplotlib figure as a plotly figure, where plotly draws it as matplotlib does.

plotly's own `mpl_to_plotly` is not used: of forty kinds of figures most came out wrong (bars below zero stand
upside down, stacked bars mixed up, steps as slopes, lost rules and legends), it closes the figure, and it
calls what matplotlib 3.12 removes. See `matplotlib_artists` for what is taken over.
"""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.matplotlib_artists import add
from nbtrack.media.matplotlib_frame import PX, Frame, Unfaithful, color, dates, said

if TYPE_CHECKING:
    from nbtrack.media.image import Image
    from nbtrack.media.plotly import Plotly

    Plain = dict[str, Any]

#: what `log()` makes of figures: "auto", "plotly" (an error where that is unfaithful) or "image"
PREFERENCE = "NBTRACK_MATPLOTLIB"
_PREFERENCES = ("auto", "plotly", "image")
#: device pixels of a picture for each of the figure's: it is crisp on screens of twice the density
_SCALE = 2

#: CSS pixels of an inch
_INCH = 96
#: place of a legend -> plotly's x, y and anchors inside of the axes
_CORNERS = {
    1: (0.99, 0.99, "right", "top"), 2: (0.01, 0.99, "left", "top"), 3: (0.01, 0.01, "left", "bottom"),
    4: (0.99, 0.01, "right", "bottom"), 5: (0.99, 0.5, "right", "middle"), 6: (0.01, 0.5, "left", "middle"),
    7: (0.99, 0.5, "right", "middle"), 8: (0.5, 0.01, "center", "bottom"), 9: (0.5, 0.99, "center", "top"),
    10: (0.5, 0.5, "center", "middle"),
}  # fmt: skip


def media_of(value: Any, pictures: bool = False) -> Plotly | Image:
    """Return what `log()` stores of a figure: a plotly chart where that is faithful, or a crisp picture.

    Args:
        value: a figure, axes, another artist, or pyplot.
        pictures: never a chart.

    Its `note` says which of them it is, and why. The variable NBTRACK_MATPLOTLIB may ask for one of them.

    Raises:
        LogValueError: nothing is drawn, or the variable is something else.
        LogTypeError: a chart is asked for, and would not be faithful.
    """
    from nbtrack.media.image import Image
    from nbtrack.media.plotly import Plotly
    from nbtrack.media.sources import drawn

    wanted = "image" if pictures else (os.environ.get(PREFERENCE) or "auto").strip().lower()
    if wanted not in _PREFERENCES:
        raise LogValueError(f"{PREFERENCE} is {wanted!r}; accepted: {', '.join(_PREFERENCES)}")
    figure = figure_of(value)
    if wanted == "plotly":
        return Plotly(figure)
    why = None
    if wanted == "auto" and importlib.util.find_spec("plotly") is not None:
        try:
            return Plotly(figure)
        except LogTypeError as error:
            why = f"a picture of the matplotlib figure, which has {error.__cause__}"
        except Exception as error:  # of another matplotlib than those it was tried with
            why = f"a picture of the matplotlib figure: {type(error).__name__} on the way to plotly: {error}"
    image = Image.from_bytes(drawn(figure, _SCALE))
    image.note = why
    return image


def figure_of(value: Any) -> Any:
    """Return the figure that `value` is, belongs to, or that pyplot has open.

    Raises:
        LogValueError: there is none, or nothing is drawn on it.
    """
    figure = value
    if isinstance(value, ModuleType):
        figure = value.gcf() if value.get_fignums() else None
    while getattr(figure, "figure", figure) is not figure:
        figure = figure.figure  # an artist's figure; a subfigure's is the one around it
    if not hasattr(figure, "savefig"):
        raise LogValueError(f"the plot is empty: there is no open matplotlib figure. {_ADVICE}")
    if len(figure.get_children()) < 2:  # the background is always there
        raise LogValueError(f"the plot is empty: nothing is drawn on the matplotlib figure. {_ADVICE}")
    return figure


_ADVICE = (
    "Keep the figure (fig = plt.figure(), then draw) and log fig itself, or log plt before plt.show() and "
    "plt.close(), which leave pyplot without a figure"
)


def plotly_of(figure: Any) -> Plain:
    """Return a plotly figure's dict of what a matplotlib figure holds now; the figure stays as it is.

    Raises:
        Unfaithful: plotly would draw it differently; the message says what is in it.
    """
    _refuse(figure)
    bars = _colorbars(figure)
    shown = [axes for axes in figure.axes if axes.get_visible() and axes not in bars]
    if not shown:
        raise Unfaithful("no axes")
    if len(bars) > 1 or (bars and len(shown) > 1):
        raise Unfaithful("colorbars beside several axes, or several of them")
    if len(shown) > 1 and figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # puts the axes where they are drawn
    layout: Plain = {
        "width": round(figure.get_figwidth() * _INCH),
        "height": round(figure.get_figheight() * _INCH),
        "barmode": "overlay",
        "hovermode": "closest",
        "showlegend": False,
    }
    if len({color(axes.get_facecolor()) for axes in shown if axes.patch.get_visible()}) > 1:
        raise Unfaithful("axes on grounds of several colors")
    frames = _frames(shown, layout, colorbars=bool(bars))
    for frame in frames:
        _fill(frame)
    traces = [trace for frame in frames for trace in frame.traces]
    layout["shapes"] = [shape for frame in frames for shape in frame.shapes]
    layout["annotations"] = layout.get("annotations", []) + [a for frame in frames for a in frame.annotations]
    _titles(figure, frames, layout)
    _legends(figure, frames, layout)
    layout["template"] = {"layout": _look(figure, shown, traces, layout)}
    return {"data": traces, "layout": layout}


def _refuse(figure: Any) -> None:
    """Raise for what lies outside of the axes, or in axes of another kind."""
    if figure.subfigs:
        raise Unfaithful("subfigures")
    own = (figure.get_suptitle(), "")
    if figure.lines or figure.patches or figure.images or figure.artists:
        raise Unfaithful("drawings outside of its axes")
    if any(text.get_text() not in own for text in figure.texts):
        raise Unfaithful("text outside of its axes")
    for axes in figure.axes:
        if axes.name != "rectilinear":
            raise Unfaithful({"3d": "3-D axes"}.get(axes.name, f"{axes.name} axes"))
        if axes.child_axes:
            raise Unfaithful("axes inside of axes")


def _colorbars(figure: Any) -> list[Any]:
    """Axes that are colorbars of points; those of others are refused with what they belong to."""
    mappables = [one for axes in figure.axes for one in (*axes.collections, *axes.images)]
    return [bar.ax for one in mappables if (bar := one.colorbar) is not None]


# ---- axes --------------------------------------------------------------------------------------------------


def _frames(shown: list[Any], layout: Plain, colorbars: bool) -> list[Frame]:
    """Lay out the axes; those over others (`twinx`) share an axis with them."""
    boxes = [axes.get_position(original=axes.get_aspect() == "auto") for axes in shown]
    left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
    low, high = min(b.y0 for b in boxes), max(b.y1 for b in boxes)
    frames: list[Frame] = []
    for i, (axes, box) in enumerate(zip(shown, boxes, strict=True)):
        number = "" if i == 0 else str(i + 1)
        frame = Frame(axes, f"x{number}", f"y{number}", colorbars=colorbars)
        under = next(
            (f for f, b in zip(frames, boxes, strict=False) if f.axes.bbox.bounds == axes.bbox.bounds), None
        )
        shared = (axes.get_shared_x_axes(), axes.get_shared_y_axes())
        x, y = _axis(axes.xaxis, axes.get_xlim()), _axis(axes.yaxis, axes.get_ylim())
        frame.dates = x["type"] == "date", y["type"] == "date"
        frame.logs = x["type"] == "log", y["type"] == "log"
        x |= {
            "domain": [(box.x0 - left) / (right - left), (box.x1 - left) / (right - left)],
            "anchor": frame.y,
        }
        y |= {"domain": [(box.y0 - low) / (high - low), (box.y1 - low) / (high - low)], "anchor": frame.x}
        for one, spines in ((x, ("bottom", "top")), (y, ("left", "right"))):
            seen = [axes.spines[name].get_visible() for name in spines]
            one |= {"showline": any(seen), "mirror": all(seen), "visible": axes.axison}
        joined = under is not None and any(group.joined(axes, under.axes) for group in shared)
        if not joined and any(_overlap(box, before) for before in boxes[:i]):
            raise Unfaithful("axes over each other")
        if under is not None:
            if shared[0].joined(axes, under.axes):
                frame.x, y["anchor"], y["overlaying"] = under.x, under.x, under.y
            else:
                frame.y, x["anchor"], x["overlaying"] = under.y, under.y, under.x
            for axis in (x, y):
                if not axis.get("dtick"):
                    axis.setdefault("tickmode", "auto")  # or it takes the places of the ticks below it
        for before in frames:
            if shared[0].joined(axes, before.axes):
                x.setdefault("matches", before.x)
            if shared[1].joined(axes, before.axes):
                y.setdefault("matches", before.y)
        if axes.get_aspect() != "auto":
            fit = "range" if axes.get_adjustable() == "datalim" else "domain"
            y |= {"scaleanchor": frame.x, "scaleratio": float(axes.get_aspect()), "constrain": fit}
            x["constrain"] = fit
        if under is None or frame.x != under.x:
            layout[f"xaxis{frame.x[1:]}"] = x
        if under is None or frame.y != under.y:
            layout[f"yaxis{frame.y[1:]}"] = y
        frames.append(frame)
    return frames


def _font(text: Any) -> Plain:
    """The color of a label or title, when it was given one."""
    found = color(text.get_color())
    return (
        {} if found in {_standard("axes.labelcolor"), _standard("text.color")} else {"font": {"color": found}}
    )


def _standard(name: str) -> str:
    from matplotlib import rcParams

    standard: Any = rcParams
    return color(standard[name])


def _overlap(a: Any, b: Any) -> bool:
    """Whether two boxes have more in common than an edge."""
    wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return bool(wide > 1e-3 and high > 1e-3)


def _axis(axis: Any, limits: tuple[float, float]) -> Plain:
    """One axis: scale, limits, label, ticks and grid."""
    import numpy as np
    from matplotlib import dates as mdates
    from matplotlib import ticker

    scale = axis.get_scale()
    if scale not in {"linear", "log"} or (scale == "log" and axis.get_transform().base != 10):
        raise Unfaithful(f"a {scale} axis" if scale != "log" else "an axis of logarithms that are not of 10")
    formatter, locator = axis.get_major_formatter(), axis.get_major_locator()
    timed = isinstance(
        formatter, mdates.DateFormatter | mdates.AutoDateFormatter | mdates.ConciseDateFormatter
    )
    ends = np.array(limits, np.float64)
    made: Plain = {
        "type": "date" if timed else scale,
        "range": dates(ends) if timed else (np.log10(ends) if scale == "log" else ends).tolist(),
        "title": {"text": said(axis.get_label_text()), **_font(axis.label)},
        "side": axis.get_ticks_position(),
        "showgrid": any(line.get_visible() for line in axis.get_gridlines()),
        "zeroline": False,
        "automargin": True,
        "ticks": "outside",
        "ticklen": 4,
    }
    if made["side"] not in {"left", "right", "top", "bottom"}:  # on both sides, or on none
        made["side"] = axis.get_label_position()
    params = axis.get_tick_params()
    tint = params.get("labelcolor", "inherit")
    if tint != "inherit" and color(tint) != _standard(f"{axis.axis_name}tick.color"):
        made["tickfont"] = {"color": color(tint)}
    made["showticklabels"] = any(params.get(f"label{side}") for side in ("bottom", "top", "left", "right"))
    if scale == "log":
        made |= {"exponentformat": "power", "dtick": 1 if abs(np.diff(np.log10(ends))[0]) > 2 else None}
    if isinstance(formatter, ticker.NullFormatter) or isinstance(locator, ticker.NullLocator):
        made |= {"showticklabels": False, "ticks": ""}
        return made
    plain = ticker.ScalarFormatter | ticker.LogFormatter
    free = ticker.MaxNLocator | ticker.LogLocator | mdates.AutoDateLocator
    if not (isinstance(locator, free) and (isinstance(formatter, plain) or timed)):
        made |= _ticks(axis, formatter, ends, timed)
    rotation = next((tick.label1.get_rotation() for tick in axis.get_major_ticks()[:1]), 0)
    if rotation:
        made["tickangle"] = -rotation
    return made


def _ticks(axis: Any, formatter: Any, ends: Any, timed: bool) -> Plain:
    """Ticks that somebody has chosen, or whose labels are names."""
    from matplotlib import ticker
    from matplotlib.cbook import is_math_text

    places = axis.get_majorticklocs()
    labels = formatter.format_ticks(places)
    pairs = [
        (float(at), str(label))
        for at, label in zip(places, labels, strict=True)
        if min(ends) <= at <= max(ends)
    ]
    if not pairs:
        return {"showticklabels": False, "ticks": ""}
    found: Plain = {"tickmode": "array", "tickvals": [at for at, _ in pairs]}
    if timed:
        import numpy as np

        found["tickvals"] = dates(np.array(found["tickvals"]))
    if isinstance(formatter, ticker.LogFormatter) and any(is_math_text(label) for _, label in pairs):
        return found
    return found | {"ticktext": [said(label) for _, label in pairs]}


# ---- what is in them ---------------------------------------------------------------------------------------


def _fill(frame: Frame) -> None:
    """Add everything in the axes, from the lowest to the highest."""
    axes = frame.axes
    bars = [held for held in axes.containers if type(held).__name__ == "BarContainer"]
    inside = {id(bar) for held in bars for bar in held.patches}
    own = {id(axes.patch), id(axes.title), id(axes._left_title), id(axes._right_title)}  # noqa: SLF001
    own |= {id(axes.xaxis), id(axes.yaxis), *(id(spine) for spine in axes.spines.values())}
    names = dict(_names(axes))
    drawn = [
        (one, one.get_zorder())
        for one in axes.get_children()
        if id(one) not in own | inside and one.get_visible() and type(one).__name__ != "Legend"
    ]
    drawn += [(held, held.patches[0].get_zorder()) for held in bars if held.patches]
    for one, _ in sorted(drawn, key=lambda pair: pair[1]):
        add(frame, one, names.get(id(one), str(one.get_label())))


def _names(axes: Any) -> list[tuple[int, str]]:
    """Labels that stand on what holds an artist: of errors and stems."""
    found = []
    for held in axes.containers:
        if type(held).__name__ == "ErrorbarContainer" and held.lines[0] is not None:
            found.append((id(held.lines[0]), str(held.get_label())))
        elif type(held).__name__ == "StemContainer":
            found.append((id(held.markerline), str(held.get_label())))
    return found


def _titles(figure: Any, frames: list[Frame], layout: Plain) -> None:
    lines = [figure.get_suptitle()]
    if len(frames) == 1:
        lines.append(
            next((t for at in ("center", "left", "right") if (t := frames[0].axes.get_title(at))), "")
        )
    else:
        for frame in frames:
            for where, x in (("left", 0), ("center", 0.5), ("right", 1)):
                if title := frame.axes.get_title(where):
                    layout.setdefault("annotations", []).append(
                        {
                            "text": said(title),
                            "xref": f"{frame.x} domain",
                            "yref": f"{frame.y} domain",
                            "x": x,
                            "y": 1,
                            "xanchor": where,
                            "yanchor": "bottom",
                            "showarrow": False,
                            "font": {"size": 14},
                        }
                    )
    if any(lines):
        layout["title"] = {
            "text": "<br>".join(said(line) for line in lines if line),
            "x": 0.5,
            "font": {"size": 16},
        }


def _legends(figure: Any, frames: list[Frame], layout: Plain) -> None:
    """Show what the legends show: by the names of the artists, or in their order where it was told names."""
    legends: list[tuple[Frame | None, Any]] = [
        (frame, found) for frame in frames if (found := frame.axes.get_legend()) and found.get_visible()
    ]
    legends += [(None, found) for found in figure.legends if found.get_visible()]
    entries = [one for frame in frames for one in (*frame.traces, *frame.shapes)]
    for frame, legend in legends:
        texts = [said(text.get_text()) for text in legend.get_texts()]
        left = [one for one in entries if one["name"] in texts]
        if {one["name"] for one in left} != set(texts):
            own = entries if frame is None else frame.traces
            left = [one for one in own if one.get("hoverinfo") != "skip" or "fill" in one][: len(texts)]
            if len(left) != len(texts):
                raise Unfaithful("a legend of its own")
            for one, text in zip(left, texts, strict=True):
                one["name"] = text
        for one in left:
            one["showlegend"] = True
        layout["showlegend"] = True
        # "best" is beside a single frame, where it hides nothing
        corner = legend._loc if legend._loc in _CORNERS else 0 if len(frames) == 1 else 1  # noqa: SLF001
        if corner and frame is not None:
            x, y, across, up = _CORNERS[corner]
            layout["legend"] = {"x": x, "y": y, "xanchor": across, "yanchor": up}
        if title := legend.get_title().get_text():
            layout.setdefault("legend", {})["title"] = {"text": said(title)}


def _look(figure: Any, shown: list[Any], traces: list[Plain], layout: Plain) -> Plain:
    """Colors of paper, axes and text: the page's for a plain white figure, else those that it has."""
    axes = shown[0]
    paper, ground = color(figure.get_facecolor()), color(axes.get_facecolor())
    plain = paper == ground == "rgba(255,255,255,1)" and not _extreme([traces, layout])
    if plain:  # plotly's standard colors, which a panel replaces by its own
        ink, line, grid = "#2a3f5f", "#C8D4E3", "#C8D4E3"
    else:
        ink = color(axes.xaxis.label.get_color())
        line = color(axes.spines["bottom"].get_edgecolor()) if "bottom" in axes.spines else ink
        gridline = next(iter(axes.xaxis.get_gridlines()), None)
        grid = line if gridline is None else color(gridline.get_color(), gridline.get_alpha())
    axis = {"linecolor": line, "tickcolor": line, "gridcolor": grid}
    look: Plain = {"font": {"color": ink, "size": round(9 * PX)}, "xaxis": axis, "yaxis": axis}
    return look if plain else {**look, "paper_bgcolor": paper, "plot_bgcolor": ground}


def _extreme(value: Any) -> bool:
    """Whether something is drawn in black or white, which one of light and dark paper would hide."""
    if isinstance(value, list):
        return any(map(_extreme, value))
    if isinstance(value, dict):
        return any(
            any(map(_hidden, one if isinstance(one, list) else [one]))
            if key.endswith("color")
            else _extreme(one)
            for key, one in value.items()
        )
    return False


def _hidden(value: Any) -> bool:
    if not isinstance(value, str):
        return False  # numbers on a scale of colors
    *rgb, alpha = (float(part) for part in value[5:-1].split(","))
    return alpha > 0.1 and (max(rgb) < 40 or min(rgb) > 225)
