"""Clouds and meshes in a real browser: drawn, turned, picked, linked, and again after the GPU is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from .lab import Notebook
from .panel import PanelView, until

SETUP = """\
import io, json
import nbtrack, numpy as np

def wall(n, x=0.0, color=(255, 0, 0)):
    rng = np.random.default_rng(0)
    places = np.column_stack([np.full(n, x), rng.uniform(-1, 1, n), rng.uniform(-1, 1, n)])
    return np.hstack([places + rng.normal(0, 1e-3, places.shape), np.tile(color, (n, 1))])

def mesh(kind="obj"):
    return nbtrack.Object3D(io.BytesIO(b"v -1 -1 0\\nv 1 -1 0\\nv 0 1 0\\nf 1 2 3\\n"), file_type=kind)
"""

TWO_RUNS = """\
runs = []
for name, color in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
    run = nbtrack.init(project="walls", name=name)
    for step in range(3):
        run.log({"wall": nbtrack.Object3D(wall(3000 + step, color=color), caption=f"step {step}")})
    run.finish()
    runs.append(run)
"""


def shown(nb: Notebook, cell: int) -> PanelView:
    panel = PanelView(nb.panel(cell))
    panel.root.locator(".nb-object3d-over").first.wait_for(state="visible", timeout=90_000)
    return panel


def stage(panel: PanelView, key: str, index: int = 0) -> Locator:
    return panel.card(key).locator(".nb-object3d-stage").nth(index)


def drawn(place: Locator, points: int) -> None:
    """Wait until all points of a cloud are in the picture."""
    until(
        lambda: place.get_attribute("data-points") == place.get_attribute("data-drawn") == str(points),
        90,
    )


def counted(place: Locator) -> dict[str, int]:
    """Pixels of a picture that are mostly red, green or blue, and all that are not empty."""
    return place.locator("canvas").first.evaluate(
        """(c) => {
          const seen = {red: 0, green: 0, blue: 0, all: 0};
          if (!c.width) return seen;
          const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          for (let i = 0; i < data.length; i += 4) {
            const [r, g, b, a] = [data[i], data[i + 1], data[i + 2], data[i + 3]];
            if (a < 128) continue;
            seen.all++;
            if (r > 1.5 * g && r > 1.5 * b) seen.red++;
            if (g > 1.5 * r && g > 1.5 * b) seen.green++;
            if (b > 1.5 * r && b > 1.5 * g) seen.blue++;
          }
          return seen;
        }"""
    )


def picture(place: Locator) -> str:
    return place.locator("canvas").first.evaluate("(c) => c.toDataURL()")


def settled(nb: Notebook, place: Locator) -> str:
    """Wait until a picture stays as it is: a busy page draws some moves of the mouse later."""
    last = ""
    while (now := picture(place)) != last:
        last = now
        nb.page.wait_for_timeout(1000)
    return now


def drag(nb: Notebook, place: Locator, dx: int, dy: int) -> None:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    nb.page.mouse.move(x, y)
    nb.page.mouse.down()
    nb.page.mouse.move(x + dx, y + dy, steps=4)
    nb.page.mouse.up()


def test_a_cloud_is_drawn_and_its_camera_stays_while_the_slider_moves(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.show(runs[0])")
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    place = stage(panel, "wall")
    drawn(place, 3002)
    assert counted(place)["red"] > 500
    before = picture(place)
    drag(nb, place, 150, 40)
    until(lambda: picture(place) != before)
    settled(nb, place)
    turned = counted(place)["all"]
    place.evaluate("(e) => { e.marked = true; }")
    panel.press("ArrowLeft")
    drawn(place, 3001)
    assert "step 1" in panel.card("wall").inner_text()
    assert place.evaluate("(e) => e.marked"), "the view was made anew"
    assert abs(counted(place)["all"] - turned) < 0.1 * turned
    panel.card("wall").get_by_role("button", name="Fit").click()
    until(lambda: abs(counted(place)["all"] - turned) > 0.1 * turned)
    assert nb.foreign_requests() == []
    assert nb.errors == []


def test_cameras_of_two_runs_are_linked_until_they_are_not(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.compare(*runs)")
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    red, blue = stage(panel, "wall", 0), stage(panel, "wall", 1)
    for place in (red, blue):
        drawn(place, 3002)
    assert counted(red)["red"] > 300
    assert counted(blue)["blue"] > 300
    before = picture(red), picture(blue)
    drag(nb, red, 90, 20)
    until(lambda: picture(red) != before[0] and picture(blue) != before[1])
    for place in (red, blue):
        settled(nb, place)
    assert abs(counted(red)["all"] - counted(blue)["all"]) < 0.05 * counted(red)["all"]
    panel.card("wall").get_by_role("button", name="Linked").click()
    before = settled(nb, red), settled(nb, blue)
    drag(nb, red, -60, 30)
    until(lambda: picture(red) != before[0])
    assert picture(blue) == before[1]
    made = nb.page.evaluate(
        "() => [...document.querySelectorAll('.nb-object3d-stage canvas')].filter((c) => c.getContext('webgl2')).length"
    )
    assert made == 0, "a view has a WebGL context of its own"


def test_a_click_says_which_point_it_is(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="pick")
run.log({"dot": nbtrack.Object3D(np.array([[5.25, 6.5, 7.75]]), values={"age": [41.0]})})
run.finish()
nbtrack.show(run)""",
    )
    for cell in range(2):
        nb.run(cell)
    panel = shown(nb, 1)
    place = stage(panel, "dot")
    drawn(place, 1)
    box = place.bounding_box()
    place.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    details = panel.card("dot").locator(".nb-object3d-details")
    details.wait_for(state="visible", timeout=20_000)
    words = details.inner_text().split()
    assert words[words.index("row") + 1] == "0"
    assert float(words[words.index("x") + 1]) == pytest.approx(5.25, abs=1)
    assert float(words[words.index("age") + 1]) == pytest.approx(41)
    nb.page.keyboard.press("Escape")
    details.wait_for(state="detached")


