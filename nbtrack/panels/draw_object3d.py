"""Point clouds and meshes as pictures, for stills and the outputs of cells: projected with numpy, no GPU.

Drawn is the first part of a cloud (a fair sample of up to 65,536 points), its boxes and its vectors, in
perspective from a corner above. The ground is transparent, for white and for dark pages.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from nbtrack.media.cloud_parts import NOWHERE
from nbtrack.panels.drawings import img, text
from nbtrack.panels.plot_png import PALETTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.drawings import Drawn
    from nbtrack.store.model import Json

#: colors of the categories 1 to 14, and of boxes that have none: those of the live view (object3d/logic.ts)
CATEGORY = (*PALETTE, "#5f9e3a", "#c24f86", "#4a62a8", "#b08a3c")
#: height as color, low to high: viridis (van der Walt and Smith, CC0) without the ends that vanish on a page
_RAMP = np.array(
    [(0x48, 0x28, 0x78), (0x3E, 0x49, 0x89), (0x31, 0x68, 0x8E), (0x26, 0x82, 0x8E), (0x1F, 0x9E, 0x89),
     (0x35, 0xB7, 0x79), (0x6E, 0xCE, 0x58), (0xA5, 0xDB, 0x36)], np.float64,
)  # fmt: skip
#: from where one looks, with the height as third axis; distance in radii of the scene
_FROM = np.array([-0.55, -0.75, 0.5])
_DISTANCE = 2.6
#: formats whose second axis points up, as glTF asks and OBJ files mostly have it
Y_UP = frozenset({"glb", "gltf", "obj"})
#: pictures of one list, and colors of a picture
_MAX, _COLORS = 3, 40
_ASPECT = 0.62


class _Scene(NamedTuple):
    """What is drawn: points with colors, and lines with colors, the height as third axis."""

    points: NDArray[np.float64]
    colors: NDArray[np.uint8]
    #: (n, 2, 3)
    lines: NDArray[np.float64]
    inks: list[tuple[int, int, int]]
    #: side of a point in CSS pixels
    size: int


def objects3d(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw up to three objects beside each other; see `nbtrack.panels.drawings.draw`."""
    shown = media[:_MAX]
    each = width // len(shown)
    pictures = []
    for one in shown:
        scene = _scene(one)
        if scene is None:
            continue
        data = _picture(scene, each * scale, int(each * _ASPECT) * scale, scale)
        pictures.append(img(data, "image/png", each, int(each * _ASPECT), alt=_said(one.meta)))
    if pictures:
        return "".join(pictures)
    words = [_said(one.meta) for one in shown if one.sha is not None]
    return f"<small>{text('; '.join(words), 200)}</small>" if words else None


def _said(meta: dict[str, Json]) -> str:
    caption = meta.get("caption")
    what = f"{meta['points']:,} points" if "points" in meta else f"{meta.get('format')} mesh"
    return f"{caption} ({what})" if caption else what


def _scene(one: Drawn) -> _Scene | None:
    part = one.part("points-000")
    raw = one.part("scene")
    if part is None and raw is None:
        return None
    points, colors = _points(one.meta, part) if part else (np.empty((0, 3)), np.empty((0, 3), np.uint8))
    found = json.loads(raw) if raw else {}
    lines, inks = _lines(found)
    if one.meta.get("format") in Y_UP:
        points = points[:, [0, 2, 1]] * (1, -1, 1)
    size = 1 if one.meta.get("format") == "npy" else 2  # a surface has no gaps
    return _Scene(points, colors, lines, inks, size) if len(points) or len(lines) else None


def _points(meta: dict[str, Any], part: bytes) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    n = cast(int, meta["chunks"][0])
    wide = meta["positions"] == "f4"
    raw = np.frombuffer(part, "<f4" if wide else "<u2", n * 4).reshape(n, 4)
    there = raw[:, 3] != NOWHERE
    points = np.array(meta["lo"]) + raw[there, :3].astype(np.float64) * np.array(meta["scale"])
    if meta["rgb"]:
        colors = np.frombuffer(part, np.uint8, n * 4, raw.nbytes).reshape(n, 4)[there, :3]
    elif "category" in meta.get("columns", ()):
        table = np.array([_rgb(color) for color in CATEGORY], np.uint8)
        colors = table[(raw[there, 3].astype(np.int64) - 1) % len(CATEGORY)]
    else:
        colors = _heights(points[:, 2])
    return points, colors


