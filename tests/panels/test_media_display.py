from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

import nbtrack
from nbtrack.panels import media
from nbtrack.panels.runs import mimebundle as runs_bundle

from .conftest import noise


def picture(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_an_image_shows_its_pixels():
    array = noise(100, 50)
    data, _ = nbtrack.Image(array)._repr_mimebundle_()
    assert np.array_equal(np.asarray(picture(data["image/png"])), array)
    assert data["text/plain"].startswith("<Image")


def test_pixel_art_is_enlarged_by_whole_pixels():
    _, metadata = nbtrack.Image(np.eye(8) * 255)._repr_mimebundle_()
    assert metadata["image/png"] == {"width": 96}


def test_a_caption_stands_below_and_stays_text():
    data, _ = nbtrack.Image(np.eye(8) * 255, caption="<b>a & b</b>")._repr_mimebundle_()
    assert "&lt;b&gt;a &amp; b&lt;/b&gt;" in data["text/html"]
    assert "image/png" in data


def test_a_large_picture_is_reduced_before_it_goes_into_the_notebook():
    data, _ = nbtrack.Image(noise(1500, 1200))._repr_mimebundle_()
    (kind,) = set(data) - {"text/plain"}
    assert kind == "image/jpeg"
    assert picture(data[kind]).width == 1024
    assert len(data[kind]) < 2 * media.MAX_BYTES


def test_a_histogram_shows_bars():
    data, _ = nbtrack.Histogram(np.random.default_rng(0).normal(size=1000))._repr_mimebundle_()
    assert "<img" in data["text/html"]
    assert "script" not in data["text/html"]
    assert data["text/plain"].startswith("<Histogram")


def test_a_histogram_of_nothing_is_shown():
    assert "<img" in nbtrack.Histogram([])._repr_mimebundle_()[0]["text/html"]


@pytest.mark.parametrize("count", [0, 1, 12])
def test_runs_show_a_table_and_lines(make_recorder, store, count):
    for at in range(count):
        make_recorder(f"run{at:02}", name=f"name{at}").finish()
    data, _ = runs_bundle(nbtrack.Api(dir=store.root).runs())
    lines = data["text/plain"].splitlines()
    assert lines[0] == ("1 run" if count == 1 else f"{count} runs")
    assert len(lines) == 1 + min(count, 10) + (count > 10)
    assert "<table" in data["text/html"]
    assert str(store.root) not in data["text/plain"]
    assert str(store.root) not in data["text/html"]


def test_a_picture_shows_its_masks():
    def shown(**overlays):
        picture = nbtrack.Image(np.full((64, 64, 3), 255, np.uint8), caption="c", **overlays)
        return picture._repr_mimebundle_()[0]["text/html"]

    none = shown(masks={"m": {"mask_data": np.zeros((64, 64), np.uint8)}})
    some = shown(masks={"m": {"mask_data": np.eye(64, dtype=np.uint8)}})
    assert none != some
    assert "data:image" in some
    assert "data:image" in shown()
