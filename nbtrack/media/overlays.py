"""What lies over a picture: masks (a class for each pixel) and boxes (a class, a place, scores).

Stored are, beside the picture's own meta:

    masks   {name: {width, height, class_labels?, classes}}; `classes` are the ids that occur, once encoded
    boxes   {name: {count, class_labels?, classes, scores: {name: [least, most]}, box_data?}}
    parts   "mask/<name>": 8-bit gray PNG whose samples are the class ids; "boxes/<name>": JSON of box_data
            where it is too big for the meta; "labels": JSON {"masks": {name: labels}, "boxes": ...} likewise,
            the same file for all pictures that share their labels

Labels and boxes have W&B's form, except that a position is always min and max, and defaults are left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media import boxes as box
from nbtrack.media.arrays import to_numpy
from nbtrack.media.base import Encoded, Raw
from nbtrack.media.labels import Classes, labels_of
from nbtrack.media.png import write_png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: JSON of up to so many bytes stays in the meta, which travels with every row to every panel
BOXES_INLINE = 4096
LABELS_INLINE = 512

_said: set[str] = set()


class Mask:
    """A class id for each pixel of a picture.

    Attributes:
        given: the labels that were given, by class id.
    """

    def __init__(
        self, data: NDArray[np.uint8] | Callable[[], NDArray[np.uint8]], given: dict[int, str]
    ) -> None:
        self._data = data
        self.given = given

    def to_numpy(self) -> NDArray[np.uint8]:
        """Class ids, uint8 of shape (height, width).

        Raises:
            LogValueError: it was read back from a run before it was encoded.
        """
        if callable(self._data):
            self._data = self._data()
        return self._data

    @property
    def class_labels(self) -> dict[int, str]:
        """Class id -> label; "class_<id>" for those that occur, where no labels were given."""
        return self.given or {int(i): f"class_{i}" for i in np.unique(self.to_numpy())}

    def __repr__(self) -> str:
        return f"<Mask {'not loaded' if callable(self._data) else self._data.shape}>"


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of one group.

    Attributes:
        box_data: W&B's dicts, positions as minX, maxX, minY, maxY.
        given: the labels that were given, by class id.
    """

    box_data: list[dict[str, Json]]
    given: dict[int, str]

    @property
    def class_labels(self) -> dict[int, str]:
        """Class id -> label; "class_<id>" for those that occur, where no labels were given."""
        ids = sorted({cast(int, one["class_id"]) for one in self.box_data if "class_id" in one})
        return self.given or {i: f"class_{i}" for i in ids}


