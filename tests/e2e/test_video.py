"""Videos in a real browser: they play as one, stop at the frame that is meant, and go on when the step changes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from .clips import opened, press, seek
from .panel import PanelView, until

SETUP = """\
import io
import numpy as np, nbtrack

def counting(base, frames=24):
    \"\"\"Each frame is gray, 8 levels brighter than the one before: a pixel says which frame it is.\"\"\"
    levels = (base + 8 * np.arange(frames)).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (frames, 3, 48, 64))
"""

#: level of gray in the middle of what is shown, of the video or canvas at an index
_LEVEL = """(card, index) => {
  const shown = card.querySelectorAll('.nb-screen :is(video, canvas)')[index];
  if (!shown) return null;
  const c = document.createElement('canvas');
  c.width = c.height = 1;
  const x = c.getContext('2d');
  x.drawImage(shown, 0, 0, shown.videoWidth || shown.width, shown.videoHeight || shown.height, 0, 0, 1, 1);
  return x.getImageData(0, 0, 1, 1).data[1];
}"""


def frame(card: Locator, base: int, index: int = 0) -> float:
    """Number of the frame that is shown, to a quarter of one."""
    level = card.evaluate(_LEVEL, index)
    return -1 if level is None else round((level - base) / 2) / 4


def shows(card: Locator, number: int, base: int, index: int = 0) -> None:
    try:
        until(lambda: abs(frame(card, base, index) - number) <= 0.5, 20)
    except AssertionError:
        raise AssertionError(f"frame {frame(card, base, index)} is shown, not {number}") from None


@pytest.mark.parametrize("format_", ["mp4", "webm", "gif"])
def test_frames_are_stepped_one_by_one(open_notebook, format_):
    nb = open_notebook(
        SETUP,
        f"""\
run = nbtrack.init(project="frames")
run.log({{"clip": nbtrack.Video(counting(20), fps=12, format="{format_}", caption="counting")}})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    _, card = opened(nb, 1, "clip")
    shows(card, 0, 20)
    press(card, ".", ".", ".")
    shows(card, 3, 20)
    press(card, ",")
    shows(card, 2, 20)
    card.get_by_role("button", name="Next frame").click()
    shows(card, 3, 20)
    seek(card, 1.04)
    shows(card, 12, 20)
    press(card, "0")
    shows(card, 0, 20)
    assert "counting" in card.inner_text()
    assert "12 fps" in card.inner_text()
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_two_runs_play_as_one_and_a_step_changes_the_film_but_not_the_place(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
runs = []
for base in (16, 40):
    run = nbtrack.init(project="linked", name=f"base {base}")
    for step in range(2):
        run.log({"clip": nbtrack.Video(counting(base + 4 * step), fps=8, format="mp4")}, step=step)
    run.finish()
    runs.append(run)
""",
        "nbtrack.compare(runs)",
    )
    for cell in range(3):
        nb.run(cell)
    panel, card = opened(nb, 2, "clip")
    until(lambda: card.locator("video").count() == 2)
    seek(card, 1.3)
    shows(card, 10, 20, 0)
    shows(card, 10, 44, 1)
    panel.press("ArrowLeft")
    shows(card, 10, 16, 0)
    shows(card, 10, 40, 1)

    times = "(c) => [...c.querySelectorAll('video')].map((v) => v.currentTime)"
    playing = "(c) => [...c.querySelectorAll('video')].map((v) => !v.paused)"
    card.get_by_role("combobox").select_option("0.25")
    card.get_by_role("button", name="Play").click()
    until(lambda: card.evaluate(playing) == [True, True])
    until(lambda: min(card.evaluate(times)) > 1.5)
    panel.press("ArrowRight")
    until(lambda: card.evaluate(playing) == [True, True])
    assert min(card.evaluate(times)) > 1.4
    card.get_by_role("button", name="Pause").click()
    assert card.evaluate(playing) == [False, False]
    until(lambda: len({round(at, 2) for at in card.evaluate(times)}) == 1)
    assert nb.errors == []


def test_films_of_other_rates_and_lengths_are_linked_and_can_be_unlinked(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
runs = []
for base, fps, frames in ((20, 4, 8), (40, 12, 36)):
    run = nbtrack.init(project="rates", name=f"{fps} fps")
    run.log({"clip": nbtrack.Video(counting(base, frames) if frames < 24 else np.repeat(counting(base, 18), 2, 0), fps=fps, format="mp4")})
    run.finish()
    runs.append(run)
""",
        "nbtrack.compare(runs)",
    )
    for cell in range(3):
        nb.run(cell)
    _, card = opened(nb, 2, "clip")
    until(lambda: card.locator("video").count() == 2)
    seek(card, 1.04)  # frame 4 of the slow one, 12 of the fast one (each level of its is there twice)
    shows(card, 4, 20, 0)
    shows(card, 6, 40, 1)
    press(
        card, ".", ".", "."
    )  # of the fast one, which is a quarter of a second: the slow one has its next frame
    shows(card, 5, 20, 0)
    assert "frame 15" in card.inner_text()
    seek(card, 2.8)
    shows(card, 7, 20, 0)  # the shorter one waits at its last frame
    shows(card, 16, 40, 1)

    card.get_by_role("button", name="Linked").click()
    seek(card, 0.3)  # of the first one now
    shows(card, 1, 20, 0)
    shows(card, 16, 40, 1)
    press(card, ".")
    shows(card, 2, 20, 0)
    assert "frame 2" in card.inner_text()
    card.locator(".nb-screen").nth(1).click()
    nb.page.keyboard.press("k")
    nb.page.keyboard.press("k")
    playing = "(c) => [...c.querySelectorAll('video')].map((v) => !v.paused)"
    until(lambda: card.evaluate(playing) == [False, True])
    press(card, "k")
    seek(card, 2.04)
    shows(card, 12, 40, 1)
    shows(card, 2, 20, 0)
    card.get_by_role("button", name="Linked").click()
    shows(card, 7, 20, 0)
    shows(card, 12, 40, 1)
    assert nb.errors == []


