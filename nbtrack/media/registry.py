"""Which codec encodes what, and which class reads a kind back. A new media type adds a line to each table.

Modules are named, not imported: what a run never logs is never loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from nbtrack.errors import UnsupportedError
from nbtrack.media.base import Encoded

if TYPE_CHECKING:
    from nbtrack.media.base import Json, Media, Record

#: codec name -> "module:function(params, data) -> Encoded": pure, so that a later process may do it
CODECS: dict[str, str] = {
    "png": "nbtrack.media.pixels:encode",
    "jpg": "nbtrack.media.pixels:encode",
    "bmp": "nbtrack.media.pixels:encode",
    "file": "nbtrack.media.registry:keep",
    "convert": "nbtrack.media.pixels:convert",
    "histogram": "nbtrack.media.histogram:encode",
}

#: kind (W&B's `_type`) -> "module:Class"; the class has `from_record(meta, blob)`
TYPES: dict[str, str] = {
    "image-file": "nbtrack.media.image:Image",
    "histogram": "nbtrack.media.histogram:Histogram",
    "html-file": "nbtrack.media.html:Html",
    "plotly-file": "nbtrack.media.plotly:Plotly",
}

#: `format` in a medium's meta -> MIME type of its blob
_MIME = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "bmp": "image/bmp",
    "html": "text/html; charset=utf-8",
    "plotly.json": "application/vnd.plotly.v1+json",
}


def encode(codec: str, params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Encode the raw bytes of a medium.

    Args:
        codec: a name in `CODECS`.
        params: what the medium's `Raw` said, unchanged.
        data: the bytes of its array, C-contiguous.

    Raises:
        UnsupportedError: unknown codec (the run was written by a newer nbtrack).
    """
    return cast(Encoded, _load(CODECS, codec, "codec")(params, data))


def keep(params: dict[str, Json], data: bytes | memoryview) -> Encoded:  # noqa: ARG001
    """Codec "file": a ready file stays as it is, byte for byte. Params: format."""
    return Encoded({"size": len(data)}, bytes(data))


def complete(record: Record) -> Encoded:
    """Encode `record` at once, its meta merged: for showing a medium that is in no run."""
    if record.raw is None:
        return Encoded(record.meta)
    data = record.raw.data
    raw = data if isinstance(data, bytes | memoryview) else data.reshape(-1).view("u1").data
    done = encode(record.raw.codec, record.raw.params, raw)
    return Encoded({**record.meta, **done.meta}, done.blob)


def load(kind: str, meta: dict[str, Json], blob: bytes | None) -> Media:
    """Read a logged medium back.

    Args:
        kind: W&B's `_type`, a name in `TYPES`.
        meta: its stored meta.
        blob: its encoded bytes; None when it has none, or while they are not encoded yet.

    Raises:
        UnsupportedError: unknown kind.

    Example:
        >>> load("histogram", {"values": [2, 1], "bins": [0.0, 0.5, 1.0]}, None).histogram
        [2, 1]
    """
    return cast("Media", _load(TYPES, kind, "kind of medium").from_record(meta, blob))


def mime(kind: str, meta: dict[str, Json]) -> str:  # noqa: ARG001  (a format may come to mean two things)
    """MIME type of a medium's blob; "application/octet-stream" when it is not known."""
    return _MIME.get(str(meta.get("format")), "application/octet-stream")


def _load(table: dict[str, str], name: str, what: str) -> Any:
    target = table.get(name)
    if target is None:
        raise UnsupportedError(f"unknown {what} {name!r}; this nbtrack knows {', '.join(sorted(table))}")
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
