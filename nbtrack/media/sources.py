"""Where a picture comes from: arrays, PIL images, files and figures, made into codec, params and raw data.

Only shapes, dtypes and headers are looked at here; what depends on the values waits for the codec.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media import pixels
from nbtrack.media.arrays import array_type, to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from nbtrack.media.base import Json

ACCEPTED = (
    "an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of bool, int or float, a torch tensor (C, H, W) or "
    "(B, C, H, W), a PIL image, a path, a matplotlib figure, or another Image"
)
#: Pillow's name -> ours, of the formats whose files are kept byte for byte (an MPO begins as a JPEG)
_KEPT = {"PNG": "png", "JPEG": "jpg", "MPO": "jpg", "BMP": "bmp"}
_ORIENTATION = 0x0112  # EXIF tag; pictures with 5 to 8 lie on their side
_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that is ready to be recorded."""

    #: as it will be shown, in pixels
    width: int
    height: int
    #: PIL mode of the stored picture
    mode: str
    #: png, jpg or bmp
    format: str
    codec: str
    params: dict[str, Json]
    #: raw numbers, or a picture file; None when it was read back before it was encoded
    data: NDArray[Any] | bytes | None


def find(value: Any, mode: str | None, file_type: str | None, normalize: bool) -> Source:
    """Return the source for anything that an Image takes, except another Image.

    Raises:
        LogTypeError: no kind of picture.
        LogValueError: a kind of picture that cannot be used as it is.
    """
    if isinstance(value, Source):
        return value
    if isinstance(value, str | Path):
        return of_file(read_file(value), mode, file_type, repr(str(value)))
    kind = array_type(value)
    if kind is None and is_pil(value):
        return of_pil(value, mode, file_type or "png", normalize)
    if kind is None and is_matplotlib(value):
        return of_file(drawn(value), mode, file_type, "the figure")
    if kind is None and not hasattr(value, "__array__"):
        raise LogTypeError(f"Image cannot be made from {type(value).__name__}; accepted: {ACCEPTED}")
    return of_array(to_numpy(value), mode, file_type or "png", normalize, torch=kind == "torch.Tensor")


def of_array(
    array: NDArray[Any], mode: str | None, file_format: str, normalize: bool, *, torch: bool
) -> Source:
    """Source of an array; not copied. `torch`: channels come first."""
    view, layout = layout_of(array, torch=torch)
    sizes = dict(zip(layout, view.shape, strict=True))
    channels = sizes.get("C", 1)
    height, width = pixels.grid_shape(sizes.get("B", 1), sizes["H"], sizes["W"])
    if channels == 2 and (mode is None or pixels.BANDS[mode] != 2):
        raise LogValueError(f"Image: shape {array.shape} has 2 channels; pass mode='LA' for gray and alpha")
    if mode == "I;16" and channels != 1:
        raise LogValueError(f"Image: mode 'I;16' is gray; shape {array.shape} has {channels} channels")
    read = pixels.NATURAL[channels]
    if mode is not None and pixels.BANDS[mode] == channels:
        read = pixels.READ_AS.get(mode, mode)
    view, layout = _contiguous(view, layout)
    params: dict[str, Json] = {
        "dtype": view.dtype.str,
        "shape": list(view.shape),
        "layout": layout,
        "normalize": bool(normalize),
        "mode": read,
    }
    return _encoded(width, height, mode, file_format, params, view)


def of_pil(picture: Picture, mode: str | None, file_format: str, normalize: bool) -> Source:
    """Source of a PIL image; its samples are copied."""
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise LogValueError(f"Image: the PIL image cannot be read: {error}") from error
    width, height = picture.size
    if not width or not height:
        raise LogValueError(f"Image: the PIL image is empty: {width} x {height} pixels")
    array, params = pixels.from_picture(picture, mode, file_format, normalize=normalize)
    return _encoded(width, height, mode, file_format, params, array)


def of_file(data: bytes, mode: str | None, file_format: str | None, name: str) -> Source:
    """Source of a picture file's bytes: kept where they can stay as they are."""
    from PIL import Image as PillowImage
    from PIL import UnidentifiedImageError

    try:
        with pixels.opened(data) as picture:
            found, own_mode, (width, height) = picture.format or "", picture.mode, picture.size
            transparent = "transparency" in picture.info
            # Pillow decodes a whole PNG to look for EXIF: only where there is some
            sideways = (found != "PNG" or b"eXIf" in data) and picture.getexif().get(_ORIENTATION, 1) > 4
        with pixels.opened(data) as picture:
            picture.verify()
    except UnidentifiedImageError as error:
        raise LogValueError(
            f"Image: {name} is not a picture that can be read: it begins {data[:20]!r}; "
            "accepted: files of a format that Pillow reads (PNG, JPEG, WebP, GIF, BMP, TIFF ...)"
        ) from error
    except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError) as error:
        raise LogValueError(f"Image: {name} is not a picture that can be read: {error}") from error
    if sideways:
        width, height = height, width
    kept = _KEPT.get(found)
    wanted = file_format or kept or "png"
    if kept == wanted and mode is None:
        return Source(width, height, own_mode, wanted, "file", {"format": wanted}, data)
    if own_mode in {"P", "PA"}:
        own_mode = "RGBA" if transparent or own_mode == "PA" else "RGB"
    if wanted != "png" and own_mode in _WITH_ALPHA:
        _warn_alpha(wanted)
    stored = pixels.stored_mode(mode or own_mode, wanted)
    return Source(width, height, stored, wanted, "convert", {"format": wanted, "mode": mode}, data)


