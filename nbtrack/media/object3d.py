"""Things to look at from all sides: point clouds with boxes and vectors, and meshes."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media import clouds, meshes
from nbtrack.media.arrays import from_npy
from nbtrack.media.base import Media, Record, stored
from nbtrack.media.clouds import Cloud
from nbtrack.media.meshes import Mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: what a file may be, by the end of its name
FILE_TYPES = ("pts.json", *meshes.FORMATS)
#: the only type of scene there is
_SCENES = ("lidar/beta",)


class Object3D(Media):
    """A point cloud or a mesh.

    Args:
        data_or_path: one of

            - an array, tensor or list of points: n x 3 (x, y, z), n x 4 (x, y, z, category of 1 to 14) or
              n x 6 (x, y, z, and red, green, blue of 0 to 255; floats of 0 to 1 are understood too);
            - a scene, {"type": "lidar/beta", "points": ..., "boxes": [...], "vectors": [...]};
            - the path of a file: `.pts.json` (a scene, or a list of points), `.glb`, `.gltf`, `.obj`, `.stl`,
              `.ply`, `.babylon`; meshes are kept byte for byte;
            - an open file, together with `file_type`;
            - another Object3D.
        caption: text shown with it.
        file_type: what an open file holds: "pts.json", "glb", "gltf", "obj", "stl", "ply" or "babylon".
        values: further numbers of each point by name, each an array (n,): points can be colored by them.

    Raises:
        LogTypeError: a type or dtype that is none of these.
        LogValueError: a shape that is none, a category outside of 1 to 14, a box without 8 corners, a file
            that is not there or is damaged, a glTF that consists of several files.

    Points without a position (NaN, infinite) are stored but not drawn. Arrays are not copied here: `log()`
    takes the snapshot, and what is drawn is made off its thread. Stored points come back number for number.

    Example:
        >>> run.log({"scan": nbtrack.Object3D(np.random.rand(1000, 3))})
        >>> run.log({"kitti": nbtrack.Object3D(scan[:, :3], values={"intensity": scan[:, 3]})})
    """

    kind: ClassVar[str] = "object3D-file"

    def __init__(
        self,
        data_or_path: Any,
        caption: str | None = None,
        file_type: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        if file_type is not None and file_type not in FILE_TYPES:
            raise LogValueError(f"Object3D: file_type {file_type!r}; accepted: {', '.join(FILE_TYPES)}")
        self.caption = None if caption is None else str(caption)
        self._source: Cloud | Mesh
        if isinstance(data_or_path, Object3D):
            self._source = data_or_path._source  # noqa: SLF001  (of its own class)
            self.caption = data_or_path.caption if caption is None else self.caption
        elif isinstance(data_or_path, Cloud | Mesh):
            self._source = data_or_path
        elif isinstance(data_or_path, str | Path):
            self._source = _of_path(data_or_path, file_type)
        elif hasattr(data_or_path, "read"):
            self._source = _of_file(data_or_path, file_type)
        elif isinstance(data_or_path, dict):
            self._source = _of_scene(data_or_path, values)
        else:
            self._source = clouds.cloud_of(data_or_path, values=values)

    @classmethod
    def from_numpy(
        cls, data: Any, caption: str | None = None, values: Mapping[str, Any] | None = None
    ) -> Self:
        """Return the cloud of an array of points.

        Raises:
            LogTypeError, LogValueError: as the class.

        Example:
            >>> Object3D.from_numpy(np.array([[0.4, 1, 1.3, 255, 0, 0], [1, 1, 1, 0, 255, 0]]))
        """
        return cls(clouds.cloud_of(data, values=values), caption)

    @classmethod
    def from_point_cloud(
        cls,
        points: Any,
        boxes: Sequence[Mapping[str, Any]] | None = None,
        vectors: Sequence[Mapping[str, Any]] | None = None,
        point_cloud_type: str = "lidar/beta",
        caption: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return a scene of points, boxes and vectors.

        Args:
            points: as the class takes them.
            boxes: each {"corners": 8 x [x, y, z], "label": text, "color": [r, g, b], "score": number}; all
                but the corners may be missing, and these may come in any order. See `box3d`.
            vectors: each {"start": [x, y, z], "end": [x, y, z], "color": [r, g, b]}; "color" may be missing.
            point_cloud_type: "lidar/beta".
            caption: text shown with it.
            values: further numbers of each point by name.

        Raises:
            LogTypeError, LogValueError: as the class.
        """
        _check_type(point_cloud_type)
        return cls(clouds.cloud_of(points, boxes, vectors, values), caption)

    @classmethod
    def from_file(
        cls, data_or_path: str | Path | IO[Any], file_type: str | None = None, caption: str | None = None
    ) -> Self:
        """Return what a file holds.

        Args:
            data_or_path: a path, or an open file.
            file_type: needed for an open file; for a path its name says it.
            caption: text shown with it.

        Raises:
            LogTypeError, LogValueError: as the class.
        """
        if not isinstance(data_or_path, str | Path) and not hasattr(data_or_path, "read"):
            raise LogTypeError(
                f"Object3D.from_file takes a path or an open file, not {type(data_or_path).__name__}"
            )
        return cls(data_or_path, caption, file_type)

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Read a stored one back."""
        caption = cast("str | None", meta.get("caption"))
        data = stored(blob, cls.kind)
        if meta.get("format") != "npy":
            return cls(Mesh(str(meta["format"]), data), caption)
        parts = cast("dict[str, str]", meta.get("parts", {}))
        scene = json.loads(file(parts["scene"])) if "scene" in parts else {}
        boxes = [{k: v for k, v in box.items() if k != "edges"} for box in scene.get("boxes", [])]
        columns = cast("list[dict[str, str]]", meta.get("scalars", []))
        values = {column["name"]: from_npy(file(parts[f"values-{i:03}"])) for i, column in enumerate(columns)}
        return cls(Cloud(from_npy(data), boxes, scene.get("vectors", []), values), caption)

    def record(self) -> Record:
        """Meta and raw numbers (or the file) of it; nothing is encoded."""
        source = self._source
        meta, raw = meshes.record_of(source) if isinstance(source, Mesh) else clouds.record_of(source)
        if self.caption is not None:
            meta["caption"] = self.caption
        return Record(self.kind, meta, raw)

    @property
    def format(self) -> str:
        """Format of the stored file: "npy" for points, else the mesh's, e.g. "glb"."""
        return self._source.format if isinstance(self._source, Mesh) else "npy"

    @property
    def boxes(self) -> list[dict[str, Any]]:
        """The scene's boxes as they were logged."""
        return [] if isinstance(self._source, Mesh) else self._source.boxes

    @property
    def vectors(self) -> list[dict[str, Any]]:
        """The scene's vectors as they were logged."""
        return [] if isinstance(self._source, Mesh) else self._source.vectors

    @property
    def values(self) -> dict[str, NDArray[Any]]:
        """Further columns of numbers by name."""
        return {} if isinstance(self._source, Mesh) else self._source.values

    def to_numpy(self) -> NDArray[Any]:
        """The points as they were logged, of the same dtype.

        Raises:
            LogValueError: a mesh, which has no array of points; `to_bytes()` returns its file.
        """
        if isinstance(self._source, Mesh):
            raise LogValueError(f"this Object3D is a {self.format} file, not points: to_bytes() returns it")
        return self._source.points

    def to_bytes(self) -> bytes:
        """The stored file: `.npy` of the points, or the mesh's file byte for byte."""
        if isinstance(self._source, Mesh):
            return self._source.data
        buffer = io.BytesIO()
        np.save(buffer, self._source.points, allow_pickle=False)
        return buffer.getvalue()

    def __repr__(self) -> str:
        caption = "" if self.caption is None else f" {self.caption!r}"
        if isinstance(self._source, Mesh):
            return f"<Object3D {self.format}, {len(self._source.data):,} bytes{caption}>"
        n, width = self._source.points.shape
        more = [
            f"{len(each)} {name}" for name, each in (("boxes", self.boxes), ("vectors", self.vectors)) if each
        ]
        return f"<Object3D {', '.join([f'{n:,} x {width} points', *more])}{caption}>"


