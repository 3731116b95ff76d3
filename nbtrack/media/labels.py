"""Names of classes, as masks and boxes refer to them, and the color that a class has wherever it is drawn."""

from __future__ import annotations

import colorsys
import operator
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: of the first classes: far from each other in hue or lightness, and legible on photographs
_COLORS = (
    "#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45",
    "#fabed4", "#469990", "#dcbeff", "#9a6324", "#fffac8", "#800000", "#aaffc3", "#808000",
    "#ffd8b1", "#2f4fa8", "#a9a9a9", "#ffe119",
)  # fmt: skip
#: turns by this share of the circle never meet again
_GOLDEN = 0.618033988749895
#: labels of class 0 that mean "nothing"
_NOTHING = frozenset({"background", "bg", "none", "void", "unlabeled", "unlabelled", "ignore"})


class Classes:
    """Names of class ids, for the masks and boxes of an Image that bring none.

    Args:
        class_set: W&B's list of {"id": 0, "name": "cat"}, other Classes, or a dict id -> name.

    Raises:
        LogTypeError: anything else.

    Example:
        >>> nbtrack.Classes([{"id": 1, "name": "tree"}, {"id": 2, "name": "car"}]).labels
        {1: 'tree', 2: 'car'}
    """

    def __init__(self, class_set: Classes | Iterable[Mapping[str, Any]] | Mapping[int, str]) -> None:
        #: class id -> name
        self.labels: dict[int, str]
        if isinstance(class_set, Classes):
            self.labels = dict(class_set.labels)
            return
        if hasattr(class_set, "items"):
            self.labels = labels_of(class_set, "Classes")
            return
        try:
            pairs = {one["id"]: one["name"] for one in class_set}
        except (TypeError, KeyError, IndexError):
            raise LogTypeError(
                'classes must be a list of {"id": int, "name": str}, or nbtrack.Classes; '
                f"got {type(class_set).__name__}"
            ) from None
        self.labels = labels_of(pairs, "Classes")

    def __repr__(self) -> str:
        return f"<Classes {self.labels}>"


def labels_of(labels: Any, where: str) -> dict[int, str]:
    """Check a dict class id -> label.

    Args:
        labels: as the user gave it; None is empty. Ids may be numpy's ints, or text of digits (from JSON).
        where: begins the message of errors.

    Raises:
        LogTypeError: no dict, ids that are no whole numbers, labels that are no text.
    """
    if labels is None:
        return {}
    if not hasattr(labels, "items"):
        raise LogTypeError(
            f"{where}: class_labels must be a dict of id and label; got {type(labels).__name__}"
        )
    checked = {}
    for key, label in labels.items():
        if not isinstance(label, str):
            raise LogTypeError(f"{where}: the label of class {key!r} must be text; got {label!r}")
        checked[class_id(int(key) if isinstance(key, str) and key.isdecimal() else key, where)] = label
    return checked


def class_id(value: Any, where: str) -> int:
    """Return a class id as int.

    Raises:
        LogTypeError: not a whole number.
    """
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass  # said below
    raise LogTypeError(f"{where}: a class id must be an int; got {value!r}")


def color(class_id: int) -> tuple[int, int, int]:
    """Return the color (r, g, b) of a class: the same in all pictures, runs, pages and stills.

    It depends on nothing but the id. `js/src/viewers/image/classes.ts` has the same function.
    """
    if 0 <= class_id < len(_COLORS):
        hexadecimal = _COLORS[class_id]
        return int(hexadecimal[1:3], 16), int(hexadecimal[3:5], 16), int(hexadecimal[5:7], 16)
    hue = class_id * _GOLDEN % 1
    lightness = (0.42, 0.56, 0.7)[class_id % 3]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.75)
    return int(red * 255 + 0.5), int(green * 255 + 0.5), int(blue * 255 + 0.5)


def is_nothing(class_id: int, label: str | None) -> bool:
    """Whether a mask's class stands for the absence of one: it is not painted until it is asked for."""
    return class_id == 0 and (label is None or label.strip().lower() in _NOTHING)
