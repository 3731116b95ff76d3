"""Where raw media wait for their encoder: a file beside the logs, safe when the process is killed.

`put` copies bytes into the page cache with one `pwritev` and returns. Against SIGKILL that is as safe as a
shared memory map, and it measured better: as fast on warm pages (the speed of a plain copy), several times
faster on cold ones, no page faults after each writeback, the GIL is free meanwhile, every filesystem can do
it, and a full disk is an OSError where a map would end the process with SIGBUS.

Regions are used again after `release`, so that the pages stay warm; before that, never. Whenever the file has
to grow, a thread writes ahead a little, so that the next ones find warm pages. The header of each region says
to readers in other processes whether it still is the one that they look for.
"""

from __future__ import annotations

import atexit
import bisect
import contextlib
import errno
import os
import struct
import threading
import zlib
from typing import TYPE_CHECKING
from weakref import WeakSet

from nbtrack.store.layout import new_writer
from nbtrack.store.model import SpoolRef

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

#: bytes of all regions together, by default
LIMIT = 512 * 2**20
#: seconds that `put` waits for room
PATIENCE = 10.0
#: regions begin at multiples of this many bytes
PAGE = 4096
#: how much is written ahead: this many times the region that made the file grow, at most so many bytes
AHEAD_TIMES = 4
AHEAD_BYTES = 32 * 2**20

_MAGIC = b"NBSPOOL1"
_HEADER = struct.Struct("<8sQQI")  # magic, length, number, checksum of a sample of the data
_CRC = struct.Struct("<I")  # of the header
#: pieces that one system call takes (IOV_MAX is 1024 on Linux, 16 is what POSIX asks for at least)
_MAX_PARTS = 512
HEADER_BYTES = 64
#: bytes at either end of the data that the sample takes
_SAMPLE = 4096
_ZEROS = bytes(2**20)


