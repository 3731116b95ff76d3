"""Arrays of other libraries, and what a summary says of them."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.arrays import array_type, from_npy, is_array_like, tensor_summary, to_npy, to_numpy
from nbtrack.media.coerce import coerce
from nbtrack.media.histogram import Histogram
from nbtrack.media.image import Image


def test_arrays_are_told_from_numbers_and_lists():
    assert is_array_like(np.zeros(3))
    assert is_array_like(np.array(1))
    for value in (np.float64(1), 1.0, [1, 2], "a", None, np):
        assert not is_array_like(value)


def test_recognizing_arrays_imports_nothing():
    code = (
        "import sys; from nbtrack.media.arrays import is_array_like; from nbtrack.media.coerce import coerce;"
        "assert not is_array_like([1]); assert coerce('a') is None and coerce(1) is None and coerce({}) is None;"
        "heavy = {'numpy', 'PIL', 'matplotlib', 'torch', 'pandas'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_subclasses_become_plain_arrays_and_masked_entries_nan():
    masked = np.ma.masked_array([1, 2, 3], [0, 1, 0])
    assert np.array_equal(to_numpy(masked), [1, np.nan, 3], equal_nan=True)
    assert type(to_numpy(np.array([(1, 2)], "i4,i4").view(np.recarray))) is np.ndarray


def test_what_cannot_be_an_array_is_refused():
    with pytest.raises(LogValueError, match="list"):
        to_numpy([[1], [1, 2]])


# ---- summaries ----------------------------------------------------------------------------------------------


def test_a_summary_holds_statistics_percentiles_and_a_small_histogram():
    values = np.random.default_rng(0).random(1000)
    summary = tensor_summary(values)
    assert summary["_type"] == "numpy.ndarray"
    assert (summary["size"], summary["shape"], summary["dtype"]) == (1000, [1000], "float64")
    assert summary["min"] == values.min()
    assert summary["max"] == values.max()
    assert summary["mean"] == pytest.approx(values.mean())
    assert summary["var"] == pytest.approx(values.var())
    for percent in (10, 25, 50, 75, 90):
        assert summary[f"{percent}%"] == pytest.approx(np.percentile(values, percent))
    assert len(summary["histogram"]["values"]) == 32
    assert sum(summary["histogram"]["values"]) == 1000
    assert "nan" not in summary


def test_what_is_not_finite_is_counted_and_left_out():
    summary = tensor_summary(np.array([1.0, 3.0, math.nan, math.inf]))
    assert (summary["mean"], summary["nan"], summary["inf"], summary["size"]) == (2.0, 1, 1, 4)
    nothing = tensor_summary(np.array([math.nan]))
    assert nothing["nan"] == 1
    assert "mean" not in nothing


@pytest.mark.parametrize("array", [np.empty((0, 2)), np.array([1j, 2]), np.array(["a"])])
def test_without_real_numbers_only_the_shape_is_said(array):
    summary = tensor_summary(array)
    assert set(summary) == {"_type", "size", "shape", "dtype"}
    assert summary["shape"] == list(array.shape)


@given(
    hnp.arrays(
        st.one_of(hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.boolean_dtypes()), hnp.array_shapes()
    )
)
def test_summaries_of_any_numbers_are_ordered(array):
    summary = tensor_summary(array)
    if "mean" in summary:
        ordered = [summary[k] for k in ("min", "10%", "25%", "50%", "75%", "90%", "max")]
        assert all(isinstance(value, float) for value in ordered)
        assert ordered == sorted(ordered)


@given(
    hnp.arrays(
        st.one_of(hnp.integer_dtypes(), hnp.floating_dtypes(), hnp.boolean_dtypes()),
        hnp.array_shapes(min_dims=0),
    )
)
def test_arrays_come_back_whole_from_their_file(array):
    read = from_npy(to_npy(array))
    assert read.dtype == array.dtype
    assert np.array_equal(read, array, equal_nan=array.dtype.kind == "f")


def test_objects_cannot_be_kept_as_a_file():
    with pytest.raises(LogTypeError, match=r"objects.*\(2,\)"):
        to_npy(np.array([{}, None]))


def test_floats_of_a_class_of_their_own_keep_their_fractions_in_a_table(tmp_path):
    class Meters(float):
        pass

    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"t": nbtrack.Table(columns=["m"], data=[[Meters(0.25)], [Meters(2)]])})
    (table,) = nbtrack.Api(dir=tmp_path).run(run.id).media("t")
    assert table.get_column("m") == [0.25, 2]


# ---- other libraries, where they are installed ------------------------------------------------------------------


def test_torch_tensors_of_every_kind():
    torch = pytest.importorskip("torch")
    tensor = torch.rand(3, 5, 7, requires_grad=True)
    assert array_type(tensor) == "torch.Tensor"
    assert array_type(torch.nn.Parameter(tensor)) == "torch.Tensor"
    assert np.array_equal(to_numpy(tensor), tensor.detach().numpy())
    assert to_numpy(tensor.to(torch.bfloat16)).dtype == np.float32
    assert to_numpy(torch.eye(3).to_sparse()).sum() == 3
    assert tensor_summary(tensor.to(torch.bfloat16))["dtype"] == "bfloat16"
    with pytest.raises(LogValueError, match="meta"):
        to_numpy(torch.empty(3, device="meta"))

    assert Image(tensor).to_numpy().shape == (5, 7, 3)
    assert np.array_equal(
        Image(tensor).to_numpy(), Image(tensor.permute(1, 2, 0).detach().numpy()).to_numpy()
    )
    assert Image(tensor[0]).mode == "L"
    assert Image(tensor[:1]).mode == "L"
    assert Image(tensor.permute(1, 2, 0)).to_numpy().shape == (5, 7, 3)
    assert (Image(torch.rand(9, 3, 6, 8)).height, Image(torch.rand(9, 3, 6, 8)).width) == (18, 82)
    assert Image(torch.rand(1, 3, 6, 8)).width == 8
    assert Image((tensor * 255).to(torch.uint8)).mode == "RGB"
    assert np.shares_memory(Image(tensor).record().raw.data, tensor.detach().numpy())

    assert sum(Histogram([tensor, torch.rand(4)]).histogram) == 109
    assert sum(Histogram(torch.histogram(torch.rand(100), bins=8)).histogram) == 100
    assert isinstance(coerce(tensor), Histogram)
    assert coerce(torch.rand(4)) is None


def test_jax_arrays():
    jnp = pytest.importorskip("jax.numpy")
    array = jnp.ones((4, 5, 3), jnp.bfloat16)
    assert array_type(array) == "jax.Array"
    assert to_numpy(array).dtype == np.float32
    assert tensor_summary(array)["dtype"] == "bfloat16"
    assert Image(array).mode == "RGB"


def test_tensorflow_tensors_and_variables():
    tf = pytest.importorskip("tensorflow")
    variable = tf.Variable(tf.ones((4, 5, 3)))
    assert array_type(variable) == array_type(tf.ones(3)) == "tensorflow.Tensor"
    assert Image(variable).mode == "RGB"
    assert tensor_summary(tf.cast(variable, tf.bfloat16))["dtype"] == "bfloat16"
