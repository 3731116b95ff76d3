"""Molecules in a real JupyterLab: drawn offline by few scenes, moved by the slider, laid on each other."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator

from .lab import Notebook
from .panel import PanelView, until

DATA = Path(__file__).parents[1] / "data" / "molecules"

SETUP = f"""\
%load_ext nbtrack
import nbtrack
from pathlib import Path
data = Path({str(DATA)!r})
"""

#: two runs of three steps each: folded and moved helices in turns, and a ligand
RUNS = """\
runs = []
for n in range(2):
    with nbtrack.init(project="molecules", name=f"run-{n}") as run:
        for step in range(3):
            name = "helices.pdb" if (step + n) % 2 == 0 else "helices-moved.pdb"
            run.log({"protein": nbtrack.Molecule(data / name, caption=name)}, step=step)
            run.log({"ligand": nbtrack.Molecule.from_smiles(["CCO", "CC(=O)O", "CC(=O)Oc1ccccc1C(=O)O"][step])}, step=step)
    runs.append(run)
"""


class Card:
    """A molecule's card in a panel."""

    def __init__(self, panel: PanelView, key: str) -> None:
        self.root = panel.card(key)
        self.root.scroll_into_view_if_needed()
        self.stage = self.root.locator(".nb-molecule-stage").first
        until(self.drawn, timeout=90)

    def image(self, index: int = 0) -> np.ndarray:
        """What is seen of a stage, without the things over it."""
        stage = self.root.locator(".nb-molecule-stage").nth(index)
        data = stage.screenshot(
            style=".nb-molecule-tools,.nb-molecule-hover,.nb-molecule-flat{visibility:hidden!important}"
        )
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)

    def ink(self, index: int = 0) -> int:
        """How many pixels differ from the ground."""
        image = self.image(index)
        return int((np.abs(image - image[8, 8]).max(axis=2) > 24).sum())

    def drawn(self, index: int = 0) -> bool:
        stage = self.root.locator(".nb-molecule-stage").nth(index)
        return stage.count() > 0 and stage.is_visible() and self.ink(index) > 400

    def pick(self, label: str, value: str) -> None:
        self.root.get_by_label(label).select_option(value)

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def changed(self, act: Callable[[], object], index: int = 0) -> float:
        """The share of pixels that `act` changes, once something has."""
        before = self.image(index)
        act()
        return until(lambda: float((np.abs(self.image(index) - before).max(axis=2) > 24).mean()) or None)


def shown(nb: Notebook, index: int) -> PanelView:
    panel = PanelView(nb.panel(index))
    until(lambda: panel.step() >= 0)
    return panel


def scenes(nb: Notebook) -> int:
    """Canvases that 3Dmol.js fills in the page, also those out of sight."""
    return nb.page.evaluate(
        "() => [...document.querySelectorAll('canvas')].filter((c) => c._3dmol_viewer !== undefined).length"
    )


@pytest.fixture
def molecules(open_notebook):
    nb = open_notebook(SETUP, RUNS, "nbtrack.show(runs[0])", "nbtrack.compare(runs)")
    nb.run(0)
    nb.run(1)
    return nb