def test_categories_boxes_and_scores_can_be_hidden(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="scene")
flat = wall(4000)[:, :3]
boxes = [nbtrack.box3d(center=[0, y, 0], size=[1, .5, 1], orientation=[1, 0, 0, 0], color=[0, 200, 0],
                       label=name, score=score) for y, name, score in ((-.5, "low", .2), (.5, "high", .9))]
run.log({"scene": nbtrack.Object3D.from_point_cloud(
    np.column_stack([flat, np.where(flat[:, 1] > 0, 1, 2)]), boxes,
    [{"start": [0, 0, 0], "end": [1, 0, 1], "color": [255, 0, 255]}])})
run.finish()
nbtrack.show(run)""",
    )
    for cell in range(2):
        nb.run(cell)
    panel = shown(nb, 1)
    card, place = panel.card("scene"), stage(panel, "scene")
    drawn(place, 4000)
    over = place.locator("canvas").nth(1)

    def green() -> int:
        return over.evaluate(
            """(c) => { const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height); let n = 0;
              for (let i = 0; i < data.length; i += 4)
                if (data[i + 1] > 150 && data[i] < 60 && data[i + 2] < 60 && data[i + 3] > 200) n++;
              return n; }"""
        )

    both = green()
    assert both > 200
    card.get_by_label("Lowest score").fill("0.53")
    until(lambda: 0.2 * both < green() < 0.8 * both)
    card.get_by_text("Boxes", exact=True).click()
    until(lambda: green() == 0)
    before = counted(place)["all"]
    card.get_by_role("button", name="1", exact=True).click()
    until(lambda: counted(place)["all"] < 0.8 * before)
    card.get_by_label("Color").select_option("z")
    until(lambda: counted(place)["all"] > 0.9 * before)


def test_meshes_are_drawn_and_a_babylon_scene_says_why_not(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
import warnings
run = nbtrack.init(project="meshes")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    scene = nbtrack.Object3D(io.BytesIO(b'{"meshes": []}'), file_type="babylon")
run.log({"obj": mesh(), "babylon": scene})
run.finish()
nbtrack.show(run)""",
    )
    for cell in range(2):
        nb.run(cell)
    panel = shown(nb, 1)
    until(lambda: counted(stage(panel, "obj"))["all"] > 2000, 60)
    assert "obj · 1 face · 3 vertices" in panel.card("obj").inner_text()
    panel.card("babylon").scroll_into_view_if_needed()
    until(lambda: "Only BabylonJS draws" in panel.card("babylon").inner_text())


def test_a_lost_context_comes_back(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.show(runs[0])")
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    place = stage(panel, "wall")
    drawn(place, 3002)
    nb.page.evaluate(
        """async () => {
          const packs = globalThis[Symbol.for('nbtrack.packs')];
          const {library} = await packs.get('three');
          library.stage().canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
        }"""
    )
    until(lambda: "context was lost" in panel.card("wall").inner_text())
    assert counted(place)["red"] > 500, "the last picture is gone"
    until(lambda: "context was lost" not in panel.card("wall").inner_text(), 60)
    panel.press("ArrowLeft")
    drawn(place, 3001)
    assert counted(place)["red"] > 500


def test_a_saved_page_shows_the_cloud_offline(open_notebook, lab, browser):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.show(runs[0]).save_html('cloud.html'); None")
    for cell in range(3):
        nb.run(cell)
    page = browser.new_context(offline=True, viewport={"width": 1200, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((lab.root / "cloud.html").as_uri())
    place = page.locator(".nb-object3d-stage").first
    place.wait_for(state="visible", timeout=60_000)
    drawn(place, 3002)
    assert counted(place)["red"] > 500
    assert errors == []
    page.context.close()
