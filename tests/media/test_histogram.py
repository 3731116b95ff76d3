"""Histograms count what `np.histogram` counts, whatever they are made from."""

from __future__ import annotations

import math
import sys
import types
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media.coerce import coerce
from nbtrack.media.histogram import Histogram, binned
from nbtrack.media.registry import complete, load


def logged(histogram):
    """What the store keeps of it."""
    return complete(histogram.record()).meta


# ---- numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sequence",
    [
        [1, 2, 3, 3],
        (1.0, 2.0, 3.0, 3.0),
        np.array([[1, 2], [3, 3]]),
        np.array([1, 2, 3, 3], np.float16),
        np.array([1, 2, 3, 3], ">f8"),
        np.array([1, 2, 3, 3], object),
        np.array([1, 2, 3, 3], np.longdouble),
        np.ma.masked_array([1, 2, 3, 3, 99], [0, 0, 0, 0, 1]),
        [np.array([1, 2]), np.array([[3], [3]])],
        [np.array([1.0]), np.array([2, 3, 3])],
        [Fraction(1), Fraction(2), 3, 3],
        (n for n in (1, 2, 3, 3)),
        np.array([[1, 9, 2], [3, 9, 3]])[:, ::2],
    ],
)
def test_sequences_of_every_kind_are_flattened_and_counted(sequence):
    histogram = Histogram(sequence, num_bins=4)
    assert histogram.histogram == [1, 0, 1, 2]
    assert histogram.bins == [1.0, 1.5, 2.0, 2.5, 3.0]


def test_the_default_is_64_bins():
    meta = logged(Histogram(np.arange(100)))
    assert len(meta["values"]) == 64
    assert len(meta["bins"]) == 65


def test_sets_ranges_and_bools_are_counted():
    assert sum(Histogram({1, 2, 3}).histogram) == 3
    assert Histogram(range(4), num_bins=2).histogram == [2, 2]
    assert Histogram(np.array([True, False, True]), num_bins=2).histogram == [1, 2]
    assert Histogram(np.array([0.5, 0.25])[0]).histogram[32] == 1


def test_nan_and_infinities_are_left_out_and_counted():
    meta = logged(Histogram([1.0, math.nan, 2.0, math.inf, -math.inf], num_bins=2))
    assert meta == {"values": [1, 1], "bins": [1.0, 1.5, 2.0], "nan": 1, "inf": 2}
    assert "nan" not in logged(Histogram([1.0]))


@pytest.mark.parametrize(
    "sequence", [[], np.empty((0, 3)), [math.nan] * 3, np.full(100_000, math.inf, np.float32)]
)
def test_without_a_finite_number_all_counts_are_zero_over_zero_to_one(sequence):
    meta = logged(Histogram(sequence, num_bins=4))
    assert meta["values"] == [0, 0, 0, 0]
    assert meta["bins"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert meta.get("nan", 0) + meta.get("inf", 0) == np.size(sequence)


@pytest.mark.parametrize(
    "value", [0, -3, 7.5, 1e300, -1e-300, 5e-324, 2**62, np.float32(3e38), 1.7976931348623157e308]
)
def test_a_constant_is_in_the_middle_of_bins_with_different_edges(value):
    for count in (3, 40_000):
        histogram = Histogram(np.full(count, value))
        assert sum(histogram.histogram) == count
        assert sorted(histogram.histogram)[:-1] == [0] * 63
        assert (np.diff(histogram.bins) > 0).all()
        assert histogram.bins[0] <= float(value) <= histogram.bins[-1]


@pytest.mark.parametrize("low", [1.0, 1e16, -1e300])
def test_a_range_of_one_unit_in_the_last_place_still_has_different_edges(low):
    histogram = Histogram(np.array([low, np.nextafter(low, np.inf)]))
    assert sum(histogram.histogram) == 2
    assert (np.diff(histogram.bins) > 0).all()


@pytest.mark.parametrize("count", [3, 30_000])
def test_the_whole_range_of_float64_is_binned(count):
    top = np.finfo(np.float64).max
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        histogram = Histogram(np.tile([-top, 0.0, top], count), num_bins=3)
        assert histogram.histogram == [count] * 3
        assert np.isfinite(histogram.bins).all()


def test_integers_beyond_two_to_the_53_are_counted_in_full():
    histogram = Histogram(np.array([2**60, 2**60 + 1, -(2**62), np.iinfo(np.int64).max]), num_bins=8)
    assert sum(histogram.histogram) == 4
    assert sum(Histogram(np.array([0, 2**64 - 1], np.uint64)).histogram) == 2
    assert sum(Histogram(np.arange(2**63 - 50_000, 2**63 - 1, dtype=np.int64)).histogram) == 49_999
    assert sum(Histogram([10**30, 10**30 + 1, 0]).histogram) == 3


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.int64, np.uint64, np.bool_])
def test_large_integer_arrays_are_counted_exactly_as_numpy_does(dtype):
    rng = np.random.default_rng(1)
    top = 2 if dtype is np.bool_ else 100
    array = rng.integers(0, top, 70_000).astype(dtype)
    for bins in (7, 10, 64):
        expected = np.histogram(array.astype(np.float64), bins)
        histogram = Histogram(array, num_bins=bins)
        assert histogram.histogram == expected[0].tolist()
        assert np.allclose(histogram.bins, expected[1])


