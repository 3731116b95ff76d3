"""Histograms in a real browser: maps, ridges, ranges that fit one run or all, what was not finite."""

from __future__ import annotations

from playwright.sync_api import Locator

from .panel import PanelView, until

RUNS = """\
import numpy as np
import nbtrack

runs = []
for name, width in (("large", 100.0), ("small", 1.0)):
    rng = np.random.default_rng(0)
    run = nbtrack.init(project="weights", name=name)
    for step in range(20):
        values = rng.normal(0, width, 2000)
        if name == "large" and step == 5:
            values[0] = 1e6
        if step == 19:
            values[:4] = np.nan, np.nan, np.nan, np.inf
        run.log({"w": nbtrack.Histogram(values), "ready": nbtrack.Histogram(np_histogram=([0, 5, 0], [0, 1, 2, 4]))})
    run.finish()
    runs.append(run)
"""


def rows(heat: Locator) -> float:
    """Share of the bins of a heat map in which anything was counted at any step."""
    return heat.locator("canvas").evaluate(
        """(c) => {
          if (!c.width || !c.height) return 0;
          const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          let used = 0;
          for (let y = 0; y < c.height; y++)
            for (let x = 0; x < c.width; x++) if (data[4 * (y * c.width + x) + 3] > 0) { used++; break; }
          return used / c.height;
        }"""
    )


def test_a_run_with_a_hundredth_of_the_range_is_seen_over_its_own(open_notebook):
    nb = open_notebook(RUNS, "nbtrack.compare(*runs)")
    for cell in range(2):
        nb.run(cell)
    panel = PanelView(nb.panel(1))
    card = panel.seen("w")
    heats = card.locator(".nb-histogram-over-steps .nb-heat")
    until(lambda: heats.count() == 2 and rows(heats.nth(1)) > 0)
    assert rows(heats.nth(1)) < 0.1  # one range for both: the small one is a line
    card.get_by_text("Core", exact=True).click()  # without the step that went astray
    until(lambda: rows(heats.nth(0)) > 0.9)
    assert rows(heats.nth(1)) < 0.1
    card.get_by_text("per run").click()
    until(lambda: rows(heats.nth(1)) > 0.9)
    assert card.locator(".nb-one-step").count() == 2
    card.get_by_text("All", exact=True).click()
    until(lambda: rows(heats.nth(0)) < 0.1)
    assert rows(heats.nth(1)) > 0.5
    card.get_by_text("per run").click()
    until(lambda: rows(heats.nth(1)) < 0.1)
    assert card.locator(".nb-one-step").count() == 1  # outlines over each other
    assert card.locator(".nb-one-step svg path[stroke]").count() == 2
    assert nb.errors == []


def test_what_is_not_finite_is_counted_and_ready_made_counts_are_exact(open_notebook):
    nb = open_notebook(RUNS, "nbtrack.show(runs[1])")
    for cell in range(2):
        nb.run(cell)
    panel = PanelView(nb.panel(1))
    card = panel.seen("w")
    until(lambda: "3 NaN · 1 infinite" in card.inner_text())
    assert "1,996 values in 64 bins" in card.inner_text()
    assert card.locator(".nb-unbinned").count() == 1
    panel.press("ArrowLeft")
    until(lambda: "2,000 values in 64 bins" in card.inner_text())
    assert "NaN" not in card.inner_text()
    card.get_by_text("quantiles").click()
    until(lambda: card.locator(".nb-one-step .nb-quantile").count() == 5)
    card.get_by_text("Ridges", exact=True).click()
    until(lambda: card.locator(".nb-ridges path[fill]").count() == 20)
    ready = panel.seen("ready")
    plot = ready.locator(".nb-one-step .nb-heat-plot")
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] * 0.4, "y": 40})
    until(lambda: "[1, 2) 5" in ready.locator(".nb-hover").first.inner_text().replace("\n", " "))
    assert nb.errors == []
