"""Sounds in a real browser: what is drawn is what is there, one is heard at a time, and another goes on where it was."""

from __future__ import annotations

from playwright.sync_api import Locator

from .lab import Notebook
from .panel import PanelView, until

SETUP = """\
import numpy as np, nbtrack

def tone(hertz, seconds=4.0, rate=16_000, loud=0.8):
    return loud * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
"""

#: remembers each audio element that the page makes
WATCH = """() => {
  const Real = window.Audio;
  window.sounds = [];
  window.Audio = function () { const made = new Real(); window.sounds.push(made); return made; };
}"""
PLAYING = "() => sounds.filter((s) => !s.paused).map((s) => s.currentTime)"

#: the share of opaque pixels in each tenth of a waveform, from left to right
_INK = """(canvas) => {
  const x = canvas.getContext('2d'), w = canvas.width, h = canvas.height;
  return Array.from({length: 10}, (_, i) => {
    const from = Math.floor((i * w) / 10), data = x.getImageData(from, 0, Math.floor(w / 10), h).data;
    let n = 0;
    for (let p = 3; p < data.length; p += 4) n += data[p] > 0;
    return n / (data.length / 4);
  });
}"""
#: height (0 bottom, 1 top) of the strongest row of a spectrogram's middle column
_PEAK = """(canvas) => {
  const h = canvas.height, data = canvas.getContext('2d').getImageData(canvas.width >> 1, 0, 1, h).data;
  let best = 0, dark = 1e9;
  for (let y = 0; y < h; y++) {
    const level = data[y * 4] + data[y * 4 + 1] + data[y * 4 + 2];
    if (level < dark) { dark = level; best = y; }
  }
  return 1 - (best + 0.5) / h;
}"""


def opened(nb: Notebook, index: int, key: str) -> tuple[PanelView, Locator]:
    panel = PanelView(nb.panel(index))
    until(lambda: panel.step() >= 0)
    card = panel.card(key)
    card.scroll_into_view_if_needed()
    card.locator(".nb-clip canvas").first.wait_for(timeout=60_000)
    return panel, card


def press(card: Locator, *keys: str) -> None:
    for key in keys:
        card.locator(".nb-audio").evaluate(
            "(e, key) => e.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))",
            key,
        )


def ready(nb: Notebook, count: int) -> None:
    """Wait until so many sounds can play."""
    until(lambda: nb.page.evaluate("() => sounds.filter((s) => s.src && s.readyState >= 1).length") >= count)


def chosen(card: Locator) -> str:
    return card.locator(".nb-clip.nb-on .nb-clip-letter").inner_text()


TWO_RUNS = """\
runs = []
for hertz in (440, 880):
    run = nbtrack.init(project="tones", name=f"{hertz} Hz")
    for step in range(2):
        run.log({"tone": nbtrack.Audio(tone(hertz * (1 + step)), sample_rate=16_000, caption=f"{hertz}, {step}")}, step=step)
    run.finish()
    runs.append(run)
"""


