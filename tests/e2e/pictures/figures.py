"""Makes docs/images/figures.png: a chart and a picture of matplotlib figures, and figures in a table.

python -m tests.e2e.pictures.figures [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView
from . import stage

SETUP = """\
import nbtrack, numpy as np
import matplotlib.pyplot as plt
import plotly.express as px

rng = np.random.default_rng(0)
x = np.linspace(0, 6, 80)


def band(k, size=(6.4, 3)):
    fig, ax = plt.subplots(figsize=size)
    for i in range(2):
        y = np.exp(-x / (k + i)) + rng.normal(0, 0.02, x.size)
        ax.plot(x, y, label=f"seed {i}")
        ax.fill_between(x, y - 0.1, y + 0.1, alpha=0.2)
    ax.legend()
    ax.set_xlabel("epoch")
    ax.set_title("Loss")
    return fig


def maps():
    fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.2))
    for i, ax in enumerate(axes):
        ax.imshow(np.outer(np.sin(x * (i + 1)), np.cos(x)), cmap="magma")
    return fig


def row(k):
    points = rng.normal(size=(60, 2)) * k
    line = nbtrack.Table(columns=["x", "y"], data=np.column_stack([x, np.sin(x * k)]))
    bars = px.bar(x=list("abcd"), y=rng.integers(1, 9, 4))
    return [k, band(k), nbtrack.Plotly(band(k)), px.scatter(x=points[:, 0], y=points[:, 1]), bars, nbtrack.plot.line(line, "x", "y")]


run = nbtrack.init(project="figures", name="figures")
table = nbtrack.Table(columns=["k", "matplotlib", "as chart", "plotly", "bars", "preset"], data=[row(k) for k in (1, 2, 3)])
run.log({"a chart": band(2), "a picture": maps(), "table": table})
run.finish()
plt.close("all")
"""


def shoot(nb: Notebook, save: stage.Save) -> None:
    nb.page.set_viewport_size({"width": 1000, "height": 1900})
    nb.run(0, 300)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    panel.seen("a chart").locator(".main-svg").first.wait_for(timeout=60_000)
    panel.seen("table").locator(".nb-table-sketch path").first.wait_for(timeout=60_000)
    save(panel.root.locator(".nb-media-grid").first, "figures")


if __name__ == "__main__":
    stage.main(shoot, SETUP, "nbtrack.show(run)")
