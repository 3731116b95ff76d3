"""Makes the pictures of docs/media/image.md in a real JupyterLab.

python -m tests.e2e.pictures.overlays [light|dark] [folder]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ..lab import LabServer, Notebook, launch_chromium, notebook
from ..panel import PanelView, until

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"

#: scikit-learn's two photographs, segmented by the colors of their pixels: better with each step
SCENES = '''\
%load_ext nbtrack
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_images
from PIL import Image as Pictures
import nbtrack

NAMES = {
    "china": {0: "background", 1: "tree", 2: "roof", 3: "sky"},
    "flower": {0: "background", 4: "leaf", 5: "shade", 6: "petal"},
}

def pieces(name, photo):
    """Crops of a photograph, 6 of 240 x 160."""
    wide = np.asarray(Pictures.fromarray(photo).resize((480, 480)))
    return [wide[y : y + 160, x : x + 240] for y in (0, 160, 320) for x in (0, 240)]

def colors_of(name):
    """The usual colors of a photograph, dark to bright, as many as it has classes."""
    flat = photos[name][::16, ::16].reshape(-1, 3).astype(float)
    found = KMeans(len(NAMES[name]), n_init=1, random_state=0).fit(flat).cluster_centers_
    return found[np.argsort(found.sum(1))]

def segmented(photo, classes, colors):
    """The class whose color each pixel is closest to."""
    far = ((photo[:, :, None, :] - colors) ** 2).sum(3)
    return np.array(sorted(classes))[far.argmin(2)]

def boxes_of(mask, rng, noise):
    found = []
    for class_id in np.unique(mask):
        ys, xs = np.nonzero(mask == class_id)
        if class_id == 0 or len(ys) < 400:
            continue
        x0, x1 = np.percentile(xs, [10, 90]) + rng.normal(0, noise, 2)
        y0, y1 = np.percentile(ys, [10, 90]) + rng.normal(0, noise, 2)
        found.append({
            "position": {"minX": min(x0, x1), "maxX": max(x0, x1), "minY": min(y0, y1), "maxY": max(y0, y1)},
            "domain": "pixel", "class_id": class_id,
            "scores": {"confidence": 1 / (1 + noise / 10) * rng.uniform(0.6, 1)},
        })
    return found

def scene(name, photo, step, rng):
    classes, colors = NAMES[name], COLORS[name]
    truth = segmented(photo, classes, colors)
    guess = segmented(photo, classes, colors + rng.normal(0, 40 / step, colors.shape))
    return nbtrack.Image(
        photo,
        masks={
            "predictions": {"mask_data": guess, "class_labels": classes},
            "ground_truth": {"mask_data": truth, "class_labels": classes},
        },
        boxes={
            "predictions": {"box_data": boxes_of(guess, rng, 20 / step), "class_labels": classes},
            "ground_truth": {"box_data": boxes_of(truth, rng, 0), "class_labels": classes},
        },
    )

photos = dict(zip(NAMES, load_sample_images().images))
COLORS = {name: colors_of(name) for name in NAMES}
'''
TRAIN = """\
run = nbtrack.init(project="scenes", name="k-means")
rng = np.random.default_rng(0)
for step in (1, 2, 4, 8, 16):
    pictures = [scene(n, p, step, rng) for n in NAMES for p in pieces(n, photos[n])]
    run.log({"scenes": pictures}, step=step)
run.finish()
"""


def shoot(browser: Browser, theme: str, folder: Path) -> None:
    dark = theme != "JupyterLab Light"
    end = "-dark.png" if dark else ".png"
    with tempfile.TemporaryDirectory() as temporary:
        root, home = Path(temporary, "work"), Path(temporary, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "scenes.ipynb", SCENES, TRAIN)
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        try:
            nb = Notebook(browser, server, "scenes.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1000})
            nb.run(0)
            nb.run(1, 300)
            panel = PanelView(nb.panel(1))
            until(lambda: panel.step() >= 16)
            card = panel.card("scenes")
            card.locator(".nb-over .nb-over-chip").first.wait_for()
            panel.root.get_by_label("Size of the pictures").fill("5")
            card.evaluate("(e) => e.scrollIntoView({block: 'start'})")
            card.locator(".nb-tile-open").nth(1).hover(position={"x": 80, "y": 60})
            nb.page.wait_for_timeout(1500)
            nb.page.screenshot(path=folder / f"media-image{end}")
            card.locator(".nb-tile-open").nth(0).click()
            card.get_by_text("Compare A and B").click()
            card.locator(".nb-pane-box").hover(position={"x": 300, "y": 150})
            nb.page.wait_for_timeout(1500)
            card.evaluate("(e) => e.scrollIntoView({block: 'start'})")
            nb.page.wait_for_timeout(500)
            nb.page.screenshot(path=folder / f"media-image-compare{end}")
            assert not nb.errors, nb.errors
            nb.close()
        finally:
            server.stop()


def main() -> None:
    themes = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
    wanted = sys.argv[1:2] or list(themes)
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for theme in wanted:
            shoot(browser, themes[theme], folder)


if __name__ == "__main__":
    main()
