"""Point clouds: checked when they are made, and cut into what a viewer can draw piece by piece.

The stored file is the `.npy` of the points, number for number. Beside it lie parts: those that are drawn (see
`nbtrack.media.cloud_parts`), "scene", a JSON of boxes and vectors, and "values-<i>", the `.npy` of a column
of numbers that came with the points.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.arrays import is_array_like, numbers, to_npy, to_numpy
from nbtrack.media.base import Encoded, Raw
from nbtrack.media.cloud_parts import FAR, drawable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.media.base import Data, Json

#: categories are 1 to this many, as in W&B
CATEGORIES = 14
#: width of the points -> names of what follows x, y and z
_FURTHER: dict[int, tuple[str, ...]] = {3: (), 4: ("category",), 6: ("r", "g", "b")}

ACCEPTED = (
    "n x 3 (x, y, z), n x 4 (x, y, z, category 1 to 14) or n x 6 (x, y, z, red, green, blue of 0 to 255)"
)


@dataclass(frozen=True, slots=True)
class Cloud:
    """A checked point cloud.

    Attributes:
        points: (n, 3), (n, 4) or (n, 6); not copied.
        boxes: each {"corners": 8 x [x, y, z], "label"?, "color"?, "score"?}, plain Python.
        vectors: each {"start": [x, y, z], "end": [x, y, z], "color"?}.
        values: name -> (n,) numbers that points can be colored by.
    """

    points: NDArray[Any]
    boxes: list[dict[str, Any]] = field(default_factory=list)
    vectors: list[dict[str, Any]] = field(default_factory=list)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)


def cloud_of(points: Any, boxes: Any = None, vectors: Any = None, values: Any = None) -> Cloud:
    """Check what makes a cloud.

    Raises:
        LogTypeError: something that is no array of numbers, box, or vector.
        LogValueError: a shape, category or corner that cannot be.
    """
    checked = _points(points)
    boxes, vectors = _items(boxes, "boxes"), _items(vectors, "vectors")
    return Cloud(
        checked,
        [_box(box, i) for i, box in enumerate(boxes)],
        [_vector(vector, i) for i, vector in enumerate(vectors)],
        _values(values, len(checked)),
    )


def _points(value: Any) -> NDArray[Any]:
    if not (is_array_like(value) or isinstance(value, list | tuple) or hasattr(value, "__array__")):
        raise LogTypeError(f"Object3D: points cannot be a {type(value).__name__}; accepted: {ACCEPTED}")
    try:
        points = to_numpy(value)
    except LogValueError:  # rows of several lengths
        raise LogValueError(
            f"Object3D: the rows of the points differ in length; accepted: {ACCEPTED}"
        ) from None
    if points.size == 0 and points.ndim < 2:
        points = np.empty((0, 3))
    points = numbers(points, "Object3D")
    if points.ndim != 2 or points.shape[1] not in {3, 4, 6}:
        raise LogValueError(
            f"Object3D: points of shape {points.shape}, dtype {points.dtype}; accepted: {ACCEPTED}"
        )
    if points.shape[1] == 4 and len(points):
        category = points[:, 3]
        low, high = category.min(), category.max()
        whole = category.dtype.kind in "iu" or bool((category == np.floor(category)).all())
        if not (low >= 1 and high <= CATEGORIES and whole):
            raise LogValueError(
                f"Object3D: column 4 of points of shape {points.shape} holds {low:g} to {high:g}; it is a "
                f"category, a whole number of 1 to {CATEGORIES}. Numbers of another kind: "
                'Object3D(points[:, :3], values={"intensity": points[:, 3]})'
            )
    return points


def _values(values: Any, n: int) -> dict[str, NDArray[Any]]:
    if values is None:
        return {}
    if not hasattr(values, "items"):
        raise LogTypeError(f"Object3D: values must be a dict of columns; got {type(values).__name__}")
    columns = {
        str(name): numbers(to_numpy(column), f"Object3D: values[{name!r}]") for name, column in values.items()
    }
    for name, column in columns.items():
        if column.shape != (n,):
            raise LogValueError(
                f"Object3D: values[{name!r}] has shape {column.shape}; {n:,} points need ({n},)"
            )
    return columns


def _items(value: Any, name: str) -> list[Any]:
    """Boxes or vectors as a list; W&B takes lists and arrays of dicts."""
    if value is None:
        return []
    if isinstance(value, dict) or not hasattr(value, "__iter__"):
        raise LogTypeError(f"Object3D: {name} must be a list of dicts; got {type(value).__name__}")
    return list(value)


def _box(box: Any, i: int) -> dict[str, Any]:
    what = f"Object3D: boxes[{i}]"
    if not hasattr(box, "get"):
        raise LogTypeError(f"{what} must be a dict with 8 corners; got {type(box).__name__}")
    if box.get("corners") is None:
        raise LogValueError(f'{what} has no "corners"; needed: 8 x [x, y, z]')
    made: dict[str, Any] = {"corners": _places(box["corners"], (8, 3), f'{what}["corners"]')}
    if (label := box.get("label")) is not None:
        if not isinstance(label, str):
            raise LogTypeError(f'{what}["label"] must be text; got {label!r}')
        made["label"] = label
    if (color := box.get("color")) is not None:
        made["color"] = color_of(color, what)
    if (score := box.get("score")) is not None:
        made["score"] = number(score, f'{what}["score"]')
    return made


def _vector(vector: Any, i: int) -> dict[str, Any]:
    what = f"Object3D: vectors[{i}]"
    if not hasattr(vector, "get"):
        raise LogTypeError(f'{what} must be a dict with "start" and "end"; got {type(vector).__name__}')
    made: dict[str, Any] = {
        end: _places(vector.get(end), (3,), f'{what}["{end}"]') for end in ("start", "end")
    }
    if (color := vector.get("color")) is not None:
        made["color"] = color_of(color, what)
    return made


def _places(value: Any, shape: tuple[int, ...], what: str) -> Any:
    array = _floats(value)
    wanted = " x ".join(str(n) for n in shape)
    if array.shape != shape:
        raise LogValueError(f"{what} must be {wanted} numbers; got {_short(value)}")
    if not (np.abs(array) <= FAR).all():
        raise LogValueError(f"{what} must be finite; got {_short(value)}")
    return array.tolist()


def _floats(value: Any) -> NDArray[np.float64]:
    """Numbers, tensors, or lists of either as an array; of anything else an empty one."""
    if isinstance(value, list | tuple):
        value = [to_numpy(one) if is_array_like(one) else one for one in value]
    try:
        return to_numpy(value).astype(np.float64)
    except (TypeError, ValueError):  # LogTypeError and LogValueError among them
        return np.empty(0)


def color_of(value: Any, what: str) -> list[float]:
    """Return [red, green, blue], each 0 to 255 and as it came (an int, or a float).

    Raises:
        LogValueError: no color; the message begins with `what`.
    """
    array = _floats(value)
    if array.shape != (3,) or not ((array >= 0) & (array <= 255)).all():
        raise LogValueError(f'{what}["color"] must be red, green and blue of 0 to 255; got {_short(value)}')
    return [int(c) if c == int(c) else float(c) for c in array]


def number(value: Any, what: str) -> float:
    """Return a finite float.

    Raises:
        LogValueError: it is none; the message begins with `what`.
    """
    array = _floats(value)
    made = float(array.reshape(-1)[0]) if array.size == 1 else np.nan
    if not np.isfinite(made):
        raise LogValueError(f"{what} must be a finite number; got {_short(value)}")
    return made


def _short(value: Any) -> str:
    shape = getattr(value, "shape", None)
    text = f"an array of shape {shape}" if shape else repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def edges(corners: Any) -> list[list[int]]:
    """Return the 12 edges of a box as pairs of corners, whatever order its corners came in.

    A corner and the three edges that leave it span the box: the other four are sums of these. What is no box
    (a frustum) is taken as two faces of four, corner i above corner i + 4.
    """
    places = np.asarray(corners, np.float64)
    away = places[1:] - places[0]
    size = np.abs(away).max()
    codes, error = None, 0.02 * size
    for three in combinations(range(7), 3):
        a, b, c = away[list(three)]
        rest = [i for i in range(7) if i not in three]
        sums = np.array([a + b, a + c, b + c, a + b + c])
        gaps = np.abs(sums[:, None] - away[rest][None]).max(axis=2)
        nearest = gaps.argmin(axis=1)
        if gaps.min(axis=1).max() < error and len(set(nearest.tolist())) == 4:
            error = gaps.min(axis=1).max()
            # one bit for each of the three directions that a corner lies in
            codes = np.zeros(8, int)
            codes[np.array(three) + 1] = 1, 2, 4
            codes[np.array(rest)[nearest] + 1] = 3, 5, 6, 7
    if codes is None:
        ring = [[i, (i + 1) % 4] for i in range(4)]
        return ring + [[a + 4, b + 4] for a, b in ring] + [[i, i + 4] for i in range(4)]
    return [[i, j] for i, j in combinations(range(8), 2) if int(codes[i] ^ codes[j]) in {1, 2, 4}]


# ---- what is stored -----------------------------------------------------------------------------------


def record_of(cloud: Cloud) -> tuple[dict[str, Json], Raw]:
    """Return the meta that is known at once, and the raw bytes: `.npy`, values, scene, joined."""
    points = np.ascontiguousarray(cloud.points)
    header = _npy_header(points)
    columns = [np.ascontiguousarray(column) for column in cloud.values.values()]
    scene = b""
    if cloud.boxes or cloud.vectors:
        scene = json.dumps({"boxes": cloud.boxes, "vectors": cloud.vectors}).encode()
    data: list[Data] = [header, points, *columns]
    meta: dict[str, Json] = {
        "format": "npy",
        "type": "lidar/beta",
        "points": len(points),
        "columns": [*"xyz", *_FURTHER[points.shape[1]]],
        "boxes": len(cloud.boxes),
        "vectors": len(cloud.vectors),
    }
    params: dict[str, Json] = {
        "header": len(header),
        "dtype": points.dtype.str,
        "shape": list(points.shape),
        "values": [
            {"name": name, "dtype": column.dtype.str}
            for name, column in zip(cloud.values, columns, strict=True)
        ],
        "scene": len(scene),
    }
    return meta, Raw("cloud", params, (*data, scene))


def _npy_header(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, np.lib.format.header_data_from_array_1_0(array))
    return buffer.getvalue()


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "cloud": see the module. Params: header, dtype, shape, values, scene (of `record_of`)."""
    view = memoryview(data)
    at = cast(int, params["header"])
    n, width = cast("list[int]", params["shape"])
    points = np.frombuffer(view, str(params["dtype"]), n * width, at).reshape(n, width)
    at += points.nbytes
    # without anything behind it, the spooled bytes are the file
    blob = data if isinstance(data, bytes) and at == len(data) else bytes(view[:at])
    columns: dict[str, NDArray[Any]] = {}
    for column in cast("list[dict[str, str]]", params["values"]):
        columns[column["name"]] = np.frombuffer(view, column["dtype"], n, at)
        at += columns[column["name"]].nbytes
    meta, parts = drawable(points, columns)
    for i, values in enumerate(columns.values()):
        parts[f"values-{i:03}"] = to_npy(values)
    if params["scene"]:
        scene = json.loads(bytes(view[at:]))
        for box in scene["boxes"]:
            box["edges"] = edges(box["corners"])
        parts["scene"] = json.dumps(scene, separators=(",", ":")).encode()
    return Encoded({"size": len(blob), **meta}, blob, parts)
