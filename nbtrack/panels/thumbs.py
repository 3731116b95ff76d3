"""Pictures small enough to push before anybody asks for them."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.Image import Image

#: longest side of a pushed picture; sharp at the size of a grid's tile on a dense screen
PUSH_PX = 256
#: originals up to this size travel as they are
ORIGINAL_BYTES = 32 * 1024
#: reduced pictures kept in memory, over all runs of the process
_CACHE_BYTES = 48 * 1024 * 1024

#: a sheet shows up to so many pictures at a quarter of its width, more at an eighth, in at most so many rows
_ROW_OF_LARGE = 4
_ROWS = 2
#: the most pictures of a sheet
SHEET = 8 * _ROWS
#: pictures larger than this are not shown smaller than this, in CSS pixels
_LEGIBLE = 40

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)


class Thumb(NamedTuple):
    """Encoded bytes; `px` is the longest side they were reduced to, None for the original."""

    data: bytes
    mime: str
    px: int | None


def sniff(data: bytes) -> str:
    """Return the MIME type of a picture by its first bytes, "application/octet-stream" for anything else."""
    for magic, mime in _MAGIC:
        if data.startswith(magic):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"


def thumb(sha: str, px: int, load: Callable[[], bytes]) -> Thumb:
    """Return what to show of a blob at a longest side of `px` pixels.

    Originals of at most 32 KiB come as they are, and so does what is no picture. The result is remembered.

    Args:
        sha: of the original; the cache's key.
        px: longest side wanted, at least 1.
        load: fetches the original; called only when the answer is not known.
    """
    key = (sha, px)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    made = reduce(load(), px)
    with _lock:
        global _held
        if key not in _cache:
            _cache[key] = made
            _held += len(made.data)
        while _held > _CACHE_BYTES and len(_cache) > 1:
            _held -= len(_cache.popitem(last=False)[1].data)
    return made


def reduce(data: bytes, px: int) -> Thumb:
    """Return the picture in `data` with a longest side of at most `px`, or `data` itself.

    Few colors and transparency are kept as PNG or WebP, photographs become JPEG.
    """
    mime = sniff(data)
    if len(data) <= ORIGINAL_BYTES or not mime.startswith("image/"):
        return Thumb(data, mime, None)
    from PIL import Image

    from nbtrack.media.pixels import opened

    try:
        with opened(data) as picture:
            picture.draft("RGB", (px, px))  # lets JPEG decode at a fraction of its size
            small = eight_bit(picture)
            small.thumbnail((px, px), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Thumb(data, mime, None)  # damaged or absurd: whoever shows it says so
    made, mime = encode(small)
    return Thumb(made, mime, max(small.size)) if len(made) < len(data) else Thumb(data, sniff(data), None)


def sheet(pictures: Sequence[bytes], width: int, scale: int = 2) -> tuple[bytes, str, int, int] | None:
    """Lay pictures side by side: the contact sheet of one step in a still.

    Args:
        pictures: encoded; those that cannot be read are left out.
        width: of the sheet in CSS pixels, at most.
        scale: device pixels per CSS pixel. Pictures of few pixels are enlarged without smoothing.

    Returns:
        `(bytes, mime, width, height)` in CSS pixels, or None when no picture could be read. Only whole rows
        are shown, so fewer pictures than given may be seen.
    """
    from PIL import Image

    opened = [picture for picture in map(_open, pictures) if picture is not None]
    if not opened:
        return None
    tile = width // 2 if len(opened) <= 2 else width // 4 if len(opened) <= _ROW_OF_LARGE else width // 8
    if tile < _LEGIBLE and max(max(picture.size) for picture in opened) > _LEGIBLE:
        tile = width // 4  # photographs say nothing at the size of a digit
    columns = max(1, min(len(opened), width // tile))
    rows = max(1, min(len(opened) // columns, _ROWS))
    side = tile * scale
    tall = max(picture.height / max(picture.size) for picture in opened)
    across = -(-round(side * tall) // scale) * scale
    paper = Image.new("RGBA", (columns * side, rows * across))
    for at, picture in enumerate(opened[: rows * columns]):
        enlarged = max(picture.size) * 2 <= side
        ratio = (side - scale) / max(picture.size)
        size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
        how = Image.Resampling.NEAREST if enlarged else Image.Resampling.BOX
        paper.paste(picture.resize(size, how), (at % columns * side, at // columns * across))
    plain = paper if paper.getchannel("A").getextrema()[0] == 0 else paper.convert("RGB")
    data, mime = encode(plain if plain.getcolors(256) is not None else _on_gray(paper))
    return data, mime, columns * tile, rows * across // scale


def encode(picture: Image) -> tuple[bytes, str]:
    """Return `(bytes, mime)`: PNG for few colors, WebP for many with transparency, else JPEG."""
    out = io.BytesIO()
    if picture.getcolors(256) is not None:
        _palette(picture).save(out, "PNG", optimize=True)
        return out.getvalue(), "image/png"
    if picture.mode in {"RGBA", "LA"}:
        picture.save(out, "WEBP", quality=80, method=2)
        return out.getvalue(), "image/webp"
    picture.save(out, "JPEG", quality=82)
    return out.getvalue(), "image/jpeg"


def eight_bit(picture: Image) -> Image:
    """Return a copy of `picture` in mode L, LA, RGB or RGBA; deeper grays keep their range."""
    if picture.mode in {"L", "LA", "RGB", "RGBA"}:
        return picture.copy()
    if picture.mode.startswith("I") or picture.mode == "F":
        return _flatten(picture)
    if picture.mode in {"P", "PA"}:
        return picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _palette(picture: Image) -> Image:
    """Return a picture of at most 256 colors with exactly these as its palette."""
    import numpy as np
    from PIL import Image

    pixels = np.ascontiguousarray(picture.convert("RGBA")).view(np.uint32)[..., 0]
    colors, index = np.unique(pixels, return_inverse=True)
    rgba = colors.view(np.uint8).reshape(-1, 4)
    made = Image.fromarray(index.reshape(pixels.shape).astype(np.uint8))
    made.putpalette(rgba[:, :3].tobytes())
    if (rgba[:, 3] < 255).any():
        made.info["transparency"] = rgba[:, 3].tobytes()
    return made


def _open(data: bytes) -> Image | None:
    from PIL import Image

    from nbtrack.media.pixels import opened

    try:
        with opened(data) as picture:
            picture.draft("RGB", (PUSH_PX, PUSH_PX))
            return eight_bit(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _on_gray(picture: Image) -> Image:
    """Put transparency on a gray that is quiet on white and on dark: JPEG has none."""
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "#8c8c8c")
    paper.alpha_composite(picture)
    return paper.convert("RGB")


def _flatten(picture: Any) -> Image:
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(picture, np.float64))
    top = 65535.0 if picture.mode.startswith("I") and values.max(initial=0) > 255 else 255.0
    if picture.mode == "F" and values.max(initial=0) <= 1:
        top = 1.0
    return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))


_cache: OrderedDict[tuple[str, int], Thumb] = OrderedDict()
_held = 0
_lock = threading.Lock()
