"""What a test does to the sounds and videos of a panel."""

from __future__ import annotations

from playwright.sync_api import Locator

from .lab import Notebook
from .panel import PanelView, until

#: what a sound or a video is seen in
SCREEN = ".nb-clip canvas, .nb-screen :is(video, canvas)"


def opened(nb: Notebook, index: int, key: str) -> tuple[PanelView, Locator]:
    """The panel below a cell, and the card of a key, once its first clip is drawn."""
    panel = PanelView(nb.panel(index))
    until(lambda: panel.step() >= 0)
    card = panel.seen(key)
    card.locator(SCREEN).first.wait_for(timeout=60_000)
    return panel, card


def press(card: Locator, *keys: str) -> None:
    """Press keys where the card's clips listen."""
    for key in keys:
        card.locator(".nb-audio, .nb-video").evaluate(
            "(e, key) => e.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))",
            key,
        )


def seek(card: Locator, seconds: float) -> None:
    """Move the slider of the position."""
    card.get_by_role("slider", name="Position").evaluate(
        "(e, at) => { e.value = at; e.dispatchEvent(new Event('input', {bubbles: true})); }", seconds
    )
