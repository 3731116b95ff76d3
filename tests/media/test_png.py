"""Whatever the PNG writer writes, Pillow reads back sample for sample."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from nbtrack.media import png
from nbtrack.media.png import write_png

sides = st.integers(1, 40)
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def read(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


@given(st.data(), sides, sides, st.sampled_from([0, 1, 2, 3, 4]))
def test_eight_bit_pictures_of_every_shape_come_back(data, height, width, channels):
    shape = (height, width, channels) if channels else (height, width)
    pixels = data.draw(hnp.arrays(np.uint8, shape))
    picture = read(write_png(pixels))
    assert picture.mode == MODES[channels or 1]
    assert np.array_equal(np.asarray(picture), pixels[..., 0] if channels == 1 else pixels)


@given(st.data(), sides, sides)
def test_sixteen_bit_gray_comes_back(data, height, width):
    pixels = data.draw(hnp.arrays(np.uint16, (height, width)))
    picture = read(write_png(pixels))
    assert picture.mode == "I;16"
    assert np.array_equal(np.asarray(picture), pixels)


@given(hnp.arrays(np.uint8, (7, 5, 3)))
def test_views_that_are_not_contiguous_come_back(pixels):
    for view in (pixels[::-1], pixels[:, ::2], pixels[::2, :, ::-1], pixels.transpose(1, 0, 2)):
        assert np.array_equal(np.asarray(read(write_png(view))), view)


def test_long_data_is_split_into_several_chunks(monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    monkeypatch.setattr(png, "_CHUNK", 1000)
    data = write_png(pixels)
    assert data.count(b"IDAT") > 5
    assert np.array_equal(np.asarray(read(data)), pixels)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((3, 3), np.float32),
        np.zeros((3, 3, 5), np.uint8),
        np.zeros((3, 3, 3), np.uint16),
        np.zeros((0, 3), np.uint8),
        np.zeros(3, np.uint8),
    ],
)
def test_what_is_no_picture_is_refused_with_its_shape_and_dtype(pixels):
    with pytest.raises(ValueError, match=str(pixels.dtype)):
        write_png(pixels)


def flat(n: int, value: int) -> bytes:
    return write_png(np.full((n, n, 3), value, np.uint8))


@pytest.mark.parametrize("n", [3, 12, 50, 60, 80])
def test_equal_pictures_are_equal_files_in_all_threads(n):
    # what is left in a thread's memory must not show: see the module
    def each(_: int) -> list[bytes]:
        return [flat(n, value) for value in range(256)]

    files = set()
    for _ in range(4):  # other threads, other memory
        with ThreadPoolExecutor(6) as threads:
            files |= {tuple(made) for made in threads.map(each, range(12))}
    assert len(files) == 1


@pytest.mark.parametrize("first", ["zlib, PIL.Image, pyarrow", "nbtrack.media.png"])
def test_equal_pictures_are_equal_files_whatever_was_imported_first(first):
    code = (
        f"import {first}, hashlib, numpy as np; from nbtrack.media.png import write_png; files = hashlib.sha256()\n"
        "for n in (1, 3, 12, 50, 60, 100):\n"
        "    for value in range(0, 256, 5): files.update(write_png(np.full((n, n, 3), value, np.uint8)))\n"
        "print(files.hexdigest())"
    )
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    files = hashlib.sha256()
    for n in (1, 3, 12, 50, 60, 100):
        for value in range(0, 256, 5):
            files.update(flat(n, value))
    assert made.strip() == files.hexdigest()
