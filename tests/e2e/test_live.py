"""A person trains in a cell and moves the slider while it runs."""

from __future__ import annotations

import pytest

from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np, time
def picture(step):
    return nbtrack.Image(np.full((8, 8, 3), (step % 256, 40, 90), dtype=np.uint8), caption=f"step {step}")
def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(i * i for i in range(1000))
"""

#: logs 40 steps with pictures, then goes on training, logging (and so pushing) now and then
TRAIN = """\
run = nbtrack.init(project="live", config={"lr": 0.1})
for step in range(40):
    run.log({"train/loss": 1 / (step + 1), "shown": picture(step), "weights": nbtrack.Histogram(np.random.randn(500) + step)})
for step in range(%d):
    spin(0.05)
    run.log({"train/loss": 0.01}) if %s else None
"""


def moves_while_running(nb, cell):
    """Move the slider back a few times while `cell` runs; milliseconds of each move."""
    panel = PanelView(nb.panel(cell))
    until(lambda: panel.pixel("shown"))
    until(lambda: panel.step() >= 39)
    panel.press("ArrowLeft")  # leaves "latest", whose step may lie after the last picture
    until(lambda: panel.step() <= 39)
    taken = [panel.move("shown", "ArrowLeft") for _ in range(6)]
    assert nb.running(cell), "the cell had ended before the slider was moved"
    return panel, taken


@pytest.mark.parametrize("pushes", [False, True], ids=["training", "pushing"])
def test_slider_moves_pictures_while_the_cell_trains(open_notebook, pushes):
    nb = open_notebook(SETUP, TRAIN % (160, pushes))
    nb.run(0)
    nb.start(1)
    panel, taken = moves_while_running(nb, 1)
    assert None not in taken
    step = int(panel.step())
    assert panel.pixel("shown") == [step, 40, 90, 255]
    nb.wait(1)
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_slider_moves_while_one_call_holds_the_interpreter(open_notebook):
    nb = open_notebook(
        SETUP, TRAIN % (10, False) + "print('holding', flush=True)\ntime.sleep(1)\nsum(range(10**9))"
    )
    nb.run(0)
    nb.start(1)
    until(lambda: "holding" in nb.text(1))
    _panel, taken = moves_while_running(nb, 1)
    assert None not in taken
    nb.wait(1)


def test_modes_exact_nearest_and_latest(open_notebook):
    nb = open_notebook(
        SETUP,
        "run = nbtrack.init(project='modes')\n"
        "for step in range(21):\n"
        "    row = {'loss': step}\n"
        "    if step % 10 == 0: row['ten'] = picture(step)\n"
        "    if step % 5 == 0: row['five'] = picture(step)\n"
        "    run.log(row)\n"
        "run.finish()",
    )
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.pixel("ten") == [20, 40, 90, 255])  # latest
    panel.press("ArrowLeft")  # 15: only "five" has a picture there
    until(lambda: panel.pixel("five") == [15, 40, 90, 255])
    until(lambda: panel.pixel("ten") == [10, 40, 90, 255])  # nearest earlier
    panel.mode("Exact")
    until(lambda: panel.pixel("ten") is None)
    assert panel.pixel("five") == [15, 40, 90, 255]
    panel.mode("Latest")
    until(lambda: panel.pixel("ten") == [20, 40, 90, 255])


def test_a_click_on_the_cell_link_opens_the_source_of_the_step(open_notebook):
    nb = open_notebook(
        SETUP,
        "run = nbtrack.init(project='cells')\nrun.log({'loss': 1, 'shown': picture(0)})  # the first",
    )
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    panel.root.get_by_role("button", name="cell [").click()
    drawer = panel.root.locator(".nb-drawer")
    until(lambda: "# the first" in drawer.inner_text())


def test_dead_kernel_panel_says_so_and_goes_on(open_notebook):
    nb = open_notebook(SETUP, TRAIN % (0, False))
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.pixel("shown"))
    nb.restart_kernel()
    until(lambda: "kernel" in panel.source())
    until(lambda: panel.state() in {"crashed", "finished", "failed"})
    panel.press("Home")
    until(lambda: panel.pixel("shown") == [0, 40, 90, 255])


def test_running_the_cell_again_offers_the_earlier_run(open_notebook):
    nb = open_notebook(
        SETUP, "run = nbtrack.init(project='again')\nfor i in range(5): run.log({'loss': i})\nrun.finish()"
    )
    nb.run(0)
    nb.run(1)
    nb.restart_kernel()
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    bar = panel.root.locator(".nb-earlier")
    until(lambda: bar.count() and "Earlier run of this cell" in bar.inner_text())
    bar.get_by_role("button", name="Compare").click()
    until(lambda: bar.get_by_role("button", name="Hide").count())


def test_reopened_without_a_kernel_the_run_is_still_to_be_seen(open_notebook, browser, lab):
    nb = open_notebook(SETUP, TRAIN % (0, False) + "run.finish()")
    nb.run(0)
    nb.run(1)
    panel = nb.panel(1)
    static = nb.page.locator("[data-nbtrack-static]")
    assert static.count() == 1
    assert not static.is_visible(), "the live panel hides its own still"
    nb.page.wait_for_timeout(1500)
    saved = nb.save()
    del panel
    nb.close()
    text = saved.read_text()
    for secret in (lab.token, str(lab.root), "127.0.0.1"):
        assert secret not in text
    from .lab import Notebook

    again = Notebook(browser, lab, saved.name, kernel=False)
    static = again.page.locator(".jp-OutputArea-output img")
    until(lambda: static.count() > 0)
    assert "live" in again.output(1).inner_text()
    assert again.foreign_requests() == []
    again.close()


def test_two_runs_are_compared(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
runs = []
for lr in (0.1, 0.2):
    with nbtrack.init(project="two", config={"lr": lr, "same": 1}) as run:
        for step in range(10):
            run.log({"loss": lr * step, "shown": picture(step + int(lr * 1000))})
    runs.append(run)
""",
        "nbtrack.compare(*runs)",
    )
    nb.run(0)
    nb.run(1)
    nb.run(2)
    panel = PanelView(nb.panel(2))
    until(lambda: panel.pixel("shown", 0) == [109, 40, 90, 255])
    until(lambda: panel.pixel("shown", 1) == [209, 40, 90, 255])
    panel.press("Home")
    until(lambda: panel.pixel("shown", 0) == [100, 40, 90, 255])
    until(lambda: panel.pixel("shown", 1) == [200, 40, 90, 255])
    assert "lr" in panel.root.inner_text()
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_unload_takes_the_magic_away(open_notebook):
    nb = open_notebook(SETUP, "%unload_ext nbtrack", "%nbtrack")
    nb.run(0)
    nb.run(1)
    nb.start(2)
    nb.wait(2)
    assert "not found" in nb.text(2)
