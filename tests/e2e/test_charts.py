"""Charts in a real JupyterLab: drawn, moved through steps, laid over each other; broken ones say why."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
from PIL import Image
from playwright.sync_api import Locator

from .panel import PanelView, until

GALLERY = Path(__file__).parents[2] / "notebooks" / "charts.ipynb"

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, warnings
rng = np.random.default_rng(0)
def points(n, step=0):
    return nbtrack.Table(columns=["x", "y"], data=np.column_stack([np.arange(n), rng.normal(step, 1, n)]))
"""

STEPS = """\
runs = []
for seed in range(2):
    run = nbtrack.init(project="steps", name=f"seed {seed}")
    for step in range(3):
        run.log({"curve": nbtrack.plot.line(points(30, 10 * step + seed), "x", "y")})
    run.finish()
    runs.append(run)
"""

#: colored pixels of a chart's canvas: those that are no gray
INK = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  let ink = 0;
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, a] = data.slice(i, i + 4);
    if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 40) { ink++; found.add([r, g, b].join()); }
  }
  return [ink, found.has('47,127,209'), found.has('217,115,13')];
}"""
DRAWN = "(canvas) => canvas.toDataURL()"


def alike(one: str, other: str) -> bool:
    """Whether two drawings look the same on white: what is drawn anew in parts differs in the edges' last bits."""
    pictures = []
    for url in (one, other):
        drawn = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        paper.alpha_composite(drawn)
        pictures.append(np.asarray(paper, np.int16))
    first, second = pictures
    return first.shape == second.shape and np.abs(first - second).max() < 32


def settled(chart: Locator) -> str:
    """What is drawn once it stays the same."""
    seen = [""]

    def same() -> bool:
        seen.append(chart.evaluate(DRAWN))
        return len(seen) > 3 and len(set(seen[-3:])) == 1

    until(same)
    return seen[-1]


def canvas(panel: PanelView, key: str) -> Locator:
    found = panel.seen(key).locator(".nb-chart canvas").first
    found.wait_for(timeout=60_000)
    return found


def test_the_gallery_is_drawn_without_the_internet(open_notebook):
    cells = [cell.source for cell in nbformat.read(GALLERY, as_version=4).cells if cell.cell_type == "code"]
    nb = open_notebook(*cells, fresh=True)
    for index in range(len(cells)):
        nb.run(index)
    panel = PanelView(nb.panel(next(i for i, source in enumerate(cells) if "run.log" in source)))
    presets = ["roc", "pr", "confusion", "recall", "confidence", "margin", "selective", "shares", "boxes"]
    for key in presets:
        drawn = canvas(panel, key)
        until(lambda drawn=drawn: drawn.evaluate(INK)[0] > 150)
        assert panel.card(key).locator(".nb-error").count() == 0
    panel.seen("roc_table").get_by_role("button", name="Show the rows").click()
    until(lambda: "fpr" in panel.card("roc_table").inner_text())
    assert len([url for url in nb.requests if "/pack/vega?v=" in url]) == 1
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_the_slider_changes_the_data_and_keeps_the_zoom(open_notebook):
    nb = open_notebook(SETUP, STEPS, "nbtrack.show(runs[0])", "nbtrack.compare(*runs)")
    for cell in range(4):
        nb.run(cell)
    panel = PanelView(nb.panel(2))
    chart = canvas(panel, "curve")
    until(lambda: chart.evaluate(INK)[1])
    chart.evaluate("(canvas) => { canvas.marked = true; }")
    chart.hover(position={"x": 200, "y": 120})
    before = settled(chart)
    nb.page.mouse.wheel(0, -300)
    until(lambda: chart.evaluate(DRAWN) != before)
    nb.page.mouse.move(5, 5)
    zoomed = settled(chart)
    panel.press("ArrowLeft")
    until(lambda: not alike(chart.evaluate(DRAWN), zoomed))
    assert chart.evaluate("(canvas) => canvas.marked"), "the chart was made anew"
    panel.press("ArrowRight")
    until(lambda: alike(chart.evaluate(DRAWN), zoomed))

    compared = PanelView(nb.panel(3))
    both = canvas(compared, "curve")
    until(lambda: both.evaluate(INK)[1:] == [True, True])  # each run in its color
    compared.card("curve").get_by_text("Side by side").click()
    until(lambda: compared.card("curve").locator(".nb-chart canvas").count() == 2)
    assert nb.errors == []


