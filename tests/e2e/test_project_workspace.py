"""The workspace of a project's page, in a real JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from .panel import until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np
def picture(shade):
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[...] = (shade, 40, 90)
    return nbtrack.Image(pixels)
for i in range(RUNS):
    config = {"lr": 10 ** -(1 + i % 4), "optimizer": ["adam", "sgd"][i % 2]}
    with nbtrack.init(project="PROJECT", name=f"run-{i:02d}", config=config) as run:
        for step in range(12):
            run.log({"train/loss": 1 / (1 + step), "train/accuracy": step / 12, "val/loss": i + 1 / (1 + step),
                     "epoch": step, **({"val/samples": picture(100 + step)} if i > RUNS - 3 and step % 4 == 0 else {})})
"""
SHOW = 'nbtrack.project("PROJECT")'


def cells(*sources: str, project: str, runs: int) -> list[str]:
    """Of a project of a test's own: the store is that of all tests."""
    return [source.replace("PROJECT", project).replace("RUNS", str(runs)) for source in sources]


def shown(root: Locator) -> list[str]:
    """The sections and the titles of their panels, as they stand; without the machine's, which may not be there yet."""
    return root.locator('.nb-ws-section:not([aria-label="System"])').evaluate_all(
        """(sections) => sections.map((section) => {
          const panes = [...section.querySelectorAll('[data-panel] .nb-card-title')];
          return `${section.getAttribute('aria-label')}: ${panes.map((title) => title.textContent).join(', ')}`;
        })"""
    )


def menu(root: Locator, button: str, item: str) -> None:
    root.get_by_role("button", name=button, exact=True).click()
    root.get_by_role("menuitem", name=item, exact=True).click()


def drag(page: Page, handle: Locator, to: tuple[float, float]) -> None:
    """Take hold of what is seen of `handle` and let it go at a place of the window."""
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 20, steps=3)
    page.mouse.move(*to, steps=6)
    page.mouse.up()


def open_workspace(nb, cell: int) -> Locator:
    nb.run(cell)
    root = nb.output(cell).locator(".nb-project").last
    until(lambda: root.locator("figure.nb-curve canvas").count() >= 3)
    return root


def test_charts_show_the_runs_whose_eye_is_open_alone_or_in_groups(open_notebook):
    nb = open_notebook(*cells(SETUP, SHOW, project="eyes", runs=20))
    nb.run(0)
    root = open_workspace(nb, 1)
    sidebar = root.get_by_role("complementary", name="Runs")
    until(lambda: "10 visualized of 20" in sidebar.inner_text())
    loss = root.locator('figure[aria-label="train/loss"]')
    drawn = lambda: [  # noqa: E731
        value.get_attribute("title") for value in loss.locator(".nb-number").all()
    ]
    until(lambda: drawn() == [f"run-{i:02d}" for i in range(19, 9, -1)])

    sidebar.get_by_role("button", name="Hide run-19 in charts").click()
    until(lambda: drawn() == [f"run-{i:02d}" for i in range(18, 8, -1)])
    loss.locator(".nb-card-title").click()
    nb.page.keyboard.press("Control+z")
    until(lambda: drawn()[0] == "run-19")

    root.get_by_role("button", name="Workspace settings").click()
    root.get_by_label("Runs drawn at most").select_option("20")
    root.get_by_label("Log y").check()
    nb.page.keyboard.press("Escape")
    until(lambda: "20 visualized of 20" in sidebar.inner_text())
    until(lambda: "+9" in loss.inner_text())

    sidebar.get_by_role("button", name="Group", exact=True).click()
    root.get_by_role("menuitem", name="optimizer").click()
    nb.page.keyboard.press("Escape")
    groups = lambda: [  # noqa: E731
        text.strip() for text in loss.locator(".nb-curve-groups > span").all_inner_texts()
    ]
    until(lambda: groups() == ["optimizer: sgd", "optimizer: adam"])
    sidebar.get_by_role("button", name=re.compile("Hide .*adam in charts")).click()
    until(lambda: groups() == ["optimizer: sgd"])
    assert nb.errors == []


