"""Videos in a page without scripts: a contact sheet of a few frames."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from nbtrack.panels import thumbs
from nbtrack.panels.drawings import img, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.panels.drawings import Drawn
    from nbtrack.store.model import Json


def stills(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the frames of one video from left to right, or the first frame of each of several."""
    if len(media) == 1:
        pictures = _frames(media[0])
    else:
        pictures = [poster for one in media if (poster := one.part("poster")) is not None]
    made = thumbs.sheet(pictures, width, scale)
    facts = text(", ".join(describe(one.meta) for one in media[:3]), 90)
    line = f'<br><small style="opacity:.7">{facts}</small>' if facts else ""
    return None if made is None else img(*made, alt="frames of the video") + line


def _frames(one: Drawn) -> list[bytes]:
    """Cut the strip into its frames."""
    from PIL import Image

    strip, count = one.part("strip"), cast(int, one.meta.get("strip") or 1)
    if strip is None:
        return []
    with Image.open(io.BytesIO(strip)) as picture:
        width = picture.width // count
        boxes = [(i * width, 0, (i + 1) * width, picture.height) for i in range(count)]
        return [thumbs.encode(picture.convert("RGB").crop(box))[0] for box in boxes]


def describe(meta: dict[str, Json]) -> str:
    """Caption and length, in words."""
    found = [str(meta["caption"])] if meta.get("caption") else []
    if isinstance(duration := meta.get("duration"), float | int):
        found.append(f"{duration:.3g} s")
    return " · ".join([*found, str(meta.get("format", ""))])
