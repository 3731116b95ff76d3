"""Changes to runs from outside of them: a small stream of their own in the folder of each.

No lock is needed and the runs' own writers are not disturbed; whoever reads merges the streams, and the later
write of each path wins. A stream of edits is one file that is whole from the beginning, made with one write.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.errors import NotFoundError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json


class Edit(NamedTuple):
    """One META: `op` is "set" or "del", of tags also "add" or "remove"; `path` as in docs/design.md."""

    op: str
    path: Sequence[str]
    value: Json = None


class RunEdits(NamedTuple):
    """Edits of one run, in the order in which they take effect; `created`: unix seconds when it began."""

    run_id: str
    created: float
    edits: Sequence[Edit]


def write_edits(store: Store, run_id: str, created: float, edits: Sequence[Edit]) -> None:
    """Write edits to a run, finished or not.

    Args:
        store: the store.
        run_id: the run.
        created: unix seconds at which the run began.
        edits: in the order in which they take effect.

    Raises:
        NotFoundError: no such run.
        StoreError: the store cannot be written.
    """
    for error in write_each(store, [RunEdits(run_id, created, edits)]).values():
        raise error


def write_each(store: Store, runs: Iterable[RunEdits]) -> dict[str, NotFoundError | StoreError]:
    """Write edits to runs, and return what went wrong, by run; the others are done.

    They survive the death of the process at once, that of the machine some seconds later.

    Raises:
        StoreVersionError: only a newer nbtrack may write to the store.
    """
    from nbtrack.store.feed import FileFeed
    from nbtrack.store.protocols import Hint
    from nbtrack.store.syncer import syncer

    store.require_writable()
    feed = FileFeed(store.root)
    failed: dict[str, NotFoundError | StoreError] = {}
    for run_id, created, edits in runs:
        folder = store.run_dir(run_id)
        if folder is None:
            failed[run_id] = NotFoundError(f"run {run_id!r} is no longer in {store.root}")
            continue
        writer, content = _stream(run_id, created, edits)
        path = folder / f"{writer}-000000.nbl"
        temp = folder / f".{path.name}.tmp"
        try:
            temp.write_bytes(content)
            temp.rename(path)
        except OSError as error:
            temp.unlink(missing_ok=True)
            failed[run_id] = StoreError(f"run {run_id!r} cannot be changed: {error}")
            continue
        syncer.later(str(path))
        feed.publish(Hint(run_id, writer, 0, len(content), "edit"))
    return failed


def _stream(run_id: str, created: float, edits: Sequence[Edit]) -> tuple[str, bytes]:
    """A writer and its whole file."""
    from nbtrack.store.frames import Close, Hello, encode_close, encode_hello, encode_meta, file_header
    from nbtrack.store.layout import new_writer
    from nbtrack.store.liveness import boot, host

    writer, now = new_writer(), time.time()
    hello = Hello(run_id, writer, os.getpid(), host(), boot(), now, created, 0.0, None)
    metas = [encode_meta(edit.op, edit.path, edit.value, _tick()) for edit in edits]
    close = encode_close(Close("edit", 0, now))
    return writer, b"".join([file_header(now), encode_hello(hello), *metas, close])


_clock = 0
_ticking = threading.Lock()


def _tick() -> int:
    """Return the hybrid clock, later than any before: what is done later in this process wins."""
    global _clock
    with _ticking:
        _clock = max(_clock + 1, int(time.time() * 1000) << 16)
        return _clock
