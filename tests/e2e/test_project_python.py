"""Workspaces that Python code made, as a project's page shows them."""

from __future__ import annotations

from .panel import until
from .test_project_workspace import SETUP, SHOW, cells, shown

MAKE = """\
import nbtrack.workspaces as ws
panels = [ws.LinePlot(y=["train/loss", "val/loss"], title="Both losses", log_y=True),
          ws.ScatterPlot(x=ws.Config("lr"), y="val/loss", log_x=True),
          ws.BarPlot(metrics=["val/loss"]), ws.ScalarChart(metric="val/loss", groupby_aggfunc="min"),
          ws.ParallelCoordinatesPlot(columns=[ws.Config("lr"), ws.Config("optimizer"), "val/loss"]),
          ws.MarkdownPanel(markdown="# Made in Python", title="About")]
view = ws.Workspace("", "PROJECT", "Python 한국어", [
    ws.Section("Results", panels, is_open=True, layout_settings=ws.SectionLayoutSettings(rows=3)),
    ws.Section("Compared", [ws.RunComparer()], pinned=True, is_open=True)],
    runset_settings=ws.RunsetSettings(filters=ws.Config("optimizer") == "adam", baseline_run=None))
view.save().id
"""
RENAME = """\
view.sections[0].panels[0].title = "Renamed"
del view.sections[0].panels[1:4]
view.save().id
"""


def test_a_workspace_made_in_python_is_shown_and_changes_at_once(open_notebook):
    nb = open_notebook(*cells(SETUP, MAKE, SHOW, RENAME, project="python", runs=6))
    nb.run(0)
    nb.run(1)
    nb.run(2)
    root = nb.output(2).locator(".nb-project").last
    until(lambda: root.locator("figure.nb-curve canvas").count() >= 1)
    root.get_by_role("button", name="View: Workspace").click()
    root.get_by_role("menuitem", name="Python 한국어").click()
    until(lambda: len(shown(root)) == 2)
    compared, results = root.locator(".nb-ws-section").all()
    assert (compared.get_attribute("aria-label"), results.get_attribute("aria-label")) == (
        "Compared",
        "Results",
    )
    until(lambda: results.locator("[data-panel]").count() == 6)
    until(lambda: "3 visualized of 3" in root.inner_text())
    for text in ("Both losses", "val/loss by lr", "least of 3"):
        until(lambda text=text: text in results.inner_text())
    nb.run(3)
    until(lambda: results.locator("[data-panel]").count() == 3)
    until(lambda: "Renamed" in results.inner_text())
