"""Makes the pictures of the README and the docs from notebooks/quickstart.ipynb in a real JupyterLab.

python -m tests.e2e.screenshots
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, sync_playwright

from .lab import LabServer, Notebook, launch_chromium, notebook
from .panel import PanelView, until

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
#: code cells of the quickstart notebook
LOAD, MODEL, TRAIN, AGAIN, COMPARE = range(5)


def shoot(browser: Browser, theme: str) -> None:
    book = nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", 4)
    sources = [cell.source for cell in book.cells if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "quickstart.ipynb", *sources[: COMPARE + 1])
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        dark = theme != "JupyterLab Light"
        try:
            nb = Notebook(browser, server, "quickstart.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1180})
            nb.run(LOAD)
            nb.run(MODEL)
            nb.start(TRAIN)
            panel = PanelView(nb.panel(TRAIN))
            until(lambda: panel.step() >= 160, 300)
            panel.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
            panel.slider.focus()
            nb.page.wait_for_timeout(1200)
            panel.root.evaluate("(e) => e.scrollIntoView({block: 'start'})")
            nb.page.wait_for_timeout(400)
            assert nb.running(TRAIN), "the cell had ended"
            nb.page.screenshot(path=IMAGES / f"live-panel{'-dark' if dark else ''}.png")
            nb.wait(TRAIN, 600)
            nb.run(AGAIN, 600)
            nb.run(COMPARE)
            nb.panel(COMPARE).evaluate("(e) => e.scrollIntoView({block: 'start'})")
            nb.page.wait_for_timeout(2500)
            nb.page.screenshot(path=IMAGES / f"compare-panel{'-dark' if dark else ''}.png")
            nb.close()
        finally:
            server.stop()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            shoot(browser, theme)


if __name__ == "__main__":
    main()
