"""Makes docs/images/media-molecule.png in a real JupyterLab, and one of each panel and theme to look at.

python -m tests.e2e.pictures.molecule [folder]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ..lab import LabServer, Notebook, launch_chromium, notebook
from ..panel import PanelView, until

ROOT = Path(__file__).parents[3]
IMAGE = ROOT / "docs" / "images" / "media-molecule.png"
LOG = f"""\
%load_ext nbtrack
import nbtrack
from pathlib import Path
data = Path({str(ROOT / "tests" / "data" / "molecules")!r})
runs = []
for n in range(2):
    with nbtrack.init(project="fold", name=["annealed", "quenched"][n]) as run:
        for step in range(4):
            name = "helices.pdb" if (step + n) % 2 == 0 else "helices-moved.pdb"
            run.log({{"fold": nbtrack.Molecule(data / name, caption="two helices and a calcium ion")}}, step=step)
            run.log({{"ligand": nbtrack.Molecule.from_smiles(
                ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1"][n], caption=["aspirin", "acetaminophen"][n])}}, step=step)
    runs.append(run)
"""


def shoot(browser: Browser, theme: str, folder: Path) -> None:
    dark = "-dark" if "Dark" in theme else ""
    with tempfile.TemporaryDirectory() as place:
        root, home = Path(place, "work"), Path(place, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "molecules.ipynb", LOG, "nbtrack.show(runs[0])", "nbtrack.compare(runs)")
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        try:
            nb = Notebook(browser, server, "molecules.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1100})
            for cell in range(3):
                nb.run(cell)
            for cell, name in ((1, "run"), (2, "compare")):
                panel = PanelView(nb.panel(cell))
                until(lambda panel=panel: panel.step() >= 0)
                for key in ("fold", "ligand"):
                    card = panel.card(key)
                    card.scroll_into_view_if_needed()
                    card.locator(".nb-molecule-legend").first.wait_for(timeout=60_000)
                    if key == "fold":
                        choices = card.get_by_label("Superpose on").locator("option")
                        card.get_by_label("Superpose on").select_option(
                            index=1 if cell == 2 else choices.count() - 2
                        )
                        card.locator(".nb-molecule-rmsd").first.wait_for(timeout=30_000)
                    stage = card.locator(".nb-molecule-stage").first
                    for press in ("ArrowUp", "ArrowUp", "ArrowRight", "+"):
                        stage.press(press)
                    nb.page.wait_for_timeout(1500)
                    card.screenshot(path=folder / f"molecule-{name}-{key}{dark}.png")
                    if not dark and (name, key) == ("compare", "fold"):
                        card.screenshot(path=IMAGE)
            nb.close()
        finally:
            server.stop()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            shoot(browser, theme, folder)
    print(folder)


if __name__ == "__main__":
    main()
