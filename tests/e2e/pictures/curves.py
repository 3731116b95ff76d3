"""Makes the picture of docs/curves.md in a real JupyterLab.

python -m tests.e2e.pictures.curves [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import until
from .stage import Save, main

RUNS = """\
%load_ext nbtrack
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
import nbtrack

x, y = load_digits(return_X_y=True)
x_train, x_val, y_train, y_val = train_test_split(x / 16, y, random_state=0)
runs = []
for rate in (0.001, 0.003, 0.02):
    for seed in range(4):
        with nbtrack.init(project="rates", name=f"{rate} · {seed}", config={"rate": rate, "seed": seed}) as run:
            model = MLPClassifier((32,), learning_rate_init=rate, batch_size=64, random_state=seed)
            for epoch in range(40):
                model.partial_fit(x_train, y_train, classes=range(10))
                run.log({"loss": model.loss_, "train/accuracy": model.score(x_train, y_train),
                         "val/accuracy": model.score(x_val, y_val)})
        runs.append(run)
"""
COMPARE = "nbtrack.compare(*runs)"


def shoot(nb: Notebook, save: Save) -> None:
    nb.page.set_viewport_size({"width": 1280, "height": 1700})
    nb.run(0, 300)
    nb.run(1)
    root = nb.panel(1)
    root.get_by_role("button", name="More").click()
    root.get_by_label("Group runs").select_option(label="by rate")
    root.get_by_label("Expression").fill("(1 - val/accuracy) / (1.001 - train/accuracy)")
    root.get_by_role("button", name="Draw").click()
    root.get_by_role("button", name="log y").click()
    root.get_by_label("Smoothing", exact=True).first.fill("0.5")
    chart = root.locator('figure.nb-curve[aria-label="loss"]')
    chart.scroll_into_view_if_needed()
    chart.get_by_role("button", name="Enlarge loss").click()
    box = chart.locator(".u-over")
    until(lambda: (box.bounding_box() or {"height": 0})["height"] > 300)
    size = box.bounding_box()
    assert size
    box.hover(position={"x": size["width"] * 0.6, "y": size["height"] * 0.5})
    save(root, "curves")


if __name__ == "__main__":
    main(shoot, RUNS, COMPARE)
