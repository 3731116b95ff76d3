"""Tables in a real JupyterLab: what a person does with them, with the kernel and without."""

from __future__ import annotations

import csv
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

    def search(self, text: str) -> None:
        self.root.get_by_label("Search all columns (/)").fill(text)

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


ODD = """
import numpy as np, nbtrack as wandb
run = wandb.init(project="odd")
wide = [f"c{i}" for i in range(500)]
grown = wandb.Table(columns=["n"], log_mode="INCREMENTAL")
for n in range(5):
    grown.add_data(n)
    run.log({"grown": grown}, step=0)
mixed = wandb.Table(columns=["any"], allow_mixed_types=True)
for cell in (1, "two", None, [3, {"four": 5}], np.arange(6).reshape(2, 3), wandb.Image(np.zeros((4, 4)))):
    mixed.add_data(cell)
evil = "<img src=x onerror=window.hacked=1>"
run.log({
    "empty": wandb.Table(columns=["left", "right"]),
    "nothing": wandb.Table(columns=[]),
    "wide": wandb.Table(columns=wide, data=[[f"{r}:{c}" for c in range(500)] for r in range(40)]),
    "mixed": mixed,
    "evil": wandb.Table(columns=[evil, "한글 이름"], data=[[evil, '=1+1, "따옴표"\\n둘째 줄'], ["b", "다"]]),
}, step=0)
run.finish()
run
"""


def test_odd_tables_are_shown_as_they_are(open_notebook, tmp_path: Path) -> None:
    nb = open_notebook(ODD)
    nb.run(0, 120)
    panel = PanelView(nb.panel(0))
    assert "The table has no rows" in panel.seen("empty").inner_text()
    until(lambda: "left, right" in panel.card("empty").inner_text())
    until(lambda: "The table has no rows" in panel.seen("nothing").inner_text())

    grown = TableView(panel.seen("grown"))
    until(lambda: grown.total() == 5)
    assert grown.cells("n", 5) == ["0", "1", "2", "3", "4"]

    mixed = TableView(panel.seen("mixed"))
    shown = ["1", "two", "\N{EN DASH}", '[3,{"four":5}]', "2\N{MULTIPLICATION SIGN}3 [[0,1,2],[3,4,5]]"]
    until(lambda: mixed.cells("any", 5) == shown)
    until(lambda: mixed.grid.locator(".nb-table-thumb img").count() == 1)

    wide = TableView(panel.seen("wide"))
    until(lambda: wide.cells("c0", 2) == ["0:0", "1:0"])
    assert len(wide.columns()) < 40  # only those in the window are on the page
    wide.root.get_by_label("Columns and rows").click()
    wide.root.get_by_text("Show all 500 columns").click()

    def at_the_end() -> bool:  # which lies farther out once all columns are laid out
        wide.grid.evaluate("(g) => { g.scrollLeft = g.scrollWidth }")
        return "c499" in wide.columns()

    until(at_the_end)
    until(lambda: wide.cells("c499", 2) == ["0:499", "1:499"])

    evil = TableView(panel.seen("evil"))
    until(lambda: evil.total() == 2)
    assert evil.columns()[0].startswith("<img")
    evil.filter("`한글 이름` == '다'")
    until(lambda: evil.total() == 1)
    evil.filter("`한글 이름` == ")
    until(lambda: evil.root.locator(".nb-table-problem").count() == 1)
    assert evil.cells("한글 이름", 1) == ["다"]  # the last good rows stay
    evil.filter("")
    until(lambda: evil.total() == 2)
    with nb.page.expect_download() as download:
        evil.root.get_by_label("Save these rows as a file").click()
        evil.root.get_by_text("CSV", exact=True).click()
    download.value.save_as(tmp_path / "t.csv")
    head, first, second = csv.reader((tmp_path / "t.csv").open(encoding="utf-8-sig", newline=""))
    assert head[1] == "한글 이름"
    assert first[1] == '\'=1+1, "따옴표"\n둘째 줄'
    assert second == ["b", "다"]
    assert nb.page.evaluate("() => window.hacked") is None
    assert nb.errors == []


EVERY = """
import warnings; warnings.filterwarnings("error", module="nbtrack")
import numpy as np, nbtrack as wandb, plotly.graph_objects as go, plotly.io
from bokeh.embed import file_html
from bokeh.plotting import figure
from bokeh.resources import INLINE
plot = figure(width=200, height=120)
plot.line([1, 2, 3], [2, 1, 3])
rng = np.random.default_rng(0)
film = rng.integers(0, 255, (6, 3, 24, 32), dtype=np.uint8)
mask = np.zeros((40, 60), np.uint8)
mask[:, 30:] = 2
box = {"position": {"minX": 0.1, "maxX": 0.4, "minY": 0.2, "maxY": 0.8}, "class_id": 1, "box_caption": "cat"}
columns = {
    "image": lambda i: wandb.Image(np.full((40, 60, 3), 40 * i, np.uint8),
        masks={"truth": {"mask_data": mask, "class_labels": {0: "background", 2: "road"}}},
        boxes={"found": {"box_data": [box], "class_labels": {1: "cat"}}}),
    "images": lambda i: [wandb.Image(np.full((8, 8 + i), 90, np.uint8)) for _ in range(3)],
    "histogram": lambda i: wandb.Histogram(rng.normal(size=99)),
    "cloud": lambda i: wandb.Object3D(rng.random((40 + i, 3))),
    "molecule": lambda i: wandb.Molecule.from_smiles(["CCO", "c1ccccc1O"][i]),
    "film": lambda i: wandb.Video(film[: 4 + i], fps=4, format="mp4"),
    "sound": lambda i: wandb.Audio(np.sin(np.arange(4000) / (5 + i)), sample_rate=8000),
    "plotly html": lambda i: wandb.Html(plotly.io.to_html(go.Figure(go.Bar(y=[1, 2 + i])), include_plotlyjs=True)),
    "bokeh html": lambda i: wandb.Html(file_html(plot, INLINE)),
    "plotly": lambda i: wandb.Plotly(go.Figure(go.Bar(y=[3, 1 + i]))),
    "dict": lambda i: {"a": [1, {"b": i}]},
    "array": lambda i: np.arange(4) * i,
    "table": lambda i: wandb.Table(columns=["inner"], data=[[f"in {i}"]]),
}
run = wandb.init(project="every")
table = wandb.Table(columns=list(columns), data=[[make(i) for make in columns.values()] for i in range(2)])
run.log({"every": table})
run.finish()
run
"""


