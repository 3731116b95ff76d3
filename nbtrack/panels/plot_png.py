"""Small charts as PNG, drawn with Pillow: what a still shows of curves and histograms.

A still is read on white and on dark pages and may not bring styles, so a chart is transparent, its ink a gray
and hues that have contrast on both. Each ink is drawn as a coverage mask; the picture then holds only (ink,
coverage) pairs, which makes a palette PNG of a few kilobytes without any quantization.
"""

from __future__ import annotations

import io
import itertools
import math
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.store.sample import downsample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont, ImageFont

#: the series colors of the live panel (js/src/core/palette.ts), so that a run keeps its color in the still
PALETTE = (
    "#2f7fd1",
    "#d9730d",
    "#12906b",
    "#b8559c",
    "#8a7a00",
    "#7a6ff0",
    "#cf4a4a",
    "#1796ab",
    "#8b6b52",
    "#7a8494",
)
#: text and axes: 4:1 on white and on #111
INK = "#7d828a"
#: steps between no and full coverage: 7 make smooth lines, and a quarter fewer bytes than 15
_LEVELS = 7
#: zlib's strategies: lines pack as well by runs alone, in a third of the time; heat maps repeat their rows
_RUNS, _BEST = 3, 0
#: of a heat map, where they are the data
_HEAT_LEVELS = 20
#: axes end at the largest number
_LARGEST = sys.float_info.max
#: curves are drawn this much larger and reduced, which smooths their edges
_SUPERSAMPLE = 3


@dataclass(frozen=True)
class Line:
    """One curve: finite or not, sorted by `x`. Not-a-number breaks it."""

    x: NDArray[Any]
    y: NDArray[Any]
    color: str = PALETTE[0]


@dataclass(frozen=True)
class Span:
    """A value axis: its limits and the ticks to label."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return where values lie, from 0 to 1; also for ranges wider than float64 can hold."""
        half = np.asarray(values, np.float64) / 2 - self.low / 2
        width = self.high / 2 - self.low / 2
        return half / width if width else np.full_like(half, 0.5)


def color_of(index: int) -> str:
    """Return the color of the series at `index`."""
    return PALETTE[index % len(PALETTE)]


def curves(lines: Sequence[Line], width: int = 236, height: int = 118, scale: int = 2) -> bytes:
    """Draw curves over a common step axis.

    Args:
        lines: colors are drawn in the order in which they appear, the last on top.
        width: of the picture in CSS pixels.
        height: likewise.
        scale: device pixels per CSS pixel.

    Returns:
        A transparent PNG of `width * scale` by `height * scale` pixels.
    """
    canvas = _Canvas(width, height, scale)
    finite = [(line, np.isfinite(np.asarray(line.y, np.float64))) for line in lines]
    ys = [np.asarray(line.y, np.float64)[ok] for line, ok in finite if ok.any()]
    xs = [np.asarray(line.x, np.float64) for line in lines if len(line.x)]
    y = _span(min(v.min() for v in ys), max(v.max() for v in ys), 3) if ys else Span(0, 1, ())
    x = _exact(min(v[0] for v in xs), max(v[-1] for v in xs)) if xs else Span(0, 1, ())
    canvas.axes(x, y)
    if not ys:
        canvas.note("no finite values" if xs else "no values")
    inks: dict[str, list[Line]] = {}
    for line, ok in finite:
        if ok.any():
            inks.setdefault(line.color, []).append(line)
    for color, same in inks.items():
        canvas.curves(same, color, x, y)
    return canvas.png()


