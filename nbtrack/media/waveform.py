"""Waveforms: the lowest and the highest sample of stretches of a sound, at several lengths.

A page that draws an hour of sound 1,000 pixels wide needs two numbers a pixel, whatever it has zoomed to. So
a sound has a small overview (`peaks`) and, where that is too coarse to zoom in, a pyramid (`pyramid`) whose
finest level has `BLOCK` samples a stretch: less than a hundredth of the sound. Past that level the samples
themselves are as few as the pixels, and the page reads them from the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.media.base import Json

#: stretches of the overview, at most
PEAKS = 4096
#: samples in a stretch of the finest level, and how many times longer they are a level up
BLOCK, STEP = 256, 4
#: stretches of the finest level, at most: of sounds beyond a hundred minutes they are longer
_FINEST = 1 << 20
_FULL = 32767
#: samples that are looked at in one go
_AT_ONCE = 1 << 22


def parts(samples: NDArray[Any]) -> tuple[dict[str, Json], dict[str, bytes]]:
    """Return what is stored of a waveform.

    Args:
        samples: (samples, channels) of int16, int32, or floats in [-1, 1].

    Returns:
        What the meta says: `peaks`, the number of stretches of the overview, and `levels`, the samples in a
        stretch of each level of the pyramid, finest first. And the files: "peaks", int16 (channels, peaks,
        2), and "pyramid", the levels one after the other, int16 (stretches, channels, 2); little-endian.
        Nothing of a sound without samples, no pyramid of one that the overview shows well enough.
    """
    overview = peaks(samples)
    if not overview.size:
        return {}, {}
    meta: dict[str, Json] = {"peaks": overview.shape[1]}
    files = {"peaks": overview.astype("<i2").tobytes()}
    levels = pyramid(samples)
    if levels:
        meta["levels"] = list(levels)
        files["pyramid"] = b"".join(level.astype("<i2").tobytes() for level in levels.values())
    return meta, files


def peaks(samples: NDArray[Any]) -> NDArray[np.int16]:
    """Return the overview: extremes of up to `PEAKS` stretches of equal length, where 32767 is full loudness.

    Args:
        samples: (samples, channels) of int16, int32, or floats in [-1, 1].

    Returns:
        (channels, stretches, 2).
    """
    count = len(samples)
    stretches = min(count, PEAKS)
    if not stretches:
        return np.zeros((samples.shape[1], 0, 2), np.int16)
    starts = np.arange(stretches, dtype=np.int64) * count // stretches
    both = [np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)]
    return _sixteen_bit(np.stack(both, axis=-1).transpose(1, 0, 2))


def pyramid(samples: NDArray[Any]) -> dict[int, NDArray[np.int16]]:
    """Return the levels that are finer than the overview: samples in a stretch -> (stretches, channels, 2).

    The last stretch of a level may be shorter than the others.
    """
    block = BLOCK
    while len(samples) > block * _FINEST:
        block *= STEP
    levels: dict[int, NDArray[np.int16]] = {}
    if len(samples) <= block * PEAKS:
        return levels
    level = levels[block] = _finest(samples, block)
    while len(level) > STEP * PEAKS:
        block *= STEP
        starts = np.arange(0, len(level), STEP)
        lows = np.minimum.reduceat(level[..., 0], starts)
        level = levels[block] = np.stack([lows, np.maximum.reduceat(level[..., 1], starts)], axis=-1)
    return levels


def _finest(samples: NDArray[Any], block: int) -> NDArray[np.int16]:
    """Extremes of each `block` samples, some at a time, so that no second copy of the sound is made."""
    found = []
    step = max(1, _AT_ONCE // block) * block
    for at in range(0, len(samples), step):
        piece = samples[at : at + step]
        starts = np.arange(0, len(piece), block)
        both = [np.minimum.reduceat(piece, starts), np.maximum.reduceat(piece, starts)]
        found.append(_sixteen_bit(np.stack(both, axis=-1)))
    return np.concatenate(found)


def _sixteen_bit(both: NDArray[Any]) -> NDArray[np.int16]:
    if both.dtype.kind == "f":
        both = np.clip(np.nan_to_num(both), -1, 1) * _FULL
    elif both.dtype.itemsize == 4:
        both = both >> 16
    return both.astype(np.int16)
