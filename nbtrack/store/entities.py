"""Documents of a store that are not runs: a project's page, views, reports. Edited by many, locked by none.

`<store>/ents/<kind>/<slug of the id>/<writer>-NNNNNN.nbl`: the frames of runs, META only. A process that
edits a document appends to a file of its own there, one `write(2)` a batch; whoever reads merges the files
(see `tree`). A file ends after ten idle minutes or with its process, and ended files are merged into one when
there are many. A merged file says with a HELLO before the edits of each writer whose they are, so it changes
nothing to take them from both.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from nbtrack.errors import StoreError, UsageError
from nbtrack.store import frames
from nbtrack.store.frames import (
    Close,
    Frame,
    Hello,
    Type,
    encode_close,
    encode_hello,
    encode_meta,
    file_header,
)
from nbtrack.store.layout import new_writer
from nbtrack.store.liveness import boot, host
from nbtrack.store.locality import is_local
from nbtrack.store.logfile import LogFile
from nbtrack.store.model import Problem
from nbtrack.store.syncer import fdatasync, syncer
from nbtrack.store.tail import Tail
from nbtrack.store.tree import Document, Edit, Tree, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.scan import Scan

__all__ = ["Document", "Documents", "Edit"]

#: bytes of one batch of edits
BATCH_BYTES = 2**20
#: bytes after which a file is left for the next
FILE_BYTES = 8 * 2**20
#: seconds without an edit after which a file is closed
IDLE = 600.0
#: files of a document beyond which ended ones are merged
MANY = 32
#: documents that a process remembers
REMEMBERED = 256
#: times that a folder is listed anew when files vanish while they are read
_TRIES = 5

_LOG = re.compile(r"[0-9a-z]{10}-\d{6}\.nbl")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Documents:
    """The documents of a store. Cheap to make; any thread may call, also after a fork.

    A process reads each file once: later reads look only at bytes that are new, and all `Documents` of a
    store share what was read.

    Args:
        store: The store.

    Example:
        >>> documents = Documents(store)
        >>> documents.write("project", "/mnist", [Edit("set", ["project", "starred"], True)]).tree
        {'project': {'starred': True}}
        >>> documents.list("project")
        ['/mnist']
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, kind: str, id: str) -> Document:
        """Return a document as of now; without edits it is empty, and its version is ""."""
        return self._open(kind, id).read()

    def write(self, kind: str, id: str, edits: Sequence[Edit]) -> Document:
        """Make edits, all with one write, and return the document with them.

        They survive the death of the process at once, that of the machine about two seconds later.

        Args:
            kind: Lower-case letters and digits: "project".
            id: Any text that is not empty.
            edits: In the order in which they take effect; at most 1 MiB of them.

        Raises:
            UsageError: An edit is no edit, nested too deep, no JSON, or there are too many.
            StoreError: The store cannot be written.
        """
        return self._open(kind, id).write(edits)

    def list(self, kind: str) -> list[str]:
        """Ids of the documents of a kind that were ever edited, sorted."""
        return sorted(own_id for found, own_id, _ in self._store.entity_dirs() if found == kind)

    def problems(self, kind: str, id: str) -> Sequence[Problem]:
        """Damage that was read around, in the document's files."""
        return self._open(kind, id).problems()

    def tidy(self, kind: str, id: str) -> int:
        """Merge ended files of a document, if there is more than one; return how many there are less."""
        return self._open(kind, id).merge()

    def _open(self, kind: str, id: str) -> _Files:
        if not _KIND.fullmatch(kind):
            raise UsageError(f"the kind of a document is a lower-case word, not {kind!r}")
        if not isinstance(id, str) or not id:
            raise UsageError(f"the id of a document is a text that is not empty, not {id!r}")
        with _LOCK:
            key = (self._store.root, kind, id)
            found = _OPEN.get(key)
            if found is None:
                found = _OPEN[key] = _Files(self._store, kind, id)
                _forget_idle()
            _OPEN.move_to_end(key)
            return found


