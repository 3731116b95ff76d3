"""What is listed in an order carries a text that sorts; what changed in a document is a few edits. Pure.

The texts have the form of the npm package fractional-indexing, so that the page can put others between them:
"a0", then digits of base 62, the last of which is not 0.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nbtrack.store.entities import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def place(index: int) -> str:
    """Return the text of the place `index`, before all that the page places by itself.

    Example:
        >>> place(0) < place(1) < place(61) < place(62) < "a8"
        True
    """
    digits = ""
    for _ in range(3):
        index, digit = divmod(index, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return f"a0{digits}V"


def placed(known: Sequence[str]) -> list[str]:
    """Return a text for each of a list, whose texts are `known`, "" where there is none.

    They stay as they are if they all are there, in order; else all are new.
    """
    if all(known) and all(a < b for a, b in pairwise(known)):
        return list(known)
    return [place(index) for index in range(len(known))]


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[Edit]:
    """Yield the edits that make `after` of `before`, leaf by leaf: what neither of them names stays."""
    for name, old in before.items():
        if name not in after:
            yield Edit("del", (*path, name))
        elif isinstance(old, dict) and not isinstance(after[name], dict):
            yield Edit("set", (*path, name), after[name])
    for name, new in after.items():
        old = before.get(name)
        if isinstance(new, dict):
            yield from changes(old if isinstance(old, dict) else {}, new, (*path, name))
        elif not isinstance(old, dict) and (name not in before or old != new or type(old) is not type(new)):
            yield Edit("set", (*path, name), new)
