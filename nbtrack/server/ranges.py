"""Parts of a file over HTTP, as players ask for them while they seek (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

#: bytes of one answer, at most; a player that wants to the end asks again
MAX_PART = 4 * 1024 * 1024

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII)


class Part(NamedTuple):
    """Where it begins and how long it is, in bytes; a length of 0 cannot be had."""

    start: int
    length: int


def wanted(header: str | None, size: int) -> Part | None:
    """Read a `Range` header.

    Args:
        header: its text, or None.
        size: of the file, in bytes.

    Returns:
        None for the whole file: without a header, and for what a server may ignore (other units, several
        parts, nonsense). Otherwise the part, cut to the file and to `MAX_PART`; its length is 0 when nothing
        of it lies in the file.

    Example:
        >>> wanted("bytes=10-19", 100), wanted("bytes=-5", 100), wanted("bytes=0-1,5-6", 100)
        (Part(start=10, length=10), Part(start=95, length=5), None)
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), int(last) + 1 if last else size
        if last and end <= start:
            return None
    return Part(start, max(0, min(end - start, size - start, MAX_PART)))
