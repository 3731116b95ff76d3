"""Sounds in a real browser: what is drawn is what is there, one is heard at a time, and another goes on where it was."""

from __future__ import annotations

from playwright.sync_api import Locator

from .clips import opened, press, seek
from .lab import Notebook
from .panel import until

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


def ready(nb: Notebook, count: int) -> None:
    """Wait until so many sounds can play."""
    until(lambda: nb.page.evaluate("() => sounds.filter((s) => s.src && s.readyState >= 1).length") >= count)


def playhead(card: Locator) -> float:
    """Where the line is in the chosen clip's plot: 0 at its left edge, 1 at its right one."""
    head, plot = (
        card.locator(f".nb-clip.nb-on {one}").bounding_box() for one in (".nb-playhead", ".nb-clip-plot")
    )
    return (head["x"] + head["width"] / 2 - plot["x"]) / plot["width"]


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
    assert 0.2 < playhead(card) < 0.8
    before = playhead(card)
    until(lambda: playhead(card) > before + 0.02)
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
    at = playhead(card) * 4
    assert any(abs(time - at) < 0.05 for time in nb.page.evaluate("() => sounds.map((s) => s.currentTime)"))
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
    high.locator(".nb-clip-plot").scroll_into_view_if_needed()
    # 4 kHz of 8: half way up; the scale of speech puts it higher
    for label, place in (("Linear", 0.5), ("Mel", 0.756), ("Log", 0.863)):
        high.get_by_text(label, exact=True).click()
        until(lambda place=place: abs(high.locator(".nb-spectrum canvas").evaluate(_PEAK) - place) < 0.02, 20)
        box = high.locator(".nb-clip-plot").bounding_box()
        nb.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * (1 - place))
        time, frequency = until(lambda: high.locator(".nb-clip-pointed").inner_text()).split(" · ")
        assert time.startswith("0:02.0")
        assert abs(float(frequency.removesuffix(" kHz")) - 4) < 0.3
    assert nb.errors == []


#: what the time axis below the first plot says, from left to right
TICKS = "(card) => [...card.querySelector('.nb-ruler').children].map((tick) => tick.textContent)"
#: a wheel over the middle of an element
WHEEL = """(plot, [dy, ctrl]) => {
  const {left, width, top} = plot.getBoundingClientRect();
  plot.dispatchEvent(new WheelEvent('wheel', {deltaY: dy, ctrlKey: ctrl, bubbles: true, cancelable: true,
    clientX: left + width / 2, clientY: top + 5}));
}"""


def spread(ink: list[float]) -> list[int]:
    """The tenths of a drawing in which there is more than a thin line."""
    return [i for i, share in enumerate(ink) if share > 0.1]


