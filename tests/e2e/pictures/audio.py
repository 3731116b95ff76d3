"""Makes docs/images/media-audio.png: a sentence that two runs learn to speak, as spectrograms.

The sentence is spoken by espeak-ng where it is installed, else hummed by numpy.

python -m tests.e2e.pictures.audio [dark]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.lab import LabServer, Notebook, launch_chromium, notebook
from tests.e2e.panel import PanelView, until

IMAGES = Path(__file__).parents[3] / "docs" / "images"

SETUP = """\
import io, shutil, subprocess
import numpy as np, nbtrack

def speech(text, voice):
    \"\"\"(samples, rate) of a sentence, from -1 to 1.\"\"\"
    if shutil.which("espeak-ng"):
        done = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], capture_output=True, check=True)
        # the header of what is written to a pipe does not know its length
        return np.frombuffer(done.stdout[44:], "<i2") / 32768, 22050
    t = np.arange(44100) / 22050
    tune = 160 + 60 * np.sin(5 * t) + (20 if voice == "en" else -40)
    phase = 2 * np.pi * np.cumsum(tune) / 22050
    return sum(np.sin(k * phase) / k for k in range(1, 12)) * np.clip(np.sin(14 * t), 0, 1) * 0.4, 22050
"""
TRAIN = """\
rng = np.random.default_rng(0)
runs = []
for voice in ("en", "en+f3"):
    run = nbtrack.init(project="speech", name=f"voice {voice}", config={"voice": voice})
    clean, rate = speech("Nothing leaves your own disk.", voice)
    for epoch in range(4):
        noise = rng.normal(size=len(clean)) * 0.08 * 0.25**epoch
        run.log({
            "speech": nbtrack.Audio(np.clip(clean + noise, -1, 1), sample_rate=rate, caption=f"{voice}, epoch {epoch}"),
        }, step=epoch)
    run.finish()
    runs.append(run)
"""
COMPARE = 'nbtrack.compare(runs, keys=["speech"])'


def shoot(theme: str) -> None:
    dark = theme != "JupyterLab Light"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, home = Path(folder, "work"), Path(folder, "home")
        root.mkdir()
        home.mkdir()
        notebook(root / "audio.ipynb", SETUP, TRAIN, COMPARE)
        server = LabServer(root, home, {"@jupyterlab/apputils-extension:themes": {"theme": theme}})
        try:
            nb = Notebook(launch_chromium(playwright), server, "audio.ipynb")
            nb.page.set_viewport_size({"width": 1280, "height": 1100})
            for cell in range(3):
                nb.run(cell, 300)
            panel = PanelView(nb.panel(2))
            card = panel.card("speech")
            until(lambda: card.locator(".nb-clip canvas").count() == 2)
            nb.page.wait_for_timeout(800)
            card.get_by_role("button", name="Pin A").click()
            panel.press("ArrowLeft", "ArrowLeft")
            card.get_by_text("Spectrogram", exact=True).click()
            card.get_by_role("slider", name="Position").evaluate(
                "(e) => { e.value = 1.1; e.dispatchEvent(new Event('input', {bubbles: true})); }"
            )
            nb.page.wait_for_timeout(2500)
            panel.root.screenshot(path=IMAGES / f"media-audio{'-dark' if dark else ''}.png")
            nb.close()
        finally:
            server.stop()


def main() -> None:
    shoot("JupyterLab Dark" if "dark" in sys.argv[1:] else "JupyterLab Light")


if __name__ == "__main__":
    main()
