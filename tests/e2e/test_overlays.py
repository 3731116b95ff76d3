"""Masks and boxes over pictures, in a real JupyterLab: what is painted, switched, filtered, compared."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Browser, Locator

from nbtrack.media.labels import color

from .panel import PanelView, until

SETUP = """\
%load_ext nbtrack
import nbtrack, numpy as np
LABELS = {1: "car", 2: "road"}
GRAY = np.full((96, 96, 3), 128, np.uint8)
STRIPE = GRAY.copy()
STRIPE[:, :48] = 0

def halves(split):
    ids = np.zeros((96, 96), int)
    ids[:, :split], ids[:, split:] = 1, 2
    return ids

def box(x0, y0, x1, y1, score):
    return {"position": {"minX": x0, "minY": y0, "maxX": x1, "maxY": y1}, "domain": "pixel", "class_id": 1,
            "scores": {"acc": score}}

def scene(split, **masks):
    masks = {"predictions": split, "truth": 48} | masks
    return nbtrack.Image(
        GRAY,
        masks={name: {"mask_data": halves(at), "class_labels": LABELS} for name, at in masks.items() if at},
        boxes={"found": {"box_data": [box(8, 60, 40, 88, 0.9), box(56, 60, 88, 88, 0.3)], "class_labels": LABELS}},
    )
"""
LOG = """\
with nbtrack.init(project="overlays") as run:
    run.log({"scene": scene(48, truth=None), "plain": nbtrack.Image(STRIPE)})
    run.log({"scene": scene(24, truth=None)})
    run.log({"scene": scene(24)})
