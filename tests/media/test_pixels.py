"""The rules by which numbers become 8 bits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nbtrack.media.pixels import arrange, grid_shape, quantize


@pytest.mark.parametrize(
    ("values", "samples", "clipped"),
    [
        ([0.2, 0.3], [51, 76], 0),
        ([0.0, 1.0], [0, 255], 0),
        ([-0.2, 0.6], [102, 204], 0),
        ([-1.0, 1.0], [0, 255], 0),
        ([-9.0, 0.1, 100.0, 254.5, 270.0], [0, 0, 100, 254, 255], 2),
        ([0.0, 1.5, 255.0], [0, 1, 255], 0),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_stretched_or_clipped_by_their_range(values, samples, clipped, dtype):
    result, count = quantize(np.array(values, dtype))
    assert result.dtype == np.uint8
    assert result.tolist() == samples
    assert count == clipped


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_level_divided_by_255_comes_back(dtype):
    levels = np.arange(256)
    assert quantize(levels.astype(dtype) / dtype(255))[0].tolist() == levels.tolist()


def test_nan_is_black_and_infinities_are_the_ends_and_none_of_them_choose_the_rule():
    result, clipped = quantize(np.array([np.nan, np.inf, -np.inf, 0.5]))
    assert result.tolist() == [0, 255, 0, 127]
    assert clipped == 0
    assert quantize(np.full(3, np.nan))[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_integers_are_never_stretched(dtype):
    assert quantize(np.array([0, 1, 1], dtype))[0].tolist() == [0, 1, 1]


def test_integers_outside_are_clipped_and_counted():
    result, clipped = quantize(np.array([-5, 0, 300, 255, 2**60]))
    assert result.tolist() == [0, 0, 255, 255, 255]
    assert clipped == 3


def test_bool_is_black_and_white():
    assert quantize(np.array([False, True]))[0].tolist() == [0, 255]


def test_without_normalize_everything_is_a_bare_cast():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert quantize(np.array([0.0, 0.5, 1.0, 300.0, -1.0]), normalize=False)[0].tolist() == [
            0,
            0,
            1,
            44,
            255,
        ]
        assert quantize(np.array([300, -1]), normalize=False)[0].tolist() == [44, 255]
        assert quantize(np.array([False, True]), normalize=False)[0].tolist() == [0, 1]
        assert quantize(np.array([np.nan]), normalize=False)[0].tolist() == [0]


def test_sixteen_bits_use_the_whole_scale():
    result, clipped = quantize(np.array([0.0, 0.5, 1.0]), full=65535)
    assert result.dtype == np.uint16
    assert result.tolist() == [0, 32767, 65535]
    assert quantize(np.array([0, 300, 70000]), full=65535)[0].tolist() == [0, 300, 65535]
    assert quantize(np.array([0.0, 1.0], np.float16), full=65535)[0].tolist() == [0, 65535]
    assert clipped == 0


any_numbers = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes()
    ),
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
)


@given(any_numbers, st.booleans(), st.sampled_from([255, 65535]))
def test_any_real_numbers_become_samples_of_the_same_shape_without_a_warning(values, normalize, full):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples, clipped = quantize(values, normalize=normalize, full=full)
    assert samples.shape == values.shape
    assert samples.dtype == (np.uint8 if full == 255 else np.uint16)
    assert 0 <= clipped <= values.size


@given(hnp.arrays(np.float64, 8, elements=st.floats(0, 1)))
def test_stretching_keeps_the_order(values):
    samples = quantize(values)[0]
    assert (np.diff(samples[np.argsort(values, kind="stable")].astype(int)) >= 0).all()


def test_channels_first_and_gray_channels_are_arranged():
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8)
    assert np.array_equal(arrange(pixels.reshape(4, 2, 3), "CHW"), pixels.reshape(4, 2, 3).transpose(1, 2, 0))
    assert arrange(pixels.reshape(1, 4, 6), "CHW").shape == (4, 6)
    assert arrange(pixels.reshape(4, 6, 1), "HWC").shape == (4, 6)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 17])
def test_a_grid_holds_each_picture_once_between_black_lines(count):
    pictures = np.full((count, 3, 5, 3), 9, np.uint8)
    canvas = arrange(pictures, "BHWC")
    assert canvas.shape[:2] == grid_shape(count, 3, 5)
    assert (canvas == 9).sum() == pictures.size
    if count > 1:
        assert not canvas[:2].any()
        assert not canvas[:, -2:].any()


def test_a_grid_goes_row_by_row():
    pictures = np.arange(1, 11, dtype=np.uint8)[:, None, None, None] * np.ones((10, 1, 4, 6), np.uint8)
    canvas = arrange(pictures, "BCHW")
    assert canvas.shape == (2 * 6 + 2, 8 * 8 + 2)
    assert canvas[2, 2] == 1
    assert canvas[2, 2 + 7 * 8] == 8
    assert canvas[2 + 6, 2] == 9
    assert canvas[2 + 6, 2 + 2 * 8] == 0
