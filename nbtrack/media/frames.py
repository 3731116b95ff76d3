"""From numbers to moving pictures: how values become 8 bits, grids of batches, GIF and film codecs, stills.

How numbers are read: uint8 as it is, bool as black and white, integers as 0 to 255; floats that all lie in
[0, 1] times 255, in [-1, 1] as (x + 1) * 127.5, otherwise as 0 to 255. What is outside is clipped, fractions
are cut off, NaN is black. W&B casts floats, which makes [0, 1] black; that the two differ is said once.

GIF is written by Pillow, the others by PyAV (BSD; its wheels carry FFmpeg with x264 and libvpx): half the
size of imageio-ffmpeg's, no process per film, and it reads what others have made.
"""

from __future__ import annotations

import contextlib
import io
import math
import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from nbtrack.errors import LogValueError, NbtrackWarning, UnsupportedError, warn
from nbtrack.media.base import Encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from nbtrack.media.base import Json

    Frame = NDArray[np.uint8]  # (height, width, 3)

#: a GIF's delays are whole hundredths of a second, and browsers slow down shorter ones than two
GIF_FPS = 50
#: poster: longest side in pixels
POSTER_PX = 640
#: pictures in the strip, and their longest side in pixels
STRIP, STRIP_PX = 6, 160


class _Format(NamedTuple):
    """How FFmpeg makes a film."""

    encoder: str
    #: its name in a file's header
    codec: str
    #: of the encoder, and of the file
    options: dict[str, str]
    container: dict[str, str]
    #: VP8 has but one matrix between RGB and YUV; the others say which they have
    matrix: str = "ITU709"
    #: two at most: the others are the user's; libvpx's VP8 takes several times as long with a second one
    threads: int = 2


_FORMATS: dict[str, _Format] = {
    "mp4": _Format(
        "libx264", "h264", {"preset": "veryfast", "crf": "20", "bf": "0"}, {"movflags": "faststart"}
    ),
    "webm": _Format(
        "libvpx-vp9",
        "vp9",
        {"deadline": "realtime", "cpu-used": "6", "crf": "30", "b": "0", "row-mt": "1"},
        {},
    ),
    "ogg": _Format(
        "libvpx", "vp8", {"deadline": "realtime", "cpu-used": "6", "crf": "10", "b": "4M"}, {}, "ITU601", 1
    ),
}
_BT709 = 1  # the number of this matrix, its primaries and its transfer function

#: (offset, bytes there, format)
_MAGIC = (
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (4, b"ftyp", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "webm"),
    (0, b"OggS", "ogg"),
)

_said: set[str] = set()


class Facts(NamedTuple):
    """What a film says of itself; 0 is unknown."""

    width: int
    height: int
    fps: float
    frames: int
    #: seconds
    duration: float
    #: "h264", "vp9", "gif", ...
    codec: str
    #: whether it has sound
    audio: bool = False

    def meta(self) -> dict[str, Json]:
        """As it is stored."""
        known = {key: value for key, value in self._asdict().items() if value}
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in known.items()}


# ---- what is stored ---------------------------------------------------------------------------------------


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "video": numbers to a film, with a poster and a strip of stills.

    Params:
        dtype, shape: of the numbers, numpy's string and a list; axes: the order that brings their dimensions
        to (batch, time, channel, height, width); fps; format: gif, mp4, webm or ogg.
    """
    numbers = np.frombuffer(data, dtype=np.dtype(cast(str, params["dtype"])))
    batch = numbers.reshape(cast("list[int]", params["shape"])).transpose(cast("list[int]", params["axes"]))
    fps, format_ = cast(float, params["fps"]), cast(str, params["format"])
    samples = _eight_bit(batch)
    count = batch.shape[1]

    def frame(i: int) -> Frame:
        return _rgb(_tiled(samples(batch[:, i])))

    frames = map(frame, range(count))
    height, width, _ = frame(0).shape
    if format_ == "gif":
        blob = _gif(frames, _delays(count, fps))
    else:
        blob = _film(frames, (width, height), fps, format_)
    codec = "gif" if format_ == "gif" else _FORMATS[format_].codec
    facts = Facts(width, height, fps, count, count / fps, codec)
    stills = [frame(i) for i in _spread(count)]
    meta = {**facts.meta(), "size": len(blob), "strip": len(stills)}
    return Encoded(meta, blob, parts=_parts(stills))


def keep(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "video-file": a ready film stays byte for byte; poster and strip are taken where it can be read.

    Params: format.
    """
    blob = bytes(data)
    meta: dict[str, Json] = {"size": len(blob)}
    stills: list[Frame] = []
    if params["format"] == "gif":
        with contextlib.suppress(LogValueError):  # cut short: browsers show what is there
            meta |= gif_facts(blob).meta()
            stills = gif_stills(blob)
    elif has_av():
        stills = _film_stills(blob)
    if not stills:
        return Encoded(meta, blob)
    return Encoded({**meta, "strip": len(stills)}, blob, parts=_parts(stills))


