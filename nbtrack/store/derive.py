"""What follows from a run's rows and edits: metric definitions, the summary, the state. Pure.

Nothing here is ever written down: a late definition covers earlier rows, a writer that comes back is running
again, because each answer is worked out from the files when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from nbtrack.store.model import SYSTEM_PREFIX, UNENDING, MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nbtrack.store.model import Json, ObjectRow, RunState, Series

#: seconds of silence after which a writer that cannot be looked at counts as stalled, and as crashed
STALLED, CRASHED = 120.0, 600.0
#: reasons of CLOSE that do not mean that a run was lost: its end, and an edit of it from elsewhere
_WHOLE = frozenset({"finish", "edit"})


# ---- metric definitions -----------------------------------------------------------------------------------


def metric_from(name: str, value: Mapping[str, Any]) -> MetricDefinition:
    """Read the value of META ["metric", name]; fields that are missing or unknown take the default."""
    summary = value.get("summary") or ()
    goal = str(value.get("goal") or "")[:3].lower()
    return MetricDefinition(
        name,
        value.get("step_metric") or None,
        bool(value.get("step_sync", True)),
        bool(value.get("hidden", False)),
        tuple(summary.split(",")) if isinstance(summary, str) else tuple(summary),
        "maximize" if goal == "max" else "minimize" if goal == "min" else None,
    )


class Definitions:
    r"""Finds the definition that holds for a key: the exact one, else the glob with the longest prefix.

    Globs end in `*` and never match keys that begin with `_`. A literal dot may be written `\.`.

    Example:
        >>> Definitions([MetricDefinition("val/*", summary=("max",))]).find("val/acc").summary
        ('max',)
    """

    def __init__(self, items: Iterable[MetricDefinition] = ()) -> None:
        self._exact: dict[str, MetricDefinition] = {}
        globs: list[tuple[str, MetricDefinition]] = []
        for item in items:
            name = item.name.replace("\\.", ".")
            if name.endswith("*"):
                globs.append((name[:-1], item))
            else:
                self._exact[name] = item
        self._globs = sorted(globs, key=lambda pair: -len(pair[0]))

    def find(self, key: str) -> MetricDefinition | None:
        """Return the definition of `key`, or None."""
        if found := self._exact.get(key):
            return found
        if not self._globs or key.startswith("_"):
            return None
        return next((item for prefix, item in self._globs if key.startswith(prefix)), None)


# ---- summary ----------------------------------------------------------------------------------------------


class Edit(NamedTuple):
    """An explicit `summary[...] = value` or `del summary[...]`; `time`: unix seconds, on the rows' clock."""

    path: tuple[str, ...]
    deleted: bool
    value: Any
    time: float


@dataclass(slots=True)
class Logged:
    """What was logged under one key."""

    #: of the numbers: f, i or b; "" when there are none
    dtype: str = ""
    #: the number at the last step, that step, and when it was written
    value: float = float("nan")
    step: int = 0
    time: float = float("-inf")
    #: when the latest number was written, whatever its step
    latest: float = float("-inf")
    #: all numbers; only where a definition asks for more than the last
    series: Series | None = None
    #: the objects of the last step that has any (without None), in order of their index
    objects: Sequence[ObjectRow] = ()


def plain(dtype: str, value: float) -> bool | int | float:
    """Return a number in the type it was logged in: dtype f, i or b."""
    if dtype == "f" or not np.isfinite(value):
        return float(value)
    return bool(value) if dtype == "b" else int(value)


def object_value(rows: Sequence[ObjectRow]) -> Json:
    """Return the JSON of one logged object, of a logged list of them, or of the last of increments."""
    if rows[0].count in {0, UNENDING}:
        return _object_json(rows[-1])
    return [_object_json(row) for row in rows]


def _object_json(row: ObjectRow) -> Json:
    if row.kind == "json":
        return row.meta.get("value")
    blob: dict[str, Json] = {} if row.blob is None else {"sha256": row.blob}
    return {"_type": row.kind, **row.meta, **blob}


def summary_of(
    logged: Mapping[str, Logged], definitions: Definitions, edits: Iterable[Edit] = ()
) -> dict[str, Json]:
    """Work out a run's summary.

    Args:
        logged: What each key holds. Keys stay flat (`a.b`), as they were logged.
        definitions: What `define_metric` asked for.
        edits: Explicit assignments, oldest first. One wins over what was logged before it; what is logged
            after it is a plain last value again. A nested path stays nested.
    """
    standing: list[Edit] = []
    ended: set[str] = set()
    for edit in edits:
        if _overtaken(edit, logged):
            ended.add(".".join(edit.path))
        else:
            standing.append(edit)
    summary: dict[str, Json] = {}
    for key, what in logged.items():
        if key.startswith(SYSTEM_PREFIX):
            continue
        value = _last(what) if key in ended else _value(key, what, definitions)
        if value is not _ABSENT:
            summary[key] = cast("Json", value)
    for edit in standing:
        _apply(summary, edit)
    return summary


