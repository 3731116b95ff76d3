"""`nbtrack.init`: from arguments, environment and what the store holds to a run that records.

No account, no network, no server: the run is a folder of the store, and `init` returns as soon as that
stands. Whatever takes longer (git, the list of packages) is found out in a thread.
"""

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
from nbtrack.tracking import cells, current, exits, hooks, surroundings, term
from nbtrack.tracking import resume as resume_file
from nbtrack.tracking.arguments import (
    default_project,
    merge_config,
    merge_settings,
    moment,
    name_ignored,
    validate,
)
from nbtrack.tracking.names import run_name
from nbtrack.tracking.run import Run
from nbtrack.tracking.settings import Settings, nbtrack_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.store.reader import RunReader
    from nbtrack.store.rewinds import Rewind
    from nbtrack.store.spool import Spool


def init(
    entity: str | None = None,
    project: str | None = None,
    dir: str | os.PathLike[str] | None = None,
    id: str | None = None,
    name: str | None = None,
    notes: str | None = None,
    tags: Sequence[str] | str | None = None,
    config: Any = None,
    config_exclude_keys: Sequence[str] | None = None,
    config_include_keys: Sequence[str] | None = None,
    allow_val_change: bool | None = None,
    group: str | None = None,
    job_type: str | None = None,
    mode: str | None = None,
    force: bool | None = None,
    reinit: bool | str | None = None,
    resume: bool | str | None = None,
    resume_from: str | None = None,
    fork_from: str | None = None,
    save_code: bool | None = None,
    tensorboard: bool | None = None,
    sync_tensorboard: bool | None = None,
    monitor_gym: bool | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    anonymous: str | None = None,
    magic: Any = None,
) -> Run:
    r"""Start a run and make it the current one.

    Args:
        entity: Whose it is; any text.
        project: Up to 128 characters without `/ \ # ? % :`. Default: name of the git repository, else
            "uncategorized".
        dir: Folder whose `nbtrack` folder is the store, or a store. Default: `NBTRACK_DIR`, else `./nbtrack`.
        id: Unique in the store; without surrounding blanks and `: ; , # ? / '`. Default: 8 random characters.
        name: For people. Default: two words and a number.
        notes: Free text.
        tags: Labels of 1 to 64 characters.
        config: Inputs: a dict, an argparse Namespace, absl flags, or the path of a YAML file. A file
            `config-defaults.yaml` in the working folder gives defaults.
        config_exclude_keys: Keys of `config` to leave out.
        config_include_keys: The only keys of `config` to keep.
        allow_val_change: Whether config values may change later. Default: in notebooks only.
        group: Runs of one experiment share it.
        job_type: Role inside the group.
        mode: "online" and "offline" both write to the local store; "disabled" writes nothing; "shared" lets
            several processes write to one run from step 0.
        force: Ignored.
        reinit: What to do with a run that is open: "finish_previous" (default in notebooks),
            "return_previous" (default in scripts) or "create_new", which leaves it open and current.
        resume: With an `id`: "allow" goes on with it if it exists, "must" insists, "never" forbids. "auto"
            (or True) goes on with the last run of this store that did not finish well.
        resume_from: "<run id>?_step=<n>": rewind that run to step n and go on after it. Its later rows
            stay on disk, but are no part of it any more.
        fork_from: "<run id>?_step=<n>": begin a new run with that one's history up to step n.
        save_code: Keep the script or notebook itself.
        tensorboard: Ignored, as `sync_tensorboard`, `monitor_gym`, `anonymous` and `magic`.
        sync_tensorboard: Ignored.
        monitor_gym: Ignored.
        settings: A `Settings` or a dict of them; arguments above win.
        anonymous: Ignored.
        magic: Ignored.

    Returns:
        The run; also a context manager that finishes it.

    Raises:
        UsageError: an argument that cannot be used; the message names it.
        StoreVersionError: the store was made by a newer nbtrack.

    Example:
        >>> run = nbtrack.init(project="digits", config={"lr": 1e-3})  # doctest: +SKIP
    """
    name_ignored(
        force=force,
        tensorboard=tensorboard,
        sync_tensorboard=sync_tensorboard,
        monitor_gym=monitor_gym,
        anonymous=anonymous,
        magic=magic,
    )
    chosen = merge_settings(
        settings,
        project=project or None,
        entity=entity,
        root_dir=dir,
        run_id=id,
        run_name=name,
        run_notes=notes,
        run_tags=tags,
        run_group=group,
        run_job_type=job_type,
        mode=mode,
        reinit=reinit,
        resume=resume,
        resume_from=resume_from,
        fork_from=fork_from,
        save_code=save_code,
        allow_val_change=allow_val_change,
    )
    if not (chosen.run_id or chosen.resume or chosen.resume_from or chosen.fork_from) and (
        picked := resume_file.take_picked()
    ):
        chosen.run_id, chosen.resume = picked, "must"
    term.configure(silent=chosen.silent, quiet=chosen.quiet)
    validate(chosen)
    values = merge_config(config, chosen, config_include_keys, config_exclude_keys)

    previous = current.get_run()
    if previous is not None and previous.inherited:
        previous = None  # a worker process that starts a run of its own leaves its parent's alone
    reuse = chosen.reinit
    if reuse == "default":
        reuse = "finish_previous" if cells.in_notebook() else "return_previous"
    if previous is not None:
        if reuse == "finish_previous":
            previous.finish()
        elif reuse == "return_previous":
            return _return(previous, chosen, values)
    if chosen.mode == "disabled":
        from nbtrack.tracking.disabled import DisabledRun

        run: Run = DisabledRun(chosen, values)
    else:
        run = _start(chosen, values)
    if reuse != "create_new":
        current.set_run(run)
    if not run.disabled:
        exits.install()
        hooks.fire(hooks.run_started, run)
    return run


