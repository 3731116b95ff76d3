"""Charts in a run: what is stored, what comes back, what is too much."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import nbtrack
from nbtrack.media.chart import MAX_ROWS, CustomChart
from nbtrack.media.registry import complete


@pytest.fixture
def logged(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))

    def log(*rows):
        with nbtrack.init(project="charts") as run:
            for row in rows:
                run.log(row)
        return nbtrack.Api().run(f"charts/{run.id}")

    return log


def stored(chart: CustomChart) -> dict:
    return json.loads(complete(chart.record()).blob)


def curve(rows, columns=("x", "y")):
    return nbtrack.plot.line(nbtrack.Table(columns=list(columns), data=rows), *columns)


def test_a_chart_and_its_table_are_logged_at_each_step(logged):
    found = logged({"c": curve([[0, 1], [1, 2]])}, {"c": curve([[0, 5], [1, 6]])})
    assert found.media("c", step=1)[0].table.data == [[0, 5], [1, 6]]
    assert found.media("c", step=0)[0].spec.fields == {"x": "x", "y": "y"}
    assert found.media("c_table", step=1)[0].data == [[0, 5], [1, 6]]


def test_keys_of_tables_are_wandbs(logged):
    table = nbtrack.Table(columns=["v"], data=[[1], [2]])
    found = logged(
        {
            "sec/k": nbtrack.plot.histogram(table, "v", split_table=True),
            "o": {"k": nbtrack.plot.histogram(table, "v")},
        }
    )
    keys = {row.key for row in found.reader.objects()}
    assert keys == {"sec/k", "Custom Chart Tables/sec/k_table", "o.k", "o.k_table"}


def test_what_is_no_number_is_a_gap_and_times_are_iso():
    rows = [[math.nan, "a", True], [math.inf, None, False], [1.5, "b", None]]
    held = stored(nbtrack.plot.bar(nbtrack.Table(columns=["n", "s", "b"], data=rows), "s", "n"))
    assert held["columns"] == {"n": [None, None, 1.5], "s": ["a", None, "b"], "b": [True, False, None]}
    assert (held["rows"], held["of"]) == (3, 3)


def test_columns_that_no_chart_draws_stay_in_the_table(logged):
    table = nbtrack.Table(columns=["n", "p"], data=[[1, nbtrack.Image(np.zeros((2, 2)))]])
    chart = nbtrack.plot.histogram(table, "n")
    assert set(stored(chart)["columns"]) == {"n"}
    assert logged({"c": chart}).media("c_table")[0].columns == ["n", "p"]


@pytest.mark.parametrize("spike", [0, 123_457, 249_999])
def test_of_very_many_rows_the_extremes_are_drawn(spike):
    values = np.sin(np.arange(250_000) / 9)
    values[spike] = 1e6
    table = nbtrack.Table(columns=["x", "y"], data=np.column_stack([np.arange(250_000.0), values]))
    held = stored(nbtrack.plot.line(table, "x", "y"))
    assert MAX_ROWS / 2 <= held["rows"] <= MAX_ROWS
    assert held["of"] == 250_000
    assert max(held["columns"]["y"]) == 1e6
    assert held["columns"]["x"] == sorted(held["columns"]["x"])


def test_points_of_a_very_long_table_are_chosen_evenly():
    table = nbtrack.Table(columns=["x", "y"], data=np.random.default_rng(0).normal(size=(300_000, 2)))
    held = stored(nbtrack.plot.scatter(table, "x", "y"))
    assert held["rows"] == MAX_ROWS
    assert abs(np.std(held["columns"]["x"]) - 1) < 0.02


def test_a_chart_that_holds_its_data_needs_no_table(logged):
    spec = {"mark": "bar", "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}}
    found = logged({"c": CustomChart(spec)})
    assert found.media("c")[0].vega == spec
    assert found.media("c")[0].table is None


def test_altair_charts_are_kept_as_their_specification(logged):
    alt = pytest.importorskip("altair")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"x": range(6000), "y": range(6000)})  # more than altair itself would embed
    chart = alt.Chart(frame).mark_point().encode(x="x", y="y")
    back = logged({"c": chart}).media("c")[0]
    assert back.vega["mark"]["type"] == "point"
    assert sum(len(rows) for rows in back.vega["datasets"].values()) == 6000


def test_a_chart_is_no_dict_and_no_list():
    with pytest.raises(nbtrack.UsageError, match="specification as a dict, not str"):
        CustomChart("bar")
    with pytest.raises(nbtrack.UsageError, match="instead got list"):
        CustomChart({"mark": "bar"}, [[1]])
