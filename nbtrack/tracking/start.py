"""From settled arguments to a run that records: which run it is, where it begins, its journal."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError, StoreError, StoreVersionError, UsageError, warn
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store, default_root, new_id
from nbtrack.store.model import RunMeta
from nbtrack.tracking import cells, surroundings
from nbtrack.tracking import resume as resume_file
from nbtrack.tracking.arguments import default_project, moment
from nbtrack.tracking.names import run_name
from nbtrack.tracking.run import Run
from nbtrack.tracking.settings import Settings, nbtrack_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.reader import RunReader
    from nbtrack.store.rewinds import Rewind
    from nbtrack.store.spool import Spool


@dataclass(slots=True)
class Plan:
    """What was decided about the run before anything is written."""

    store: Store
    run_id: str
    settings: Settings
    exists: bool = False
    #: step to begin with; None: after the last one
    step: int | None = 0
    owner: bool = True
    #: seconds that it had run before; None: as the run itself says
    offset: float | None = None
    #: takes back the rows beyond the step that it goes on from
    rewind: Rewind | None = None
    #: whose history it takes along, and up to which step
    parent: tuple[RunReader, int] | None = None


def start(chosen: Settings, values: Mapping[str, Any]) -> Run:
    """Make the run that `init` was asked for.

    Args:
        chosen: the settled settings.
        values: the config.

    Raises:
        UsageError, NotFoundError: a run to go on with that cannot be. StoreVersionError.
    """
    store = _open_store(chosen)
    try:
        plan = _decide(store, chosen)
        run = open_run(plan)
    except OSError as error:
        store = _temporary_store(str(store.root), error)
        plan = _decide(store, chosen)
        run = open_run(plan)
    if plan.parent is not None:
        from nbtrack.tracking.fork import copy_history

        copy_history(run, *plan.parent)
    run.config.update(values, allow_val_change=True)
    if chosen.resume == "auto":
        resume_file.remember(run)
    surroundings.record(run)
    return run


def _open_store(chosen: Settings) -> Store:
    root = nbtrack_dir(chosen) or default_root()
    try:
        return Store.open(root, create=True)
    except StoreVersionError:
        raise
    except StoreError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        return _temporary_store(str(root), error.__cause__)


def _temporary_store(root: str, error: OSError) -> Store:
    import tempfile

    folder = Path(tempfile.gettempdir(), f"nbtrack-{_user() or 'unknown'}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        usable = not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    except OSError:
        usable = False
    if not usable:  # somebody else's, or not a folder
        folder = Path(tempfile.mkdtemp(prefix="nbtrack-"))
    warn(f"the store {root!r} cannot be written ({error}); this run goes to {str(folder)!r}")
    return Store.open(folder, create=True)


def _decide(store: Store, chosen: Settings) -> Plan:
    """Which run it is, and where it begins."""
    if chosen.resume_from:
        run_id, step = moment("resume_from", chosen.resume_from)
        reader = _reader(store, "resume_from", run_id)
        return Plan(
            store,
            run_id,
            chosen,
            exists=True,
            step=step + 1,
            offset=_runtime(reader, step),
            rewind=reader.rewind(step),
        )
    wanted = chosen.run_id
    if chosen.resume == "auto" and wanted is None:
        wanted = resume_file.remembered(store)
    if wanted is None or store.run_dir(wanted) is None:
        if chosen.resume == "must":
            raise UsageError(
                f'init: resume="must", but run {wanted!r} is not in the store {str(store.root)!r}'
                if wanted is not None
                else 'init: resume="must" needs the id of a run'
            )
        if chosen.fork_from:
            return _fork(store, wanted or new_id(), chosen)
        return Plan(store, wanted or new_id(), chosen)
    run_id = wanted
    if chosen.resume == "never":
        raise UsageError(f'init: resume="never", but run {run_id!r} exists already')
    if chosen.fork_from:
        raise UsageError(f"init: fork_from begins a new run, but run {run_id!r} exists already")
    if chosen.mode == "shared":
        # Ranks of one training count their own steps; rows of one step join.
        return Plan(store, run_id, chosen, exists=True, step=0)
    if chosen.resume is None:
        warn(
            f"init: run {run_id!r} exists already; this goes on with it, and nothing of it is lost. Say so "
            'with resume="allow", or forbid it with resume="never"'
        )
    return Plan(store, run_id, chosen, exists=True, step=None)


def _fork(store: Store, run_id: str, chosen: Settings) -> Plan:
    source, step = moment("fork_from", chosen.fork_from or "")
    parent = _reader(store, "fork_from", source)
    return Plan(
        store,
        run_id,
        chosen,
        step=step + 1,
        offset=_runtime(parent, step),
        parent=(parent, step),
    )


def _runtime(reader: RunReader, step: int | None = None) -> float:
    """Seconds that a run had run when it came to `step`; None: to its end."""
    runtimes = reader.series("_runtime", hi=step).values
    return float(runtimes.max()) if len(runtimes) else 0.0


def open_run(plan: Plan) -> Run:
    """Open the journal of the run and write down who it is."""
    now = time.time()
    store, chosen = plan.store, plan.settings
    offset, metrics, reader = plan.offset, None, None
    meta = RunMeta(plan.run_id, created=now)
    if plan.exists:
        reader = _reader(store, "id", plan.run_id)
        meta = reader.meta
        metrics = reader.metrics()
        offset = _runtime(reader) if offset is None else offset
    step = plan.step if plan.step is not None else (reader.last_step + 1 if reader else 0)
    run_dir = store.create_run_dir(plan.run_id, meta.created or now)
    journal = Journal(store, plan.run_id, run_dir, started=now, offset=offset or 0.0, rank=_rank())
    if reader is not None and plan.rewind is not None:
        from nbtrack.store.rewinds import PATH

        journal.meta("set", PATH, plan.rewind._asdict())  # on disk before any row that is new
        reader.refresh()
    if plan.owner:
        _write_meta(journal, store, meta, chosen, existed=plan.exists, now=now)

    def open_spool() -> Spool:
        from nbtrack.store.spool import Spool

        # asked for anew: a forked child is a writer of its own
        return Spool(run_dir, journal.writer)

    run = Run(
        store=store,
        run_dir=run_dir,
        journal=journal,
        open_spool=open_spool,
        meta=meta,
        settings=chosen,
        step=step,
        resumed=plan.exists and plan.owner,
        owner=plan.owner,
        allow_val_change=cells.in_notebook() if chosen.allow_val_change is None else chosen.allow_val_change,
        metrics=metrics,
    )
    if reader is not None:
        run.continue_from(reader)
    return run


def _write_meta(
    journal: Journal, store: Store, meta: RunMeta, chosen: Settings, *, existed: bool, now: float
) -> None:
    """Fill `meta` with what is new and write that down."""
    new: dict[str, Any] = {
        "project": chosen.project or (None if existed else default_project()),
        "entity": chosen.entity,
        "name": chosen.run_name or (None if existed else run_name(sum(1 for _ in store.run_dirs()))),
        "notes": chosen.run_notes,
        "group": chosen.run_group,
        "job_type": chosen.run_job_type,
        "tags": chosen.run_tags or None,
    }
    if existed:
        journal.meta("set", ["run", "resumed"], now)
    else:
        import platform

        new |= {"created": now, "host": chosen.host or platform.node()}
        journal.meta("set", ["run", "mode"], chosen.mode)
        journal.meta("set", ["run", "user"], chosen.username or _user())
    for name, value in new.items():
        if value is None:
            continue
        setattr(meta, name, value)
        journal.meta("set", ["run", name], list(value) if isinstance(value, tuple) else value)


def _reader(store: Store, argument: str, run_id: str) -> RunReader:
    from nbtrack.store.reader import RunReader

    try:
        reader = RunReader.of(store, run_id)
    except NotFoundError as error:
        raise NotFoundError(f"init: {argument}: {error}") from error
    reader.refresh()
    return reader


def _rank() -> int | None:
    rank = os.environ.get("RANK", "")
    return int(rank) if rank.isdecimal() else None


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user inside a container
        return ""
