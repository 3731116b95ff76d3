"""What goes wrong in notebooks, medium by medium, in one run: it is refused in a sentence or drawn, and the run goes on."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image as PILImage

import nbtrack
from nbtrack import Audio, Html, Image, Molecule, Object3D, Table, Video
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning

PICTURE = np.full((8, 8, 3), 90, np.uint8)
ATOM = "ATOM      1  CA  GLY A   1       1.000   2.000   3.000  1.00  0.00           C\n"


def boxed(x0, x1, y0, y1, **more):
    position = {"minX": x0, "maxX": x1, "minY": y0, "maxY": y1}
    return Image(PICTURE, boxes={"m": {"box_data": [{"position": position, "class_id": 1, **more}]}})


def masked(ids, **more):
    return Image(PICTURE, masks={"m": {"mask_data": np.asarray(ids), **more}})


#: what is refused: what makes it in a folder, and words of the sentence
REFUSED = {
    "a picture of 2 channels": (lambda f: Image(np.zeros((4, 4, 2))), ["(4, 4, 2)", "mode='LA'"]),
    "a picture of numbers with an imaginary part": (
        lambda f: Image(np.zeros((4, 4), complex)),
        ["complex128", "(4, 4)", "accepted"],
    ),
    "a picture without pixels": (lambda f: Image(np.zeros((0, 4))), ["(0, 4)", "accepted"]),
    "a picture that is too long": (lambda f: Image(np.zeros((65_501, 1), np.uint8)), ["1 x 65501", "65500"]),
    "a picture of too many pixels": (
        lambda f: Image(np.broadcast_to(np.uint8(0), (30_000, 30_000))),
        ["30000 x 30000", "536,870,912"],
    ),
    "a picture's file that is none": (lambda f: Image(file(f, "a.png")), ["a.png", "b'nothing of", "PNG"]),
    "a picture's file cut short": (
        lambda f: Image(file(f, "b.png", png()[:60])),
        ["b.png", "not a picture that can be read"],
    ),
    "a mask of colors": (lambda f: masked(np.ones((8, 8, 3), int)), ["masks['m']", "(8, 8, 3)", "2-D"]),
    "a mask of fractions": (lambda f: masked(np.full((8, 8), 0.5)), ["masks['m']", "whole numbers", "argmax"]),
    "a mask of class 256": (lambda f: masked(np.full((8, 8), 256)), ["0 to 255", "256"]),
    "a box without a position": (
        lambda f: Image(PICTURE, boxes={"m": {"box_data": [{"class_id": 1}]}}),
        ["boxes['m']", "box 0", "position"],
    ),
    "a cloud of n x 2": (lambda f: Object3D(np.zeros((5, 2))), ["(5, 2)", "n x 3", "n x 4", "n x 6"]),
    "a cloud of text": (lambda f: Object3D(np.array([["a", "b", "c"]])), ["<U1", "real numbers"]),
    "a category 0": (lambda f: Object3D(np.array([[0, 0, 0, 0.0]])), ["0 to 0", "1 to 14"]),
    "a category 15": (lambda f: Object3D(np.array([[0, 0, 0, 15.0]])), ["15 to 15", "1 to 14"]),
    "a mesh's file that is none": (lambda f: Object3D(str(file(f, "a.glb"))), ["a.glb", "glTF"]),
    "a picture named glb": (lambda f: Object3D(str(file(f, "c.glb", png()))), ["c.glb", "glTF"]),
    "a mesh of another format": (lambda f: Object3D(str(file(f, "a.fbx"))), ["a.fbx", ".glb", ".ply"]),
    "SMILES of no molecule": (lambda f: Molecule.from_smiles("CC(C"), ["'CC(C'", "SMILES"]),
    "a molecule's file that is none": (lambda f: Molecule(str(file(f, "a.pdb"))), ["a.pdb", "ATOM", "b'noth"]),
    "a molecule of another format": (lambda f: Molecule(str(file(f, "a.xyz"))), ["'xyz'", "pdb", "sdf"]),
    "a molecule of an unknown format": (lambda f: Molecule(io.StringIO(ATOM)), ["file_type", "pdb"]),
    "a video without frames": (lambda f: Video(np.zeros((0, 3, 8, 8), np.uint8)), ["no frames", "(0, 3, 8, 8)"]),
    "a video with channels last": (lambda f: Video(np.zeros((2, 8, 8, 3))), ["(2, 8, 8, 3)", "transpose"]),
    "a video's file that is none": (lambda f: Video(file(f, "a.mp4")), ["a.mp4", "gif, mp4, webm or ogg"]),
    "a video of another format": (lambda f: Video(file(f, "a.mkv")), ["a.mkv", "gif, mp4, webm, ogg"]),
    "a sound without samples": (lambda f: Audio(np.zeros(0), sample_rate=8000), ["(0,)", "accepted"]),
    "a sound without a rate": (lambda f: Audio(np.zeros(9)), ["sample_rate", "(9,)"]),
    "a sound's file that is none": (lambda f: Audio(file(f, "a.wav")), ["a.wav", "wav, mp3, flac or ogg"]),
    "a document that is not there": (lambda f: Html(f / "none.html"), ["none.html", "cannot be read"]),
    "a document of nothing": (lambda f: Html(None), ["NoneType", "markup"]),
    "a table with a row too long": (lambda f: Table(columns=["a"], data=[[1, 2]]), ["1 columns", "found 2"]),
    "a table of mixed types": (
        lambda f: Table(columns=["a"], data=[[1], ["x"]]),
        ["row 1", "'x' (str)", "'a'", "allow_mixed_types"],
    ),
    "a histogram of text": (lambda f: nbtrack.Histogram(["a"]), ["<U1", "real numbers"]),
    "a histogram of too many bins": (lambda f: nbtrack.Histogram([1], num_bins=1000), ["1 to 512", "1000"]),
    "a list of several kinds": (
        lambda f: [Image(PICTURE), Audio(np.zeros(9), sample_rate=8000)],
        ["'val/bad'", "Audio and Image"],
    ),
}  # fmt: skip

#: what is drawn: what makes it, what is said (None: nothing), and how it is when it is read back
DRAWN = {
    "a picture of 1 pixel": (lambda f: Image(np.full((1, 1), 7, np.uint8)), None, lambda m: m.to_numpy().tolist() == [[7]]),
    "a picture of 20,000 pixels a side": (
        lambda f: Image(np.arange(20_000, dtype=np.uint16).astype(np.uint8)[:, None] * np.ones((1, 30), np.uint8)),
        None,
        lambda m: m.to_numpy().shape == (20_000, 30) and m.to_numpy()[300, 3] == 44,
    ),
    "a mask without labels": (lambda f: masked(np.full((8, 8), 3)), None, lambda m: m.masks["m"].to_numpy()[0, 0] == 3),
    "a mask with labels of some": (
        lambda f: masked(np.arange(64).reshape(8, 8), class_labels={1: "a"}),
        None,
        lambda m: m.masks["m"].to_numpy()[7, 7] == 63,
    ),
    "a box outside": (
        lambda f: boxed(30, 40, 2, 9, domain="pixel"),
        "outside of it",
        lambda m: m.boxes["m"].box_data[0]["position"]["maxX"] == 40,
    ),
    "a box without area": (
        lambda f: boxed(0.2, 0.2, 0.1, 0.4),
        "without area",
        lambda m: m.boxes["m"].box_data[0]["position"]["minX"] == 0.2,
    ),
    "a box at NaN": (lambda f: boxed(np.nan, 0.2, 0.1, 0.4), "left out", lambda m: m.boxes["m"].box_data == []),
    "a cloud without points": (lambda f: Object3D(np.zeros((0, 3))), None, lambda m: m.to_numpy().shape == (0, 3)),
    "a cloud at NaN": (
        lambda f: Object3D(np.array([[np.nan, 0, 0], [1, 2, 3]])),
        None,
        lambda m: np.array_equal(m.to_numpy(), [[np.nan, 0, 0], [1, 2, 3]], equal_nan=True),
    ),
    "colors beyond 255": (
        lambda f: Object3D(np.array([[0, 0, 0, -5.0, 300, 1]])),
        "-5 to 300",
        lambda m: m.to_numpy()[0, 4] == 300,
    ),
    "SMILES that cannot be embedded": (
        lambda f: Molecule.from_smiles("C1#CC1"),
        None,  # an encoder finds it out: the run says it, the key with it
        lambda m: not m.to_rdkit().GetConformer().Is3D(),
    ),
    "a video of 1 pixel": (lambda f: Video(np.zeros((2, 3, 1, 1), np.uint8), format="gif"), None, lambda m: m.frames == 2),
    "a sound of NaN": (lambda f: Audio(np.full(9, np.nan), sample_rate=8000), "NaN is silence", lambda m: not m.to_numpy().any()),
    "a picture with another name": (lambda f: Image(file(f, "really.jpg", png())), None, lambda m: m.to_numpy().shape == (64, 64, 3)),
    "a table without rows": (lambda f: Table(columns=["a", "b"]), None, lambda m: m.columns == ["a", "b"] and len(m) == 0),
    "a histogram of nothing": (lambda f: nbtrack.Histogram([]), None, lambda m: sum(m.histogram) == 0),
    "an empty document": (lambda f: Html(""), None, lambda m: m.html == Html("").html),
}  # fmt: skip


def file(folder, name, data=b"nothing of the kind"):
    (folder / name).write_bytes(data)
    return folder / name


def png():
    out = io.BytesIO()
    PILImage.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_what_is_refused_is_said_in_a_sentence_and_the_run_goes_on(tmp_path):
    with nbtrack.init(project="p", dir=str(tmp_path / "store")) as run:
        for name, (make, words) in REFUSED.items():
            with pytest.raises((LogTypeError, LogValueError)) as refused:
                run.log({"val/bad": make(tmp_path)})
            said = str(refused.value)
            assert [word for word in words if word not in said] == [], f"{name}: {said}"
            assert "\n" not in said, name
            assert " object at 0x" not in said, name
            run.log({"loss": len(said)})
    back = nbtrack.Api(dir=tmp_path / "store").run(run.id)
    assert back.state == "finished"
    assert len(list(back.scan_history(keys=["loss"]))) == len(REFUSED)
    assert "val/bad" not in back.summary


def test_what_is_odd_is_drawn_and_said_and_the_run_goes_on(tmp_path):
    with nbtrack.init(project="p", dir=str(tmp_path / "store")) as run:
        for step, (name, (make, says, _)) in enumerate(DRAWN.items()):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always", NbtrackWarning)
                run.log({name: make(tmp_path)}, step=step)
            texts = [str(one.message) for one in said if issubclass(one.category, NbtrackWarning)]
            assert [says in text for text in texts] == ([] if says is None else [True]), f"{name}: {texts}"
            run.log({"loss": step}, step=step)
    back = nbtrack.Api(dir=tmp_path / "store").run(run.id)
    assert back.state == "finished"
    assert [row["loss"] for row in back.scan_history(keys=["loss"])] == list(range(len(DRAWN)))
    for name, (_, _, holds) in DRAWN.items():
        (medium,) = back.media(name)
        assert holds(medium), name


def test_a_picture_beyond_pillows_limit_is_shown_and_comes_back(tmp_path, monkeypatch):
    """The limit of 179 million pixels is against files of strangers: 20,000 x 20,000 were logged here."""
    from nbtrack.panels import thumbs

    monkeypatch.setattr(PILImage, "MAX_IMAGE_PIXELS", 1000)
    pixels = np.random.default_rng(0).integers(0, 255, (200, 300), np.uint8)
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"large": Image(pixels)})
        run.log({"large": Image(file(tmp_path, "large.png", png()))})
    back = nbtrack.Api(dir=tmp_path).run(run.id)
    (array,), (large_file,) = (back.media("large", step=step) for step in (0, 1))
    assert np.array_equal(array.to_numpy(), pixels)
    assert large_file.to_numpy().shape == (64, 64, 3)
    monkeypatch.setattr(thumbs, "ORIGINAL_BYTES", 1000)
    assert thumbs.reduce(png(), 32).px == 32
    assert PILImage.MAX_IMAGE_PIXELS == 1000
