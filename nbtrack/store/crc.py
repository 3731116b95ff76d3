"""CRC-32 of many equal-sized pieces at once.

A million packed rows are a million checksums, and a Python loop over `zlib.crc32` takes longer than
everything else that a reader does with them. CRC-32 is linear: the checksum of `a + b` is
`M(len(b)) · crc(a) ^ crc(b)`, with `M` a 32 × 32 bit matrix. So the stored checksums are folded pairwise
(numpy, log2(n) rounds) into the checksum that the pieces have when laid end to end, and one pass of zlib over
all of them must give the same. `M` can be inverted, so one damaged piece is found as surely as by its own
checksum; which one it was, the caller finds out by looking at each.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = NDArray[np.uint32]

_POLYNOMIAL = 0xEDB88320  # of zlib, bit-reversed
#: below this many pieces the folding costs more than looking at each
_FEW = 4_096


def matches(pieces: NDArray[np.uint8], crcs: NDArray[np.uint32]) -> bool:
    """Whether each row of `pieces` (n × length, C-contiguous) has the checksum at its place in `crcs`."""
    if len(pieces) < _FEW:
        length, view = pieces.shape[1], pieces.data.cast("B")
        return all(
            zlib.crc32(view[at : at + length]) == crc
            for at, crc in zip(range(0, len(view), length), crcs.tolist(), strict=True)
        )
    return zlib.crc32(pieces.data) == combine(crcs, pieces.shape[1])


def combine(crcs: NDArray[np.uint32], length: int) -> int:
    """Checksum of the concatenation of pieces of `length` bytes each, from the checksums of the pieces."""
    matrix = _zeros(length)
    while len(crcs) > 1:
        if len(crcs) % 2:  # the checksum of nothing is 0, and in front it changes nothing
            crcs = np.concatenate([np.zeros(1, np.uint32), crcs])
        crcs = _apply(matrix, crcs[0::2]) ^ crcs[1::2]
        matrix = _apply(matrix, matrix)
    return int(crcs[0]) if len(crcs) else 0


@lru_cache(maxsize=64)
def _zeros(length: int) -> Columns:
    """Matrix, as 32 columns, that appends `length` zero bytes to a checksum."""
    bit = np.array([_POLYNOMIAL, *(1 << np.arange(31))], dtype=np.uint32)
    power = bit
    for _ in range(3):  # one bit -> one byte
        power = _apply(power, power)
    result: Columns = (1 << np.arange(32)).astype(np.uint32)
    while length:
        if length & 1:
            result = _apply(power, result)
        power = _apply(power, power)
        length >>= 1
    return result


def _apply(matrix: Columns, vectors: Columns) -> Columns:
    """Matrix times each vector over GF(2), a byte of the vector at a time."""
    out = np.zeros(len(vectors), np.uint32)
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    for byte in range(4):
        columns = matrix[byte * 8 : byte * 8 + 8]
        table = np.bitwise_xor.reduce(np.where(bits, columns, np.uint32(0)), axis=1)
        out ^= table[(vectors >> np.uint32(8 * byte)) & np.uint32(255)]
    return out
