"""Figures of other libraries in a real JupyterLab: charts, pictures, pages with sound, and all of them in tables."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.tracking.test_plot_snippets import BOKEH, SPEECH

from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import altair, nbtrack, subprocess, sys
import matplotlib.pyplot as plt
import plotly.graph_objects as go
"""

LOG = """\
run = nbtrack.init(project="figures")
fig, ax = plt.subplots()
ax.plot([1, 3, 2], "r", label="loss")
ax.legend()
image, axes = plt.subplots()
axes.imshow([[1, 2], [3, 4]])
line = nbtrack.plot.line(nbtrack.Table(columns=["x", "y"], data=[[0, 1], [1, 3]]), "x", "y")
nbtrack.save_chart_preset("ada/heat", {"data": {"name": "wandb"}, "mark": "rect", "encoding": {
    "x": {"field": "${field:a}", "type": "nominal"}, "color": {"field": "${field:b}", "type": "nominal"}}})
heat = nbtrack.plot_table("ada/heat", nbtrack.Table(columns=["a", "b"], data=[[0, 1], [1, 3]]), {"a": "a", "b": "b"})
frame = nbtrack.Table(columns=["x"], data=[[0], [3]]).get_dataframe()
area = altair.Chart(frame).mark_area(color="#d9730d").encode(x="x:Q", y="x:Q").properties(width=300, height=200)
broken = nbtrack.plot.CustomChart({"mark": "blob"})
cells = nbtrack.Table(
    columns=["matplotlib", "plotly", "line", "preset", "altair", "broken"],
    data=[[fig, go.Figure(go.Bar(y=[1, 2])), line, heat, area, broken]],
)
run.log({"a chart": fig, "a picture": image, "cells": cells})
run.finish()
plt.close("all")
"""

#: the share of a drawing that is in this color
SHARE = """(canvas, color) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4)
    if ([...data.slice(i, i + 3)].every((c, k) => Math.abs(c - color[k]) < 3) && data[i + 3] > 200) found++;
  return found / (data.length / 4);
}"""

#: what the guide's snippet has saved, in a process without a notebook, which holoviews fills with scripts
SOUND = f"""\
import soundfile
soundfile.write("hello.wav", *soundfile.read({str(SPEECH)!r}, dtype="int16"))
subprocess.run([sys.executable, "-W", "ignore", "-c", {BOKEH.partition("wandb_html =")[0]!r}], check=True)
page = nbtrack.Html("audio_with_plot.html")
run = nbtrack.init(project="figures")
run.log({{"sound": nbtrack.Table(columns=["audio_with_plot"], data=[[page], [page]])}})
run.finish()
"""


def test_figures_are_charts_pictures_and_cells(open_notebook, tmp_path: Path):
    nb = open_notebook(SETUP, LOG)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    card = panel.seen("a chart")
    until(lambda: "loss" in card.inner_text())
    assert "drawn by plotly from a matplotlib figure" in card.inner_text()
    assert card.locator(".scatterlayer path.js-line").evaluate("(p) => p.style.stroke") == "rgb(255, 0, 0)"
    card.hover()
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with nb.page.expect_download() as download:
            card.get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"a_chart.{kind.lower()}"
        assert Path(download.value.path()).read_bytes().startswith(begins)
    until(lambda: "which has an image (imshow)" in panel.seen("a picture").inner_text())

    cells = panel.seen("cells")
    until(lambda: cells.locator(".nb-table-sketch path").count() == 2)  # a bar chart and a line
    until(lambda: cells.locator(".nb-table-thumb img").count() == 1)
    own = cells.locator(".nb-table-miniature")
    until(lambda: own.count() == 2)  # drawn by Vega
    preset, area = own.all()
    for color in ((47, 127, 209), (217, 115, 13)):
        until(lambda color=color: 0.4 < preset.evaluate(SHARE, color) < 0.6)
    until(lambda: 0.4 < area.evaluate(SHARE, (217, 115, 13)) < 0.6)
    bad = cells.locator(".nb-table-bad")
    assert (bad.inner_text(), bad.get_attribute("title")[:40]) == (
        "not drawn", 'The mark is "blob"; accepted are arc, ar'
    )  # fmt: skip
    assert "Vega: " in bad.get_attribute("title")
    cells.locator("[role=gridcell]").nth(1).click()
    nb.page.keyboard.press("Enter")
    detail = cells.locator(".nb-table-detail")
    until(lambda: detail.locator(".barlayer .point").count() == 2)
    until(lambda: detail.locator(".nb-chart canvas").count() == 3)  # in full: the line and the two others
    until(lambda: "Vega: " in detail.locator(".nb-error").inner_text())
    assert nb.foreign_requests() == []
    assert nb.errors == []


@pytest.mark.skipif(importlib.util.find_spec("panel") is None, reason="panel is not installed")
def test_a_page_of_panels_draws_and_plays_in_a_table_without_the_internet(open_notebook):
    nb = open_notebook(SETUP, SOUND)
    nb.run(0)
    nb.run(1)
    table = PanelView(nb.panel(1)).seen("sound")
    table.locator("[role=gridcell]").first.click()
    nb.page.keyboard.press("Enter")
    page = table.frame_locator("iframe").frame_locator("iframe")
    audio = page.locator("audio")
    audio.wait_for(state="attached", timeout=60_000)
    picture = page.locator("canvas").first
    until(lambda: len(picture.evaluate("(canvas) => canvas.toDataURL()")) > 10_000)
    before = picture.evaluate("(canvas) => canvas.toDataURL()")
    audio.evaluate("(audio) => { audio.muted = true; return audio.play(); }")
    until(lambda: audio.evaluate("(audio) => audio.currentTime") > 0.5)
    until(lambda: picture.evaluate("(canvas) => canvas.toDataURL()") != before)  # the white line went along
    assert nb.foreign_requests() == []
    assert nb.errors == []
