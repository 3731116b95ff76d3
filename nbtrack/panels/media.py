"""How a single medium shows itself: a picture and a line of text; a document lives in a frame."""

from __future__ import annotations

import base64
import html
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nbtrack.media.registry import Complete, complete, mime
from nbtrack.panels import plot_png
from nbtrack.panels.drawings import DRAWINGS, Drawn, draw, img

if TYPE_CHECKING:
    from nbtrack.media.base import Json, Media

#: what goes into the notebook of a single picture
MAX_BYTES = 512 * 1024
#: longest side of a picture that was larger
_MAX_PX = 1024
#: of what other media are drawn as, in CSS pixels
_WIDTH = 480


def mimebundle(media: Media) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `(data, metadata)` of a medium: a picture as it is, everything else as it stands in a still."""
    record = media.record()
    made = complete(record)
    plain = {"text/plain": repr(media)}
    overlaid = made.meta.get("masks") or made.meta.get("boxes")
    if record.kind == "image-file" and made.blob is not None and not overlaid:
        data, metadata = _picture(made.blob, mime(record.kind, made.meta), made.meta)
        return {**data, **plain}, metadata
    drawn = _histogram(made) if record.kind == "histogram" else _drawn(record.kind, made)
    return {**plain, **({} if drawn is None else {"text/html": f"<div>{drawn}</div>"})}, {}


def _histogram(made: Complete) -> str:
    values, edges = made.meta.get("values"), made.meta.get("bins")
    assert isinstance(values, list)
    assert isinstance(edges, list)
    return img(plot_png.bars(values, edges), "image/png", 360, 150)  # type: ignore[arg-type]


def _drawn(kind: str, made: Complete) -> str | None:
    if made.blob is None or kind not in DRAWINGS:
        return None
    drawn = draw(kind, [Drawn(made.meta, sha256(made.blob).hexdigest(), made.files.__getitem__)], _WIDTH)
    if kind == "html-file":
        from nbtrack.panels.framed_html import with_frame

        return with_frame(drawn, made.blob)
    if kind not in {"audio-file", "video-file"}:
        return drawn
    from nbtrack.panels.players import with_player

    return with_player(drawn, mime(kind, made.meta), made.meta, made.blob)


def _picture(blob: bytes, kind: str, meta: dict[str, Json]) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(blob) > MAX_BYTES or kind not in {"image/png", "image/jpeg"}:
        from nbtrack.panels.thumbs import reduce

        reduced = reduce(blob, _MAX_PX)
        blob, kind = reduced.data, reduced.mime
    caption = meta.get("caption")
    width = _shown_width(meta.get("width"))
    if not caption and kind in {"image/png", "image/jpeg"}:
        return {kind: _base64(blob)}, {kind: {"width": width}} if width else {}
    attributes = f' width="{width}"' if width else ""
    below = f"<br><small>{html.escape(str(caption))}</small>" if caption else ""
    image = f'<img src="data:{kind};base64,{_base64(blob)}"{attributes}>'
    data = {"text/html": f"<div>{image}{below}</div>"}
    if kind in {"image/png", "image/jpeg"}:
        data[kind] = _base64(blob)
    return data, {}


def _shown_width(width: object) -> int | None:
    """Enlarge what is too small to be seen, by whole pixels."""
    if not isinstance(width, int) or not 0 < width < 64:
        return None
    return width * -(-96 // width)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
