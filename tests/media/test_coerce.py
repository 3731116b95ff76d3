"""What `log()` makes of values that do not say what they are."""

from __future__ import annotations

import datetime
import warnings

import numpy as np
import pytest
from PIL import Image as Pillow

from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media.coerce import coerce
from nbtrack.media.histogram import Histogram
from nbtrack.media.image import Image


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield plt
    plt.close("all")


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        0.5,
        True,
        "text",
        b"x",
        {},
        {"a": 1},
        [],
        (),
        [1, 2],
        ["a"],
        object(),
        np.float32(1),
        datetime.date(2026, 1, 1),
    ],
)
def test_what_has_no_media_meaning_is_none(value):
    assert coerce(value) is None


def test_media_stay_what_they_are():
    image, histogram = Image(np.zeros((2, 2))), Histogram([1])
    assert coerce(image) is image
    assert coerce(histogram) is histogram
    assert coerce((image, image)) == [image, image]


def test_pil_images_become_images_alone_and_in_lists():
    picture = Pillow.new("RGB", (3, 2))
    assert isinstance(coerce(picture), Image)
    made = coerce([picture, Image(np.zeros((2, 2)))])
    assert [type(one) for one in made] == [Image, Image]


def test_opened_files_are_pil_images_too(tmp_path):
    Pillow.new("RGB", (3, 2)).save(tmp_path / "a.png")
    with Pillow.open(tmp_path / "a.png") as picture:
        assert coerce(picture).width == 3


def test_figures_axes_artists_and_pyplot_become_images(plt):
    figure, axes = plt.subplots()
    (line,) = axes.plot([1, 2])
    for value in (figure, axes, line, plt):
        assert isinstance(coerce(value), Image)
    assert len(coerce([figure, axes])) == 2


def test_an_empty_figure_is_refused_with_advice(plt):
    with pytest.raises(LogValueError, match="show"):
        coerce(plt.figure())


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_arrays_of_more_than_32_numbers_become_histograms_with_32_bins(dtype):
    made = coerce(np.ones((3, 11), dtype))
    assert isinstance(made, Histogram)
    assert len(made.histogram) == 32
    assert coerce(np.ones(32, dtype)) is None


@pytest.mark.parametrize("array", [np.full(40, None), np.full(40, "a"), np.ones(40, complex)])
def test_arrays_of_something_else_have_no_media_meaning(array):
    assert coerce(array) is None


def test_lists_that_mix_are_refused_by_the_names_of_what_they_mix():
    image = Image(np.zeros((2, 2)))
    with pytest.raises(LogTypeError, match="Image and int"):
        coerce([image, 3])
    with pytest.raises(LogTypeError, match="Image and NoneType"):
        coerce([image, None])
    with pytest.raises(LogTypeError, match="Histogram and Image"):
        coerce([image, Histogram([1])])


def test_long_lists_of_images_are_cut_with_a_warning(monkeypatch):
    images = [Image(np.zeros((2, 2)))] * 109
    with pytest.warns(NbtrackWarning, match="109.*108"):
        assert len(coerce(images)) == 108
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(coerce(images[:108])) == 108
        assert len(coerce([Histogram([1])] * 200)) == 200
