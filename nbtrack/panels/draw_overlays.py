"""Masks and boxes painted over a reduced picture, for pages without scripts."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, cast

from nbtrack.media.labels import color, is_nothing
from nbtrack.panels import thumbs

if TYPE_CHECKING:
    from PIL.Image import Image

    from nbtrack.panels.drawings import Drawn

#: of a mask over its picture, 0 to 255; the panel's own beginning
_OPACITY = 115
#: a box without a class
_PLAIN = (255, 255, 255)


def has_overlays(one: Drawn) -> bool:
    """Whether something lies over a picture."""
    return bool(one.meta.get("masks") or one.meta.get("boxes"))


def painted(data: bytes, one: Drawn) -> bytes:
    """Return the picture in `data`, of any size, with what lies over it; `data` if it cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = thumbs.eight_bit(opened).convert("RGBA")
        largest = max(picture.size)
        if largest < thumbs.PUSH_PX // 2:  # a line has to be thinner than a pixel of it
            times = thumbs.PUSH_PX // 2 // largest
            picture = picture.resize(
                (picture.width * times, picture.height * times), Image.Resampling.NEAREST
            )
        for name, entry in _groups(one, "masks"):
            _mask(picture, name, entry, one)
        for name, entry in _groups(one, "boxes"):
            _boxes(picture, name, entry, one)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return data
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _groups(one: Drawn, kind: str) -> list[tuple[str, dict[str, Any]]]:
    groups = one.meta.get(kind)
    return (
        [(name, entry) for name, entry in groups.items() if isinstance(entry, dict)]
        if isinstance(groups, dict)
        else []
    )


def _mask(picture: Image, name: str, entry: dict[str, Any], one: Drawn) -> None:
    from PIL import Image

    data = one.part(f"mask/{name}")
    if data is None:
        return
    labels = _labels(one, "masks", name, entry)
    with Image.open(io.BytesIO(data)) as opened:
        ids = opened.convert("L").resize(picture.size, Image.Resampling.NEAREST)
    shown = [not is_nothing(i, labels.get(str(i))) for i in range(256)]
    layer = ids.copy()
    layer.putpalette([channel for i in range(256) for channel in color(i)])
    layer = layer.convert("RGB").convert("RGBA")
    layer.putalpha(ids.point([_OPACITY if visible else 0 for visible in shown]))
    picture.alpha_composite(layer)


def _boxes(picture: Image, name: str, entry: dict[str, Any], one: Drawn) -> None:
    from PIL import ImageDraw

    boxes = entry.get("box_data")
    if boxes is None:
        data = one.part(f"boxes/{name}")
        boxes = [] if data is None else json.loads(data)
    across, down = cast("int", one.meta.get("width") or 1), cast("int", one.meta.get("height") or 1)
    ink = ImageDraw.Draw(picture)
    for box in boxes:
        pixels = box.get("domain") == "pixel"
        x, y = (picture.width / across, picture.height / down) if pixels else picture.size
        position = box["position"]
        left, right = sorted((position["minX"] * x, position["maxX"] * x))
        top, bottom = sorted((position["minY"] * y, position["maxY"] * y))
        tint = color(box["class_id"]) if "class_id" in box else _PLAIN
        ink.rectangle((left, top, right, bottom), outline=(*tint, 255), width=max(1, max(picture.size) // 96))


def _labels(one: Drawn, kind: str, name: str, entry: dict[str, Any]) -> dict[str, str]:
    labels = entry.get("class_labels")
    if labels is None and (data := one.part("labels")) is not None:
        labels = json.loads(data).get(kind, {}).get(name)
    return labels if isinstance(labels, dict) else {}
