"""What is stored of a video: its file, a poster, and a strip of stills."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, cast

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.media import film, gif
from nbtrack.media.base import Encoded
from nbtrack.media.frames import frames_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from nbtrack.media.base import Json
    from nbtrack.media.frames import Frame

#: poster: longest side in pixels
POSTER_PX = 640
#: pictures in the strip, and their longest side in pixels
STRIP, STRIP_PX = 6, 160


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "video": numbers to a film, with a poster and a strip of stills.

    Params:
        dtype, shape: of the numbers, numpy's string and a list; axes: the order that brings their dimensions
        to (batch, time, channel, height, width); fps; format: gif, mp4, webm or ogg.
    """
    numbers = np.frombuffer(data, dtype=np.dtype(cast(str, params["dtype"])))
    batch = numbers.reshape(cast("list[int]", params["shape"])).transpose(cast("list[int]", params["axes"]))
    fps, format_ = cast(float, params["fps"]), cast(str, params["format"])
    frame, count = frames_of(batch), batch.shape[1]
    frames = map(frame, range(count))
    height, width, _ = frame(0).shape
    if format_ == "gif":
        blob, codec = gif.write(frames, count, fps), "gif"
    else:
        blob, codec = film.write(frames, (width, height), fps, format_), film.FORMATS[format_].codec
    facts = film.Facts(width, height, fps, count, count / fps, codec)
    stills = [frame(i) for i in _spread(count)]
    meta = {**facts.meta(), "size": len(blob), "strip": len(stills)}
    return Encoded(meta, blob, parts=_parts(stills))


def keep(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "video-file": a ready film stays byte for byte; poster and strip are taken where it can be read.

    Params: format.
    """
    blob = bytes(data)
    meta: dict[str, Json] = {"size": len(blob)}
    stills: list[Frame] = []
    if params["format"] == "gif":
        with contextlib.suppress(LogValueError):  # cut short: browsers show what is there
            meta |= gif.facts(blob).meta()
            frames = [frame for frame, _ in gif.read(blob)]
            stills = [frames[i] for i in _spread(len(frames))]
    elif film.has_av():
        stills = film.stills(blob, STRIP)
    if not stills:
        return Encoded(meta, blob)
    return Encoded({**meta, "strip": len(stills)}, blob, parts=_parts(stills))


def _parts(stills: Sequence[Frame]) -> dict[str, bytes]:
    """The poster is the first frame; the strip shows the whole film from left to right."""
    from PIL import Image

    pictures = [Image.fromarray(still) for still in stills]
    poster = pictures[0].copy()
    poster.thumbnail((POSTER_PX, POSTER_PX), Image.Resampling.BOX)
    for picture in pictures:
        picture.thumbnail((STRIP_PX, STRIP_PX), Image.Resampling.BOX)
    width, height = pictures[0].size
    strip = Image.new("RGB", (width * len(pictures), height))
    for at, picture in enumerate(pictures):
        strip.paste(picture, (at * width, 0))
    return {"poster": _picture_file(poster), "strip": _picture_file(strip)}


def _picture_file(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    if picture.getcolors(256) is not None:
        picture.save(buffer, "PNG", optimize=True)
    else:
        picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _spread(count: int) -> list[int]:
    """Indices of the stills: the first frame, the last, and some in between."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, STRIP))})


def facts(blob: bytes, format_: str) -> dict[str, Json]:
    """Read what a film of that format says of itself in its first bytes: what its meta can say at once.

    Raises:
        LogValueError: it cannot be read.
    """
    if format_ == "gif":
        width, height = gif.size(blob)
        return {"width": width, "height": height, "codec": "gif"}
    return film.facts(blob).meta() if film.has_av() else {}


def decode(blob: bytes, meta: dict[str, Json]) -> NDArray[np.uint8]:
    """All frames of a film as (time, channel, height, width), without what was added to make its sides even.

    Args:
        blob: the film.
        meta: as it is stored.

    Raises:
        UnsupportedError: PyAV is not installed and it is no GIF.
        LogValueError: it cannot be read.
    """
    found: list[Frame] = []
    if film.sniff(blob) == "gif":
        fps = cast(float, meta.get("fps") or 0)
        for frame, delay in gif.read(blob):  # frames that were alike are one now, which stays longer
            found += [frame] * (max(1, round(delay * fps)) if meta.get("codec") == "gif" else 1)
        count = cast(int, meta.get("frames") or len(found))
        found = (found + found[-1:] * (count - len(found)))[:count]
    else:
        found = film.read(blob)
    if not found:
        raise LogValueError("Video: this file holds no frame that can be read")
    height, width = found[0].shape[:2]
    width, height = cast(int, meta.get("width") or width), cast(int, meta.get("height") or height)
    return np.stack([frame[:height, :width] for frame in found]).transpose(0, 3, 1, 2)
