"""WAV files: written as plain PCM, read also where they hold floats or say more of their format.

RIFF as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", and the extensible
format of `mmreg.h`. The standard library's `wave` reads neither floats nor, before Python 3.12, that one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nbtrack.errors import LogValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
#: (format, bits) that can be read; 8 bits are unsigned, 24 have no type of numpy's
_TYPES: dict[tuple[int, int], str] = {
    (_PCM, 8): "u1",
    (_PCM, 16): "<i2",
    (_PCM, 24): "u1",
    (_PCM, 32): "<i4",
    (_FLOAT, 32): "<f4",
    (_FLOAT, 64): "<f8",
}


class Wave(NamedTuple):
    """What the header of a WAV file says, and where its samples lie."""

    sample_rate: int
    channels: int
    bits: int
    form: int
    #: first byte of the samples
    start: int
    #: samples per channel
    samples: int


def write(samples: NDArray[Any], sample_rate: int) -> bytes:
    """Return a WAV file.

    Args:
        samples: int16 or int32, (samples, channels).
        sample_rate: per second and channel.

    Raises:
        LogValueError: more than the 4 GiB that a WAV file can hold.
    """
    little = np.ascontiguousarray(samples, samples.dtype.newbyteorder("<"))
    width, channels = little.dtype.itemsize, little.shape[1]
    if little.nbytes > 0xFFFF_FFFF - 36:
        raise LogValueError(f"Audio: {little.nbytes:,} bytes are more than a WAV file holds (4 GiB)")
    block = width * channels
    form = struct.pack("<HHIIHH", _PCM, channels, sample_rate, sample_rate * block, block, width * 8)
    size = little.nbytes
    head = struct.pack("<4sI4s4sI16s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, form, b"data", size)
    return head + little.tobytes()


def header(data: bytes) -> Wave:
    """Read the header of a WAV file. Samples that it promises and that are not there are not counted.

    Raises:
        LogValueError: it is damaged, or its samples are compressed.
    """
    form: tuple[int, int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        at += 8
        if name == b"fmt " and size >= 16 and at + 16 <= len(data):
            kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", data, at)
            if kind == _EXTENSIBLE and size >= 26 and at + 26 <= len(data):
                (kind,) = struct.unpack_from("<H", data, at + 24)
            form = kind, channels, rate, block, bits
        elif name == b"data" and form is not None:
            kind, channels, rate, block, bits = form
            if (kind, bits) not in _TYPES:
                raise LogValueError(
                    f"Audio: this WAV file is of format {kind} with {bits} bits; PCM and float can be read"
                )
            if not channels or not rate or block != channels * bits // 8:
                raise LogValueError("Audio: this WAV file is damaged: its header contradicts itself")
            return Wave(rate, channels, bits, kind, at, min(size, len(data) - at) // block)
        at += size + size % 2
    raise LogValueError("Audio: this WAV file is damaged: it has no samples")


def read(data: bytes) -> tuple[NDArray[Any], int]:
    """Return (samples, channels) and the sample rate of a WAV file.

    Samples are as they lie there: int16, int32 or float32; 8 bits become int16 and 24 bits int32, with the
    same loudness; float64 becomes float32.

    Raises:
        LogValueError: it is damaged, or its samples are compressed.
    """
    wave = header(data)
    count = wave.samples * wave.channels
    dtype = np.dtype(_TYPES[wave.form, wave.bits])
    numbers = np.frombuffer(data, dtype, count * wave.bits // 8 // dtype.itemsize, wave.start)
    if wave.bits == 8:
        numbers = (numbers.astype(np.int16) - 128) << 8
    elif wave.bits == 24:
        wide = np.zeros((count, 4), np.uint8)
        wide[:, 1:] = numbers.reshape(-1, 3)
        numbers = wide.view("<i4")[:, 0]
    elif wave.bits == 64:
        numbers = numbers.astype(np.float32)
    return numbers.reshape(-1, wave.channels).astype(
        numbers.dtype.newbyteorder("="), copy=False
    ), wave.sample_rate
