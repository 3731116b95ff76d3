"""Several runs in one panel: curves over each other, media side by side at the same step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.panels.run import open_store, reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.panels.widget import ComparePanel
    from nbtrack.query.runs import Runs
    from nbtrack.store.reader import RunReader

#: of a project, when only its name is given
LATEST_RUNS = 10
#: in one panel
MAX_RUNS = 1000


def compare(
    *runs: Any, keys: Sequence[str] | str | None = None, where: str | Mapping[str, Any] | None = None
) -> ComparePanel:
    """Show runs over and beside each other.

    Args:
        *runs: `Run` objects, runs of `Api`, run ids or paths ("project/id"), names of projects (their latest
            10 runs), or lists of these.
        keys: only these keys; `*` stands for anything ("val/*"). Default: all.
        where: names of projects stand for all their runs that match, as `filters` of `Api.runs`.

    Raises:
        UsageError: no run, more than 1,000, or runs of different stores.
        NotFoundError: a name that is neither a run nor a project.

    Example:
        >>> nbtrack.compare(slow, fast)
        >>> nbtrack.compare("digits", keys=["loss", "samples"])
        >>> nbtrack.compare("digits", where="lr < 0.1 and state == 'finished'")
    """
    from nbtrack.panels.widget import ComparePanel

    if where is not None:
        runs = tuple(_matching(project, where) for project in runs)
    readers: dict[str, RunReader] = {}
    for reader in readers_of(runs):
        readers.setdefault(reader.run_id, reader)
    found = list(readers.values())
    if not found:
        raise UsageError(
            "compare() needs at least one run, run id or project name; got none"
            if where is None
            else f"compare(): no run matches where={where!r}"
        )
    if len(found) > MAX_RUNS:
        raise UsageError(f"compare() shows up to {MAX_RUNS:,} runs; got {len(found)}")
    if len({reader.store.store_id for reader in found}) > 1:
        raise UsageError("compare() shows runs of one store; these lie in several")
    return ComparePanel(found, [keys] if isinstance(keys, str) else keys)


def readers_of(runs: Iterable[Any]) -> list[RunReader]:
    """Return the readers of anything that names runs, in order."""
    found: list[RunReader] = []
    for run in runs:
        if isinstance(run, str):
            found += _named(run)
        elif hasattr(run, "reader") or hasattr(run, "run_dir"):
            found.append(reader_of(run))
        elif isinstance(run, Iterable):
            found += readers_of(run)
        else:
            raise UsageError(
                f"compare() takes runs, run ids, project names and lists of these; got {type(run).__name__}"
            )
    return found


def _matching(project: Any, where: str | Mapping[str, Any]) -> Runs:
    from nbtrack.query.api import Api

    if not isinstance(project, str):
        raise UsageError(f"compare(where=…) takes names of projects, got {type(project).__name__}")
    return Api(dir=open_store().root).runs(project, filters=where)


def _named(name: str) -> list[RunReader]:
    """Return the run with this id or path, or the latest runs of the project with this name."""
    from nbtrack.query.api import Api

    store = open_store()
    try:
        return [reader_of(name, store)]
    except NotFoundError:
        pass
    api = Api(dir=store.root)
    latest = api.runs(name, order="-created_at")[:LATEST_RUNS]
    if latest:
        return [run.reader for run in reversed(latest)]
    try:
        return [api.run(name).reader]
    except NotFoundError:
        raise NotFoundError(f"{name!r} is neither a run nor a project of this store") from None
