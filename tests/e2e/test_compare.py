"""Several runs in one panel, in a real JupyterLab."""

from __future__ import annotations

from tests.benchmarks.bench_lines import MANY

from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np
def picture(shade):
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[...] = (shade, 40, 90)
    return nbtrack.Image(pixels)
runs = []
for at, name in enumerate(["slow", "fast", "a run whose name is rather long, as those of sweeps are"]):
    with nbtrack.init(project="three", name=name, config={"lr": at}) as run:
        for step in range(10):
            run.log({"val/loss": at + step / 8, "val/loss.reconstruction": 0.5, "train/loss": step,
                     "samples": picture(100 + 10 * at + step), "faces": picture(0)})
    runs.append(run)
"""

#: names that are cut, of the charts
CUT = """(root) => [...root.querySelectorAll('.nb-curve .nb-card-title')]
  .filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.textContent)"""
#: values that are hidden or cut, of the charts
LOST = """(root) => [...root.querySelectorAll('.nb-curve .nb-number')].filter((value) => {
    const all = value.parentElement.getBoundingClientRect(), own = value.getBoundingClientRect();
    return own.bottom > all.bottom + 1 || own.right > all.right + 1;
  }).map((value) => value.textContent)"""


def test_only_the_keys_that_were_asked_for_are_shown(open_notebook):
    nb = open_notebook(SETUP, 'nbtrack.compare(*runs[:2], keys=["val/*", "samples"])')
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.pixel("samples", 1) == [119, 40, 90, 255])
    names = panel.root.locator(".nb-curve .nb-card-title")
    assert set(names.all_inner_texts()) == {"val/loss", "val/loss.reconstruction"}
    assert panel.card("faces").count() == 0
    facts = panel.root.locator("section[aria-label=Summary] th[scope=row]").all_inner_texts()
    assert {"val/loss", "samples"} <= set(facts)
    assert not {"train/loss", "faces"} & set(facts)
    assert panel.root.locator("section[aria-label=Config] th[scope=row]").all_inner_texts() == ["lr"]
    panel.press("Home")
    until(lambda: panel.pixel("samples", 0) == [100, 40, 90, 255])
    assert nb.errors == []


def test_many_runs_are_drawn_over_each_other_and_named_in_part(open_notebook):
    nb = open_notebook(MANY.format(runs=70), "nbtrack.compare(*ids)")
    nb.run(0)
    nb.run(1)
    root = nb.output(1).locator(".nb-compare").last
    loss = root.locator('figure.nb-curve[aria-label="loss"]')
    until(lambda: loss.count() == 1)
    loss.scroll_into_view_if_needed()
    loss.locator("canvas").wait_for()
    box = loss.locator(".u-over").bounding_box()
    nb.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 2)
    hover = loss.locator(".nb-hover")
    hover.wait_for()
    assert len([line for line in hover.inner_text().splitlines() if line.startswith("run")]) == 10
    assert "60 more" in hover.inner_text()

    chips = root.locator(".nb-chip")
    assert chips.count() == 60
    root.get_by_role("button", name="Show 10 more").click()
    until(lambda: chips.count() == 70)
    chips.last.click()
    until(lambda: chips.last.get_attribute("aria-pressed") == "false")
    config = root.locator("section[aria-label=Config]")
    assert config.locator("thead th").count() == 51
    config.get_by_role("button", name="50 of 69 runs: show more").click()
    until(lambda: config.locator("thead th").count() == 70)
    assert nb.errors == []


def test_names_and_values_of_charts_are_not_cut(open_notebook):
    nb = open_notebook(SETUP, "nbtrack.compare(*runs)")
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    values = panel.root.locator(".nb-curve .nb-number")
    until(lambda: values.count() == 9)
    assert panel.root.evaluate(CUT) == []
    assert panel.root.evaluate(LOST) == []
    assert "2.125" in values.all_inner_texts()
    assert values.nth(2).get_attribute("title").startswith("a run whose name")


ALIGNED = """\
%load_ext nbtrack
import nbtrack, numpy as np
def picture(shade):
    return nbtrack.Image(np.full((16, 16, 3), shade, np.uint8))
runs = []
for name, often in (("dense", 1), ("sparse", 3)):
    with nbtrack.init(project="aligned", name=name, config={"lr": 0.5 * often}) as run:
        for step in range(12):
            run.log({"epoch": step // often, "loss": 1 / (1 + step)})
            if step % often == 0:
                run.log({"samples": picture(10 * (step // often) + often)}, step=step)
    runs.append(run)
"""


def test_runs_are_aligned_on_a_metric_and_held_against_one(open_notebook):
    nb = open_notebook(ALIGNED, 'nbtrack.compare(*runs, align="epoch", baseline=runs[0])')
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.pixel("samples", 0) == [111, 111, 111, 255])
    panel.press("Home")
    until(lambda: [panel.pixel("samples", at) for at in (0, 1)] == [[1] * 3 + [255], [3] * 3 + [255]])
    panel.press("ArrowRight", "ArrowRight")
    assert panel.step() == 2
    # epoch 2 is step 2 of the one and step 6 of the other
    until(lambda: [panel.pixel("samples", at) for at in (0, 1)] == [[21] * 3 + [255], [23] * 3 + [255]])
    rate = panel.root.locator("section[aria-label=Config] tbody tr").filter(has_text="lr")
    assert "+1" in rate.locator(".nb-delta").all_inner_texts()
    panel.root.get_by_role("button", name="Code and packages").click()
    until(lambda: "dense → sparse: the same code" in panel.root.inner_text())
    assert nb.errors == []
