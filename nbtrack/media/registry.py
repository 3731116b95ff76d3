"""Which codec encodes what, and which class reads a kind back. A new media type adds a line to each table.

Modules are named, not imported: what a run never logs is never loaded.
"""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from nbtrack.errors import UnsupportedError
from nbtrack.media.base import Encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.media.base import Data, Json, Media, Raw, Record

#: codec name -> "module:function(params, data) -> Encoded": pure, so that a later process may do it
CODECS: dict[str, str] = {
    "png": "nbtrack.media.pixels:encode",
    "jpg": "nbtrack.media.pixels:encode",
    "bmp": "nbtrack.media.pixels:encode",
    "file": "nbtrack.media.registry:keep",
    "convert": "nbtrack.media.pixels:convert",
    "overlaid": "nbtrack.media.overlays:encode",
    "chart": "nbtrack.media.chart:encode",
    "histogram": "nbtrack.media.histogram:encode",
    "molecule": "nbtrack.media.molecule:encode",
    "cloud": "nbtrack.media.clouds:encode",
    "mesh": "nbtrack.media.meshes:encode",
    "table": "nbtrack.media.table_file:encode",
    "video": "nbtrack.media.video_file:encode",
    "video-file": "nbtrack.media.video_file:keep",
    "audio": "nbtrack.media.sound:encode",
    "audio-file": "nbtrack.media.sound:keep",
}

#: kind (W&B's `_type`) -> "module:Class"; the class has `from_record`
TYPES: dict[str, str] = {
    "image-file": "nbtrack.media.image:Image",
    "chart-file": "nbtrack.media.chart:CustomChart",
    "histogram": "nbtrack.media.histogram:Histogram",
    "html-file": "nbtrack.media.html:Html",
    "molecule-file": "nbtrack.media.molecule:Molecule",
    "object3D-file": "nbtrack.media.object3d:Object3D",
    "incremental-table-file": "nbtrack.media.table:Table",
    "plotly-file": "nbtrack.media.plotly:Plotly",
    "table-file": "nbtrack.media.table:Table",
    "video-file": "nbtrack.media.video:Video",
    "audio-file": "nbtrack.media.audio:Audio",
}

#: `format` in a medium's meta -> MIME type of its blob
_MIME = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "bmp": "image/bmp",
    "html": "text/html; charset=utf-8",
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "obj": "model/obj",
    "stl": "model/stl",
    "babylon": "application/json",
    "pdb": "chemical/x-pdb",
    "pqr": "chemical/x-pqr",
    "mmcif": "chemical/x-mmcif",
    "mcif": "chemical/x-mmcif",
    "cif": "chemical/x-cif",
    "sdf": "chemical/x-mdl-sdfile",
    "sd": "chemical/x-mdl-sdfile",
    "gro": "chemical/x-gromos87",
    "mol2": "chemical/x-mol2",
    "chart.json": "application/json",
    "plotly.json": "application/vnd.plotly.v1+json",
    "parquet": "application/vnd.apache.parquet",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
}


_NO_FILES: dict[str, bytes] = {}


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


def pieces(raw: Raw) -> list[memoryview]:
    """Return the bytes of `raw.data`, piece by piece, without copying."""
    data = raw.data if isinstance(raw.data, tuple) else (raw.data,)
    return [_bytes_of(piece) for piece in data]


def _bytes_of(data: Data) -> memoryview:
    if isinstance(data, bytes | memoryview):
        return memoryview(data).cast("B") if len(data) else memoryview(b"")
    return data.reshape(-1).view("u1").data  # memoryview does not know all types of numpy


def finish(raw: Raw) -> Encoded:
    """Encode `raw` at once."""
    parts = pieces(raw)
    return encode(raw.codec, raw.params, parts[0] if len(parts) == 1 else b"".join(parts))


class Complete(NamedTuple):
    """A medium with everything encoded: what a run would hold of it."""

    meta: dict[str, Json]
    blob: bytes | None
    #: it and its further files by SHA-256
    files: dict[str, bytes]


def complete(record: Record) -> Complete:
    """Encode `record` at once: for showing a medium that is in no run."""
    files: dict[str, bytes] = {}

    def put(data: bytes) -> str:
        sha = sha256(data).hexdigest()
        files[sha] = data
        return sha

    done = Encoded({}) if record.raw is None else finish(record.raw)
    meta, _ = done.keep(record.meta, put)
    return Complete(meta, done.blob, files)


def load(
    kind: str,
    meta: dict[str, Json],
    blob: bytes | None,
    file: Callable[[str], bytes] = _NO_FILES.__getitem__,
) -> Media:
    """Read a logged medium back.

    Args:
        kind: W&B's `_type`, a name in `TYPES`.
        meta: its stored meta.
        blob: its encoded bytes; None when it has none, or while they are not encoded yet.
        file: returns a further file by its SHA-256.

    Raises:
        UnsupportedError: unknown kind.

    Example:
        >>> load("histogram", {"values": [2, 1], "bins": [0.0, 0.5, 1.0]}, None).histogram
        [2, 1]
    """
    return cast("Media", _load(TYPES, kind, "kind of medium").from_record(meta, blob, file))


def mime(kind: str, meta: dict[str, Json]) -> str:
    """MIME type of a medium's blob; "application/octet-stream" when it is not known."""
    if kind == "video-file" and meta.get("format") == "ogg":
        return "video/ogg"
    return _MIME.get(str(meta.get("format")), "application/octet-stream")


def _load(table: dict[str, str], name: str, what: str) -> Any:
    target = table.get(name)
    if target is None:
        raise UnsupportedError(f"unknown {what} {name!r}; this nbtrack knows {', '.join(sorted(table))}")
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
