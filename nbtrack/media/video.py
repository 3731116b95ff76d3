"""Videos: from arrays, files and open files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media import film, gif, video_file
from nbtrack.media.arrays import array_type, to_numpy
from nbtrack.media.base import Raw
from nbtrack.media.clip import Clip, Kept
from nbtrack.media.frames import grid

if TYPE_CHECKING:
    from typing import IO

    from numpy.typing import NDArray

    from nbtrack.media.base import Json

ACCEPTED = (
    "an array (time, channel, height, width) or (batch, time, channel, height, width) of 1, 3 or 4 channels, "
    "the path of a gif, mp4, webm or ogg file, its bytes, or an open file"
)
#: pixels a side that a format holds
_LARGEST = {"gif": 65535, "mp4": 16384, "webm": 16384, "ogg": 16383}


class Video(Clip):
    """A video to log.

    Args:
        data_or_path: one of

            - a numpy, torch, tensorflow or jax array (time, channel, height, width) of 1 (gray), 3 or 4
              channels (alpha is dropped); (batch, time, channel, height, width) becomes a grid, as in W&B;
            - the path of a gif, mp4, webm or ogg file, which is kept byte for byte;
            - the bytes of such a file, or an open file (`io.BytesIO`).
        caption: text shown with it.
        fps: frames a second of an array, 4 by default. Files have their own: with one it is ignored, with a
            warning.
        format: "gif", "mp4", "webm" or "ogg". An array without it becomes a gif, with a warning. All but gif
            are encoded with PyAV: `pip install "nbtrack[video]"`. mp4 is H.264 (4:2:0, index in front), webm
            VP9; both play in all browsers. ogg is VP8, which not all browsers play in an ogg file.

    Raises:
        LogTypeError: a type or dtype that is no video.
        LogValueError: a shape that is none, no frames, a bad fps or format, an unreadable file.
        UnsupportedError: PyAV is needed and not installed.

    How numbers become pictures: `nbtrack.media.frames`. Arrays are not copied here: `log()` takes the
    snapshot, and encoding happens off its thread.

    Example:
        >>> run.log({"rollout": nbtrack.Video(frames, fps=30, format="mp4", caption="episode 7")})
    """

    kind: ClassVar[str] = "video-file"
    noun: ClassVar[str] = "video"
    made: ClassVar[frozenset[str]] = frozenset({"parts", "strip"})
    EXTS: ClassVar[tuple[str, ...]] = ("gif", "mp4", "webm", "ogg")

    def __init__(
        self,
        data_or_path: Any,
        caption: str | None = None,
        fps: float | None = None,
        format: str | None = None,
    ) -> None:
        wanted = None if format is None else str(format).lower().lstrip(".")
        if wanted is not None and wanted not in self.EXTS:
            raise LogValueError(
                f"Video: format {format!r} is not supported; accepted: {', '.join(self.EXTS)}"
            )
        super().__init__(data_or_path, caption=caption)
        if isinstance(data_or_path, Kept):
            self._meta, self._raw = dict(data_or_path.meta), data_or_path.raw(self.kind)
        elif array_type(data_or_path) is not None or hasattr(data_or_path, "__array__"):
            self._meta, self._raw = _of_array(data_or_path, fps, wanted)
        else:
            if fps is not None:
                warn("Video: fps is ignored: a file has its own; pass an array to choose it")
            data, name = _read(data_or_path)
            self._meta, self._raw = _of_file(data, name, wanted)

    @property
    def width(self) -> int | None:
        """Pixels from left to right; None where it is not known (a file, without PyAV)."""
        return cast("int | None", self._meta.get("width"))

    @property
    def height(self) -> int | None:
        """Pixels from top to bottom."""
        return cast("int | None", self._meta.get("height"))

    @property
    def fps(self) -> float | None:
        """Frames a second."""
        return cast("float | None", self._meta.get("fps"))

    @property
    def frames(self) -> int | None:
        """Number of frames."""
        return cast("int | None", self._meta.get("frames"))

    def to_numpy(self) -> NDArray[np.uint8]:
        """All frames as they are stored: uint8 (time, channel, height, width), 3 channels.

        Raises:
            UnsupportedError: PyAV is not installed and it is no GIF.
            LogValueError: it was read back before it was encoded, or its file is damaged.
        """
        blob, meta = self._file()
        return video_file.decode(blob, meta)

    def __repr__(self) -> str:
        size = f" {self.width}x{self.height}" if self.width else ""
        length = f", {self.frames} frames at {self.fps:g} a second" if self.frames and self.fps else ""
        caption = "" if self.caption is None else f" {self.caption!r}"
        return f"<Video{size} {self.format}{length}{caption}>"


def _of_array(value: Any, fps: float | None, format_: str | None) -> tuple[dict[str, Json], Raw]:
    array = to_numpy(value)
    shape, dtype = array.shape, array.dtype
    if dtype.kind not in "biuf":
        raise LogTypeError(f"Video: dtype {dtype} of shape {shape} is no video; accepted: {ACCEPTED}")
    if array.ndim not in {4, 5}:
        hint = "; one frame is an Image" if array.ndim == 2 else ""
        hint = "; a gray film? pass x[:, None]" if array.ndim == 3 else hint
        raise LogValueError(f"Video: shape {shape} is no video{hint}; accepted: {ACCEPTED}")
    view = array[None] if array.ndim == 4 else array
    batch, time, channels, height, width = view.shape
    if not view.size:
        what = "has no frames" if not time else "is empty"
        raise LogValueError(f"Video: the array {what}: shape {shape}; accepted: {ACCEPTED}")
    if channels not in {1, 3, 4}:
        order = "0, 3, 1, 2" if array.ndim == 4 else "0, 1, 4, 2, 3"
        hint = f"; channels last? pass x.transpose({order})" if width in {1, 3, 4} else ""
        raise LogValueError(f"Video: shape {shape} has {channels} channels{hint}; accepted: {ACCEPTED}")
    if format_ is None:
        format_ = "gif"
        warn('Video: format is not given; a gif is made. format="mp4" is smaller and keeps all colors')
    rate = _rate(fps, format_)
    if format_ != "gif":
        film.require_av(f"Video of format {format_!r}")
    rows, columns = grid(batch)
    height, width = rows * height, columns * width
    if max(height, width) > _LARGEST[format_]:
        raise LogValueError(
            f"Video of {width} x {height} pixels: {format_} holds at most {_LARGEST[format_]} a side"
        )
    memory, axes = _as_it_lies(view)
    params: dict[str, Json] = {
        "dtype": memory.dtype.str,
        "shape": list(memory.shape),
        "axes": list(axes),
        "fps": rate,
        "format": format_,
    }
    known = film.Facts(width, height, rate, time, time / rate, "").meta()
    return {"format": format_, **known}, Raw("video", params, memory)


def _rate(fps: Any, format_: str) -> float:
    """A rate that `format_` can hold."""
    if fps is None:
        return 4.0
    try:
        rate = float(fps)
    except (TypeError, ValueError):
        raise LogTypeError(f"Video: fps must be a number; got {fps!r}") from None
    if not (math.isfinite(rate) and 0.01 <= rate <= 1000):
        raise LogValueError(f"Video: fps must be from 0.01 to 1000; got {fps!r}")
    if format_ == "gif" and rate > gif.MOST_FPS:
        warn(f'Video: a gif plays at most {gif.MOST_FPS} frames a second, not {rate:g}; format="mp4" can')
        return float(gif.MOST_FPS)
    return rate


def _as_it_lies(view: NDArray[Any]) -> tuple[NDArray[Any], list[int]]:
    """Undo a transposition (`x.transpose(0, 3, 1, 2)`) on paper where that saves a copy.

    Returns:
        A C-contiguous array, and the order of its axes that gives `view` again.
    """
    if view.flags.c_contiguous:
        return view, list(range(view.ndim))
    order = sorted(range(view.ndim), key=lambda axis: -abs(view.strides[axis]))
    turned = view.transpose(order)
    if turned.flags.c_contiguous:
        return turned, [order.index(axis) for axis in range(view.ndim)]
    return np.ascontiguousarray(view), list(range(view.ndim))


def _of_file(data: bytes, name: str, format_: str | None) -> tuple[dict[str, Json], Raw]:
    found = film.sniff(data)
    if found is None:
        what = "is empty" if not data else "is no gif, mp4, webm or ogg file"
        raise LogValueError(f"Video: {name} {what}; accepted: {ACCEPTED}")
    if format_ is not None and format_ != found:
        warn(f"Video: {name} is a {found} file, not {format_}: it is kept as {found}")
    return {"format": found, **video_file.facts(data, found)}, Raw("video-file", {"format": found}, data)


def _read(source: Any) -> tuple[bytes, str]:
    """Bytes of a file, and what to call it in a message."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), "this"
    if isinstance(source, str | Path) or hasattr(source, "__fspath__"):
        if isinstance(source, str) and "://" in source[:12]:
            raise LogValueError(f"Video: {source!r} is a URL; only files can be logged: download it first")
        path = Path(source).expanduser()
        suffix = path.suffix.lower().lstrip(".")
        if suffix not in Video.EXTS:
            raise LogValueError(f"Video: {path.name!r} is not supported; accepted: {', '.join(Video.EXTS)}")
        try:
            return path.read_bytes(), repr(path.name)
        except (OSError, ValueError) as error:
            raise LogValueError(f"Video: the file {str(source)!r} cannot be read: {error}") from error
    if callable(getvalue := getattr(source, "getvalue", None)):
        data = getvalue()  # of a BytesIO, wherever it stands
    elif callable(read := getattr(source, "read", None)):
        data = cast("IO[bytes]", source).read() if read else b""
    else:
        raise LogTypeError(f"Video cannot be made from {type(source).__name__}; accepted: {ACCEPTED}")
    if not isinstance(data, bytes):
        raise LogTypeError(f"Video: the open file gives {type(data).__name__}, not bytes: open it with 'rb'")
    return data, "the open file"
