"""Makes the pictures of docs/media/histogram.md in a real JupyterLab.

python -m tests.e2e.pictures.histogram [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView, until
from .stage import Save, main

#: weights of a small classifier: they spread from step to step, and one training diverges
TRAIN = """\
%load_ext nbtrack
import numpy as np
import nbtrack

def train(name, rate, seed):
    rng = np.random.default_rng(seed)
    run = nbtrack.init(project="weights", name=name, config={"rate": rate})
    low, high = rng.normal(-0.4, 0.25, 6000), rng.normal(0.5, 0.2, 4000)
    for step in range(60):
        grow = 1 + rate * step
        weights = np.concatenate([low, high]) * grow + rng.normal(0, 0.02, 10_000)
        gradients = rng.laplace(0, 0.1, 20_000) / grow + 0.1 * np.sin(step / 9)
        if rate > 0.05 and step > 50:
            gradients[: 20 * (step - 50)] = np.nan
        run.log({"weights": nbtrack.Histogram(weights), "gradients": nbtrack.Histogram(gradients, num_bins=96)})
    run.finish()
    return run
"""
ONE = 'first = train("rate 0.03", 0.03, 0)'
TWO = 'second = train("rate 0.08", 0.08, 1)'
COMPARE = "nbtrack.compare(first, second)"


def shoot(nb: Notebook, save: Save) -> None:
    for cell in range(4):
        nb.run(cell)
    panel = PanelView(nb.panel(2))
    until(lambda: panel.step() >= 59)
    for key in ("weights", "gradients"):
        panel.card(key).locator(".nb-heat").first.wait_for()
        panel.card(key).get_by_text("quantiles").click()
    panel.card("gradients").get_by_text("Ridges").click()
    panel.card("gradients").get_by_text("Core", exact=True).click()
    panel.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    panel.card("gradients").scroll_into_view_if_needed()
    plot = panel.card("weights").locator(".nb-one-step .nb-heat-plot")
    box = plot.bounding_box()
    assert box
    plot.hover(position={"x": box["width"] * 0.3, "y": 60})
    save(panel.root, "media-histogram")
    compare = PanelView(nb.panel(3))
    until(lambda: compare.card("weights").locator(".nb-heat").count() >= 3)
    compare.card("weights").get_by_text("quantiles").click()
    compare.card("weights").scroll_into_view_if_needed()
    compare.card("weights").locator(".nb-one-step .nb-heat-plot").hover(position={"x": 120, "y": 60})
    save(compare.card("weights"), "media-histogram-compare")


if __name__ == "__main__":
    main(shoot, TRAIN, ONE, TWO, COMPARE)
