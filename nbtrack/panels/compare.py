"""Several runs in one panel: curves over each other, media side by side at the same step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.panels.run import open_store, reader_of
from nbtrack.query.recorded import near

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.panels.widget import ComparePanel
    from nbtrack.query.runs import Runs
    from nbtrack.store.reader import RunReader

#: of a project, when only its name is given
LATEST_RUNS = 10
#: in one panel
MAX_RUNS = 1000
_AXES = {"step": None, "time": "_runtime"}


def compare(
    *runs: Any,
    keys: Sequence[str] | str | None = None,
    where: str | Mapping[str, Any] | None = None,
    align: str = "step",
    baseline: Any = None,
) -> ComparePanel:
    """Show runs over and beside each other.

    Args:
        *runs: `Run` objects, runs of `Api`, run ids or paths ("project/id"), names of projects (their latest
            10 runs), or lists of these.
        keys: only these keys; `*` stands for anything ("val/*"). Default: all.
        where: names of projects stand for all their runs that match, as `filters` of `Api.runs`.
        align: what lies beside each other, under one place of the slider: the same "step" of all runs, the
            same "time" since they began, or the same value of a logged metric ("epoch"). Of a run that logged
            nothing there, what it logged last before is shown.
        baseline: one of the runs: the numbers of the others also say how far they are from its own.

    Raises:
        UsageError: no run, more than 1,000, or runs of different stores.
        NotFoundError: a name that is neither a run nor a project; a metric that no run has.

    Example:
        >>> nbtrack.compare(slow, fast)
        >>> nbtrack.compare("digits", keys=["loss", "samples"])
        >>> nbtrack.compare("digits", where="lr < 0.1 and state == 'finished'")
        >>> nbtrack.compare(slow, fast, align="time", baseline=slow)
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
    base = None if baseline is None else _baseline(baseline, readers)
    return ComparePanel(found, [keys] if isinstance(keys, str) else keys, _axis(align, found), base)


def _axis(align: str, readers: Sequence[RunReader]) -> str | None:
    """The key of an alignment; None for the step."""
    if align in _AXES:
        return _AXES[align]
    known = {key for reader in readers for key, info in reader.keys().items() if info.n}
    if align not in known:
        raise NotFoundError(
            f"compare(align=…) takes 'step', 'time' or a metric; no run logged {align!r}{near(align, known)}"
        )
    return align


def _baseline(run: Any, readers: Mapping[str, RunReader]) -> str:
    """The id of the baseline, which is one of the runs."""
    (reader, *_) = readers_of([run])
    if reader.run_id not in readers:
        raise UsageError(
            f"compare(baseline=…) takes one of the runs that are compared; {reader.run_id!r} is not"
        )
    return reader.run_id


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
