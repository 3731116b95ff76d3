"""Media become files off the caller's thread.

`log()` copies the raw bytes of a medium into the spool, writes a *pending* object row that points there, and
returns: from then on not even a SIGKILL loses it. One or two daemon threads of the process turn raw bytes
    into
blobs and write the same row again, resolved. What a killed process leaves pending, `nbtrack.tracking.recover`
encodes later.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbtrack.media.registry import encode, pieces
from nbtrack.store.frames import MAX_INLINE_BLOB, encode_obj
from nbtrack.store.model import Pending
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.media.base import Raw
    from nbtrack.store.journal import Journal
    from nbtrack.store.model import Json, SpoolRef
    from nbtrack.store.spool import Spool
    from nbtrack.tracking.values import Item

#: encoder threads of a process, at most
THREADS = 2
#: seconds between two tries to write a blob to a full or unreachable disk
RETRY_S = 1.0


@dataclass(slots=True)
class Prepared:
    """An item that is ready for its row: what it says of itself, and its bytes as a blob or in the spool."""

    item: Item
    meta: dict[str, Json]
    blob: str | None = None
    pending: Pending | None = None

    def frame(self, step: int, time: float) -> bytes:
        """The OBJ frame at `step` and `time`."""
        item = self.item
        return encode_obj(
            step, time, item.key, item.idx, item.count, item.record.kind, self.meta, self.blob, self.pending
        )


class Encoder:
    """Encodes the media of one run in this process.

    Args:
        journal: Where the resolved rows go.
        open_spool: Makes the spool when the first large medium comes; again in a forked child.
    """

    def __init__(self, journal: Journal, open_spool: Callable[[], Spool]) -> None:
        self._journal = journal
        self._open_spool = open_spool
        self._spool: Spool | None = None
        self._begin()
        _encoders.add(self)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        #: the parent's, after a fork; kept, since the end of the object would delete the parent's file
        self._inherited = self._spool
        self._spool = None
        self._waiting = 0
        #: regions whose resolved row is queued in memory only: not to be used again before it is on disk
        self._held: list[SpoolRef] = []

    def prepare(self, item: Item) -> Prepared:
        """Bring an item's raw bytes to safety: after this the caller may change them.

        Small ones are encoded at once, if their codec is quick; with a full disk all are, since the spool
        cannot take them.
        """
        record = item.record
        raw = record.raw
        if raw is None:
            return Prepared(item, record.meta)
        data = pieces(raw)
        if raw.slow or sum(map(len, data)) >= MAX_INLINE_BLOB:
            try:
                ref = self._spooled(data)
            except OSError as error:
                termwarn(
                    f"the disk does not take the raw bytes of {item.key!r} ({error}); "
                    "encoding it in the training thread",
                    repeat=False,
                )
            else:
                return Prepared(item, record.meta, None, Pending(raw.codec, raw.params, ref))
        return self._encoded(item, raw, b"".join(data))

    def submit(self, prepared: Prepared, step: int, time: float) -> None:
        """Encode a pending item whose row has been written."""
        with self._changed:
            self._waiting += 1
        _pool.put(_Job(self, prepared, step, time))

    @property
    def waiting(self) -> int:
        """How many media are not encoded yet."""
        return self._waiting

    def drain(self, timeout: float) -> int:
        """Wait up to `timeout` seconds until everything is encoded; return how many are left."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting == 0, timeout)
            return self._waiting

    def close(self) -> None:
        """Close the spool. Its file stays as long as something in it is not encoded."""
        with self._changed:
            spool, self._spool = self._spool, None
        if spool is not None:
            spool.close()

    # ---- encoding

    def _spooled(self, data: list[memoryview]) -> SpoolRef:
        with self._changed:
            if self._spool is None:
                self._spool = self._open_spool()
            spool = self._spool
        return spool.put(*data)

    def _encoded(self, item: Item, raw: Raw, data: bytes) -> Prepared:
        meta, blob = self._complete(item, raw.codec, raw.params, data)
        return Prepared(item, meta, blob)

    def _complete(
        self, item: Item, codec: str, params: dict[str, Json], data: bytes | memoryview
    ) -> tuple[dict[str, Json], str | None]:
        """(meta, blob) of an item. One that cannot be encoded says so in its meta: nothing waits for it."""
        try:
            done = encode(codec, params, data)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            termwarn(f"the {item.record.kind} under {item.key!r} could not be encoded: {what}")
            return {**item.record.meta, "error": what}, None
        if note := done.meta.get("note"):  # stored, but not as it was asked for
            termwarn(f"the {item.record.kind} under {item.key!r}: {note}")
        return done.keep(item.record.meta, self._journal.blob)

    def _run(self, job: _Job) -> bool:
        """Encode one job; False when the disk did not take the blob and it has to be tried again."""
        prepared = job.prepared
        pending = prepared.pending
        assert pending is not None
        spool = self._spool
        if spool is None:  # closed meanwhile: the raw bytes stay, `nbtrack tidy` encodes them
            self._done()
            return True
        raw = spool.get(pending.spool)
        try:
            meta, blob = self._complete(prepared.item, pending.codec, pending.params, raw)
        except OSError as error:
            termwarn(f"media of {prepared.item.key!r} wait for the disk: {error}", repeat=False)
            return False
        self._journal.append(Prepared(prepared.item, meta, blob).frame(job.step, job.time))
        with self._changed:
            self._held.append(pending.spool)
            if not self._journal.queued_bytes:
                held, self._held = self._held, []
            else:
                held = []
        for ref in held:
            spool.release(ref)
        self._done()
        return True

    def _done(self) -> None:
        with self._changed:
            self._waiting -= 1
            self._changed.notify_all()


@dataclass(slots=True)
class _Job:
    encoder: Encoder
    prepared: Prepared
    step: int
    time: float


class _Pool:
    """The encoder threads of this process, started when there is work."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._threads = 0
        self._idle = 0

    def put(self, job: _Job) -> None:
        with self._ready:
            self._jobs.append(job)
            if self._idle:
                self._ready.notify()
            elif self._threads < min(THREADS, os.cpu_count() or 1):
                self._threads += 1
                threading.Thread(target=self._work, name="nbtrack-encoder", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._ready:
                self._idle += 1
                while not self._jobs:
                    self._ready.wait()
                self._idle -= 1
                job = self._jobs.popleft()
            try:
                finished = job.encoder._run(job)  # noqa: SLF001 (one module, one mechanism)
            except Exception as error:
                termwarn(
                    f"the encoder met {type(error).__name__}: {error}; the raw bytes stay for `nbtrack tidy`"
                )
                job.encoder._done()  # noqa: SLF001
                continue
            if not finished:
                time.sleep(RETRY_S)
                with self._ready:
                    self._jobs.append(job)


_pool = _Pool()
_encoders: weakref.WeakSet[Encoder] = weakref.WeakSet()


def _after_fork() -> None:
    # Threads do not survive a fork, and what the parent queued is the parent's to encode.
    global _pool
    _pool = _Pool()
    for encoder in list(_encoders):
        encoder._begin()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
