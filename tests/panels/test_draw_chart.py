"""Charts without scripts: presets as small pictures and tables."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from PIL import Image

import nbtrack
from nbtrack.media.registry import complete
from nbtrack.panels.drawings import Drawn, draw

XY = nbtrack.Table(columns=["x", "y"], data=[[i, (i % 5) ** 2] for i in range(20)])
NAMED = nbtrack.Table(columns=["label", "value"], data=[["<b>", 3], ["dog", 5]])


def drawn(chart) -> str:
    done = complete(chart.record())
    (sha,) = done.files or {""} if done.blob is None else {"blob"}
    return draw("chart-file", [Drawn(done.meta, sha, lambda _: done.blob)], 236) or ""


@pytest.mark.parametrize(
    "chart",
    [
        nbtrack.plot.line(XY, "x", "y"),
        nbtrack.plot.scatter(XY, "x", "y"),
        nbtrack.plot.histogram(XY, "y"),
        nbtrack.plot.line_series([0, 1], [[1, 2], [2, 1]]),
        nbtrack.plot.roc_curve([0, 1, 1], [0.2, 0.7, 0.4]),
    ],
)
def test_curves_points_and_counts_are_pictures(chart):
    data = base64.b64decode(re.search(r"base64,([^\"]+)", drawn(chart))[1])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)
    colored = (pixels[..., 3] > 100) & (pixels[..., :3].max(-1) - pixels[..., :3].min(-1) > 40)
    assert colored.sum() > 30


def test_a_picture_says_which_line_is_whose_and_what_was_drawn():
    lines = drawn(nbtrack.plot.line_series([0, 1], [[1, 2], [2, 1]], keys=["<up>", "down"]))
    assert lines.count("<img") == 3
    assert "&lt;up&gt;" in lines
    gaps = nbtrack.Table(columns=["v"], data=[[1.0], [float("nan")], [float("inf")]])
    assert "2 rows hold no number" in drawn(nbtrack.plot.histogram(gaps, "v"))
    nothing = nbtrack.Table(columns=["v"], data=[[float("inf")]])
    assert "no finite values" in drawn(nbtrack.plot.histogram(nothing, "v"))


def test_a_histogram_of_counted_rows_looks_like_one_of_all(monkeypatch):
    values = nbtrack.Table(columns=["v"], data=np.random.default_rng(0).normal(size=(3_000, 1)))
    whole = drawn(nbtrack.plot.histogram(values, "v"))
    monkeypatch.setattr("nbtrack.media.thinning.MAX_ROWS", 1_000)
    counted = drawn(nbtrack.plot.histogram(values, "v"))
    assert "counted are all 3,000 rows" in counted
    assert counted.split("<br>")[0] == whole


def test_bars_and_matrices_are_tables_of_escaped_text():
    html = drawn(nbtrack.plot.bar(NAMED, "label", "value", title="<script>"))
    assert "&lt;b&gt;" in html
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert [html.count("█" * n) > 0 for n in (14, 15)] == [True, False]
    matrix = drawn(
        nbtrack.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0], class_names=["cat", "dog"])
    )
    assert re.findall(r"<td[^>]*>(\d+)</td>", matrix) == ["1", "0", "1", "1"]


def test_other_charts_say_what_they_are():
    html = drawn(nbtrack.plot.CustomChart({"mark": "bar", "data": {"values": [{"a": 1}]}}))
    assert "chart of its own" in html
    empty = nbtrack.Table(columns=["x", "y"], data=[])
    assert "chart line: its table has no rows" in drawn(nbtrack.plot.line(empty, "x", "y"))
    nothing = nbtrack.Table(columns=["x", "y"], data=[[0, math.nan], [1, None]])
    for chart in (nbtrack.plot.line(nothing, "x", "y"), nbtrack.plot.scatter(nothing, "x", "y")):
        assert "no finite values" in drawn(chart)


@pytest.mark.filterwarnings("ignore:chart .* no column is given")
@pytest.mark.parametrize(
    "name", ["line/v0", "scatter/v0", "lineseries/v0", "histogram/v0", "confusion_matrix/v1"]
)
def test_a_preset_with_an_open_hole_is_named(name):
    rows = nbtrack.Table(columns=["a"], data=[[1], [2]])
    html = drawn(nbtrack.plot_table(f"wandb/{name}", rows, {}))
    assert f"chart {name.partition('/')[0]}, 2 rows" in html