def test_a_run_is_a_trajectory_and_the_camera_stays(molecules):
    nb = molecules
    nb.run(2)
    panel = shown(nb, 2)
    card = Card(panel, "protein")
    assert "331 atoms" in card.root.inner_text()
    card.changed(lambda: card.stage.press("ArrowUp"))
    for _ in range(3):
        card.stage.press("+")
    nb.page.wait_for_timeout(500)
    turned = card.image()
    panel.press("ArrowLeft")
    until(lambda: "helices-moved.pdb" in card.root.inner_text())
    until(lambda: (np.abs(card.image() - turned).max(axis=2) > 24).mean() > 0.002)
    panel.press("ArrowRight")
    until(lambda: (np.abs(card.image() - turned).max(axis=2) > 24).mean() < 0.002)
    # a drag turns it, the wheel scrolls the notebook until it is clicked
    box = card.stage.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag() -> None:
        nb.page.mouse.move(*middle)
        nb.page.mouse.down()
        nb.page.mouse.move(middle[0] + 90, middle[1] + 30, steps=4)
        nb.page.mouse.up()

    assert card.changed(drag) > 0.005
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_styles_colors_and_surfaces_are_drawn(molecules):
    nb = molecules
    nb.run(2)
    panel = shown(nb, 2)
    card = Card(panel, "ligand")
    seen = {}
    for style in ("Balls", "Spheres", "Lines", "Sticks"):
        card.root.get_by_role("radiogroup", name="Style").get_by_text(style, exact=True).click()
        nb.page.wait_for_timeout(600)
        seen[style] = card.ink()
    assert seen["Spheres"] > seen["Balls"] > seen["Lines"]
    card.press("Surface")
    until(lambda: card.ink() > 1.3 * seen["Sticks"], timeout=60)
    card.pick("Ground", "dark")
    until(lambda: card.image()[8, 8].max() < 60)
    card = Card(panel, "protein")
    legends = {}
    for scheme in ("element", "chain", "residue", "structure", "spectrum", "b"):
        card.pick("Color", scheme)
        nb.page.wait_for_timeout(700)
        legends[scheme] = card.root.locator(".nb-molecule-legend").inner_text().replace("\n", " ")
    assert len(set(legends.values())) == len(legends)
    assert legends["chain"] == "A B"
    assert "helix" in legends["structure"]
    assert legends["spectrum"].startswith("residue 1")
    assert re.match(r"B 1\d\.\d", legends["b"])
    assert nb.errors == []


def test_atoms_are_named_and_distances_measured(molecules):
    nb = molecules
    nb.run(2)
    panel = shown(nb, 2)
    card = Card(panel, "ligand")
    assert card.root.locator(".nb-molecule-flat img").is_visible()
    card.root.get_by_role("radiogroup", name="Style").get_by_text("Spheres", exact=True).click()
    card.press("H")
    nb.page.wait_for_timeout(600)
    box = card.stage.bounding_box()

    def atoms() -> list[tuple[float, float]]:
        """Places in the stage that are ink, far from each other."""
        image = card.image()
        ink = np.argwhere(np.abs(image - image[8, 8]).max(axis=2) > 60)
        left, right = ink[ink[:, 1].argmin()], ink[ink[:, 1].argmax()]
        inward = [(left, 12), (right, -12)]
        return [(float(box["x"] + p[1] + dx), float(box["y"] + p[0])) for p, dx in inward]

    one, other = atoms()
    nb.page.mouse.move(*one)
    hover = card.root.locator(".nb-molecule-hover")
    until(lambda: re.search(r"[CO]\d+ · \(", hover.inner_text()))
    card.press("Measure")
    nb.page.mouse.click(*one)
    until(lambda: "click another atom" in card.root.inner_text())
    nb.page.mouse.click(*other)
    measured = card.root.locator(".nb-molecule-measures li")
    until(lambda: measured.count() == 1)
    far = float(until(lambda: re.search(r"([\d.]+) Å", measured.inner_text()))[1])
    assert 3 < far < 9
    panel.press("ArrowLeft", "ArrowLeft")  # ethanol has no such atoms
    until(lambda: "no such atom here" in measured.inner_text())
    measured.get_by_role("button").click()
    until(lambda: measured.count() == 0)


