"""Mesh files: kept byte for byte, checked so far that a damaged one is refused where it is logged.

Beside the file lies, where the trimesh package is installed, a part "points-000": points of its surface,
shaded, as `nbtrack.media.cloud_parts` writes them: what stills and the outputs of cells show of a mesh.
"""

from __future__ import annotations

import io
import json
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError, warn
from nbtrack.media.base import Encoded, Raw
from nbtrack.media.cloud_parts import drawable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: points of the surface that are drawn where nothing can run
_SURFACE = 40_000
#: from where the light comes, in the mesh's own axes, and how bright it is where no light falls
_LIGHT, _SHADE = (0.45, 0.75, 0.6), 0.3
_GRAY = (168, 178, 190)

#: extensions of glTF that the viewer does not decode: name, and how one gets a file without
_PACKED = {
    "KHR_draco_mesh_compression": (
        "Draco", "export it without, or unpack it: gltf-transform cp packed.glb unpacked.glb"
    ),
    "KHR_texture_basisu": ("Basis Universal textures", "export it with PNG or JPEG textures"),
}  # fmt: skip

#: extensions that compress the geometry, not the textures
_GEOMETRY = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")

_STL_HEAD, _STL_FACET = 84, 50


@dataclass(frozen=True, slots=True)
class Mesh:
    """A mesh file.

    Attributes:
        format: one of `FORMATS`.
        data: its bytes.
    """

    format: str
    data: bytes


def mesh_of(data: bytes, file_type: str, name: str) -> Mesh:
    """Check a mesh file.

    Args:
        data: its bytes.
        file_type: one of `FORMATS`.
        name: said in messages.

    Raises:
        LogValueError: it is not what its type says, or needs further files.
    """
    reason = _CHECKS[file_type](data)
    if reason is not None:
        raise LogValueError(f"Object3D: {name} is no {file_type} file that can be shown: {reason}")
    return Mesh(file_type, data)