class Spool:
    """The raw area of one writer in a run's folder. Safe for threads; a forked child gets a file of its own.

    The file is made by the first `put` and deleted once the spool is closed and everything was released.

    Args:
        run_dir: folder of the run.
        writer: name of the file; default: a new one.
        limit: bytes that may wait at a time.

    Example:
        >>> spool = Spool(run_dir)                        # doctest: +SKIP
        >>> ref = spool.put(array)                        # doctest: +SKIP
        >>> picture = encode(spool.get(ref))              # doctest: +SKIP
        >>> spool.release(ref)                            # doctest: +SKIP
    """

    def __init__(self, run_dir: Path, writer: str = "", *, limit: int = LIMIT) -> None:
        self._run_dir = run_dir
        self._limit = limit
        self._closed = False
        self._begin(writer or new_writer())
        _spools.add(self)

    def _begin(self, writer: str) -> None:
        self._name = f"{writer}.spool"
        self._changed = threading.Condition()
        self._area: _Area | None = None
        #: by file name: the current area, and deleted ones of which regions are still in use
        self._areas: dict[str, _Area] = {}
        self._number = 0
        self._used = 0

    def put(self, *data: Buffer) -> SpoolRef:
        """Copy `data`, one piece after the other, into the spool; from now on the caller may change them.

        Waits while more than the limit is in the spool, up to ten seconds. (One region alone may be larger.)

        Args:
            *data: each C-contiguous.

        Raises:
            OSError: the disk is full or does not answer. TimeoutError: nothing was released for ten seconds.
            ValueError: the spool is closed.
        """
        views = [memoryview(piece).cast("B") for piece in data if memoryview(piece).nbytes]
        length = sum(map(len, views))
        size = -(-(HEADER_BYTES + length) // PAGE) * PAGE
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._fits(size), PATIENCE):
                raise TimeoutError(
                    errno.ETIMEDOUT, f"{self._used >> 20} MiB of media wait for their encoder", self._name
                )
            if self._closed:
                raise ValueError("the spool is closed")
            area = self._current()
            offset, grown = area.take(size)
            self._used += size
            self._number += 1
            ref = SpoolRef(area.path.name, offset, length, self._number)
        try:
            _write(area.fd, [_header(ref, _sample(views)), *views], offset)
        except BaseException:
            self._free(area, offset)
            raise
        if grown:
            self._write_ahead(area, size)
        return ref

    def get(self, ref: SpoolRef) -> bytes:
        """Bytes of a region that was not released.

        Raises:
            FileNotFoundError, ValueError: it is not there.
        """
        with self._changed:
            area = self._areas.get(ref.file)
            if area is not None and ref.offset not in area.used:
                raise ValueError(f"{ref} was released")
        if area is not None:
            return _read(area.fd, ref.offset + HEADER_BYTES, ref.length)
        return read_spool(self._run_dir, ref)

    def release(self, ref: SpoolRef) -> None:
        """Give a region back: the log can do without it. Regions of other processes are left alone."""
        area = self._areas.get(ref.file)
        if area is None:
            return
        if ref.offset not in area.used:
            raise ValueError(f"{ref} was released before")
        with contextlib.suppress(OSError):  # readers then rely on the number alone
            os.pwrite(area.fd, bytes(HEADER_BYTES), ref.offset)
        self._free(area, ref.offset)

    def close(self) -> None:
        """Take nothing any more. The file goes when the last region is released; what is not, stays in it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            for area in list(self._areas.values()):
                self._drop_if_empty(area)

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            self.close()
        for area in getattr(self, "_areas", {}).values():
            os.close(area.fd)  # something in it waits for another process; the file stays

    def forked(self) -> None:
        """Begin anew in a child process. What the parent has in its spool is left alone."""
        areas = self._areas
        self._begin(new_writer())
        for area in areas.values():
            with contextlib.suppress(OSError):
                os.close(area.fd)

    # ---- space --------------------------------------------------------------------------------------------

    def _fits(self, size: int) -> bool:
        return not self._used or self._used + size <= self._limit

    def _current(self) -> _Area:
        """The area for new regions. When its file was deleted under us, that is a new one."""
        if self._area is None or os.fstat(self._area.fd).st_nlink == 0:
            if self._area is not None:
                self._name = f"{new_writer()}.spool"
            self._area = _Area(self._run_dir / self._name)
            self._areas[self._name] = self._area
        return self._area

    def _free(self, area: _Area, offset: int) -> None:
        with self._changed:
            self._used -= area.give_back(offset)
            if self._closed or area is not self._area:
                self._drop_if_empty(area)
            self._changed.notify_all()

    def _drop_if_empty(self, area: _Area) -> None:
        if not area.used.keys() - area.warming:
            area.unlink()
            if not area.warming:  # else its thread still writes to the descriptor
                self._areas.pop(area.path.name)
                os.close(area.fd)

    def _write_ahead(self, area: _Area, size: int) -> None:
        with self._changed:
            ahead = min(size * AHEAD_TIMES, AHEAD_BYTES, self._limit - area.end)
            if area.warming or self._closed or ahead < PAGE:
                return
            offset = area.extend(ahead // PAGE * PAGE)
            area.warming.add(offset)
        threading.Thread(target=self._warm, args=(area, offset), name="nbtrack-spool", daemon=True).start()

    def _warm(self, area: _Area, offset: int) -> None:
        length = area.used[offset]
        with contextlib.suppress(OSError):  # a full disk: it is `put` that has to say so
            for at in range(0, length, len(_ZEROS)):
                os.pwrite(area.fd, _ZEROS[: length - at], offset + at)
        with self._changed:
            area.warming.discard(offset)
            area.give_back(offset)
            if self._closed:
                self._drop_if_empty(area)


class _Area:
    """A file and which parts of it are in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            self.fd = os.open(path, flags, 0o666)
        except FileNotFoundError:  # the run's folder was deleted
            path.parent.mkdir(parents=True, exist_ok=True)
            self.fd = os.open(path, flags, 0o666)
        self.end = 0
        #: offset -> bytes
        self.used: dict[int, int] = {}
        #: (offset, bytes) in order, never two that touch
        self.free: list[tuple[int, int]] = []
        #: offset of the region that is being written ahead, if any
        self.warming: set[int] = set()

    def take(self, size: int) -> tuple[int, bool]:
        """Return the offset of a region (the smallest free one that fits), and whether the file grew."""
        fitting = [region for region in self.free if region[1] >= size]
        if not fitting:
            return self.extend(size), True
        best = min(fitting, key=lambda region: region[1])
        self.free.remove(best)
        if best[1] > size:
            bisect.insort(self.free, (best[0] + size, best[1] - size))
        self.used[best[0]] = size
        return best[0], False

    def extend(self, size: int) -> int:
        """Return the offset of a new region at the end."""
        offset, self.end = self.end, self.end + size
        self.used[offset] = size
        return offset

    def give_back(self, offset: int) -> int:
        """Free a region, join it with free neighbors; return its size."""
        size = length = self.used.pop(offset)
        at = bisect.bisect(self.free, (offset, 0))
        if at < len(self.free) and self.free[at][0] == offset + length:
            length += self.free.pop(at)[1]
        if at and sum(self.free[at - 1]) == offset:
            offset, before = self.free.pop(at - 1)
            length += before
        bisect.insort(self.free, (offset, length))
        return size

    def unlink(self) -> None:
        """Remove the file, unless it is another one by now."""
        with contextlib.suppress(OSError):  # gone already; or `nbtrack tidy` will
            if os.path.samestat(self.path.stat(), os.fstat(self.fd)):
                self.path.unlink()