class _Files:
    """The files of one document, and what this process read of and adds to them."""

    def __init__(self, store: Store, kind: str, own_id: str) -> None:
        self._store = store
        self._kind, self._id = kind, own_id
        self._folder = store.entity_dir(kind, own_id)
        self._begin()
        self._start_over()

    def _begin(self) -> None:
        """Be a writer that has written nothing."""
        # RLock: a signal handler may come in the middle of a call of its own thread
        self._lock = threading.RLock()
        self._writer = new_writer()
        self._number = 0
        self._log: LogFile | None = None
        self._used = 0.0

    def _start_over(self) -> None:
        self._tree = Tree()
        self._tails: dict[str, Tail] = {}
        #: who wrote what comes next in a file
        self._writers: dict[str, str] = {}
        self._problems: list[Problem] = []

    @property
    def writing(self) -> bool:
        return self._log is not None

    # ---- reading ------------------------------------------------------------------------------------------

    def read(self) -> Document:
        with self._lock:
            self._refresh()
            return self._tree.document()

    def problems(self) -> list[Problem]:
        with self._lock:
            self._refresh()
            tails = self._tails.values()
            known = {(problem.path, problem.offset) for problem in self._problems}
            mine = self._log.path if self._log else None
            torn = [
                Problem(str(t.path), t.consumed, f"torn tail, {t.size - t.consumed} bytes")
                for t in tails
                if t.size > t.consumed and t.path != mine and (str(t.path), t.consumed) not in known
            ]
            return [*self._problems, *torn]

    def _refresh(self) -> None:
        """Read what is new; never raises for what is torn, damaged or vanished."""
        for _ in range(_TRIES):
            names = _logs(self._folder)
            if any(name not in names for name in self._tails):
                self._start_over()  # merged into another file, or taken away
            with contextlib.suppress(FileNotFoundError):  # merged while we read
                for name in names:
                    self._take(name)
                return

    def _take(self, name: str) -> None:
        tail = self._tails.setdefault(name, Tail(self._folder / name))
        try:
            found = tail.read(final=False)
        except FileNotFoundError:
            raise
        except OSError as error:
            self._problems.append(Problem(str(tail.path), tail.consumed, f"cannot be read: {error}"))
            return
        if found is None:
            return
        result, base = found
        writer = self._writers.get(name, name[:10])
        self._writers[name] = _take_frames(self._tree, writer, result)
        if not tail.late:
            self._problems += [Problem(str(tail.path), gap.offset + base, gap.what) for gap in result.gaps]

    # ---- writing ------------------------------------------------------------------------------------------

    def write(self, edits: Sequence[Edit]) -> Document:
        for edit in edits:
            check(edit)
        self._store.require_writable()
        with self._lock:
            self._refresh()
            clock = max(self._tree.clock + 1, int(time.time() * 1000) << 16)
            batch = b"".join(
                encode_meta(edit.op, edit.path, edit.value, clock + i) for i, edit in enumerate(edits)
            )
            if len(batch) > BATCH_BYTES:
                raise UsageError(
                    f"{len(edits)} edits take {len(batch):,} bytes; at most {BATCH_BYTES:,} go into one batch"
                )
            if batch:
                self._append(batch)
                self._refresh()
            return self._tree.document()

    def _append(self, batch: bytes) -> None:
        log = self._log
        if log is not None and (log.size >= FILE_BYTES or log.is_gone()):
            self._leave("edit")
            log = None
        if log is not None:
            written = -1
            with contextlib.suppress(OSError):  # the next file says what is wrong
                written = os.write(log.fd, batch)
            if written == len(batch):
                log.size += written
            else:
                self._leave("")  # torn: readers stop there
                log = None
        if log is None:
            self._begin_file(batch)
        self._used = time.monotonic()
        syncer.wake()

    def _begin_file(self, batch: bytes) -> None:
        now = time.time()
        prelude = file_header(now) + encode_hello(_hello(self._id, self._writer, now))
        path = self._folder / f"{self._writer}-{self._number:06d}.nbl"
        log = LogFile(path, self._number, prelude)
        try:
            self._store.create_entity_dir(self._kind, self._id)
            if len(self._tails) > MANY:
                with contextlib.suppress(OSError):  # the edit does not depend on it
                    self.merge()
            log.create(batch, lock=is_local(self._folder))
        except OSError as error:
            raise StoreError(f"the {self._kind} {self._id!r} cannot be edited: {error}") from error
        self._log = log
        self._number += 1
        syncer.watch(self)

    def _leave(self, reason: str) -> None:
        """Write no more to the current file."""
        log, self._log = self._log, None
        if log is None:
            return
        with contextlib.suppress(OSError):
            if reason:
                os.write(log.fd, encode_close(Close(reason, 0, time.time())))
            fdatasync(log.fd)
        os.close(log.fd)

    def merge(self) -> int:
        with self._lock:
            return _merge(self._folder, self._id)

    # ---- what the syncer calls ----------------------------------------------------------------------------

    def tick(self, beat: bool) -> bool:  # noqa: ARG002
        """Make edits durable; close the file when there were none for long."""
        with self._lock:
            log = self._log
            if log is None:
                return False
            if time.monotonic() - self._used > IDLE:
                self.close("edit")
                return False
            if log.size == log.synced:
                return False
            log.synced = log.size
            descriptor = os.dup(log.fd)
        try:  # without the lock: this takes milliseconds
            with contextlib.suppress(OSError):
                fdatasync(descriptor)
        finally:
            os.close(descriptor)
        return False

    def close(self, reason: str) -> None:
        """Write no more, until the next edit."""
        with self._lock:
            self._leave(reason)
        syncer.unwatch(self)

    def __del__(self) -> None:
        if getattr(self, "_log", None) is not None:
            self.close("exit")

    def before_fork(self) -> None:
        """Let no other thread be in the middle of something while the process is copied."""
        self._lock.acquire(timeout=1.0)

    def after_fork(self) -> None:
        """Go on, in the parent."""
        with contextlib.suppress(RuntimeError):
            self._lock.release()

    def forked(self) -> None:
        """Be another writer, in the child. The parent's file and lock are not touched."""
        if self._log is not None:
            with contextlib.suppress(OSError):
                os.close(self._log.fd)
        self._begin()


