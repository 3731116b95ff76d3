"""Pictures: from arrays, tensors, PIL, files and matplotlib figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media import overlays, pixels, sources
from nbtrack.media.arrays import to_numpy
from nbtrack.media.base import Media, Raw, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from nbtrack.media.base import Json

_FILE_TYPES = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "bmp": "bmp"}


class Image(Media):
    """A picture to log.

    Args:
        data_or_path: one of

            - a numpy, jax or tensorflow array (H, W) or (H, W, C): C = 1 gray, 3 RGB, 4 RGBA; further
              dimensions of size 1 are dropped; (B, H, W, C) becomes a grid, 8 a row;
            - a torch tensor (C, H, W), (H, W), or (B, C, H, W) as a grid; channels last are understood where
              channels first is impossible;
            - a PIL image of any mode;
            - a path to a picture: png, jpg and bmp files are kept byte for byte, others are decoded (the
              first frame of an animation);
            - a matplotlib figure, axes or other artist, or the pyplot module; drawn at once;
            - another Image, whose picture is shared.
        mode: PIL mode ("L", "RGB", "CMYK", "I;16", ...). If it has as many channels as the array, they are
            read as that; otherwise the picture is converted to it.
        caption: text shown with it.
        grouping: number of pictures that belong together, for the panel.
        classes: labels for masks and boxes that bring none: `nbtrack.Classes`, or a list of
            {"id": int, "name": str}.
        boxes: bounding boxes, name -> {"box_data": [...], "class_labels": {id: label}}. Each box is a dict:

            - "position": {"minX", "maxX", "minY", "maxY"} or {"middle": [x, y], "width", "height"}, in
              fractions of the picture, or in pixels with "domain": "pixel";
            - "class_id": int; needed where there are no class_labels;
            - "box_caption": text, and "scores": {name: number}; both may be left out.
        masks: segmentation masks, name -> {"mask_data": (H, W) class ids 0 to 255, or "path": a gray or
            palette picture of them, "class_labels": {id: label}}. One of another size is stretched over the
            picture.
        file_type: "png" (default), "jpg", "jpeg" or "bmp"; all but png lose transparency, with a warning.
        normalize: how numbers become 0 to 255 (rules: `nbtrack.media.pixels`). By default integers are taken
            as they are, bool is black and white, floats in [0, 1] or [-1, 1] are stretched, and what is
            outside of 0 to 255 is clipped, with a warning. False: a bare cast to uint8.

    Raises:
        LogTypeError: a type or dtype that is no picture.
        LogValueError: a shape that is none, an unreadable file, an empty figure, unknown mode or file_type,
            class ids of a mask that are not 0 to 255.

    Class ids without a label are called "class_<id>". Another Image's masks and boxes are not taken over.
    Arrays and tensors are not copied here: `log()` takes the snapshot, and encoding happens off its thread.

    Example:
        >>> run.log({"samples": [nbtrack.Image(x, caption=f"epoch {epoch}") for x in batch]})
    """

    kind = "image-file"
    #: pictures in one logged list; more are cut off with a warning
    MAX_ITEMS: int = 108
    #: pixels a side
    MAX_DIMENSION: int = 65500

    def __init__(
        self,
        data_or_path: Any,
        mode: str | None = None,
        caption: str | None = None,
        grouping: int | None = None,
        classes: Any = None,
        boxes: Mapping[str, Any] | None = None,
        masks: Mapping[str, Any] | None = None,
        file_type: str | None = None,
        normalize: bool = True,
    ) -> None:
        if mode is not None and mode not in pixels.BANDS:
            raise LogValueError(f"Image: unknown mode {mode!r}; accepted: {', '.join(pixels.BANDS)}")
        if file_type is not None and file_type not in _FILE_TYPES:
            raise LogValueError(
                f"Image: file_type {file_type!r} is not supported; accepted: {', '.join(_FILE_TYPES)}"
            )
        file_format = _FILE_TYPES[file_type] if file_type else None
        #: where the picture comes from
        self.source: sources.Source
        #: shown where there is no caption: why a figure is a picture
        self.note: str | None = None
        self.caption = _text(caption)
        self.grouping = _integer(grouping)
        if isinstance(data_or_path, Image):
            self.source = sources.encoded_as(data_or_path.source, mode, file_format)
            self.caption = data_or_path.caption if caption is None else self.caption
            self.grouping = data_or_path.grouping if grouping is None else self.grouping
        else:
            self.source = sources.find(data_or_path, mode, file_format, normalize)
        if max(self.width, self.height) > self.MAX_DIMENSION or self.width * self.height > pixels.MOST:
            raise LogValueError(
                f"Image of {self.width} x {self.height} pixels: at most {self.MAX_DIMENSION} a side "
                f"and {pixels.MOST:,} in all"
            )
        self._overlays = overlays.given(classes, masks, boxes, self.width, self.height)

    @classmethod
    def from_bytes(cls, data: bytes, caption: str | None = None) -> Image:
        """An Image of the bytes of a picture file.

        Raises:
            LogValueError: no picture that can be read.
        """
        return cls(sources.of_file(bytes(data), None, None, "this"), caption=caption)

    @classmethod
    def from_record(
        cls,
        meta: dict[str, Json],
        blob: bytes | None,
        file: Callable[[str], bytes],
    ) -> Image:
        """Read a stored picture back; while `blob` is missing it can be described, not shown."""
        size = cast(int, meta.get("width", 0)), cast(int, meta.get("height", 0))
        mode, file_format = cast(str, meta.get("mode", "")), cast(str, meta.get("format", "png"))
        source = sources.Source(*size, mode, file_format, "file", {"format": file_format}, blob)
        image = cls(
            source,
            caption=cast("str | None", meta.get("caption")),
            grouping=cast("int | None", meta.get("grouping")),
        )
        image._overlays = overlays.stored(meta, file)
        image.note = cast("str | None", meta.get("note"))
        return image

    @property
    def width(self) -> int:
        """Pixels from left to right, as it is shown."""
        return self.source.width

    @property
    def height(self) -> int:
        """Pixels from top to bottom, as it is shown."""
        return self.source.height

    @property
    def format(self) -> str:
        """Format of the stored file: "png", "jpg" or "bmp"."""
        return self.source.format

    @property
    def mode(self) -> str:
        """PIL mode of the stored picture."""
        return self.source.mode

    def record(self) -> Record:
        """Meta and raw numbers (or the ready file) of the picture; nothing is encoded."""
        source = self.source
        meta: dict[str, Json] = {
            "width": source.width,
            "height": source.height,
            "format": source.format,
            "mode": source.mode,
        }
        if self.caption is not None:
            meta["caption"] = self.caption
        if self.grouping is not None:
            meta["grouping"] = self.grouping
        if self.note is not None:
            meta["note"] = self.note
        raw = self._raw()
        if self._overlays:
            meta, raw = self._overlays.record(meta, raw)
        return Record(self.kind, meta, raw)

    def _raw(self) -> Raw:
        """The picture alone."""
        source = self.source
        if source.data is None:
            raise LogValueError(
                "this picture is not encoded yet: its raw numbers still wait in the run's spool"
            )
        data = source.data if isinstance(source.data, bytes) else np.ascontiguousarray(source.data)
        return Raw(source.codec, source.params, data)

    def to_pil(self) -> Picture:
        """The picture as it is stored, decoded, EXIF orientation applied.

        Raises:
            LogValueError: it was read back from a run before it was encoded.
        """
        from nbtrack.media.registry import finish

        return pixels.open_picture(cast(bytes, finish(self._raw()).blob))

    def to_numpy(self) -> NDArray[Any]:
        """Samples of the stored picture: uint8 (H, W) or (H, W, C), or uint16 (H, W)."""
        return to_numpy(self.to_pil())

    @property
    def masks(self) -> dict[str, overlays.Mask]:
        """Its masks by name: `image.masks["predictions"].to_numpy()`."""
        return dict(self._overlays.masks)

    @property
    def boxes(self) -> dict[str, overlays.Boxes]:
        """Its boxes by name: `image.boxes["predictions"].box_data`."""
        return dict(self._overlays.boxes)

    @property
    def image(self) -> Picture:
        """W&B's name for `to_pil()`."""
        return self.to_pil()

    def __repr__(self) -> str:
        caption = "" if self.caption is None else f" {self.caption!r}"
        return f"<Image {self.width}x{self.height} {self.mode} {self.format}{caption}>"


def _text(value: object) -> str | None:
    """A caption as text that UTF-8 can hold: lone surrogates are replaced."""
    if value is None:
        return None
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _integer(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return int(value.__index__())
    except AttributeError:
        raise LogTypeError(f"Image: grouping must be an int; got {value!r}") from None
