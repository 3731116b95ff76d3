"""Charts in a run: what is stored, what comes back, what is too much."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import nbtrack
from nbtrack.media.chart import CustomChart
from nbtrack.media.registry import complete
from nbtrack.media.thinning import MAX_ROWS, bins


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


@pytest.mark.parametrize(
    ("draw", "columns"),
    [("histogram", ["v"]), ("bar", ["label", "v"]), ("line", ["x", "v"]), ("scatter", ["x", "v"])],
)
@pytest.mark.parametrize("cells", [[], [math.nan] * 3])
def test_a_table_with_nothing_to_draw_is_stored(draw, columns, cells):
    table = nbtrack.Table(columns=columns, data=[[cell] * len(columns) for cell in cells])
    held = stored(getattr(nbtrack.plot, draw)(table, *columns))
    assert held["columns"] == {name: [None] * len(cells) for name in columns}
    assert held["of"] == len(cells)


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


def histogram(values, name="v"):
    table = nbtrack.Table(columns=[name], data=np.asarray(values).reshape(-1, 1))
    return stored(nbtrack.plot.histogram(table, name))


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=250_000),
        np.random.default_rng(0).integers(0, 10, 250_000),
        np.random.default_rng(0).exponential(1e-9, 250_000),
        np.round(np.random.default_rng(0).normal(size=250_000), 1),  # on the edges of bins
        np.full(250_000, 3.7),
    ],
)
def test_every_row_of_a_long_histogram_is_counted(values):
    held = histogram(values)
    cells, counts = np.array(held["columns"]["v"]), np.array(held["columns"]["_count"])
    assert (held["counted"], counts.sum(), held["of"]) == (True, 250_000, 250_000)
    assert (cells.min(), cells.max()) == (values.min(), values.max())
    assert set(cells) <= set(values.tolist())
    assert held["note"] == "counted are all 250,000 rows"
    start, stop, step = bins(float(values.min()), float(values.max()), 40)
    edges = start + step * (np.arange(round((stop - start) / step) + 1) - 1e-14)
    edges[-1] = np.inf
    assert np.histogram(cells, edges, weights=counts)[0].tolist() == np.histogram(values, edges)[0].tolist()


def test_rows_without_a_number_are_told_of():
    assert histogram([1.0, math.nan, 2.0])["note"] == "1 row holds no number"
    values = np.arange(120_000.0)
    values[:7] = math.nan
    values[7] = math.inf
    held = histogram(values)
    assert held["note"] == "counted are all 120,000 rows; 8 rows hold no number"
    assert sum(held["columns"]["_count"]) == 119_992
    assert histogram(np.full(120_000, math.nan))["columns"] == {"v": [], "_count": []}


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        # as vega-statistics' bin() answers
        (0, 1, 10, (0, 1, 0.1)),
        (-3.2, 4.1, 40, (-3.2, 4.2, 0.2)),
        (0, 9, 40, (0, 9, 0.5)),
        (5, 5, 40, (5, 5.2, 0.2)),
        (1e-9, 7.3e-8, 20, (0, 7.5e-8, 5e-9)),
        (-1e6, 123456, 25, (-1e6, 150000, 50000)),
    ],
)
def test_bins_are_cut_as_vega_cuts_them(low, high, most, expected):
    assert bins(low, high, most) == pytest.approx(expected, rel=1e-9, abs=1e-20)


def test_bars_of_many_rows_are_sums():
    rows = [[f"name {i % 300}", -1.0 if i == 300 else 0.5] for i in range(120_000)]
    held = stored(nbtrack.plot.bar(nbtrack.Table(columns=["n", "v"], data=rows), "n", "v"))
    sums = list(zip(held["columns"]["n"], held["columns"]["v"], strict=True))
    assert sums[:3] == [("name 0", 199.5), ("name 0", -1.0), ("name 1", 200.0)]
    assert (len(sums), held["note"]) == (301, "bars are sums of 120,000 rows")


def test_of_too_many_bars_the_first_are_drawn():
    rows = [[f"name {i}", None if i == 1 else i] for i in range(2_000)]
    held = stored(nbtrack.plot.bar(nbtrack.Table(columns=["n", "v"], data=rows), "n", "v"))
    assert held["columns"]["n"] == [f"name {i}" for i in range(500) if i != 1]  # which has no length
    assert held["columns"]["v"][:3] == [0, 2, 3]
    assert held["note"] == "drawn are the first 500 of 2,000 bars"


@pytest.mark.parametrize("mode", ["IMMUTABLE", "MUTABLE", "INCREMENTAL"])
def test_a_table_that_grows_is_drawn_as_it_is_now(tmp_path, monkeypatch, mode):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    table = nbtrack.Table(columns=["x", "y"], data=[[0, 1]], log_mode=mode)
    with nbtrack.init(project="charts") as run:
        run.log({"c": nbtrack.plot.line(table, "x", "y")})
        table.add_data(1, 5)
        run.log({"c": nbtrack.plot.line(table, "x", "y")})
    found = nbtrack.Api().run(f"charts/{run.id}")
    assert found.media("c", step=0)[0].table.data == [[0, 1]]
    assert found.media("c", step=1)[0].table.data == [[0, 1], [1, 5]]


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
