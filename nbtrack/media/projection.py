"""A molecule as a plain picture, without rdkit: backbones or balls and sticks, from the broadest side."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nbtrack.media.structure import Structure

#: size in CSS pixels; drawn with two device pixels each, and in twice as many first, for smooth edges
SIZE = (320, 240)
_SCALE, _SMOOTH = 2, 2
_MARGIN = 0.07
#: atoms that are drawn at most, evenly taken
_MAX_ATOMS = 3000
#: atoms between which sticks are looked for
_MAX_BONDED = 600
#: Å between two neighbors of a chain, at most
_STEP = {"CA": 4.5, "P": 8.5}
#: inks of chains, as the viewer's
_CHAINS = ("#2f7fd1", "#d9730d", "#12906b", "#b8559c", "#8a7a00", "#7a6ff0", "#cf4a4a", "#1796ab")
_ELEMENTS = {
    "H": "#b4bac1",
    "N": "#3b7adb",
    "O": "#d94a45",
    "S": "#c2a31a",
    "P": "#d9822b",
    "F": "#3fa86b",
    "Cl": "#3fa86b",
    "Br": "#a85c3d",
    "I": "#8f57b3",
}
_CARBON = "#808890"
#: covalent radii in Å where they differ from carbon's (Cordero et al., 2008)
_RADII = {"H": 0.31, "N": 0.71, "O": 0.66, "F": 0.57, "P": 1.07, "S": 1.05, "Cl": 1.02, "Br": 1.20, "I": 1.39}
_RADIUS = 0.76


def picture(structure: Structure) -> bytes:
    """Return a transparent PNG of `SIZE`, two device pixels per CSS pixel."""
    from PIL import Image, ImageDraw

    factor = _SCALE * _SMOOTH
    size = SIZE[0] * factor, SIZE[1] * factor
    paper = Image.new("RGBA", size)
    draw = ImageDraw.Draw(paper)
    trace = backbone(structure)
    shown = np.array(trace, np.intp) if trace else _some(structure)
    points, scale = _projected(structure.positions[shown], size)
    if trace:
        _ribbons(draw, structure, shown, points, factor)
    else:
        _balls(draw, structure, shown, points, scale, factor)
    out = io.BytesIO()
    paper.resize((SIZE[0] * _SCALE, SIZE[1] * _SCALE), Image.Resampling.BOX).save(
        out, "PNG", compress_level=6
    )
    return out.getvalue()


def backbone(structure: Structure) -> list[int]:
    """Indices of the atoms that trace the chains: alpha carbons and phosphors. Fewer than four are none."""
    found = [
        at
        for at, (name, element) in enumerate(zip(structure.names, structure.elements, strict=True))
        if (name == "CA" and element != "Ca" and structure.residues[at] != "CA")
        or (name == "P" and structure.residues[at])
    ]
    return found if len(found) >= 4 else []


def _some(structure: Structure) -> NDArray[np.intp]:
    every = max(1, -(-len(structure) // _MAX_ATOMS))
    return np.arange(0, len(structure), every)


def _projected(points: NDArray[np.float64], size: tuple[int, int]) -> tuple[NDArray[np.float64], float]:
    """Points in pixels (x, y) with their depth from about 0 (far) to 1, and how many pixels one Å is."""
    centered = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    turned = centered @ axes.T
    turned = np.pad(turned, ((0, 0), (0, 3 - turned.shape[1])))
    # an axis has no sign of its own: the same molecule shall look the same at every step
    turned *= np.where((turned**3).sum(axis=0) < 0, -1.0, 1.0)
    low, high = turned.min(axis=0), turned.max(axis=0)
    room = np.array(size) * (1 - 2 * _MARGIN)
    scale = float(min((room / np.maximum(high - low, 1e-9)[:2]).min(), min(size) / 6))
    flat = (turned[:, :2] - (low + high)[:2] / 2) * scale * [1, -1] + np.array(size) / 2
    # by the molecule's size, so that a flat one does not fade
    depth = 0.7 + (turned[:, 2:] - (low + high)[2] / 2) / max((high - low).max(), 1e-9)
    return np.hstack([flat, depth]), scale


def _ribbons(draw: Any, structure: Structure, shown: NDArray[np.intp], points: Any, factor: int) -> None:
    """Draw each chain as a smooth tube, the far parts first."""
    chains = list(dict.fromkeys(structure.chains))
    tubes = []
    for run in _runs(structure, shown):
        ink = _CHAINS[chains.index(structure.chains[shown[run[0]]]) % len(_CHAINS)]
        path = _smooth(points[run])
        tubes += [(float(one[2] + other[2]) / 2, one, other, ink) for one, other in pairwise(path)]
    for depth, one, other, ink in sorted(tubes, key=lambda tube: tube[0]):
        width = factor * (1.5 + 3 * depth)
        draw.line([tuple(one[:2]), tuple(other[:2])], fill=_faded(ink, depth), width=round(width))
        for x, y, _ in (one, other):
            r = width / 2
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_faded(ink, depth))


def _runs(structure: Structure, shown: NDArray[np.intp]) -> Iterator[list[int]]:
    """Yield stretches of neighbors along a chain, as positions in `shown`."""
    run = [0]
    for at, (one, other) in enumerate(pairwise(shown), 1):
        step = np.linalg.norm(structure.positions[one] - structure.positions[other])
        if structure.chains[one] != structure.chains[other] or step > _STEP[structure.names[one]]:
            yield run
            run = []
        run.append(at)
    yield run


def _smooth(points: NDArray[np.float64], steps: int = 6) -> NDArray[np.float64]:
    """A curve through the points (Catmull-Rom)."""
    if len(points) < 3:
        return points
    p = np.vstack([points[:1], points, points[-1:]])
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    t = (np.arange(steps) / steps)[None, :, None]
    between = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.vstack([between.reshape(-1, points.shape[1]), points[-1:]])


def _balls(
    draw: Any, structure: Structure, shown: NDArray[np.intp], points: Any, scale: float, factor: int
) -> None:
    elements = [structure.elements[at] for at in shown]
    radius = np.clip(scale * 0.28, factor * 0.8, factor * 9)
    things: list[tuple[float, int, int]] = [(points[at, 2], at, at) for at in range(len(shown))]
    if len(shown) <= _MAX_BONDED:
        things += [(min(points[i, 2], points[j, 2]) - 1e-6, i, j) for i, j in bonds(structure, shown)]
    for depth, one, other in sorted(things):
        x, y = points[one, :2]
        if one == other:
            r = radius * (0.6 if elements[one] == "H" else 1)
            ink = _ELEMENTS.get(elements[one], _CARBON)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_faded(ink, depth))
        else:
            ends = [(x, y), tuple(points[other, :2])]
            draw.line(ends, fill=_faded(_CARBON, depth), width=max(1, round(radius * 0.6)))


def bonds(structure: Structure, shown: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions in `shown` that are as close as bonded atoms (covalent radii + 0.4 Å)."""
    points = structure.positions[shown]
    radii = np.array([_RADII.get(structure.elements[at], _RADIUS) for at in shown])
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    near = (gaps < radii[:, None] + radii[None] + 0.4) & (gaps > 0.1)
    yield from ((int(i), int(j)) for i, j in np.argwhere(np.triu(near)))


def _faded(ink: str, depth: float) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(ink[1:])
    return red, green, blue, round(110 + 145 * min(max(float(depth), 0.0), 1.0))