@dataclass(frozen=True, slots=True)
class Overlays:
    """Everything that lies over one picture."""

    masks: dict[str, Mask] = field(default_factory=dict)
    boxes: dict[str, Boxes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.masks or self.boxes)

    def record(self, meta: dict[str, Json], picture: Raw) -> tuple[dict[str, Json], Raw]:
        """Add the overlays to the record of their picture.

        Args:
            meta: of the picture.
            picture: what is encoded of it.

        Returns:
            The meta of both, and `picture` itself or one Raw in which the masks follow its bytes.
        """
        from nbtrack.media.registry import pieces

        ids = {name: mask.to_numpy() for name, mask in self.masks.items()}
        masks: dict[str, Json] = {
            name: {"width": values.shape[1], "height": values.shape[0]} for name, values in ids.items()
        }
        groups: dict[str, Json] = {name: box.digest(group.box_data) for name, group in self.boxes.items()}
        parts: dict[str, Json] = {}
        for name, group in self.boxes.items():
            if _size(data := cast("Json", group.box_data)) < BOXES_INLINE:
                cast("dict[str, Json]", groups[name])["box_data"] = data
            else:
                parts[f"boxes/{name}"] = data
        labels = {"masks": _labels(self.masks), "boxes": _labels(self.boxes)}
        if _size(cast("Json", labels)) >= LABELS_INLINE:
            parts["labels"] = cast("Json", labels)
        else:
            for entries, given in ((masks, labels["masks"]), (groups, labels["boxes"])):
                for name, found in given.items():
                    cast("dict[str, Json]", entries[name])["class_labels"] = cast("Json", found)
        meta = {**meta, **({"masks": masks} if masks else {}), **({"boxes": groups} if groups else {})}
        if not masks and not parts:
            return meta, picture
        first = pieces(picture)
        params: dict[str, Json] = {
            "picture": {
                "codec": picture.codec,
                "params": picture.params,
                "bytes": sum(len(piece) for piece in first),
            },
            "masks": masks,
            "parts": parts,
        }
        return meta, Raw(
            "overlaid", params, (*first, *(np.ascontiguousarray(values) for values in ids.values()))
        )


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "overlaid": a picture, and what lies over it as further files.

    Params:
        picture: {codec, params, bytes} of the picture, which begins the data; masks: the meta's, in the order
        in which they follow, a byte for each pixel; parts: part name -> JSON.
    """
    from nbtrack.media import registry

    view = memoryview(data)
    picture = cast("dict[str, Any]", params["picture"])
    at = picture["bytes"]
    done = registry.encode(picture["codec"], picture["params"], view[:at])
    parts = dict(done.parts)
    masks: dict[str, Json] = {}
    for name, mask in cast("dict[str, dict[str, Any]]", params["masks"]).items():
        size = mask["height"] * mask["width"]
        ids = np.frombuffer(view[at : at + size], np.uint8).reshape(mask["height"], mask["width"])
        at += size
        parts[f"mask/{name}"] = write_png(ids)
        masks[name] = {**mask, "classes": np.unique(ids).tolist()}
    for name, value in cast("dict[str, Json]", params["parts"]).items():
        parts[name] = _json(value)
    return Encoded({**done.meta, **({"masks": masks} if masks else {})}, done.blob, parts, done.inner)


def given(
    classes: Any, masks: Mapping[str, Any] | None, boxes: Mapping[str, Any] | None, width: int, height: int
) -> Overlays:
    """Check what a user passes to Image.

    Args:
        classes: `Classes` or W&B's list of {"id", "name"}: labels for groups that bring none.
        masks: name -> {"mask_data" or "path", "class_labels"?}, or a `Mask`.
        boxes: name -> {"box_data", "class_labels"?}, or a `Boxes`.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Raises:
        LogTypeError: something that is not of these forms.
        LogValueError: class ids of a mask that are not 0 to 255; a file that cannot be read.
    """
    shared = Classes(classes).labels if classes is not None else {}
    found = Overlays()
    for name, group in _groups("masks", masks):
        where = f"Image: masks[{name!r}]"
        labels = {**shared, **labels_of(group.get("class_labels"), where)}
        found.masks[name] = Mask(ids := _ids(group, where), labels)
        if abs(ids.shape[0] * width - ids.shape[1] * height) > 0.02 * ids.shape[0] * width:
            _once(
                f"{where} of shape {ids.shape} has another form than its picture of shape {(height, width)}: "
                "it is stretched over it"
            )
    for name, group in _groups("boxes", boxes):
        where = f"Image: boxes[{name!r}]"
        labels = {**shared, **labels_of(group.get("class_labels"), where)}
        data, odd = box.read(group.get("box_data"), where, bool(labels), width, height)
        found.boxes[name] = Boxes(data, labels)
        for sentence in odd:
            _once(f"{where} of a picture of {width} x {height} pixels: {sentence}")
    return found


def stored(meta: dict[str, Json], file: Callable[[str], bytes]) -> Overlays:
    """Read the overlays of a stored picture back; masks are decoded when they are asked for.

    Args:
        meta: of the picture.
        file: returns a file by its SHA-256.
    """
    parts = cast("dict[str, str]", meta.get("parts") or {})
    every: Any = json.loads(file(parts["labels"])) if "labels" in parts else {}
    found = Overlays()
    for kind in ("masks", "boxes"):
        for name, entry in cast("dict[str, dict[str, Any]]", meta.get(kind) or {}).items():
            labels = entry.get("class_labels") or every.get(kind, {}).get(name) or {}
            by_id = {int(i): str(label) for i, label in labels.items()}
            if kind == "masks":
                found.masks[name] = Mask(_decoder(parts.get(f"mask/{name}"), name, file), by_id)
            else:
                data = entry.get("box_data")
                if data is None:
                    sha = parts.get(f"boxes/{name}")
                    data = [] if sha is None else json.loads(file(sha))
                found.boxes[name] = Boxes(data, by_id)
    return found


def _decoder(sha: str | None, name: str, file: Callable[[str], bytes]) -> Callable[[], NDArray[np.uint8]]:
    def load() -> NDArray[np.uint8]:
        if sha is None:
            raise LogValueError(f"the mask {name!r} is not encoded yet")
        return _picture_ids(file(sha), f"the stored mask {name!r}")

    return load


def _groups(kind: str, groups: Any) -> list[tuple[str, Any]]:
    """Names and contents of `masks=` or `boxes=`; groups that hold nothing are left out."""
    if groups is None:
        return []
    if not hasattr(groups, "items"):
        raise LogTypeError(f"Image: {kind} must be a dict of groups; got {type(groups).__name__}")
    found = []
    for name, group in groups.items():
        if not isinstance(name, str):
            raise LogTypeError(f"Image: {kind} must be named by text; got {name!r}")
        if isinstance(group, Mask):
            content: Any = {"mask_data": group.to_numpy(), "class_labels": group.given}
        elif isinstance(group, Boxes):
            content = {"box_data": group.box_data, "class_labels": group.given}
        elif hasattr(group, "get"):
            content = group
        else:
            raise LogTypeError(
                f"Image: {kind}[{name!r}] must be a dict with "
                f"{'mask_data or path' if kind == 'masks' else 'box_data'}; got {type(group).__name__}"
            )
        if content:
            found.append((name, content))
    return found


def _ids(group: Any, where: str) -> NDArray[np.uint8]:
    """The class ids of a mask, uint8 (H, W); not copied where they are that already."""
    data, path = group.get("mask_data"), group.get("path")
    if data is None and path is None:
        raise LogTypeError(f"{where} needs mask_data, a 2-D array of class ids, or path, a picture of them")
    if data is None:
        from nbtrack.media.sources import read_file

        return _picture_ids(read_file(path), f"{where}: {str(path)!r}")
    array = to_numpy(data)
    shape = array.shape
    while array.ndim > 2 and 1 in array.shape:
        array = array.squeeze(array.shape.index(1))
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise LogTypeError(
            f"{where}: mask_data must be a 2-D array of class ids 0 to 255; got shape {shape}, "
            f"dtype {array.dtype}"
        )
    if not array.size:
        raise LogValueError(f"{where}: mask_data is empty: shape {shape}")
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.view(np.uint8) if array.flags.c_contiguous else array.astype(np.uint8)
    least, most = array.min(), array.max()
    if not (least >= 0 and most <= 255):  # also NaN
        raise LogValueError(
            f"{where}: class ids must be 0 to 255; got {least} to {most}, shape {shape}, dtype {array.dtype}"
        )
    ids = array.astype(np.uint8)
    if array.dtype.kind == "f" and not np.array_equal(ids, array):
        raise LogValueError(
            f"{where}: class ids must be whole numbers; got fractions, shape {shape}, dtype {array.dtype} "
            "(probabilities? take argmax, or compare with a threshold)"
        )
    return ids


def _picture_ids(data: bytes, what: str) -> NDArray[np.uint8]:
    """Class ids of a picture file: gray values, or the indices of its palette."""
    from nbtrack.media.pixels import open_picture

    picture = open_picture(data)
    if picture.mode not in {"L", "P", "1"} and not picture.mode.startswith("I"):
        raise LogValueError(f"{what} is no mask: gray or palette expected, its mode is {picture.mode}")
    values = np.asarray(picture)
    if values.max(initial=0) > 255:
        raise LogValueError(f"{what}: class ids must be 0 to 255; the largest is {values.max()}")
    return values.astype(np.uint8)


def _labels(groups: Mapping[str, Mask | Boxes]) -> dict[str, dict[str, str]]:
    return {
        name: {str(i): label for i, label in group.given.items()}
        for name, group in groups.items()
        if group.given
    }


def _json(value: Json) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _size(value: Json) -> int:
    return len(_json(value)) if value else 0


def _once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        warn(sentence)
