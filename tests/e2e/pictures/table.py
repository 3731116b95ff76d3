"""Makes docs/images/media-table.png: two runs' tables in a real JupyterLab, light and dark.

python -m tests.e2e.pictures.table [folder for the other views]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ..lab import LabServer, Notebook, launch_chromium, notebook

IMAGES = Path(__file__).parents[3] / "docs" / "images"

DIGITS = """
import warnings; warnings.filterwarnings("error", module="nbtrack")
import numpy as np, nbtrack as wandb
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
digits = load_digits()
X, y = digits.data / 16, digits.target
order = np.random.default_rng(0).permutation(len(X))
train, test = order[:900], order[900:]
def table_of(model, n):
    table = wandb.Table(columns=["id", "image", "truth", "guess", "confidence", "logits", "note", "right"])
    p = model.predict_proba(X[test[:n]])
    for i, row in zip(test[:n], p):
        guess = int(row.argmax())
        table.add_data(int(i), wandb.Image(digits.images[i] / 16, caption=f"digit {y[i]}"), int(y[i]), guess,
            float(row.max()), wandb.Histogram(np_histogram=(np.round(row * 1000).astype(int), np.arange(11))),
            "확실해요 🎉" if guess == y[i] else f"taken for a {guess}: " + "look at this one again. " * 200,
            bool(guess == y[i]))
    table.set_pk("id")
    return table
"""
RUN = """
for name, C in (("strong", 1.0), ("weak", 0.0004)):
    run = wandb.init(project="digits", name=name)
    for step in range(3):
        model = LogisticRegression(C=C, max_iter=[3, 10, 100][step]).fit(X[train], y[train])
        run.log({"predictions": table_of(model, 400)}, step=step)
    run.finish()
run
"""
COMPARE = "wandb.compare('digits')"
LARGE = """
n = 1_000_000
rng = np.random.default_rng(1)
import pandas as pd
wandb.Table.MAX_ROWS = n
frame = pd.DataFrame({"id": np.arange(n), "score": rng.random(n), "loss": rng.normal(size=n),
    "label": rng.choice(["cat", "dog", "고양이"], n), "ok": rng.random(n) > 0.5, "text": [f"row number {i}" for i in range(n)]})
big = wandb.init(project="big")
big.log({"million": wandb.Table(dataframe=frame)})
big.finish()
big
"""


def shoot(browser: Browser, theme: str, folder: Path) -> None:
    dark = "-dark" if theme != "JupyterLab Light" else ""
    with tempfile.TemporaryDirectory() as place:
        root, home = Path(place, "work"), Path(place, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "tables.ipynb", DIGITS, RUN, COMPARE, LARGE)
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        try:
            nb = Notebook(browser, server, "tables.ipynb")
            page = nb.page
            page.set_viewport_size({"width": 1280, "height": 900})

            def shot(name: str, wait: int = 1500) -> None:
                page.wait_for_timeout(wait)
                page.screenshot(path=folder / f"{name}{dark}.png")

            nb.run(0)
            nb.run(1, 300)
            panel = nb.panel(1)
            card = panel.locator(".nb-table").first
            card.locator("[role=row]").nth(3).wait_for(timeout=30_000)
            card.locator('.nb-table-heading[data-column="confidence"] .nb-table-sort').click()
            card.evaluate("(e) => e.closest('section').scrollIntoView({block: 'start'})")
            shot("table", 3000)
            page.screenshot(path=IMAGES / f"media-table{dark}.png") if not dark else None
            card.locator(".nb-table-media").first.click()
            shot("detail")
            page.keyboard.press("Escape")
            card.locator(".nb-table-by select").first.select_option("truth")
            shot("groups")
            card.locator(".nb-table-by select").first.select_option("")
            card.locator(".nb-table-filter").fill("confidence < 0.5 and gues != truth")
            shot("problem")
            card.locator(".nb-table-filter").fill("confidence < 0.5 and guess != truth")
            shot("filtered")
            nb.run(2)
            panel = nb.panel(2)
            card = panel.locator(".nb-table").first
            card.locator("[role=row]").nth(3).wait_for(timeout=30_000)
            card.evaluate("(e) => e.closest('section').scrollIntoView({block: 'start'})")
            shot("beside")
            card.locator(".nb-table-tools select").nth(1).select_option(index=1)
            card.get_by_text("Different", exact=True).click()
            card.evaluate("(e) => e.closest('section').scrollIntoView({block: 'start'})")
            shot("joined")
            nb.run(3, 300)
            panel = nb.panel(3)
            card = panel.locator(".nb-table").first
            card.locator("[role=row]").nth(3).wait_for(timeout=60_000)
            card.locator(".nb-table-scroll").hover()
            page.mouse.wheel(0, 5000)
            shot("million")
            card.locator(".nb-table-scroll").evaluate("(e) => { e.scrollTop = e.scrollHeight }")
            card.get_by_label("Columns and rows").click()
            shot("million-end")
            print(theme, nb.errors, nb.foreign_requests())
            nb.close()
        finally:
            server.stop()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            shoot(browser, theme, folder)


if __name__ == "__main__":
    main()
