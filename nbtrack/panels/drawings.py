"""Media as they stand in a page without scripts: in a panel's still, and below a cell that shows one."""

from __future__ import annotations

import base64
import html
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from nbtrack.panels import draw_overlays, thumbs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbtrack.store.model import Json

#: kind -> "module:function(media, width, scale) -> HTML | None"; a new medium adds a line here
DRAWINGS: dict[str, str] = {
    "audio-file": "nbtrack.panels.draw_audio:waves",
    "chart-file": "nbtrack.panels.draw_chart:charts",
    "html-file": "nbtrack.panels.draw_html:documents",
    "image-file": "nbtrack.panels.drawings:images",
    "incremental-table-file": "nbtrack.panels.draw_table:tables",
    "molecule-file": "nbtrack.panels.draw_molecule:draw",
    "object3D-file": "nbtrack.panels.draw_object3d:objects3d",
    "plotly-file": "nbtrack.panels.draw_plotly:figures",
    "table-file": "nbtrack.panels.draw_table:tables",
    "video-file": "nbtrack.panels.draw_video:stills",
}


#: charts and figures of a list that are drawn
_FEW = 4


class Drawn(NamedTuple):
    """A medium to draw.

    Attributes:
        meta: as it is stored.
        sha: SHA-256 of its file, or None.
        file: returns a file by its SHA-256, this one or one that `meta["parts"]` names; OSError without it.
    """

    meta: dict[str, Json]
    sha: str | None
    file: Callable[[str], bytes]

    def part(self, name: str) -> bytes | None:
        """Return the further file of that name; None when there is none or it is lost."""
        parts = self.meta.get("parts")
        sha = parts.get(name) if isinstance(parts, dict) else None
        try:
            return self.file(sha) if isinstance(sha, str) else None
        except OSError:
            return None


def first_few(media: Sequence[Drawn], drawn: Callable[[Drawn, Any], str | None]) -> str | None:
    """Draw the first of some media whose files are JSON; lost ones and those not there yet are left out.

    Args:
        media: of one key.
        drawn: returns the HTML of a medium and what its file holds.
    """
    made = []
    for one in media[:_FEW]:
        try:
            held = None if one.sha is None else json.loads(one.file(one.sha))
        except OSError:  # lost or not there yet; fsck tells
            continue
        if held is not None:
            made.append(drawn(one, held))
    return "<br>".join(found for found in made if found) or None


def draw(kind: str, media: Sequence[Drawn], width: int, scale: int = 2) -> str | None:
    """Return a script-free, self-contained HTML fragment of what one step logged under a key.

    Args:
        kind: of the media, a name in `DRAWINGS`.
        media: at least one, in order. A drawing may leave out what does not fit.
        width: in CSS pixels, at most.
        scale: device pixels per CSS pixel in pictures.

    Returns:
        None when there is nothing to draw (yet). All text in it is escaped.
    """
    module, _, function = DRAWINGS[kind].partition(":")
    made = getattr(import_module(module), function)(media, width, scale)
    return cast("str | None", made)


def images(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw a contact sheet."""
    pictures = []
    for one in media[: thumbs.SHEET]:
        sha = one.sha
        if sha is None:
            continue
        try:
            small = thumbs.thumb(sha, thumbs.PUSH_PX, lambda sha=sha, one=one: one.file(sha)).data  # type: ignore[misc]
        except OSError:  # lost or not there yet; fsck tells
            continue
        pictures.append(draw_overlays.painted(small, one) if draw_overlays.has_overlays(one) else small)
    made = thumbs.sheet(pictures, width, scale)
    captions = ", ".join(str(one.meta["caption"]) for one in media if one.meta.get("caption"))
    return None if made is None else img(*made, alt=captions)


def img(data: bytes, mime: str, width: int, height: int, alt: str = "") -> str:
    """Return an `<img>` that holds its picture; `width` and `height` in CSS pixels."""
    encoded = base64.b64encode(data).decode()
    return (
        f'<img src="data:{mime};base64,{encoded}" width="{width}" height="{height}" alt="{text(alt, 200)}">'
    )


def text(value: str, limit: int = 120) -> str:
    """Escape and shorten."""
    return html.escape(value if len(value) <= limit else value[: limit - 1] + "…")
