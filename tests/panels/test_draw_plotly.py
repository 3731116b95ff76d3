"""Plotly figures without scripts: lines, points and bars as small pictures, the rest by name."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import nbtrack
from nbtrack.media.registry import complete
from nbtrack.panels.drawings import Drawn, draw

PACKED = {"dtype": "f8", "bdata": base64.b64encode(np.array([1.0, 4, 2, 8]).tobytes()).decode()}


def drawn(*traces, **layout) -> str:
    done = complete(nbtrack.Plotly({"data": list(traces), "layout": layout}).record())
    return draw("plotly-file", [Drawn(done.meta, "blob", lambda _: done.blob)], 236) or ""


@pytest.mark.parametrize(
    "traces",
    [
        [{"y": [1, 3, 2]}, {"y": [3, None, 1], "x": ["a", "b", "c"]}],
        [{"type": "scattergl", "x": PACKED, "y": PACKED}],
        [{"type": "scatter", "mode": "markers", "x": list(range(20)), "y": list(range(20))}],
        [{"type": "bar", "x": ["a", "b"], "y": [1, 2]}],
    ],
)
def test_lines_points_and_bars_are_pictures(traces):
    data = base64.b64decode(re.search(r"base64,([^\"]+)", drawn(*traces))[1])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)
    colored = (pixels[..., 3] > 100) & (pixels[..., :3].max(-1) - pixels[..., :3].min(-1) > 40)
    assert colored.sum() > 30


@pytest.mark.parametrize(
    ("traces", "says"),
    [
        ([{"type": "heatmap", "z": [[1]]}], "heatmap, 1 trace<"),
        ([{"type": "<b>"}, {"y": [1]}], "&lt;b&gt;, scatter, 2 traces"),
        ([{"y": []}], "scatter"),
        ([{"y": {"dtype": "O", "bdata": "AAAA"}}], "scatter"),
        ([], "0 traces"),
    ],
)
def test_other_figures_say_what_they_are(traces, says):
    found = drawn(*traces, title={"text": "<i>t</i>"})
    assert says in found
    assert "&lt;i&gt;t" in found
    assert "<img" not in found