def test_negative_integers_are_counted_exactly():
    array = np.random.default_rng(2).integers(-120, -20, 70_000).astype(np.int8)
    assert Histogram(array).histogram == np.histogram(array.astype(float), 64)[0].tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1000.0, -3.0])
def test_large_float_arrays_are_counted_as_numpy_does_up_to_the_edges(dtype, offset):
    array = (np.random.default_rng(3).standard_normal(200_000) + offset).astype(dtype)
    expected, edges = np.histogram(array.astype(np.float64), 64)
    histogram = Histogram(array)
    assert np.allclose(histogram.bins, edges)
    assert sum(histogram.histogram) == array.size
    # numbers that lie on an edge, up to rounding, may count on its other side
    close = np.abs(array.astype(np.float64)[:, None] - edges[1:-1]) < 8 * np.finfo(dtype).eps * max(
        1, abs(offset)
    )
    assert np.abs(np.array(histogram.histogram) - expected).sum() <= 2 * close.sum()


def test_nan_in_a_large_array_is_left_out():
    array = np.linspace(0, 1, 50_000, dtype=np.float32)
    array[::10] = np.nan
    meta = logged(Histogram(array))
    assert meta["nan"] == 5_000
    assert sum(meta["values"]) == 45_000


floats = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.float64]), st.integers(0, 300), elements={"allow_nan": True}
)