def heatmap(
    counts: NDArray[Any],
    low: float,
    high: float,
    steps: tuple[int, int],
    width: int = 236,
    height: int = 118,
    scale: int = 2,
    color: str = PALETTE[0],
) -> bytes:
    """Draw histograms over steps: one column a step, `counts[bin, step]`, more ink for more counts.

    Each column is weighed by its own largest bin, so that a distribution is seen whatever its size.

    Args:
        counts: bins from low to high values along the first axis, steps along the second.
        low: value at the lower edge of the first bin.
        high: value at the upper edge of the last bin.
        steps: first and last step.
        width: of the picture in CSS pixels.
        height: likewise.
        scale: device pixels per CSS pixel.
        color: of the ink.
    """
    from PIL import Image

    canvas = _Canvas(width, height, scale)
    x, y = _exact(*steps), _exact(low, high)
    canvas.axes(x, y, grid=False)
    counts = np.nan_to_num(np.asarray(counts, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if counts.size:
        top = counts.max(axis=0, keepdims=True)
        share = np.divide(counts, top, out=np.zeros_like(counts), where=top > 0)
        # few counts still have to be seen: the root lifts them
        mask = Image.fromarray((np.sqrt(share)[::-1] * 255).astype(np.uint8))
        box = canvas.plot
        canvas.paint(mask.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BOX), color, box[:2])
    return _encode(canvas.layers, _HEAT_LEVELS, _BEST)


def bars(
    values: Sequence[float],
    edges: Sequence[float],
    width: int = 360,
    height: int = 150,
    scale: int = 2,
    color: str = PALETTE[0],
) -> bytes:
    """Draw one histogram. `edges` has one entry more than `values`."""
    canvas = _Canvas(width, height, scale)
    counts = np.nan_to_num(np.asarray(values, np.float64))
    low, high = float(edges[0]), float(edges[-1])
    y = _span(min(0.0, float(counts.min(initial=0))), float(counts.max(initial=0)) or 1.0, 3, margin=0)
    x = Span(low, high, (low, high))
    canvas.axes(x, y)
    canvas.rectangles(x.place(np.asarray(edges)), y.place(np.zeros(1))[0], y.place(counts), color)
    return canvas.png()


def points(
    x: NDArray[Any],
    y: NDArray[Any],
    width: int = 236,
    height: int = 118,
    scale: int = 2,
    color: str = PALETTE[0],
) -> bytes:
    """Draw points; those without two finite coordinates are left out."""
    canvas = _Canvas(width, height, scale)
    ok = np.isfinite(x) & np.isfinite(y)
    x, y = x[ok], y[ok]
    spans = [_span(float(v.min()), float(v.max()), 3) if len(v) else Span(0, 1, ()) for v in (x, y)]
    canvas.axes(*spans)
    if not len(x):
        canvas.note("no finite values")
    canvas.dots(spans[0].place(x), spans[1].place(y), color)
    return canvas.png()


def swatch(color: str, size: int = 10, scale: int = 2) -> bytes:
    """Draw the round dot of a legend."""
    from PIL import Image, ImageDraw

    side = size * scale
    mask = Image.new("L", (side * 4, side * 4))
    ImageDraw.Draw(mask).ellipse((side // 2, side // 2, side * 4 - side // 2, side * 4 - side // 2), fill=255)
    return _encode([(color, np.asarray(mask.resize((side, side), Image.Resampling.BOX)))])


def number(value: float) -> str:
    """Format a tick: at most about six characters.

    Example:
        >>> number(0.05), number(12000.0), number(3e-7)
        ('0.05', '12k', '3e-7')
    """
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if limit <= size < 1e12:
            unit = 1e3 if letter == "k" else limit
            return f"{value / unit:.4g}{letter}"
    if size and (size < 1e-3 or size >= 1e12):
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.4g}"


class _Canvas:
    """A picture under work: a list of inks and their coverage."""

    def __init__(self, width: int, height: int, scale: int) -> None:
        self.scale = scale
        self.size = (width * scale, height * scale)
        self.layers: list[tuple[str, NDArray[np.uint8]]] = []
        self.font = _font(round(10.5 * scale))
        self.plot = (0, 0, *self.size)

    def axes(self, x: Span, y: Span, *, grid: bool = True) -> None:
        """Label both axes, and leave the rest as the plot's area."""
        from PIL import Image, ImageDraw

        s = self.scale
        labels = [number(t) for t in y.ticks]
        left = round(max((self.font.getlength(label) for label in labels), default=0)) + 5 * s
        top, right, bottom = 5 * s, self.size[0] - 3 * s, self.size[1] - 15 * s
        self.plot = (left, top, right, bottom)
        mask = Image.new("L", self.size)
        draw = ImageDraw.Draw(mask)
        for tick, label in zip(y.ticks, labels, strict=True):
            at = bottom - float(y.place(np.array([tick]))[0]) * (bottom - top)
            draw.text((left - 4 * s, at), label, font=self.font, fill=255, anchor="rm")
            if grid:
                draw.line((left, round(at), right, round(at)), fill=60, width=max(1, s // 2))
        if not grid or not labels:
            draw.line((left, bottom, right, bottom), fill=60, width=max(1, s // 2))
        if x.ticks:
            draw.text((left, bottom + 3 * s), number(x.ticks[0]), font=self.font, fill=255, anchor="lt")
        if len(x.ticks) > 1:
            draw.text((right, bottom + 3 * s), number(x.ticks[-1]), font=self.font, fill=255, anchor="rt")
        self.layers.append((INK, np.asarray(mask)))

    def note(self, text: str) -> None:
        """Write a word where the curves would be."""
        from PIL import Image, ImageDraw

        mask = Image.new("L", self.size)
        middle = ((self.plot[0] + self.plot[2]) / 2, (self.plot[1] + self.plot[3]) / 2)
        ImageDraw.Draw(mask).text(middle, text, font=self.font, fill=255, anchor="mm")
        self.layers.append((INK, np.asarray(mask)))

    def curves(self, lines: Sequence[Line], color: str, x: Span, y: Span) -> None:
        """Draw curves of one color into the plot's area."""
        from PIL import Image, ImageDraw

        left, top, right, bottom = self.plot
        k = _SUPERSAMPLE
        stroke = 1.3 * self.scale * k
        # room for the stroke at the edges of the area
        edge = k * math.ceil(2 * stroke / k)
        mask = Image.new("L", ((right - left) * k + 2 * edge, (bottom - top) * k + 2 * edge))
        draw = ImageDraw.Draw(mask)
        for line in lines:
            kept, values = downsample(np.arange(len(line.y)), np.asarray(line.y, np.float64), right - left)
            px = x.place(np.asarray(line.x)[kept]) * (right - left) * k + edge
            py = (1 - y.place(values)) * (bottom - top) * k + edge
            for piece in _pieces(np.isfinite(values)):
                points = list(zip(px[piece].tolist(), py[piece].tolist(), strict=True))
                if len(points) == 1:
                    (cx, cy), r = points[0], 1.6 * stroke
                    draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=255)
                else:
                    draw.line(points, fill=255, width=round(stroke), joint="curve")
        reduced = mask.resize((mask.width // k, mask.height // k), Image.Resampling.BOX)
        self.paint(reduced, color, (left - edge // k, top - edge // k))

    def dots(self, x: NDArray[Any], y: NDArray[Any], color: str) -> None:
        """Draw a dot at each pair of `x` and `y`, from 0 to 1."""
        from PIL import Image

        left, top, right, bottom = self.plot
        mask = np.zeros((bottom - top, right - left), np.uint8)
        column = (x * (mask.shape[1] - 1)).round().astype(np.int64)
        row = ((1 - y) * (mask.shape[0] - 1)).round().astype(np.int64)
        reach = range(-self.scale // 2, self.scale // 2 + 1)
        for down, across in itertools.product(reach, reach):
            rows = (row + down).clip(0, mask.shape[0] - 1)
            mask[rows, (column + across).clip(0, mask.shape[1] - 1)] = 255
        self.paint(Image.fromarray(mask), color, (left, top))

    def rectangles(self, x: NDArray[Any], base: float, y: NDArray[Any], color: str) -> None:
        """Draw bars between consecutive `x`, from `base` to `y`; all from 0 to 1."""
        from PIL import Image, ImageDraw

        left, top, right, bottom = self.plot
        mask = Image.new("L", ((right - left) * 2, (bottom - top) * 2))
        draw = ImageDraw.Draw(mask)
        gap = self.scale if (right - left) > 6 * self.scale * len(y) else 0
        for x0, x1, height in zip(x[:-1], x[1:], y, strict=True):
            ends = sorted(((1 - base) * mask.height, (1 - height) * mask.height))
            if ends[1] - ends[0] >= 1:
                far = max(x1 * mask.width - 1 - gap, x0 * mask.width)
                draw.rectangle((x0 * mask.width, ends[0], far, ends[1]), fill=255)
        self.paint(mask.resize((right - left, bottom - top), Image.Resampling.BOX), color, (left, top))

    def paint(self, mask: Any, color: str, at: tuple[int, int]) -> None:
        """Add an ink at a place."""
        from PIL import Image

        whole = Image.new("L", self.size)
        whole.paste(mask, at)
        self.layers.append((color, np.asarray(whole)))

    def png(self) -> bytes:
        return _encode(self.layers)


def _encode(
    layers: Sequence[tuple[str, NDArray[np.uint8]]], levels: int = _LEVELS, strategy: int = _RUNS
) -> bytes:
    """Return a palette PNG; where inks meet, the one with more coverage is seen, of equals the later."""
    from PIL import Image

    height, width = layers[0][1].shape
    best = np.zeros((height, width), np.uint8)
    index = np.zeros((height, width), np.uint8)
    # 255 entries at most: with many curves the coverage gets coarser
    levels = min(levels, 255 // len(layers))
    for layer, (_, mask) in enumerate(layers):
        level = np.rint(mask.astype(np.float32) * (levels / 255)).astype(np.uint8)
        seen = (level >= best) & (level > 0)
        best[seen] = level[seen]
        index[seen] = 1 + layer * levels + level[seen] - 1
    used = np.unique(index)
    remap = np.zeros(256, np.uint8)
    remap[used] = np.arange(len(used))
    palette, alpha = [], []
    for entry in used.tolist():
        layer, level = divmod(entry - 1, levels) if entry else (0, -1)
        hexadecimal = layers[layer][0]
        palette += [int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)]
        alpha.append(round(255 * (level + 1) / levels))
    picture = Image.fromarray(remap[index], "P")
    picture.putpalette(palette)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6, compress_type=strategy, transparency=bytes(alpha))
    return out.getvalue()


def _pieces(ok: NDArray[np.bool_]) -> list[slice]:
    """Return the runs of True."""
    change = np.flatnonzero(np.diff(np.concatenate(([False], ok, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(change[::2], change[1::2], strict=True)]


def _exact(low: float, high: float) -> Span:
    return Span(float(low), float(high), (float(low),) if low == high else (float(low), float(high)))


def _span(low: float, high: float, count: int, margin: float = 0.04) -> Span:
    """Widen a range a little and choose its ticks."""
    low, high = float(low), float(high)
    if low == high:
        low, high = low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5)
    pad = (high / 2 - low / 2) * 2 * margin
    if not (math.isfinite(pad) and math.isfinite(low - pad) and math.isfinite(high + pad)):
        pad = 0.0
    low, high = max(low - pad, -_LARGEST), min(high + pad, _LARGEST)
    return Span(low, high, tuple(t for t in _ticks(low, high, count) if low <= t <= high))


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Return about `count` round numbers between two values."""
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return [low, high] if low < high else [low]
    rough = width / count
    if rough < 1e-300:  # the power of ten below would be a subnormal
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.ceil(low / step), math.floor(high / step)
    if last - first > 10 * count:  # the range is a few units in the last place wide
        return [low, high]
    return [
        round(i * step, 12 - math.floor(math.log10(step))) if step < 1 else i * step
        for i in range(first, last + 1)
    ]


@cache
def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
