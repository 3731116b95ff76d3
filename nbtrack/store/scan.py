"""Reading many frames at once: whole runs of packed rows with numpy, and the way around damage.

A torn end is the normal state of a log that is being written or whose writer was killed. A damaged middle is
skipped up to the next place where frames go on, and reported.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nbtrack.store import crc
from nbtrack.store.frames import (
    FILE_HEADER,
    FRAME_HEAD,
    MAGIC,
    MAX_PAYLOAD,
    VERSION,
    Frame,
    Type,
    frame_end,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nbtrack.store.frames import Buffer

_HEAD = struct.Struct("<IIBI")  # frame head and, for a ROW, its schema id
_ROW_FIXED = 20  # bytes of a ROW payload before its values
_ROW = int(Type.ROW)
_KNOWN = np.zeros(256, bool)
_KNOWN[[int(t) for t in Type]] = True


class Rows(NamedTuple):
    """ROW frames of one schema, in the order they were written.

    Rows of several schemas that alternate come as one item per schema; no other frame stands between them.
    """

    schema: int
    steps: NDArray[np.int64]
    #: unix seconds
    times: NDArray[np.float64]
    #: rows × keys of the schema
    values: NDArray[np.float64]
    #: of the first row's frame, and end of the last one's
    offset: int
    end: int


class Gap(NamedTuple):
    """A stretch of a log that cannot be read."""

    offset: int
    end: int
    what: str


class Scan(NamedTuple):
    """What `scan` found. Go on at `consumed` when the log has grown."""

    items: list[Frame | Rows]
    consumed: int
    gaps: list[Gap]


def scan(buf: Buffer, offset: int = 0, *, resync: bool = True) -> Scan:
    """Read all whole frames of a log from `offset` on (0: the file header comes first).

    Frames of unknown types from 128 on are skipped; one below 128 ends the log for this reader (a gap says
    "newer version", and `consumed` stays before it). Payloads and arrays may be views of `buf`.

    Args:
        buf: the log, or its first part.
        offset: where an earlier scan of the same log stopped (`consumed`).
        resync: look for frames behind a damaged stretch. Without it the scan stops there and reports
            the gap: right for the last bytes of a log that is still being written on a network filesystem.

    Example:
        >>> items, consumed, gaps = scan(path.read_bytes())
    """
    return _Scanner(memoryview(buf)).run(offset, resync)


class _Scanner:
    def __init__(self, view: memoryview) -> None:
        self.view = view
        self.items: list[Frame | Rows] = []
        self.gaps: list[Gap] = []
        #: ROW frames since the last other frame: (schema, payload size) -> [(offset, end) of a run of them]
        self.rows: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def run(self, pos: int, resync: bool) -> Scan:
        if pos < FILE_HEADER:
            if len(self.view) < FILE_HEADER:
                return Scan([], 0, [])
            if self.view[4] > VERSION and bytes(self.view[:4]) == MAGIC:
                return Scan(
                    [], 0, [Gap(0, len(self.view), f"newer version {self.view[4]} of the log format")]
                )
            if bytes(self.view[:5]) != MAGIC + bytes([VERSION]):
                self.gaps.append(Gap(0, FILE_HEADER, "wrong file header"))
            pos = FILE_HEADER
        while True:
            pos = self._frames(pos)
            if pos >= len(self.view) or self._newer(pos):
                break
            after = _next_chain(self.view, pos + 1) if resync else None
            if after is None:
                if frame_end(self.view, pos) < 0:
                    self.gaps.append(Gap(pos, len(self.view), "damaged frame"))
                break
            self.gaps.append(Gap(pos, after, "damaged frames"))
            pos = after
        self._flush()
        return Scan(self.items, pos, self.gaps)

    def _frames(self, pos: int) -> int:
        """Take good frames from `pos` on; return where the first other one begins."""
        view, n = self.view, len(self.view)
        unpack, checksum_of = _HEAD.unpack_from, zlib.crc32
        while pos + _HEAD.size <= n:
            size, checksum, kind, schema = unpack(view, pos)
            end = pos + FRAME_HEAD + size
            if size > MAX_PAYLOAD or end > n:
                return pos
            if kind == _ROW:
                shape = (schema, size)
                pieces = self.rows.get(shape)
                if pieces is None:
                    if size < _ROW_FIXED or (size - _ROW_FIXED) % 8:
                        return pos
                    pieces = self.rows[shape] = []
                elif pieces[-1][1] == pos:  # the second in a row: maybe there are thousands
                    end = self._run(pos, schema, size)
                    if end == pos:
                        return pos
                    pieces[-1] = (pieces[-1][0], end)
                    pos = end
                    continue
                if checksum_of(view[pos + 8 : end]) != checksum:
                    if not pieces:
                        del self.rows[shape]
                    return pos
                pieces.append((pos, end))
            elif checksum_of(view[pos + 8 : end]) != checksum or not self._other(kind, pos, end):
                return pos
            pos = end
        end = frame_end(view, pos)  # the last one may be shorter than that
        return end if end > 0 and view[pos + 8] != _ROW and self._other(view[pos + 8], pos, end) else pos

    def _other(self, kind: int, pos: int, end: int) -> bool:
        """Take a good frame other than ROW; False when it is of a newer version."""
        if _KNOWN[kind]:
            self._flush()
            self.items.append(Frame(kind, self.view[pos + FRAME_HEAD : end], pos, end))
            return True
        return kind >= Type.HINT

    def _run(self, pos: int, schema: int, size: int) -> int:
        """Where good rows of this shape end that begin at `pos`, looking ahead in growing windows."""
        stride = FRAME_HEAD + size
        window = 32
        while True:
            count = min(window, (len(self.view) - pos) // stride)
            if not count:
                return pos
            frames = np.frombuffer(self.view, np.uint8, count * stride, pos).reshape(count, stride)
            head = frames[:, :13].copy()
            same = (head[:, :4].copy().view("<u4")[:, 0] == size) & (head[:, 8] == _ROW)
            same &= head[:, 9:13].copy().view("<u4")[:, 0] == schema
            if not same.all():
                count = int(same.argmin())
            stored = head[:count, 4:8].copy().view("<u4")[:, 0].astype(np.uint32)
            good = count
            if count and not crc.matches(np.ascontiguousarray(frames[:count, 8:]), stored):
                good = next(i for i in range(count) if zlib.crc32(frames[i, 8:].tobytes()) != stored[i])
            pos += good * stride
            if good < len(frames):
                return pos
            window = min(window * 8, 65_536)

    def _flush(self) -> None:
        for (schema, size), pieces in self.rows.items():
            if len(pieces) == 1:
                flat = np.frombuffer(self.view[slice(*pieces[0])], np.uint8)
            else:
                flat = np.frombuffer(b"".join(self.view[start:end] for start, end in pieces), np.uint8)
            self.items.append(_decode(flat, schema, size, pieces[0][0], pieces[-1][1]))
        self.rows = {}

    def _newer(self, pos: int) -> bool:
        """Whether a good frame of a type stands at `pos` that this version must not skip."""
        if frame_end(self.view, pos) <= 0 or _KNOWN[kind := self.view[pos + 8]]:
            return False
        self.gaps.append(Gap(pos, len(self.view), f"frame type {kind} of a newer version"))
        return True


def _decode(flat: NDArray[np.uint8], schema: int, size: int, offset: int, end: int) -> Rows:
    columns = (size - _ROW_FIXED) // 8
    layout = np.dtype(
        [("head", "V13"), ("step", "<i8"), ("time", "<f8"), ("values", "<f8", (columns,))], align=False
    )
    table = flat.view(layout)
    return Rows(
        schema,
        np.ascontiguousarray(table["step"], np.int64),
        np.ascontiguousarray(table["time"], np.float64),
        np.ascontiguousarray(table["values"], np.float64),
        offset,
        end,
    )


def _next_chain(view: memoryview, start: int) -> int | None:
    """First offset from `start` where two good frames follow each other, or one ends with the buffer."""
    block = 2**20
    for base in range(start, len(view) - FRAME_HEAD + 1, block):
        data = np.frombuffer(view[base : base + block + FRAME_HEAD - 1], np.uint8)
        n = len(data) - FRAME_HEAD + 1
        size = sum(data[i : n + i].astype(np.uint32) << np.uint32(8 * i) for i in range(4))
        here = np.arange(base, base + n)
        fits = (size <= MAX_PAYLOAD) & _KNOWN[data[8 : n + 8]] & (here + FRAME_HEAD + size <= len(view))
        pos: int
        for pos in here[fits].tolist():
            end = pos + FRAME_HEAD + int.from_bytes(view[pos : pos + 4], "little")
            # the cheap test first: what follows must look like a frame
            if end != len(view) and (end + FRAME_HEAD > len(view) or not _KNOWN[view[end + 8]]):
                continue
            if frame_end(view, pos) > 0 and (end == len(view) or frame_end(view, end) > 0):
                return pos
    return None
