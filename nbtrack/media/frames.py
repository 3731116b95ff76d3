"""From numbers to moving pictures: how values become 8 bits, and how batches become a grid.

How numbers are read: uint8 as it is, bool as black and white, integers as 0 to 255; floats that all lie in
[0, 1] times 255, in [-1, 1] as (x + 1) * 127.5, otherwise as 0 to 255. What is outside is clipped, fractions
are cut off, NaN is black. W&B casts floats, which makes [0, 1] black; that the two differ is said once.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import NbtrackWarning, warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]  # (height, width, 3)

_said: set[str] = set()


def grid(batch: int) -> tuple[int, int]:
    """Rows and columns in which W&B lays out a batch: filled up to a power of two, wider than high."""
    full = batch if batch & (batch - 1) == 0 else 1 << batch.bit_length()
    rows = 1 << ((batch.bit_length() - 1) // 2)
    return rows, full // rows


def frames_of(batch: NDArray[Any]) -> Callable[[int], Frame]:
    """Return what makes the frame at an index.

    Args:
        batch: numbers, (batch, time, channel, height, width).
    """
    samples = _eight_bit(batch)
    return lambda i: _rgb(_tiled(samples(batch[:, i])))


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


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        # an encoder thread has no caller: under `-W error` the film matters more than the warning
        with contextlib.suppress(NbtrackWarning):
            warn(text)
