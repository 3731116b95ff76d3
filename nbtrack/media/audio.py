"""Sounds: from arrays, files and open files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media import sound
from nbtrack.media.arrays import array_type, to_numpy
from nbtrack.media.base import Raw
from nbtrack.media.clip import Clip, Kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.media.base import Json

ACCEPTED = (
    "an array (samples,) or (samples, channels) of ints or floats with sample_rate, the path of a wav, mp3, "
    "flac or ogg file, its bytes, or an open file"
)
#: more channels than this are samples: the array lies the other way round
_CHANNELS = 32
_RATES = (1, 768_000)


class Audio(Clip):
    """A sound to log.

    Args:
        data_or_path: one of

            - a numpy, torch, tensorflow or jax array of ints or floats, (samples,) or (samples, channels);
              (channels, samples), as torchaudio has it, is understood where the other is impossible;
            - the path of a wav, mp3, flac or ogg file, which is kept byte for byte;
            - the bytes of such a file, or an open file (`io.BytesIO`).
        sample_rate: samples per second and channel, 1 to 768,000; needed for an array. Files have their own.
            Browsers play 3,000 and more.
        caption: text shown with it.

    Raises:
        LogTypeError: a type or dtype that is no sound.
        LogValueError: an array without sample_rate, a shape that is none, no samples, an unreadable file.

    How numbers become samples: `nbtrack.media.sound`; floats are in [-1, 1]. Arrays are not copied here:
    `log()` takes the snapshot, and encoding happens off its thread.

    Example:
        >>> run.log({"speech": nbtrack.Audio(samples, sample_rate=16_000, caption="epoch 3")})
    """

    kind: ClassVar[str] = "audio-file"
    noun: ClassVar[str] = "sound"
    made: ClassVar[frozenset[str]] = frozenset({"parts", "peaks", "levels"})
    #: clips in one logged list; more are cut off with a warning
    MAX_ITEMS: int = 100

    def __init__(self, data_or_path: Any, sample_rate: int | None = None, caption: str | None = None) -> None:
        super().__init__(data_or_path, caption=caption)
        is_list = type(data_or_path) in {list, tuple}
        if isinstance(data_or_path, Kept):
            self._meta, self._raw = dict(data_or_path.meta), data_or_path.raw(self.kind)
        elif is_list or array_type(data_or_path) is not None or hasattr(data_or_path, "__array__"):
            self._meta, self._raw = _of_array(data_or_path, sample_rate)
        else:
            if sample_rate is not None:
                warn("Audio: sample_rate is ignored: a file has its own")
            self._meta, self._raw = _of_file(*_read(data_or_path))

    @property
    def sample_rate(self) -> int | None:
        """Samples per second and channel; None for a compressed file, without soundfile."""
        return cast("int | None", self._meta.get("sample_rate"))

    @property
    def channels(self) -> int | None:
        """1 for mono, 2 for stereo."""
        return cast("int | None", self._meta.get("channels"))

    def to_numpy(self) -> NDArray[Any]:
        """The samples as they are stored: (samples,) for mono, else (samples, channels).

        Returns:
            int16 or int32 of wav files, also of logged arrays; float32 in [-1, 1] of all others.

        Raises:
            UnsupportedError: a compressed file, and soundfile is not installed.
            LogValueError: it was read back before it was encoded, or its file is damaged.
        """
        samples, _ = sound.decode(self._file()[0], self.format)
        return samples[:, 0] if samples.shape[1] == 1 else samples

    def __repr__(self) -> str:
        length = "" if self.duration is None else f" {self.duration:g} s"
        rate = f" at {self.sample_rate} Hz" if self.sample_rate else ""
        many = f", {self.channels} channels" if self.channels and self.channels > 1 else ""
        caption = "" if self.caption is None else f" {self.caption!r}"
        return f"<Audio{length} {self.format}{rate}{many}{caption}>"


def _of_array(value: Any, sample_rate: Any) -> tuple[dict[str, Json], Raw]:
    array = to_numpy(value)
    shape, dtype = array.shape, array.dtype
    if dtype.kind not in "iuf":
        raise LogTypeError(f"Audio: dtype {dtype} of shape {shape} is no sound; accepted: {ACCEPTED}")
    if sample_rate is None:
        raise LogValueError(f"Audio: an array needs sample_rate (shape {shape}); accepted: {ACCEPTED}")
    rate = _rate(sample_rate)
    if array.ndim not in {1, 2}:
        hint = "; one clip at a time: log a list" if array.ndim == 3 else ""
        raise LogValueError(f"Audio: shape {shape} is no sound{hint}; accepted: {ACCEPTED}")
    if not array.size:
        raise LogValueError(f"Audio: the array is empty: shape {shape}; accepted: {ACCEPTED}")
    if dtype.itemsize > 8 or dtype.byteorder == ">":
        array = array.astype(np.float64 if dtype.kind == "f" else dtype.newbyteorder("="))
    memory = array[:, None] if array.ndim == 1 else array
    turned = memory.shape[1] > _CHANNELS and memory.shape[0] <= _CHANNELS
    if not turned and memory.shape[1] > _CHANNELS:
        raise LogValueError(f"Audio: shape {shape}: more than {_CHANNELS} channels; accepted: {ACCEPTED}")
    if memory.flags.f_contiguous and not memory.flags.c_contiguous:  # x.T, undone on paper: saves a copy
        memory, turned = memory.T, not turned
    memory = np.ascontiguousarray(memory)
    samples, channels = reversed(memory.shape) if turned else memory.shape
    params: dict[str, Json] = {
        "dtype": memory.dtype.str,
        "shape": list(memory.shape),
        "turned": turned,
        "sample_rate": rate,
    }
    return {"format": "wav", **sound.Facts(rate, channels, samples).meta()}, Raw("audio", params, memory)


def _rate(value: Any) -> int:
    try:
        rate = int(value)
    except (TypeError, ValueError, OverflowError):
        raise LogTypeError(f"Audio: sample_rate must be a number; got {value!r}") from None
    if not _RATES[0] <= rate <= _RATES[1]:
        raise LogValueError(f"Audio: sample_rate must be from {_RATES[0]} to {_RATES[1]:,}; got {value!r}")
    return rate


def _of_file(data: bytes, name: str) -> tuple[dict[str, Json], Raw]:
    found = sound.sniff(data)
    if found is None:
        what = "is empty" if not data else "is no wav, mp3, flac or ogg file"
        raise LogValueError(f"Audio: {name} {what}; accepted: {ACCEPTED}")
    known = sound.facts(data, found) if sound.can_read(found) else None
    if known is not None and not known.samples:
        raise LogValueError(f"Audio: {name} holds no samples")
    return {"format": found, **(known.meta() if known else {})}, Raw("audio-file", {"format": found}, data)


def _read(source: Any) -> tuple[bytes, str]:
    """Bytes of a file, and what to call it in a message."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), "this"
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        if isinstance(source, str) and "://" in source[:12]:
            raise LogValueError(f"Audio: {source!r} is a URL; only files can be logged: download it first")
        path = Path(source).expanduser()
        try:
            return path.read_bytes(), repr(path.name)
        except (OSError, ValueError) as error:
            raise LogValueError(f"Audio: the file {str(source)!r} cannot be read: {error}") from error
    if callable(getvalue := getattr(source, "getvalue", None)):
        data = getvalue()  # of a BytesIO, wherever it stands
    elif callable(read := getattr(source, "read", None)):
        data = read()
    else:
        raise LogTypeError(f"Audio cannot be made from {type(source).__name__}; accepted: {ACCEPTED}")
    if not isinstance(data, bytes):
        raise LogTypeError(f"Audio: the open file gives {type(data).__name__}, not bytes: open it with 'rb'")
    return data, "the open file"
