"""From numbers to pictures: how values become 8 bits, how channels and batches are laid out, codecs.

The rules are W&B's of 0.20 to 0.28, except that integers and bools are never stretched:

    bool             0 and 255
    integers         taken as 0 to 255, clipped when outside
    floats           all in [0, 1]: times 255; all in [-1, 1]: (x + 1) * 127.5; otherwise taken as 0 to 255,
                     clipped when outside. Fractions are cut off. NaN is black; it and infinities have no say.
    normalize=False  a bare cast to uint8: fractions are cut off, values outside wrap around, bool is 0 and 1
    mode "I;16"      65535 in place of 255 in all of this, stored as 16-bit gray
"""

from __future__ import annotations

import contextlib
import io
import math
import threading
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from nbtrack.errors import LogValueError, NbtrackWarning, warn
from nbtrack.media.base import Encoded
from nbtrack.media.png import write_png

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

    from nbtrack.media.base import Json

#: PIL mode -> number of channels, for every mode that can be given
BANDS = {
    "1": 1, "L": 1, "P": 1, "I": 1, "F": 1, "I;16": 1,
    "LA": 2, "PA": 2, "La": 2,
    "RGB": 3, "YCbCr": 3, "HSV": 3, "LAB": 3,
    "RGBA": 4, "RGBX": 4, "RGBa": 4, "CMYK": 4,
}  # fmt: skip
#: modes whose samples are read as another's
READ_AS = {"P": "L", "I": "L", "F": "L", "PA": "LA"}
#: channels -> how they are read when no mode is given
NATURAL = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
#: modes that a file holds as they are; every other one is turned into one of them
STORED = ("L", "LA", "RGB", "RGBA", "I;16")
#: file format -> Pillow's name
PILLOW_FORMAT = {"png": "PNG", "jpg": "JPEG", "bmp": "BMP"}

#: pictures of a batch side by side, and the black lines between them
GRID_COLUMNS = 8
GRID_PADDING = 2

JPEG_QUALITY = 90

#: the most pixels of a picture: 23,170 x 23,170, which as RGBA are 2 GiB
MOST = 2**29
_LIMIT = threading.Lock()

_said: set[str] = set()


def stored_mode(mode: str, file_format: str) -> str:
    """The mode in which a picture of PIL mode `mode` is kept in a file of that format."""
    kept = {"1": "L", "La": "LA", "RGBa": "RGBA"}.get(mode) or READ_AS.get(mode, mode)
    kept = kept if kept in STORED else "RGB"
    return kept if file_format == "png" else {"RGBA": "RGB", "LA": "L", "I;16": "L"}.get(kept, kept)


def grid_shape(count: int, height: int, width: int) -> tuple[int, int]:
    """Height and width of a grid of `count` pictures; a single one has no border."""
    if count == 1:
        return height, width
    columns = min(count, GRID_COLUMNS)
    rows = -(-count // columns)
    return rows * (height + GRID_PADDING) + GRID_PADDING, columns * (width + GRID_PADDING) + GRID_PADDING


def quantize(values: NDArray[Any], *, normalize: bool = True, full: int = 255) -> tuple[NDArray[Any], int]:
    """Turn numbers into picture samples by the rules on top of this module.

    Args:
        values: bool, integer or float array of any shape.
        normalize: False for the bare cast.
        full: 255, or 65535 for 16-bit samples.

    Returns:
        uint8 (or uint16) samples of the same shape, and how many were outside of 0 to `full` and clipped.
    """
    sample = np.uint8 if full == 255 else np.uint16
    if values.dtype == sample:
        return values, 0
    kind = values.dtype.kind
    if kind == "b":
        ones = values.view(np.uint8)
        return (ones * sample(full) if normalize else ones.astype(sample)), 0
    if kind == "f":
        if values.dtype.itemsize < 4 and full > 255:
            values = values.astype(np.float32)  # 65535 is beyond float16
        if not normalize:
            whole = np.trunc(np.nan_to_num(values, nan=0, posinf=0, neginf=0))
            return np.fmod(whole, full + 1).astype(np.int32).astype(sample), 0  # the remainder is exact
        low, high, finite = _extremes(values)
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is dealt with below
            if low >= 0 and high <= 1:
                values, low, high = values * full, 0, full
            elif low >= -1 and high <= 1:
                values, low, high = (values + 1) * (full / 2), 0, full
        if not finite:
            values = np.nan_to_num(values, nan=0, posinf=full, neginf=0)
    elif not normalize:
        return values.astype(sample), 0
    else:
        low, high = values.min(), values.max()
    if low >= 0 and high <= full:
        return values.astype(sample), 0
    clipped = int(np.count_nonzero((values < 0) | (values > full)))
    return np.clip(values, 0, full).astype(sample), clipped


def _extremes(values: NDArray[Any]) -> tuple[float, float, bool]:
    """Smallest and largest finite value (0 and 0 without any), and whether all are finite."""
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and math.isfinite(high):
        return low, high, True
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max()), False) if values.size else (0.0, 0.0, False)


