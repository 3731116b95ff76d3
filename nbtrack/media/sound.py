"""From numbers to sound: how values become samples, and the reading of files.

How numbers are read: floats are in [-1, 1] and become 16-bit samples; int16 and int32 are kept; int8 and
uint8 (where 128 is silence) get the loudness of 16 bits. Other integers are 16-bit samples when all fit, else
32-bit ones. What is outside is clipped, NaN is silence; both are counted and said once.

WAV is read and written here (`nbtrack.media.riff`); mp3, flac and ogg are read by soundfile (BSD, a wheel of
1.3 MB with libsndfile), the extra "audio". Without it they are kept as they are, and drawn by the browser.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from nbtrack.errors import LogValueError, NbtrackWarning, UnsupportedError, warn
from nbtrack.media import riff, waveform
from nbtrack.media.base import Encoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.media.base import Json

_FULL = 32767

_said: set[str] = set()


class Facts(NamedTuple):
    """What a sound file says of itself."""

    #: per second and channel
    sample_rate: int
    channels: int
    #: per channel
    samples: int

    def meta(self) -> dict[str, Json]:
        """As it is stored; `duration` in seconds."""
        return {**self._asdict(), "duration": round(self.samples / self.sample_rate, 6)}


# ---- what is stored ---------------------------------------------------------------------------------------


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "audio": numbers to a WAV file, with its waveform.

    Params:
        dtype, shape: of the numbers, numpy's string and (samples, channels) or (channels, samples);
        turned: whether it is the latter; sample_rate.
    """
    numbers = np.frombuffer(data, dtype=np.dtype(cast(str, params["dtype"])))
    numbers = numbers.reshape(cast("list[int]", params["shape"]))
    samples, clipped = pcm(numbers.T if params["turned"] else numbers)
    blob = riff.write(samples, cast(int, params["sample_rate"]))
    meta: dict[str, Json] = {"size": len(blob)}
    if clipped:
        meta["clipped"] = clipped
    known, parts = waveform.parts(samples)
    return Encoded({**meta, **known}, blob, parts=parts)


def keep(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "audio-file": a ready file stays byte for byte; its waveform is added where it can be read.

    Params: format.
    """
    blob, format_ = bytes(data), cast(str, params["format"])
    meta: dict[str, Json] = {"size": len(blob)}
    if not can_read(format_):
        return Encoded(meta, blob)
    samples, sample_rate = decode(blob, format_)
    meta |= Facts(sample_rate, samples.shape[1], len(samples)).meta()
    known, parts = waveform.parts(samples)
    return Encoded({**meta, **known}, blob, parts=parts)


# ---- numbers ----------------------------------------------------------------------------------------------


def pcm(numbers: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Turn numbers into samples by the rules on top of this module.

    Args:
        numbers: integers or floats, (samples, channels).

    Returns:
        int16 or int32 samples of that shape, and how many were clipped or no numbers.
    """
    dtype = numbers.dtype
    if dtype in {np.dtype(np.int16), np.dtype(np.int32)}:
        return numbers, 0
    if dtype == np.int8:
        return numbers.astype(np.int16) << 8, 0
    if dtype == np.uint8:
        return (numbers.astype(np.int16) - 128) << 8, 0
    if dtype.kind == "f":
        return _from_floats(numbers)
    low, high = int(numbers.min()), int(numbers.max())
    to = np.iinfo(np.int16 if low >= -32768 and high <= 32767 else np.int32)
    clipped = int(np.count_nonzero((numbers < to.min) | (numbers > to.max)))
    if clipped:
        _say_once(f"Audio: {clipped:,} integers beyond 32 bits were clipped")
    return np.clip(numbers, to.min, to.max).astype(to.dtype), clipped


def _from_floats(numbers: NDArray[Any]) -> tuple[NDArray[np.int16], int]:
    values = numbers.astype(np.float32)
    outside = ~(np.abs(values) <= 1)  # NaN is outside too
    clipped = int(np.count_nonzero(outside))
    if clipped:
        finite = np.abs(values[np.isfinite(values)])
        largest = float(finite.max()) if finite.size else 0.0
        _say_once(
            f"Audio: {clipped:,} of {values.size:,} samples are outside of -1 to 1 and were clipped (NaN is "
            f"silence; the largest is {largest:g}): divide floats by their largest value, or pass integers"
        )
        values = np.clip(np.nan_to_num(values, nan=0, posinf=1, neginf=-1), -1, 1)
    return np.rint(values * _FULL).astype(np.int16), clipped


# ---- files ------------------------------------------------------------------------------------------------


def sniff(data: bytes) -> str | None:
    """Format of a sound file by its first bytes ("wav", "flac", "ogg", "mp3"), or None."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"OggS":
        return "ogg"
    # a frame of MPEG audio begins with eleven ones; its layer is never 0, which would be AAC
    frame = len(data) > 2 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06 != 0
    return "mp3" if data[:3] == b"ID3" or frame else None


def can_read(format_: str) -> bool:
    """Whether the samples of such a file can be read here."""
    from importlib.util import find_spec

    return format_ == "wav" or find_spec("soundfile") is not None


def facts(blob: bytes, format_: str) -> Facts:
    """Read what a file says of itself.

    Raises:
        LogValueError: it is damaged.
    """
    if format_ == "wav":
        wave = riff.header(blob)
        return Facts(wave.sample_rate, wave.channels, wave.samples)
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(blob)) as file:
            return Facts(file.samplerate, file.channels, max(file.frames, 0))
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise LogValueError(f"Audio: this {format_} file cannot be read: {_words(error)}") from error


def decode(blob: bytes, format_: str) -> tuple[NDArray[Any], int]:
    """Return (samples, channels) and the sample rate of a file; compressed ones as float32 in [-1, 1].

    Raises:
        LogValueError: it is damaged.
        UnsupportedError: it is compressed, and soundfile is not installed.
    """
    if format_ == "wav":
        return riff.read(blob)
    if not can_read(format_):
        raise UnsupportedError(f'reading {format_} needs soundfile: pip install "nbtrack[audio]"')
    import soundfile

    try:
        samples, sample_rate = soundfile.read(io.BytesIO(blob), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise LogValueError(f"Audio: this {format_} file cannot be read: {_words(error)}") from error
    return samples, int(sample_rate)


def _words(error: Exception) -> str:
    """What libsndfile says, without the open file that soundfile puts before it."""
    return str(getattr(error, "error_string", error)).rstrip(".")


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        # an encoder thread has no caller: under `-W error` the sound matters more than the warning
        with contextlib.suppress(NbtrackWarning):
            warn(text)
