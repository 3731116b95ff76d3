"""Makes the pictures of docs/media/capture.md in a real JupyterLab.

python -m tests.e2e.pictures.capture [folder]
"""

from __future__ import annotations

from ..lab import Notebook
from ..panel import PanelView, until
from .stage import Save, main

SETUP = """\
%load_ext nbtrack
import altair as alt, numpy as np, pandas as pd, polars as pl
alt.renderers.enable("mimetype")
from bokeh.plotting import figure
from IPython.display import Audio, Markdown, display
from rdkit import Chem
rng = np.random.default_rng(0)
"""

SHOW = """\
%%nbtrack --project shown
points = pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "kind": list("abc") * 20})
display(Markdown("## Findings\\n\\n* **class c** lies apart\\n* 한국어 `code` too\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |"))
display(alt.Chart(points).mark_circle(size=60).encode(x="x", y="y", color="kind").properties(height=180))
plot = figure(width=420, height=220, title="from bokeh")
plot.line(np.arange(100), np.cumsum(rng.normal(size=100)), line_width=2)
display(plot)
display(Chem.MolFromSmiles("CC(=O)Nc1ccc(O)cc1"))
display(Audio(np.sin(2 * np.pi * 330 * np.arange(8000) / 8000) * np.linspace(1, 0, 8000), rate=8000))
pl.DataFrame({"name": ["가", "나", "다"], "score": [0.9, 0.7, 0.4]})
"""


def shoot(nb: Notebook, save: Save) -> None:
    nb.run(0, 300)
    nb.run(1, 300)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.step() >= 0)
    panel.seen("cell/altair").locator(".nb-chart canvas").wait_for(timeout=60_000)
    for key in ("cell/bokeh", "cell/html"):
        panel.card(key).scroll_into_view_if_needed()
        inner = panel.card(key).locator("iframe").first.content_frame.locator("iframe").content_frame
        inner.locator("canvas, svg, table").first.wait_for(timeout=60_000)
    for key in ("cell/molecule", "cell/audio", "cell/table"):
        panel.card(key).scroll_into_view_if_needed()
        nb.page.wait_for_timeout(1500)
    nb.page.set_viewport_size({"width": 1280, "height": 2300})
    nb.page.wait_for_timeout(1500)
    assert nb.foreign_requests() == []
    panel.root.screenshot()  # frames that were never on the screen are painted now
    nb.page.wait_for_timeout(1500)
    save(panel.root, "media-capture")


if __name__ == "__main__":
    main(shoot, SETUP, SHOW)