def arrange(pixels: NDArray[Any], layout: str) -> NDArray[Any]:
    """Bring samples into (H, W) or (H, W, C); a batch becomes a grid.

    Args:
        pixels: samples.
        layout: one letter per dimension: B batch, C channel, H height, W width.
    """
    pixels = pixels.transpose([layout.index(letter) for letter in "BHWC" if letter in layout])
    if "C" in layout and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    elif "C" in layout and layout[-1] != "C":
        # channel by channel: numpy's copy of such a view takes five times as long
        planes, pixels = pixels, np.empty(pixels.shape, pixels.dtype)
        for channel in range(planes.shape[-1]):
            pixels[..., channel] = planes[..., channel]
    if "B" not in layout:
        return pixels
    count, height, width = pixels.shape[:3]
    if count == 1:
        return np.asarray(pixels[0])
    canvas = np.zeros((*grid_shape(count, height, width), *pixels.shape[3:]), pixels.dtype)
    for i, picture in enumerate(pixels):
        row, column = divmod(i, GRID_COLUMNS)
        top = GRID_PADDING + row * (height + GRID_PADDING)
        left = GRID_PADDING + column * (width + GRID_PADDING)
        canvas[top : top + height, left : left + width] = picture
    return canvas


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codecs "png", "jpg" and "bmp": raw numbers to a file.

    Params:
        dtype, shape: of the numbers, numpy's string and a list; layout: see `arrange`; normalize: see
        `quantize`; mode: PIL mode in which the channels are read; target: mode of the file, one of `STORED`;
        format: png, jpg or bmp.
    """
    numbers = np.frombuffer(data, dtype=np.dtype(cast(str, params["dtype"])))
    numbers = numbers.reshape(cast("list[int]", params["shape"]))
    mode = cast(str, params["mode"])
    full = 65535 if mode == "I;16" else 255
    samples, clipped = quantize(numbers, normalize=bool(params["normalize"]), full=full)
    pixels = arrange(samples, cast(str, params["layout"]))
    if mode == "1":
        pixels, mode = np.where(pixels > 127, np.uint8(255), np.uint8(0)), "L"
    target = cast(str, params["target"])
    blob = _write(pixels, mode, target, cast(str, params["format"]))
    height, width = pixels.shape[:2]
    meta: dict[str, Json] = {"width": width, "height": height, "mode": target, "size": len(blob)}
    if clipped:
        meta["clipped"] = clipped
        _say_once(
            f"picture values outside of 0 to {full} were clipped; scale them, to [0, 1] for floats"
            + ("" if full > 255 else ', or pass mode="I;16" for 16-bit gray')
        )
    return Encoded(meta, blob)


def convert(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "convert": decode a picture file of any format that Pillow reads, encode it anew.

    Params:
        format: png, jpg or bmp; mode: PIL mode to turn it into, or None.
    """
    picture = open_picture(bytes(data))
    array, params = from_picture(picture, cast("str | None", params["mode"]), cast(str, params["format"]))
    return encode(params, array.reshape(-1).view(np.uint8).data)


def opened(data: bytes) -> ImageFile:
    """Open a picture file without decoding it, up to `MOST` pixels.

    Pillow's own limit of 179 million is against strangers' files; these were logged by whoever looks at them.

    Raises:
        OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError: no picture, damaged, or too large.
    """
    from PIL import Image

    with _LIMIT:
        usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MOST
        try:
            return Image.open(io.BytesIO(data))
        finally:
            Image.MAX_IMAGE_PIXELS = usual


def open_picture(data: bytes) -> Picture:
    """Decode a picture file as it is to be shown (EXIF orientation applied).

    Raises:
        LogValueError: no picture that Pillow can read.
    """
    from PIL import Image, ImageOps

    try:
        picture = opened(data)
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise LogValueError(f"not a picture that can be read: {error}") from error


def from_picture(
    picture: Picture, mode: str | None, file_format: str, *, normalize: bool = True
) -> tuple[NDArray[Any], dict[str, Json]]:
    """Return the samples of a PIL image (a copy) and the params with which `encode` makes a file of them."""
    if picture.mode in {"P", "PA"}:
        picture = picture.convert("RGBA" if picture.mode == "PA" or "transparency" in picture.info else "RGB")
    if "1" in {picture.mode, mode}:
        picture = _converted(picture, "L")
    elif picture.mode not in BANDS and not picture.mode.startswith("I;16"):
        picture = picture.convert("RGB")
    array = np.ascontiguousarray(np.asarray(picture))
    read = "I;16" if picture.mode.startswith("I;16") else READ_AS.get(picture.mode, picture.mode)
    if mode == "I;16" and array.ndim != 2:
        raise LogValueError(f'mode "I;16" is gray: it does not fit a picture of mode {picture.mode}')
    if mode in {"1", "I;16"}:
        read = mode
    return array, {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "layout": "HW" if array.ndim == 2 else "HWC",
        "normalize": normalize,
        "mode": read,
        "target": stored_mode(mode or read, file_format),
        "format": file_format,
    }


def _write(pixels: NDArray[Any], mode: str, target: str, file_format: str) -> bytes:
    if mode == "I;16" and target != mode:
        pixels, mode = (pixels >> 8).astype(np.uint8), "L"
    if mode != target:
        pixels = np.asarray(_converted(_picture(pixels, mode), target))
    if file_format == "png":
        return write_png(pixels)
    buffer = io.BytesIO()
    options = {"quality": JPEG_QUALITY} if file_format == "jpg" else {}
    _picture(pixels, target).save(buffer, PILLOW_FORMAT[file_format], **options)
    return buffer.getvalue()


def _picture(pixels: NDArray[Any], mode: str) -> Picture:
    from PIL import Image

    height, width = pixels.shape[:2]
    return Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())


def _converted(picture: Picture, mode: str) -> Picture:
    """Convert, also by way of the modes for which Pillow knows no direct one."""
    if picture.mode == "LAB":
        from PIL import ImageCms

        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        picture = cast("Picture", ImageCms.profileToProfile(picture, lab, rgb, outputMode="RGB"))
    elif picture.mode in {"La", "RGBa"}:  # premultiplied alpha
        picture = picture.convert(picture.mode.upper())
    return picture.convert(mode)


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        # an encoder thread has no caller: under `-W error` the picture matters more than the warning
        with contextlib.suppress(NbtrackWarning):
            warn(text)
