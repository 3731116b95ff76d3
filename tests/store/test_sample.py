from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.store.model import Series
from nbtrack.store.previews import WHOLE, decode, encode, points
from nbtrack.store.sample import bucketed, downsample

NAN = float("nan")
VALUES = st.lists(st.one_of(st.floats(width=32), st.just(NAN)), min_size=0, max_size=300)


@given(VALUES, st.integers(1, 60))
def test_downsample_keeps_real_points_ends_and_extremes(values: list[float], buckets: int) -> None:
    array = np.array(values, np.float64)
    steps = np.arange(len(array), dtype=np.int64) * 3 - 7
    s, v = downsample(steps, array, buckets)
    assert len(s) <= max(2 * buckets, 2)
    assert (np.diff(s) > 0).all()
    where = np.searchsorted(steps, s)
    np.testing.assert_array_equal(steps[where], s)
    np.testing.assert_array_equal(array[where], v)
    if len(array):
        assert (s[0], s[-1]) == (steps[0], steps[-1])
    numbers = array[~np.isnan(array)]
    if len(numbers) and buckets > 1:
        assert np.nanmin(v) == numbers.min()
        assert np.nanmax(v) == numbers.max()


def test_downsample_hands_back_short_series_as_they_are() -> None:
    steps, values = np.arange(10), np.arange(10.0)
    assert downsample(steps, values, 5) == (steps, values)


def test_downsample_leaves_a_gap_where_there_are_no_numbers() -> None:
    values = np.arange(1000.0)
    values[300:500] = NAN
    steps, found = downsample(np.arange(1000), values, 50)
    assert np.isnan(found[(steps >= 320) & (steps < 480)]).all()
    assert np.isnan(found).any()


def test_downsample_needs_a_bucket() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        downsample(np.arange(3), np.arange(3.0), 0)


@given(VALUES, st.integers(1, 60))
def test_buckets_hold_all_numbers_between_their_min_and_max(values: list[float], count: int) -> None:
    array = np.array(values, np.float64)
    steps = np.arange(len(array), dtype=np.int64)
    found = bucketed(steps, array, count)
    assert len(found.steps) == min(count, len(array))
    bounds = [*found.steps.tolist(), len(array)]
    for i, (lo, hi) in enumerate(pairwise(bounds)):
        part = array[lo:hi]
        numbers = part[~np.isnan(part)].astype(np.float32)
        if len(numbers):
            assert (found.min[i], found.max[i]) == (numbers.min(), numbers.max())
        else:
            assert np.isnan(found.min[i])
            assert np.isnan(found.mean[i])


def test_mean_of_a_bucket_ignores_nan() -> None:
    found = bucketed(np.arange(6), np.array([1, NAN, 3, NAN, NAN, 5.0]), 2)
    assert found.mean.tolist() == [2.0, 5.0]


@given(
    st.lists(st.integers(-(2**40), 2**40), min_size=0, max_size=50, unique=True),
    st.data(),
)
def test_preview_of_a_short_series_is_the_series(steps: list[int], data: st.DataObject) -> None:
    ordered = np.array(sorted(steps), np.int64)
    values = np.array(
        data.draw(st.lists(st.floats(width=32), min_size=len(ordered), max_size=len(ordered))), np.float64
    )
    packed = encode(Series("k", "f", ordered, values, 0))
    preview = decode("r", "k", packed)
    assert points(packed) == preview.n == len(ordered)
    np.testing.assert_array_equal(preview.steps, ordered)
    np.testing.assert_array_equal(preview.mean, values.astype(np.float32))


@pytest.mark.parametrize("even", [True, False])
def test_preview_of_a_long_series_is_small_and_keeps_spikes(even: bool) -> None:
    n = 100_000
    rng = np.random.default_rng(1)
    steps = np.arange(n, dtype=np.int64) * 10 if even else np.cumsum(rng.integers(1, 5, n))
    values = rng.random(n)
    values[77_777] = 50
    packed = encode(Series("k", "f", steps, values, 0))
    preview = decode("r", "k", packed)
    assert len(packed) < 21_000
    assert (preview.n, len(preview.steps)) == (n, 1024)
    assert preview.max.max() == 50
    assert set(preview.steps.tolist()) <= set(steps.tolist())
    assert (preview.min <= preview.mean).all()
    assert (preview.mean <= preview.max).all()


def test_the_longest_series_that_is_kept_whole() -> None:
    steps = np.arange(WHOLE, dtype=np.int64)
    assert len(decode("r", "k", encode(Series("k", "f", steps, steps / 1.0, 0))).steps) == WHOLE
