"""Molecules in a real JupyterLab: how long a surface and a played trajectory hold the page up.

    python -m tests.benchmarks.bench_molecule [--atoms 5000] [--models 500]

A protein of `--atoms` atoms, helices side by side, gets its surface, computed by workers; then once more without
workers, in the page's own thread. A trajectory of `--models` models of 1,000 atoms is played for ten seconds. Said
are the longest script that held the page up (Chromium's long tasks), the time until the surface is whole, and the
models shown a second. Software WebGL; compare figures of one run.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

if TYPE_CHECKING:
    from playwright.sync_api import Locator

HELIX = Path(__file__).parents[1] / "data" / "molecules" / "helices.pdb"
CELLS = """\
import nbtrack
with nbtrack.init(project="bench") as run:
    run.log({"protein": nbtrack.Molecule("protein.pdb"), "trajectory": nbtrack.Molecule("trajectory.pdb")})
"""
_WATCH = """() => {
  window.held = [];
  window.watcher ??= new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.held.push(Math.round(task.duration));
  });
  window.watcher.observe({type: 'longtask'});
}"""


def protein(atoms: int) -> list[str]:
    """Lines of so many atoms: helices in a hexagonal packing, 9.6 Å from each other."""
    helix = [line for line in HELIX.read_text().splitlines() if line.startswith("ATOM") and line[21] == "A"]
    lines: list[str] = []
    for at, (layer, row, column) in enumerate(product(range(100), range(6), range(6))):
        shift = 34.0 * layer, 9.6 * column + 4.8 * (row % 2), 8.3 * row
        for line in helix:
            if len(lines) == atoms:
                return lines
            x, y, z = (float(line[30 + 8 * i : 38 + 8 * i]) + shift[i] for i in range(3))
            number = int(line[22:26]) + 100 * (at // 26)
            lines.append(
                f"ATOM  {len(lines) % 99999 + 1:5d}{line[11:21]}{chr(65 + at % 26)}{number:4d}    "
                f"{x:8.3f}{y:8.3f}{z:8.3f}{line[54:]}"
            )
    return lines


def trajectory(models: int, atoms: int = 1000) -> str:
    """A protein that swells by a tenth, as a PDB file of many models."""
    lines = protein(atoms)
    out = []
    for model in range(models):
        grown = 1 + 0.1 * model / models
        out.append(f"MODEL     {model + 1:4d}")
        for line in lines:
            x, y, z = (float(line[30 + 8 * i : 38 + 8 * i]) * grown for i in range(3))
            out.append(f"{line[:30]}{x:8.3f}{y:8.3f}{z:8.3f}{line[54:]}")
        out.append("ENDMDL")
    return "\n".join([*out, "END", ""])


def surface(nb: Notebook, card: Locator) -> str:
    """Switch the surface on and wait until it is whole, then off."""
    button = card.get_by_role("button", name="Surface", exact=True)
    status = card.get_by_text("computing the surface")
    nb.page.evaluate(_WATCH)
    begin = time.perf_counter()
    button.click()
    status.wait_for(state="visible")
    status.wait_for(state="hidden", timeout=240_000)
    whole = time.perf_counter() - begin
    nb.page.wait_for_timeout(500)
    longest = max(nb.page.evaluate("() => window.held"), default=0)
    button.click()
    nb.page.wait_for_timeout(500)
    return f"longest task {longest:,} ms, whole after {whole:.1f} s"


def played(nb: Notebook, card: Locator, seconds: float = 10) -> str:
    models = card.locator(".nb-molecule-models")

    def at() -> int:
        return int(models.get_by_label("Model", exact=True).input_value())

    nb.page.evaluate(_WATCH)
    begin, first = time.perf_counter(), at()
    models.get_by_role("button", name="Play the models").click()
    nb.page.wait_for_timeout(1000 * seconds)
    shown, took = at() - first, time.perf_counter() - begin
    models.get_by_role("button", name="Stay at this model").click()
    longest = max(nb.page.evaluate("() => window.held"), default=0)
    return f"{shown / took:.1f} models a second, longest task {longest:,} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atoms", type=int, default=5000)
    parser.add_argument("--models", type=int, default=500)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        root, home = Path(temporary, "work"), Path(temporary, "home")
        root.mkdir()
        home.mkdir()
        (root / "protein.pdb").write_text("\n".join([*protein(chosen.atoms), "END", ""]))
        (root / "trajectory.pdb").write_text(trajectory(chosen.models))
        notebook(root / "bench.ipynb", CELLS, "nbtrack.show(run)")
        server = LabServer(root, home)
        try:
            nb = Notebook(launch_chromium(playwright), server, "bench.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1000})
            for cell in range(2):
                nb.run(cell, 300)
            panel = PanelView(nb.panel(1))
            card = panel.seen("trajectory")
            until(lambda: card.get_by_text(f"of {chosen.models}").count() > 0, 120)
            nb.page.wait_for_timeout(2000)
            print(f"load average {os.getloadavg()[0]:.1f}")
            print(f"{chosen.models} models x 1,000 atoms, cartoon: {played(nb, card)}", flush=True)
            card = panel.seen("protein")
            card.get_by_text(f"{chosen.atoms:,} atoms").wait_for(timeout=60_000)
            nb.page.wait_for_timeout(2000)
            print(f"surface of {chosen.atoms:,} atoms, workers: {surface(nb, card)}", flush=True)
            nb.page.evaluate("() => { window.Worker = class { constructor() { throw new Error('none') } } }")
            print(f"surface of {chosen.atoms:,} atoms, page's thread: {surface(nb, card)}", flush=True)
            nb.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
