from __future__ import annotations

import json

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError


def test_a_figure_is_kept_as_plotlys_own_json():
    import plotly.graph_objects as go

    figure = go.Figure(go.Scatter(y=[1.0, float("nan"), 3.0]))
    record = nbtrack.Plotly(figure).record()
    assert json.loads(record.raw.data) == json.loads(figure.to_json())
    assert record.meta["size"] == len(record.raw.data)


def test_a_figure_is_logged_as_it_is_also_in_a_list(tmp_path, monkeypatch):
    import plotly.graph_objects as go

    monkeypatch.setenv("NBTRACK_SILENT", "on")
    figure = go.Figure(go.Bar(y=[1]))
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"one": figure, "two": [figure, figure]})
    stored = nbtrack.Api(dir=tmp_path).run(run.id)
    assert [json.loads(m.json)["data"][0]["type"] for m in stored.media("two")] == ["bar", "bar"]
    assert json.loads(stored.media("one")[0].json) == json.loads(figure.to_json())


def test_a_figures_dict_may_hold_arrays_and_gaps():
    made = nbtrack.Plotly({"data": [{"y": np.array([1.0, np.nan, np.inf]), "n": np.int64(3)}]})

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    assert json.loads(made.json, parse_constant=refuse) == {"data": [{"y": [1.0, None, None], "n": 3}]}


@pytest.mark.parametrize("value", [3, "x", {"layout": {}}, {"data": [object()]}])
def test_what_is_no_figure_is_refused(value):
    with pytest.raises(LogTypeError):
        nbtrack.Plotly(value)
