"""Tables in a real JupyterLab: what a person does with them, with the kernel and without."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator

from .panel import PanelView, until

LOG = """
import numpy as np, nbtrack as wandb
def table_of(shift):
    table = wandb.Table(columns=["id", "image", "label", "score", "text"])
    for i in range(300):
        picture = np.full((12, 16, 3), i % 250, np.uint8)
        table.add_data(i, wandb.Image(picture, caption=f"no {i}"), "고양이 🐈" if i % 3 else "dog",
            (i * 7 + shift) % 300 / 10, f"{'x' * 5000}END" if i == 5 else f"row {i}")
    table.set_pk("id")
    return table
for name, by in (("first", 1), ("second", 4)):
    run = wandb.init(project="tables", name=name)
    for step in range(3):
        run.log({"t": table_of(step * by)}, step=step)
        run.log({"loss": step}, step=step)
    run.finish()
run
"""
MILLION = """
n = 1_000_000
wandb.Table.MAX_ROWS = n
run = wandb.init(project="large")
table = wandb.Table(columns=["i", "x"], data=np.stack([np.arange(n), np.random.default_rng(0).random(n)], axis=1))
run.log({"million": table})
run.finish()
run
"""


class TableView:
    """The table of a panel."""

    def __init__(self, panel: Locator) -> None:
        self.root = panel.locator(".nb-table").first
        self.grid = self.root.get_by_role("grid").first
        self.grid.wait_for(timeout=60_000)

    def cells(self, column: str, among: int = 3) -> list[str]:
        """What stands in the first visible rows of a column."""
        return self.grid.evaluate(
            """(grid, [column, among]) => {
              const heads = [...grid.querySelectorAll('[role=columnheader]')].map((e) => e.dataset.column);
              const at = heads.indexOf(column);
              return [...grid.querySelectorAll('[role=row][aria-rowindex]')]
                .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).slice(0, among)
                .map((row) => row.querySelectorAll('[role=gridcell]')[at]?.innerText ?? '');
            }""",
            [column, among],
        )

    def columns(self) -> list[str]:
        return self.grid.evaluate(
            "(g) => [...g.querySelectorAll('[role=columnheader]')].map((e) => e.dataset.column)"
        )

    def total(self) -> int:
        return int(self.grid.get_attribute("aria-rowcount") or -1)

    def sort(self, column: str) -> None:
        self.root.locator(f'[data-column="{column}"] .nb-table-sort').click()

    def menu(self, column: str, item: str) -> None:
        self.root.locator(f'[data-column="{column}"]').hover()
        self.root.get_by_label(f"Column {column}", exact=True).click()
        self.root.get_by_text(item, exact=True).click()

    def filter(self, text: str) -> None:
        self.root.get_by_label("Filter by an expression").fill(text)


def test_a_table_is_sorted_filtered_grouped_and_read(open_notebook, tmp_path: Path) -> None:
    nb = open_notebook(LOG)
    nb.run(0, 240)
    panel = PanelView(nb.panel(0))
    table = TableView(panel.root)
    assert table.columns() == ["id", "image", "label", "score", "text"]
    until(lambda: table.cells("id") == ["0", "1", "2"])
    until(lambda: table.grid.locator(".nb-table-thumb img").count() > 3)

    table.sort("score")
    table.sort("score")
    until(lambda: table.cells("score", 2) == ["29.9", "29.8"])

    # the slider keeps what was set: sorted by score still, with the rows of the other step
    best = table.cells("id", 1)
    panel.press("ArrowLeft")
    until(lambda: table.cells("id", 1) != best)
    assert table.cells("score", 2) == ["29.9", "29.8"]

    table.filter("scor > 3")
    until(lambda: "no column 'scor'" in table.root.inner_text())
    assert table.root.locator(".nb-table-problem mark").inner_text() == "scor"
    table.filter('"고양이" in label and score < 1')
    until(lambda: 0 < table.total() < 20)
    assert "no column" not in table.root.inner_text()
    table.filter("")
    until(lambda: table.total() == 300)

    # keys: "/" finds the search, arrows move, Enter opens the row
    table.grid.focus()
    nb.page.keyboard.press("/")
    nb.page.keyboard.type("row 123")
    until(lambda: table.total() == 1)
    nb.page.keyboard.press("Escape")
    until(lambda: table.total() == 300)
    table.filter("id == 5")
    until(lambda: table.total() == 1)
    table.grid.focus()
    nb.page.keyboard.press("ArrowDown")
    nb.page.keyboard.press("Enter")
    detail = table.root.locator(".nb-table-detail")
    until(lambda: detail.inner_text().rstrip().endswith("xEND"))
    until(lambda: detail.locator("canvas").count() == 1)
    nb.page.keyboard.press("Escape")
    until(lambda: detail.count() == 0)
    table.filter("")
    until(lambda: table.total() == 300)

    table.menu("label", "Group by this")
    groups = table.root.locator(".nb-table-groups tbody tr")
    until(lambda: groups.count() == 2)
    assert "고양이" in groups.first.inner_text()
    assert "200" in groups.first.inner_text()
    groups.nth(1).get_by_role("button").click()
    until(lambda: table.total() == 100)
    assert table.root.get_by_label("Filter by an expression").input_value() == 'label == "dog"'

    with nb.page.expect_download() as download:
        table.root.get_by_label("Save these rows as a file").click()
        table.root.get_by_text("Parquet", exact=True).click()
    download.value.save_as(tmp_path / "t.parquet")
    saved = pq.read_table(tmp_path / "t.parquet")
    assert (download.value.suggested_filename, saved.num_rows) == ("t.parquet", 100)
    assert set(saved.column("label").to_pylist()) == {"dog"}
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_columns_are_pinned_hidden_moved_and_resized(open_notebook) -> None:
    nb = open_notebook(LOG)
    nb.run(0, 240)
    table = TableView(nb.panel(0))
    until(lambda: table.cells("id") == ["0", "1", "2"])
    table.menu("score", "Pin to the left")
    until(lambda: table.columns()[0] == "score")
    assert table.cells("score", 1) == ["0.8"]
    table.menu("image", "Hide")
    until(lambda: table.columns() == ["score", "id", "label", "text"])

    heading = table.root.locator('[data-column="id"]')
    before = heading.bounding_box()
    grip = heading.locator(".nb-table-grip").bounding_box()
    nb.page.mouse.move(grip["x"] + 4, grip["y"] + 10)
    nb.page.mouse.down()
    nb.page.mouse.move(grip["x"] + 64, grip["y"] + 10, steps=4)
    nb.page.mouse.up()
    until(lambda: heading.bounding_box()["width"] == pytest.approx(before["width"] + 60, abs=3))

    target = table.root.locator('[data-column="text"]').bounding_box()
    start = heading.bounding_box()
    nb.page.mouse.move(start["x"] + 30, start["y"] + 12)
    nb.page.mouse.down()
    nb.page.mouse.move(target["x"] + 30, target["y"] + 12, steps=6)
    nb.page.mouse.up()
    until(lambda: table.columns() == ["score", "label", "text", "id"])
    assert table.cells("id", 2) == ["0", "1"]
    assert nb.errors == []


def test_two_runs_are_joined_by_key_with_the_differences_marked(open_notebook) -> None:
    # the store is that of all tests here: a project of its own
    nb = open_notebook(LOG.replace('"tables"', '"joined"'), "wandb.compare('joined')")
    nb.run(0, 240)
    nb.run(1)
    panel = nb.panel(1)
    table = TableView(panel)
    until(lambda: panel.get_by_role("grid").count() == 2)
    table.root.get_by_title("Join with another table and mark what differs").select_option(
        label="with second"
    )
    until(lambda: "joined by" in table.root.inner_text())
    until(lambda: "300 changed" in table.root.inner_text())
    table = TableView(panel)
    assert table.root.locator('[data-column="score"] .nb-table-differing').inner_text() == "300"
    until(lambda: table.cells("score", 1)[0].split() == ["0.2", "0.8"])
    assert table.root.locator('[data-column="label"] .nb-table-differing').count() == 0
    # at the first step both runs scored the same
    PanelView(panel).press("Home")
    until(lambda: table.root.locator('[data-column="score"] .nb-table-differing').count() == 0)
    until(lambda: table.cells("score", 1) == ["0"])
    assert nb.errors == []


def test_a_million_rows_scroll_to_the_end_and_are_sorted(open_notebook) -> None:
    nb = open_notebook("import numpy as np, nbtrack as wandb", MILLION)
    nb.run(0)
    nb.run(1, 240)
    table = TableView(nb.panel(1))
    until(lambda: table.total() == 1_000_000)
    table.grid.hover()
    nb.page.mouse.wheel(0, 2600)
    # a pixel of the wheel is a pixel of the rows, however high the table is
    until(lambda: 80 <= int((table.cells("i", 5)[4] or "-1").replace(",", "")) <= 110)
    table.grid.evaluate("(g) => { g.scrollTop = g.scrollHeight }")
    until(lambda: "999,999" in table.grid.inner_text())
    assert table.grid.locator("[role=row][aria-rowindex]").count() < 60
    table.sort("x")
    until(
        lambda: table.cells("x", 1)[0].startswith(("0.0000", "1", "2", "3", "4", "5", "6", "7", "8", "9")), 60
    )
    assert nb.errors == []


def test_a_saved_page_shows_the_first_rows_without_anybody(open_notebook, browser: Browser, lab) -> None:
    nb = open_notebook(LOG, "wandb.show(run).save_html('saved.html')")
    nb.run(0, 240)
    nb.run(1)
    page = browser.new_context(offline=True).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "saved.html").as_uri())
    page.wait_for_function("() => document.documentElement.dataset.ready")
    table = TableView(page.locator(".nbtrack").first)
    until(lambda: table.cells("id") == ["0", "1", "2"])
    until(lambda: table.grid.locator(".nb-table-thumb img").count() > 3)
    table.sort("id")
    table.sort("id")
    until(lambda: table.cells("id", 1) == ["299"])
    table.filter("id > 3")
    until(lambda: "saved page" in table.root.inner_text())
    assert errors == []
    page.context.close()
