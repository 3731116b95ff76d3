"""Makes docs/images/media-molecule.png: two runs at one step, the second laid on the first; and a trajectory's models.

python -m tests.e2e.pictures.molecule [folder]
"""

from __future__ import annotations

from pathlib import Path

from ..lab import Notebook
from ..panel import PanelView, until
from . import stage

DATA = Path(__file__).parents[2] / "data" / "molecules"
RUN = f"""\
import nbtrack
from pathlib import Path
data = Path({str(DATA)!r})
runs = []
for n, name in enumerate(["annealed", "quenched"]):
    with nbtrack.init(project="fold", name=name) as run:
        for step in range(4):
            file = "helices.pdb" if (step + n) % 2 == 0 else "helices-moved.pdb"
            run.log({{"fold": nbtrack.Molecule(data / file, caption="two helices and a calcium ion")}}, step=step)
    runs.append(run)
with nbtrack.init(project="dock", name="poses") as poses:
    poses.log({{"pose": nbtrack.Molecule(data / "ligands.sdf", caption="three ligands in one file")}})
"""
COMPARE = 'nbtrack.compare(runs, keys=["fold"])'
MODELS = "nbtrack.show(poses)"


def shoot(nb: Notebook, save: stage.Save) -> None:
    for cell in range(3):
        nb.run(cell)
    panel = PanelView(nb.panel(1))
    card = panel.seen("fold")
    until(lambda: card.locator(".nb-molecule-stage[data-live=true] canvas").count() == 2, 60)
    card.get_by_label("Superpose on").select_option(index=1)
    card.locator(".nb-molecule-rmsd").first.wait_for(timeout=30_000)
    view = card.locator(".nb-molecule-stage").first
    for key in ("ArrowUp", "ArrowUp", "ArrowRight", "+", "+"):
        view.press(key)
    nb.page.mouse.move(0, 0)
    save(card, "media-molecule")
    panel = PanelView(nb.panel(2))
    card = panel.seen("pose")
    card.get_by_role("button", name="The next model (.)").click()
    card.get_by_role("button", name="Surface", exact=True).click()
    card.get_by_text("model 2 of 3").wait_for()
    save(card, "media-molecule-models")


if __name__ == "__main__":
    stage.main(shoot, RUN, COMPARE, MODELS)
