"""Makes the pictures of docs/media/video.md: rendered rollouts of two runs, played as one and each by itself.

python -m tests.e2e.pictures.video [folder]
"""

from __future__ import annotations

from ..clips import opened, seek
from ..lab import Notebook
from ..panel import until
from .stage import Save, main

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


def shoot(nb: Notebook, save: Save) -> None:
    for cell in range(3):
        nb.run(cell, 300)
    panel, card = opened(nb, 2, "rollout")
    until(lambda: card.locator("video").count() == 2)
    panel.press("ArrowLeft")
    seek(card, 1.9)
    save(panel.root, "media-video")
    card.get_by_role("button", name="Linked").click()
    seek(card, 0.6)
    save(panel.root, "media-video-unlinked")


if __name__ == "__main__":
    main(shoot, SETUP, TRAIN, COMPARE)