def attach(run_id: str, root: str | None = None, step: int | None = None) -> Run:
    """Write to a run from another process, by a log of its own; the run does not end when this part does.

    Args:
        run_id: An existing run.
        root: Its store. Default: the store of this process.
        step: Step to begin with. Default: the one after the last.

    Raises:
        NotFoundError: no such run.
    """
    chosen = Settings.from_environment()
    chosen.update({"seal": False, "console": False, "system_metrics": False, "quiet": True})
    store = Store.open(root if root is not None else nbtrack_dir(chosen))
    if store.run_dir(run_id) is None:
        raise NotFoundError(f"Could not find run {run_id!r} in the store {str(store.root)!r}")
    run = _open(_Plan(store, run_id, chosen, exists=True, step=step, owner=False))
    exits.install()
    if current.get_run() is None:
        current.set_run(run)
    return run


# ---- arguments -------------------------------------------------------------------------------------------


def _return(previous: Run, chosen: Settings, values: Mapping[str, Any]) -> Run:
    """The open run, for a second `init()` in a script."""
    if chosen.resume == "must" and chosen.run_id != previous.id:
        raise UsageError(
            f'init: resume="must" cannot go on with {chosen.run_id!r} while run {previous.id!r} is open; '
            "finish() it first"
        )
    asked = {
        "id": (chosen.run_id, previous.id),
        "project": (chosen.project, previous.project),
        "name": (chosen.run_name, previous.name),
    }
    other = [name for name, (wanted, has) in asked.items() if wanted and wanted != has]
    if values and any(previous.config.get(key, _ABSENT) != value for key, value in values.items()):
        other.append("config")
    if other:
        warn(
            f"init: run {previous.name!r} ({previous.id}) is open and returned again; {', '.join(other)} of "
            'this call have no effect. finish() it first, or pass reinit="finish_previous" or "create_new"'
        )
    return previous


_ABSENT = object()


# ---- starting --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Plan:
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


def _start(chosen: Settings, values: Mapping[str, Any]) -> Run:
    store = _open_store(chosen)
    try:
        plan = _decide(store, chosen)
        run = _open(plan)
    except OSError as error:
        store = _temporary_store(str(store.root), error)
        plan = _decide(store, chosen)
        run = _open(plan)
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


def _decide(store: Store, chosen: Settings) -> _Plan:
    """Which run it is, and where it begins."""
    if chosen.resume_from:
        run_id, step = moment("resume_from", chosen.resume_from)
        reader = _reader(store, "resume_from", run_id)
        return _Plan(
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
        return _Plan(store, wanted or new_id(), chosen)
    run_id = wanted
    if chosen.resume == "never":
        raise UsageError(f'init: resume="never", but run {run_id!r} exists already')
    if chosen.fork_from:
        raise UsageError(f"init: fork_from begins a new run, but run {run_id!r} exists already")
    if chosen.mode == "shared":
        # Ranks of one training count their own steps; rows of one step join.
        return _Plan(store, run_id, chosen, exists=True, step=0)
    if chosen.resume is None:
        warn(
            f"init: run {run_id!r} exists already; this goes on with it, and nothing of it is lost. Say so "
            'with resume="allow", or forbid it with resume="never"'
        )
    return _Plan(store, run_id, chosen, exists=True, step=None)


def _fork(store: Store, run_id: str, chosen: Settings) -> _Plan:
    source, step = moment("fork_from", chosen.fork_from or "")
    parent = _reader(store, "fork_from", source)
    return _Plan(
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


def _open(plan: _Plan) -> Run:
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
