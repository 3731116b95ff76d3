"""Figures of matplotlib: charts where plotly draws them as matplotlib does, pictures where not."""

from __future__ import annotations

import base64
import datetime
import json
import sys

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.coerce import coerce
from nbtrack.media.foreign import convert

matplotlib = pytest.importorskip("matplotlib")
pytest.importorskip("plotly")


@pytest.fixture
def plt(monkeypatch):
    monkeypatch.delenv("NBTRACK_MATPLOTLIB", raising=False)
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield plt
    plt.close("all")


def chart(value) -> dict:
    made = coerce(value)
    assert isinstance(made, nbtrack.Plotly), made.note
    return json.loads(made.json)


def numbers(packed) -> list[float]:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"]).tolist()


def rgb(color: str) -> list[int]:
    return [int(part) for part in color[5:].split(",")[:3]]


# ---- which of them it is -----------------------------------------------------------------------------------


def test_a_figure_its_axes_an_artist_and_pyplot_become_the_same_chart(plt):
    figure, axes = plt.subplots()
    (line,) = axes.plot([1, 2])
    made = [coerce(value) for value in (figure, axes, line, plt)]
    assert {one.json for one in made} == {made[0].json}
    assert made[0].note == "drawn by plotly from a matplotlib figure"
    assert [type(one) for one in coerce([figure, axes])] == [nbtrack.Plotly] * 2


PICTURES = {
    "an image (imshow)": lambda ax: ax.imshow(np.eye(3)),
    "contours": lambda ax: ax.contourf(np.outer(np.arange(3), np.arange(3))),
    "a color mesh (pcolormesh)": lambda ax: ax.pcolormesh(np.eye(3)),
    "arrows (quiver)": lambda ax: ax.quiver([0], [0], [1], [1]),
    "a pie": lambda ax: ax.pie([1, 2]),
    "an annotation with an arrow": lambda ax: ax.annotate(
        "a", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"}
    ),
    "hatching": lambda ax: ax.bar([1, 2], [1, 2], hatch="/"),
    "a symlog axis": lambda ax: ax.set_yscale("symlog"),
    "mathematics in its text": lambda ax: ax.set_title(r"$\alpha$"),
    "curved shapes": lambda ax: ax.add_patch(matplotlib.patches.Circle((0, 0), 1)),
    "areas colored by a value": lambda ax: ax.hexbin([1, 2], [1, 2]),
    "an endless line": lambda ax: ax.axline((0, 0), slope=1),
    "axes inside of axes": lambda ax: ax.inset_axes([0, 0, 0.5, 0.5]),
    "text outside of its axes": lambda ax: ax.figure.text(0, 0, "a"),
    "a text outside of its axes": lambda ax: ax.text(3, 3, "a"),
    "grounds of several colors": lambda ax: ax.figure.add_axes([0, 0, 0.1, 0.1], facecolor="r"),
    "axes over each other": lambda ax: ax.figure.add_axes([0.2, 0.2, 0.3, 0.3]),
    "colorbars beside several axes": lambda ax: (
        ax.figure.colorbar(ax.scatter([1], [1], c=[1])),
        ax.figure.add_axes([0.95, 0.2, 0.05, 0.3]),
    ),
    "a table": lambda ax: ax.table([["a"]]),
    "half filled markers": lambda ax: ax.plot([1], "o", fillstyle="left"),
    "200,001 points": lambda ax: ax.plot(np.zeros(200_001)),
}


@pytest.mark.parametrize("why", PICTURES)
def test_what_plotly_would_draw_differently_is_a_crisp_picture_that_says_why(plt, why):
    figure, axes = plt.subplots(figsize=(2, 1), dpi=50)
    PICTURES[why](axes)
    made = coerce(figure)
    assert isinstance(made, nbtrack.Image)
    assert (made.width, made.height) == (200, 100)
    assert made.note.startswith("a picture of the matplotlib figure, which has ")
    assert why in made.note
    assert made.record().meta["note"] == made.note
    with pytest.raises(LogTypeError, match="which plotly would not draw"):
        nbtrack.Plotly(figure)


@pytest.mark.parametrize(("kind", "why"), [("polar", "polar axes"), ("3d", "3-D axes")])
def test_axes_of_other_kinds_are_pictures(plt, kind, why):
    axes = plt.figure().add_subplot(projection=kind)
    axes.plot([0, 1], [0, 1])
    assert coerce(axes).note.endswith(why)


