from __future__ import annotations

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nbtrack.panels.plot_png import PALETTE, Line, bars, color_of, curves, heatmap, number, swatch


def pixels(data: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "PNG"
    return np.asarray(picture.convert("RGBA")).astype(int)


def ink(data: bytes, color: str) -> np.ndarray:
    """Where a color stands, fully covering."""
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    rgba = pixels(data)
    return (rgba[..., :3] == rgb).all(axis=-1) & (rgba[..., 3] == 255)


def test_a_rising_curve_rises():
    found = ink(curves([Line(np.arange(100), np.arange(100.0))]), PALETTE[0])
    rows, columns = np.nonzero(found)
    assert np.corrcoef(rows, columns)[0, 1] < -0.99
    assert np.ptp(columns) > 300


def test_the_paper_is_transparent():
    rgba = pixels(curves([Line(np.arange(100), np.arange(100.0))]))
    assert rgba.shape == (236, 472, 4)
    assert (rgba[..., 3] == 0).mean() > 0.8


def test_a_missing_number_breaks_the_curve():
    y = np.zeros(100)
    y[40:60] = math.nan
    columns = np.nonzero(ink(curves([Line(np.arange(100), y)]), PALETTE[0]).any(axis=0))[0]
    gaps = np.diff(columns)
    assert gaps.max() > 50
    assert (gaps > 1).sum() == 1


def test_a_single_spike_among_many_points_is_seen():
    y = np.zeros(200_000)
    y[77_777] = 1.0
    rows = np.nonzero(ink(curves([Line(np.arange(len(y)), y)]), PALETTE[0]))[0]
    assert np.ptp(rows) > 150


def test_each_curve_has_its_color():
    x = np.arange(50)
    data = curves([Line(x, x * (i + 1.0), color_of(i)) for i in range(12)])
    for color in PALETTE:
        assert ink(data, color).any()
    assert color_of(10) == color_of(0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(), max_size=30), st.integers(0, 2**62))
def test_any_numbers_make_a_picture(values, first):
    data = curves([Line(np.arange(first, first + len(values)), np.array(values))])
    assert pixels(data).shape == (236, 472, 4)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 1e300), min_size=1, max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e-3, 1e3),
)
def test_any_histogram_makes_a_picture(values, low, width):
    edges = np.linspace(low, low + width, len(values) + 1)
    assert pixels(bars(values, edges)).shape == (300, 720, 4)


def test_bars_are_as_high_as_their_counts():
    found = ink(bars([1, 2, 4], [0, 1, 2, 3]), PALETTE[0])
    third = found.shape[1] // 6
    heights = [found[:, at].sum() for at in (100 + third, 100 + 2 * third, found.shape[1] - third // 2)]
    assert heights[0] < heights[2]
    assert heights[2] == pytest.approx(
        4 * ink(bars([1, 2, 4], [0, 1, 2, 3]), PALETTE[0])[:, 60].sum(), rel=0.05
    )


def test_a_heat_map_puts_the_counts_where_they_are():
    counts = np.zeros((10, 5))
    counts[0] = 1  # the lowest values
    rgba = pixels(heatmap(counts, 0.0, 1.0, (0, 100)))
    found = ink(heatmap(counts, 0.0, 1.0, (0, 100)), PALETTE[0])
    rows = np.nonzero(found)[0]
    assert rows.min() > rgba.shape[0] * 0.7
    assert pixels(heatmap(np.zeros((0, 0)), 0.0, 1.0, (0, 0))).shape == rgba.shape
    assert pixels(heatmap(np.full((3, 3), np.nan), 0.0, 1.0, (0, 9))).shape == rgba.shape


def test_a_swatch_is_a_dot():
    rgba = pixels(swatch("#cf4a4a"))
    assert rgba[10, 10].tolist() == [0xCF, 0x4A, 0x4A, 255]
    assert rgba[0, 0, 3] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.05, "0.05"), (-2.5, "-2.5"), (1234.0, "1234"), (12000, "12k"), (2.5e6, "2.5M"),
        (3e9, "3G"), (3e-7, "3e-7"), (1.5e15, "1.5e15"), (float("inf"), "inf"), (0.30000000000000004, "0.3"),
    ],
)  # fmt: skip
def test_ticks_are_short(value, text):
    assert number(value) == text


def test_a_chart_is_small():
    rng = np.random.default_rng(0)
    assert (
        len(curves([Line(np.arange(300), np.exp(-np.arange(300) / 60) + 0.02 * rng.normal(size=300))])) < 5000
    )