def read_spool(run_dir: Path, ref: SpoolRef) -> bytes:
    """Bytes of a region that a process, maybe a dead one, left in the spool of a run.

    Raises:
        FileNotFoundError: the spool is gone (everything in it was encoded).
        ValueError: the region is not what `ref` means: released, used again, or damaged.
    """
    if "/" in ref.file or "\\" in ref.file or not ref.file.endswith(".spool"):
        raise ValueError(f"{ref.file!r} is not the name of a spool")
    with (run_dir / ref.file).open("rb") as file:
        file.seek(ref.offset)
        region = file.read(HEADER_BYTES + ref.length)
    head, data = region[:HEADER_BYTES], region[HEADER_BYTES:]
    if len(data) < ref.length:
        raise ValueError(f"{ref} is cut off: {len(data)} of {ref.length} bytes are there")
    magic, length, number, sample = _HEADER.unpack_from(head)
    if magic != _MAGIC or _CRC.unpack_from(head, _HEADER.size)[0] != zlib.crc32(head[: _HEADER.size]):
        raise ValueError(f"{ref} was released or damaged")
    if length != ref.length or number != ref.seq:
        raise ValueError(f"{ref} was used again, for region {number} of {length} bytes")
    if sample != _sample([memoryview(data)]):
        raise ValueError(f"{ref} is damaged")
    return data


def _header(ref: SpoolRef, sample: int) -> bytes:
    head = _HEADER.pack(_MAGIC, ref.length, ref.seq, sample)
    return (head + _CRC.pack(zlib.crc32(head))).ljust(HEADER_BYTES, b"\0")


def _sample(views: list[memoryview]) -> int:
    """Checksum of both ends: it costs nothing, and a power failure rarely leaves out the middle alone."""
    if sum(map(len, views)) <= 2 * _SAMPLE:
        return zlib.crc32(b"".join(views))
    first, last = b"", b""
    for view in views:
        first += view[: _SAMPLE - len(first)]
    for view in reversed(views):
        last = bytes(view[max(0, len(view) - _SAMPLE + len(last)) :]) + last
    return zlib.crc32(last, zlib.crc32(first))


def _write(fd: int, parts: list[bytes | memoryview], offset: int) -> None:
    """Write all of `parts`; the write after a short one says what is wrong."""
    for start in range(0, len(parts), _MAX_PARTS):
        some = parts[start : start + _MAX_PARTS]
        total = sum(map(len, some))
        done = os.pwritev(fd, some, offset)
        if done < total:
            rest = memoryview(b"".join(some))
            while done < total:
                done += os.pwrite(fd, rest[done:], offset + done)
        offset += total


def _read(fd: int, offset: int, length: int) -> bytes:
    data = os.pread(fd, length, offset)
    while len(data) < length:  # one read gives at most 2 GiB
        more = os.pread(fd, length - len(data), offset + len(data))
        if not more:
            raise ValueError(f"the spool ends at {offset + len(data)}, before the end of the region")
        data += more
    return data


_spools: WeakSet[Spool] = WeakSet()


def _forked() -> None:
    for spool in list(_spools):
        spool.forked()


def _at_exit() -> None:
    for spool in list(_spools):
        spool.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