def test_the_choice_is_the_users(plt, monkeypatch):
    plt.plot([1, 2])
    assert isinstance(nbtrack.Plotly(plt), nbtrack.Plotly)
    assert nbtrack.Image(plt).note is None
    assert isinstance(convert(plt, pictures=True), nbtrack.Image)
    monkeypatch.setenv("NBTRACK_MATPLOTLIB", "image")
    assert isinstance(coerce(plt), nbtrack.Image)
    monkeypatch.setenv("NBTRACK_MATPLOTLIB", "plotly")
    assert isinstance(coerce(plt), nbtrack.Plotly)
    plt.imshow(np.eye(2))
    with pytest.raises(LogTypeError, match=r"an image \(imshow\)"):
        coerce(plt)
    monkeypatch.setenv("NBTRACK_MATPLOTLIB", "svg")
    with pytest.raises(LogValueError, match="'svg'; accepted: auto, plotly, image"):
        coerce(plt)


def test_without_plotly_it_is_a_picture(plt, monkeypatch):
    plt.plot([1, 2])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert coerce(plt).kind == "image-file"


def test_a_matplotlib_that_is_not_understood_gives_a_picture_that_says_so(plt, monkeypatch):
    plt.plot([1, 2])

    def changed(axis):
        raise AttributeError("get_scale is gone")

    monkeypatch.setattr(matplotlib.axis.XAxis, "get_scale", changed)
    assert "AttributeError on the way to plotly: get_scale is gone" in coerce(plt).note


def test_the_figure_stays_open_and_as_it_was_and_may_be_drawn_on(plt):
    figure, axes = plt.subplots()
    (line,) = axes.plot([1.0, 2.0], label="a")
    axes.legend()
    before = nbtrack.Image(figure).to_numpy()
    logged = coerce(figure)
    line.set_ydata([5.0, 6.0])
    assert numbers(json.loads(logged.json)["data"][0]["y"]) == [1, 2]
    line.set_ydata([1.0, 2.0])
    assert plt.get_fignums() == [figure.number]
    assert np.array_equal(nbtrack.Image(figure).to_numpy(), before)


# ---- empty plots -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [False, True])
def test_an_empty_plot_is_refused_by_its_key_with_advice(plt, closed, tmp_path):
    if closed:
        plt.plot([1])
        plt.close()
    else:
        plt.figure()
    with nbtrack.init(dir=str(tmp_path)) as run:
        with pytest.raises(
            LogValueError, match=r"'chart': the plot is empty.*fig = plt\.figure\(\).*log fig itself"
        ):
            run.log({"chart": plt})
        with pytest.raises(LogValueError, match="the plot is empty"):
            nbtrack.Plotly(plt.figure())


# ---- what is drawn -----------------------------------------------------------------------------------------


def test_lines_keep_style_steps_gaps_and_markers(plt):
    plt.plot([0, 1, 2], [1.0, np.nan, np.inf], "r--s", drawstyle="steps-mid", alpha=0.5, lw=3, ms=6)
    (trace,) = chart(plt)["data"]
    assert trace["mode"] == "lines+markers"
    assert trace["line"] == {"color": "rgba(255,0,0,0.5)", "width": 4, "dash": "dash", "shape": "hvh"}
    assert trace["marker"]["symbol"] == "square"
    assert numbers(trace["y"])[0] == 1
    assert np.isnan(numbers(trace["y"])[1:]).all()


def test_points_keep_sizes_colors_and_shape(plt):
    plt.scatter([1, 2], [3, 4], c=["r", "lime"], s=[9, 81], marker="^")
    plt.scatter([1, 2], [3, 4], c=[0.0, 5.0], cmap="gray", vmin=0, vmax=10)
    plt.colorbar(label="speed")
    named, scaled = (trace["marker"] for trace in chart(plt)["data"])
    assert named["symbol"] == "triangle-up"
    assert named["color"] == ["rgba(255,0,0,1)", "rgba(0,255,0,1)"]
    assert named["size"] == [4, 12]
    assert (numbers(scaled["color"]), scaled["cmin"], scaled["cmax"]) == ([0, 5], 0, 10)
    assert (scaled["colorscale"][0], scaled["colorscale"][-1]) == (
        [0, "rgba(0,0,0,1)"],
        [1, "rgba(255,255,255,1)"],
    )
    assert scaled["colorbar"]["title"]["text"] == "speed"