def test_one_clip_is_heard_and_another_goes_on_where_it_was(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.compare(runs)")
    nb.page.evaluate(WATCH)
    for cell in range(3):
        nb.run(cell)
    panel, card = opened(nb, 2, "tone")
    ready(nb, 2)
    assert chosen(card) == "A"
    plot = card.locator(".nb-clip-plot").first
    box = plot.bounding_box()
    plot.click(position={"x": box["width"] / 4, "y": 10})
    until(lambda: card.locator(".nb-time").inner_text().startswith("0:01.0"))
    assert nb.page.evaluate(PLAYING) == []

    card.get_by_role("button", name="Play").click()
    until(lambda: len(nb.page.evaluate(PLAYING)) == 1)
    press(card, "2")
    assert chosen(card) == "B"
    until(lambda: len(nb.page.evaluate(PLAYING)) == 1)
    at = nb.page.evaluate(PLAYING)[0]
    assert 0.9 < at < 3.9
    press(card, "x")
    assert chosen(card) == "A"
    until(lambda: len(nb.page.evaluate(PLAYING)) == 1)
    assert nb.page.evaluate(PLAYING)[0] >= at - 0.2
    nb.page.evaluate("() => { for (const s of sounds) s.playbackRate = 0.25; }")
    panel.press("ArrowLeft")
    until(lambda: "440, 0" in card.inner_text())
    until(lambda: len(nb.page.evaluate(PLAYING)) == 1 and nb.page.evaluate(PLAYING)[0] >= at - 0.2)
    press(card, "k")
    until(lambda: nb.page.evaluate(PLAYING) == [])
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_waveforms_and_spectrograms_show_what_is_there(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
half = np.concatenate([tone(1000, 2), np.zeros(32_000)])
run = nbtrack.init(project="drawn")
run.log({"mono": nbtrack.Audio(half, sample_rate=16_000), "high": nbtrack.Audio(tone(4000), sample_rate=16_000),
         "both": nbtrack.Audio(np.stack([half, half[::-1]], axis=1), sample_rate=16_000),
         "quiet": nbtrack.Audio(tone(300, loud=0.1), sample_rate=16_000)})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    _, mono = opened(nb, 1, "mono")
    ink = until(
        lambda: (found := mono.locator(".nb-clip canvas").evaluate(_INK)) and found[0] > 0.3 and found
    )
    assert min(ink[:4]) > 0.5
    assert max(ink[6:]) < 0.1
    _, both = opened(nb, 1, "both")
    until(lambda: both.locator(".nb-clip canvas").evaluate(_INK)[0] > 0.2)
    assert "stereo" in both.inner_text()
    heights = [card.locator(".nb-clip-plot").bounding_box()["height"] for card in (mono, both)]
    assert heights[1] > heights[0]
    _, quiet = opened(nb, 1, "quiet")
    assert "×8" in quiet.inner_text()  # noqa: RUF001

    _, high = opened(nb, 1, "high")
    high.get_by_text("Spectrogram", exact=True).click()
    # 4 kHz of 8: half way up; the scale of speech puts it higher
    for label, place in (("Linear", 0.5), ("Mel", 0.756), ("Log", 0.863)):
        high.get_by_text(label, exact=True).click()
        until(lambda place=place: abs(high.locator(".nb-spectrum canvas").evaluate(_PEAK) - place) < 0.02, 20)
    assert nb.errors == []


def test_a_pinned_clip_stays_while_the_step_changes(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.show(runs[0])")
    nb.page.evaluate(WATCH)
    for cell in range(3):
        nb.run(cell)
    panel, card = opened(nb, 2, "tone")
    ready(nb, 1)
    card.get_by_role("button", name="Pin A").click()
    panel.press("ArrowLeft")
    until(lambda: "440, 0" in card.inner_text())
    text = card.inner_text()
    assert "pinned at step 1" in text
    assert "440, 1" in text
    until(lambda: card.locator(".nb-clip canvas").count() == 2)
    press(card, "2")
    assert chosen(card) == "B"
    card.get_by_role("button", name="Unpin").click()
    until(lambda: card.locator(".nb-clip").count() == 1)
    until(lambda: chosen(card) == "A")


def test_a_sound_that_no_browser_plays_is_drawn_all_the_same(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="slow")
run.log({"whale songs": nbtrack.Audio(np.sin(np.arange(640)), caption="OooOoo", sample_rate=32)})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    _, card = opened(nb, 1, "whale songs")
    until(lambda: card.locator(".nb-clip canvas").evaluate(_INK)[5] > 0.1)
    assert "browsers play 3,000 and more" in card.inner_text()
    assert card.get_by_role("button", name="Play").is_disabled()
    assert nb.errors == []


def test_a_saved_page_draws_its_sounds(open_notebook, lab, browser):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="saved")
run.log({"tone": nbtrack.Audio(tone(1000), sample_rate=16_000)})
run.finish()
nbtrack.show(run).save_html("audio.html"); None
""",
    )
    nb.run(0)
    nb.run(1)
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "audio.html").as_uri())
    card = page.locator('section[aria-label="tone"]')
    card.locator(".nb-clip canvas").wait_for(timeout=60_000)
    until(lambda: min(card.locator(".nb-clip canvas").evaluate(_INK)) > 0.3)
    card.get_by_text("Spectrogram", exact=True).click()
    card.get_by_text("Linear", exact=True).click()
    until(lambda: abs(card.locator(".nb-spectrum canvas").evaluate(_PEAK) - 0.125) < 0.02)
    until(lambda: card.get_by_role("button", name="Play").is_enabled())
    assert errors == []
    page.close()
