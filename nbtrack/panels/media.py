"""How a single medium shows itself: a picture and a line of text, nothing live."""

from __future__ import annotations

import base64
import html
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nbtrack.media.registry import complete, mime
from nbtrack.panels import plot_png
from nbtrack.panels.drawings import DRAWINGS, Drawn, draw

if TYPE_CHECKING:
    from nbtrack.media.base import Media

#: what goes into the notebook of a single picture
MAX_BYTES = 512 * 1024
#: longest side of a picture that was larger
_MAX_PX = 1024
#: of what other media are drawn as, in CSS pixels
_WIDTH = 480


def mimebundle(media: Media) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return `(data, metadata)` of a medium: an image for a picture, a chart for a histogram."""
    text = repr(media)
    record = media.record()
    made = complete(record)
    if record.kind == "histogram":
        values, edges = made.meta.get("values"), made.meta.get("bins")
        assert isinstance(values, list)
        assert isinstance(edges, list)
        picture = plot_png.bars(values, edges)  # type: ignore[arg-type]
        image = f'<img src="data:image/png;base64,{_base64(picture)}" width="360" height="150">'
        return {"text/html": f"<div>{image}</div>", "text/plain": text}, {}
    if made.blob is None:
        return {"text/plain": text}, {}
    kind = mime(record.kind, made.meta)
    blob = made.blob
    if record.kind != "image-file":
        drawn = None
        if record.kind in DRAWINGS:
            sha = sha256(blob).hexdigest()
            drawn = draw(record.kind, [Drawn(made.meta, sha, made.files.__getitem__)], _WIDTH)
        if record.kind in {"audio-file", "video-file"}:
            from nbtrack.panels.players import with_player

            drawn = with_player(drawn, kind, made.meta, blob)
        return {"text/plain": text} if drawn is None else {
            "text/html": f"<div>{drawn}</div>",
            "text/plain": text,
        }, {}
    if len(blob) > MAX_BYTES or kind not in {"image/png", "image/jpeg"}:
        from nbtrack.panels.thumbs import reduce

        reduced = reduce(blob, _MAX_PX)
        blob, kind = reduced.data, reduced.mime
    caption = made.meta.get("caption")
    width = _shown_width(made.meta.get("width"))
    if not caption and kind in {"image/png", "image/jpeg"}:
        return {kind: _base64(blob), "text/plain": text}, {kind: {"width": width}} if width else {}
    attributes = f' width="{width}"' if width else ""
    below = f"<br><small>{html.escape(str(caption))}</small>" if caption else ""
    image = f'<img src="data:{kind};base64,{_base64(blob)}"{attributes}>'
    data = {"text/html": f"<div>{image}{below}</div>", "text/plain": text}
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
