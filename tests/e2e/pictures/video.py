"""Makes docs/images/media-video.png: rendered rollouts of two runs, played as one.

python -m tests.e2e.pictures.video [dark]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

IMAGES = Path(__file__).parents[3] / "docs" / "images"

SETUP = """\
import numpy as np, nbtrack

H, W, T = 180, 320, 90
y, x = np.mgrid[:H, :W]

def rollout(gravity, drag, seed=0):
    \"\"\"A ball that bounces, over a sky: (time, channel, height, width).\"\"\"
    frames = np.empty((T, 3, H, W), np.uint8)
    sky = np.stack([30 + y * 90 // H, 60 + y * 80 // H, 120 + y * 60 // H])
    at, speed = np.array([30.0, 40.0]), np.array([3.4, 0.0])
    for t in range(T):
        speed[1] += gravity
        speed *= 1 - drag
        at += speed
        for axis, size in ((0, W), (1, H - 14)):
            if not 14 < at[axis] < size - 14:
                speed[axis] *= -0.86
                at[axis] = np.clip(at[axis], 14, size - 14)
        near = (x - at[0]) ** 2 + (y - at[1]) ** 2
        shade = np.clip(1.15 - near / 320, 0.35, 1)
        ball = np.stack([250 * shade, 170 * shade, 40 * shade])
        frames[t] = np.where(near < 169, ball, np.where(y > H - 14, 70, sky))
    return frames
"""
TRAIN = """\
runs = []
for drag in (0.002, 0.03):
    run = nbtrack.init(project="physics", name=f"drag {drag}", config={"drag": drag})
    for epoch in range(4):
        run.log({
            "rollout": nbtrack.Video(rollout(0.2 + 0.1 * epoch, drag), fps=30, format="mp4", caption=f"epoch {epoch}"),
            "loss": 1 / (1 + epoch),
        }, step=epoch)
    run.finish()
    runs.append(run)
"""
COMPARE = 'nbtrack.compare(runs, keys=["rollout"])'


def shoot(theme: str) -> None:
    dark = theme != "JupyterLab Light"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "video.ipynb", SETUP, TRAIN, COMPARE)
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        try:
            nb = Notebook(launch_chromium(playwright), server, "video.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 900})
            for cell in range(3):
                nb.run(cell, 300)
            panel = PanelView(nb.panel(2))
            card = panel.card("rollout")
            until(lambda: card.locator("video").count() == 2)
            panel.press("ArrowLeft")
            card.get_by_role("slider", name="Position").evaluate(
                "(e) => { e.value = 1.9; e.dispatchEvent(new Event('input', {bubbles: true})); }"
            )
            nb.page.wait_for_timeout(1500)
            panel.root.screenshot(path=IMAGES / f"media-video{'-dark' if dark else ''}.png")
            nb.close()
        finally:
            server.stop()


def main() -> None:
    shoot("JupyterLab Dark" if "dark" in sys.argv[1:] else "JupyterLab Light")


if __name__ == "__main__":
    main()
