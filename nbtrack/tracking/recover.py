"""Encodes what a killed process left as raw bytes.

`log()` of a medium is acknowledged once its raw bytes are in the spool. If the process dies before its
encoder threads come to it, the row stays pending, and whoever needs it calls `recover`: `nbtrack tidy`, the
`Api`, a panel.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nbtrack.media.registry import encode
from nbtrack.store.derive import CRASHED
from nbtrack.store.frames import encode_obj
from nbtrack.store.journal import Journal
from nbtrack.store.reader import RunReader
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from nbtrack.store.layout import Store
    from nbtrack.store.model import Json, ObjectRow
    from nbtrack.store.reader import Writer


def recover(store: Store, run_id: str | None = None) -> int:
    """Encode the pending media of writers that have died.

    Args:
        store: The store.
        run_id: One run; default: all.

    Returns:
        How many rows are resolved now. A medium whose bytes are gone or cannot be encoded counts: its meta
        says `error`, so that nobody waits for it.

    Raises:
        NotFoundError: no such run.
    """
    run_ids = [run_id] if run_id is not None else [found for found, _ in store.run_dirs()]
    return sum(_recover_run(store, one) for one in run_ids)


def _recover_run(store: Store, run_id: str) -> int:
    reader = RunReader.of(store, run_id)
    reader.refresh()
    pending = [row for row in reader.objects() if row.pending is not None]
    if pending:
        living = {writer.id for writer in reader.writers() if _may_live(writer, reader)}
        pending = [row for row in pending if row.pending and _writer(row.pending.spool.file) not in living]
    if not pending:
        return 0
    journal = Journal(store, run_id, reader.run_dir, started=time.time())
    try:
        for row in pending:
            meta, blob = resolve(reader, journal, row)
            if "error" in meta:
                if not _still_pending(reader, row):
                    continue  # its writer lives after all, or somebody else recovers too
                termwarn(f"the {row.kind} {row.key!r} of step {row.step} of run {run_id!r}: {meta['error']}")
            journal.append(encode_obj(row.step, row.time, row.key, row.idx, row.count, row.kind, meta, blob))
    finally:
        journal.close("edit")
    return len(pending)


def _still_pending(reader: RunReader, row: ObjectRow) -> bool:
    reader.refresh()
    return any(
        now.pending == row.pending
        for now in reader.objects(row.key)
        if (now.step, now.idx) == (row.step, row.idx)
    )


def _may_live(writer: Writer, reader: RunReader) -> bool:
    """Whether the process behind a log may still encode its media itself."""
    alive = writer.alive(reader.run_dir)
    return time.time() - writer.heartbeat < CRASHED if alive is None else alive


def _writer(spool: str) -> str:
    """The writer whose spool it is: what its name begins with."""
    return spool.partition(".")[0].partition("-")[0]


def resolve(reader: RunReader, journal: Journal, row: ObjectRow) -> tuple[dict[str, Json], str | None]:
    """Encode one pending row into `journal`'s run; a row that is not pending is returned as it is.

    Returns:
        The meta and blob that the row should have. When its bytes cannot be had or encoded, the meta says
        `error`.
    """
    if row.pending is None:
        return row.meta, row.blob
    from nbtrack.store.spool import read_spool

    try:
        raw = read_spool(reader.run_dir, row.pending.spool)
        done = encode(row.pending.codec, row.pending.params, raw)
        return done.keep(row.meta, journal.blob)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            raise  # a full disk, a lost mount: another time
        what = f"the raw bytes are gone ({error})"
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
    return {**row.meta, "error": what}, None
