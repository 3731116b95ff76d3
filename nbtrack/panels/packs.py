"""Packs: large JavaScript libraries that a panel fetches only when it draws with them, once per page.

They are not ours and not in our wheel: each comes from the Python package that the user has installed. So it
knows what that package writes, and nothing comes from the internet.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nbtrack.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable


class PackError(NotFoundError):
    """The package that a pack comes from is not installed here."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A library as it travels.

    Attributes:
        gzipped: its source, compressed.
        version: short hash of the source; changes with the package.
        mime: of the source.
    """

    gzipped: bytes
    version: str
    mime: str = "text/javascript; charset=utf-8"


def _plotly() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise PackError(
            "plotly figures are drawn by the plotly.js of the plotly package, which is not installed here: "
            "pip install plotly"
        ) from None
    return str(get_plotlyjs())


#: kind of medium -> pack that draws it
NEEDED: dict[str, str] = {"plotly-file": "plotly"}

#: name -> what returns the library's source; a browser asks by these names, never by a path
PACKS: dict[str, Callable[[], str]] = {"plotly": _plotly}


@cache
def load(name: str) -> Pack:
    """Return a pack, remembered once it was found.

    Args:
        name: one of `PACKS`.

    Raises:
        NotFoundError: there is no such pack.
        PackError: its package is not installed here.

    Example:
        >>> gzip.decompress(load("plotly").gzipped)[:12]
    """
    if name not in PACKS:
        raise NotFoundError(f"there is no pack {name!r}; nbtrack knows {', '.join(sorted(PACKS))}")
    source = PACKS[name]().encode()
    return Pack(gzip.compress(source, 6, mtime=0), hashlib.sha256(source).hexdigest()[:16])
