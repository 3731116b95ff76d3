"""What a test does to a panel, and how it reads what the panel shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

#: Press a key on the slider and time it until the first pixel of the first picture of `key` has changed.
_MOVE = """(root, [key, press]) => new Promise((done) => {
  const slider = root.querySelector('[role=slider]');
  const card = [...root.querySelectorAll('section[aria-label]')].find((s) => s.getAttribute('aria-label') === key);
  const read = () => {
    const canvas = card?.querySelector('canvas');
    return canvas?.width ? canvas.getContext('2d').getImageData(0, 0, 1, 1).data.join() : '';
  };
  const before = read(), started = performance.now();
  slider.dispatchEvent(new KeyboardEvent('keydown', {key: press, bubbles: true, cancelable: true}));
  const look = () => {
    if (read() !== before) done(performance.now() - started);
    else if (performance.now() - started > 10000) done(null);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


class PanelView:
    """A panel in the page."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.slider = root.locator("[role=slider]").first

    def step(self) -> float:
        return float(self.slider.get_attribute("aria-valuenow") or "nan")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.slider.evaluate(
                "(s, key) => s.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))",
                key,
            )

    def move(self, key: str, press: str) -> float | None:
        """Press `press`; milliseconds until the first picture of `key` is another one, None after ten seconds."""
        return self.root.evaluate(_MOVE, [key, press])

    def mode(self, label: str) -> None:
        self.root.get_by_role("radiogroup", name="Slider mode").get_by_text(label, exact=True).click()

    def card(self, key: str) -> Locator:
        return self.root.locator(f'section[aria-label="{key}"]')

    def seen(self, key: str) -> Locator:
        """The card, where it is drawn: what is far from the screen waits until it comes near."""
        card = self.card(key)
        card.scroll_into_view_if_needed()
        return card

    def pixel(self, key: str, index: int = 0) -> list[int] | None:
        """The first pixel of a picture of `key`, brought near the screen to be drawn; None when there is none."""
        return self.root.evaluate(
            """(root, [key, index]) => {
              const card = [...root.querySelectorAll('section[aria-label]')]
                .find((s) => s.getAttribute('aria-label') === key);
              const canvas = card?.querySelectorAll('canvas')[index];
              if (canvas?.width) return [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data];
              card?.scrollIntoView({block: 'nearest'});
              return null;
            }""",
            [key, index],
        )

    def source(self) -> str:
        """What the header says about where the data come from."""
        notes = self.root.locator(".nb-source")
        return notes.first.inner_text() if notes.count() else ""

    def state(self) -> str:
        return self.root.locator(".nb-state").first.get_attribute("data-state") or ""


def until(what: Callable[[], Any], timeout: float = 30, every: float = 0.1) -> Any:
    """Ask `what` until it says something true; returns it."""
    deadline = time.monotonic() + timeout
    while True:
        if answer := what():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"still {answer!r} after {timeout} s")
        time.sleep(every)
