"""Makes docs/images/media-table.png in a real JupyterLab, and other views of tables beside it when a folder is named.

python -m tests.e2e.pictures.table [folder]
"""

from __future__ import annotations

import sys

from playwright.sync_api import Locator

from ..lab import Notebook
from ..panel import PanelView
from .stage import Save, main

DIGITS = """
import warnings; warnings.filterwarnings("error", module="nbtrack")
import numpy as np, nbtrack as wandb
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
digits = load_digits()
X, y = digits.data / 16, digits.target
order = np.random.default_rng(0).permutation(len(X))
train, test = order[:900], order[900:]
def picture(i, guess):
    ink = (digits.images[i] > 6).astype(np.uint8)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    box = {"position": {"minX": columns[0] / 8, "maxX": (columns[-1] + 1) / 8, "minY": rows[0] / 8,
        "maxY": (rows[-1] + 1) / 8}, "class_id": guess}
    return wandb.Image(np.kron(digits.images[i] / 16, np.ones((8, 8))), caption=f"digit {y[i]}",
        masks={"ink": {"mask_data": np.kron(ink, np.ones((8, 8), np.uint8)), "class_labels": {0: "background", 1: "ink"}}},
        boxes={"guess": {"box_data": [box], "class_labels": {n: f"digit {n}" for n in range(10)}}})
def table_of(model, n):
    table = wandb.Table(columns=["id", "image", "truth", "guess", "confidence", "logits", "note", "right"])
    p = model.predict_proba(X[test[:n]])
    for i, row in zip(test[:n], p):
        guess = int(row.argmax())
        table.add_data(int(i), picture(i, guess), int(y[i]), guess,
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


def shoot(nb: Notebook, save: Save) -> None:
    nb.run(0)
    nb.run(1, 300)
    card = _card(nb, 1, "predictions")
    card.locator('.nb-table-heading[data-column="confidence"] .nb-table-sort').click()
    save(card, "media-table")
    if len(sys.argv) < 2:
        return
    card.locator(".nb-table-media").first.click()
    save(card, "table-detail")
    nb.page.keyboard.press("Escape")
    card.locator(".nb-table-by select").first.select_option("truth")
    save(card, "table-groups")
    card.locator(".nb-table-by select").first.select_option("")
    card.locator(".nb-table-filter").fill("confidence < 0.5 and gues != truth")
    save(card, "table-problem")
    nb.run(2)
    card = _card(nb, 2, "predictions")
    save(card, "table-beside")
    card.locator(".nb-table-tools select").nth(1).select_option(index=1)
    card.get_by_text("Different", exact=True).click()
    save(card, "table-joined")
    nb.run(3, 300)
    card = _card(nb, 3, "million")
    card.locator(".nb-table-scroll").evaluate("(e) => { e.scrollTop = e.scrollHeight }")
    card.get_by_label("Columns and rows").click()
    save(card, "table-million")


def _card(nb: Notebook, cell: int, key: str) -> Locator:
    card = PanelView(nb.panel(cell)).seen(key)
    card.locator("[role=row]").nth(3).wait_for(timeout=60_000)
    return card


if __name__ == "__main__":
    main(shoot, DIGITS, RUN, COMPARE, LARGE)
