"""Clouds and meshes in a real browser: drawn, turned, picked, linked, and again after the GPU is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests import clouds

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


def inked(place: Locator, *ink: int) -> int:
    """Pixels of what is drawn over the points (boxes, vectors, text) that are about of this color."""
    return (
        place.locator("canvas")
        .nth(1)
        .evaluate(
            """(c, ink) => {
          const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          let n = 0;
          for (let i = 0; i < data.length; i += 4)
            if (data[i + 3] > 200 && ink.every((x, k) => Math.abs(data[i + k] - x) < 56)) n++;
          return n;
        }""",
            ink,
        )
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

    def green() -> int:
        return inked(place, 0, 200, 0)

    def words() -> int:
        return inked(place, 30, 30, 30)

    both, written = green(), words()
    assert both > 200
    assert written > 40, "the labels are not drawn"
    assert inked(place, 255, 0, 255) > 30, "the vector is not drawn"
    card.get_by_text("Labels", exact=True).click()
    until(lambda: words() < written / 4)
    card.get_by_text("Labels", exact=True).click()
    until(lambda: words() > written / 2)
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


#: a square with its places and faces packed by meshoptimizer 1.1's encodeGltfBuffer, and one said to be packed
PACKED = """\
import base64, struct, warnings
places = base64.b64decode("oAAAAT8AAAD///8BPwAAAH59fgAAAQwAAAD/AQwAAAB+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
faces = base64.b64decode("4fAQAHaHVmd4qYZliWiYAWkAAA==")

def glb(extension, buffer=0):
    views = [
        {"buffer": 1, "byteLength": 48, "extensions": {extension: {"buffer": buffer, "mode": "ATTRIBUTES",
            "count": 4, "byteStride": 12, "byteLength": len(places)}}},
        {"buffer": 1, "byteLength": 12, "extensions": {extension: {"buffer": buffer, "mode": "TRIANGLES",
            "count": 6, "byteStride": 2, "byteOffset": len(places), "byteLength": len(faces)}}}]
    text = json.dumps({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0] * 3, "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"}],
        "bufferViews": views, "extensionsUsed": [extension], "extensionsRequired": [extension],
        "buffers": [{"byteLength": 88}, {"byteLength": 60, "extensions": {extension: {"fallback": True}}}],
    }).encode()
    text += b" " * (-len(text) % 4)
    return nbtrack.Object3D(io.BytesIO(
        struct.pack("<4sII", b"glTF", 2, 28 + len(text) + 88) + struct.pack("<I4s", len(text), b"JSON") + text
        + struct.pack("<I4s", 88, b"BIN\\0") + places + faces), file_type="glb")

run = nbtrack.init(project="packed")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    run.log({"meshopt": glb("EXT_meshopt_compression"), "draco": glb("KHR_draco_mesh_compression"),
             "basis": glb("KHR_texture_basisu"), "torn": glb("EXT_meshopt_compression", buffer=7)})
run.finish()
panel = nbtrack.show(run)
panel.save_html("packed.html")
panel
"""


def test_packed_meshes_are_drawn_or_say_what_they_are_packed_with(open_notebook, lab, browser):
    nb = open_notebook(SETUP, PACKED)
    for cell in range(2):
        nb.run(cell)
    panel = PanelView(nb.panel(1))
    for key, words in {
        "draco": "This glTF is compressed with Draco (KHR_draco_mesh_compression)",
        "basis": "This glTF is compressed with Basis Universal textures (KHR_texture_basisu)",
    }.items():
        until(lambda key=key, words=words: words in panel.seen(key).inner_text(), 60)
    until(lambda: panel.seen("torn").locator(".nb-error").count() == 1)
    panel.seen("meshopt")
    until(lambda: counted(stage(panel, "meshopt"))["all"] > 2000, 60)
    assert "glb · 2 faces · 4 vertices" in panel.card("meshopt").inner_text()
    assert nb.foreign_requests() == []

    page = browser.new_context(offline=True, viewport={"width": 1200, "height": 1000}).new_page()
    page.goto((lab.root / "packed.html").as_uri())
    saved = PanelView(page.locator(".nbtrack").first)
    saved.card("meshopt").wait_for(timeout=60_000)
    saved.seen("meshopt")
    until(lambda: counted(stage(saved, "meshopt"))["all"] > 2000, 60)
    page.context.close()


SCANS = """\
street_scan, land = street(300_000), terrain(300_000)
run = nbtrack.init(project="scans")
run.log({
    "street": nbtrack.Object3D.from_point_cloud(
        np.column_stack([street_scan.points, street_scan.category]),
        [nbtrack.box3d(center=c, size=s, orientation=[1, 0, 0, 0], color=[225, 90, 0], label="car")
         for c, s in street_scan.boxes], values={"intensity": street_scan.intensity}),
    "land": nbtrack.Object3D(land.points, values={"intensity": land.intensity}),
    "found": nbtrack.Object3D.from_point_cloud([], [
        nbtrack.box3d(center=c, size=s, orientation=[1, 0, 0, 0], color=[225, 90, 0]) for c, s in street_scan.boxes]),
})
run.finish()
nbtrack.show(run)
"""


def test_clouds_of_scanners_are_drawn_in_full_and_picked_exactly(open_notebook):
    nb = open_notebook(SETUP, Path(clouds.__file__).read_text(), SCANS)
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    for key in ("street", "land"):
        panel.seen(key)
        until(lambda key=key: stage(panel, key).count() == 1, 60)
        drawn(stage(panel, key), 300_000)
        assert counted(stage(panel, key))["all"] > 5000
    panel.seen("found")  # boxes without a point
    until(lambda: inked(stage(panel, "found"), 225, 90, 0) > 200)
    assert "no points" not in panel.card("found").inner_text()
    panel.seen("land")
    # coordinates of a map, of which float32 keeps half a meter
    scan = clouds.terrain(300_000)
    place = stage(panel, "land")
    box = place.bounding_box()
    details = panel.card("land").locator(".nb-object3d-details")
    place.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    details.wait_for(state="visible", timeout=20_000)
    words = details.inner_text().replace(",", "").split()
    row = int(words[words.index("row") + 1])
    for axis, exact in zip("xyz", scan.points[row], strict=True):
        assert float(words[words.index(axis) + 1]) == pytest.approx(exact, abs=0.03)
    assert float(words[words.index("intensity") + 1]) == pytest.approx(float(scan.intensity[row]), abs=1e-3)
    assert nb.errors == []


def test_a_lost_context_comes_back(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.show(runs[0])")
    for cell in range(3):
        nb.run(cell)
    panel = shown(nb, 2)
    place = stage(panel, "wall")
    drawn(place, 3002)
    first = picture(place)
    drag(nb, place, 120, 30)
    until(lambda: picture(place) != first)
    turned = settled(nb, place)
    nb.page.evaluate(
        """async () => {
          const packs = globalThis[Symbol.for('nbtrack.packs')];
          const {library} = await packs.get('three');
          library.stage().canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext();
        }"""
    )
    until(lambda: "context was lost" in panel.card("wall").inner_text())
    assert picture(place) == turned, "the last picture is gone"
    place.locator("canvas").first.evaluate("(c) => c.getContext('2d').clearRect(0, 0, c.width, c.height)")
    until(lambda: "context was lost" not in panel.card("wall").inner_text(), 60)
    until(lambda: picture(place) == turned, 30)  # drawn anew, from where it was looked at
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
