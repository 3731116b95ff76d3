"""Names of what was logged: which are meant by a pattern, and in which order they are listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def key_filter(patterns: Sequence[str] | None) -> Callable[[str], bool]:
    """Return what tells whether a key is meant by one of the patterns; None means every key.

    `*` stands for anything, all else for itself: keys such as "logits[0]" are named as they are.

    Example:
        >>> wanted = key_filter(["val/*", "samples"])
        >>> wanted("val/loss"), wanted("samples/2")
        (True, False)
    """
    if patterns is None:
        return lambda _key: True
    each = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    whole = re.compile("|".join(each), re.DOTALL)
    return lambda key: whole.fullmatch(key) is not None


def key_order(keys: Iterable[str]) -> list[str]:
    """Return names in natural order, "layer2" before "layer10", as the panel lists them."""
    return sorted(keys, key=lambda key: [(0, int(d), "") if d else (1, 0, text) for d, text in _parts(key)])


def _parts(key: str) -> list[tuple[str, str]]:
    """Split into (digits, "") and ("", text)."""
    return re.findall(r"([0-9]+)|([^0-9]+)", key)
