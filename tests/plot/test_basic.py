from __future__ import annotations

import datetime
import json
import math

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media.registry import complete


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))


@pytest.fixture
def table():
    rows = [[i, i * i / 10, "even" if i % 2 == 0 else "odd"] for i in range(6)]
    return nbtrack.Table(columns=["x", "y.value", "kind"], data=rows)


def test_a_line_maps_columns_to_channels(table):
    chart = nbtrack.plot.line(table, "x", "y.value", stroke="kind", title="Custom Y vs X")
    encoding = chart.vega["encoding"]
    assert chart.vega["title"] == "Custom Y vs X"
    assert encoding["x"]["field"] == "x"
    assert encoding["y"]["field"] == "y\\.value"  # a dot would lead into an object
    assert encoding["y"]["title"] == "y.value"
    assert encoding["color"]["field"] == "kind"
    assert (chart.spec.spec_name, chart.spec.fields["stroke"]) == ("wandb/line/v0", "kind")


def test_without_a_stroke_there_is_no_color(table):
    chart = nbtrack.plot.line(table, "x", "y.value")
    assert "color" not in chart.vega["encoding"]
    assert "title" not in chart.vega
    assert "${" not in json.dumps(chart.vega)


def test_the_type_of_an_axis_is_that_of_its_column():
    days = [datetime.datetime(2026, 1, day, tzinfo=datetime.UTC) for day in (1, 2, 3)]
    table = nbtrack.Table(columns=["day", "name", "n"], data=[[day, "a", 1.5] for day in days])
    kinds = {
        column: nbtrack.plot.scatter(table, column, "n").vega["encoding"]["x"]["type"]
        for column in table.columns
    }
    assert kinds == {"day": "temporal", "name": "nominal", "n": "quantitative"}


@pytest.mark.parametrize(
    ("draw", "name", "fields"),
    [
        (lambda t: nbtrack.plot.scatter(t, "x", "y.value"), "wandb/scatter/v0", {"x": "x", "y": "y.value"}),
        (lambda t: nbtrack.plot.bar(t, "kind", "x"), "wandb/bar/v0", {"label": "kind", "value": "x"}),
        (lambda t: nbtrack.plot.histogram(t, "x"), "wandb/histogram/v0", {"value": "x"}),
    ],
)
def test_presets_have_wandbs_names_and_holes(table, draw, name, fields):
    chart = draw(table)
    assert chart.spec.spec_name == name
    assert chart.spec.fields == fields
    assert "${" not in json.dumps(chart.vega)


def test_lines_of_one_x_or_of_one_each():
    one = nbtrack.plot.line_series(
        xs=[0, 1, 2], ys=[[1, 2, 3], [3, 2, 1]], keys=["up", "down"], xname="epoch"
    )
    assert one.table.data == [
        [0, "up", 1],
        [1, "up", 2],
        [2, "up", 3],
        [0, "down", 3],
        [1, "down", 2],
        [2, "down", 1],
    ]
    assert one.vega["encoding"]["x"]["title"] == "epoch"
    each = nbtrack.plot.line_series(xs=np.array([[0, 1], [5, 6]]), ys=(iter([1, 2]), np.array([3.5, 4.5])))
    assert each.table.data == [[0, "line_0", 1], [1, "line_0", 2], [5, "line_1", 3.5], [6, "line_1", 4.5]]


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        (
            {"xs": [[0], [1], [2]], "ys": [[0], [1]]},
            LogValueError,
            r"x-series \(3\) must match y-series \(2\)",
        ),
        (
            {"xs": [0], "ys": [[0], [1]], "keys": ["a"]},
            LogValueError,
            r"keys \(1\) must match y-series \(2\)",
        ),
        ({"xs": [0, 1], "ys": [[0]]}, LogValueError, "'line_0' has 2 x and 1 y"),
        ({"xs": 3, "ys": [[0]]}, LogTypeError, "xs must be a list, not int"),
        ({"xs": [0], "ys": [1]}, LogTypeError, r"ys\[0\] must be a list, not int"),
        ({"xs": [0], "ys": "ab"}, LogTypeError, "ys must be a list, not str"),
    ],
)
def test_lines_that_do_not_fit_are_refused(given, error, says):
    with pytest.raises(error, match=says):
        nbtrack.plot.line_series(**given)


def test_unknown_columns_are_answered_with_those_that_there_are(table):
    with pytest.raises(LogValueError, match=r"no column 'z' for 'x'; it has 'x', 'y.value', 'kind'"):
        nbtrack.plot.line(table, "z", "x")
    with pytest.raises(
        LogTypeError, match=r"Expected `data_table` to be `nbtrack.Table` type, instead got list"
    ):
        nbtrack.plot.scatter([[1, 2]], "x", "y")
    pictures = nbtrack.Table(columns=["p"], data=[[nbtrack.Image(np.zeros((2, 2)))]])
    with pytest.raises(LogValueError, match="column 'p' holds media"):
        nbtrack.plot.histogram(pictures, "p")


