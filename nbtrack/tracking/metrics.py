"""`define_metric`: what a key means — its x-axis, its summary, whether it is shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal, cast

from nbtrack.errors import LogValueError, UsageError
from nbtrack.store.model import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.model import Json

OPERATIONS = ("min", "max", "mean", "first", "last", "best", "none", "copy")


class Metric:
    """What `define_metric` returns; all attributes are read-only."""

    def __init__(self, definition: MetricDefinition) -> None:
        self._definition = definition

    @property
    def name(self) -> str:
        """The key, or the glob as it was given."""
        return self._definition.name

    @property
    def step_metric(self) -> str | None:
        """Key of the x-axis; None: the step."""
        return self._definition.step_metric

    @property
    def step_sync(self) -> bool:
        """Whether the step metric's latest value joins rows that lack it."""
        return self._definition.step_metric is not None and self._definition.step_sync

    @property
    def summary(self) -> tuple[str, ...] | None:
        """The operations whose results the summary holds; None: the last value."""
        return self._definition.summary or None

    @property
    def hidden(self) -> bool:
        """Whether panels leave it out unless asked."""
        return self._definition.hidden

    @property
    def goal(self) -> str | None:
        """Minimize or maximize, as far as it was said."""
        return self._definition.goal

    def __repr__(self) -> str:
        return f"Metric({self._definition.name!r})"


def parse(
    name: object,
    step_metric: object = None,
    step_sync: object = None,
    hidden: object = None,
    summary: object = None,
    goal: object = None,
    overwrite: object = None,
) -> dict[str, Json]:
    """Check the arguments of `define_metric`.

    Returns:
        The fields that were given, as `MetricDefinition` has them.

    Raises:
        UsageError: a wrong type, an empty name, a glob that is not a suffix, an unknown operation.
    """
    for argument, value, kinds in (
        ("name", name, (str,)),
        ("step_metric", step_metric, (str, Metric)),
        ("step_sync", step_sync, (bool,)),
        ("hidden", hidden, (bool,)),
        ("summary", summary, (str,)),
        ("goal", goal, (str,)),
        ("overwrite", overwrite, (bool,)),
    ):
        if not isinstance(value, kinds) and (value is not None or argument == "name"):
            raise UsageError(
                f"Unhandled define_metric() arg: {argument} type: {type(value).__name__}; accepted is "
                + " or ".join(kind.__name__ for kind in kinds)
            )
    assert isinstance(name, str)
    fields: dict[str, Json] = {"name": _checked_name("name", name)}
    if step_metric is not None:
        axis = step_metric.name if isinstance(step_metric, Metric) else cast("str", step_metric)
        fields["step_metric"] = _checked_name("step_metric", axis)
        if "*" in axis:
            raise UsageError(f"define_metric: step_metric {axis!r} must be one key, not a glob")
    if step_sync is not None:
        fields["step_sync"] = cast("bool", step_sync)
    if hidden is not None:
        fields["hidden"] = cast("bool", hidden)
    if summary is not None:
        fields["summary"] = [*_operations(cast("str", summary))]
    if goal is not None:
        fields["goal"] = _goal(cast("str", goal))
    return fields


def _checked_name(argument: str, name: str) -> str:
    if not name:
        raise LogValueError(f"define_metric: {argument} is empty; give a key or a glob such as 'val/*'")
    if "*" in name[:-1]:
        raise UsageError(f"define_metric: {name!r} has a '*' inside; accepted is one '*' at the end")
    return name


def _operations(summary: str) -> tuple[str, ...]:
    operations = tuple(part.strip().lower() for part in summary.split(",") if part.strip())
    for operation in operations:
        if operation not in OPERATIONS:
            raise UsageError(
                f"define_metric: summary operation {operation!r} is not known; accepted are "
                + ", ".join(OPERATIONS)
            )
    return tuple(dict.fromkeys(operations))


def _goal(goal: str) -> Literal["minimize", "maximize"]:
    # W&B looks at the first three letters: minimise, minimum and min are all meant
    short = goal.strip().lower()[:3]
    if short == "min":
        return "minimize"
    if short == "max":
        return "maximize"
    raise UsageError(f"define_metric: goal {goal!r} is not known; accepted are minimize and maximize")


class MetricTable:
    """The definitions of a run, and the latest value of each step metric."""

    def __init__(self, definitions: Mapping[str, MetricDefinition] | None = None) -> None:
        self._definitions: dict[str, MetricDefinition] = dict(definitions or {})
        self._axes: dict[str, float] = {}
        for definition in self._definitions.values():
            self._note_axis(definition)

    def define(self, fields: Mapping[str, Json], *, overwrite: bool) -> MetricDefinition:
        """Merge `fields` into what is known of that name, or replace it; return the whole definition."""
        name = str(fields["name"])
        old = None if overwrite else self._definitions.get(name)
        given = dict(fields)
        if "summary" in given:
            given["summary"] = tuple(cast("list[str]", given["summary"]))  # type: ignore[assignment]
        base = old or MetricDefinition(name)
        definition = dataclasses.replace(base, **given)  # type: ignore[arg-type]
        self._definitions[name] = definition
        self._note_axis(definition)
        return definition

    def get(self, key: str) -> MetricDefinition | None:
        """The definition that holds for `key`: its own, else the glob with the longest prefix."""
        exact = self._definitions.get(key) or self._definitions.get(key.replace(".", "\\."))
        if exact is not None or key.startswith("_"):
            return exact
        found, longest = None, -1
        for name, definition in self._definitions.items():
            prefix = name[:-1].replace("\\.", ".")
            if name.endswith("*") and len(prefix) > longest and key.startswith(prefix):
                found, longest = definition, len(prefix)
        return found

    @property
    def synchronizes(self) -> bool:
        """Whether any definition has a step metric that may have to be added to rows."""
        return bool(self._axes)

    def sync(self, numbers: dict[str, tuple[str, float]]) -> None:
        """Add to a row the step metrics that it lacks, and remember those that it has.

        Args:
            numbers: key -> (dtype letter, value) of the row; changed in place.
        """
        for axis in self._axes:
            if axis in numbers:
                self._axes[axis] = numbers[axis][1]
        for key in list(numbers):
            definition = self.get(key)
            if definition is None or definition.step_metric is None or not definition.step_sync:
                continue
            axis = definition.step_metric
            if axis not in numbers and axis in self._axes:
                value = self._axes[axis]
                numbers[axis] = ("i" if isinstance(value, int) else "f", value)

    def remember(self, axis: str, value: float) -> None:
        """Set the latest value of a step metric (from an earlier life of the run)."""
        if axis in self._axes:
            self._axes[axis] = value

    @property
    def axes(self) -> tuple[str, ...]:
        """The step metrics, without the internal `_step`, `_timestamp`, `_runtime`."""
        return tuple(self._axes)

    def _note_axis(self, definition: MetricDefinition) -> None:
        axis = definition.step_metric
        # The journal itself knows the axes that begin with "_": every row has them.
        if axis is not None and not axis.startswith("_"):
            self._axes.setdefault(axis, 0)
