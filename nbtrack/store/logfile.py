"""One log file of a journal: its descriptor, and what has been said in it so far."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import zlib
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.errors import LogValueError
from nbtrack.store.frames import LEAD, Type, encode_cell, encode_row, encode_schema, row_packer
from nbtrack.store.model import SYSTEM_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbtrack.store.model import CellExecution

#: schemas of one file, at most
MAX_SCHEMAS = 4096


class Record(NamedTuple):
    """What one call writes. Knows nothing of a file, so that it can be written to any."""

    cell: CellExecution | None
    step: int = 0
    time: float = 0.0
    keys: tuple[str, ...] = ()
    letters: str = ""
    values: tuple[float, ...] = ()
    #: whole frames that go before the row
    extra: bytes = b""
    #: SHA-256 of the BLOB frame in `extra`
    blob: str = ""

    def size(self) -> int:
        """About how many bytes it takes. Raises what the row's values raise when they are no numbers."""
        names = sum(map(len, self.keys))
        return len(encode_row(0, self.step, self.time, self.values)) + names + len(self.extra) + 64


class Shape(NamedTuple):
    """How to write rows of certain keys in this file."""

    schema: int
    pack: Callable[..., bytes]
    #: bytes of the payload, and of the whole frame
    length: int
    total: int
    #: whether such a row says how far the run has come
    counts: bool


class LogFile:
    """A log that is open for appending. It exists under its name only once its first bytes are in it.

    Args:
        path: its name.
        number: its place in the stream.
        prelude: file header and HELLO.
    """

    __slots__ = (
        "attention",
        "blobs",
        "born",
        "cell",
        "fd",
        "next_schema",
        "number",
        "path",
        "prelude",
        "quiet",
        "shapes",
        "size",
        "synced",
    )

    def __init__(self, path: Path, number: int, prelude: bytes) -> None:
        self.path = path
        self.number = number
        self.prelude = prelude
        self.fd = -1
        self.size = 0
        #: of these bytes, those that were synced
        self.synced = 0
        #: of these bytes, those that say nothing new (prelude, signs of life)
        self.quiet = len(prelude)
        #: size at which the journal wants to look up: at once when all is synced, else when the file is full
        self.attention = 0
        self.born = time.monotonic()
        self.shapes: dict[tuple[tuple[str, ...], str], Shape] = {}
        self.next_schema = 0
        self.blobs: set[str] = set()
        self.cell: CellExecution | None = None

    def create(self, first: bytes, *, lock: bool) -> None:
        """Make the file, with the prelude and `first` in it.

        Raises:
            OSError: it cannot be made or `first` does not fit; nothing is left behind.
        """
        self.fd = _create(self.path, self.prelude + first, lock=lock)
        self.size = len(self.prelude) + len(first)

    def rescue(self, *, lock: bool) -> int:
        """Make a deleted file again from its descriptor and go on in the copy; return the old descriptor."""
        content = os.pread(self.fd, self.size, 0)
        old, self.fd = self.fd, _create(self.path, content, lock=lock)
        self.synced = 0
        return old

    def is_gone(self) -> bool:
        """Whether somebody deleted (or replaced) the file under us."""
        try:
            return not os.path.samestat(self.path.stat(), os.fstat(self.fd))
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:  # a network that does not answer says nothing about the file
            return False

    @property
    def has_news(self) -> bool:
        """Whether more than signs of life was written."""
        return self.size > self.quiet

    def is_full_for(self, record: Record) -> bool:
        """Whether `record` has keys that are new here, and there are too many already."""
        known = (record.keys, record.letters) in self.shapes
        return bool(record.keys) and not known and len(self.shapes) >= MAX_SCHEMAS

    def encode(self, record: Record) -> tuple[bytes, Shape | None]:
        """Frames of `record` in this file, and the shape of its row. Call `wrote` when they are written."""
        parts = []
        if record.cell != self.cell:
            parts.append(encode_cell(record.cell))
        parts.append(record.extra)
        shape = None
        if record.keys:
            shape = self.shapes.get((record.keys, record.letters))
            if shape is None:
                shape = self._new_shape(record)
                parts.append(encode_schema(shape.schema, record.keys, record.letters))
            body = shape.pack(Type.ROW, shape.schema, record.step, record.time, *record.values)
            parts.append(LEAD.pack(shape.length, zlib.crc32(body)) + body)
        return b"".join(parts), shape

    def _new_shape(self, record: Record) -> Shape:
        count = len(record.keys)
        if not count == len(record.letters) == len(record.values):
            raise LogValueError(
                f"a row needs one letter and one value for each key: {count} keys, "
                f"{len(record.letters)} letters, {len(record.values)} values"
            )
        # counted before the write: a number is never given twice, whatever interrupts us
        schema, self.next_schema = self.next_schema, self.next_schema + 1
        length = 20 + 8 * count
        counts = not record.keys[0].startswith(SYSTEM_PREFIX)
        return Shape(schema, row_packer(count), length, length + 9, counts)

    def wrote(self, record: Record, shape: Shape | None) -> None:
        """Remember what readers of this file now know."""
        self.cell = record.cell
        if shape is not None:
            self.shapes[record.keys, record.letters] = shape
        if record.blob:
            self.blobs.add(record.blob)


def _create(path: Path, content: bytes, *, lock: bool) -> int:
    """Make the file at `path` with `content`, or nothing at all; return its descriptor.

    Readers see it only when it is whole and, on a local filesystem, locked: the lock is how they know that
    the writer lives. The descriptor can read too, so that a deleted file can be rescued.
    """
    temp = path.with_name(f".{path.name}.tmp")
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
    fd = os.open(temp, flags, 0o666)
    try:
        if lock:
            with contextlib.suppress(OSError):  # without it, signs of life tell
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = os.write(fd, content)
        while done < len(content):  # the next write says what is wrong
            done += os.write(fd, content[done:])
        temp.rename(path)
    except BaseException:
        os.close(fd)
        with contextlib.suppress(OSError):
            temp.unlink()
        raise
    return fd