"""
GRAY = (128, 128, 128)


def over(*ids: int, opacity: float = 0.45) -> list[float]:
    """The color of gray under masks of these classes."""
    found = [128.0] * 3
    for one in ids:
        found = [old * (1 - opacity) + new * opacity for old, new in zip(found, color(one), strict=True)]
    return found


def pixel(card: Locator, x: float, y: float, canvas: str = ".nb-image-block canvas") -> list[int]:
    """A pixel of the first canvas, at shares of its width and height."""
    return card.locator(canvas).first.evaluate(
        """(c, [x, y]) => [...c.getContext('2d').getImageData(
          Math.floor(x * c.width), Math.floor(y * c.height), 1, 1).data].slice(0, 3)""",
        [x, y],
    )


def shows(card: Locator, x: float, y: float, wanted: object, canvas: str = ".nb-image-block canvas") -> None:
    """Wait until the pixel has that color; software blending may differ by a little."""

    def near() -> bool:
        found = pixel(card, x, y, canvas)
        return all(abs(a - b) <= 3 for a, b in zip(found, wanted, strict=True))  # type: ignore[call-overload]

    try:
        until(near, timeout=15)
    except AssertionError:
        raise AssertionError(f"{pixel(card, x, y, canvas)} at {x}, {y}; wanted {wanted}") from None


def opened(panel: PanelView, key: str) -> Locator:
    card = panel.card(key)
    card.evaluate("(e) => e.scrollIntoView({block: 'center'})")
    card.locator(".nb-over .nb-over-chip").first.wait_for()
    return card


def test_overlays_are_painted_switched_and_filtered(open_notebook) -> None:
    nb = open_notebook(SETUP, LOG)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.step() == 2)
    card = opened(panel, "scene")
    masks = card.locator(".nb-over-row", has_text="Opacity")

    # Both masks lie over each other: left of the split both say car, then road on car, then road twice.
    shows(card, 0.1, 0.3, over(1, 1))
    shows(card, 0.4, 0.3, over(2, 1))
    shows(card, 0.9, 0.3, over(2, 2))
    masks.get_by_role("button", name="truth").click()
    shows(card, 0.4, 0.3, over(2))
    card.get_by_label("Opacity of the masks").fill("1")
    shows(card, 0.4, 0.3, color(2))
    card.get_by_label("Opacity of the masks").fill("0.45")
    card.locator(".nb-over-classes").get_by_role("button", name="road").click()
    shows(card, 0.4, 0.3, GRAY)
    shows(card, 0.1, 0.3, over(1))
    card.locator(".nb-over-classes").get_by_role("button", name="road").click()
    shows(card, 0.4, 0.3, over(2))
    card.get_by_text("Outline").click()
    shows(card, 0.1, 0.3, GRAY)
    card.get_by_text("Area").click()
    shows(card, 0.1, 0.3, over(1))

    # The label under the pointer.
    tile = card.locator(".nb-tile-open").first
    side = tile.bounding_box()
    assert side is not None
    tile.hover(position={"x": side["width"] * 0.2, "y": side["height"] * 0.75})
    tip = card.locator(".nb-over-tip")
    until(lambda: " ".join(tip.inner_text().split()) == "predictions: car found: car · acc 0.9")

    # Boxes by their score: the left edge of each, wide enough to fill a pixel.
    card.get_by_label("Width of the lines of boxes").fill("6")
    car = [float(channel) for channel in color(1)]
    shows(card, 8 / 96, 0.77, car)
    shows(card, 56 / 96, 0.77, car)
    score = card.locator(".nb-over-row", has_text="acc")
    score.get_by_label("Boxes with acc ≥").fill("0.5")
    shows(card, 56 / 96, 0.77, over(2))
    shows(card, 8 / 96, 0.77, car)
    score.get_by_label("How acc is compared").select_option("≤")
    shows(card, 8 / 96, 0.77, over(1))
    score.get_by_role("button", name="All").click()

    # The step slider: settings stay; a mask that a step has not is still listed, and switching it changes nothing.
    panel.press("ArrowLeft")
    truth = masks.get_by_role("button", name="truth")
    until(lambda: "nb-absent" in (truth.get_attribute("class") or ""))
    shows(card, 0.4, 0.3, over(2))
    truth.click()
    shows(card, 0.4, 0.3, over(2))
    panel.press("ArrowLeft")
    shows(card, 0.4, 0.3, over(1))

    # All pictures of the panel zoom together, also those of another key that have nothing over them.
    tile.hover(position={"x": side["width"] * 0.75, "y": side["height"] * 0.3})
    nb.page.keyboard.down("Control")
    nb.page.mouse.wheel(0, -600)
    nb.page.keyboard.up("Control")
    shows(card, 0.35, 0.3, over(2))
    assert nb.page.evaluate("() => visualViewport.scale") == 1, "the page itself was zoomed"
    for opacity in (0.2, 0.9, 0.45):
        card.get_by_label("Opacity of the masks").fill(str(opacity))
        shows(card, 0.35, 0.3, over(2, opacity=opacity))
    plain = panel.card("plain")
    plain.evaluate("(e) => e.scrollIntoView({block: 'center'})")
    shows(plain, 0.35, 0.3, GRAY)
    plain.get_by_role("button", name="Whole pictures").click()
    shows(plain, 0.35, 0.3, (0, 0, 0))
    card = opened(panel, "scene")
    shows(card, 0.35, 0.3, over(1))
    assert not nb.errors
    assert not nb.foreign_requests()


def test_two_masks_are_held_against_each_other(open_notebook) -> None:
    nb = open_notebook(SETUP, LOG)
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    until(lambda: panel.step() == 2)
    card = opened(panel, "scene")
    card.locator(".nb-tile-open").first.click()
    large = ".nb-pane-box canvas"
    card.get_by_role("button", name="Compare A and B").click()
    assert card.get_by_label("Overlays of A").input_value() == "masks/predictions"
    assert card.get_by_label("Overlays of B").input_value() == "masks/truth"

    # The picture fills the height: its middle is the middle of the canvas, a quarter of it left lies at the split.
    bounds = card.locator(large).bounding_box()
    assert bounds is not None
    reach = 96 * (bounds["height"] // 96) / bounds["width"]

    def at(share: float) -> float:
        return 0.5 + (share - 0.5) * reach

    shows(card, at(0.35), 0.5, over(2), large)  # A: road from a quarter on
    card.get_by_label("Where B begins").fill("0")
    shows(card, at(0.35), 0.5, over(1), large)  # B: road from the middle on
    card.get_by_text("Onion skin").click()
    card.get_by_label("How much of B is seen").fill("0.5")
    shows(card, at(0.35), 0.5, [(a + b) / 2 for a, b in zip(over(1), over(2), strict=True)], large)
    card.get_by_text("Difference", exact=True).click()
    until(lambda: "75.0 % of the pixels agree" in card.locator(".nb-pixel").inner_text())
    assert "mean IoU 0.583 of 2 classes" in card.locator(".nb-pixel").inner_text()
    card.get_by_text("Side by side").click()
    until(lambda: card.locator(".nb-pane").count() == 2)
    # Both sides follow a pinch on one of them: where A was touched, B is car as far as can be seen.
    a, b = (card.locator(".nb-pane").nth(i) for i in range(2))
    shows(b, 0.7, 0.5, over(2), "canvas")
    box = a.locator("canvas").bounding_box()
    assert box is not None
    side = 96 * (min(box["width"], box["height"]) // 96)
    nb.page.mouse.move(box["x"] + box["width"] / 2 - 0.15 * side, box["y"] + box["height"] / 2)
    nb.page.keyboard.down("Control")
    for _ in range(4):
        nb.page.mouse.wheel(0, -600)
    nb.page.keyboard.up("Control")
    shows(b, 0.7, 0.5, over(1), "canvas")
    shows(a, 0.7, 0.5, over(2), "canvas")
    assert nb.page.evaluate("() => visualViewport.scale") == 1
    card.locator(".nb-lightbox").press("0")
    shows(b, 0.7, 0.5, over(2), "canvas")
    card.get_by_text("Flicker").click()
    card.get_by_label("How often A and B change places").fill("8")
    seen: set[tuple[int, ...]] = set()
    until(lambda: seen.add(tuple(pixel(card, at(0.35), 0.5, large))) or len(seen) >= 2)

    # Steps: with the overlays as set, the first step against the slider's.
    card.get_by_text("Swipe").click()
    for letter in "AB":
        card.get_by_label(f"Overlays of {letter}").select_option("masks/predictions")
    card.get_by_label("Where B begins").fill("0")
    card.get_by_label("Step of B").select_option("0")
    shows(card, at(0.35), 0.5, over(1), large)
    card.locator(".nb-lightbox").press("o")
    shows(card, at(0.35), 0.5, GRAY, large)
    assert not nb.errors


def test_a_class_has_one_color_in_the_panels_of_a_project(open_notebook) -> None:
    show = "nbtrack.show(runs[{}])"
    nb = open_notebook(
        SETUP,
        """\
