"""The journal: how one process writes one run. One `write(2)` a call, and what to do when that fails.

When `rows` returns, its bytes are in the page cache of the operating system: the death of the process loses
nothing. The way of a call:

1. The usual one: the keys are known in this file, so it is one packed row, one checksum, one write.
2. Something is new (a file, keys, a cell): the same single write takes the frames that say so in front.
3. The write fails or is short: the file is left as it is (readers stop at a torn frame) and the call's record
   goes into the next one. If that cannot be made either, it waits in memory, up to 64 MiB in all, and the
   syncer thread tries again each second. Nothing of this raises into training; it is warned about, and what
   did not fit into memory is counted in `lost`.

A file that was deleted under us is still there behind its descriptor, and is written again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import zlib
from collections import deque
from typing import TYPE_CHECKING

from nbtrack.errors import RunFinishedError, warn
from nbtrack.store.feed import FileFeed
from nbtrack.store.frames import (
    LEAD,
    MAX_INLINE_BLOB,
    Beat,
    Close,
    Hello,
    Type,
    encode_beat,
    encode_blob,
    encode_close,
    encode_hello,
    encode_meta,
    encode_text,
    file_header,
)
from nbtrack.store.layout import new_writer
from nbtrack.store.liveness import boot, host
from nbtrack.store.locality import is_local
from nbtrack.store.logfile import LogFile, Record, Shape
from nbtrack.store.protocols import Hint
from nbtrack.store.syncer import fdatasync, sync_path, syncer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution

#: bytes after which a log is closed and the next one begun
ROTATE_BYTES = 8 * 2**20
#: seconds after which it is, if something was written
ROTATE_SECONDS = 15 * 60.0
#: bytes of records that wait in memory while the disk takes none
QUEUE_BYTES = 64 * 2**20
#: records that are written in one go, while callers wait, when the disk is back
BATCH = 1000
#: bytes of META frames that are remembered in case the run's folder is deleted
META_BYTES = 2**20
#: characters of console output in one frame
TEXT_CHARS = 2**20
#: seconds before the same trouble is told again
REPEAT_AFTER = 600.0

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

    Attributes:
        writer: 10 characters of base 32; another one in a forked child.
        lost: calls whose data could be neither written nor kept in memory.
        queued_bytes: bytes that wait in memory for the disk to take them.

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
        self._run_id = run_id
        self._run_dir = run_dir
        self._started = started
        self._offset = offset
        self._rank = rank
        self._feed = FileFeed(store.root)
        self._forked = False
        self._cell: CellExecution | None = None
        self._closed = False
        self._begin()
        syncer.watch(self)

    def _begin(self) -> None:
        """Be a new writer that has written nothing."""
        # RLock: a signal handler (SIGTERM: log, finish) may come in the middle of a call of its own thread
        self._lock = threading.RLock()
        self._sync_lock = threading.RLock()
        self.writer = new_writer()
        self.lost = 0
        self.queued_bytes = 0
        self._queue: deque[Record] = deque()
        self._blobs: dict[str, bytes] = {}
        self._log: LogFile | None = None
        #: the log while nothing stands between a row and its write
        self._direct: LogFile | None = None
        self._number = 0
        #: descriptors of logs that are left, until they are synced and closed
        self._retired: list[int] = []
        self._step = -1
        self._clock = 0
        self._metas: list[bytes] = []
        self._hint = ""
        self._torn = ""
        self._troubles: list[str] = []
        self._told: dict[str, float] = {}

    def __repr__(self) -> str:
        return f"Journal({self._run_id!r}, writer={self.writer!r})"

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
        """Write the numbers of one call, and `extra` before them; durable against SIGKILL on return.

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
            log = self._direct
            if log is not None and not extra:
                shape = log.shapes.get((keys, letters))
                if shape is not None:
                    schema, pack, length, total, counts = shape
                    body = pack(_ROW, schema, step, time, *values)
                    try:
                        written = _write(log.fd, _lead(length, _crc32(body)) + body)
                    except OSError as error:
                        self._abandon(log, error)
                    else:
                        if written == total:
                            log.size = size = log.size + total
                            if counts:
                                self._step = step
                            if size >= log.attention:
                                self._attend(log)
                            return
                        self._abandon(log, None)
        self._put(Record(self._cell, step, time, keys, letters, tuple(values), extra))

    def append(self, frames: bytes) -> None:
        """Write whole frames that were encoded elsewhere (see `nbtrack.store.frames`)."""
        self._put(Record(self._cell, extra=frames))

    def meta(self, op: str, path: Sequence[str], value: object = None) -> None:
        """Write an edit: `op` is set, del, add or remove; `path` as docs/design.md lists them."""
        with self._lock:
            self._clock = max(self._clock + 1, int(time.time() * 1000) << 16)
            frame = encode_meta(op, path, value, self._clock)
            if sum(map(len, self._metas)) + len(frame) <= META_BYTES:
                self._metas.append(frame)
            self._hint = self._hint or "meta"
        self.append(frame)

    def blob(self, data: bytes | memoryview) -> str:
        """Keep bytes and return their SHA-256 (hex): small ones in the log, others as a file of the store."""
        sha = hashlib.sha256(data).hexdigest()
        if len(data) < MAX_INLINE_BLOB:
            log = self._log
            if log is None or sha not in log.blobs:
                self._put(Record(self._cell, extra=encode_blob(sha, data), blob=sha))
            return sha
        try:
            self._store.put_blob(data)
        except OSError as error:
            with self._lock:
                if sha not in self._blobs and self._room(len(data), error):
                    self._blobs[sha] = bytes(data)
                    self.queued_bytes += len(data)
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
            self._renew_direct()

    def rotate(self) -> None:
        """Close the current file and go on in the next one."""
        with self._lock:
            self._rescue()
            if self._log is not None:
                self._rotate(self._log)
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
            self._rescue()
            self._flush()
            if reason == "exit" and self._forked:
                reason = "fork"
            if self._number or reason == "finish":
                last = encode_close(Close(reason, exit_code or 0, time.time()))
                self._try(Record(self._cell, extra=last))
            waiting = len(self._queue) + len(self._blobs)
            if waiting:
                self.lost += waiting
                self._trouble("lost", f"what {waiting} calls logged is lost: the disk did not take it")
                self._queue.clear()
                self._blobs.clear()
                self.queued_bytes = 0
            if self._log is not None:
                self._hint = reason
                self._publish(self._log)
                self._retire(self._log)
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
                retired = list(self._retired)
                log = self._log
                fds = list(retired)
                if log is not None:
                    if log.size > log.synced:
                        fds.append(log.fd)
                    log.synced = log.size
                    log.attention = 0
            try:
                for fd in fds:  # without the lock: this takes milliseconds, and `log` goes on
                    fdatasync(fd)
            except OSError as error:
                self._trouble("sync", f"the disk cannot make the run durable: {error}")
            with self._lock:
                for fd in retired:
                    self._retired.remove(fd)
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
            self._rescue()
            log = self._log
            if log is not None and beat:
                self._beat(log)
        while self._flush(BATCH):  # callers get their turn in between
            pass
        with self._lock:
            log = self._log
            if log is not None:
                new = log.size > log.quiet
                if new and time.monotonic() - log.born >= ROTATE_SECONDS:
                    self._rotate(log)
                elif new and beat:
                    self._hint = self._hint or "beat"
        self.sync()
        self._tell()
        return bool(self._queue or self._blobs)

    def _beat(self, log: LogFile) -> None:
        sign = Beat(time.time(), time.monotonic(), os.getpid(), boot(), self._step)
        before = log.size
        if self._try(Record(log.cell, extra=encode_beat(sign))) and self._log is log:
            log.quiet += log.size - before

    def before_fork(self) -> None:
        """Let no other thread be in the middle of something while the process is copied."""
        self._lock.acquire(timeout=1.0)

    def after_fork(self) -> None:
        """Go on, in the parent."""
        with contextlib.suppress(RuntimeError):  # a disk that hung for a second: it was not acquired
            self._lock.release()

    def forked(self) -> None:
        """Become a writer of one's own, in the child. The parent's locks and descriptors are not touched."""
        fds = list(self._retired)
        if self._log is not None:
            fds.append(self._log.fd)
        for fd in fds:
            # closing our copy does not unlock; keeping it would let a dead parent look alive
            with contextlib.suppress(OSError):
                os.close(fd)
        self._forked = True
        self._begin()

    # ---- the slow path ------------------------------------------------------------------------------------

    def _put(self, record: Record) -> None:
        with self._lock:
            if self._closed:
                raise RunFinishedError(
                    f"run {self._run_id!r} has ended: nothing can be written to it any more"
                )
            if (self._queue or not self._try(record)) and self._room(size := record.size()):
                self._queue.append(record)
                self.queued_bytes += size
        self._tell()

    def _try(self, record: Record) -> bool:
        """Write `record`: into the current file, else into a new one. False when neither takes it."""
        log = self._log
        if log is not None and log.is_full_for(record):
            self._rotate(log)
            log = self._log
        if log is not None:
            frames, shape = log.encode(record)
            try:
                complete = os.write(log.fd, frames) == len(frames)
            except OSError as error:
                self._abandon(log, error)
            else:
                if complete:
                    log.size += len(frames)
                    self._wrote(log, record, shape)
                    return True
                self._abandon(log, None)
        try:
            self._open(record)
        except OSError as error:
            self._trouble("write", f"{self._run_dir} takes no data ({error}); it waits in memory")
            self._torn = ""  # said with it
            return False
        if self._torn:
            self._trouble("torn", f"{self._torn}; it goes on in a new file")
            self._torn = ""
        return True

    def _wrote(self, log: LogFile, record: Record, shape: Shape | None) -> None:
        log.wrote(record, shape)
        if shape is not None and shape.counts:
            self._step = record.step
        self._renew_direct()
        if log.size >= log.attention:
            self._attend(log)

    def _open(self, record: Record) -> None:
        """Begin the next file, with `record` in it.

        Raises:
            OSError: it cannot be made.
        """
        now = time.time()
        hello = Hello(
            self._run_id,
            self.writer,
            os.getpid(),
            host(),
            boot(),
            now,
            self._started,
            self._offset,
            self._rank,
        )
        path = self._run_dir / f"{self.writer}-{self._number:06d}.nbl"
        log = LogFile(path, self._number, file_header(now) + encode_hello(hello))
        frames, shape = log.encode(record)
        try:
            log.create(frames, lock=is_local(self._run_dir))
        except FileNotFoundError:
            self._remake_folder()
            log.create(frames, lock=is_local(self._run_dir))
        self._log = log
        self._number += 1
        self._wrote(log, record, shape)
        self._hint = "open"
        syncer.watch(self)  # again: a forked child has no syncer thread until it writes

    def _rotate(self, log: LogFile) -> None:
        """Begin the next file; when that cannot be, stay."""
        try:
            self._open(Record(self._cell))
        except OSError as error:
            self._trouble("rotate", f"no new log can be made in {self._run_dir}: {error}")
            log.attention = log.size + ROTATE_BYTES // 8
            return
        with contextlib.suppress(OSError):  # a file with a successor is closed, whether it says so or not
            os.write(log.fd, encode_close(Close("rotate", 0, time.time())))
        self._retired.append(log.fd)
        self._renew_direct()
        syncer.wake()

    def _attend(self, log: LogFile) -> None:
        """Look up from writing: the first bytes since the last sync, or a full file."""
        if log.size >= ROTATE_BYTES and log.attention:
            self._rotate(log)
        else:
            log.attention = ROTATE_BYTES
            syncer.wake()

    def _abandon(self, log: LogFile, error: OSError | None) -> None:
        """Leave a file that did not take a write."""
        self._torn = f"writing to {log.path} failed: {error or 'the disk took only a part'}"
        self._retire(log)

    def _retire(self, log: LogFile) -> None:
        if self._log is log:
            self._log = self._direct = None
            self._retired.append(log.fd)
            syncer.wake()

    def _renew_direct(self) -> None:
        log = self._log
        ready = log is not None and not self._queue and log.cell == self._cell and not self._closed
        self._direct = log if ready else None

    # ---- trouble ------------------------------------------------------------------------------------------

    def _room(self, size: int, error: OSError | None = None) -> bool:
        """Whether `size` more bytes may wait in memory; counts them as lost if not."""
        if error is not None:
            self._trouble("write", f"{self._run_dir} takes no data ({error}); it waits in memory")
        self._direct = None
        syncer.watch(self)
        syncer.wake()
        if self.queued_bytes + size <= QUEUE_BYTES:
            return True
        self.lost += 1
        self._trouble(
            "full",
            f"more than {QUEUE_BYTES >> 20} MiB wait for the disk of {self._run_dir}; "
            "what is logged until there is room again is lost",
        )
        return False

    def _flush(self, limit: int | None = None) -> bool:
        """Write up to `limit` records that wait; whether to go on."""
        with self._lock:
            for sha, data in list(self._blobs.items()):
                try:
                    self._store.put_blob(data)
                except OSError:  # told already; the next round tries again
                    return False
                del self._blobs[sha]
                self.queued_bytes -= len(data)
            for _ in range(len(self._queue) if limit is None else min(limit, len(self._queue))):
                record = self._queue[0]
                if not self._try(record):
                    return False
                self._queue.popleft()
                self.queued_bytes -= record.size()
            self._renew_direct()
            return bool(self._queue)

    def _rescue(self) -> None:
        """If somebody deleted the current file, write it again."""
        log = self._log
        if log is None or not log.is_gone():
            return
        self._trouble("gone", f"{log.path} was deleted while the run goes on; it is written again")
        try:
            try:
                old = log.rescue(lock=is_local(self._run_dir))
            except FileNotFoundError:
                self._remake_folder()
                old = log.rescue(lock=is_local(self._run_dir))
        except OSError as error:
            self._trouble("write", f"and cannot be written again: {error}")
            return
        self._retired.append(old)
        if log.number and self._metas:  # name, config, ... stood in files that are gone for good
            self._try(Record(self._cell, extra=b"".join(self._metas)))

    def _remake_folder(self) -> None:
        self._store.restore()
        self._run_dir.mkdir(parents=True, exist_ok=True)

    def _trouble(self, kind: str, what: str) -> None:
        """Warn about `what`, soon (not under the lock), and not again for a while."""
        now = time.monotonic()
        if now - self._told.get(kind, -REPEAT_AFTER) >= REPEAT_AFTER:
            self._told[kind] = now
            self._troubles.append(what)

    def _tell(self) -> None:
        """Say what there is to say. Called without the lock: a warning may print, and printing may log."""
        if self._hint and self._log is not None:
            self._publish(self._log)
        while self._troubles:
            try:
                what = self._troubles.pop(0)
            except IndexError:  # another thread said it
                return
            warn(f"run {self._run_id}: {what}")

    def _publish(self, log: LogFile) -> None:
        state, self._hint = self._hint, ""
        self._feed.publish(Hint(self._run_id, self.writer, log.number, log.size, state))