def _heights(z: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colors by height; the lowest and highest percent do not stretch the scale."""
    if not len(z):
        return np.empty((0, 3), np.uint8)
    lo, hi = np.percentile(z, (1, 99))
    place = np.clip((z - lo) / ((hi - lo) or 1), 0, 1) * (len(_RAMP) - 1)
    return np.stack([np.interp(place, np.arange(len(_RAMP)), channel) for channel in _RAMP.T], axis=1).astype(
        np.uint8
    )


def _lines(scene: dict[str, Any]) -> tuple[NDArray[np.float64], list[tuple[int, int, int]]]:
    lines: list[Any] = []
    inks: list[tuple[int, int, int]] = []
    for i, box in enumerate(scene.get("boxes", ())):
        ink = _ink(box.get("color"), i)
        for a, b in box["edges"]:
            lines.append((box["corners"][a], box["corners"][b]))
            inks.append(ink)
    for i, vector in enumerate(scene.get("vectors", ())):
        lines.append((vector["start"], vector["end"]))
        inks.append(_ink(vector.get("color"), i))
    return np.array(lines, np.float64).reshape(-1, 2, 3), inks


def _ink(color: list[float] | None, i: int) -> tuple[int, int, int]:
    return (
        _rgb(CATEGORY[i % len(CATEGORY)]) if color is None else (int(color[0]), int(color[1]), int(color[2]))
    )


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _picture(scene: _Scene, width: int, height: int, scale: int) -> bytes:
    """Return a palette PNG of `width` x `height` pixels, transparent where nothing is."""
    from PIL import Image, ImageDraw

    center, radius = _ball(np.concatenate([scene.points, scene.lines.reshape(-1, 3)]))
    eye = center + _FROM / np.linalg.norm(_FROM) * radius * _DISTANCE
    pixels = np.zeros((height, width, 4), np.uint8)
    x, y, depth = _project(scene.points, eye, center, width, height)
    side = scene.size * scale
    seen = np.flatnonzero((depth > 0) & (x >= 0) & (y >= 0) & (x < width - side) & (y < height - side))
    order = seen[np.argsort(-depth[seen], kind="stable")]  # the nearest last, which stays
    colors = np.concatenate([scene.colors, np.full((len(scene.colors), 1), 255, np.uint8)], axis=1)[order]
    column, row = x[order].astype(np.int64), y[order].astype(np.int64)
    for dx in range(side):
        for dy in range(side):
            pixels[row + dy, column + dx] = colors
    picture = Image.fromarray(pixels, "RGBA")
    canvas = ImageDraw.Draw(picture)
    if len(scene.lines):
        x, y, depth = _project(scene.lines.reshape(-1, 3), eye, center, width, height)
        ends = np.stack([x, y], axis=1).reshape(-1, 4)
        for line, ink, near in zip(ends.tolist(), scene.inks, depth.reshape(-1, 2).min(axis=1), strict=True):
            if near > 0:
                canvas.line(line, fill=(*ink, 255), width=scale)
    small = picture.quantize(_COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _ball(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Center and radius of what most of a scene lies in; a few stray points do not make the rest a speck."""
    lo, hi = np.percentile(places, (2, 98), axis=0)
    radius = float(np.linalg.norm(hi - lo)) / 2
    return (lo + hi) / 2, radius or 1.0


def _project(
    places: NDArray[np.float64],
    eye: NDArray[np.float64],
    target: NDArray[np.float64],
    width: int,
    height: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y in pixels and the depth in front of the eye."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    away = places - eye
    depth = away @ forward
    # the ball around the scene fills the shorter side
    zoom = min(width, height) / 2 * np.sqrt(_DISTANCE**2 - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = width / 2 + zoom * (away @ right) / depth
        y = height / 2 - zoom * (away @ up) / depth
    return np.nan_to_num(x, nan=-1), np.nan_to_num(y, nan=-1), depth