def box3d(
    *,
    center: Sequence[float],
    size: Sequence[float],
    orientation: Sequence[float],
    color: Sequence[float],
    label: str | None = None,
    score: float | None = None,
) -> dict[str, Any]:
    """Return a box for `Object3D.from_point_cloud`.

    Args:
        center: x, y, z.
        size: its extent along its own three axes, each above 0.
        orientation: how it is turned, a quaternion [r, x, y, z] of any length but 0; [1, 0, 0, 0] is not
            turned.
        color: red, green, blue of 0 to 255.
        label: shown at it.
        score: shown at it, and the viewer can hide boxes with a low one.

    Returns:
        {"corners", "color", "label"?, "score"?}; corners in the order of the signs ---, --+, -+-, ... +++.

    Raises:
        LogValueError: wrong lengths, numbers that are not finite, a size of 0, a quaternion of 0.

    Example:
        >>> box3d(center=[0, 0, 0], size=[2, 2, 2], orientation=[1, 0, 0, 0], color=[0, 255, 0])["corners"][0]
        (-1.0, -1.0, -1.0)
    """
    middle, extent, turn = (
        np.array([clouds.number(x, f"box3d: {name}") for x in _few(value, length, name)])
        for name, value, length in (
            ("center", center, 3), ("size", size, 3), ("orientation", orientation, 4)
        )
    )  # fmt: skip
    if not (extent > 0).all():
        raise LogValueError(f"box3d: size must be above 0 along each axis; got {list(size)}")
    length = float(np.sqrt((turn**2).sum()))
    if length == 0:
        raise LogValueError("box3d: orientation must be a quaternion [r, x, y, z]; got zeros")
    signs = np.array(list(itertools.product((-1, 1), repeat=3)))
    corners = middle + (signs * extent / 2) @ _rotation(turn / length).T
    box: dict[str, Any] = {
        "color": tuple(clouds.color_of(color, "box3d")),
        "corners": tuple(tuple(corner) for corner in corners.tolist()),
    }
    if label is not None:
        box["label"] = label
    if score is not None:
        box["score"] = clouds.number(score, "box3d: score")
    return box


