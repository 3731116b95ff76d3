"""GIFs as Pillow makes and reads them."""

from __future__ import annotations

import contextlib
import io
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nbtrack.errors import LogValueError
from nbtrack.media.film import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PIL.Image import Image as Picture

    from nbtrack.media.frames import Frame

#: a GIF's delays are whole hundredths of a second, and browsers slow down shorter ones than two
MOST_FPS = 50


def write(frames: Iterable[Frame], count: int, fps: float) -> bytes:
    """Write an endless GIF of `count` frames, each with colors of its own."""
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
    first.save(
        buffer, "GIF", save_all=True, append_images=each, duration=_delays(count, fps), loop=0, optimize=False
    )
    return buffer.getvalue()


def _delays(count: int, fps: float) -> list[int]:
    """Milliseconds of each frame, in whole hundredths of a second, rounded without any drift."""
    ends = [round(i * 100 / fps) for i in range(count + 1)]
    return [10 * (end - begin) for begin, end in pairwise(ends)]


@contextlib.contextmanager
def _opened(blob: bytes) -> Iterator[Picture]:
    """Open a GIF; what goes wrong inside is a LogValueError (Pillow's reader knows many ways to fail)."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(blob), formats=["GIF"]) as picture:
            yield picture
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise LogValueError(f"Video: this GIF cannot be read: {error}") from error


def read(blob: bytes) -> Iterator[tuple[Frame, float]]:
    """Yield (frame, seconds that it stays) of a GIF."""
    from PIL import ImageSequence

    with _opened(blob) as picture:
        for page in ImageSequence.Iterator(picture):
            yield np.asarray(page.convert("RGB")), page.info.get("duration", 100) / 1000


def size(blob: bytes) -> tuple[int, int]:
    """Width and height of a GIF. Only its first frame is looked at: to count them, all have to be decoded.

    Raises:
        LogValueError: it cannot be read.
    """
    with _opened(blob) as picture:
        picture.load()
        return picture.size


def facts(blob: bytes) -> Facts:
    """Read what a GIF says of itself, decoding all of it.

    Raises:
        LogValueError: it cannot be read.
    """
    delays = [delay for _, delay in read(blob)]
    width, height = size(blob)
    duration = sum(delays)
    return Facts(width, height, len(delays) / duration if duration else 0, len(delays), duration, "gif")