def test_cells_of_every_medium_are_shown_small_and_by_their_viewers(open_notebook) -> None:
    nb = open_notebook(EVERY)
    nb.run(0, 240)
    table = TableView(PanelView(nb.panel(0)).seen("every"))
    until(lambda: table.total() == 2)
    # masks and boxes lie over the thumbnail: the right half is tinted, the left one gray
    over = table.grid.locator(".nb-table-over").first
    until(
        lambda: over.evaluate(
            """(canvas) => {
              const at = (u, v) => canvas.getContext('2d')
                .getImageData(Math.round(canvas.width * u), Math.round(canvas.height * v), 1, 1).data[3];
              return canvas.width > 40 && at(0.75, 0.5) > 60 && at(0.03, 0.05) === 0 && at(0.1, 0.5) > 0;
            }"""
        )
    )
    table.grid.locator("[role=gridcell]").first.click()
    table.grid.focus()
    nb.page.keyboard.press("Enter")
    detail = table.root.locator(".nb-table-detail")
    field = {
        name: detail.locator(".nb-table-field").filter(has=nb.page.locator(f"dt:text-is('{name}')"))
        for name in (
            "image", "images", "histogram", "cloud", "molecule", "film", "sound",
            "plotly html", "bokeh html", "plotly", "dict", "array", "table",
        )
    }  # fmt: skip

    def seen(name: str, selector: str, n: int = 1) -> None:
        field[name].scroll_into_view_if_needed()
        until(lambda: field[name].locator(selector).count() >= n, 60)

    seen("image", "canvas")
    seen("images", ".nb-tile-open", 3)
    seen("histogram", "canvas, svg")
    seen("cloud", ".nb-object3d-stage[data-drawn='40']")
    seen("molecule", ".nb-molecule canvas")
    seen("film", "video")
    seen("sound", ".nb-audio canvas")
    seen("plotly", ".js-plotly-plot .bars")
    for name, inside in (("plotly html", ".js-plotly-plot .bars"), ("bokeh html", ".bk-Figure, .bk-Canvas")):
        seen(name, "iframe")
        field[name].locator("iframe").content_frame.locator("iframe").content_frame.locator(
            inside
        ).first.wait_for(timeout=60_000, state="attached")
    assert '"b": 0' in field["dict"].inner_text()
    assert field["array"].inner_text().split() == ["array", "4", "[", "0,", "0,", "0,", "0", "]"]
    seen("table", "[role=grid]")
    until(lambda: "in 0" in field["table"].inner_text())
    # the next row in the same viewers
    detail.get_by_label("Next row").click()
    seen("cloud", ".nb-object3d-stage[data-drawn='41']")
    until(lambda: "in 1" in field["table"].inner_text())
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
    # equal pictures are no difference, whichever run encoded them
    for column in ("label", "image", "text"):
        assert table.root.locator(f'[data-column="{column}"] .nb-table-differing').count() == 0
    # at the first step both runs logged the same
    PanelView(panel).press("Home")
    until(lambda: "300 the same" in table.root.inner_text())
    table.root.get_by_text("Different", exact=True).click()
    until(lambda: "No differences" in table.root.inner_text())
    assert nb.errors == []


def test_a_table_is_compared_with_itself_at_another_step(open_notebook) -> None:
    nb = open_notebook(LOG.replace('"tables"', '"steps"'))
    nb.run(0, 240)
    panel = PanelView(nb.panel(0))
    table = TableView(panel.root)
    until(lambda: table.cells("score", 1) == ["0.8"])
    table.root.get_by_title("Join with another table and mark what differs").select_option(
        label="with step 0"
    )
    until(lambda: "300 changed" in table.root.inner_text())
    until(lambda: table.cells("score", 1)[0].split() == ["0.8", "0"])
    # the slider moves the left table, the right one stays
    panel.press("ArrowLeft")
    until(lambda: table.cells("score", 1)[0].split() == ["0.4", "0"])
    panel.press("Home")
    until(lambda: "300 the same" in table.root.inner_text())
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
    long = 'run.log({"u": wandb.Table(columns=["i"], data=[[i] for i in range(1200)])}, step=3)'
    log = LOG.replace("    run.finish()", f"    {long}\n    run.finish()")
    nb = open_notebook(log, "wandb.show(run).save_html('saved.html')")
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
    table.search("ROW 29")
    until(lambda: table.total() == 11)
    assert "11 of 300 rows" in table.root.inner_text()
    assert table.cells("id", 2) == ["299", "298"]
    table.search("29")  # a number finds itself, and in text
    until(lambda: table.total() == 11)
    table.search("no such thing")
    until(lambda: "No row fits" in table.root.inner_text())
    table.search("")
    until(lambda: table.total() == 300)
    table.filter("id > 3")
    until(lambda: "saved page" in table.root.inner_text())
    table.filter("")
    page.get_by_text("the first 1,000 of 1,200 rows").first.wait_for()
    assert errors == []
    page.context.close()