def test_sections_and_panels_are_arranged_and_undone(open_notebook):
    nb = open_notebook(*cells(SETUP, SHOW, project="sections", runs=4))
    nb.run(0)
    root = open_workspace(nb, 1)
    page = nb.page
    page.set_viewport_size({"width": 1500, "height": 1200})
    first = ["Charts: epoch", "train: train/accuracy, train/loss", "val: val/loss, val/samples"]
    until(lambda: shown(root) == first)

    menu(root, "Section train", "Rename")
    field = root.get_by_role("textbox", name="Name of train")
    field.fill("Training")
    field.press("Enter")
    menu(root, "Section Training", "Move down")
    until(lambda: [one.split(":")[0] for one in shown(root)] == ["Charts", "val", "Training"])
    menu(root, "Section val", "Delete section")
    until(lambda: len(shown(root)) == 2)
    root.get_by_role("button", name="Undo: delete val").click()
    until(lambda: len(shown(root)) == 3)
    root.get_by_role("button", name="Undo: move Training down").click()
    until(lambda: shown(root) == [first[0], first[1].replace("train", "Training", 1), first[2]])

    # a panel goes to another section, by the pointer and by its menu
    head = root.locator('figure[aria-label="epoch"] .nb-card-title')
    target = root.locator('figure[aria-label="val/loss"]').bounding_box()
    drag(page, head, (target["x"] + 20, target["y"] + 60))
    until(lambda: shown(root)[-1] == "val: epoch, val/loss, val/samples")
    root.locator('figure[aria-label="val/loss"]').hover()
    root.get_by_role("button", name="Panel val/loss").click()
    root.get_by_role("menuitem", name="Move to section…").click()
    root.get_by_role("menuitem", name="Training").click()
    until(lambda: shown(root)[0] == "Training: val/loss, train/accuracy, train/loss")

    # each of its own size
    menu(root, "Section Training", "Switch to custom layout")
    pane = root.locator('[data-panel="auto:val/loss"]')
    until(lambda: pane.evaluate("(pane) => getComputedStyle(pane).position") == "absolute")
    before = pane.bounding_box()
    pane.hover()
    corner = pane.locator(".nb-ws-corner")
    box = corner.bounding_box()
    drag(page, corner, (box["x"] + before["width"] / 2, box["y"] + 160))
    until(lambda: pane.bounding_box()["width"] > before["width"] * 1.3)
    assert pane.bounding_box()["height"] > before["height"] * 1.4
    boxes = [other.bounding_box() for other in root.locator(".nb-ws-custom > [data-panel]").all()]
    for one in boxes:
        for other in boxes:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert one == other or apart

    # search folds away what has no hit; the slider's keys move the pictures
    root.locator(".nb-ws-main").press("/")
    page.keyboard.type("samples")
    until(lambda: shown(root) == ["val: val/samples"])
    page.keyboard.press("Escape")
    until(lambda: len(shown(root)) == 2)
    slider = root.locator(".nb-ws-slider [role=slider]")
    slider.press("Home")
    until(lambda: slider.get_attribute("aria-valuenow") == "0")
    slider.press("]")
    until(lambda: slider.get_attribute("aria-valuenow") == "4")
    assert nb.errors == []


def test_added_panels_and_views_are_seen_in_another_panel(open_notebook):
    nb = open_notebook(*cells(SETUP, SHOW, SHOW, project="views", runs=6))
    nb.run(0)
    root = open_workspace(nb, 1)
    dialog = root.locator("dialog.nb-ws-editor")

    root.locator(".nb-ws-bar").get_by_role("button", name="Add panel").click()
    dialog.get_by_role("button", name="Scatter plot").click()
    dialog.get_by_label("X axis", exact=True).select_option("config.lr")
    dialog.get_by_label("Y axis", exact=True).select_option("summary.val/loss")
    dialog.get_by_label("Logarithmic x axis").check()
    dialog.get_by_role("button", name="Add panel").click()
    points = root.locator('section[aria-label="val/loss by lr"] circle')
    until(lambda: points.count() == 6)

    root.get_by_role("button", name="Add panel to train").click()
    dialog.get_by_role("button", name="Note").click()
    dialog.get_by_role("textbox", name="Text").fill("# Findings\n<img src=x onerror=alert(1)> **adam** wins")
    dialog.get_by_label("Title").fill("What we saw")
    dialog.get_by_role("button", name="Add panel").click()
    note = root.locator('section[aria-label="What we saw"]')
    expect(note.locator("strong")).to_have_text("adam")
    assert note.locator("img[src], img[onerror]").count() == 0

    root.get_by_role("button", name="View: Workspace").click()
    root.get_by_role("menuitem", name="Save as new view…").click()
    name = root.get_by_role("textbox", name="Name of the view")
    name.fill("Findings of Monday")
    name.press("Enter")
    until(lambda: root.get_by_role("button", name="View: Findings of Monday").count() == 1)
    menu(root, "Section Charts", "Delete section")
    until(lambda: [one.split(":")[0] for one in shown(root)] == ["train", "val"])

    # the first view has the panels, and the section that was deleted in the other
    other = open_workspace(nb, 2)
    until(lambda: shown(other)[0] == "Charts: val/loss by lr, epoch")
    until(lambda: shown(other)[1].startswith("train: What we saw"))
    other.get_by_role("button", name="View: Workspace").click()
    other.get_by_role("menuitem", name="Findings of Monday").click()
    until(lambda: [one.split(":")[0] for one in shown(other)] == ["train", "val"])

    # what one does, the other sees as soon as it is looked at
    other.get_by_role("button", name="Bring back what was deleted").click()
    other.get_by_role("menuitem", name="Charts").click()
    nb.output(1)
    until(lambda: len(shown(root)) == 3)
    assert nb.errors == []