def _rotation(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation matrix of a quaternion [r, x, y, z] of length 1."""
    r, x, y, z = unit
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * r), 2 * (x * z + y * r)],
            [2 * (x * y + z * r), 1 - 2 * (x * x + z * z), 2 * (y * z - x * r)],
            [2 * (x * z - y * r), 2 * (y * z + x * r), 1 - 2 * (x * x + y * y)],
        ]
    )


def _few(value: Any, length: int, name: str) -> list[Any]:
    found = list(value) if hasattr(value, "__iter__") else []
    if len(found) != length:
        raise LogValueError(f"box3d: {name} must be {length} numbers; got {value!r}")
    return found


def _of_scene(scene: dict[str, Any], values: Any = None) -> Cloud:
    if "points" not in scene:
        raise LogValueError(
            f'Object3D: a scene needs "points"; got {", ".join(map(repr, scene)) or "nothing"}'
        )
    _check_type(scene.get("type", _SCENES[0]))
    return clouds.cloud_of(scene["points"], scene.get("boxes"), scene.get("vectors"), values)


def _check_type(name: Any) -> None:
    if name not in _SCENES:
        raise LogValueError(f"Object3D: type of scene {name!r}; accepted: {', '.join(_SCENES)}")


def _of_path(path: str | Path, file_type: str | None) -> Cloud | Mesh:
    if isinstance(path, str) and "://" in path[:12]:
        raise LogValueError(f"Object3D: {path!r} is a URL; only files can be logged: download it first")
    name = Path(path).name.lower()
    found = file_type or next((each for each in FILE_TYPES if name.endswith(f".{each}")), None)
    if found is None:
        raise LogValueError(
            f"Object3D: the name of {str(path)!r} does not end in one of .{', .'.join(FILE_TYPES)}"
        )
    try:
        data = Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        raise LogValueError(f"Object3D: the file {str(path)!r} cannot be read: {error}") from error
    return _of_bytes(data, found, repr(str(path)))


def _of_file(file: Any, file_type: str | None) -> Cloud | Mesh:
    if file_type is None:
        raise LogValueError(f"Object3D: an open file needs file_type, one of {', '.join(FILE_TYPES)}")
    data = file.read()
    return _of_bytes(data.encode() if isinstance(data, str) else bytes(data), file_type, "the file")


def _of_bytes(data: bytes, file_type: str, name: str) -> Cloud | Mesh:
    if file_type != "pts.json":
        return meshes.mesh_of(data, file_type, name)
    try:
        scene = json.loads(data)
    except ValueError as error:
        raise LogValueError(f"Object3D: {name} is no JSON: {error}") from error
    if isinstance(scene, dict):
        return _of_scene(scene)
    return clouds.cloud_of(scene)