def record_of(mesh: Mesh) -> tuple[dict[str, Json], Raw]:
    """Return the meta that is known at once, and the raw bytes."""
    return {"format": mesh.format, "size": len(mesh.data)}, Raw("mesh", {"format": mesh.format}, mesh.data)


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "mesh": the file as it is, and points of its surface. Params: format."""
    blob = bytes(data)
    meta, parts = _surface(blob, str(params["format"]))
    return Encoded({"size": len(blob), **meta}, blob, parts)


def _surface(data: bytes, file_type: str) -> tuple[dict[str, Json], dict[str, bytes]]:
    """Points of the surface, and how many vertices and faces there are. Nothing without trimesh."""
    if file_type == "babylon":
        return {}, {}
    if (packed := _compressed(data, file_type)) is not None:  # trimesh would take packed bytes for numbers
        return {"no_picture": f"compressed with {packed}"}, {}
    try:
        import trimesh
    except ImportError:
        return {}, {}
    try:
        made = trimesh.load(io.BytesIO(data), file_type=file_type, process=False)
        whole: Any = made.to_geometry() if isinstance(made, trimesh.Scene) else made
        vertices = np.asarray(whole.vertices, np.float64)
        faces = np.asarray(getattr(whole, "faces", np.empty((0, 3), np.int64)))
        shaded = _shaded(vertices, faces)
    except Exception as error:  # trimesh raises anything; the browser reads the file by itself
        return {"no_picture": f"{type(error).__name__}: {error}"[:200]}, {}
    meta, parts = drawable(shaded)
    return {"vertices": len(vertices), "faces": len(faces), **meta}, parts


def _compressed(data: bytes, file_type: str) -> str | None:
    """The extension by which the geometry of a checked glTF is compressed."""
    if file_type not in {"glb", "gltf"}:
        return None
    document = json.loads(
        data[20 : 20 + struct.unpack_from("<I", data, 12)[0]] if file_type == "glb" else data
    )
    used = _list(document, "extensionsUsed")
    return next((name for name in _GEOMETRY if name in used), None)


def _shaded(vertices: NDArray[np.float64], faces: NDArray[Any]) -> NDArray[np.float64]:
    """Points (n, 6) spread evenly over the surface, lit from one side; without faces the vertices."""
    if not len(faces):
        some = vertices[:: max(1, len(vertices) // _SURFACE)]
        return np.hstack([some, np.full((len(some), 3), _GRAY)])
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    total = np.cumsum(area)
    if not total[-1] > 0:
        return np.hstack([a, np.full((len(a), 3), _GRAY)])
    rng = np.random.default_rng(0)
    face = np.searchsorted(total, rng.random(_SURFACE) * total[-1]).clip(0, len(faces) - 1)
    u, v = rng.random((2, _SURFACE, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    places = a[face] + u * (b - a)[face] + v * (c - a)[face]
    light = np.asarray(_LIGHT) / np.linalg.norm(_LIGHT)
    # the sides of thin or badly oriented faces are lit alike
    facing = np.abs(normal[face] @ light) / np.maximum(area[face], 1e-300)
    return np.hstack([places, (_SHADE + (1 - _SHADE) * facing)[:, None] * np.asarray(_GRAY)])


# ---- checks: each returns what is wrong, or None --------------------------------------------------------


def _check_glb(data: bytes) -> str | None:
    """The container of glTF 2.0: header of 12 bytes, then chunks of (length, type, data), JSON first."""
    if len(data) < 20 or data[:4] != b"glTF":
        return 'it does not begin with "glTF"'
    version, length = struct.unpack_from("<II", data, 4)
    json_length, kind = struct.unpack_from("<I4s", data, 12)
    if version != 2:
        return f"it is glTF {version}; needed: 2"
    if length > len(data) or 20 + json_length > len(data):
        return f"it is cut off: {len(data):,} of {length:,} bytes are there"
    return "its first chunk is no JSON" if kind != b"JSON" else _check_gltf(data[20 : 20 + json_length])


def _check_gltf(data: bytes) -> str | None:
    try:
        document = json.loads(data)
    except ValueError as error:
        return f"its JSON cannot be read ({error})"
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        return 'it has no "asset", so it is no glTF'
    if not str(document["asset"].get("version", "2.0")).startswith("2"):
        return f"it is glTF {document['asset']['version']}; needed: 2.0"
    for name in ("buffers", "images"):
        for item in _list(document, name):
            uri = item.get("uri") if isinstance(item, dict) else None
            if isinstance(uri, str) and not uri.startswith("data:"):
                return (
                    f"it refers to a further file, {uri[:80]!r}, and nothing is fetched from outside. "
                    "Export it as .glb, or with everything embedded"
                )
    required = _list(document, "extensionsRequired")
    for extension, (name, instead) in _PACKED.items():
        if extension in required:
            warn(
                f"Object3D: this glTF is compressed with {name} ({extension}), which the viewer does not "
                f"decode. It is kept; to see it, {instead}"
            )
    return None


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _check_obj(data: bytes) -> str | None:
    if b"\0" in data[:4096] or not re.search(rb"^\s*v\s+[-+.\d]", data, re.MULTILINE):
        return 'it has no line of a vertex ("v x y z")'
    return None


def _check_stl(data: bytes) -> str | None:
    """80 bytes, the number of facets, 50 bytes each; or text that begins with "solid"."""
    if len(data) >= _STL_HEAD:
        (facets,) = struct.unpack_from("<I", data, 80)
        if len(data) >= _STL_HEAD + _STL_FACET * facets and facets:
            return None
    if data.lstrip()[:5].lower() == b"solid" and b"vertex" in data:
        return None
    return "it has neither the length that its number of facets asks for, nor is it STL as text"


def _check_ply(data: bytes) -> str | None:
    if not data.startswith(b"ply"):
        return 'it does not begin with "ply"'
    head, found, _ = data[:65536].partition(b"end_header")
    if not found:
        return "its header has no end"
    if not re.search(rb"element\s+vertex\s+[1-9]", head):
        return "it has no vertices"
    return None


def _check_babylon(data: bytes) -> str | None:
    try:
        document = json.loads(data)
    except ValueError as error:
        return f"its JSON cannot be read ({error})"
    if not isinstance(document, dict) or "meshes" not in document:
        return 'it has no "meshes", so it is no scene of BabylonJS'
    warn(
        "Object3D: .babylon scenes are kept, but only BabylonJS draws them; to see it here, export it from "
        "there as .glb (GLTF2Export.GLBAsync)"
    )
    return None


_CHECKS: dict[str, Callable[[bytes], str | None]] = {
    "glb": _check_glb,
    "gltf": _check_gltf,
    "obj": _check_obj,
    "stl": _check_stl,
    "ply": _check_ply,
    "babylon": _check_babylon,
}
#: of mesh files, by the end of their names
FORMATS = tuple(_CHECKS)
