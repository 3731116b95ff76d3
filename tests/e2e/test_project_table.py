"""The runs table of a project and its filters, in a real JupyterLab with three hundred runs of 120 fields."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from nbtrack.store.layout import Store

from ..benchmarks.bench_project import write_run
from .lab import LabServer, Notebook
from .panel import until

RUNS = 300
#: a store of its own: other tests have runs of the same ids
STORE = "big-store"
SHOW = f'import os\nos.environ["NBTRACK_DIR"] = "{STORE}"\nimport nbtrack\nnbtrack.project("big")'
LIVE = """
run = nbtrack.init(project="big", name="alive", config={"lr": 5.0})
run.log({"s0": 1.0})
"""
STOP = "run.finish()"


class RunsView:
    """The table of runs in a panel."""

    def __init__(self, panel: Locator) -> None:
        self.root = panel
        panel.get_by_role("tab", name="Runs", exact=True).click()
        self.grid = panel.get_by_role("grid", name="Runs of big")
        self.grid.wait_for(timeout=60_000)
        self.keys = panel.page.keyboard

    def cells(self, column: int, among: int = 3) -> list[str]:
        """What stands in the first lines of a column, the name being 0."""
        return self.grid.evaluate(
            """(grid, [column, among]) => [...grid.querySelectorAll('[role=row][aria-rowindex]')]
              .filter((row) => row.ariaRowIndex > 1)
              .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).slice(0, among)
              .map((row) => row.querySelector(`[aria-colindex="${column + 1}"]`)?.innerText.trim() ?? '')""",
            [column, among],
        )

    def headings(self) -> list[str]:
        """The fields of the columns on the page, in their order."""
        return self.grid.evaluate(
            """(grid) => [...grid.querySelectorAll('[role=columnheader]')]
              .sort((a, b) => a.ariaColIndex - b.ariaColIndex).map((one) => one.dataset.field)"""
        )

    def place(self, field: str) -> int:
        return self.headings().index(field)

    def column(self, field: str, among: int = 3) -> list[str]:
        return self.cells(self.place(field), among)

    def count(self) -> int:
        """The runs (or lines of groups) that the table has."""
        return int(self.grid.get_attribute("aria-rowcount") or 0) - 1

    def heading(self, field: str) -> Locator:
        return self.grid.locator(f'[data-field="{field}"]')

    def menu(self, field: str, item: str) -> None:
        self.heading(field).hover()
        self.heading(field).locator(".nb-runs-dots").click()
        self.root.get_by_role("menuitem", name=item).click()

    def tick(self, line: int, *modifiers: str) -> None:
        box = self.grid.locator(f'[aria-rowindex="{line + 2}"] input[type=checkbox]')
        box.click(modifiers=list(modifiers) or None)


@pytest.fixture
def shown(lab: LabServer, open_notebook: Callable[..., Notebook]) -> tuple[Notebook, RunsView]:
    store = Store.open(lab.root / STORE, create=True)
    if not any((lab.root / STORE).glob("runs/*/run000000")):
        for number in range(RUNS):
            write_run(store, number)
    nb = open_notebook(SHOW, SHOW, LIVE, STOP)
    nb.run(0, 240)
    runs = RunsView(nb.panel(0))
    # what a test before sorted by is stored
    while (chips := runs.root.get_by_label("Do not")).count():
        chips.first.click()
    return nb, runs


def test_columns_are_sorted_pinned_hidden_moved_resized_and_stay_so(shown) -> None:
    nb, runs = shown
    until(lambda: runs.count() == RUNS)
    until(lambda: "-run-" in "".join(runs.cells(0, 1)))
    newest = runs.cells(0)
    assert [name.rpartition("-")[2] for name in newest] == ["299", "298", "297"]
    assert runs.headings()[:4] == ["run.name", "run.state", "run.created", "run.duration"]
    # only what is near the window is on the page
    assert len(runs.headings()) < 40
    assert runs.grid.locator("[role=row]").count() < 60

    runs.root.get_by_label("Columns: show, hide, pin").click()
    runs.root.get_by_label("Search columns").fill("lr")
    runs.root.get_by_label("Pin lr", exact=True).click()
    runs.keys.press("Escape")
    until(lambda: runs.headings()[:3] == ["run.name", "config.lr", "run.state"])

    runs.heading("config.lr").locator(".nb-runs-sort").click()
    until(lambda: runs.heading("config.lr").get_attribute("aria-sort") == "ascending")
    runs.heading("config.lr").locator(".nb-runs-sort").click()
    until(lambda: runs.heading("config.lr").get_attribute("aria-sort") == "descending")
    until(lambda: runs.cells(0) != newest)
    largest = runs.column("config.lr", 8)
    until(lambda: runs.column("config.lr", 8) == sorted(runs.column("config.lr", 8), key=float, reverse=True))
    # one more column, and away with the first
    runs.heading("run.user").locator(".nb-runs-sort").click(modifiers=["Shift"])
    until(lambda: runs.root.locator(".nb-chip").count() == 2)
    runs.root.get_by_label("Do not sort by Lr").or_(runs.root.get_by_label("Do not sort by lr")).click()
    until(lambda: runs.column("run.user") == ["user0"] * 3)
    runs.menu("run.user", "Do not sort")
    runs.menu("config.lr", "Sort desc")
    until(lambda: runs.column("config.lr", 8) == largest)

    runs.menu("run.user", "Hide")
    until(lambda: "run.user" not in runs.headings())
    source, target = runs.heading("run.duration").bounding_box(), runs.heading("run.state").bounding_box()
    assert source
    assert target
    nb.page.mouse.move(source["x"] + 20, source["y"] + 12)
    nb.page.mouse.down()
    nb.page.mouse.move(target["x"] + 40, target["y"] + 12, steps=4)
    nb.page.mouse.move(target["x"] + 8, target["y"] + 12, steps=4)
    nb.page.mouse.up()
    until(lambda: runs.headings()[2:4] == ["run.duration", "run.state"])
    edge = runs.heading("run.state").bounding_box()
    assert edge
    nb.page.mouse.move(edge["x"] + edge["width"], edge["y"] + 12)
    nb.page.mouse.down()
    nb.page.mouse.move(edge["x"] + edge["width"] + 60, edge["y"] + 12, steps=4)
    nb.page.mouse.up()
    wide = edge["width"] + 60
    until(lambda: (runs.heading("run.state").bounding_box() or edge)["width"] == wide)

    # another panel, as after a restart, stands as this one was left
    nb.run(1)
    other = RunsView(nb.panel(1))
    until(lambda: other.headings()[:4] == ["run.name", "config.lr", "run.duration", "run.state"])
    until(lambda: other.column("config.lr", 8) == largest)
    assert "run.user" not in other.headings()
    assert (other.heading("run.state").bounding_box() or edge)["width"] == wide
    # and an undo here is seen there, when somebody looks
    runs.root.get_by_role("button", name="Undo: resize column").click()
    nb.panel(1)
    until(lambda: (other.heading("run.state").bounding_box() or edge)["width"] == edge["width"])
    assert nb.errors == []


def test_runs_are_found_by_search_and_filter(shown) -> None:
    nb, runs = shown
    search = runs.root.get_by_label("Search runs by name (/)")
    runs.grid.focus()
    runs.keys.press("/")
    runs.keys.type("run-29")
    until(lambda: runs.count() == 11)
    runs.root.get_by_label("Regular expression").click()
    search.fill("run-29[")
    until(lambda: runs.root.locator(".nb-runs-search [role=alert]").count() == 1)
    assert runs.count() == 11
    search.fill("^calm.*9$")
    until(lambda: runs.count() not in {0, 11, RUNS})
    assert all(name.startswith("calm") and name.endswith("9") for name in runs.cells(0, 5))
    search.press("Escape")
    until(lambda: runs.count() == RUNS)

    # rows of a builder, with columns and values to choose from
    runs.root.get_by_label("Filter", exact=True).click()
    runs.keys.type("optim")
    until(lambda: runs.root.get_by_role("option", name="optimizer").count() == 1)
    runs.keys.press("Enter")
    value = runs.root.get_by_label("Value of condition 1")
    value.fill("a")
    until(lambda: runs.root.get_by_role("option", name="adam").count() == 1)
    runs.keys.press("Enter")
    until(lambda: 50 < runs.count() < 150)
    text = runs.root.get_by_label("Filter as an expression")
    assert text.input_value() == 'config.optimizer = "adam"'
    adam = runs.count()

    # text: what is wrong is marked and what was good stays; a suggestion mends it
    text.click()
    runs.keys.press("End")
    runs.keys.type(" and lrr < 0.01")
    alert = runs.root.locator(".nb-expression [role=alert]")
    until(lambda: alert.count() == 1)
    assert alert.locator("mark").inner_text() == "lrr"
    assert runs.count() == adam
    alert.get_by_role("button", name="config.lr", exact=True).click()
    until(lambda: 0 < runs.count() < adam)
    assert runs.root.get_by_label("Column of condition 2").input_value() == "config.lr"
    text.fill('not (optimizer = "adam") or lr > 0.05')
    until(lambda: runs.count() > adam)
    assert runs.root.get_by_label("Column of condition 1").count() == 0
    text.fill("lr > 99")
    until(lambda: runs.root.get_by_text("No run fits").count() == 1)
    runs.root.get_by_text("Done", exact=True).click()
    runs.root.get_by_role("button", name="Clear filter").click()
    until(lambda: runs.grid.count() == 1 and runs.count() == RUNS)
    assert nb.errors == []


def test_runs_are_grouped_chosen_tagged_deleted_and_followed(shown, tmp_path: Path) -> None:
    nb, runs = shown
    until(lambda: runs.count() == RUNS)
    runs.menu("run.group", "Group by")
    until(lambda: runs.count() == 20)
    group = runs.grid.locator("[data-group]").first
    assert "15" in group.inner_text()
    until(lambda: group.locator(".nb-runs-bars").count() > 0)
    group.click()
    until(lambda: runs.count() == 35)
    assert group.get_attribute("aria-expanded") == "true"
    until(lambda: "-run-" in runs.cells(0, 2)[1])
    runs.root.get_by_label("Do not group by Group").click()
    until(lambda: runs.count() == RUNS)

    # a range by clicks, tagged; one line more by keys
    until(lambda: "-run-" in "".join(runs.cells(0, 1)))
    runs.tick(1)
    runs.tick(4, "Shift")
    bulk = runs.root.get_by_role("toolbar", name="Chosen runs")
    until(lambda: bulk.locator("strong").inner_text() == "4 runs")
    bulk.get_by_role("button", name="Tag").click()
    runs.keys.type("good, 좋은")
    runs.keys.press("Enter")
    until(lambda: runs.root.get_by_text("4 runs tagged").count() == 1)
    until(lambda: all("좋은" in tags for tags in runs.column("tags", 5)[1:]))
    assert "좋은" not in runs.column("tags", 1)[0]
    bulk.get_by_role("button", name="Hide").click()
    until(lambda: runs.grid.locator(".nb-undrawn").count() == 4)
    with nb.page.expect_download() as download:
        bulk.get_by_role("button", name="Save the chosen runs as a file").click()
        runs.root.get_by_role("menuitem", name="CSV").click()
    download.value.save_as(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig") as file:
        saved = list(csv.reader(file))
    assert len(saved) == 5
    assert len(saved[0]) > 120

    gone = runs.cells(0, 5)[1:]
    bulk.get_by_role("button", name="Delete", exact=True).click()
    bulk.get_by_role("button", name="Delete 4 runs").click()
    until(lambda: runs.count() == RUNS - 4)
    assert not set(gone) & set(runs.cells(0, 10))
    runs.root.locator(".nb-runs-told").get_by_role("button", name="Undo").click()
    until(lambda: runs.count() == RUNS)
    until(lambda: runs.cells(0, 5)[1:] == gone)

    # keys: to a cell, choose its run, open its page and come back
    runs.grid.focus()
    for key in ("Control+Home", "ArrowDown", "ArrowRight", "Space"):
        runs.keys.press(key)
    until(lambda: bulk.locator("strong").inner_text() == "1 run")
    assert (runs.grid.get_attribute("aria-activedescendant") or "").endswith("-1-1")
    runs.keys.press("Escape")
    runs.keys.press("Control+End")
    until(lambda: any(name.endswith("-run-0") for name in runs.cells(0, 60)))

    # a run that begins elsewhere comes in above without moving what is read
    before = runs.grid.evaluate("(grid) => grid.scrollTop")
    nb.run(2)
    until(lambda: runs.count() == RUNS + 1)
    until(lambda: runs.grid.evaluate("(grid) => grid.scrollTop") == before + 28)
    runs.grid.focus()  # which the cell that was run took
    runs.keys.press("Control+Home")
    until(lambda: runs.cells(0, 1) == ["alive"])
    assert runs.column("run.state", 1) == ["running"]
    nb.run(3)
    until(lambda: runs.column("run.state", 1) == ["finished"])
    runs.grid.focus()
    runs.keys.press("Enter")
    until(lambda: runs.root.locator(".nb-run-page").count() == 1)
    assert nb.errors == []
