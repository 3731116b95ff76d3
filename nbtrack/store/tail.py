"""Following one log: reading what was added since the last time, and nothing twice."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack.store import frames
from nbtrack.store.frames import FILE_HEADER, Frame, Schema, Type
from nbtrack.store.locality import is_local
from nbtrack.store.scan import Scan, scan

if TYPE_CHECKING:
    from pathlib import Path

#: seconds that wrong bytes at the end of a log on a network drive are waited for
PATIENCE = 2.0


@dataclass(slots=True)
class Tail:
    """How far a log was read."""

    path: Path
    #: bytes that were made sense of, here or out of a sealed file
    consumed: int = 0
    #: bytes that it had when it was read last
    size: int = 0
    #: nothing will be added: it has a successor, and was read after that appeared
    done: bool = False
    #: the bytes behind `consumed` may yet become right
    late: bool = False
    schemas: dict[int, Schema] = field(default_factory=dict)
    _skipped: bool = False
    _stuck: float | None = None

    def skip(self, size: int) -> None:
        """Take the first `size` bytes as read: a sealed file says what they hold."""
        if size > self.consumed:
            self.consumed, self._skipped = size, True

    def read(self, *, final: bool) -> tuple[Scan, int] | None:
        """Read what was added, and move on behind it.

        Args:
            final: Nothing more will be added.

        Returns:
            What was found, and what its offsets have to be raised by; None when there is nothing new.

        Raises:
            FileNotFoundError: It was sealed and deleted meanwhile.
            OSError: It cannot be read.
        """
        found = self.path.stat()
        if found.st_size <= self.consumed or (found.st_size == self.size and not self.late):
            return None
        if self._skipped:
            self._read_schemas()
        # with a blank header in front, `scan` reads a tail as it reads a whole log
        blank = FILE_HEADER if self.consumed else 0
        base = self.consumed - blank
        data = bytes(blank) + read_bytes(self.path, self.consumed, found.st_size - self.consumed)
        self.late = not final and self._may_be_late(found.st_mtime)
        result = scan(data, blank, resync=not self.late)
        self.size, consumed = base + len(data), base + result.consumed
        if consumed == self.consumed:
            self._stuck = self._stuck or time.monotonic()
        else:
            self._stuck = None
        self.consumed = consumed
        self.late = self.late and consumed < self.size
        return result, base

    def _may_be_late(self, changed: float) -> bool:
        """Whether wrong bytes at the end may yet become right: on network drives they come in any order."""
        if time.time() - changed > PATIENCE or is_local(self.path):
            return False
        return self._stuck is None or time.monotonic() - self._stuck < PATIENCE

    def _read_schemas(self) -> None:
        """Read the schemas in that part which was taken out of a sealed file."""
        for item in scan(read_bytes(self.path, 0, self.consumed)).items:
            if isinstance(item, Frame) and item.type == Type.SCHEMA:
                with contextlib.suppress(ValueError):
                    schema = frames.decode_schema(item.payload)
                    self.schemas[schema.id] = schema
        self._skipped = False


def read_bytes(path: Path, offset: int, length: int) -> bytes:
    """Read a part of a file, fewer bytes when it ends before."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.pread(descriptor, length, offset)
    finally:
        os.close(descriptor)
