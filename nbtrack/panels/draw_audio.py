"""Sounds in a page without scripts: their waveforms."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import numpy as np

from nbtrack.panels.draw_video import describe
from nbtrack.panels.drawings import img, text
from nbtrack.panels.plot_png import color_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.panels.drawings import Drawn
    from nbtrack.store.model import Json

#: clips that are drawn, and the height of each in CSS pixels
_CLIPS, _HEIGHT = 4, 40


def waves(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the waveform of the first clips, channels laid over each other, with caption and length."""
    lines = []
    for one in media[:_CLIPS]:
        label = f'<small style="opacity:.7">{text(describe(one.meta), 60)}</small>'
        peaks = one.part("peaks")
        picture = (
            ""
            if not peaks
            else img(_wave(_outline(peaks, one.meta), width, scale), "image/png", width, _HEIGHT)
        )
        lines.append(f"{picture}<br>{label}" if picture else label)
    if len(media) > _CLIPS:
        lines.append(f'<small style="opacity:.7">and {len(media) - _CLIPS} more</small>')
    return "<br>".join(lines)


def _outline(peaks: bytes, meta: dict[str, Json]) -> NDArray[np.float64]:
    """(parts, 2): the lowest and the highest of all channels, from -1 to 1."""
    each = np.frombuffer(peaks, "<i2").reshape(-1, cast(int, meta["peaks"]), 2) / 32767
    return np.stack([each[..., 0].min(axis=0), each[..., 1].max(axis=0)], axis=-1)


def _wave(outline: NDArray[np.float64], width: int, scale: int) -> bytes:
    """A PNG with one bar a device pixel; its ground is transparent."""
    from PIL import Image

    across, high = width * scale, _HEIGHT * scale
    at = np.arange(across + 1) * len(outline) // across
    starts = np.minimum(at[:-1], len(outline) - 1)
    low = np.minimum.reduceat(outline[:, 0], starts) if len(outline) >= across else outline[starts, 0]
    top = np.maximum.reduceat(outline[:, 1], starts) if len(outline) >= across else outline[starts, 1]
    middle = (high - 1) / 2
    rows = np.arange(high)[:, None]
    # silence is a thin line
    ink = (rows >= np.floor(middle - top * middle)) & (rows <= np.ceil(middle - low * middle))
    picture = Image.fromarray(ink.astype(np.uint8), "P")
    color = color_of(0)
    picture.putpalette([255, 255, 255, *(int(color[i : i + 2], 16) for i in (1, 3, 5))])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=0, bits=1, optimize=True)
    return buffer.getvalue()