def test_a_film_begins_again_where_it_loops(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="loop")
run.log({"clip": [nbtrack.Video(counting(20, frames), fps=12, format=f) for f, frames in (("mp4", 12), ("gif", 6))]})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    _, card = opened(nb, 1, "clip")
    until(lambda: card.locator(".nb-screen :is(video, canvas)").count() == 2)
    seek(card, 0.9)
    shows(card, 5, 20, 1)  # the shorter one waits at its last frame
    press(card, "k")
    until(lambda: card.locator("video").evaluate("(v) => v.currentTime < 0.6 && !v.paused"))
    press(card, "l", "k")
    seek(card, 0.9)
    press(card, "k")
    until(lambda: card.get_by_role("button", name="Play").count() == 1)
    assert card.locator("video").evaluate("(v) => v.currentTime") > 0.9


def test_a_large_film_is_fetched_in_parts_from_the_server(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
rng = np.random.default_rng(0)
noise = rng.integers(0, 255, (36, 3, 480, 640), dtype=np.uint8)
run = nbtrack.init(project="large")
run.log({"clip": nbtrack.Video(noise, fps=2, format="mp4")})
run.finish()
print(nbtrack.Api().run(run.id).media("clip")[0].record().meta["size"] > 8 * 2**20)
run
""",
    )
    answers = []
    nb.page.on(
        "response", lambda r: "/blob/" in r.url and answers.append((r.status, r.headers.get("content-range")))
    )
    nb.run(0)
    nb.run(1, 300)
    assert "True" in nb.text(1)
    _, card = opened(nb, 1, "clip")
    assert card.locator("video").get_attribute("src").startswith("/")
    seek(card, 16.2)
    until(
        lambda: card.locator("video").evaluate(
            "(v) => Math.abs(v.currentTime - 16.2) < 0.5 && v.readyState >= 2"
        )
    )
    assert any(status == 206 and place for status, place in answers)
    assert nb.errors == []


def test_what_a_browser_cannot_play_shows_its_first_frame_and_says_so(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
import av
file = io.BytesIO()
with av.open(file, "w", format="mp4") as container:
    stream = container.add_stream("mpeg4", rate=8)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for pixels in counting(20, 8):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels.transpose(1, 2, 0).copy(), format="rgb24")))
    container.mux(stream.encode(None))
run = nbtrack.init(project="old")
run.log({"clip": nbtrack.Video(file)})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    panel = PanelView(nb.panel(1))
    card = panel.card("clip")
    card.get_by_role("alert").wait_for(timeout=60_000)
    assert "cannot play this mp4" in card.get_by_role("alert").inner_text()
    until(lambda: card.locator(".nb-screen img").evaluate("(i) => i.complete && i.naturalWidth") == 64)


def test_a_saved_page_plays_without_a_server(open_notebook, lab, browser):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="saved")
run.log({"clip": nbtrack.Video(counting(20), fps=12, format="mp4")})
run.finish()
nbtrack.show(run).save_html("video.html"); None
""",
    )
    nb.run(0)
    nb.run(1)
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "video.html").as_uri())
    card = page.locator('section[aria-label="clip"]')
    card.locator("video").wait_for(timeout=60_000)
    shows(card, 0, 20)
    seek(card, 0.55)
    shows(card, 6, 20)
    assert errors == []
    page.close()