def _parts(stills: Sequence[Frame]) -> dict[str, bytes]:
    """The poster is the first frame; the strip shows the whole film from left to right."""
    from PIL import Image

    pictures = [Image.fromarray(still) for still in stills]
    poster = pictures[0].copy()
    poster.thumbnail((POSTER_PX, POSTER_PX), Image.Resampling.BOX)
    for picture in pictures:
        picture.thumbnail((STRIP_PX, STRIP_PX), Image.Resampling.BOX)
    width, height = pictures[0].size
    strip = Image.new("RGB", (width * len(pictures), height))
    for at, picture in enumerate(pictures):
        strip.paste(picture, (at * width, 0))
    return {"poster": _picture_file(poster), "strip": _picture_file(strip)}


def _picture_file(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    if picture.getcolors(256) is not None:
        picture.save(buffer, "PNG", optimize=True)
    else:
        picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _spread(count: int) -> list[int]:
    """Indices of the stills: the first frame, the last, and some in between."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, STRIP))})


# ---- numbers ----------------------------------------------------------------------------------------------


def grid(batch: int) -> tuple[int, int]:
    """Rows and columns in which W&B lays out a batch: filled up to a power of two, wider than high."""
    full = batch if batch & (batch - 1) == 0 else 1 << batch.bit_length()
    rows = 1 << ((batch.bit_length() - 1) // 2)
    return rows, full // rows


def _tiled(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay (batch, channel, height, width) out as one (height, width, channel); what fills it up is black."""
    batch, channels, height, width = frames.shape
    if batch == 1:
        return np.asarray(frames[0].transpose(1, 2, 0))
    rows, columns = grid(batch)
    paper = np.zeros((rows * columns, channels, height, width), np.uint8)
    paper[:batch] = frames
    ordered = paper.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    return ordered.reshape(rows * height, columns * width, channels)


def _rgb(frame: NDArray[np.uint8]) -> Frame:
    """Three channels: gray is repeated, alpha dropped (no film format that all browsers play has it)."""
    channels = frame.shape[-1]
    if channels == 4:
        _say_once("Video: films have no transparency: the alpha channel is dropped")
    return np.ascontiguousarray(np.repeat(frame, 3, axis=-1) if channels == 1 else frame[..., :3])


def _eight_bit(batch: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[np.uint8]]:
    """Return what turns frames into samples: the rule is the same for the whole film."""
    kind = batch.dtype.kind
    if batch.dtype == np.uint8:
        return lambda frames: frames
    if kind == "b":
        return lambda frames: np.asarray(frames, np.uint8) * np.uint8(255)
    low, high = _range(batch)
    scale, shift = 1.0, 0.0
    if kind == "f" and low >= -1 and high <= 1:
        scale, shift = (255.0, 0.0) if low >= 0 else (127.5, 1.0)
        _say_once(
            f"Video: floats in [{'0' if low >= 0 else '-1'}, 1] are stretched to 0 to 255; W&B would cast "
            "them, which is black"
        )
    elif low < 0 or high > 255:
        _say_once(
            f"Video: values from {low:g} to {high:g} are clipped to 0 to 255: scale them, floats to [0, 1]"
        )

    def samples(frames: NDArray[Any]) -> NDArray[np.uint8]:
        if kind == "f":
            frames = np.nan_to_num(frames.astype(np.float32), nan=-shift, posinf=1e9, neginf=-1e9)
            frames = (frames + np.float32(shift)) * np.float32(scale)
        return np.asarray(np.clip(frames, 0, 255), np.uint8)

    return samples


def _range(batch: NDArray[Any]) -> tuple[float, float]:
    """Smallest and largest finite value, a frame at a time; (0, 0) without any."""
    low, high = math.inf, -math.inf
    for i in range(batch.shape[1]):
        frame = batch[:, i]
        if frame.dtype.kind == "f" and not np.isfinite(frame).all():
            frame = frame[np.isfinite(frame)]
        if frame.size:
            low, high = min(low, float(frame.min())), max(high, float(frame.max()))
    return (low, high) if low <= high else (0.0, 0.0)


# ---- GIF --------------------------------------------------------------------------------------------------


def _gif(frames: Iterable[Frame], delays: list[int]) -> bytes:
    """Write an endless GIF, each frame with colors of its own."""
    from PIL import Image

    def pictures() -> Iterator[Picture]:
        for frame in frames:
            picture = Image.fromarray(frame)
            exact = picture.getcolors(256) is not None
            how = Image.Quantize.MEDIANCUT if exact else Image.Quantize.FASTOCTREE
            yield picture.quantize(
                256, how, dither=Image.Dither.NONE if exact else Image.Dither.FLOYDSTEINBERG
            )

    each = pictures()
    first = next(each)
    buffer = io.BytesIO()
    # Pillow joins frames that are alike and adds their delays up: the film lasts as long as it should
    first.save(buffer, "GIF", save_all=True, append_images=each, duration=delays, loop=0, optimize=False)
    return buffer.getvalue()


def _delays(count: int, fps: float) -> list[int]:
    """Milliseconds of each frame, in whole hundredths of a second, rounded without any drift."""
    ends = [round(i * 100 / fps) for i in range(count + 1)]
    return [10 * (end - begin) for begin, end in pairwise(ends)]


@contextlib.contextmanager
def _opened_gif(blob: bytes) -> Iterator[Picture]:
    """Open a GIF; what goes wrong inside is a LogValueError (Pillow's reader knows many ways to fail)."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(blob), formats=["GIF"]) as picture:
            yield picture
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise LogValueError(f"Video: this GIF cannot be read: {error}") from error


def _gif_frames(blob: bytes) -> Iterator[tuple[Frame, float]]:
    """Yield (frame, seconds that it stays) of a GIF."""
    from PIL import ImageSequence

    with _opened_gif(blob) as picture:
        for page in ImageSequence.Iterator(picture):
            yield np.asarray(page.convert("RGB")), page.info.get("duration", 100) / 1000


def gif_size(blob: bytes) -> tuple[int, int]:
    """Width and height of a GIF. Only its first frame is looked at: to count them, all have to be decoded.

    Raises:
        LogValueError: it cannot be read.
    """
    with _opened_gif(blob) as picture:
        picture.load()
        return picture.size


def gif_facts(blob: bytes) -> Facts:
    """Read what a GIF says of itself, decoding all of it.

    Raises:
        LogValueError: it cannot be read.
    """
    delays = [delay for _, delay in _gif_frames(blob)]
    width, height = gif_size(blob)
    duration = sum(delays)
    return Facts(width, height, len(delays) / duration if duration else 0, len(delays), duration, "gif")


def gif_stills(blob: bytes) -> list[Frame]:
    """Some frames of a GIF, spread over it."""
    frames = [frame for frame, _ in _gif_frames(blob)]
    return [frames[i] for i in _spread(len(frames))]


# ---- films ------------------------------------------------------------------------------------------------


def has_av() -> bool:
    """Whether PyAV is installed."""
    from importlib.util import find_spec

    return find_spec("av") is not None


def require_av(what: str) -> None:
    """Raise UnsupportedError, with the extra's name, where PyAV is missing."""
    if not has_av():
        raise UnsupportedError(
            f'{what} needs PyAV: pip install "nbtrack[video]". Without it format="gif" works'
        )


def _film(frames: Iterable[Frame], size: tuple[int, int], fps: float, format_: str) -> bytes:
    """Encode so that browsers play it: 4:2:0 (sides made even by repeating the edge), index in front."""
    require_av(f"Video of format {format_!r}")
    import av

    how = _FORMATS[format_]
    width, height = size
    # a film is searched from key frame to key frame: one a second, or sooner
    options = {**how.options, "g": str(max(1, round(fps)))}
    with tempfile.TemporaryDirectory(prefix="nbtrack-") as folder:
        path = Path(folder) / f"film.{format_}"  # "faststart" reads the file again, so it has to be one
        with av.open(str(path), "w", format=format_, options=how.container) as container:
            rate = Fraction(fps).limit_denominator(1001)
            stream = container.add_stream(how.encoder, rate=rate, options=options)
            stream.width, stream.height = width + width % 2, height + height % 2
            stream.pix_fmt = "yuv420p"
            context = stream.codec_context
            context.thread_count = how.threads
            if how.matrix == "ITU709":
                context.colorspace = context.color_primaries = context.color_trc = _BT709
                context.color_range = 1  # 16 to 235, what decoders expect
            for frame in frames:
                even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
                picture = av.VideoFrame.from_ndarray(even, format="rgb24")
                picture = picture.reformat(
                    format="yuv420p", dst_colorspace=how.matrix, dst_color_range="MPEG"
                )
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _opened(blob: bytes) -> Any:
    """Open a film with the demuxer of its format alone: others (playlists) would open what a file names."""
    import av

    demuxer = {"webm": "matroska"}.get(kind := sniff(blob) or "mp4", kind)
    return av.open(io.BytesIO(blob), format=demuxer)


def film_facts(blob: bytes) -> Facts:
    """Read what a film's header says. Where it does not count the frames, duration and rate do.

    Raises:
        LogValueError: it cannot be read, or has no pictures.
    """
    import av

    try:
        with _opened(blob) as container:
            if not container.streams.video:
                raise LogValueError("Video: this file has no pictures; sound alone is an nbtrack.Audio")
            stream = container.streams.video[0]
            fps = float(stream.average_rate or stream.guessed_rate or 0)
            length = stream.duration * stream.time_base if stream.duration and stream.time_base else None
            duration = float(length if length is not None else (container.duration or 0) / 1_000_000)
            frames = stream.frames or round(duration * fps)
            sound = bool(container.streams.audio)
            return Facts(
                stream.width, stream.height, fps, frames, duration, stream.codec_context.name, audio=sound
            )
    except (av.FFmpegError, OSError, IndexError, TypeError) as error:
        raise LogValueError(f"Video: this file cannot be read: {error}") from error


def _film_stills(blob: bytes) -> list[Frame]:
    """Some frames of a film, spread over it; none where it turns out to be damaged."""
    import av

    stills: list[Frame] = []
    duration = film_facts(blob).duration
    with contextlib.suppress(av.FFmpegError, OSError), _opened(blob) as container:
        for i in range(STRIP):
            at = duration * i / STRIP
            container.seek(int(at * 1_000_000))
            for frame in container.decode(video=0):
                if frame.time is None or frame.time >= at - 1e-3:
                    stills.append(frame.to_ndarray(format="rgb24"))
                    break
            if not duration:
                break
    return stills


def sniff(data: bytes) -> str | None:
    """Format of a film by its first bytes, or None."""
    return next((kind for at, magic, kind in _MAGIC if data[at : at + len(magic)] == magic), None)


def facts(blob: bytes, format_: str) -> dict[str, Json]:
    """Read what a film of that format says of itself in its first bytes: what its meta can say at once.

    Raises:
        LogValueError: it cannot be read.
    """
    if format_ == "gif":
        width, height = gif_size(blob)
        return {"width": width, "height": height, "codec": "gif"}
    return film_facts(blob).meta() if has_av() else {}


def decode(blob: bytes, meta: dict[str, Json]) -> NDArray[np.uint8]:
    """All frames of a film as (time, channel, height, width), without what was added to make its sides even.

    Args:
        blob: the film.
        meta: as it is stored.

    Raises:
        UnsupportedError: PyAV is not installed and it is no GIF.
        LogValueError: it cannot be read.
    """
    found: list[Frame] = []
    if sniff(blob) == "gif":
        fps = cast(float, meta.get("fps") or 0)
        for frame, delay in _gif_frames(blob):  # frames that were alike are one now, which stays longer
            found += [frame] * (max(1, round(delay * fps)) if meta.get("codec") == "gif" else 1)
        count = cast(int, meta.get("frames") or len(found))
        found = (found + found[-1:] * (count - len(found)))[:count]
    else:
        require_av("Reading a video")
        import av

        try:
            with _opened(blob) as container:
                found = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        except (av.FFmpegError, OSError, IndexError) as error:
            raise LogValueError(f"Video: this file cannot be read: {error}") from error
    if not found:
        raise LogValueError("Video: this file holds no frame that can be read")
    height, width = found[0].shape[:2]
    width, height = cast(int, meta.get("width") or width), cast(int, meta.get("height") or height)
    return np.stack([frame[:height, :width] for frame in found]).transpose(0, 3, 1, 2)


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        # an encoder thread has no caller: under `-W error` the film matters more than the warning
        with contextlib.suppress(NbtrackWarning):
            warn(text)