_ABSENT = object()


def _value(key: str, what: Logged, definitions: Definitions) -> object:
    definition = definitions.find(key)
    wanted = set(definition.summary) - {"copy"} if definition else set()
    if not wanted:
        return _last(what)
    if "none" in wanted or what.series is None or definition is None:
        return _ABSENT
    return _aggregates(what.series, definition)


def _last(what: Logged) -> object:
    objects = what.objects
    if objects and (not what.dtype or (objects[0].step, objects[0].time) > (what.step, what.time)):
        return object_value(objects)
    return plain(what.dtype, what.value) if what.dtype else _ABSENT


def _aggregates(series: Series, definition: MetricDefinition) -> dict[str, Json]:
    numbers = series.values[~np.isnan(series.values)]
    if not len(numbers):
        numbers = series.values[-1:]
    highest = definition.goal == "maximize"
    result: dict[str, Json] = {}
    for name in definition.summary:
        match name:
            case "min":
                result[name] = plain(series.dtype, numbers.min())
            case "max":
                result[name] = plain(series.dtype, numbers.max())
            case "mean":
                with np.errstate(over="ignore", invalid="ignore"):
                    result[name] = float(numbers.mean())
            case "first":
                result[name] = plain(series.dtype, series.values[0])
            case "last":
                result[name] = plain(series.dtype, series.values[-1])
            case "best":
                result[name] = plain(series.dtype, numbers.max() if highest else numbers.min())
    return result


def _overtaken(edit: Edit, logged: Mapping[str, Logged]) -> bool:
    """Whether the key that `edit` is about was logged after it."""
    for key in {edit.path[0], ".".join(edit.path)}:
        what = logged.get(key)
        if what and max([what.latest, *(row.time for row in what.objects)]) > edit.time:
            return True
    return False


def _apply(summary: dict[str, Json], edit: Edit) -> None:
    flat = ".".join(edit.path)
    for key in [k for k in summary if k == flat or k.startswith(flat + ".")]:
        del summary[key]
    put_in(summary, edit.path, edit.value, deleted=edit.deleted)


def put_in(tree: dict[str, Json], path: Sequence[str], value: Json, *, deleted: bool = False) -> None:
    """Set or delete `path` in nested dicts; what is in the way of a path is replaced.

    Example:
        >>> tree = {"a": 1}
        >>> put_in(tree, ("b", "c"), 2); tree
        {'a': 1, 'b': {'c': 2}}
    """
    for name in path[:-1]:
        below = tree.get(name)
        if not isinstance(below, dict):
            if deleted:
                return
            below = tree[name] = {}
        tree = below
    if deleted:
        tree.pop(path[-1], None)
    else:
        tree[path[-1]] = value


# ---- state ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is known of one writer of a run."""

    #: unix time of its first frame and of its last sign of life
    begun: float
    heartbeat: float
    #: wrote numbers or objects (a stream without is an edit of the run, or has only just begun)
    wrote: bool
    #: reason, exit code and time of CLOSE; None while there is none
    closed: tuple[str, int, float] | None
    #: whether the writer lives; None when that cannot be seen from here
    alive: bool | None


def run_state(streams: Sequence[StreamState], now: float) -> RunState:
    """Return the state of a run from its writers.

    A living writer makes it running (or stalled, when it cannot be seen and was silent for two minutes). Else
    the last `finish` counts, unless a writer that began after it was lost. Else it crashed. A CLOSE for any
    other reason (a process that exited without `finish`, an edit from elsewhere) does not finish a run.
    """
    open_ones = [s for s in streams if s.closed is None]
    if any(s.alive or (s.alive is None and now - s.heartbeat < STALLED) for s in open_ones):
        return "running"
    if any(s.alive is None and now - s.heartbeat < CRASHED for s in open_ones):
        return "stalled"
    ends = [s.closed for s in streams if s.closed is not None and s.closed[0] == "finish"]
    if not ends:
        return "crashed"
    _, exit_code, time = max(ends, key=lambda end: end[2])
    if any(s.begun > time and s.wrote and (s.closed is None or s.closed[0] not in _WHOLE) for s in streams):
        return "crashed"
    return "failed" if exit_code else "finished"
