"""Makes the pictures of docs/media/audio.md: a sentence that two runs learn to speak, and an hour of sound.

The sentence is spoken by espeak-ng where it is installed, else hummed by numpy.

python -m tests.e2e.pictures.audio [folder]
"""

from __future__ import annotations

from ..clips import opened, press, seek
from ..lab import Notebook
from ..panel import until
from .stage import Save, main

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
HOUR = """\
clean, rate = speech("Nothing leaves your own disk.", "en")
hour = np.zeros(3600 * rate, np.int16)
for minute in range(60):
    loud = 1 if minute == 30 else 0.2 + 0.8 * rng.random()
    for at in np.sort(rng.choice(19, 12, replace=False)) * 3 * rate + minute * 60 * rate:
        hour[at : at + len(clean)] = loud * 32767 * clean
run = nbtrack.init(project="speech", name="an hour")
run.log({"talk": nbtrack.Audio(hour, sample_rate=rate, caption="one hour")})
run.finish()
run
"""


def shoot(nb: Notebook, save: Save) -> None:
    for cell in range(3):
        nb.run(cell, 300)
    panel, card = opened(nb, 2, "speech")
    until(lambda: card.locator(".nb-clip canvas").count() == 2)
    card.get_by_role("button", name="Pin A").click()
    panel.press("ArrowLeft", "ArrowLeft")
    card.get_by_text("Spectrogram", exact=True).click()
    seek(card, 1.1)
    save(panel.root, "media-audio")

    nb.run(3, 300)
    panel, card = opened(nb, 3, "talk")
    save(panel.root, "media-audio-hour")
    seek(card, 1801.0)
    press(card, *"+" * 11)
    save(panel.root, "media-audio-near")
    press(card, *"+" * 8)
    save(panel.root, "media-audio-samples")


if __name__ == "__main__":
    main(shoot, SETUP, TRAIN, COMPARE, HOUR)
