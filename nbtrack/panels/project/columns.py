"""The columns of a project's runs, and the values that they hold most often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError
from nbtrack.panels.project.query import project_of
from nbtrack.panels.project.wire import Column, Columns, Values
from nbtrack.panels.wire import plain
from nbtrack.query import columns as typed
from nbtrack.store.model import And, Compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.model import Filter
    from nbtrack.store.reading import Reading

#: values in one answer
_MOST_VALUES = 1_000


def columns(reading: Reading, args: Mapping[str, Any]) -> Columns:
    """Answer with the columns of the runs that are not deleted.

    Keys that begin with "_" keep W&B's books (`_timestamp`, `_wandb`): what they say of a run is among its
    own fields.
    """
    revision, fields = reading.census(_scope(args))
    counted = {one.field: one for one in fields}
    found: list[Column] = []
    for name, field, kind in typed.own_fields():
        if field in counted and field not in {"run.project", "run.entity"}:
            label = name.replace("_", " ").capitalize()
            count = counted[field].runs
            found.append(Column(field=field, name=name, label=label, section="run", kind=kind, count=count))
    for section in ("config", "summary"):
        prefix = f"{section}."
        inside = [one for one in fields if one.field.startswith(prefix)]
        for one in sorted(inside, key=lambda one: (one.field.casefold(), one.field)):
            label = one.field.removeprefix(prefix)
            if not label.startswith("_") and one.kind is not None:
                name = typed.spelled(one.field)
                found.append(
                    Column(
                        field=one.field,
                        name=name,
                        label=label,
                        section=section,
                        kind=one.kind,
                        count=one.runs,
                    )
                )
    return Columns(revision=revision, columns=found)


def values(reading: Reading, args: Mapping[str, Any]) -> Values:
    """Answer with the most frequent values of `column`, a field or what is typed for it.

    An unknown one has none.
    """
    column, limit = args.get("column"), args.get("limit", 20)
    if not isinstance(column, str) or not isinstance(limit, int) or limit < 0:
        raise LogValueError(f"column must be a text, limit a number; got {column!r:.80} and {limit!r:.80}")
    names = typed.Columns(reading.names(project_of(args)))
    is_field = column == "tags" or column.startswith(("run.", "config.", "summary."))
    field = column if is_field else names.find(column)
    if field is None:
        return Values(values=[])
    found = reading.values(field, _scope(args), min(limit, _MOST_VALUES))
    return Values(values=[(plain(value), count) for value, count in found])


def _scope(args: Mapping[str, Any]) -> Filter:
    return And((project_of(args), Compare("run.deleted_at", "missing")))
