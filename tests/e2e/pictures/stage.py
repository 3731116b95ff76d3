"""What scripts that make pictures of media share: one notebook in a real JupyterLab, pictured light and dark."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, sync_playwright

from ..lab import LabServer, Notebook, launch_chromium, notebook

IMAGES = Path(__file__).parents[3] / "docs" / "images"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

Save = Callable[[Locator, str], None]
"""Writes a picture of something on the page as `<name>.png` and `<name>-dark.png`."""


def main(shoot: Callable[[Notebook, Save], None], *sources: str) -> None:
    """Open a notebook of code cells and let `shoot` run and picture them.

    The command line may name a folder for the pictures; docs/images by default.
    """
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        root, home = Path(temporary, "work"), Path(temporary, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "pictures.ipynb", *sources)
        server = LabServer(root, home)
        try:
            nb = Notebook(launch_chromium(playwright), server, "pictures.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1000})
            nb.page.evaluate("() => jupyterapp.shell.collapseLeft()")

            def save(place: Locator, name: str) -> None:
                for theme, end in (("light", ".png"), ("dark", "-dark.png")):
                    _change_theme(nb, THEMES[theme])
                    nb.page.wait_for_timeout(3000)
                    place.screenshot(path=folder / (name + end))
                _change_theme(nb, THEMES["light"])

            shoot(nb, save)
            assert not nb.errors, nb.errors
            nb.close()
        finally:
            server.stop()


def _change_theme(nb: Notebook, name: str) -> None:
    nb.page.evaluate("(theme) => jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
    nb.page.wait_for_function(f"() => document.body.dataset.jpThemeName === '{name}'")
