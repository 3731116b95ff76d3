"""Makes docs/images/media-object3d.png: what a scanner on a car sees, by category and by intensity.

python -m tests.e2e.pictures.object3d [folder]
"""

from __future__ import annotations

from pathlib import Path

from tests import clouds

from ..lab import Notebook
from ..panel import PanelView, until
from . import stage

STREET = Path(clouds.__file__).read_text()
RUN = """\
import nbtrack

runs = []
for name, shift in (("pointpillars", 0.0), ("centerpoint", 0.3)):
    run = nbtrack.init(project="kitti", name=name)
    for frame in range(3):
        scan = street(110_000, start=DRIVE * frame)
        here = np.array([DRIVE * frame, 0, 0])
        boxes = [
            nbtrack.box3d(center=np.add(center, (shift, 0, 0)) - here, size=size, orientation=[1, 0, 0, 0.02],
                          color=[225, 90, 0], label="car", score=0.97 - 0.011 * abs(center[0]))
            for center, size in scan.boxes if abs(center[0]) < 40
        ]
        run.log({"scan": nbtrack.Object3D.from_point_cloud(
            np.column_stack([scan.points - here, scan.category]), boxes,
            [{"start": [0, 0, 1], "end": [9, 0, 1], "color": [200, 0, 120]}],
            values={"intensity": scan.intensity}, caption=f"frame {frame}")})
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