LABELS = {1: "car", 2: "road", 7: "a", 40: "b"}
def bands(*classes):
    return np.repeat(np.array(classes), 96 // len(classes))[None].repeat(96, 0)
runs = []
for key, classes in (("train/scene", (1, 2, 7, 40)), ("other", (40, 7, 2, 1))):
    with nbtrack.init(project="one") as run:
        run.log({key: nbtrack.Image(GRAY, masks={"m": {"mask_data": bands(*classes), "class_labels": LABELS}})})
    runs.append(run)
""",
        show.format(0),
        show.format(1),
    )
    nb.run(0)
    nb.run(1)
    for cell, key, classes in ((2, "train/scene", (1, 2, 7, 40)), (3, "other", (40, 7, 2, 1))):
        nb.run(cell)
        card = opened(PanelView(nb.panel(cell)), key)
        for place, class_id in enumerate(classes):
            shows(card, (place + 0.5) / 4, 0.5, over(class_id))
    assert not nb.errors


def test_a_saved_page_has_what_lies_over_its_pictures(open_notebook, browser: Browser, lab) -> None:
    nb = open_notebook(SETUP, LOG, "nbtrack.show(run).save_html('scenes.html'); None")
    for cell in range(3):
        nb.run(cell)
    page = browser.new_context(offline=True, viewport={"width": 1300, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "scenes.html").as_uri())
    card = opened(PanelView(page.locator(".nbtrack").first), "scene")
    shows(card, 0.1, 0.3, over(1, 1))
    shows(card, 0.4, 0.3, over(2, 1))
    card.get_by_label("Width of the lines of boxes").fill("6")
    shows(card, 8 / 96, 0.77, color(1))
    card.get_by_label("Boxes with acc ≥").fill("0.5")
    shows(card, 56 / 96, 0.77, over(2, 2))
    card.locator(".nb-tile-open").first.click()
    shows(card, 0.5, 0.55, over(2, 2), ".nb-pane-box canvas")
    assert errors == []
    page.context.close()


def test_cells_of_a_table_show_masks_and_boxes(open_notebook) -> None:
    nb = open_notebook(
        SETUP,
        """\
with nbtrack.init(project="tables") as run:
    run.log({"found": nbtrack.Table(columns=["n", "scene"], data=[[0, scene(24)], [1, scene(72, truth=None)]])})
""",
    )
    nb.run(0)
    nb.run(1)
    card = PanelView(nb.panel(1)).seen("found")
    thumb = card.locator(".nb-table-thumb").first
    thumb.locator("img").wait_for()

    def near(x: float, y: float, wanted: list[float]) -> bool:
        picture = Image.open(io.BytesIO(thumb.screenshot())).convert("RGB")
        found = picture.getpixel((int(x * picture.width), int(y * picture.height)))
        return all(abs(a - b) <= 12 for a, b in zip(found, wanted, strict=True))  # type: ignore[arg-type]

    until(lambda: near(0.12, 0.3, over(1, 1)))
    until(lambda: near(0.38, 0.3, over(2, 1)))

    # The whole row: its picture has all tools, and is another one with the next row.
    thumb.click()
    detail = card.locator(".nb-table-detail")
    detail.locator(".nb-over-chip").first.wait_for()
    shows(detail, 0.1, 0.3, over(1, 1))
    shows(detail, 0.4, 0.3, over(2, 1))
    detail.get_by_label("Width of the lines of boxes").fill("6")
    shows(detail, 8 / 96, 0.77, color(1))
    detail.get_by_label("Next row").click()
    shows(detail, 0.4, 0.3, over(1))
    shows(detail, 8 / 96, 0.77, color(1))
    assert not nb.errors


def test_odd_pictures_and_overlays_are_drawn_as_far_as_they_can_be(open_notebook) -> None:
    nb = open_notebook(
        SETUP,
        """\
def odd(picture, mask=None, *positions, **more):
    data = [{"position": dict(zip(("minX", "minY", "maxX", "maxY"), one)), "class_id": 1, **more} for one in positions]
    masks = None if mask is None else {"m": {"mask_data": mask}}
    return nbtrack.Image(picture, masks=masks, boxes={"b": {"box_data": data}} if data else None)
wide = np.tile([1, 2], (600, 10_000)).astype(np.uint8)
wide[:, :10_000] = 1
with nbtrack.init(project="odd") as run:
    run.log({
        "one pixel": odd(GRAY[:1, :1], [[2]], (0, 0, 1, 1)),
        "wide": odd(np.full((600, 20_000), 128, np.uint8), wide, (0.6, 0.1, 0.9, 0.9)),
        "outside": odd(GRAY, halves(48), (-2, -2, -1, -1), (0.5, 0.25, 7, 0.75), (0.3, 0.3, 0.3, 0.3)),
        "other shape": odd(GRAY, [[1, 2]]),
        "bool": odd(GRAY, halves(48) == 1, (0.6, 0.6, 0.9, 0.9), scores={"acc": float("nan")}),
    })
""",
    )
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    expected = {
        "one pixel": [(0.004, 0.5, color(1)), (0.5, 0.5, over(2))],
        "wide": [(0.25, 0.5, over(1))],
        "outside": [(0.4, 0.1, over(1)), (0.8, 0.5, over(2)), (0.5, 0.5, color(1))],
        "other shape": [(0.25, 0.5, over(1)), (0.75, 0.5, over(2))],
        "bool": [(0.25, 0.5, over(1)), (0.75, 0.3, GRAY)],
    }
    for key, pixels in expected.items():
        card = opened(panel, key)
        if (width := card.get_by_label("Width of the lines of boxes")).count():
            width.fill("6")
        for x, y, wanted in pixels:
            shows(card, x, y, wanted)

    # Twenty thousand pixels, each of them within reach.
    card = opened(panel, "wide")
    card.locator(".nb-tile-open").click()
    shows(card, 0.25, 0.5, over(1), ".nb-pane-box canvas")
    card.locator(".nb-pane-box").hover(position={"x": 300, "y": 190})
    for _ in range(4):
        nb.page.mouse.wheel(0, -600)
    until(lambda: "x " in card.locator(".nb-pixel-values").inner_text())
    shows(card, 0.1, 0.9, over(1), ".nb-pane-box canvas")
    assert not nb.errors


#: pictures that were painted before anybody scrolled to them
PAINTED_BELOW = """(card) => {
  const edge = card.querySelector('.nb-image-runs').getBoundingClientRect().bottom;
  return [...card.querySelectorAll('.nb-tile-box')].filter((tile) => {
    const at = tile.getBoundingClientRect(), canvas = tile.closest('.nb-image-block').querySelector('canvas');
    const from = canvas.getBoundingClientRect(), density = canvas.width / from.width;
    const x = (at.left + at.width / 2 - from.left) * density, y = (at.top + at.height / 2 - from.top) * density;
    return at.top > edge && canvas.getContext('2d').getImageData(x, y, 1, 1).data[3] > 0;
  }).length;
}"""


def test_a_class_has_one_color_in_all_runs_and_a_panel_of_a_thousand_pictures_draws_what_is_near(
    open_notebook,
) -> None:
    nb = open_notebook(
        SETUP,
        """\
runs = []
nbtrack.Image.MAX_ITEMS = 250
for split in (24, 72):
    with nbtrack.init(project="two") as run:
        run.log({"scene": scene(split, truth=None)} | {
            f"many/{key}": [scene(8 + (i * 7 + key) % 80) for i in range(250)] for key in range(2)})
    runs.append(run)
""",
        "nbtrack.compare(*runs)",
    )
    nb.run(0)
    nb.run(1, 300)
    nb.run(2)
    panel = PanelView(nb.panel(2))
    card = opened(panel, "scene")
    canvases = card.locator(".nb-image-block canvas")
    card.evaluate("(e) => e.scrollIntoView({block: 'center'})")
    until(lambda: canvases.count() == 2)
    shows(card, 0.1, 0.3, over(1))
    other = card.locator(".nb-image-run").nth(1)
    shows(other, 0.1, 0.3, over(1))
    shows(card, 0.5, 0.3, over(2))
    shows(other, 0.5, 0.3, over(1))

    # A against B is one run against the other.
    card.locator(".nb-tile-open").first.click()
    card.get_by_role("button", name="Compare A and B").click()
    a, b = card.get_by_label("Run of A"), card.get_by_label("Run of B")
    assert a.input_value() != b.input_value()
    card.get_by_text("Difference", exact=True).click()
    shows(card, 0.5, 0.3, [abs(x - y) for x, y in zip(over(2), over(1), strict=True)], ".nb-pane-box canvas")
    card.get_by_role("button", name="Close").click()

    many = opened(panel, "many/0")
    until(lambda: many.locator(".nb-tile-open").count() >= 20)
    until(lambda: many.evaluate(PAINTED_BELOW) > 0)
    drawn = panel.root.locator(".nb-tile-open").count()
    assert drawn < 700, f"{drawn} of 1,002 pictures"
    assert not nb.errors
