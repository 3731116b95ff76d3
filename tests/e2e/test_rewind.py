"""A run goes back to an earlier step while panels show it."""

from __future__ import annotations

from .panel import PanelView, until
from .test_live import SETUP

TRAIN = """\
run = nbtrack.init(project="back", id="back1")
for step in range(20):
    run.log({"loss": step, "shown": picture(step)} | ({"late": 1.0} if step > 9 else {}))
run.finish()
"""
BACK = """\
run = nbtrack.init(resume_from="back1?_step=4")
for step in range(3):
    run.log({"loss": step, "shown": picture(200 + step)})
run.finish()
"""


def last(panel: PanelView) -> str | None:
    return panel.slider.get_attribute("aria-valuemax")


def test_a_panel_drops_the_steps_that_were_taken_back(open_notebook):
    nb = open_notebook(SETUP, TRAIN, BACK)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: last(panel) == "19")
    until(lambda: panel.root.get_by_text("late", exact=True).count())
    nb.run(2)
    until(lambda: last(panel) == "7")
    until(lambda: panel.pixel("shown") == [202, 40, 90, 255])
    assert panel.root.get_by_text("late", exact=True).count() == 0
    assert nb.errors == []
