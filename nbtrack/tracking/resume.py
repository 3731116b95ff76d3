"""Runs to go on with.

`resume="auto"`: the store remembers the run until it has finished well. And one that the user picked in a
panel, for the next `init()`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nbtrack.errors import UsageError, warn
from nbtrack.tracking.arguments import check_id

if TYPE_CHECKING:
    from nbtrack.store.layout import Store
    from nbtrack.tracking.run import Run

#: name of the file in the store that remembers the run for `resume="auto"`
RESUME_FILE = "resume.json"

_picked: str | None = None


def pick(run_id: str) -> None:
    """Let the next `init()` that names no run go on with `run_id`."""
    global _picked
    _picked = run_id


def take_picked() -> str | None:
    """The picked run, once."""
    global _picked
    picked, _picked = _picked, None
    return picked


def remembered(store: Store) -> str | None:
    """The run that did not finish well, or None."""
    try:
        found = json.loads((store.root / RESUME_FILE).read_text(encoding="utf-8"))
        run_id = found["run_id"]
        check_id(run_id)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        warn(f'init: resume="auto" cannot read {RESUME_FILE} of the store: {error}')
        return None
    return str(run_id)


def remember(run: Run) -> None:
    """Keep the id until the run finishes well."""
    path = run.store.root / RESUME_FILE
    try:
        path.write_text(json.dumps({"run_id": run.id}), encoding="utf-8")
    except OSError as error:
        warn(f'init: resume="auto" will not find run {run.id!r} again: {error}')
        return

    def forget() -> None:
        if run.exit_code == 0 and remembered(run.store) == run.id:
            path.unlink(missing_ok=True)

    run.add_stop(forget)
