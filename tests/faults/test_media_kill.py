"""SIGKILL right after `log()` of a medium returned: another process reads it whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nbtrack

ROOT = Path(nbtrack.__file__).parents[1]
pytestmark = pytest.mark.usefixtures("quiet_store")

#: what is logged, as code: the writer runs it, and the checks below make the same numbers again
MADE: dict[str, str] = {
    "image": "nbtrack.Image(noise(300, 200, 3), caption='c')",
    "image with masks": """nbtrack.Image(noise(300, 200, 3),
        masks={"truth": {"mask_data": noise(300, 200) % 5, "class_labels": {1: "cat", 2: "dog"}}},
        boxes={"guess": {"box_data": [{"position": {"minX": .1, "maxX": .5, "minY": .2, "maxY": .6}, "class_id": 1}]}})""",
    "list of images": "[nbtrack.Image(noise(64, 64 + i, 3), caption=str(i)) for i in range(12)]",
    "histogram": "nbtrack.Histogram(np.arange(100_000, dtype=np.float32))",
    "object3D": "nbtrack.Object3D(noise(50_000, 3).astype(np.float32))",
    "molecule": "nbtrack.Molecule.from_smiles('CC(=O)Oc1ccccc1C(=O)O')",
    "video": "nbtrack.Video(np.repeat(np.arange(20, 220, 10, dtype=np.uint8), 64 * 48 * 3).reshape(20, 3, 48, 64), "
    "fps=8, format='mp4', caption='c')",
    "gif": "nbtrack.Video(noise(4, 3, 32, 32) // 128 * 255, fps=8, format='gif')",
    "audio": "nbtrack.Audio(noise(100_000, 2).astype(np.int16) * 100, sample_rate=16_000, caption='c')",
    "html": "nbtrack.Html('<p>' + 'long ' * 50_000 + '</p>')",
    "table": "nbtrack.Table(columns=['id', 'text', 'picture'], "
    "data=[[i, f'row {i}', nbtrack.Image(noise(32, 32, 3) // (i + 1))] for i in range(50)])",
    "plotly": "plotly.graph_objects.Figure(plotly.graph_objects.Scatter(x=list(range(5000)), y=list(range(5000))))",
}

WRITER = """
import os, signal
import numpy as np
import nbtrack
try:
    import plotly.graph_objects
except ImportError:
    pass
def noise(*shape):
    return np.random.default_rng(7).integers(0, 256, shape).astype(np.uint8)
run = nbtrack.init(id="r1")
value = {made}
run.log({{"it": value}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, shape).astype(np.uint8)


def _image(found: list[Any]) -> None:
    (image,) = found
    assert image.caption == "c"
    assert np.array_equal(np.asarray(image.image), noise(300, 200, 3))


def _masked(found: list[Any]) -> None:
    (image,) = found
    assert np.array_equal(np.asarray(image.image), noise(300, 200, 3))
    assert np.array_equal(image.masks["truth"].to_numpy(), noise(300, 200) % 5)
    assert set(image.boxes) == {"guess"}


def _images(found: list[Any]) -> None:
    assert [image.caption for image in found] == [str(i) for i in range(12)]
    for i, image in enumerate(found):
        assert np.array_equal(np.asarray(image.image), noise(64, 64 + i, 3))


def _histogram(found: list[Any]) -> None:
    (histogram,) = found
    assert sum(histogram.histogram) == 100_000
    assert (histogram.bins[0], histogram.bins[-1]) == (0, 99_999)


def _cloud(found: list[Any]) -> None:
    (cloud,) = found
    assert np.array_equal(cloud.to_numpy(), noise(50_000, 3).astype(np.float32))


def _molecule(found: list[Any]) -> None:
    (molecule,) = found
    assert molecule.to_rdkit().GetNumHeavyAtoms() == 13


def _video(found: list[Any]) -> None:
    (video,) = found
    assert (video.caption, video.fps) == ("c", 8)
    seen = video.to_numpy()
    assert seen.shape == (20, 3, 48, 64)
    levels = np.arange(20, 220, 10)
    assert np.abs(seen.mean(axis=(1, 2, 3)) - levels).max() < 4


def _gif(found: list[Any]) -> None:
    (video,) = found
    assert np.array_equal(video.to_numpy(), noise(4, 3, 32, 32) // 128 * 255)


def _audio(found: list[Any]) -> None:
    (audio,) = found
    assert (audio.caption, audio.sample_rate) == ("c", 16_000)
    assert np.array_equal(audio.to_numpy(), noise(100_000, 2).astype(np.int16) * 100)


def _html(found: list[Any]) -> None:
    (html,) = found
    assert html.html.count("long ") == 50_000


def _table(found: list[Any]) -> None:
    (table,) = found
    assert table.get_column("id") == list(range(50))
    assert table.get_column("text")[49] == "row 49"
    for i, picture in enumerate(table.get_column("picture")):
        assert np.array_equal(np.asarray(picture.image), noise(32, 32, 3) // (i + 1))


def _plotly(found: list[Any]) -> None:
    (figure,) = found
    assert figure.json.count(",") >= 9998


CHECKS: dict[str, Callable[[list[Any]], None]] = {
    "image": _image,
    "image with masks": _masked,
    "list of images": _images,
    "histogram": _histogram,
    "object3D": _cloud,
    "molecule": _molecule,
    "video": _video,
    "gif": _gif,
    "audio": _audio,
    "html": _html,
    "table": _table,
    "plotly": _plotly,
}
NEEDS = {"molecule": "rdkit", "video": "av", "plotly": "plotly"}


@pytest.mark.parametrize("medium", MADE)
def test_a_medium_is_whole_after_a_kill_right_after_log_returned(medium):
    if medium in NEEDS:
        pytest.importorskip(NEEDS[medium])
    done = subprocess.run(
        [sys.executable, "-c", WRITER.format(made=MADE[medium])],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    run = nbtrack.Api().run("r1")
    assert run.state == "crashed"
    CHECKS[medium](list(run.media("it")))