def test_bars_keep_place_width_base_and_colors(plt):
    plt.bar(["cat", "dog"], [3, -2], 0.5, bottom=[1, 0], color=["r", "lime"])
    figure = chart(plt)
    (trace,) = figure["data"]
    values = {name: numbers(trace[name]) for name in ("x", "y", "base", "width")}
    assert values == {"x": [0, 1], "y": [3, -2], "base": [1, 0], "width": [0.5, 0.5]}
    assert trace["marker"]["color"] == ["rgba(255,0,0,1)", "rgba(0,255,0,1)"]
    axis = figure["layout"]["xaxis"]
    assert (axis["tickvals"], axis["ticktext"]) == ([0, 1], ["cat", "dog"])
    plt.close()
    plt.barh([1, 2], [3, 4], xerr=0.5)
    bars, *errors = sorted(chart(plt)["data"], key=lambda trace: trace["type"])
    assert (bars["orientation"], numbers(bars["x"]), numbers(bars["y"])) == ("h", [3, 4], [1, 2])
    assert [one["hoverinfo"] for one in errors] == ["skip"]


def test_a_histogram_has_its_own_bins(plt):
    counts, edges, _ = plt.hist([1, 1, 2, 5], bins=4)
    (trace,) = chart(plt)["data"]
    assert numbers(trace["y"]) == counts.tolist()
    assert numbers(trace["x"]) == ((edges[1:] + edges[:-1]) / 2).tolist()


def test_rules_and_spans_reach_across_the_axes(plt):
    plt.plot([1, 2])
    plt.axhline(1.5, color="r")
    plt.axvspan(0.2, 0.4, alpha=0.5)
    rule, span = sorted(chart(plt)["layout"]["shapes"], key=lambda shape: shape["type"])
    assert (rule["xref"], rule["x0"], rule["x1"], rule["yref"], rule["y0"]) == ("x domain", 0, 1, "y", 1.5)
    assert (span["yref"], span["x0"], span["x1"], span["layer"]) == ("y domain", 0.2, 0.4, "below")


def test_axes_keep_scale_limits_labels_ticks_and_grid(plt):
    plt.plot([1, 10, 100])
    plt.yscale("log")
    plt.ylim(1000, 1)
    plt.xticks([0, 2], ["a", "<b>"], rotation=30)
    plt.xlabel("x & y")
    plt.title("two\nlines")
    plt.grid(True)
    layout = chart(plt)["layout"]
    x, y = layout["xaxis"], layout["yaxis"]
    assert (y["type"], y["range"], y["showgrid"]) == ("log", [3, 0], True)
    assert (x["ticktext"], x["tickangle"], x["title"]["text"]) == (["a", "&lt;b&gt;"], -30, "x &amp; y")
    assert layout["title"]["text"] == "two<br>lines"


def test_dates_are_dates(plt):
    days = [datetime.datetime(2026, 1, 1, 12), datetime.datetime(2026, 3, 1)]
    plt.plot(days, [1, 2])
    plt.axvline(days[0])
    plt.text(days[1], 1, "here")
    figure = chart(plt)
    assert figure["layout"]["xaxis"]["type"] == "date"
    assert figure["data"][0]["x"] == ["2026-01-01T12:00:00.000000", "2026-03-01T00:00:00.000000"]
    assert figure["layout"]["shapes"][0]["x0"] == "2026-01-01T12:00:00.000000"
    assert figure["layout"]["annotations"][0]["x"] == "2026-03-01T00:00:00.000000"


def test_subplots_keep_their_places_and_share_their_axes(plt):
    figure, axes = plt.subplots(2, 2, sharex=True)
    for i, one in enumerate(axes.flat):
        one.plot([i, i + 1])
        one.set_title(f"plot {i}")
    figure.suptitle("all")
    layout = chart(figure)["layout"]
    assert layout["xaxis"]["domain"][0] == 0
    assert layout["yaxis"]["domain"][1] == 1
    assert layout["xaxis2"]["domain"][0] > layout["xaxis"]["domain"][1]
    assert [layout[name].get("matches") for name in ("xaxis", "xaxis2", "xaxis4")] == [None, "x", "x"]
    assert [one["text"] for one in layout["annotations"]] == ["plot 0", "plot 1", "plot 2", "plot 3"]
    assert layout["title"]["text"] == "all"


