"""What people wrote for W&B, as the guides show it, runs with `import nbtrack as wandb`."""

from __future__ import annotations

import argparse
import random

import numpy as np
import pytest
from PIL import Image as PILImage

import nbtrack as wandb

image_array = np.random.default_rng(0).random((16, 16, 3))


def test_images_from_arrays():
    with wandb.init(project="image-log-example") as run:
        images = wandb.Image(image_array, caption="Top: Output, Bottom: Input")
        run.log({"examples": images})
    assert run.summary["examples"]["caption"] == "Top: Output, Bottom: Input"


def test_images_from_pil_and_files(tmp_path):
    with wandb.init(project="") as run:
        examples = []
        for i in range(3):
            pixels = np.random.default_rng(i).integers(0, 256, size=(100, 100, 3), dtype=np.uint8)
            pil_image = PILImage.fromarray(pixels, mode="RGB") if i else PILImage.fromarray(pixels)
            examples.append(wandb.Image(pil_image, caption=f"random field {i}"))
        run.log({"examples": examples})
        PILImage.fromarray(pixels).convert("RGB").save("myimage.jpg")
        run.log({"example": wandb.Image("myimage.jpg")})
    assert len(run.summary["examples"]) == 3
    assert run.summary["example"]["format"] == "jpg"


def test_image_overlays_are_accepted(recwarn):
    class_labels = {1: "tree", 2: "car", 3: "road"}
    masks = {
        "predictions": {"mask_data": np.ones((16, 16), int), "class_labels": class_labels},
        "ground_truth": {},
    }
    boxes = {
        "predictions": {
            "box_data": [
                {
                    "position": {"minX": 0.1, "maxX": 0.2, "minY": 0.3, "maxY": 0.4},
                    "class_id": 2,
                    "box_caption": "car",
                    "scores": {"acc": 0.1, "loss": 1.2},
                }
            ],
            "class_labels": class_labels,
        },
        "ground_truth": {},
    }
    with wandb.init() as run:
        run.log({"image": wandb.Image(image_array, masks=masks)})
        run.log({"boxes": wandb.Image(image_array, boxes=boxes)})
    assert run.summary["boxes"]["width"] == 16


def test_histograms():
    grads = np.random.default_rng(0).normal(size=(20, 30))
    with wandb.init() as run:
        run.log({"gradients": wandb.Histogram(grads)})
        run.log({"gradients": wandb.Histogram(np.histogram(grads, density=True, range=(0.0, 1.0)))})
        run.log({"gradients": wandb.Histogram(np_histogram=np.histogram(grads, bins=10))})
        run.summary.update({"gradients": wandb.Histogram(np_histogram=np.histogram(grads, bins=20))})
    assert len(run.summary["gradients"]["values"]) == 20


def test_training_loop_with_argparse():
    parser = argparse.ArgumentParser()
    parser.add_argument("-b", "--batch-size", type=int, default=8)
    parser.add_argument("-e", "--epochs", type=int, default=5)
    args = parser.parse_args([])
    wandb.init(project="config_example", config=args)
    assert wandb.config["epochs"] == wandb.config.epochs == 5
    wandb.config["lr"] = random.uniform(0, 1)
    for epoch in range(wandb.config.epochs):
        wandb.log({"epoch": epoch, "train": {"loss": 1 / (epoch + 1)}})
    wandb.finish()
    assert wandb.run is None


def test_custom_axis():
    run = wandb.init()
    wandb.define_metric("custom_step")
    wandb.define_metric("validation_loss", step_metric="custom_step")
    wandb.define_metric("train/*", step_metric="train/step")
    for i in range(10):
        wandb.log({"train_loss": 1 / (i + 1), "custom_step": i**2, "validation_loss": 1 / (i + 1)})
    assert wandb.summary["custom_step"] == 81
    run.finish()


def test_summary_objective_of_older_guides():
    run = wandb.init()
    wandb.define_metric("acc", summary="best", objective="maximize")
    for acc in (0.1, 0.9, 0.5):
        wandb.log({"acc": acc})
    assert run.summary["acc"] == {"best": 0.9}


def test_pyplot_itself_can_be_logged():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.plot([1, 2, 3, 4])
    plt.ylabel("some interesting numbers")
    with wandb.init() as run:
        run.log({"chart": plt})
    plt.close("all")
    assert run.summary["chart"]["_type"] == "plotly-file"
