"""Curves in a real JupyterLab: smoothing, axes, zoom, groups, expressions, downloads."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from .panel import PanelView, until

SETUP = "%load_ext nbtrack\nimport math\nimport nbtrack"

#: more points than travel whole, and one far from all others
LONG = """\
with nbtrack.init(project="lines", config={"lr": 0.1}) as run:
    for step in range(9000):
        loss = math.exp(-step / 3000) + 0.2 * (step % 2)
        run.log({"loss": 1000.0 if step == 4321 else loss, "acc": 2.0, "epoch": step / 900})
"""
RUNS = """\
runs = []
for lr in (0.1, 0.2):
    for seed in range(3):
        with nbtrack.init(project="groups", name=f"{lr}-{seed}", config={"lr": lr, "seed": seed}) as run:
            for step in range(50):
                run.log({"loss": lr * step + seed})
        runs.append(run)
nbtrack.compare(*runs)
"""


def saved(nb, card, kind: str, folder: Path) -> Path:
    """Save a chart; where its buttons were open, they are gone once it was out of sight."""
    card.scroll_into_view_if_needed()
    card.locator("canvas").wait_for()
    card.hover()
    if card.get_by_role("button", name="Close").count() == 0:
        card.get_by_role("button", name=f"Save {card.get_attribute('aria-label')}", exact=True).click()
    with nb.page.expect_download() as waiting:
        card.get_by_role("button", name=f"as {kind}").click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def drag(nb, card, start: float, end: float) -> None:
    card.scroll_into_view_if_needed()
    box = card.locator(".u-over").bounding_box()
    nb.page.mouse.move(box["x"] + box["width"] * start, box["y"] + 40)
    nb.page.mouse.down()
    nb.page.mouse.move(box["x"] + box["width"] * end, box["y"] + 50, steps=4)
    nb.page.mouse.up()


def curve(panel: PanelView, name: str):
    """The chart of this name, brought to where it is drawn."""
    card = panel.root.locator(f'figure.nb-curve[aria-label="{name}"]')
    card.scroll_into_view_if_needed()
    card.locator("canvas").wait_for()
    return card


def hovered(nb, card, at: float) -> str:
    box = card.locator(".u-over").bounding_box()
    nb.page.mouse.move(box["x"] + box["width"] * at, box["y"] + box["height"] / 2)
    hover = card.locator(".nb-hover")
    hover.wait_for()
    return hover.inner_text()


def asked(nb, part: str) -> bool:
    """Whether the page has sent a request with `part` in its URL."""
    nb.page.wait_for_timeout(100)  # requests are heard of only while the page is waited for
    return any(part in url for url in nb.requests)


def test_a_long_curve_is_smoothed_zoomed_computed_with_and_saved(open_notebook, tmp_path: Path):
    nb = open_notebook(SETUP, LONG, "nbtrack.show(run)")
    for cell in range(3):
        nb.run(cell)
    panel = PanelView(nb.panel(2))
    loss = curve(panel, "loss")
    nb.requests.clear()

    # a range of one chart is that of all, with every point of it
    def zoomed() -> bool:  # a chart that was laid out anew under the pointer is dragged once more
        drag(nb, loss, 0.4, 0.5)
        nb.page.wait_for_timeout(300)
        return asked(nb, "key=loss")

    until(zoomed)
    panel.root.get_by_role("button", name="More").click()
    panel.root.get_by_role("button", name="Show everything").wait_for()
    acc = curve(panel, "acc")
    acc.hover()
    first = float(hovered(nb, acc, 0.01).split("step")[1].replace(",", ""))
    assert 3000 < first < 4200

    # smoothed from what lies between the points that are held: 0.1 above the curve, not 0.2 or 0
    panel.root.get_by_label("Smoothing", exact=True).first.fill("0.9")
    until(lambda: asked(nb, "mean=true"))
    panel.root.get_by_role("button", name="Show everything").click()
    panel.root.get_by_role("button", name="Cut outliers").click()

    # an expression is a chart of its own
    entry = panel.root.get_by_label("Expression")
    entry.fill("lss / acc")
    panel.root.get_by_role("button", name="Draw").click()
    assert "No key “lss”" in panel.root.get_by_role("alert").inner_text()
    entry.fill("loss / acc")
    panel.root.get_by_role("button", name="Draw").click()
    ratio = curve(panel, "loss / acc")
    until(lambda: asked(nb, "key=loss&key=acc"))
    nb.requests.clear()

    # all of it as a file, at the x axis that is shown
    panel.root.get_by_label("X axis").select_option("epoch")
    rows = list(csv.reader(io.StringIO(saved(nb, ratio, "CSV", tmp_path).read_text())))
    assert rows[0] == ["step", "loss / acc epoch", "loss / acc"]
    assert len(rows) == 9001
    assert [float(cell) for cell in rows[4322]] == [4321, pytest.approx(4321 / 900), 500]
    picture = ET.parse(saved(nb, ratio, "SVG", tmp_path)).getroot()
    texts = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "loss / acc" in texts
    assert "5" in texts, "the axis is that of epochs"
    panel.root.get_by_label("X axis").select_option("")
    panel.root.get_by_role("button", name="log x").click()
    picture = ET.parse(saved(nb, ratio, "SVG", tmp_path)).getroot()
    texts = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"1", "10", "100", "1k"} <= set(texts), "equal distances between powers of ten"
    file = saved(nb, ratio, "PNG", tmp_path)
    assert file.name == "loss_acc.png"
    with Image.open(file) as drawn:
        assert drawn.width == 2 * float(picture.get("width"))
        assert len(drawn.convert("RGB").getcolors(100_000)) > 10
    ratio.get_by_role("button", name="Remove loss / acc").click()
    until(lambda: ratio.count() == 0)
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_a_saved_page_answers_what_its_curves_ask(open_notebook, browser: Browser, lab, tmp_path: Path):
    nb = open_notebook(SETUP, LONG, "nbtrack.show(run).save_html('long.html'); None")
    for cell in range(3):
        nb.run(cell)
    page = browser.new_context(offline=True, viewport={"width": 1300, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "long.html").as_uri())
    loss = curve(PanelView(page.locator(".nbtrack").first), "loss")
    loss.hover()
    loss.get_by_role("button", name="Save loss", exact=True).click()
    with page.expect_download() as waiting:
        loss.get_by_role("button", name="as CSV").click()
    waiting.value.save_as(tmp_path / "loss.csv")
    rows = list(csv.reader((tmp_path / "loss.csv").open()))
    assert rows[0] == ["step", "loss"]
    assert ["4321", "1000"] in rows, "the extremes are among the points that the page holds"
    assert errors == []
    page.context.close()


def test_runs_are_grouped_by_a_setting_with_a_band(open_notebook):
    nb = open_notebook(SETUP, RUNS)
    nb.run(0)
    nb.run(1)
    root = nb.output(1).locator(".nb-compare").last
    root.wait_for(timeout=60_000)
    panel = PanelView(root)
    loss = curve(panel, "loss")
    root.get_by_role("button", name="More").click()
    root.get_by_label("Group runs").select_option(label="by lr")
    until(lambda: "lr: 0.2" in loss.inner_text())
    loss.get_by_role("button", name="Enlarge loss").click()
    until(lambda: loss.locator(".u-over").bounding_box()["height"] > 300)
    loss.scroll_into_view_if_needed()

    at_the_end = hovered(nb, loss, 0.999)
    assert "lr: 0.1\n5.9\n4.9 … 6.9\n3 runs" in at_the_end
    assert "lr: 0.2\n10.8\n9.8 … 11.8\n3 runs" in at_the_end
    root.get_by_label("Band").select_option(label="± standard error")
    nb.page.mouse.move(0, 0)
    until(lambda: "5.323 … 6.477" in hovered(nb, loss, 0.999))
    assert nb.errors == []
