"""Packs: JavaScript that a panel fetches only when it draws with it, once per page.

Most are viewers of ours and the libraries that they draw with, built into `static/packs`. Some libraries come
from the Python package that the user has installed, since that knows what it writes. Nothing comes from the
internet.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nbtrack.errors import NotFoundError
from nbtrack.panels.built import built

if TYPE_CHECKING:
    from collections.abc import Callable


class PackError(NotFoundError):
    """The package that a pack comes from is not installed here."""


@dataclass(frozen=True, slots=True)
class Pack:
    """JavaScript as it travels.

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


#: kind of medium -> packs that draw it: our viewer, and the library that it draws with
NEEDED: dict[str, tuple[str, ...]] = {
    "audio-file": ("audio",),
    "chart-file": ("chart", "vega"),
    "histogram": ("histogram",),
    "html-file": ("html",),
    "object3D-file": ("object3d", "three", "meshopt"),
    "image-file": ("lightbox",),
    "molecule-file": ("molecule", "mol3d"),
    "incremental-table-file": ("table",),
    "plotly-file": ("plotly-figure", "plotly"),
    "table-file": ("table",),
    "video-file": ("video",),
}
#: packs that a panel may need whatever was logged
ALWAYS = ("cells", "curves")

#: packs that compile WebAssembly which is inside of them
WEBASSEMBLY = frozenset({"meshopt"})

#: name of a library -> what returns its source
LIBRARIES: dict[str, Callable[[], str]] = {"plotly": _plotly}


#: packs of whole panels
PAGES = ("project",)


def names() -> frozenset[str]:
    """Return what may be asked for: a browser asks by these names, never by a path."""
    return frozenset({*ALWAYS, *PAGES, *LIBRARIES, *(name for packs in NEEDED.values() for name in packs)})


@cache
def load(name: str) -> Pack:
    """Return a pack, remembered once it was found.

    Args:
        name: one of `names()`.

    Raises:
        NotFoundError: there is no such pack.
        PackError: its package is not installed here.

    Example:
        >>> gzip.decompress(load("plotly").gzipped)[:12]
    """
    if name not in names():
        raise NotFoundError(f"there is no pack {name!r}; nbtrack knows {', '.join(sorted(names()))}")
    library = LIBRARIES.get(name)
    source = library().encode() if library else built(f"packs/{name}.js").read_bytes()
    return Pack(gzip.compress(source, 6, mtime=0), hashlib.sha256(source).hexdigest()[:16])