def _take_frames(tree: Tree, writer: str, result: Scan) -> str:
    """Put the edits of a file into `tree`; return whose the next ones are."""
    for item in result.items:
        if isinstance(item, Frame):
            with contextlib.suppress(
                ValueError
            ):  # no edit of ours: its checksum is right, so it was meant so
                if item.type == Type.HELLO:
                    writer = frames.decode_hello(item.payload).writer
                elif item.type == Type.META:
                    tree.take(writer, frames.decode_meta(item.payload))
    return writer


def _merge(folder: Path, own_id: str) -> int:
    """Put the edits that count of ended files into one, and delete these; return how many files less."""
    from nbtrack.store.scan import scan
    from nbtrack.store.seal import stream_ended

    tree, sources = Tree(), []
    for name in _logs(folder):
        with contextlib.suppress(FileNotFoundError):
            if stream_ended(folder, name):
                result = scan((folder / name).read_bytes())
                if not result.gaps:  # damaged ones stay, for fsck to tell
                    _take_frames(tree, name[:10], result)
                    sources.append(folder / name)
    if len(sources) < 2:
        return 0
    now, writer, parts = time.time(), "", []
    for path, won in sorted(tree.won(), key=lambda item: (item[1].writer, item[1].hlc)):
        if won.writer != writer:
            writer = won.writer
            parts.append(encode_hello(_hello(own_id, writer, now)))
        parts.append(encode_meta(won.op, path, won.value, won.hlc))
    parts.append(encode_close(Close("edit", 0, now)))
    log = LogFile(folder / f"{new_writer()}-000000.nbl", 0, file_header(now))
    log.create(b"".join(parts), lock=False)
    try:
        fdatasync(log.fd)
    finally:
        os.close(log.fd)
    removed = 0
    for source in sources:
        with contextlib.suppress(PermissionError):  # somebody else's, in a shared store
            source.unlink(missing_ok=True)
            removed += 1
    if not removed:
        log.path.unlink()
    return max(removed - 1, 0)


def _logs(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder) if _LOG.fullmatch(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _hello(own_id: str, writer: str, now: float) -> Hello:
    return Hello(own_id, writer, os.getpid(), host(), boot(), now, now, 0.0, None)


# ---- one of each document in a process --------------------------------------------------------------------

_OPEN: OrderedDict[tuple[Path, str, str], _Files] = OrderedDict()
_LOCK = threading.RLock()


def _forget_idle() -> None:
    """Keep the documents that were asked for last, and those that are written."""
    idle = [key for key, files in _OPEN.items() if not files.writing]
    for key in idle[: max(0, len(_OPEN) - REMEMBERED)]:
        del _OPEN[key]


def _after_fork() -> None:
    """Read anew in the child: another thread of the parent may have held a lock."""
    global _LOCK
    _LOCK = threading.RLock()
    _OPEN.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