def test_models_of_a_file_are_stepped_through_played_and_laid_on_each_other(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
with nbtrack.init(project="models") as run:
    run.log({"fold": nbtrack.Molecule(data / "ensemble.pdb"), "ligands": nbtrack.Molecule(data / "ligands.sdf"),
             "binary": nbtrack.Molecule(data / "ensemble.mmtf")})
""",
        "nbtrack.show(run)",
    )
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    card = Card(panel, "fold")
    models = card.root.locator(".nb-molecule-models")
    until(lambda: "model 1 of 5" in models.inner_text())
    card.stage.press("+")
    nb.page.wait_for_timeout(500)
    first = card.image()
    assert card.changed(lambda: card.stage.press(".")) > 0.002
    assert "model 2 of 5" in models.inner_text()
    card.stage.press(",")
    until(lambda: (np.abs(card.image() - first).max(axis=2) > 24).mean() < 0.002)  # the camera stayed
    # laid on the first one: the same RMSD as rdkit's
    card.root.get_by_label("Superpose on").select_option(label="model 1 (first)")
    models.get_by_label("Model", exact=True).fill("5")
    rmsd = card.root.locator(".nb-molecule-rmsd")
    rmsd.wait_for(state="visible")
    from rdkit import Chem
    from rdkit.Chem import rdMolAlign

    ensemble = Chem.MolFromPDBFile(str(DATA / "ensemble.pdb"), sanitize=False, proximityBonding=False)
    trace = [a.GetIdx() for a in ensemble.GetAtoms() if a.GetPDBResidueInfo().GetName() == " CA "]
    expected = rdMolAlign.AlignMol(ensemble, Chem.Mol(ensemble), 4, 0, atomMap=[(i, i) for i in trace])
    until(lambda: f"{expected:.2f} Å to model 1" in rmsd.inner_text())
    # what is played goes on by itself, and round
    models.get_by_role("button", name="Play the models").click()
    until(lambda: "model 1 of 5" in models.inner_text(), every=0.02)
    until(lambda: "model 3 of 5" in models.inner_text(), every=0.02)
    models.get_by_role("button", name="Stay at this model").click()
    # records are different molecules, with their names
    card = Card(panel, "ligands")
    card.root.get_by_role("button", name="The next model (.)").click()
    until(lambda: "model 2 of 3" in card.root.inner_text() and "24 atoms" in card.root.inner_text())
    assert "caffeine" in card.root.inner_text()
    card.root.get_by_label("Superpose on").select_option(label="model 1 (first)")
    misfit = card.root.locator(".nb-molecule-misfit")
    until(lambda: "24 atoms here and 21 there" in misfit.inner_text())
    card = Card(panel, "binary")
    nb.page.wait_for_timeout(500)
    assert card.changed(lambda: card.stage.press(".")) > 0.002
    assert nb.errors == []


def test_a_lost_context_comes_back_with_its_camera_and_style(molecules):
    nb = molecules
    nb.run(2)
    panel = shown(nb, 2)
    card = Card(panel, "ligand")
    card.root.get_by_role("radiogroup", name="Style").get_by_text("Spheres", exact=True).click()
    for key in ("ArrowUp", "ArrowLeft", "+"):
        card.stage.press(key)
    nb.page.wait_for_timeout(600)
    before = card.image()
    canvas = card.stage.locator("canvas")
    canvas.evaluate("(canvas) => { canvas.dataset.old = '1' }")
    # 3Dmol.js draws on a canvas of no page; what a driver that restarts does to its context
    lose = "(canvas) => canvas._3dmol_viewer.renderer.getContext().getExtension('WEBGL_lose_context').loseContext()"
    canvas.evaluate(lose)
    card.stage.locator("canvas:not([data-old])").wait_for(state="attached")
    until(lambda: (np.abs(card.image() - before).max(axis=2) > 24).mean() < 0.002)
    # all of the page's molecules share the context
    protein = Card(panel, "protein")
    before = protein.image()
    assert protein.changed(lambda: protein.stage.press("ArrowUp")) > 0.005
    # and again
    protein.stage.locator("canvas").evaluate(lose)
    assert protein.changed(lambda: protein.stage.press("ArrowDown")) > 0.005
    until(lambda: (np.abs(protein.image() - before).max(axis=2) > 24).mean() < 0.002)
    assert nb.errors == []


def test_two_runs_are_turned_together_and_laid_on_each_other(molecules):
    nb = molecules
    nb.run(3)
    panel = shown(nb, 3)
    card = Card(panel, "protein")
    until(lambda: card.drawn(1), timeout=60)
    nb.page.wait_for_timeout(500)
    # one camera for both
    assert card.changed(lambda: card.stage.press("ArrowLeft"), index=1) > 0.002
    card.press("Link")
    before = card.image(1)
    card.changed(lambda: card.stage.press("ArrowUp"))
    assert (np.abs(card.image(1) - before).max(axis=2) > 24).mean() < 0.001
    run = card.root.get_by_label("Superpose on").locator("option").nth(1).get_attribute("value")
    card.pick("Superpose on", run)
    rmsd = card.root.locator(".nb-molecule-rmsd")
    rmsd.wait_for(state="visible")
    from rdkit import Chem
    from rdkit.Chem import rdMolAlign

    fixed, moving = (
        Chem.MolFromPDBFile(str(DATA / name), sanitize=False, proximityBonding=False)
        for name in ("helices.pdb", "helices-moved.pdb")
    )
    trace = [a.GetIdx() for a in fixed.GetAtoms() if a.GetPDBResidueInfo().GetName() == " CA "]
    expected = rdMolAlign.AlignMol(moving, fixed, atomMap=[(i, i) for i in trace])
    until(lambda: f"{expected:.2f} Å" in rmsd.inner_text())
    assert f"{len(trace)} backbone atoms" in rmsd.inner_text()
    card.pick("over", "all")
    until(lambda: "331 atoms" in rmsd.inner_text())
    assert nb.errors == []


def test_many_molecules_share_few_scenes(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
with nbtrack.init(project="many") as run:
    for step in range(2):
        for key in "ab":
            files = ["aspirin.sdf", "caffeine.mol2", "salt.cif", "water.gro", "helices.pqr", "helices.mmtf", "helices.mmcif"]
            run.log({key: [nbtrack.Molecule(data / name) for name in (files if step else files[::-1])]}, step=step)
""",
        "nbtrack.show(run)",
    )
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    for key in "ab":
        card = Card(panel, key)
        for at in (3, 6):
            card.root.locator(".nb-molecule-stage").nth(at).scroll_into_view_if_needed()
            until(lambda at=at, card=card: card.drawn(at), timeout=60)
    assert scenes(nb) <= 7
    # a stage without a scene shows the new step too
    still = card.root.locator(".nb-molecule-stage[data-live=false]")
    until(lambda: still.count() > 0)
    panel.press("ArrowLeft")
    until(lambda: "mmcif" in card.root.locator(".nb-molecule-facts").first.inner_text())
    for at in (3, 6):
        until(lambda at=at: card.drawn(at), timeout=60)
    # a click makes it live
    last = card.root.locator(".nb-molecule-stage").nth(6)
    last.scroll_into_view_if_needed()
    last.click()
    until(lambda: last.get_attribute("data-live") == "true")
    assert scenes(nb) <= 7
    assert nb.errors == []


