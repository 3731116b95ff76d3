"""What may be said to `init()`: checked here, before anything is made."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import UsageError, warn
from nbtrack.tracking.config import as_mapping, read_yaml, select
from nbtrack.tracking.identity import check_tags
from nbtrack.tracking.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOMENT = re.compile(r"(?P<id>.+)\?_step=(?P<step>\d+)\Z")
_ID_FORBIDDEN = frozenset(":;,#?/'")
_PROJECT_FORBIDDEN = frozenset("/\\#?%:")


def name_ignored(**arguments: Any) -> None:
    """Warn of those arguments that were given and mean nothing here, in one sentence."""
    named = ", ".join(name for name, value in arguments.items() if value)
    if named:
        warn(f"init: these arguments mean nothing in nbtrack and are ignored: {named}")


def merge_settings(given: Settings | Mapping[str, Any] | None, **arguments: Any) -> Settings:
    """Environment, then `settings=`, then the arguments that are not None."""
    chosen = Settings.from_environment()
    if os.environ.get("NBTRACK_DIR"):
        chosen.root_dir = None  # it names the store itself and wins over WANDB_DIR
    if given is not None:
        chosen.update(given)
    chosen.update({name: value for name, value in arguments.items() if value is not None})
    return chosen


def validate(chosen: Settings) -> None:
    """Check what can be checked before a store is opened.

    Raises:
        UsageError: naming the argument.
    """
    if chosen.run_id is not None:
        check_id(chosen.run_id)
    if chosen.project:
        check_project(chosen.project)
    chosen.run_tags = check_tags(chosen.run_tags)
    moments = [name for name in ("resume", "resume_from", "fork_from") if getattr(chosen, name)]
    if len(moments) > 1:
        raise UsageError(f"init: {' and '.join(moments)} exclude each other")
    for name in ("resume_from", "fork_from"):
        if getattr(chosen, name):
            source, _ = moment(name, getattr(chosen, name))
            if name == "resume_from" and chosen.run_id not in {None, source}:
                raise UsageError(
                    f"init: resume_from goes on with run {source!r}, but id is {chosen.run_id!r}"
                )
            if name == "fork_from" and chosen.run_id == source:
                raise UsageError(f"init: fork_from begins a new run; its id cannot be {source!r} too")


def check_id(run_id: str) -> None:
    """Raise UsageError when `run_id` cannot be the id of a run."""
    if not run_id or run_id != run_id.strip():
        raise UsageError(f"init: id {run_id!r} is empty, or begins or ends with a blank")
    if bad := _ID_FORBIDDEN & set(run_id):
        raise UsageError(
            f"init: id {run_id!r} holds {' '.join(sorted(bad))}; none of : ; , # ? / ' is accepted"
        )


def check_project(project: str, argument: str = "init: project") -> None:
    """Raise UsageError when `project` cannot be the name of a project."""
    if len(project) > 128:
        raise UsageError(f"{argument} has {len(project)} characters; accepted are up to 128")
    if bad := _PROJECT_FORBIDDEN & set(project):
        raise UsageError(
            f"{argument} {project!r} holds {' '.join(sorted(bad))}; none of / \\ # ? % : is accepted"
        )


def moment(argument: str, text: str) -> tuple[str, int]:
    """Read `"<run id>?_step=<n>"`; `argument` is named in the UsageError for anything else."""
    found = _MOMENT.match(text)
    if found is None:
        raise UsageError(f'init: {argument} must look like "<run id>?_step=<n>", not {text!r}')
    return found["id"], int(found["step"])


def merge_config(
    given: Any, chosen: Settings, include: Iterable[str] | None, exclude: Iterable[str] | None
) -> dict[str, Any]:
    """`config-defaults.yaml`, then the files of the settings, then what was given."""
    values: dict[str, Any] = {}
    defaults = Path("config-defaults.yaml")
    if defaults.is_file():
        values.update(read_yaml(defaults))
    for path in chosen.config_paths or ():
        values.update(read_yaml(Path(path)))
    values.update(select(as_mapping(given), include, exclude))
    return values


def default_project() -> str:
    """Name of the git repository around the working folder and the path inside it, else "uncategorized"."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".git").exists() and folder.name:
            name = "_".join((folder.name, *here.relative_to(folder).parts))
            return "".join("-" if character in _PROJECT_FORBIDDEN else character for character in name)[:128]
    return "uncategorized"
