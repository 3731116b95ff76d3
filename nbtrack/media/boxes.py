"""Bounding boxes as users write them, brought into one form."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.errors import LogTypeError
from nbtrack.media.labels import class_id

if TYPE_CHECKING:
    from nbtrack.media.base import Json

_CORNERS = ("minX", "maxX", "minY", "maxY")
_ACCEPTED = (
    '{"minX", "maxX", "minY", "maxY"} or {"middle": [x, y], "width", "height"}, in fractions of the picture '
    'or, with "domain": "pixel", in pixels'
)


def read(
    box_data: Any, where: str, labeled: bool, width: int, height: int
) -> tuple[list[dict[str, Json]], list[str]]:
    """Check the boxes of a group.

    Args:
        box_data: W&B's list of dicts.
        where: begins the message of errors.
        labeled: labels were given; without them every box needs a class.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Returns:
        The boxes, with positions as min and max, in plain JSON; and sentences on what is odd about them.
        A box whose position is not finite is left out.

    Raises:
        LogTypeError: anything that is no such list.
    """
    if isinstance(box_data, np.ndarray) and box_data.dtype == object:
        box_data = box_data.ravel().tolist()
    if not isinstance(box_data, list | tuple):
        raise LogTypeError(f"{where}: box_data must be a list of boxes; got {type(box_data).__name__}")
    boxes: list[dict[str, Json]] = []
    odd: dict[str, None] = {}
    for at, one in enumerate(box_data):
        box = _box(one, f"{where}: box {at}", labeled, odd)
        position = cast("dict[str, float]", box["position"])
        if not all(math.isfinite(value) for value in position.values()):
            odd["boxes at NaN or infinity are left out"] = None
            continue
        across, down = (width, height) if box.get("domain") == "pixel" else (1, 1)
        left, right, top, bottom = (position[name] for name in _CORNERS)
        if left > right or top > bottom:
            odd["there are boxes whose min is larger than their max"] = None
        elif left == right or top == bottom:
            odd["there are boxes without area"] = None
        if right < 0 or bottom < 0 or left > across or top > down:
            hint = "" if box.get("domain") else '; positions in pixels need "domain": "pixel"'
            odd[f"there are boxes outside of it, which cannot be seen{hint}"] = None
        boxes.append(box)
    return boxes, list(odd)


def digest(boxes: list[dict[str, Json]]) -> dict[str, Json]:
    """Return what a panel has to know before it has the boxes: number, classes, range of each score."""
    scores: dict[str, Json] = {}
    for box in boxes:
        for name, value in cast("dict[str, float]", box.get("scores") or {}).items():
            low, high = cast("list[float]", scores.get(name, [value, value]))
            scores[name] = [min(low, value), max(high, value)]
    ids = sorted({cast(int, box["class_id"]) for box in boxes if "class_id" in box})
    return {"count": len(boxes), "classes": cast("Json", ids), "scores": scores}


def _box(one: Any, where: str, labeled: bool, odd: dict[str, None]) -> dict[str, Json]:
    if not hasattr(one, "get"):
        raise LogTypeError(f"{where} must be a dict; got {type(one).__name__}")
    domain = one.get("domain")
    if domain not in (None, "pixel", "fraction"):
        raise LogTypeError(f'{where}: domain must be "pixel" or left out; got {domain!r}')
    box: dict[str, Json] = {"position": cast("Json", _position(one.get("position"), where))}
    if domain == "pixel":
        box["domain"] = domain
    if (given := one.get("class_id")) is not None:
        box["class_id"] = class_id(given, where)
    elif not labeled:
        raise LogTypeError(f"{where} needs a class_id, since there are no class_labels")
    if (caption := one.get("box_caption")) is not None:
        if not isinstance(caption, str):
            raise LogTypeError(f"{where}: box_caption must be text; got {caption!r}")
        box["box_caption"] = caption
    if (scores := one.get("scores")) is not None:
        if not hasattr(scores, "items"):
            raise LogTypeError(f"{where}: scores must be a dict of names and numbers; got {scores!r}")
        kept = {str(name): _number(value, where, f"score {name!r}") for name, value in scores.items()}
        finite = {name: value for name, value in kept.items() if math.isfinite(value)}
        if len(finite) < len(kept):
            odd["scores that are NaN or infinite are left out"] = None
        box["scores"] = cast("Json", finite)
    return box


def _position(position: Any, where: str) -> dict[str, float]:
    if hasattr(position, "get"):
        if all(name in position for name in _CORNERS):
            return {name: _number(position[name], where, name) for name in _CORNERS}
        if all(name in position for name in ("middle", "width", "height")):
            try:
                x, y = position["middle"]
            except (TypeError, ValueError):
                raise LogTypeError(f"{where}: middle must be [x, y]; got {position['middle']!r}") from None
            x, y = _number(x, where, "middle"), _number(y, where, "middle")
            across, down = (_number(position[name], where, name) / 2 for name in ("width", "height"))
            return {"minX": x - across, "maxX": x + across, "minY": y - down, "maxY": y + down}
    raise LogTypeError(f"{where}: position must be {_ACCEPTED}; got {position!r}")


def _number(value: Any, where: str, name: str) -> float:
    """A plain int or float of anything that is one number, tensors without dimensions included."""
    if type(value) is float or type(value) is int:  # nearly always: a picture may have hundreds of boxes
        return cast(float, value)
    if not isinstance(value, Real) and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LogTypeError(f"{where}: {name} must be a number; got {value!r}")
    return value
