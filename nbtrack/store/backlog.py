"""What the disk did not take: it waits in memory, in order and within bounds."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.store.logfile import Record

#: bytes that may wait
QUEUE_BYTES = 64 * 2**20


class Backlog:
    """Records and blobs that wait for the disk. Not locked; the journal is.

    Attributes:
        bytes: how much waits.
        lost: how many records and blobs did not fit.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self.lost = 0
        self._records: deque[Record] = deque()
        self._blobs: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._records) + len(self._blobs)

    def add(self, record: Record) -> bool:
        """Let `record` wait; False when there is no room for it."""
        if not self._room(record.size()):
            return False
        self._records.append(record)
        return True

    def add_blob(self, sha: str, data: bytes | memoryview) -> bool:
        """Let a blob wait; False when there is no room for it."""
        if sha not in self._blobs:
            if not self._room(len(data)):
                return False
            self._blobs[sha] = bytes(data)
        return True

    def _room(self, size: int) -> bool:
        if self.bytes + size > QUEUE_BYTES:
            self.lost += 1
            return False
        self.bytes += size
        return True

    def drain(
        self, write: Callable[[Record], bool], put_blob: Callable[[bytes], object], limit: int | None
    ) -> bool:
        """Hand over the blobs and up to `limit` records (None: all), as far as they are taken.

        Args:
            write: says whether it took the record.
            put_blob: raises OSError when it did not take the blob.
            limit: of records.

        Returns:
            Whether everything offered was taken and there is more.
        """
        for sha, data in list(self._blobs.items()):
            try:
                put_blob(data)
            except OSError:  # told when it began to wait; the next round tries again
                return False
            del self._blobs[sha]
            self.bytes -= len(data)
        for _ in range(len(self._records) if limit is None else min(limit, len(self._records))):
            if not write(self._records[0]):
                return False
            self.bytes -= self._records.popleft().size()
        return bool(self._records)

    def give_up(self) -> int:
        """Forget what waits, count it as lost, and return how much that was."""
        waiting = len(self)
        self.lost += waiting
        self.bytes = 0
        self._records.clear()
        self._blobs.clear()
        return waiting
