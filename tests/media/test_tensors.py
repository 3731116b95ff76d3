"""Real tensors of torch, jax and tensorflow wherever numbers are taken: none of them is in the test extra.

    pip install torch jax tensorflow && pytest tests/media/test_tensors.py

Each test runs for each of them that is installed. `of` makes a tensor of a numpy array; a `Form` is one of the
shapes in which tensors come out of a training: half precision, wanting a gradient, a view with gaps.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError

Of = Callable[..., Any]


def torch_forms(torch: ModuleType) -> dict[str, Of]:
    def gaps(array: Any) -> Any:
        return torch.stack([torch.as_tensor(array)] * 2, dim=-1)[..., 0]

    return {
        "plain": torch.as_tensor,
        "float16": lambda array: torch.as_tensor(array).to(torch.float16),
        "bfloat16": lambda array: torch.as_tensor(array).to(torch.bfloat16),
        "requires_grad": lambda array: torch.as_tensor(array, dtype=torch.float32).requires_grad_(),
        "not a leaf": lambda array: torch.as_tensor(array, dtype=torch.float32).requires_grad_() * 1,
        "parameter": lambda array: torch.nn.Parameter(torch.as_tensor(array, dtype=torch.float32)),
        "gaps": gaps,
        "negated": lambda array: torch.as_tensor(array).neg()._neg_view(),
        "inference": torch.inference_mode()(torch.as_tensor),
    }


def jax_forms(jax: ModuleType) -> dict[str, Of]:
    return {
        "plain": jax.numpy.asarray,
        "float16": lambda array: jax.numpy.asarray(array, jax.numpy.float16),
        "bfloat16": lambda array: jax.numpy.asarray(array, jax.numpy.bfloat16),
        "jitted": jax.jit(lambda x: x),
    }


def tensorflow_forms(tf: ModuleType) -> dict[str, Of]:
    return {
        "plain": tf.convert_to_tensor,
        "float16": lambda array: tf.cast(array, tf.float16),
        "bfloat16": lambda array: tf.cast(array, tf.bfloat16),
        "variable": tf.Variable,
        "gaps": lambda array: tf.stack([array, array], axis=-1)[..., 0],
    }


FORMS = {"torch": torch_forms, "jax": jax_forms, "tensorflow": tensorflow_forms}
NAMES = {
    "torch": ("plain", "float16", "bfloat16", "requires_grad", "not a leaf", "parameter", "gaps", "negated", "inference"),
    "jax": ("plain", "float16", "bfloat16", "jitted"),
    "tensorflow": ("plain", "float16", "bfloat16", "variable", "gaps"),
}  # fmt: skip


@pytest.fixture(params=[(library, name) for library, names in NAMES.items() for name in names], ids="-".join)
def form(request: pytest.FixtureRequest) -> Of:
    """Every form of every library; numbers that all precisions hold exactly are the same in each."""
    library, name = request.param
    return FORMS[library](pytest.importorskip(library))[name]


@pytest.fixture(params=NAMES)
def library(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(request.param)
    return str(request.param)


@pytest.fixture
def of(library: str) -> Of:
    """The plain tensor of every library."""
    return FORMS[library](importlib.import_module(library))["plain"]


@pytest.fixture
def run(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    with nbtrack.init(project="tensors", dir=str(tmp_path)) as made:
        yield made


def stored(run: Any) -> Any:
    """The run as others read it."""
    run.finish()
    return nbtrack.Api(dir=run.settings.dir).run(run.id)


#: -2 to 2 in steps of 1/4: exact in 8 bits of mantissa
EXACT = np.arange(-8, 9, dtype=np.float32) / 4


# ---- histograms -------------------------------------------------------------------------------------------------


def test_a_histogram_counts_what_the_tensor_holds(form):
    array = np.resize(EXACT, (40, 5, 17))
    made = nbtrack.Histogram(form(array), num_bins=17)
    assert made.histogram == nbtrack.Histogram(array, num_bins=17).histogram
    assert sum(made.histogram) == array.size


def test_a_list_of_tensors_of_different_shapes_is_one_distribution(form):
    made = nbtrack.Histogram([form(np.zeros((2, 3), np.float32)), form(np.ones(4, np.float32))], num_bins=2)
    assert made.histogram == [6, 4]


def test_what_is_not_finite_in_a_tensor_is_counted(form):
    made = nbtrack.Histogram(form(np.array([0.5, np.nan, np.inf, -np.inf, np.nan], np.float32)))
    assert (sum(made.histogram), made.nan, made.inf) == (1, 2, 2)


def test_a_histogram_of_the_librarys_own_is_taken(library):
    if library == "torch":
        import torch

        pair: Any = torch.histogram(torch.arange(100.0), bins=8)
    elif library == "jax":
        import jax.numpy as jnp

        pair = jnp.histogram(jnp.arange(100.0), bins=8)
    else:
        pytest.skip("tensorflow's histograms have no edges")
    assert sum(nbtrack.Histogram(pair).histogram) == 100
    assert sum(nbtrack.Histogram(np_histogram=pair).histogram) == 100


# ---- pictures ---------------------------------------------------------------------------------------------------


def test_a_picture_of_channels_last_is_that_of_the_array(form):
    array = np.resize(np.array([0, 64, 128, 192], np.float32) / 256, (6, 10, 3))
    assert np.array_equal(nbtrack.Image(form(array)).to_numpy(), nbtrack.Image(array).to_numpy())


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_torch_picture_has_its_channels_first(channels):
    torch = pytest.importorskip("torch")
    array = np.random.default_rng(0).integers(0, 256, (channels, 9, 7), np.uint8)
    for tensor in (torch.as_tensor(array), torch.as_tensor(array).to(memory_format=torch.preserve_format)):
        drawn = nbtrack.Image(tensor).to_numpy().reshape(9, 7, -1)
        assert np.array_equal(drawn, array.transpose(1, 2, 0))


def test_a_gray_picture_has_no_channels(of):
    array = np.arange(63, dtype=np.uint8).reshape(9, 7)
    assert np.array_equal(nbtrack.Image(of(array)).to_numpy(), array)


def test_a_batch_of_pictures_is_a_grid(library, of):
    last = np.random.default_rng(0).integers(0, 256, (5, 8, 6, 3), np.uint8)
    batch = last.transpose(0, 3, 1, 2).copy() if library == "torch" else last
    drawn = nbtrack.Image(of(batch)).to_numpy()
    assert drawn.shape == (12, 42, 3)
    for i in range(5):
        assert np.array_equal(drawn[2:10, 2 + 8 * i : 8 + 8 * i], last[i])


def test_a_batch_of_one_is_a_picture_and_a_batch_of_masks_is_drawn(library, of):
    assert (
        nbtrack.Image(of(np.zeros((1, 3, 8, 6) if library == "torch" else (1, 8, 6, 3), np.uint8))).width == 6
    )
    masks = [
        nbtrack.Image(
            of(np.zeros((8, 6), np.uint8)), masks={"m": {"mask_data": of(np.ones((8, 6), np.uint8))}}
        )
    ]
    assert masks[0].masks["m"].to_numpy().sum() == 48


def test_bools_and_whole_numbers_are_pictures(of):
    assert set(np.unique(nbtrack.Image(of(np.eye(8, dtype=bool))).to_numpy())) == {0, 255}
    assert nbtrack.Image(of(np.full((4, 4), 200, np.int32))).to_numpy().max() == 200


# ---- clouds, sounds, videos --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [3, 4, 6])
def test_a_cloud_has_the_points_of_the_tensor(form, width):
    array = np.resize(np.arange(1, 13, dtype=np.float32), (24, width))
    cloud = nbtrack.Object3D(form(array), values={"age": form(array[:, 0])})
    assert np.array_equal(cloud.to_numpy(), array)
    assert np.array_equal(cloud.values["age"], array[:, 0])
    assert np.array_equal(nbtrack.Object3D.from_numpy(form(array)).to_numpy(), array)


def test_boxes_and_vectors_may_be_tensors(form):
    box = nbtrack.box3d(
        center=form(np.array([1, 2, 3], np.float32)),
        size=form(np.array([2, 2, 4], np.float32)),
        orientation=form(np.array([1, 0, 0, 0], np.float32)),
        color=form(np.array([0, 128, 255], np.float32)),
        score=form(np.array(0.5, np.float32)),
    )
    assert box["corners"][0] == (0, 1, 1)
    assert box["score"] == 0.5
    scene = nbtrack.Object3D.from_point_cloud(
        form(np.zeros((2, 3), np.float32)),
        [box, {"corners": form(np.array(box["corners"], np.float32)), "color": form(np.array([1, 2, 4.0]))}],
        [{"start": form(np.zeros(3, np.float32)), "end": form(np.ones(3, np.float32))}],
    )
    assert scene.boxes[1]["corners"] == [list(corner) for corner in box["corners"]]
    assert scene.boxes[1]["color"] == [1, 2, 4]
    assert scene.vectors == [{"start": [0, 0, 0], "end": [1, 1, 1]}]


def test_a_sound_has_the_samples_of_the_tensor(form):
    wave = np.resize(EXACT / 2, 400)
    for tensor, channels in ((form(wave), 1), (form(np.stack([wave, -wave], 1)), 2)):
        assert nbtrack.Audio(tensor, sample_rate=8000).channels == channels
    made = nbtrack.Audio(form(np.stack([wave, -wave])), sample_rate=8000)  # (channels, samples)
    assert made.channels == 2
    assert np.array_equal(
        made.to_numpy(), nbtrack.Audio(np.stack([wave, -wave], 1), sample_rate=8000).to_numpy()
    )


def test_a_video_has_the_frames_of_the_tensor(form):
    film = np.resize(np.array([0, 64, 128, 192], np.float32), (4, 3, 8, 8))
    made = nbtrack.Video(form(film), fps=4, format="gif")
    assert np.array_equal(made.to_numpy(), nbtrack.Video(film, fps=4, format="gif").to_numpy())
    batch = nbtrack.Video(form(np.stack([film] * 2)), fps=4, format="gif")
    assert (batch.width, batch.frames) == (16, 4)


# ---- what log(), summary and config make of tensors ---------------------------------------------------------------


def test_logged_tensors_are_numbers_lists_and_histograms(form, run):
    run.log(
        {
            "loss": form(np.array(0.25, np.float32)),
            "one": form(np.array([[1.5]], np.float32)),
            "few": form(np.array([[0.5, 1], [1.5, 2]], np.float32)),
            "nested": {"deep": form(np.array(2.0, np.float32))},
            "list": [form(np.array(1.0, np.float32)), 2],
            "many": form(np.resize(EXACT, (10, 17))),
        }
    )
    read = stored(run)
    (row,) = read.scan_history()
    assert row["loss"] == read.summary["loss"] == 0.25
    assert type(row["loss"]) is float
    assert row["one"] == 1.5
    assert row["few"] == [[0.5, 1], [1.5, 2]]
    assert row["nested.deep"] == 2
    assert row["list"] == [1, 2]
    (many,) = read.media("many")
    assert len(many.histogram) == 32
    assert sum(many.histogram) == 170


def test_whole_numbers_and_bools_stay_what_they_are(of, run):
    run.log({"n": of(np.array(7, np.int32)), "ok": of(np.array(True)), "u": of(np.array(3, np.uint8))})
    (row,) = stored(run).scan_history()
    assert [row[key] for key in ("n", "ok", "u")] == [7, True, 3]
    assert [type(row[key]) for key in ("n", "ok", "u")] == [int, bool, int]


def test_a_step_may_be_a_tensor(of, run):
    run.log({"a": 1}, step=of(np.array(5, np.int32)))
    assert [row["_step"] for row in stored(run).scan_history()] == [5]


def test_a_summary_keeps_a_tensor_whole(library, form, run):
    array = np.resize(EXACT, (10, 17))
    run.summary["weights"] = form(array)
    run.summary["best"] = form(np.array(0.75, np.float32))
    run.summary["few"] = form(EXACT[:4])
    read = stored(run)
    assert np.array_equal(read.summary["weights"], array)
    assert read.summary["best"] == 0.75
    assert read.summary["few"] == EXACT[:4].tolist()
    said = read.summary.as_dict()["weights"]
    assert said["shape"] == [10, 17]
    assert (said["min"], said["max"]) == (-2, 2)
    assert sum(said["histogram"]["values"]) == array.size


def test_a_config_holds_tensors_as_plain_numbers(form, run):
    run.config.update(
        {"rate": form(np.array(0.5, np.float32)), "betas": form(np.array([0.5, 0.25], np.float32))}
    )
    run.config["mean"] = form(np.array([1.0], np.float32))
    config = stored(run).config
    assert config["rate"] == 0.5
    assert config["betas"] == [0.5, 0.25]
    assert config["mean"] in (1.0, [1.0])


def test_cells_of_tables_hold_tensors(form, run):
    table = nbtrack.Table(columns=["id", "score", "vector"])
    for i in range(3):
        table.add_data(i, form(np.array(i / 4, np.float32)), form(np.array([i, 0.5], np.float32)))
    table.add_column("extra", form(np.array([1, 2, 4], np.float32)))
    run.log({"table": table})
    (read,) = stored(run).media("table")
    for i, ((_, (number, score, vector, extra)), power) in enumerate(
        zip(read.iterrows(), (1, 2, 4), strict=True)
    ):
        assert (number, score, extra) == (i, i / 4, power)
        assert np.array_equal(vector, [i, 0.5])


def test_a_table_of_a_tensor_has_its_rows(of):
    table = nbtrack.Table(columns=["a", "b"], data=of(np.array([[1, 2], [3, 4]], np.float32)))
    assert [list(row) for _, row in table.iterrows()] == [[1, 2], [3, 4]]


# ---- what has no value to log -------------------------------------------------------------------------------------


def refused(run: Any, value: Any, match: str) -> None:
    """Logging it is an error that names the key, and the run goes on."""
    with pytest.raises((LogTypeError, LogValueError), match=match) as error:
        run.log({"before": 1, "bad": value})
    assert "'bad'" in str(error.value)
    run.log({"after": 2})
    keys = {key for row in stored(run).scan_history() for key in row}
    assert {"before", "after"} <= keys
    assert "bad" not in keys


def test_a_tensor_without_data_is_refused(run):
    torch = pytest.importorskip("torch")
    refused(run, torch.empty(64, device="meta"), "meta device has no data")


@pytest.mark.parametrize("size", [1, 64])
def test_a_traced_jax_array_is_refused(run, size):
    jax = pytest.importorskip("jax")
    caught = []

    def loss(x):
        try:
            run.log({"before": 1, "bad": x})
        except (LogTypeError, LogValueError) as error:
            caught.append(str(error))
        return x.sum()

    jax.jit(loss)(jax.numpy.ones(size))
    (said,) = caught
    assert "'bad'" in said
    assert "jit" in said
    assert "\n" not in said


@pytest.mark.parametrize("size", [1, 64])
def test_a_symbolic_tensorflow_tensor_is_refused(run, size):
    tf = pytest.importorskip("tensorflow")
    caught = []

    @tf.function
    def loss(x):
        try:
            run.log({"before": 1, "bad": x})
        except (LogTypeError, LogValueError) as error:
            caught.append(str(error))
        return tf.reduce_sum(x)

    loss(tf.ones(size))
    assert caught
    assert "'bad'" in caught[0]
    assert "symbolic" in caught[0]


def test_sparse_quantized_and_complex_torch_tensors(run):
    torch = pytest.importorskip("torch")
    assert sum(nbtrack.Histogram(torch.eye(8).to_sparse()).histogram) == 64
    assert sum(nbtrack.Histogram(torch.eye(8).to_sparse_csr()).histogram) == 64
    quantized = torch.quantize_per_tensor(torch.arange(64.0), 1, 0, torch.quint8)
    assert nbtrack.Histogram(quantized, num_bins=64).histogram == [1] * 64
    refused(run, torch.ones(64, dtype=torch.complex64), "complex64")


def test_a_tensor_on_a_graphics_card_is_copied_from_it(run):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    run.log(
        {"loss": torch.tensor(0.5, device="cuda"), "many": torch.ones(64, device="cuda", requires_grad=True)}
    )
    read = stored(run)
    assert read.summary["loss"] == 0.5
    assert sum(read.media("many")[0].histogram) == 64


def test_what_is_changed_after_log_is_not_what_was_logged(run):
    torch = pytest.importorskip("torch")
    weights, places = torch.ones(200, 200), torch.ones(20_000, 3)
    run.log({"weights": weights, "cloud": nbtrack.Object3D(places)})
    with torch.no_grad():
        weights.zero_()
        places.zero_()
    read = stored(run)
    assert read.media("weights")[0].bins[0] == 0.5  # all are 1: the range around it
    assert (read.media("cloud")[0].to_numpy() == 1).all()
