"""The journal: how one process writes one run. One `write(2)` a call, and what to do when that fails.

When `rows` returns, its bytes are in the page cache of the operating system: the death of the process loses
nothing. The way of a call:

1. The usual one: the keys are known in this file, so it is one packed row, one checksum, one write.
2. Something is new (a file, keys, a cell): the same single write takes the frames that say so in front.
3. The write fails or is short: the file is left as it is (readers stop at a torn frame) and the call's record
   goes into the next one. If that cannot be made either, it waits in memory, up to 64 MiB in all, and the
   syncer thread tries again each second. Nothing of this raises into training; it is warned about, and what
   did not fit into memory is counted in `lost`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import zlib
from typing import TYPE_CHECKING

from nbtrack.errors import RunFinishedError
from nbtrack.store.backlog import QUEUE_BYTES, Backlog
from nbtrack.store.feed import FileFeed
from nbtrack.store.frames import (
    LEAD,
    MAX_INLINE_BLOB,
    Close,
    Type,
    encode_blob,
    encode_close,
    encode_meta,
    encode_text,
)
from nbtrack.store.logfile import Record
from nbtrack.store.protocols import Hint
from nbtrack.store.stream import Origin, Stream
from nbtrack.store.syncer import fdatasync, sync_path, syncer
from nbtrack.store.troubles import Troubles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution

#: records that are written in one go, while callers wait, when the disk is back
BATCH = 1000
#: characters of console output in one frame
TEXT_CHARS = 2**20

# the names of the hot path
_ROW = int(Type.ROW)
_crc32 = zlib.crc32
_lead = LEAD.pack
_write = os.write


class Journal:
    """`LogSink` of one process for one run. Safe for threads; a forked child writes a stream of its own.

    The first file is made by the first write. A process that exits without `close` closes it with reason
    "exit"; a killed one leaves it open, which is legal.

    Args:
        store: the store.
        run_id: the run (or other entity).
        run_dir: its folder.
        started: unix seconds at which the run began in this process.
        offset: seconds that it had run before (resumed); `_runtime` = time - started + offset.
        rank: of this process in distributed training.

    Example:
        >>> journal = Journal(store, "a1b2c3d4", run_dir, started=time.time())    # doctest: +SKIP
        >>> journal.rows(0, time.time(), ("loss", "epoch"), "fi", (0.3, 1))       # doctest: +SKIP
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        run_dir: Path,
        *,
        started: float,
        offset: float = 0.0,
        rank: int | None = None,
    ) -> None:
        self._store = store
        self._run_dir = run_dir
        self._origin = Origin(run_id, started, offset, rank)
        self._feed = FileFeed(store.root)
        self._cell: CellExecution | None = None
        self._closed = False
        self._forked = False
        self._begin()
        syncer.watch(self)

    def _begin(self) -> None:
        """Be a new writer that has written nothing."""
        # RLock: a signal handler (SIGTERM: log, finish) may come in the middle of a call of its own thread
        self._lock = threading.RLock()
        self._sync_lock = threading.RLock()
        self._troubles = Troubles(f"run {self._origin.run_id}")
        self._stream = Stream(self._store, self._run_dir, self._origin, self._troubles)
        self._stream.renew(self._cell)
        self._backlog = Backlog()
        self._clock = 0

    def __repr__(self) -> str:
        return f"Journal({self._origin.run_id!r}, writer={self.writer!r})"

    @property
    def writer(self) -> str:
        """10 characters of base 32; others in a forked child."""
        return self._stream.writer

    @property
    def lost(self) -> int:
        """Calls whose data could be neither written nor kept in memory."""
        return self._backlog.lost

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait in memory for the disk to take them."""
        return self._backlog.bytes

    # ---- writing ------------------------------------------------------------------------------------------

    def rows(
        self,
        step: int,
        time: float,
        keys: tuple[str, ...],
        letters: str,
        values: Sequence[float],
        extra: bytes = b"",
    ) -> None:
        """Write the numbers of one call, and `extra` before them; safe from SIGKILL on return.

        Args:
            step: signed 64-bit integer.
            time: unix seconds.
            keys: names of the values; may be empty (then only `extra` is written).
            letters: f, i or b for each key.
            values: anything that packs as a double.
            extra: whole frames (OBJ, BLOB, META, ...).

        Raises:
            RunFinishedError: after `close`.
        """
        with self._lock:
            stream = self._stream
            log = stream.direct
            if log is not None and not extra:
                shape = log.shapes.get((keys, letters))
                if shape is not None:
                    schema, pack, length, total, counts = shape
                    body = pack(_ROW, schema, step, time, *values)
                    try:
                        written = _write(log.fd, _lead(length, _crc32(body)) + body)
                    except OSError as error:
                        stream.abandon(log, error)
                    else:
                        if written == total:
                            log.size = size = log.size + total
                            if counts:
                                stream.step = step
                            if size >= log.attention:
                                stream.attend(log)
                            return
                        stream.abandon(log, None)
        self._put(Record(self._cell, step, time, keys, letters, tuple(values), extra))

    def append(self, frames: bytes) -> None:
        """Write whole frames that were encoded elsewhere (see `nbtrack.store.frames`)."""
        self._put(Record(self._cell, extra=frames))

    def meta(self, op: str, path: Sequence[str], value: object = None) -> None:
        """Write an edit: `op` is set, del, add or remove; `path` as docs/design.md lists them."""
        with self._lock:
            self._clock = max(self._clock + 1, int(time.time() * 1000) << 16)
            frame = encode_meta(op, path, value, self._clock)
            self._stream.remember(frame)
            self._stream.event = self._stream.event or "meta"
        self.append(frame)

    def blob(self, data: bytes | memoryview) -> str:
        """Keep bytes and return their SHA-256 (hex): small ones in the log, others as a file of the store."""
        sha = hashlib.sha256(data).hexdigest()
        if len(data) < MAX_INLINE_BLOB:
            log = self._stream.log
            if log is None or sha not in log.blobs:
                self._put(Record(self._cell, extra=encode_blob(sha, data), blob=sha))
            return sha
        try:
            self._store.put_blob(data)
        except OSError as error:
            self._troubles.note("write", f"{self._store.root} takes no data ({error}); it waits in memory")
            with self._lock:
                self._wait(self._backlog.add_blob(sha, data))
            self._tell()
        return sha

    def text(self, stream: str, text: str, time: float) -> None:
        """Write console output; `stream` is stdout or stderr, `time` unix seconds."""
        for start in range(0, len(text), TEXT_CHARS):
            self.append(encode_text(time, stream, text[start : start + TEXT_CHARS]))

    def set_cell(self, cell: CellExecution | None) -> None:
        """Say which cell execution writes from now on. Costs no write; the next one carries it."""
        with self._lock:
            self._cell = cell
            self._stream.renew(cell)

    def rotate(self) -> None:
        """Close the current file and go on in the next one."""
        with self._lock:
            self._stream.rescue()
            self._stream.rotate()
        self._tell()

    def close(self, reason: str = "finish", exit_code: int | None = 0) -> None:
        """Write CLOSE and make everything durable. Harmless when called twice.

        Args:
            reason: finish, exit or fork (a child process ends), or edit (changes from outside of the run).
            exit_code: of the run; 0 means that it went well.
        """
        with self._lock:
            if self._closed:
                return
            stream = self._stream
            stream.rescue()
            self._flush()
            if reason == "exit" and self._forked:
                reason = "fork"
            if stream.number or reason == "finish":
                last = encode_close(Close(reason, exit_code or 0, time.time()))
                stream.write(Record(self._cell, extra=last))
            if waiting := self._backlog.give_up():
                self._troubles.note("lost", f"what {waiting} calls logged is lost: the disk did not take it")
            if stream.log is not None:
                stream.event = reason
                self._publish()
            stream.leave()
            self._closed = True
        syncer.unwatch(self)
        self.sync()
        syncer.flush()
        with contextlib.suppress(OSError):  # some filesystems cannot sync a folder
            sync_path(self._run_dir)
        self._tell()

    def sync(self) -> None:
        """Make what was written durable against the death of the machine, now."""
        with self._sync_lock:
            with self._lock:
                stream, log = self._stream, self._stream.log
                retired = list(stream.retired)
                fds = list(retired)
                if log is not None:
                    if log.size > log.synced:
                        fds.append(log.fd)
                    log.synced = log.size
                    log.attention = 0
            try:
                for fd in fds:  # without the lock: this takes milliseconds, and `rows` goes on
                    fdatasync(fd)
            except OSError as error:
                self._troubles.note("sync", f"the disk cannot make the run durable: {error}")
            with self._lock:
                for fd in retired:
                    stream.retired.remove(fd)
                    os.close(fd)

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            self.close("exit")

    # ---- what the syncer calls ----------------------------------------------------------------------------

    def tick(self, beat: bool) -> bool:
        """Do what is due; return whether something still waits for the disk."""
        with self._lock:
            if self._closed:
                return False
            self._stream.rescue()
            if beat:
                self._stream.beat()
        while self._flush(BATCH):  # callers get their turn in between
            pass
        with self._lock:
            stream = self._stream
            stream.rotate_if_old()
            if beat and stream.log is not None and stream.log.has_news:
                stream.event = stream.event or "beat"
        self.sync()
        self._tell()
        return bool(self._backlog)

    def before_fork(self) -> None:
        """Let no other thread be in the middle of something while the process is copied."""
        self._lock.acquire(timeout=1.0)

    def after_fork(self) -> None:
        """Go on, in the parent."""
        with contextlib.suppress(RuntimeError):  # a disk that hung for a second: it was not acquired
            self._lock.release()

    def forked(self) -> None:
        """Become a writer of one's own, in the child. The parent's locks and files are not touched."""
        self._stream.abort()
        self._forked = True
        self._begin()

    # ---- the slow path ------------------------------------------------------------------------------------

    def _put(self, record: Record) -> None:
        with self._lock:
            if self._closed:
                run = self._origin.run_id
                raise RunFinishedError(f"run {run!r} has ended: nothing can be written to it any more")
            if not self._stream.number:
                syncer.watch(self)  # again: a forked child has no syncer thread until it writes
            if self._backlog or not self._stream.write(record):
                self._wait(self._backlog.add(record))
        self._tell()

    def _wait(self, fits: bool) -> None:
        """Something is in memory instead of on the disk, or not even there."""
        self._stream.held = True
        self._stream.renew(self._cell)
        if not fits:
            self._troubles.note(
                "full",
                f"more than {QUEUE_BYTES >> 20} MiB wait for the disk of {self._run_dir}; "
                "what is logged until there is room again is lost",
            )
        syncer.wake()

    def _flush(self, limit: int | None = None) -> bool:
        """Write up to `limit` of what waits; return whether to go on."""
        with self._lock:
            more = self._backlog.drain(self._stream.write, self._store.put_blob, limit)
            self._stream.held = bool(self._backlog)
            self._stream.renew(self._cell)
            return more

    def _tell(self) -> None:
        """Say what there is to say. Called without the lock."""
        if self._stream.event:
            self._publish()
        self._troubles.tell()

    def _publish(self) -> None:
        stream = self._stream
        if (log := stream.log) is not None:
            state, stream.event = stream.event, ""
            hint = Hint(self._origin.run_id, stream.writer, log.number, log.size, state)
            self._feed.publish(hint)
