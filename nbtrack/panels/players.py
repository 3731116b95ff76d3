"""The browser's own player for one video or sound, with the file in it: below a cell that shows one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from nbtrack.panels.draw_video import describe
from nbtrack.panels.drawings import text

if TYPE_CHECKING:
    from nbtrack.store.model import Json

#: of a file that is put into the notebook; larger ones are only drawn
MAX_BYTES = 200 * 1024
#: CSS pixels; smaller videos are enlarged to the lesser
_WIDTH, _SMALL = 480, 240


def with_player(drawn: str | None, mime: str, meta: dict[str, Json], blob: bytes) -> str | None:
    """Return what to show of one object: a sound's player below its waveform, a video's for its frames."""
    played = player(mime, meta, blob)
    if played is None:
        return drawn
    if not mime.startswith("audio/"):
        return f"{played}<br>{words(meta)}"
    return f"{drawn}<br>{played}" if drawn else played


def words(meta: dict[str, Json]) -> str:
    """Caption and length, small."""
    return f'<small style="opacity:.7">{text(describe(meta), 90)}</small>'


def player(mime: str, meta: dict[str, Json], blob: bytes) -> str | None:
    """Return an element that plays the file without a script; None when it is too large.

    Args:
        mime: MIME type of the file.
        meta: as it is stored.
        blob: the file.
    """
    if len(blob) > MAX_BYTES:
        return None
    source = f'src="data:{mime};base64,{base64.b64encode(blob).decode()}"'
    if mime.startswith("audio/"):
        return f'<audio controls preload="metadata" style="width:{_WIDTH}px;max-width:100%" {source}></audio>'
    width = meta.get("width")
    shown = min(_WIDTH, max(_SMALL, width)) if isinstance(width, int) else _WIDTH
    if mime == "image/gif":
        return f'<img width="{shown}" {source}>'
    return f'<video controls loop muted playsinline width="{shown}" style="max-width:100%" {source}></video>'
