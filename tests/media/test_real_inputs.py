"""Pictures, masks, sounds and films as people have them, logged and read back as what they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image as Pillow

import nbtrack
from nbtrack.query.run import Run

SPEECH = Path(__file__).parents[1] / "data" / "sounds" / "speech.flac"

#: bundled with scikit-image: color, with alpha, gray, boolean, large, tiny
PICTURES = ("astronaut", "chelsea", "coffee", "logo", "camera", "coins", "horse", "page", "retina", "cell")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any]], Run]:
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))

    def log_(row: dict[str, Any]) -> Run:
        with nbtrack.init(project="real") as run:
            run.log(row)
        return nbtrack.Api().run(f"real/{run.id}")

    return log_


def test_the_pictures_of_scikit_image_come_back_as_they_were(log):
    data = pytest.importorskip("skimage.data")
    pictures = {name: getattr(data, name)() for name in PICTURES}
    found = log({name: nbtrack.Image(pixels, caption=name) for name, pixels in pictures.items()})
    for name, pixels in pictures.items():
        expected = pixels.astype(np.uint8) * 255 if pixels.dtype == bool else pixels
        assert np.array_equal(np.asarray(found.media(name)[0].image), expected), name


@pytest.mark.parametrize("convert", ["img_as_float32", "img_as_float64", "img_as_ubyte"])
def test_pictures_as_scikit_image_converts_them_stay_within_a_level(log, convert):
    skimage = pytest.importorskip("skimage")
    pixels = skimage.data.astronaut()
    found = log({"p": nbtrack.Image(getattr(skimage.util, convert)(pixels))})
    back = np.asarray(found.media("p")[0].image).astype(int)
    assert np.abs(back - pixels).max() <= 1


def test_a_segmentation_of_scikit_image_is_a_mask(log):
    skimage = pytest.importorskip("skimage")
    from skimage import filters, measure, morphology

    coins = skimage.data.coins()
    labels = measure.label(
        morphology.closing(coins > filters.threshold_otsu(coins), morphology.footprint_rectangle((3, 3)))
    )
    regions = sorted(measure.regionprops(labels), key=lambda region: -region.area)[:20]
    mask = np.zeros(coins.shape, np.uint8)
    boxes = []
    for number, region in enumerate(regions, 1):
        mask[labels == region.label] = number
        y0, x0, y1, x1 = region.bbox
        boxes.append(
            {
                "position": {"minX": x0, "maxX": x1, "minY": y0, "maxY": y1},
                "domain": "pixel",
                "class_id": number,
                "scores": {"solidity": region.solidity, "area": region.area},
            }
        )
    names = {number: f"coin {number}" for number in range(1, len(regions) + 1)}
    picture = nbtrack.Image(
        coins,
        masks={"coins": {"mask_data": mask, "class_labels": names}},
        boxes={"coins": {"box_data": boxes, "class_labels": names}},
    )
    back = log({"coins": picture}).media("coins")[0]
    assert np.array_equal(np.asarray(back.image), coins)
    assert np.array_equal(back.masks["coins"].to_numpy(), mask)
    assert [box["position"] for box in back.boxes["coins"].box_data] == [box["position"] for box in boxes]


def test_the_frames_of_a_gif_of_scikit_image_are_a_film(log, tmp_path):
    skimage = pytest.importorskip("skimage")
    path = Path(skimage.__file__).parent / "data" / "no_time_for_that_tiny.gif"
    frames = []
    with Pillow.open(path) as gif:
        for at in range(gif.n_frames):
            gif.seek(at)
            frames.append(np.asarray(gif.convert("RGB")).transpose(2, 0, 1))
    given = np.stack(frames)
    found = log({"file": nbtrack.Video(str(path)), "frames": nbtrack.Video(given, fps=8, format="mp4")})
    found.media("file")[0].save(tmp_path / "back.gif")
    assert (tmp_path / "back.gif").read_bytes() == path.read_bytes()
    back = found.media("frames")[0].to_numpy().astype(int)
    assert back.shape[0] == len(given)
    height, width = given.shape[2:]
    assert np.abs(back[:, :, :height, :width] - given).mean() < 8  # mp4 is lossy


def test_speech_comes_back_sample_by_sample(log, tmp_path):
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    found = log(
        {
            "file": nbtrack.Audio(str(SPEECH), caption="a sentence"),
            "array": nbtrack.Audio(samples, sample_rate=rate),
        }
    )
    file, array = found.media("file")[0], found.media("array")[0]
    file.save(tmp_path / "back.flac")
    assert (tmp_path / "back.flac").read_bytes() == SPEECH.read_bytes()
    assert (file.caption, file.sample_rate, array.sample_rate) == ("a sentence", rate, rate)
    assert np.array_equal(np.ravel(array.to_numpy()), samples)
