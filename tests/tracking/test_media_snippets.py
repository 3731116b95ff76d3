"""What W&B's guide on media shows, with `import nbtrack as wandb`: each is logged, encoded and read back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

import nbtrack as wandb

MOLECULES = Path(__file__).parents[1] / "data" / "molecules"
RGB = np.random.default_rng(0).integers(0, 255, (200, 250, 3), dtype=np.uint8)
LABELS = {1: "car", 2: "road", 3: "building"}


@pytest.fixture
def logged(tmp_path, monkeypatch):
    """Log a dict in a run of its own; what was read back of it comes as a dict of lists of media."""
    monkeypatch.chdir(tmp_path)

    def log(*rows: dict) -> dict:
        with wandb.init(project="my_project") as run:
            for row in rows:
                run.log(row)
        found = wandb.Api().run(f"my_project/{run.id}")
        for key in rows[-1]:
            for row in found.reader.objects(key):
                assert "error" not in row.meta, (key, row.meta)
                assert row.pending is None
        return {key: found.media(key) for key in rows[-1]}

    return log


def test_images(logged):
    Picture.fromarray(RGB).save("myimage.jpg")
    media = logged(
        {
            "examples": wandb.Image(RGB, caption="Top: Output, Bottom: Input"),
            "example": wandb.Image(Picture.fromarray(RGB), caption="My Image"),
            "file": wandb.Image("myimage.jpg"),
            "many": [wandb.Image(image) for image in (RGB, RGB // 2)],
        }
    )
    assert np.array_equal(media["examples"][0].to_numpy(), RGB)
    assert media["file"][0].format == "jpg"
    assert len(media["many"]) == 2


def test_masks_and_boxes(logged):
    mask = (np.arange(200 * 250).reshape(200, 250) % 4).astype(np.uint8)
    media = logged(
        {
            "scene": wandb.Image(
                RGB,
                masks={
                    "predictions": {"mask_data": mask, "class_labels": {1: "tree", 2: "car", 3: "road"}},
                    "ground_truth": {"mask_data": mask // 2},
                },
                boxes={
                    "predictions": {
                        "box_data": [
                            {
                                "position": {"minX": 0.1, "maxX": 0.2, "minY": 0.3, "maxY": 0.4},
                                "class_id": 2,
                                "box_caption": LABELS[2],
                                "scores": {"acc": 0.1, "loss": 1.2},
                            },
                            {
                                "position": {"middle": [150, 20], "width": 68, "height": 112},
                                "domain": "pixel",
                                "class_id": 3,
                                "box_caption": "a building",
                                "scores": {"acc": 0.5, "loss": 0.7},
                            },
                        ],
                        "class_labels": LABELS,
                    }
                },
            )
        }
    )
    scene = media["scene"][0]
    assert np.array_equal(scene.masks["predictions"].to_numpy(), mask)
    assert [box["class_id"] for box in scene.boxes["predictions"].box_data] == [2, 3]


def test_tables_of_pictures_with_overlays(logged):
    table = wandb.Table(columns=["ID", "Image"])
    box = {"position": {"minX": 1, "minY": 2, "maxX": 9, "maxY": 8}, "class_id": 1, "domain": "pixel"}
    for at in range(3):
        overlays = {
            "masks": {"prediction": {"mask_data": np.full((20, 25), at), "class_labels": LABELS}},
            "boxes": {"prediction": {"box_data": [{**box, "box_caption": "x"}], "class_labels": LABELS}},
        }
        table.add_data(at, wandb.Image(RGB[::10, ::10], **overlays))
    read = logged({"Table": table})["Table"][0]
    assert read.columns == ["ID", "Image"]
    picture = read.data[2][1]
    assert (picture.masks["prediction"].to_numpy() == 2).all()
    assert picture.boxes["prediction"].box_data[0]["box_caption"] == "x"


def test_histograms(logged):
    grads = np.random.default_rng(0).normal(size=1000)
    ready = np.histogram(grads, density=True, range=(0.0, 1.0))
    media = logged({"gradients": wandb.Histogram(grads), "ready": wandb.Histogram(ready)})
    assert sum(media["gradients"][0].histogram) == 1000
    assert np.allclose(media["ready"][0].histogram, ready[0])


def test_point_clouds(logged):
    points = [[2566.57, 746.78, -15.27, 76.5, 127.5, 89.47], [2561.7, 744.5, -14.88, 76.5, 127.5, 82.2]]
    corners = [[x, y, z] for x in (2599.7, 2604.9) for y in (767.6, 772.9) for z in (-17.8, -19.7)]
    box = {"corners": corners, "color": [0, 0, 255], "label": "car", "score": 0.6}
    Path("my_point_cloud.pts.json").write_text(
        json.dumps({"boxes": [box], "points": points, "type": "lidar/beta"}), encoding="utf-8"
    )
    media = logged(
        {
            "point_cloud": wandb.Object3D(np.array([[0, 0, 0, 7]])),
            "first": wandb.Object3D.from_point_cloud(
                points=points,
                boxes=[box],
                vectors=[{"start": [0, 0, 0], "end": [0.1, 0.2, 0.5], "color": [255, 0, 0]}],
                point_cloud_type="lidar/beta",
            ),
            "file": wandb.Object3D.from_file("./my_point_cloud.pts.json"),
            "xyz": wandb.Object3D.from_numpy(np.array([[0.4, 1, 1.3], [1, 1, 1], [1.2, 1, 1.2]])),
            "cat": wandb.Object3D.from_numpy(np.array([[0.4, 1, 1.3, 1], [1.2, 1, 1.2, 12]])),
            "rgb": wandb.Object3D.from_numpy(np.array([[0.4, 1, 1.3, 255, 0, 0], [1, 1, 1, 0, 255, 0]])),
        }
    )
    assert np.array_equal(media["first"][0].to_numpy(), np.array(points))
    assert media["file"][0].boxes[0]["label"] == "car"


def test_molecules(logged):
    rdkit = pytest.importorskip("rdkit")
    from rdkit.Chem import AllChem, Draw

    shutil.copy(next(MOLECULES.glob("*.pdb")), "6lu7.pdb")
    resveratrol = rdkit.Chem.MolFromSmiles("Oc1ccc(cc1)C=Cc1cc(O)cc(c1)O")
    Path("2b3p.mol").write_text(rdkit.Chem.MolToMolBlock(resveratrol), encoding="utf-8")
    acid = rdkit.Chem.MolFromSmiles("CC(=O)O")
    AllChem.Compute2DCoords(acid)
    AllChem.GenerateDepictionMatching2DStructure(acid, acid)
    media = logged(
        {
            "protein": wandb.Molecule("6lu7.pdb"),
            "resveratrol": wandb.Molecule.from_rdkit(resveratrol),
            "green fluorescent protein": wandb.Molecule.from_rdkit("2b3p.mol"),
            "acetaminophen": wandb.Molecule.from_smiles("CC(=O)Nc1ccc(O)cc1"),
            "acetic_acid": wandb.Image(Draw.MolToImage(acid, size=(300, 300))),
        }
    )
    assert media["acetaminophen"][0].to_rdkit().GetNumHeavyAtoms() == 11
    assert media["acetic_acid"][0].width == 300


def test_videos_and_sounds(logged):
    pytest.importorskip("av")
    frames = np.random.default_rng(0).integers(0, 255, (6, 3, 32, 48), dtype=np.uint8)
    media = logged(
        {
            "video": wandb.Video(frames, fps=4, format="gif"),
            "film": wandb.Video(frames, fps=4, format="mp4"),
            "whale songs": wandb.Audio(np.sin(np.arange(64) / 3), caption="OooOoo", sample_rate=32),
        }
    )
    media["film"][0].save("myvideo.mp4")
    assert media["video"][0].to_numpy().shape == (6, 3, 32, 48)
    assert media["whale songs"][0].sample_rate == 32
    again = logged({"example": wandb.Video("myvideo.mp4")})
    again["example"][0].save("again.mp4")
    assert Path("again.mp4").read_bytes() == Path("myvideo.mp4").read_bytes()


def test_tables(logged):
    columns = ["Text", "Predicted Sentiment", "True Sentiment"]
    data = [["I love my phone", "1", "1"], ["My phone sucks", "0", "-1"]]
    second = wandb.Table(columns=columns)
    second.add_data("I love my phone", "1", "1")
    second.add_data("My phone sucks", "0", "-1")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    media = logged(
        {
            "examples": wandb.Table(data=data, columns=columns),
            "more": second,
            "frame": wandb.Table(dataframe=frame),
        }
    )
    assert media["examples"][0].data == media["more"][0].data == data
    pd.testing.assert_frame_equal(media["frame"][0].get_dataframe(), frame)


def test_html(logged):
    Path("some.html").write_text("<p>x</p>", encoding="utf-8")
    with Path("some.html").open() as injected, Path("some.html").open() as bare:
        media = logged(
            {
                "custom_file": wandb.Html(injected),
                "custom_string": wandb.Html('<a href="https://mysite">Link</a>'),
                "bare": wandb.Html(bare, inject=False),
            }
        )
    assert media["bare"][0].html == "<p>x</p>"
    assert "https://mysite" in media["custom_string"][0].html
