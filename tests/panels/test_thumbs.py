from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from nbtrack.panels import thumbs
from nbtrack.panels.thumbs import ORIGINAL_BYTES, reduce, sheet, sniff, thumb

from .conftest import noise, png


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def test_small_originals_stay_as_they_are():
    data = png(np.zeros((8, 8), np.uint8))
    assert reduce(data, 4) == (data, "image/png", None)


def test_a_photograph_becomes_a_small_jpeg():
    data = png(noise(600, 300))
    made = reduce(data, 256)
    assert (made.mime, made.px) == ("image/jpeg", 256)
    assert decoded(made.data).size == (256, 128)
    assert len(made.data) < len(data) / 4


def test_few_colors_stay_exact():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (200, 200)) * 50
    data = saved(Image.fromarray(labels.astype(np.uint8)), "BMP")
    assert len(data) > ORIGINAL_BYTES
    made = reduce(data, 256)
    assert made.mime == "image/png"
    assert np.array_equal(np.asarray(decoded(made.data).convert("L")), labels)


def test_transparency_survives():
    rgba = np.dstack([noise(300, 300), np.full((300, 300), 128, np.uint8)])
    made = reduce(png(rgba), 100)
    assert made.mime == "image/webp"
    assert decoded(made.data).mode == "RGBA"


def test_deep_grays_keep_their_range():
    ramp = np.tile(np.linspace(0, 65535, 400).astype(np.uint16), (400, 1))
    ramp += np.random.default_rng(0).integers(0, 2, ramp.shape, dtype=np.uint16) * (ramp < 60000)
    made = reduce(png(ramp), 100)
    gray = np.asarray(decoded(made.data).convert("L"))
    assert gray[:, :5].mean() < 10
    assert gray[:, -5:].mean() > 245


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F"])
def test_every_mode_of_pillow_is_reduced(mode):
    picture = Image.fromarray(noise(300, 300))
    picture = picture.convert("L").convert(mode) if mode in {"I", "F"} else picture.convert(mode)
    made = thumbs.eight_bit(picture)
    assert made.mode in {"L", "LA", "RGB", "RGBA"}
    assert made.size == (300, 300)


def test_what_is_no_picture_stays_as_it_is():
    data = b"<script>" * 10_000
    assert reduce(data, 64) == (data, "application/octet-stream", None)
    damaged = png(noise(300, 300))[:50_000]
    assert reduce(damaged, 64).data == damaged


def test_mime_types_are_told_by_content():
    picture = Image.fromarray(noise(4, 4))
    for kind, mime in [
        ("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif"), ("BMP", "image/bmp"),
        ("WEBP", "image/webp"),
    ]:  # fmt: skip
        assert sniff(saved(picture, kind)) == mime
    assert sniff(b"<svg onload=alert(1)>") == "application/octet-stream"
    assert sniff(b"") == "application/octet-stream"


def test_a_reduced_picture_is_loaded_once():
    data = png(noise(300, 300, seed=5))
    loads = []
    load = lambda: loads.append(1) or data  # noqa: E731
    assert thumb("a" * 64, 99, load) == thumb("a" * 64, 99, load)
    assert len(loads) == 1
    assert thumb("a" * 64, 50, load).px == 50
    assert len(loads) == 2


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(thumbs, "_CACHE_BYTES", thumbs._held + 50_000)
    for i in range(20):
        thumb(f"{i:064}", 256, lambda i=i: png(noise(300, 300, seed=i)))
    assert thumbs._held <= thumbs._CACHE_BYTES
    assert sum(len(made.data) for made in thumbs._cache.values()) == thumbs._held


def test_a_sheet_enlarges_pixels_without_smoothing():
    checker = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    data, mime, width, height = sheet([png(checker)] * 16, 236)
    assert (mime, width) == ("image/png", 232)
    assert height < 60
    values = np.asarray(decoded(data).convert("LA"))
    assert set(np.unique(values[..., 0][values[..., 1] == 255])) == {0, 255}


def test_a_sheet_of_photographs_has_their_shape():
    _, mime, width, height = sheet([png(noise(640, 320))], 236)
    assert mime == "image/jpeg"
    assert width == pytest.approx(2 * height, abs=3)


def test_a_sheet_leaves_out_what_cannot_be_read():
    assert sheet([b"nonsense", b""], 236) is None
    assert sheet([], 236) is None
    assert sheet([b"nonsense", png(noise(9, 9))], 236) is not None


def test_a_palette_is_exact_with_transparency():
    rgba = np.zeros((10, 10, 4), np.uint8)
    rgba[:5] = (255, 0, 10, 255)
    rgba[5:, :5] = (1, 2, 3, 77)
    data, mime = thumbs.encode(Image.fromarray(rgba))
    assert mime == "image/png"
    assert decoded(data).mode == "P"
    back = np.asarray(decoded(data).convert("RGBA"))
    assert np.array_equal(back[rgba[..., 3] > 0], rgba[rgba[..., 3] > 0])
    assert np.array_equal(back[..., 3], rgba[..., 3])
