"""Videos, sounds, molecules and HTML: what `log()` costs its caller, and how fast all of it is encoded.

    python -m tests.benchmarks.bench_clips [--repeat 5]

Each is measured beside what people use for it without a tracker (PyAV for mp4, soundfile for WAV, rdkit), in one process, in turns, so that the ratios hold on a busy machine too. Blocked: wall time of the caller's
thread (median). In all: wall time until everything is on disk. Throughput: raw numbers, or frames, by that time.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np

FRAMES, SIDE, FPS = 64, 256, 16
SECONDS, RATE = 60, 44_100

_changes = count(1)


@dataclass
class Measured:
    blocked: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


def film() -> np.ndarray:
    """A rendered scene, (time, 3, height, width): soft ground, things that move, some grain."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE, :SIDE]
    out = np.empty((FRAMES, 3, SIDE, SIDE), np.uint8)
    for t in range(FRAMES):
        ground = np.stack([x * 160 // SIDE, y * 160 // SIDE, 60 + (x + y) * 80 // SIDE])
        for i in range(6):
            at = (SIDE / 2 + 90 * np.sin(t / 9 + i), SIDE / 2 + 90 * np.cos(t / 7 + 2 * i))
            ground = np.where((x - at[0]) ** 2 + (y - at[1]) ** 2 < 300, 40 * i, ground)
        out[t] = np.clip(ground + rng.normal(0, 3, ground.shape), 0, 255)
    return out


def song() -> np.ndarray:
    """Notes with overtones, and noise: (samples, 2) of float32."""
    t = np.arange(SECONDS * RATE) / RATE
    notes = 220 * 2 ** (np.floor(t * 4) % 12 / 12)
    left = sum(np.sin(2 * np.pi * k * np.cumsum(notes) / RATE) / k for k in range(1, 6)) * 0.2
    hiss = np.random.default_rng(1).normal(0, 0.01, (len(t), 2))
    return (np.stack([left, np.roll(left, 200)], axis=1) + hiss).astype(np.float32)


def changed(array: np.ndarray) -> np.ndarray:
    """The same with another number in it, so that no file is met twice."""
    array.reshape(-1)[next(_changes) % array.size] += 1
    return array


def pyav(frames: np.ndarray) -> None:
    """What PyAV's own documentation writes: H.264 of the same quality and speed as ours."""
    import av

    with av.open(io.BytesIO(), "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(FPS), options={"preset": "veryfast", "crf": "20", "bf": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        stream.codec_context.thread_count = 2
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.transpose(1, 2, 0)), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def soundfile(samples: np.ndarray) -> None:
    import soundfile as library

    library.write(io.BytesIO(), samples, RATE, format="WAV", subtype="PCM_16")


def measure(
    calls: dict[str, Callable[[], object]], settle: Callable[[], object], repeat: int
) -> dict[str, Measured]:
    """Call each in turn, `repeat` times; `settle` waits until what was put off is done."""
    results = {name: Measured() for name in calls}
    for call in calls.values():  # warm-up: imports, threads, files
        call()
        settle()
    for _ in range(repeat):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            results[name].blocked.append(time.perf_counter() - start)
            settle()
            results[name].whole.append(time.perf_counter() - start)
    return results


def table(title: str, results: dict[str, Measured], megabytes: float, frames: int) -> None:
    """Print a row for each; rates only of what there is."""
    rates = {"MB/s": megabytes, "frames/s": frames}
    names = ["what", "blocked ms", "in all ms", "ratio", *(name for name, much in rates.items() if much)]
    print(f"\n### {title}, load average {os.getloadavg()[0]:.1f}\n")
    print(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}")
    base = statistics.median(next(iter(results.values())).whole)
    for name, result in results.items():
        blocked, whole = statistics.median(result.blocked), statistics.median(result.whole)
        cells = [name, f"{blocked * 1e3:.2f}", f"{whole * 1e3:.1f}", f"{whole / base:.2f}"]
        print(f"| {' | '.join([*cells, *(f'{much / whole:.0f}' for much in rates.values() if much)])} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    os.environ |= {
        "NBTRACK_CONSOLE": "off",
        "NBTRACK_SYSTEM_METRICS": "off",
        "NBTRACK_SEAL": "off",
        "NBTRACK_SILENT": "on",
    }
    import nbtrack

    moving, sound = film(), song()
    ints = (sound * 32767).astype(np.int16)
    page = "<table>" + "".join(f"<tr><td>{i}</td><td>row {i}</td></tr>" for i in range(5000)) + "</table>"
    with tempfile.TemporaryDirectory() as folder:
        run = nbtrack.init(project="bench", dir=folder)

        def log(value: object) -> None:
            run.log({"x": value})

        def settle() -> None:
            run._encoder.drain(120)

        def compare(
            title: str, calls: dict[str, Callable[[], object]], size: float = 0, frames: int = 0
        ) -> None:
            table(title, measure(calls, settle, repeat), size / 1e6, frames)

        compare(
            f"A film of {FRAMES} frames, 3 x {SIDE} x {SIDE} uint8",
            {
                "PyAV alone, mp4": lambda: pyav(changed(moving)),
                "run.log(Video, mp4)": lambda: log(nbtrack.Video(changed(moving), fps=FPS, format="mp4")),
                "run.log(Video, webm)": lambda: log(nbtrack.Video(changed(moving), fps=FPS, format="webm")),
                "run.log(Video, gif)": lambda: log(nbtrack.Video(changed(moving), fps=FPS, format="gif")),
            },
            moving.nbytes,
            FRAMES,
        )
        compare(
            f"{SECONDS} s of stereo at {RATE} Hz",
            {
                "soundfile alone, int16": lambda: soundfile(changed(ints)),
                "run.log(Audio, int16)": lambda: log(nbtrack.Audio(changed(ints), sample_rate=RATE)),
                "soundfile alone, float32": lambda: soundfile(changed(sound)),
                "run.log(Audio, float32)": lambda: log(
                    nbtrack.Audio(np.clip(changed(sound), -1, 1), sample_rate=RATE)
                ),
            },
            ints.nbytes,
        )
        compare(
            f"HTML of {len(page) // 1000} KB",
            {
                "write a file": lambda: Path(folder, "page.html").write_text(page + str(next(_changes))),
                "run.log(Html)": lambda: log(nbtrack.Html(page + str(next(_changes)))),
            },
            len(page),
        )
        _molecules(compare, log)
        run.finish(quiet=True)


def _molecules(compare: Callable[..., None], log: Callable[[object], None]) -> None:
    """A drug from its SMILES: the embedding in space is the work."""
    try:
        from rdkit.Chem import AllChem, MolFromSmiles
    except ImportError:
        print("\nrdkit is not installed: molecules are not measured")
        return
    import nbtrack

    smiles = "CN1C=NC2=C1C(=O)N(C(=O)N2C)" + "C"

    def other() -> str:
        return smiles + "C" * (next(_changes) % 9)

    def embed() -> None:
        molecule = AllChem.AddHs(MolFromSmiles(other()))
        AllChem.EmbedMolecule(molecule, randomSeed=1)
        AllChem.MMFFOptimizeMolecule(molecule)

    compare(
        "A molecule of some 30 atoms from SMILES",
        {
            "rdkit alone: embed, optimize": embed,
            "run.log(Molecule.from_smiles)": lambda: log(nbtrack.Molecule.from_smiles(other())),
        },
    )


if __name__ == "__main__":
    main()