def test_a_histogram_of_text_says_that_it_draws_nothing(table):
    with pytest.warns(NbtrackWarning, match=r"'kind' holds text \(str\); a histogram counts numbers"):
        nbtrack.plot.histogram(table, "kind")


def test_an_empty_table_is_a_chart_too():
    table = nbtrack.Table(columns=["x", "y"], data=[])
    assert nbtrack.plot.line(table, "x", "y").table is table


def test_a_column_without_a_number_is_a_chart_too():
    missing = nbtrack.Table(columns=["x", "y"], data=[[0, math.nan], [1, None]])
    chart = nbtrack.plot.scatter(missing, "x", "y")
    assert chart.vega["encoding"]["y"]["type"] == "quantitative"
    held = json.loads(complete(chart.record()).blob)
    assert held["columns"] == {"x": [0, 1], "y": [None, None]}


def test_holes_that_are_not_there_or_stay_open_are_named(table):
    with pytest.warns(NbtrackWarning, match=r"'wandb/bar/v0'.* no hole 'values'; .* are 'label', 'value'"):
        nbtrack.plot_table("wandb/bar/v0", table, {"label": "kind", "values": "x"})
    with pytest.warns(NbtrackWarning, match=r"no column is given for 'y'; .* are 'stroke', 'x', 'y'"):
        nbtrack.plot_table("wandb/line/v0", table, {"x": "x"})


def test_a_saved_preset_is_drawn_by_its_name(table):
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"name": "wandb"},
        "mark": "area",
        "title": "${string:title}",
        "transform": [{"calculate": "datum['${field:value}'] * 2", "as": "twice"}],
        "encoding": {
            "x": {"field": "${field:x}"},
            "y": {"field": "twice"},
            "color": {"field": "${field:hue}"},
        },
    }
    nbtrack.save_chart_preset("carey/new_chart", spec)
    assert "carey/new_chart" in nbtrack.chart_presets()
    chart = nbtrack.plot_table(
        vega_spec_name="carey/new_chart",
        data_table=table,
        fields={"x": "x", "value": "y.value"},
        string_fields={"title": "Height Histogram"},
    )
    assert chart.vega["transform"][0]["calculate"] == "datum['y.value'] * 2"
    assert chart.vega["title"] == "Height Histogram"
    assert "color" not in chart.vega["encoding"]
    changed = nbtrack.chart_preset("carey/new_chart")
    changed["mark"] = "line"
    nbtrack.save_chart_preset("carey/new_chart", json.dumps(changed))
    assert nbtrack.chart_preset("carey/new_chart")["mark"] == "line"


def test_an_unknown_preset_is_drawn_plainly_with_a_warning(table):
    with pytest.warns(NbtrackWarning, match=r"no chart preset 'carey/new_chart'.*wandb/line/v0"):
        chart = nbtrack.plot_table("carey/new_chart", table, {"x": "x", "value": "y.value"}, {"title": "T"})
    assert chart.vega["mark"]["type"] == "point"
    assert chart.spec.spec_name == "carey/new_chart"
    assert chart.vega["title"] == "T"


@pytest.mark.parametrize(
    ("name", "spec", "error", "says"),
    [
        ("", {"mark": "bar"}, LogValueError, "named by some text"),
        ("wandb/line/v0", {"mark": "bar"}, LogValueError, "nbtrack's own"),
        ("a", {"title": "x"}, LogValueError, "draws nothing.*it has title"),
        ("a", [1], LogTypeError, "is a dict, not list"),
        ("a", "{", LogTypeError, "is no JSON"),
        ("a", {"mark": float("nan")}, LogTypeError, "is no JSON"),
        ("a", {"mark": "bar", "data": "x" * 1_100_000}, LogValueError, "more than 1,048,576 characters"),
    ],
)
def test_what_is_no_preset_is_not_saved(name, spec, error, says):
    with pytest.raises(error, match=says):
        nbtrack.save_chart_preset(name, spec)
    assert name not in nbtrack.chart_presets() or name.startswith("wandb/")


def test_names_lead_nowhere_else(tmp_path):
    nbtrack.save_chart_preset("../../out/../한글 preset", {"mark": "bar"})
    assert "../../out/../한글 preset" in nbtrack.chart_presets()
    assert [path.parent.name for path in tmp_path.rglob("*.json") if "preset" in path.name] == ["charts"]
