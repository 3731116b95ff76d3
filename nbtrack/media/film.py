"""Films as PyAV makes and reads them, and what every film says of itself.

PyAV (BSD; its wheels carry FFmpeg with x264 and libvpx) is half the size of imageio-ffmpeg's, needs no
process per film, and reads what others have made.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nbtrack.errors import LogValueError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrack.media.base import Json
    from nbtrack.media.frames import Frame


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


FORMATS: dict[str, _Format] = {
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


def sniff(data: bytes) -> str | None:
    """Format of a film by its first bytes, or None."""
    return next((kind for at, magic, kind in _MAGIC if data[at : at + len(magic)] == magic), None)


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


def write(frames: Iterable[Frame], size: tuple[int, int], fps: float, format_: str) -> bytes:
    """Encode so that browsers play it: 4:2:0 (sides made even by repeating the edge), index in front."""
    require_av(f"Video of format {format_!r}")
    import av

    how = FORMATS[format_]
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
            odd = ((0, height % 2), (0, width % 2), (0, 0))
            for frame in frames:
                even = np.pad(frame, odd, "edge") if height % 2 or width % 2 else frame
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


def facts(blob: bytes) -> Facts:
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


def stills(blob: bytes, count: int) -> list[Frame]:
    """Up to `count` frames of a film, spread over it; none where it turns out to be damaged."""
    import av

    found: list[Frame] = []
    duration = facts(blob).duration
    with contextlib.suppress(av.FFmpegError, OSError), _opened(blob) as container:
        for i in range(count):
            at = duration * i / count
            container.seek(int(at * 1_000_000))
            for frame in container.decode(video=0):
                if frame.time is None or frame.time >= at - 1e-3:
                    found.append(frame.to_ndarray(format="rgb24"))
                    break
            if not duration:
                break
    return found


def read(blob: bytes) -> list[Frame]:
    """All frames of a film.

    Raises:
        UnsupportedError: PyAV is not installed.
        LogValueError: it cannot be read.
    """
    require_av("Reading a video")
    import av

    try:
        with _opened(blob) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    except (av.FFmpegError, OSError, IndexError) as error:
        raise LogValueError(f"Video: this file cannot be read: {error}") from error
