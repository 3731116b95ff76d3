"""The files of one writer, one after the other. Not locked; the journal is."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.store.frames import Beat, Close, Hello, encode_beat, encode_close, encode_hello, file_header
from nbtrack.store.layout import new_writer
from nbtrack.store.liveness import boot, host
from nbtrack.store.locality import is_local
from nbtrack.store.logfile import LogFile, Record, Shape
from nbtrack.store.syncer import syncer

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution
    from nbtrack.store.troubles import Troubles

#: bytes after which a log is closed and the next one begun
ROTATE_BYTES = 8 * 2**20
#: seconds after which it is, if something was written
ROTATE_SECONDS = 15 * 60.0
#: bytes of META frames that are remembered in case the run's folder is deleted
META_BYTES = 2**20


class Origin(NamedTuple):
    """What each file says in front: see `Hello`."""

    run_id: str
    started: float
    offset: float
    rank: int | None


class Stream:
    """Writes records into the current file, and makes the next one when that is full, old or broken.

    Args:
        store: made again when somebody deletes it.
        run_dir: where the files are.
        origin: what they begin with.
        troubles: gets told.

    Attributes:
        writer: id of this stream.
        log: the current file, if any.
        direct: the same, while nothing stands between a row and its write.
        held: whether other records have to go first.
        event: what readers should hear of next ("" for nothing).
        step: last step written.
    """

    def __init__(self, store: Store, run_dir: Path, origin: Origin, troubles: Troubles) -> None:
        self._store = store
        self._run_dir = run_dir
        self._origin = origin
        self._troubles = troubles
        self.writer = new_writer()
        self.log: LogFile | None = None
        self.direct: LogFile | None = None
        self.held = False
        self.event = ""
        self.step = -1
        self.number = 0
        #: descriptors of files that were left, until they are synced and closed
        self.retired: list[int] = []
        self._cell: CellExecution | None = None
        self._metas: list[bytes] = []
        self._torn = ""

    # ---- writing ------------------------------------------------------------------------------------------

    def write(self, record: Record) -> bool:
        """Write `record` into the current file, else into a new one; False when neither takes it."""
        log = self.log
        if log is not None and log.is_full_for(record):
            self.rotate()
            log = self.log
        if log is not None:
            frames, shape = log.encode(record)
            try:
                complete = os.write(log.fd, frames) == len(frames)
            except OSError as error:
                self.abandon(log, error)
            else:
                if complete:
                    log.size += len(frames)
                    self._wrote(log, record, shape)
                    return True
                self.abandon(log, None)
        try:
            self._open(record)
        except OSError as error:
            self._troubles.note("write", f"{self._run_dir} takes no data ({error}); it waits in memory")
            self._torn = ""  # said with it
            return False
        if self._torn:
            self._troubles.note("torn", f"{self._torn}; it goes on in a new file")
            self._torn = ""
        return True

    def _wrote(self, log: LogFile, record: Record, shape: Shape | None) -> None:
        log.wrote(record, shape)
        if shape is not None and shape.counts:
            self.step = record.step
        self.renew(self._cell)
        if log.size >= log.attention:
            self.attend(log)

    def renew(self, cell: CellExecution | None) -> None:
        """Say which cell writes, and find out anew whether rows may go the direct way."""
        self._cell = cell
        log = self.log
        self.direct = log if log is not None and not self.held and log.cell == cell else None

    def remember(self, meta: bytes) -> None:
        """Keep a META frame, to say it again should the file be deleted in which it stands."""
        if sum(map(len, self._metas)) + len(meta) <= META_BYTES:
            self._metas.append(meta)

    def beat(self) -> None:
        """Write a sign of life."""
        log = self.log
        if log is not None:
            sign = Beat(time.time(), time.monotonic(), os.getpid(), boot(), self.step)
            before = log.size
            if self.write(Record(log.cell, extra=encode_beat(sign))) and self.log is log:
                log.quiet += log.size - before

    # ---- files --------------------------------------------------------------------------------------------

    def _open(self, record: Record) -> None:
        """Begin the next file, with `record` in it.

        Raises:
            OSError: it cannot be made.
        """
        now = time.time()
        run_id, started, offset, rank = self._origin
        hello = Hello(run_id, self.writer, os.getpid(), host(), boot(), now, started, offset, rank)
        path = self._run_dir / f"{self.writer}-{self.number:06d}.nbl"
        log = LogFile(path, self.number, file_header(now) + encode_hello(hello))
        frames, shape = log.encode(record)
        try:
            log.create(frames, lock=is_local(self._run_dir))
        except FileNotFoundError:
            self._make_folder()
            log.create(frames, lock=is_local(self._run_dir))
        self.log = log
        self.number += 1
        self.event = "open"
        self._wrote(log, record, shape)

    def rotate(self) -> None:
        """Close the current file and begin the next; when that cannot be made, stay."""
        log = self.log
        if log is None:
            return
        try:
            self._open(Record(self._cell))
        except OSError as error:
            self._troubles.note("rotate", f"no new log can be made in {self._run_dir}: {error}")
            log.attention = log.size + ROTATE_BYTES // 8
            return
        with contextlib.suppress(OSError):  # a file with a successor is closed, whether it says so or not
            os.write(log.fd, encode_close(Close("rotate", 0, time.time())))
        self.retired.append(log.fd)
        syncer.wake()

    def rotate_if_old(self) -> None:
        """Rotate after a quarter of an hour, if that brought anything."""
        log = self.log
        if log is not None and log.has_news and time.monotonic() - log.born >= ROTATE_SECONDS:
            self.rotate()

    def attend(self, log: LogFile) -> None:
        """Look up from writing: the first bytes since the last sync, or a full file."""
        if log.size >= ROTATE_BYTES and log.attention:
            self.rotate()
        else:
            log.attention = ROTATE_BYTES
            syncer.wake()

    def abandon(self, log: LogFile, error: OSError | None) -> None:
        """Leave a file that did not take a write, or only a part of it (None)."""
        if self.log is log:
            self._torn = f"writing to {log.path} failed: {error or 'the disk took only a part'}"
            self.leave()

    def leave(self) -> None:
        """Write no more to the current file."""
        if self.log is not None:
            self.retired.append(self.log.fd)
            self.log = self.direct = None
            syncer.wake()

    def rescue(self) -> None:
        """If somebody deleted the current file, write it again: it is still there behind its descriptor."""
        log = self.log
        if log is None or not log.is_gone():
            return
        self._troubles.note("gone", f"{log.path} was deleted while the run goes on; it is written again")
        lock = is_local(self._run_dir)
        try:
            try:
                old = log.rescue(lock=lock)
            except FileNotFoundError:
                self._make_folder()
                old = log.rescue(lock=lock)
        except OSError as error:
            self._troubles.note("rescue", f"{log.path} cannot be written again: {error}")
            return
        self.retired.append(old)
        if log.number and self._metas:  # name, config, ... stood in files that are gone for good
            self.write(Record(self._cell, extra=b"".join(self._metas)))

    def _make_folder(self) -> None:
        self._store.restore()
        self._run_dir.mkdir(parents=True, exist_ok=True)

    def abort(self) -> None:
        """Close all descriptors and say nothing: they belong to the process that we were forked from."""
        fds = [*self.retired, *([self.log.fd] if self.log else [])]
        for fd in fds:
            # closing our copy does not unlock; keeping it would let a dead parent look alive
            with contextlib.suppress(OSError):
                os.close(fd)