def test_a_second_axis_lies_over_the_first(plt):
    _, axes = plt.subplots()
    axes.plot([1, 2])
    right = axes.twinx()
    right.plot([100, 50], "r")
    right.set_ylabel("right", color="r")
    right.tick_params("y", labelcolor="r")
    figure = chart(axes)
    assert [(one["xaxis"], one["yaxis"]) for one in figure["data"]] == [("x", "y"), ("x", "y2")]
    second = figure["layout"]["yaxis2"]
    assert (second["overlaying"], second["side"], second["tickmode"]) == ("y", "right", "auto")
    assert second["title"] == {"text": "right", "font": {"color": "rgba(255,0,0,1)"}}
    assert second["tickfont"] == {"color": "rgba(255,0,0,1)"}
    assert "tickfont" not in figure["layout"]["yaxis"]
    assert "font" not in figure["layout"]["yaxis"]["title"]


def test_legends_name_what_they_name_and_nothing_else(plt):
    plt.plot([1, 2], label="one")
    plt.plot([2, 1])
    plt.errorbar([0, 1], [3, 4], yerr=1, label="err")
    plt.legend(loc="lower left")
    figure = chart(plt)
    assert [one["name"] for one in figure["data"] if one["showlegend"]] == ["one", "err"]
    assert (figure["layout"]["legend"]["xanchor"], figure["layout"]["legend"]["yanchor"]) == (
        "left",
        "bottom",
    )
    plt.close()
    plt.plot([1, 2])
    plt.plot([2, 1])
    plt.legend(["first", "second"])
    assert [one["name"] for one in chart(plt)["data"]] == ["first", "second"]
    plt.close()
    plt.plot([1, 2])
    plt.legend(
        handles=[matplotlib.lines.Line2D([], [], label="x"), matplotlib.lines.Line2D([], [], label="y")]
    )
    assert coerce(plt).note.endswith("a legend of its own")


def test_a_plain_figure_has_the_panels_colors_and_one_in_black_its_own(plt):
    plt.plot([1, 2])
    assert "paper_bgcolor" not in chart(plt)["layout"]["template"]["layout"]
    plt.axhline(1, color="k")
    look = chart(plt)["layout"]["template"]["layout"]
    assert rgb(look["paper_bgcolor"]) == [255, 255, 255]
    assert rgb(look["font"]["color"]) == [0, 0, 0]


def test_texts_are_text(plt):
    plt.plot([1, 2], label="<img src=x>")
    plt.legend()
    plt.text(0.5, 0.9, "<b>", transform=plt.gca().transAxes, color="r")
    figure = chart(plt)
    (text,) = figure["layout"]["annotations"]
    assert (text["text"], text["xref"], text["font"]["color"]) == ("&lt;b&gt;", "x domain", "rgba(255,0,0,1)")
    assert figure["data"][0]["name"] == "&lt;img src=x&gt;"


def test_texts_and_rules_on_a_log_axis_are_where_plotly_looks_for_them(plt):
    plt.plot([1, 100])
    plt.yscale("log")
    plt.text(0, 10, "ten")
    plt.axhline(10)
    layout = chart(plt)["layout"]
    assert layout["annotations"][0]["y"] == 1
    assert layout["shapes"][0]["y0"] == 10


def test_a_logged_chart_is_read_back_with_its_note(plt, tmp_path):
    plotted, turned = plt.figure(), plt.figure()
    plotted.add_subplot().plot([1, 2])
    turned.add_subplot().pie([1, 2])
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"chart": plotted, "picture": turned})
    stored = nbtrack.Api(dir=tmp_path).run(run.id)
    assert stored.media("chart")[0].note == "drawn by plotly from a matplotlib figure"
    assert stored.media("picture")[0].note.endswith("a pie")


def test_pictures_and_numbers_load_no_matplotlib():
    assert "nbtrack.media.matplotlib_artists" in sys.modules  # of the tests before
    import subprocess

    code = "import sys, nbtrack; from nbtrack.media.coerce import coerce; coerce(object()); import nbtrack.media.image; "
    code += "assert not {'matplotlib', 'plotly', 'nbtrack.media.matplotlib_artists'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