def encoded_as(source: Source, mode: str | None, file_format: str | None) -> Source:
    """The same picture, to be stored in another mode or format."""
    if source.codec in {"file", "convert"}:
        if mode is None and file_format in {None, source.format}:
            return source
        if not isinstance(source.data, bytes):
            raise LogValueError("Image: the picture is not encoded yet; it cannot be converted")
        return of_file(source.data, mode, file_format or source.format, "the picture")
    return _encoded(
        source.width, source.height, mode, file_format or source.format, source.params, source.data
    )


def _encoded(
    width: int, height: int, mode: str | None, file_format: str, params: dict[str, Json], data: Any
) -> Source:
    """Source of raw numbers; `params["mode"]` says how they are read, `mode` as what they are to be kept."""
    mode = mode or cast(str, params["mode"])
    if file_format != "png" and pixels.stored_mode(mode, "png") in _WITH_ALPHA:
        _warn_alpha(file_format)
    target = pixels.stored_mode(mode, file_format)
    params = {**params, "target": target, "format": file_format}
    return Source(width, height, target, file_format, file_format, params, data)


def layout_of(array: NDArray[Any], *, torch: bool) -> tuple[NDArray[Any], str]:
    """Find out which dimension is what; dimensions of size 1 that are too many are dropped.

    Returns:
        The array (a view), and one letter per dimension: B batch, C channel, H height, W width.

    Raises:
        LogTypeError: no real numbers.
        LogValueError: no picture's shape.
    """
    shape = array.shape
    if array.dtype.kind not in "biuf":
        raise LogTypeError(f"Image: dtype {array.dtype} of shape {shape} is no picture; accepted: {ACCEPTED}")
    if not array.size:
        raise LogValueError(
            f"Image: the array is empty: shape {shape}, dtype {array.dtype}; accepted: {ACCEPTED}"
        )
    batch = array
    while batch.ndim > 4 and 1 in batch.shape:
        batch = _squeezed(batch)
    if batch.ndim == 4 and torch and batch.shape[1] in {1, 3, 4}:
        return batch, "BCHW"
    while array.ndim > 3 and 1 in array.shape:
        array = _squeezed(array)
    if array.ndim == 3 and torch and array.shape[0] in {1, 2, 3, 4}:
        return array, "CHW"
    if array.ndim == 3 and array.shape[-1] in {1, 2, 3, 4}:
        return array, "HWC"
    if batch.ndim == 4 and batch.shape[-1] in {1, 3, 4}:
        return batch, "BHWC"
    if array.ndim == 3:
        array = _squeezed(array)
    if array.ndim == 2:
        return array, "HW"
    hint = (
        "; channels first? pass x.transpose(1, 2, 0)" if array.ndim == 3 and array.shape[0] in {3, 4} else ""
    )
    raise LogValueError(
        f"Image: shape {shape}, dtype {array.dtype} is no picture{hint}; accepted: {ACCEPTED}"
    )


def _squeezed(array: NDArray[Any]) -> NDArray[Any]:
    """Without its first dimension of size 1, if it has one."""
    return array.squeeze(array.shape.index(1)) if 1 in array.shape else array


def _contiguous(array: NDArray[Any], layout: str) -> tuple[NDArray[Any], str]:
    """Undo a transposition (`x.permute(1, 2, 0)`) on paper where that saves a copy."""
    if array.flags.c_contiguous:
        return array, layout
    order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    turned = array.transpose(order)
    return (turned, "".join(layout[axis] for axis in order)) if turned.flags.c_contiguous else (array, layout)


def is_pil(value: object) -> bool:
    """Whether `value` is a PIL image; imports nothing."""
    cls = getattr(sys.modules.get("PIL.Image"), "Image", None)
    return cls is not None and isinstance(value, cls)


def is_matplotlib(value: object) -> bool:
    """Whether `value` is a matplotlib figure, axes or other artist, or the pyplot module; imports nothing."""
    if "matplotlib" not in sys.modules:
        return False
    if value is sys.modules.get("matplotlib.pyplot"):
        return True
    artist = getattr(sys.modules.get("matplotlib.artist"), "Artist", None)
    return artist is not None and isinstance(value, artist)


def drawn(value: Any, scale: float = 1) -> bytes:
    """Return the PNG of the figure to which `value` belongs, `scale` times as large as matplotlib makes it.

    Drawn at once: matplotlib is not thread-safe, and the figure may be drawn on further.
    """
    from nbtrack.media.matplotlib_figure import figure_of

    figure = figure_of(value)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=scale * figure.get_dpi(), pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def read_file(path: str | Path) -> bytes:
    """Return the bytes of a picture file.

    Raises:
        LogValueError: it cannot be read, or is a URL.
    """
    if isinstance(path, str) and "://" in path[:12]:
        raise LogValueError(f"Image: {path!r} is a URL; only files can be logged: download it first")
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        raise LogValueError(f"Image: the file {str(path)!r} cannot be read: {error}") from error


def _warn_alpha(file_format: str) -> None:
    warn(f"Image: {file_format} has no transparency: the alpha channel is dropped")
