"""Makes docs/images/media-object3d.png: what a scanner on a car sees, by category and by intensity.

python -m tests.e2e.pictures.object3d [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView, until
from . import stage

STREET = """\
import numpy as np, nbtrack

def street(n, at=0.0, seed=0):
    \"\"\"Points, categories and intensities of a street between two walls, as 64 turning lasers see it.\"\"\"
    rng = np.random.default_rng(seed)
    turn, lift = rng.random(n) * 2 * np.pi, np.deg2rad(2 - rng.integers(0, 64, n) * 0.42)
    ray = np.column_stack([np.cos(lift) * np.cos(turn), np.cos(lift) * np.sin(turn), np.sin(lift)])
    ray[np.abs(ray) < 1e-6] = 1e-6
    far = np.where(ray[:, 2] < -1e-3, -1.73 / ray[:, 2], 120.0)
    kind = np.ones(n)
    wall = np.where(ray[:, 1] > 0, 9, -8) / ray[:, 1]
    kind[wall < far], far = 2, np.minimum(far, wall)
    cars = [(8 + 9 * i - at, -4.5 if i % 2 else 5.0) for i in range(-4, 5)]
    for x, y in cars:
        a, b = np.array([x - 2.1, y - 0.9, -1.73]) / ray, np.array([x + 2.1, y + 0.9, -0.23]) / ray
        near, out = np.minimum(a, b).max(1), np.maximum(a, b).min(1)
        hit = (out > near) & (near > 0) & (near < far)
        kind[hit], far[hit] = 3, near[hit]
    far += rng.normal(0, 0.015, n)
    points = ray * far[:, None] + (0, 0, 1.73)
    seen = (far < 60) & (points[:, 2] < 5)
    return points[seen], kind[seen], np.clip(0.25 * kind + rng.normal(0, 0.07, n), 0, 1)[seen], cars
"""
RUN = """\
runs = []
for name, shift in (("pointpillars", 0.0), ("centerpoint", 0.3)):
    run = nbtrack.init(project="kitti", name=name)
    for frame in range(3):
        points, kind, intensity, cars = street(120_000, at=2.0 * frame)
        boxes = [
            nbtrack.box3d(center=[x + shift, y, 0.75], size=[4.2, 1.8, 1.5], orientation=[1, 0, 0, 0.03],
                          color=[225, 90, 0], label="car", score=0.95 - 0.012 * abs(x))
            for x, y in cars
        ]
        run.log({"scan": nbtrack.Object3D.from_point_cloud(
            np.column_stack([points, kind]), boxes, [{"start": [0, 0, 1], "end": [9, 0, 1], "color": [200, 0, 120]}],
            values={"intensity": intensity}, caption=f"frame {frame}")})
    run.finish()
    runs.append(run)
"""
COMPARE = 'nbtrack.compare(runs, keys=["scan"])'


def shoot(nb: Notebook, save: stage.Save) -> None:
    for cell in range(3):
        nb.run(cell, 300)
    panel = PanelView(nb.panel(2))
    panel.press("ArrowLeft")
    stages = panel.card("scan").locator(".nb-object3d-stage")
    until(lambda: stages.count() == 2, 60)
    view = stages.nth(0).locator("canvas").nth(1)
    view.focus()
    for key in ("+", "+", "ArrowLeft", "ArrowUp"):
        nb.page.keyboard.press(key)
    nb.page.wait_for_timeout(3000)
    for place in stages.all():
        until(
            lambda place=place: place.get_attribute("data-drawn") == place.get_attribute("data-points"), 120
        )
    box = view.bounding_box()
    view.click(position={"x": box["width"] / 2, "y": box["height"] * 0.42})
    panel.card("scan").locator(".nb-object3d-details").wait_for(state="visible")
    save(panel.root, "media-object3d")


if __name__ == "__main__":
    stage.main(shoot, STREET, RUN, COMPARE)
