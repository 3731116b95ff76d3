"""The one background thread of the write side: durability, signs of life, second attempts.

`write(2)` is enough against the death of the process. Against the death of the machine this thread calls
`fdatasync` on what was written, about two seconds after the first unsynced byte; every fifteen seconds it
lets each journal write its BEAT; and while a journal could not write at all, it lets it try again each
second. It sleeps while there is nothing to do. All journals of a process share it, by weak references.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from pathlib import Path

#: seconds between the first unsynced write and its fdatasync
SYNC_AFTER = 2.0
#: seconds between signs of life
BEAT_EVERY = 15.0
#: seconds between attempts to write what did not go to the disk
RETRY_EVERY = 1.0

fdatasync = getattr(os, "fdatasync", os.fsync)


def sync_path(path: str | Path) -> None:
    """Make a file, or the entries of a folder, durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class Watched(Protocol):
    """What the syncer calls; implemented by `Journal`."""

    def tick(self, beat: bool) -> bool:
        """Do the due work; return whether something still waits to be written."""

    def close(self, reason: str) -> None:
        """The process ends."""

    def before_fork(self) -> None:
        """The process is about to be copied: be in no intermediate state."""

    def after_fork(self) -> None:
        """It was copied; this is still the old one."""

    def forked(self) -> None:
        """This is a new process, a copy of the one that owned the files."""


class Syncer:
    """See the module's text. There is one instance, `syncer`."""

    def __init__(self) -> None:
        self._watched: WeakSet[Watched] = WeakSet()
        self._paths: set[str] = set()
        self._child = False
        #: thread id -> the journals whose locks it holds for a fork
        self._forking: dict[int, list[Watched]] = {}
        self._reset()

    def _reset(self) -> None:
        # RLock: the garbage collector may run a journal's __del__ in the middle of a call
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, journal: Watched) -> None:
        """Serve `journal` until `unwatch`."""
        with self._lock:
            self._watched.add(journal)
            self._start()
            if self._child and (util := sys.modules.get("multiprocessing.util")) is not None:
                # children of multiprocessing skip atexit; DataLoader workers are such
                util.Finalize(None, self.at_exit, exitpriority=-100)
                self._child = False

    def unwatch(self, journal: Watched) -> None:
        """Forget `journal`."""
        with self._lock:
            self._watched.discard(journal)

    def wake(self) -> None:
        """Something was written (or could not be)."""
        self._wake.set()

    def later(self, path: str) -> None:
        """Make the file at `path` durable with the next round, or with `flush`."""
        with self._lock:
            self._paths.add(path)
            self._start()
        self._wake.set()

    def flush(self) -> None:
        """Make the files given to `later` durable now."""
        with self._lock:
            paths, self._paths = self._paths, set()
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # moved or deleted meanwhile
                sync_path(path)

    def _start(self) -> None:
        # an error that no handler takes may have ended it: whoever comes next is served again
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._loop, name="nbtrack-syncer", daemon=True)
            self._thread.start()

    def _loop(self) -> None:
        due = time.monotonic() + BEAT_EVERY
        waiting = False
        while True:
            if waiting:
                time.sleep(RETRY_EVERY)
            elif self._wake.wait(max(0.0, due - time.monotonic())):
                time.sleep(SYNC_AFTER)
            self._wake.clear()
            beat = time.monotonic() >= due
            if beat:
                due = time.monotonic() + BEAT_EVERY
            waiting = self._round(beat)
            with self._lock:
                if not self._watched and not self._paths:
                    self._thread = None
                    return

    def _round(self, beat: bool) -> bool:
        waiting = False
        with self._lock:
            journals = list(self._watched)
        for work in (self.flush, *(lambda j=j: j.tick(beat) for j in journals)):
            try:
                waiting |= bool(work())
            except Exception:  # trouble of one journal, or a warning made an error: the others go on
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
        return waiting

    def at_exit(self) -> None:
        """Close all journals: the interpreter ends."""
        for journal in list(self._watched):
            journal.close("exit")
        self.flush()

    def before_fork(self) -> None:
        """Bring the journals to rest."""
        journals = list(self._watched)
        self._forking[threading.get_ident()] = journals
        for journal in journals:
            journal.before_fork()

    def after_fork(self) -> None:
        """Let them go on in the parent."""
        for journal in self._forking.pop(threading.get_ident(), ()):
            journal.after_fork()

    def forked(self) -> None:
        """Begin anew in a child process, where the thread does not exist."""
        journals = self._forking.get(threading.get_ident(), [])
        self._reset()
        self._paths, self._forking, self._child = set(), {}, True
        self._watched = WeakSet(journals)
        for journal in journals:
            journal.forked()


syncer = Syncer()
atexit.register(syncer.at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=syncer.before_fork, after_in_parent=syncer.after_fork, after_in_child=syncer.forked
    )