MANY = """\
nbtrack.Table.MAX_ROWS = 200_000
run = nbtrack.init(project="many")
for step in range(2):
    cloud = np.vstack([rng.normal(size=(20_000, 2)), [[50, 40 + step]]])
    rows = nbtrack.Table(columns=["x", "y"], data=cloud)
    values = nbtrack.Table(columns=["v"], data=np.append(np.full(120_000, 2.5), np.nan)[:, None])
    run.log({"cloud": nbtrack.plot.scatter(rows, "x", "y", title="A cloud"),
             "counts": nbtrack.plot.histogram(values, "v")})
run.finish()
"""
#: the point farthest to the right: where it is on the page, relative to its canvas
FARTHEST = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const ratio = canvas.width / canvas.clientWidth;
  for (let x = canvas.width - 1; x >= 0; x--)
    for (let y = 0; y < canvas.height; y++) {
      const [r, g, b, a] = data.slice(4 * (y * canvas.width + x), 4 * (y * canvas.width + x) + 4);
      if (a > 100 && b - r > 40) return [x / ratio - 1, y / ratio];
    }
  return null;
}"""


def test_of_many_rows_each_is_drawn_named_and_saved(open_notebook):
    nb = open_notebook(SETUP, MANY)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    chart = canvas(panel, "cloud")
    x, y = until(lambda: chart.evaluate(FARTHEST))
    tip = panel.card("cloud").locator(".nb-chart-tip")
    chart.hover(position={"x": x, "y": y})
    until(lambda: tip.inner_text().split() == ["x", "50", "y", "41"])
    drawn = settled(chart)
    panel.press("ArrowLeft")
    until(lambda: chart.evaluate(DRAWN) != drawn)
    settled(chart)
    x, y = chart.evaluate(FARTHEST)
    chart.hover(position={"x": x, "y": y})
    until(lambda: tip.inner_text().split() == ["x", "50", "y", "40"])
    before = settled(chart)
    nb.page.mouse.wheel(0, -300)
    until(lambda: chart.evaluate(DRAWN) != before)

    card = panel.card("cloud")
    size = chart.evaluate("(canvas) => [canvas.clientWidth, canvas.clientHeight]")
    files = {}
    for kind in ("PNG", "SVG"):
        with nb.page.expect_download() as coming:
            card.get_by_role("button", name=kind, exact=True).click()
        assert coming.value.suggested_filename == f"cloud.{kind.lower()}"
        files[kind] = Path(coming.value.path()).read_bytes()
    picture = Image.open(io.BytesIO(files["PNG"]))
    assert (picture.format, picture.size) == ("PNG", (2 * size[0], 2 * size[1]))
    svg = ElementTree.fromstring(files["SVG"])
    texts = {node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"A cloud", "x", "y"} <= texts
    (points,) = svg.iter("{http://www.w3.org/2000/svg}image")
    assert next(value for name, value in points.items() if name.endswith("href")).startswith("data:image/png")

    counts = canvas(panel, "counts")
    until(lambda: counts.evaluate(INK)[0] > 150)
    assert "counted are all 120,001 rows; 1 row holds no number" in panel.card("counts").inner_text()
    counts.hover()
    until(lambda: "120,000" in panel.card("counts").locator(".nb-chart-tip").inner_text())
    assert nb.errors == []


BROKEN = """\
vega = {"$schema": "https://vega.github.io/schema/vega/v6.json"}
broken = {
    "mark": {"mark": "nothing", "data": {"values": [{"a": 1}]}},
    "marks": {**vega, "marks": [{"type": "no"}]},
    "signal": {**vega, "marks": [], "signals": [{"name": "s", "update": "1 +"}]},
    "url": {"mark": "bar", "data": {"url": "http://evil.test/data.json"}, "encoding": {"x": {"field": "a"}}},
}
few = nbtrack.Table(columns=["a", "b"], data=[[i, i - 2.0] for i in range(6)])
def own(field, **scale):
    y = {"field": field, "type": "quantitative", "scale": scale}
    return nbtrack.plot.CustomChart({"data": {"name": "wandb"}, "mark": "line", "encoding": {
        "x": {"field": "a", "type": "quantitative"}, "y": y}}, few)
nothing = nbtrack.Table(columns=["a", "b"], data=[[1, float("nan")]] * 3)
run = nbtrack.init(project="broken")
run.log({key: nbtrack.plot.CustomChart(spec) for key, spec in broken.items()} | {
    "field": own("c"), "log": own("b", type="log"), "nothing": nbtrack.plot.line(nothing, "a", "b"),
    "empty": nbtrack.plot.histogram(nbtrack.Table(columns=["v"], data=[]), "v"),
    "whole": nbtrack.plot.histogram(points(9), "y")})
run.finish()
"""


def test_a_broken_chart_says_why_in_its_place(open_notebook):
    nb = open_notebook(SETUP, BROKEN)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    for key, says in (
        ("mark", 'The mark is "nothing"; accepted are arc, area,'),
        ("marks", 'The mark is "no"; accepted are arc, area,'),
        ("signal", "Vega: "),
        ("url", "nothing is fetched"),
        ("field", 'The table has no column "c"; it has "a", "b"'),
        ("log", '3 of 6 cells of "b" are not drawn'),
        ("nothing", 'all cells of the column "b" are NaN, infinite or missing'),
        ("empty", "The table of this chart has no rows"),
    ):
        card = panel.seen(key)
        until(lambda card=card, says=says: says in card.inner_text())
    until(lambda: canvas(panel, "whole").evaluate(INK)[0] > 150)
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_hostile_text_in_a_chart_stays_text(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="hostile")
bad = "<img src=x onerror=\\"document.title='taken'\\">"
table = nbtrack.Table(columns=["label", "value"], data=[[bad, 3], ["b", 5]])
run.log({"bar": nbtrack.plot.bar(table, "label", "value", title=bad)})
code = {"$schema": "https://vega.github.io/schema/vega/v6.json", "width": 100, "height": 100,
        "marks": [{"type": "rect", "encode": {"enter": {"fill": {"signal": "(0).constructor.constructor('document.title=1')()"}}}}]}
run.log({"code": nbtrack.plot.CustomChart(code)})
run.finish()
""",
    )
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    panel.press("Home")
    title = nb.page.title()
    chart = canvas(panel, "bar")
    until(lambda: chart.evaluate(INK)[0] > 150)
    box = chart.bounding_box()
    chart.hover(position={"x": box["width"] * 0.45, "y": 40})
    until(lambda: "<img" in panel.card("bar").locator(".nb-chart-tip").inner_text())
    panel.press("End")
    until(lambda: panel.seen("code").locator(".nb-error, .nb-chart canvas").count())
    assert nb.page.title() == title
    assert nb.foreign_requests() == []
