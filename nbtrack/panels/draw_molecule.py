"""Molecules in a page without scripts: the pictures that were made when they were logged, side by side."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from nbtrack.panels.drawings import img

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from nbtrack.panels.drawings import Drawn

#: molecules of one step that are drawn
_MOST = 4
#: of one molecule, in CSS pixels, at most
_WIDTH, _HEIGHT = 320, 240
#: lines in a few inks with soft edges: more colors are not seen
_COLORS = 48


def draw(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the molecules of one step: flat formulas of small ones, backbones of the others.

    The ground is transparent; the inks read on light and dark pages.
    """
    from PIL import Image

    opened = [(one, picture) for one in media[:_MOST] if (picture := _poster(one)) is not None]
    if not opened:
        return None
    columns = min(len(opened), 2)
    tile = min(_WIDTH, width // columns), min(_HEIGHT, width // columns * _HEIGHT // _WIDTH)
    side = tile[0] * scale, tile[1] * scale
    rows = -(-len(opened) // columns)
    paper = Image.new("RGBA", (side[0] * columns, side[1] * rows))
    for at, (_, picture) in enumerate(opened):
        paper.paste(
            picture.resize(side, Image.Resampling.BOX), (at % columns * side[0], at // columns * side[1])
        )
    out = io.BytesIO()
    paper.quantize(_COLORS, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    captions = ", ".join(str(one.meta["caption"]) for one, _ in opened if one.meta.get("caption"))
    return img(out.getvalue(), "image/png", tile[0] * columns, tile[1] * rows, alt=captions or "molecule")


def _poster(one: Drawn) -> Image | None:
    from PIL import Image

    data = one.part("poster")
    if data is None:  # not encoded yet, or lost
        return None
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError):
        return None
