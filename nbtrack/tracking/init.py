"""`nbtrack.init`: from arguments, environment and what the store holds to a run that records.

No account, no network, no server: the run is a folder of the store, and `init` returns as soon as that
stands. Whatever takes longer (git, the list of packages) is found out in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError, UsageError, warn
from nbtrack.store.layout import Store
from nbtrack.tracking import cells, current, exits, hooks, term
from nbtrack.tracking import resume as resume_file
from nbtrack.tracking.arguments import (
    merge_config,
    merge_settings,
    name_ignored,
    validate,
)
from nbtrack.tracking.settings import Settings, nbtrack_dir
from nbtrack.tracking.start import Plan, open_run, start

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from nbtrack.tracking.run import Run


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
        run = start(chosen, values)
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
    run = open_run(Plan(store, run_id, chosen, exists=True, step=step, owner=False))
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