def test_an_hour_of_sound_is_zoomed_down_to_samples(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
rate = 8000
hour = np.zeros(3600 * rate, np.int16)
hour[1800 * rate : 1801 * rate] = (30_000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)).astype(np.int16)
run = nbtrack.init(project="hour")
run.log({"hour": nbtrack.Audio(hour, sample_rate=rate)})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1, 120)
    ranges = []
    nb.page.on("request", lambda r: "range" in r.headers and ranges.append(r.headers["range"]))
    _, card = opened(nb, 1, "hour")
    canvas, plot = card.locator(".nb-clip canvas"), card.locator(".nb-clip-plot")
    until(lambda: "30:00" in card.evaluate(TICKS))
    for _ in range(30):
        plot.evaluate(WHEEL, [-120, False])  # scrolls the page
    assert card.get_by_role("button", name="Show all").count() == 0

    for _ in range(17):  # 2 ** 8.5 times: ten seconds around the middle
        plot.evaluate(WHEEL, [-120, True])
    until(lambda: "30:00" in card.evaluate(TICKS) and "29:00" not in card.evaluate(TICKS))
    until(lambda: spread(canvas.evaluate(_INK)) == [5])
    box = plot.bounding_box()
    nb.page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 20)
    nb.page.mouse.down()
    nb.page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 20, steps=4)
    nb.page.mouse.up()
    until(lambda: spread(canvas.evaluate(_INK)) == [5, 6, 7, 8, 9])
    for _ in range(14):
        press(card, "]") if len(spread(canvas.evaluate(_INK))) < 6 else press(card, "[")
        plot.evaluate(WHEEL, [-240, True])
    # twenty samples or so: a line with dots, not a block
    until(lambda: 0.005 < max(canvas.evaluate(_INK)) < 0.3 and ranges)
    text = card.get_by_role("button", name="Show all").inner_text()
    assert text.startswith(("29:", "30:"))
    assert len(text.split(".")[1].split(" ")[0]) >= 4
    plot.dblclick(position={"x": 5, "y": 5})
    until(lambda: "30:00" in card.evaluate(TICKS) and "45:00" in card.evaluate(TICKS))

    ranges.clear()
    card.get_by_text("Spectrogram", exact=True).click()  # reads a window a column, not 58 MB
    card.locator(".nb-spectrum canvas:not([hidden])").wait_for(timeout=60_000)
    assert card.locator(".nb-clip-plot").inner_text().startswith("2 k")
    assert 300 < len(ranges) < 1500
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_all_runs_show_the_same_stretch_and_keep_it_when_the_step_changes(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.compare(runs)")
    for cell in range(3):
        nb.run(cell)
    panel, card = opened(nb, 2, "tone")
    rulers = "(card) => [...card.querySelectorAll('.nb-ruler')].map((r) => r.textContent)"
    until(lambda: len(set(card.evaluate(rulers))) == 1 and len(card.evaluate(rulers)) == 2)
    whole = card.evaluate(rulers)
    card.get_by_role("button", name="Zoom in").click()
    press(card, "+", "]")
    until(lambda: card.evaluate(rulers) != whole)
    near = card.evaluate(rulers)
    assert len(set(near)) == 1
    assert card.get_by_role("button", name="Show all").inner_text().split()[::2][:2] == ["0:00.50", "0:01.50"]
    panel.press("ArrowLeft")
    until(lambda: "440, 0" in card.inner_text())
    assert card.evaluate(rulers) == near
    press(card, "w")
    until(lambda: card.evaluate(rulers) == whole)


def test_spectrograms_are_made_beside_the_page_and_follow_the_zoom(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
two = np.concatenate([tone(1000, 2), tone(3000, 2)])
run = nbtrack.init(project="two tones")
run.log({"two": nbtrack.Audio(two, sample_rate=16_000)})
run.finish()
run
""",
    )
    nb.run(0)
    nb.run(1)
    _, card = opened(nb, 1, "two")
    card.get_by_text("Spectrogram", exact=True).click()
    card.get_by_text("Linear", exact=True).click()
    spectrum = card.locator(".nb-spectrum canvas")
    seek(card, 1.0)
    press(card, "+", "+", "+")
    until(lambda: abs(spectrum.evaluate(_PEAK) - 0.125) < 0.02 and len(nb.page.workers) >= 1)
    assert any(worker.url.startswith("blob:") for worker in nb.page.workers)
    press(card, "]", "]", "]", "]")
    until(lambda: abs(spectrum.evaluate(_PEAK) - 0.375) < 0.02)
    press(card, "w")
    quiet = "(c) => c.getContext('2d').getImageData(c.width >> 1, 0, 1, 1).data[0]"
    card.get_by_label("Range").select_option("120")
    card.get_by_label("Range").select_option("40")
    until(lambda: spectrum.evaluate(quiet) == 255)
    assert nb.errors == []
    assert nb.foreign_requests() == []


def test_keys_belong_to_the_sounds_after_a_click_and_not_to_the_notebook(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.compare(runs)")
    for cell in range(3):
        nb.run(cell)
    _, card = opened(nb, 2, "tone")
    until(lambda: card.locator(".nb-clip canvas").count() == 2)
    cells = "() => jupyterapp.shell.currentWidget.content.widgets.length"
    card.locator(".nb-clip-plot").nth(1).click(position={"x": 40, "y": 10})
    assert chosen(card) == "B"
    nb.page.keyboard.press("x")
    until(lambda: chosen(card) == "A")
    nb.page.keyboard.press("+")
    until(lambda: card.get_by_role("button", name="Show all").count() == 1)
    card.locator(".nb-clip-letter").nth(1).click()
    nb.page.keyboard.press("x")
    until(lambda: chosen(card) == "A")
    nb.page.keyboard.press("w")
    until(lambda: card.get_by_role("button", name="Show all").count() == 0)
    assert nb.page.evaluate(cells) == 3
    assert nb.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex") == 2


def test_where_workers_are_refused_the_page_makes_spectrograms_itself(open_notebook):
    nb = open_notebook(
        SETUP,
        """\
run = nbtrack.init(project="no workers")
run.log({"tone": nbtrack.Audio(tone(4000), sample_rate=16_000)})
run.finish()
run
""",
    )
    # as a content security policy does it: the worker is made, and then it says that it failed
    nb.page.evaluate(
        """() => { window.Worker = class extends EventTarget {
          constructor() { super(); setTimeout(() => this.onerror?.(new ErrorEvent('error'))); }
          postMessage() {}
          terminate() {}
        }; }"""
    )
    nb.run(0)
    nb.run(1)
    _, card = opened(nb, 1, "tone")
    card.get_by_text("Spectrogram", exact=True).click()
    card.get_by_text("Linear", exact=True).click()
    until(lambda: abs(card.locator(".nb-spectrum canvas").evaluate(_PEAK) - 0.5) < 0.02)
    assert nb.errors == []


def test_unlinked_each_clip_remembers_its_own_position(open_notebook):
    nb = open_notebook(SETUP, TWO_RUNS, "nbtrack.compare(runs)")
    nb.page.evaluate(WATCH)
    for cell in range(3):
        nb.run(cell)
    panel, card = opened(nb, 2, "tone")
    ready(nb, 2)
    seek(card, 1)
    card.get_by_role("button", name="Linked").click()
    seek(card, 3)
    press(card, "2")
    until(lambda: card.locator(".nb-time").inner_text().startswith("0:01.0"))
    press(card, "1")
    until(lambda: card.locator(".nb-time").inner_text().startswith("0:03.0"))
    panel.press("ArrowLeft")
    until(lambda: "440, 0" in card.inner_text())
    assert card.get_by_role("button", name="Linked").get_attribute("aria-pressed") == "false"
    card.get_by_role("button", name="Linked").click()
    press(card, "2")
    until(lambda: card.locator(".nb-time").inner_text().startswith("0:03.0"))


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