@given(floats, st.integers(1, 512), st.booleans())
def test_any_floats_every_finite_one_is_counted_once_in_ascending_finite_bins(array, bins, large):
    finite = int(np.isfinite(array).sum())
    if large and array.size:
        array = np.tile(array, -(-65_536 // array.nbytes))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counts = binned(array, bins)
    assert counts.values.sum() == int(np.isfinite(array).sum())
    assert counts.nan + counts.inf + counts.values.sum() == array.size
    assert len(counts.values) == bins
    assert np.isfinite(counts.edges).all()
    assert (np.diff(counts.edges) > 0).all()
    if finite:
        assert counts.edges[0] <= array[np.isfinite(array)].min()
        assert counts.edges[-1] >= array[np.isfinite(array)].max()


@given(hnp.arrays(hnp.integer_dtypes(endianness="="), st.integers(1, 200)), st.integers(1, 512))
def test_any_integers_are_counted_once(array, bins):
    counts = binned(array, bins)
    assert counts.values.sum() == array.size
    assert (np.diff(counts.edges) > 0).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.integers(1, 64))
def test_small_arrays_are_counted_exactly_as_numpy_does(values, bins):
    array = np.array(values)
    if array.max() - array.min() < 1e-6:
        return  # numpy refuses ranges that are too narrow, and widens a constant differently
    expected, edges = np.histogram(array, bins)
    counts = binned(array, bins)
    assert np.allclose(counts.edges, edges)
    assert counts.values.tolist() == expected.tolist()


# ---- ready-made ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_first", [True, False])
def test_a_numpy_histogram_is_taken_as_it_is(as_first):
    values, edges = np.histogram([1, 2, 3, 3], bins=3)
    histogram = Histogram((values, edges)) if as_first else Histogram(np_histogram=(values, edges))
    assert histogram.histogram == values.tolist()
    assert histogram.bins == edges.tolist()
    assert all(isinstance(value, int) for value in histogram.histogram)


def test_densities_stay_floats():
    grads = np.random.default_rng(0).random(500)
    pair = np.histogram(grads, density=True, range=(0.0, 1.0))
    for histogram in (Histogram(pair), Histogram(np_histogram=pair), Histogram(np_histogram=list(pair))):
        assert histogram.histogram == pair[0].tolist()


def test_the_ready_made_one_wins_over_numbers():
    assert Histogram([9, 9], np_histogram=([1, 2], [0, 1, 2])).histogram == [1, 2]


def test_a_tuple_of_two_numbers_is_numbers():
    assert sum(Histogram((1, 2)).histogram) == 2
    assert sum(Histogram([np.array(1), np.array(2)]).histogram) == 2
    assert sum(Histogram(([1, 2], [3, 4])).histogram) == 4


def test_densities_of_nothing_count_as_zero_with_a_warning():
    with np.errstate(invalid="ignore"):
        pair = np.histogram([5.0], density=True, range=(0.0, 1.0), bins=2)
    with pytest.warns(NbtrackWarning, match="not finite"):
        assert Histogram(pair).histogram == [0.0, 0.0]


@pytest.mark.parametrize(
    ("pair", "text"),
    [
        (([1, 2], [0, 1]), "one edge more"),
        (([1, 2], [0, 2, 1]), "ascending"),
        (([1, 2], [0, math.nan, 1]), "finite"),
        (([], [0]), "1 to 512"),
        ((np.ones(513), np.arange(514)), "1 to 512"),
        (3, "pair"),
        (([1],), "pair"),
    ],
)
def test_ready_made_ones_that_do_not_fit_are_refused(pair, text):
    with pytest.raises(LogValueError, match=text):
        Histogram(np_histogram=pair)


# ---- arguments ----------------------------------------------------------------------------------------------


def test_neither_argument_is_an_error_that_says_what_is_needed():
    with pytest.raises(LogValueError, match="np_histogram"):
        Histogram()


@pytest.mark.parametrize("bins", [0, -1, 513])
def test_too_few_or_too_many_bins_are_refused(bins):
    with pytest.raises(LogValueError, match="1 to 512"):
        Histogram([1], num_bins=bins)


@pytest.mark.parametrize("bins", [1.5, "10", None])
def test_bins_must_be_an_integer(bins):
    with pytest.raises(LogTypeError, match="num_bins"):
        Histogram([1], num_bins=bins)


def test_the_limit_is_an_assignable_class_attribute(monkeypatch):
    assert len(Histogram([1, 2], num_bins=np.int64(512)).histogram) == 512
    monkeypatch.setattr(Histogram, "MAX_LENGTH", 1000)
    assert len(Histogram([1, 2], num_bins=1000).histogram) == 1000


@pytest.mark.parametrize(
    "sequence",
    [
        "text",
        b"bytes",
        {"a": 1},
        ["a", "b"],
        np.array([1j]),
        np.array(["2020-01-01"], "M8[D]"),
        [[1], "a"],
    ],
)
def test_what_holds_no_real_numbers_is_refused(sequence):
    with pytest.raises((LogTypeError, LogValueError), match=r"Histogram|array"):
        Histogram(sequence)


def test_none_counts_as_nan():
    assert Histogram([None, 1.0, 2.0]).nan == 1


def test_ragged_lists_are_refused():
    with pytest.raises(LogValueError, match="list"):
        Histogram([[1, 2], [3]])


# ---- tensors of libraries that need not be here ---------------------------------------------------------------


class Torch:
    """As much of a torch tensor as is asked of one: it gives no array while it wants a gradient or lies on a GPU."""

    is_quantized = is_sparse = False
    layout = None
    dtype = types.SimpleNamespace(is_floating_point=True)  # as bfloat16, which numpy does not have

    def __init__(self, array, place: str = "cuda", grad: bool = True) -> None:
        self.array, self.device, self.requires_grad = (
            np.asarray(array),
            types.SimpleNamespace(type=place),
            grad,
        )

    shape = property(lambda self: self.array.shape)

    def detach(self) -> Torch:
        return Torch(self.array, self.device.type, False)

    def cpu(self) -> Torch:
        return Torch(self.array, "cpu", self.requires_grad)

    def resolve_conj(self) -> Torch:
        return self

    def resolve_neg(self) -> Torch:
        return self

    def float(self) -> Torch:
        return self

    def numpy(self, **_):
        assert self.device.type == "cpu"
        assert not self.requires_grad
        return self.array

    def __array__(self, *_, **__):
        raise TypeError("can't convert cuda tensor to numpy")


class TensorFlow:
    """An eager tensorflow tensor."""

    def __init__(self, array) -> None:
        self.array = np.asarray(array)
        self.shape = self.array.shape

    def numpy(self):
        return self.array


class Jax:
    """A jax array."""

    def __init__(self, array) -> None:
        self.array = np.asarray(array)
        self.shape = self.array.shape

    def __array__(self, *_, **__):
        return self.array


TENSORS = [("torch", "Tensor", Torch), ("tensorflow", "Tensor", TensorFlow), ("jax", "Array", Jax)]


@pytest.fixture(params=TENSORS, ids=[module for module, *_ in TENSORS])
def tensor(request, monkeypatch):
    module, name, cls = request.param
    fake = types.ModuleType(module)
    setattr(fake, name, cls)
    fake.strided = fake.float16 = fake.float32 = fake.float64 = None
    monkeypatch.setitem(sys.modules, module, fake)
    return cls


@pytest.mark.parametrize("size", [12, 60_000])
def test_tensors_are_counted_as_the_numbers_that_they_hold(tensor, size):
    numbers = np.linspace(-1, 1, size, dtype=np.float32).reshape(3, -1)
    made = Histogram(tensor(numbers), num_bins=6)
    assert logged(made) == logged(Histogram(numbers, num_bins=6))
    assert sum(made.histogram) == size


def test_lists_of_tensors_of_different_shapes_are_one_distribution(tensor):
    made = Histogram([tensor(np.zeros((2, 3))), tensor(np.ones(4))], num_bins=2)
    assert made.histogram == [6, 4]


def test_a_large_tensor_under_a_key_is_a_histogram(tensor):
    made = coerce(tensor(np.arange(100.0)))
    assert isinstance(made, Histogram)
    assert len(made.histogram) == 32


# ---- recording and reading back -----------------------------------------------------------------------------


def test_small_ones_are_ready_at_once_and_large_ones_wait_for_their_codec():
    assert Histogram(np.zeros(1000)).record().raw is None
    large = np.zeros((200, 200), np.float32)
    raw = Histogram(large).record().raw
    assert raw.codec == "histogram"
    assert np.shares_memory(raw.data, large)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_in_either_memory_order_are_recorded_without_a_copy(order):
    large = np.zeros((200, 200), np.float64, order=order)
    assert np.shares_memory(Histogram(large).record().raw.data, large)


def test_a_large_one_is_what_the_array_is_when_it_is_recorded():
    array = np.zeros(50_000)
    histogram = Histogram(array)
    array[:] = np.linspace(5, 6, 50_000)
    assert histogram.bins[0] == 5
    assert logged(histogram)["bins"][-1] == 6


@pytest.mark.parametrize("count", [10, 50_000])
def test_it_is_read_back(count):
    original = Histogram(np.append(np.arange(count, dtype=float), np.nan), num_bins=8)
    read = load("histogram", logged(original), None)
    assert read.histogram == original.histogram
    assert read.bins == original.bins
    assert (read.nan, read.inf) == (1, 0)
    assert logged(read) == logged(original)


def test_one_that_is_not_encoded_yet_says_so():
    with pytest.raises(LogValueError, match="not encoded yet"):
        load("histogram", {}, None)


def test_repr_is_one_line():
    assert repr(Histogram([1, 2, 3], num_bins=4)) == "<Histogram 4 bins from 1 to 3, sum 3>"
    assert repr(Histogram(np.zeros(100_000))) == "<Histogram of 100,000 numbers, 64 bins>"


def test_it_is_public():
    assert nbtrack.Histogram is Histogram
