"""Masks and boxes: what may be given, what is kept of it, and that it comes back as it was."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image as PILImage

import nbtrack
from nbtrack import Classes, Image
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.media import overlays
from nbtrack.media.labels import color, is_nothing
from nbtrack.media.png import write_png
from nbtrack.media.registry import complete, load
from nbtrack.panels.drawings import Drawn, draw

LABELS = {1: "tree", 2: "car", 3: "road"}


@pytest.fixture(autouse=True)
def _nothing_said_before(monkeypatch):
    monkeypatch.setattr(overlays, "_said", set())


def picture(height: int = 40, width: int = 60):
    return np.linspace(0, 255, height * width * 3).astype(np.uint8).reshape(height, width, 3)


def ids(height: int = 40, width: int = 60):
    return (np.arange(height * width).reshape(height, width) // 7 % 4).astype(np.uint8)


def box(x0=0.1, x1=0.2, y0=0.3, y1=0.4, **more):
    return {"position": {"minX": x0, "maxX": x1, "minY": y0, "maxY": y1}, "class_id": 2, **more}


def stored(image: Image):
    done = complete(image.record())
    return done, load("image-file", done.meta, done.blob, done.files.__getitem__)


# ---- what comes back ----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    st.sampled_from([np.uint8, np.int16, np.int64, np.uint32, np.float32, np.float64]),
)
def test_masks_come_back_exactly(mask, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NbtrackWarning)  # of masks with another form than the picture
        image = Image(
            picture(), masks={"a": {"mask_data": mask.astype(dtype)}, "b": {"mask_data": mask[::-1]}}
        )
    done, read = stored(image)
    assert np.array_equal(read.masks["a"].to_numpy(), mask)
    assert np.array_equal(read.masks["b"].to_numpy(), mask[::-1])
    assert np.array_equal(read.to_numpy(), picture())
    assert done.meta["masks"]["a"]["classes"] == np.unique(mask).tolist()
    part = PILImage.open(io.BytesIO(done.files[done.meta["parts"]["mask/a"]]))
    assert (part.format, part.mode) == ("PNG", "L")


def test_a_run_gives_masks_and_boxes_back(tmp_path):
    image = Image(
        picture(),
        caption="street",
        masks={
            "predictions": {"mask_data": ids(), "class_labels": LABELS},
            "truth": {"mask_data": ids() == 2, "class_labels": {"1": "car"}},
        },
        boxes={
            "predictions": {
                "box_data": [
                    box(scores={"acc": np.float32(0.5), "loss": 1}, box_caption="a car"),
                    {
                        "position": {"middle": [30, 20], "width": 10, "height": 4},
                        "domain": "pixel",
                        "class_id": np.int64(3),
                    },
                ],
                "class_labels": LABELS,
            }
        },
    )
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"scene": image})
        run.log({"scenes": [image, Image(picture())]})
    recorded = nbtrack.Api(dir=tmp_path).run(run.path)
    (read,) = recorded.media("scene")
    assert np.array_equal(read.masks["predictions"].to_numpy(), ids())
    assert read.masks["predictions"].class_labels == LABELS
    assert np.array_equal(read.masks["truth"].to_numpy(), (ids() == 2).astype(np.uint8))
    assert read.masks["truth"].class_labels == {1: "car"}
    first, second = read.boxes["predictions"].box_data
    assert first == {
        "position": {"minX": 0.1, "maxX": 0.2, "minY": 0.3, "maxY": 0.4},
        "class_id": 2,
        "box_caption": "a car",
        "scores": {"acc": 0.5, "loss": 1},
    }
    assert second == {
        "position": {"minX": 25, "maxX": 35, "minY": 18, "maxY": 22},
        "domain": "pixel",
        "class_id": 3,
    }
    again = Image(read, masks=read.masks, boxes=read.boxes)
    assert complete(again.record()).files == complete(image.record()).files

    scene = next(iter(recorded.scan_history(keys=["scene"])))["scene"]
    scenes = next(iter(recorded.scan_history(keys=["scenes"])))["scenes"]
    assert scene["masks"]["truth"]["_type"] == "mask"
    assert scene["boxes"]["predictions"]["_type"] == "boxes2D"
    assert scenes["all_masks"][0]["truth"]["sha256"] == scene["masks"]["truth"]["sha256"]
    assert scenes["all_masks"][1] is None
    assert scenes["all_boxes"][0]["predictions"]["count"] == 2
    path = scene["masks"]["predictions"]["path"]
    assert path.startswith("media/images/mask/scene_predictions_0_")
    with recorded.file(path).download(tmp_path / "files", replace=True) as file:
        assert np.array_equal(np.asarray(PILImage.open(file.name)), ids())


def test_many_boxes_and_long_label_maps_leave_the_meta():
    many = [box(scores={"acc": i / 100}) for i in range(100)]
    names = {i: f"a rather long name of class {i}" for i in range(80)}
    image = Image(
        picture(),
        masks={"m": {"mask_data": ids(), "class_labels": names}},
        boxes={"many": {"box_data": many, "class_labels": names}, "few": {"box_data": [box()]}},
    )
    done, read = stored(image)
    assert "box_data" not in done.meta["boxes"]["many"]
    assert done.meta["boxes"]["many"]["scores"] == {"acc": [0, 0.99]}
    assert "box_data" in done.meta["boxes"]["few"]
    assert len(json.dumps(done.meta)) < 1500
    assert read.boxes["many"].box_data == image.boxes["many"].box_data
    assert read.boxes["many"].class_labels == read.masks["m"].class_labels == names
    assert read.boxes["few"].class_labels == {2: "class_2"}
    other = complete(
        Image(picture()[::-1], masks={"m": {"mask_data": ids()[::-1], "class_labels": names}}).record()
    )
    same = complete(Image(picture(), masks={"m": {"mask_data": ids(), "class_labels": names}}).record())
    assert other.meta["parts"]["labels"] == same.meta["parts"]["labels"]


def test_a_mask_is_snapshot_at_log(tmp_path):
    mask = ids(300, 300)
    kept = mask.copy()
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"scene": Image(picture(300, 300), masks={"m": {"mask_data": mask}})})
        mask[:] = 0
    (read,) = nbtrack.Api(dir=tmp_path).run(run.path).media("scene")
    assert np.array_equal(read.masks["m"].to_numpy(), kept)


def test_of_a_mask_logged_twice_at_a_step_the_last_counts(tmp_path):
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"scene": Image(picture(), masks={"m": {"mask_data": ids()}})}, step=3)
        run.log({"scene": Image(picture(), masks={"m": {"mask_data": ids()[::-1]}})}, step=3)
    (read,) = nbtrack.Api(dir=tmp_path).run(run.path).media("scene", step=3)
    assert np.array_equal(read.masks["m"].to_numpy(), ids()[::-1])


# ---- what may be given --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16"])
def test_a_mask_may_be_a_picture_file(tmp_path, mode):
    values = ids() % 2 if mode == "1" else ids()
    if mode == "I;16":
        PILImage.fromarray(values.astype(np.uint16)).save(tmp_path / "m.png")
    elif mode == "1":
        PILImage.fromarray(values.astype(bool)).save(tmp_path / "m.png")
    else:
        made = PILImage.fromarray(values)
        if mode == "P":
            made.putpalette([0, 0, 0, 9, 9, 9, 80, 80, 80, 250, 0, 0])
        made.save(tmp_path / "m.png")
    image = Image(picture(), masks={"m": {"path": tmp_path / "m.png"}})
    assert np.array_equal(stored(image)[1].masks["m"].to_numpy(), values)


def test_masks_of_torch_and_of_dimensions_too_many():
    torch = pytest.importorskip("torch")
    image = Image(picture(), masks={"m": {"mask_data": torch.from_numpy(ids().astype(np.int64))[None]}})
    assert np.array_equal(image.masks["m"].to_numpy(), ids())


def test_labels_are_made_where_there_are_none():
    image = Image(
        picture(), masks={"m": {"mask_data": ids()}}, boxes={"b": {"box_data": [box(), box(class_id=7)]}}
    )
    _, read = stored(image)
    assert read.masks["m"].class_labels == {0: "class_0", 1: "class_1", 2: "class_2", 3: "class_3"}
    assert read.boxes["b"].class_labels == {2: "class_2", 7: "class_7"}


@pytest.mark.parametrize(
    "classes",
    [[{"id": i, "name": name} for i, name in LABELS.items()], Classes(LABELS), Classes(Classes(LABELS))],
)
def test_classes_label_what_brings_no_labels(classes):
    image = Image(
        picture(),
        classes=classes,
        masks={"a": {"mask_data": ids()}, "b": {"mask_data": ids(), "class_labels": {2: "lorry"}}},
    )
    assert image.masks["a"].class_labels == LABELS
    assert image.masks["b"].class_labels == {**LABELS, 2: "lorry"}


def test_groups_that_hold_nothing_are_left_out():
    image = Image(picture(), masks={"ground_truth": {}}, boxes={"ground_truth": {}, "none": {"box_data": []}})
    assert image.masks == {}
    assert list(image.boxes) == ["none"]
    assert stored(image)[1].boxes["none"].box_data == []


def test_another_image_does_not_bring_its_overlays():
    image = Image(picture(), masks={"m": {"mask_data": ids()}})
    assert Image(image).masks == {}
    assert np.array_equal(Image(image).to_numpy(), picture())


@pytest.mark.parametrize("kind", ["jpg", "bmp", "png"])
def test_masks_stand_beside_pictures_of_every_format(kind, tmp_path):
    PILImage.fromarray(picture()).save(tmp_path / f"p.{kind}")
    image = Image(tmp_path / f"p.{kind}", masks={"m": {"mask_data": ids()}})
    done, read = stored(image)
    assert done.blob == (tmp_path / f"p.{kind}").read_bytes()
    assert np.array_equal(read.masks["m"].to_numpy(), ids())


@pytest.mark.parametrize(
    ("given_", "error", "match"),
    [
        ({"masks": [1]}, LogTypeError, "masks must be a dict"),
        ({"masks": {"a": 1}}, LogTypeError, r"masks\['a'\].*mask_data or path"),
        ({"masks": {3: {"mask_data": ids()}}}, LogTypeError, "named by text"),
        ({"masks": {"a": {"class_labels": LABELS}}}, LogTypeError, "needs mask_data"),
        ({"masks": {"a": {"mask_data": np.zeros((2, 2, 3))}}}, LogTypeError, r"2-D.*\(2, 2, 3\)"),
        ({"masks": {"a": {"mask_data": np.array([["x"]])}}}, LogTypeError, "2-D"),
        ({"masks": {"a": {"mask_data": np.zeros((0, 4))}}}, LogValueError, "empty"),
        ({"masks": {"a": {"mask_data": np.full((2, 2), 256)}}}, LogValueError, "0 to 255; got 256"),
        ({"masks": {"a": {"mask_data": np.full((2, 2), -1)}}}, LogValueError, "0 to 255; got -1"),
        ({"masks": {"a": {"mask_data": np.full((2, 2), 0.5)}}}, LogValueError, "whole numbers.*argmax"),
        ({"masks": {"a": {"mask_data": np.full((2, 2), np.nan)}}}, LogValueError, "0 to 255; got nan"),
        ({"masks": {"a": {"path": "/nowhere.png"}}}, LogValueError, "cannot be read"),
        ({"masks": {"a": {"mask_data": ids(), "class_labels": ["x"]}}}, LogTypeError, "must be a dict"),
        ({"masks": {"a": {"mask_data": ids(), "class_labels": {"x": "y"}}}}, LogTypeError, "must be an int"),
        ({"masks": {"a": {"mask_data": ids(), "class_labels": {1: 2}}}}, LogTypeError, "must be text"),
        ({"boxes": 3}, LogTypeError, "boxes must be a dict"),
        ({"boxes": {"a": []}}, LogTypeError, "box_data"),
        ({"boxes": {"a": {"box_data": 3}}}, LogTypeError, "must be a list"),
        ({"boxes": {"a": {"box_data": [3]}}}, LogTypeError, "box 0 must be a dict"),
        ({"boxes": {"a": {"box_data": [{"class_id": 1}]}}}, LogTypeError, "box 0: position must be"),
        ({"boxes": {"a": {"box_data": [box(), box("0")]}}}, LogTypeError, "box 1: minX must be a number"),
        ({"boxes": {"a": {"box_data": [box(True)]}}}, LogTypeError, "must be a number"),
        ({"boxes": {"a": {"box_data": [box(domain="miles")]}}}, LogTypeError, "domain"),
        ({"boxes": {"a": {"box_data": [box(class_id=1.5)]}}}, LogTypeError, "int; got 1.5"),
        ({"boxes": {"a": {"box_data": [box(class_id=None)]}}}, LogTypeError, "needs a class_id"),
        ({"boxes": {"a": {"box_data": [box(box_caption=1)]}}}, LogTypeError, "caption"),
        ({"boxes": {"a": {"box_data": [box(scores=[1])]}}}, LogTypeError, "scores must be a dict"),
        ({"boxes": {"a": {"box_data": [box(scores={"a": "x"})]}}}, LogTypeError, "score 'a' must be"),
        (
            {
                "boxes": {
                    "a": {"box_data": [{"position": {"middle": 3, "width": 1, "height": 1}, "class_id": 1}]}
                }
            },
            LogTypeError,
            "middle must be",
        ),
        ({"classes": [1]}, LogTypeError, "classes must be"),
    ],
)
def test_what_cannot_be_an_overlay_is_refused_with_its_name(given_, error, match):
    with pytest.raises(error, match=match):
        Image(picture(), **given_)


def test_a_color_picture_is_no_mask(tmp_path):
    PILImage.fromarray(picture()).save(tmp_path / "m.png")
    with pytest.raises(LogValueError, match=r"no mask.*RGB"):
        Image(picture(), masks={"m": {"path": tmp_path / "m.png"}})


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (box(1.2, 1.4), "outside"),
        (box(10, 50, 10, 50), '"domain": "pixel"'),
        (box(100, 120, 1, 2, domain="pixel"), "outside"),
        (box(0.1, 0.1), "without area"),
        (box(0.4, 0.1), "min is larger"),
        (box(np.nan), "left out"),
        (box(scores={"acc": np.inf}), "scores that are NaN"),
    ],
)
def test_odd_boxes_are_said_once_and_the_picture_is_logged(one, sentence):
    with pytest.warns(NbtrackWarning, match=sentence):
        image = Image(picture(), boxes={"b": {"box_data": [one, box()]}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Image(picture(), boxes={"b": {"box_data": [one, box()]}})
    read = stored(image)[1].boxes["b"].box_data
    assert len(read) == (1 if sentence == "left out" else 2)
    assert json.loads(json.dumps(read, allow_nan=False)) == read


def test_a_mask_of_another_form_than_its_picture_is_said():
    with pytest.warns(NbtrackWarning, match="another form"):
        Image(picture(), masks={"m": {"mask_data": ids().T}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Image(picture(), masks={"m": {"mask_data": ids()[::2, ::2]}})


def test_a_mask_that_is_not_encoded_yet_says_so():
    meta = Image(picture(), masks={"m": {"mask_data": ids()}}).record().meta
    read = load("image-file", meta, None)
    with pytest.raises(LogValueError, match="'m' is not encoded yet"):
        read.masks["m"].to_numpy()


GROUP = "m"
HUGE = (12, 20_000)


@pytest.mark.parametrize(
    ("size", "masks", "boxes", "sentence"),
    [
        ((40, 60), {GROUP: {"mask_data": ids()}}, None, None),
        ((40, 60), {GROUP: {"mask_data": ids(10, 10)}}, None, "another form"),
        ((40, 60), {GROUP: {"mask_data": ids() / 1.0}}, None, None),
        ((40, 60), {GROUP: {"mask_data": ids() > 1}}, None, None),
        ((1, 1), {GROUP: {"mask_data": [[3]]}}, {GROUP: {"box_data": [box(0, 1, 0, 1)]}}, None),
        (HUGE, {GROUP: {"mask_data": ids(*HUGE)}}, {GROUP: {"box_data": [box(0.5, 0.6)]}}, None),
        ((40, 60), None, {GROUP: {"box_data": [box(-3, -2), box(0.9, 1.4)]}}, "outside"),
        ((40, 60), None, {GROUP: {"box_data": [box(0.3, 0.3, 0.3, 0.3)]}}, "without area"),
        ((40, 60), None, {GROUP: {"box_data": [box(scores={"acc": np.nan})]}}, "NaN"),
        ((40, 60), None, {GROUP: {"box_data": [box(0.2, np.inf)]}}, "left out"),
    ],
    ids=[
        "no labels", "another shape", "float", "bool", "one pixel", "20,000 pixels", "outside", "zero size",
        "NaN score", "infinite",
    ],
)  # fmt: skip
def test_an_odd_overlay_is_logged_with_a_word_and_the_run_goes_on(tmp_path, size, masks, boxes, sentence):
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            run.log({"scene": Image(picture(*size), masks=masks, boxes=boxes), "loss": 1.0})
        run.log({"loss": 0.5})
    texts = [str(one.message) for one in said if issubclass(one.category, NbtrackWarning)]
    assert (not texts) if sentence is None else any(sentence in text for text in texts)
    assert all("'m'" in text for text in texts), "the group is named"
    recorded = nbtrack.Api(dir=tmp_path).run(run.path)
    assert [row["loss"] for row in recorded.scan_history(keys=["loss"])] == [1.0, 0.5]
    (read,) = recorded.media("scene")
    assert np.array_equal(read.to_numpy(), picture(*size))
    if masks:
        given_ = np.asarray(masks[GROUP]["mask_data"])
        assert np.array_equal(read.masks[GROUP].to_numpy(), given_)
        assert read.masks[GROUP].class_labels == {int(i): f"class_{int(i)}" for i in np.unique(given_)}
    if boxes:
        kept = read.boxes[GROUP].box_data
        assert len(kept) == (0 if sentence == "left out" else len(boxes[GROUP]["box_data"]))
        assert all(np.isfinite(one["position"]["minX"]) for one in kept)


@pytest.mark.parametrize(
    ("masks", "boxes", "sentence"),
    [
        (
            {GROUP: {"mask_data": ids().astype(int) - 1}},
            None,
            r"masks\['m'\].*0 to 255; got -1 to 2, shape \(40, 60\)",
        ),
        (
            {GROUP: {"mask_data": np.full((40, 60), 300)}},
            None,
            r"masks\['m'\].*got 300 to 300, .*dtype int64",
        ),
        ({GROUP: {"mask_data": np.full((40, 60), 0.7)}}, None, r"masks\['m'\].*whole numbers.*argmax"),
        ({GROUP: {"mask_data": np.zeros((40, 60, 4))}}, None, r"masks\['m'\].*2-D array.*\(40, 60, 4\)"),
        (
            None,
            {GROUP: {"box_data": [box(domain="percent")]}},
            r"boxes\['m'\].*domain must be .*got 'percent'",
        ),
        (None, {GROUP: {"box_data": [box(scores={"acc": "high"})]}}, r"boxes\['m'\].*score 'acc' must be"),
    ],
    ids=["negative", "over 255", "fractions", "4 channels", "domain", "score of text"],
)
def test_a_wrong_overlay_is_refused_with_its_name_and_the_run_goes_on(tmp_path, masks, boxes, sentence):
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"scene": Image(picture())})
        with pytest.raises((LogTypeError, LogValueError), match=sentence):
            run.log({"scene": Image(picture(), masks=masks, boxes=boxes)})
        run.log({"scene": Image(picture(), masks={GROUP: {"mask_data": ids()}})})
    recorded = nbtrack.Api(dir=tmp_path).run(run.path)
    assert recorded.state == "finished"
    assert recorded.media("scene", step=0)[0].masks == {}
    (after,) = recorded.media("scene", step=1)
    assert np.array_equal(after.masks[GROUP].to_numpy(), ids())


def test_the_labels_of_a_run_are_where_wandb_keeps_them(tmp_path):
    long = {i: f"a rather long name of class {i}" for i in range(80)}
    with nbtrack.init(project="p", dir=str(tmp_path), config={"lr": 0.1}) as run:
        masks = {"truth": {"mask_data": ids(), "class_labels": LABELS}, "bare": {"mask_data": ids()}}
        run.log({"val/scene": Image(picture(), masks=masks)})
        masks["truth"]["class_labels"] = {**LABELS, 3: "street"}
        found = {"found": {"box_data": [box()]}, "named": {"box_data": [box()], "class_labels": long}}
        run.log({"val/scene": [Image(picture(), masks=masks, boxes=found)]})
        assert dict(run.config) == {"lr": 0.1}
    recorded = nbtrack.Api(dir=tmp_path).run(run.path)
    assert recorded.config == {"lr": 0.1}
    labels = recorded.rawconfig["_wandb"]["value"]
    truth = "val/scene_wandb_delimeter_truth"
    assert labels["mask/class_labels"] == {
        truth: {
            "type": "mask/class_labels",
            "key": truth,
            "value": {"1": "tree", "2": "car", "3": "street"},
        }
    }
    boxes = labels["bounding_box/class_labels"]
    assert boxes["val/scene_wandb_delimeter_found"]["value"] == {"2": "class_2"}
    assert boxes["val/scene_wandb_delimeter_named"]["value"] == {str(i): name for i, name in long.items()}
    with nbtrack.init(project="p", dir=str(tmp_path)) as plain:
        plain.log({"scene": Image(picture())})
    assert nbtrack.Api(dir=tmp_path).run(plain.path).rawconfig == {}


def test_a_saved_page_holds_the_masks_of_pictures_and_of_cells(tmp_path):
    row, cell = ids(), ids()[::-1]
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"scene": Image(picture(), masks={"m": {"mask_data": row}})})
        run.log({"t": nbtrack.Table(["scene"], [[Image(picture(), masks={"m": {"mask_data": cell}})]])})
    page = nbtrack.show(run).save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    for mask in (row, cell):
        assert base64.b64encode(write_png(mask)).decode() in page


# ---- classes ------------------------------------------------------------------------------------------------


def test_no_two_of_the_usual_classes_share_a_color():
    assert len({color(i) for i in range(150)}) == 150


@given(st.integers(-(2**40), 2**40))
def test_every_class_has_a_color(class_id):
    assert all(0 <= channel <= 255 for channel in color(class_id))


def test_only_an_unnamed_or_background_class_0_is_nothing():
    assert is_nothing(0, None)
    assert is_nothing(0, " Background")
    assert not is_nothing(0, "person")
    assert not is_nothing(1, "background")


# ---- without scripts ----------------------------------------------------------------------------------------


def drawn(image: Image):
    """The one picture of the drawing, as an RGB array."""
    done = complete(image.record())
    sha = hashlib.sha256(done.blob).hexdigest()
    html = draw("image-file", [Drawn(done.meta, sha, done.files.__getitem__)], 400)
    data = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    return np.asarray(PILImage.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_still_shows_masks_and_boxes_in_the_colors_of_their_classes():
    gray = np.full((64, 64), 128, np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 2
    one = {"position": {"minX": 4, "maxX": 20, "minY": 30, "maxY": 60}, "domain": "pixel", "class_id": 1}
    image = drawn(Image(gray, masks={"m": {"mask_data": mask}}, boxes={"b": {"box_data": [one]}}))
    height, width = image.shape[:2]
    assert np.abs(image[height // 8, width // 4] - 128).max() < 12
    assert np.abs(image[height // 4, width * 7 // 8] - (np.array(color(2)) * 0.45 + 128 * 0.55)).max() < 12
    edge = image[height * 45 // 64, : width // 4]
    assert np.abs(edge - np.array(color(1))).max(axis=1).min() < 24


def test_a_still_of_many_boxes_and_labels_reads_them_from_their_files():
    labels = {i: "background" if i == 0 else f"a long name of class {i}" for i in range(60)}
    many = [{"position": {"minX": 0, "maxX": 1, "minY": 0, "maxY": 1}, "class_id": 1}] * 80
    plain = drawn(Image(np.full((64, 64), 128, np.uint8)))
    image = drawn(
        Image(
            np.full((64, 64), 128, np.uint8),
            masks={"m": {"mask_data": np.zeros((64, 64), int), "class_labels": labels}},
            boxes={"b": {"box_data": many, "class_labels": labels}},
        )
    )
    middle = slice(image.shape[0] // 4, image.shape[0] * 3 // 4)
    assert np.abs(image[middle, middle] - 128).max() < 12
    assert np.abs(image[1, image.shape[1] // 2] - np.array(color(1))).max() < 24
    assert plain.shape == image.shape


def test_the_page_and_the_stills_have_the_same_colors():
    """js/src/viewers/image/overlays.test.ts reads the same file."""
    fixture = json.loads(Path(__file__).with_name("class_colors.json").read_text())
    assert fixture == {i: list(color(int(i))) for i in fixture}