def test_a_py3dmol_view_is_drawn_in_its_frame_offline(open_notebook):
    nb = open_notebook(
        SETUP,
        "view = nbtrack.Molecule(data / 'helices.pdb').view(400, 300).setStyle({'line': {}})\n"
        "view.addSurface('SES', {'color': '#d00000'})\nview",
    )
    nb.run(0)
    nb.run(1)
    frame: Locator = nb.output(1).locator("iframe")
    frame.wait_for(state="visible")
    canvas = frame.content_frame.locator("canvas")
    canvas.wait_for(state="attached", timeout=60_000)

    def red() -> bool:
        red, green, blue = np.asarray(Image.open(io.BytesIO(frame.screenshot())).convert("RGB")).astype(int).T
        return (red - np.maximum(green, blue) > 60).mean() > 0.03

    until(red, timeout=60)  # the surface's workers run in the frame
    assert frame.get_attribute("sandbox") == "allow-scripts"
    assert nb.foreign_requests() == []


def test_a_saved_page_draws_molecules_offline(molecules, lab, browser):
    nb = molecules
    nb.run(2)
    nb.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.widgets[3].model.sharedModel"
        ".setSource(\"nbtrack.show(runs[0]).save_html('molecules.html'); None\")"
    )
    nb.run(3)
    page = browser.new_context(offline=True, viewport={"width": 1300, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "molecules.html").as_uri())
    card = Card(PanelView(page.locator(".nbtrack").first), "protein")
    assert "331 atoms" in card.root.inner_text()
    assert errors == []
    page.context.close()
