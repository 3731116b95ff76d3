"""W&B's MongoDB-style run filters and sort orders, turned into `store.model.Filter` and `RunQuery.order`.

    {"config.lr": {"$lt": 0.01}, "$or": [{"tags": "best"}, {"summary_metrics.acc": {"$gte": 0.9}}]}

Semantics are MongoDB's where they matter: `$ne`, `$nin` and `$not` also match runs that lack the field;
`None` means "missing"; a condition on `tags` holds when one of the tags satisfies it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from nbtrack.errors import UsageError
from nbtrack.store.model import And, Compare, Filter, Not, Operator, Or

Scalar = bool | float | str

#: W&B's name of a run's own column -> the catalogue's
_COLUMNS: dict[str, str] = {
    "created_at": "run.created",
    "createdAt": "run.created",
    "heartbeat_at": "run.heartbeat",
    "heartbeatAt": "run.heartbeat",
    "updatedAt": "run.heartbeat",
    "updated_at": "run.heartbeat",
    "finished_at": "run.finished",
    "finishedAt": "run.finished",
    "display_name": "run.name",
    "displayName": "run.name",
    "duration": "run.duration",
    "entity": "run.entity",
    "group": "run.group",
    "host": "run.host",
    "id": "run.id",
    "jobType": "run.job_type",
    "job_type": "run.job_type",
    "name": "run.id",
    "notes": "run.notes",
    "project": "run.project",
    "state": "run.state",
    "tags": "tags",
    "user": "run.user",
    "username": "run.user",
}
#: W&B's prefixes of nested fields -> the catalogue's
_PREFIXES: dict[str, str] = {"config.": "config.", "summary_metrics.": "summary.", "summary.": "summary."}

_TIMES = frozenset({"run.created", "run.heartbeat", "run.finished"})
_COMPARISONS: dict[str, Operator] = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
_ON_FIELDS = ("$eq", "$ne", *_COMPARISONS, "$in", "$nin", "$exists", "$regex", "$not")
_ON_FILTERS = ("$and", "$or", "$nor", "$not")


def parse_filters(filters: Mapping[str, Any] | None) -> Filter | None:
    """Translate a W&B filter.

    Args:
        filters: a MongoDB-style dict, or None.

    Returns:
        The filter, or None when it accepts every run.

    Raises:
        UsageError: an unknown operator or field, or a value that its operator cannot take.

    Example:
        >>> parse_filters({"state": "finished"})
        Compare(field='run.state', op='=', value='finished')
    """
    if filters is None:
        return None
    if not isinstance(filters, Mapping):
        raise UsageError(f"filters must be an expression or a dict, got {type(filters).__name__}")
    return _document(filters) if filters else None


def parse_order(order: str | None) -> tuple[tuple[str, bool], ...]:
    """Translate a W&B sort order.

    Args:
        order: "+" (ascending, also the default) or "-" before a field, or several with commas between them;
            None or "" for W&B's default, "+created_at".

    Returns:
        (field, descending) pairs for `RunQuery.order`.

    Raises:
        UsageError: the field is unknown or cannot be sorted by.

    Example:
        >>> parse_order("-summary_metrics.acc")
        (('summary.acc', True),)
    """
    if not order:
        return (("run.created", False),)
    if not isinstance(order, str):
        raise UsageError(f"order must be a str such as '-created_at', got {type(order).__name__}")
    pairs = []
    for part in order.split(","):
        name = part.strip()
        descending = name.startswith("-")
        field = field_of(name.lstrip("+-"))
        if field == "tags":
            raise UsageError("runs cannot be sorted by 'tags'")
        pairs.append((field, descending))
    return tuple(pairs)


def field_of(name: str) -> str:
    """Return the catalogue's name of a W&B field.

    `displayName` is `run.name`, `config.lr.value` is `config.lr`, `summary_metrics.acc` is `summary.acc`.

    Raises:
        UsageError: there is no such field.
    """
    if not isinstance(name, str):
        raise UsageError(f"field names in filters must be str, got {name!r}")
    if column := _COLUMNS.get(name):
        return column
    for prefix, ours in _PREFIXES.items():
        path = name.removeprefix(prefix)
        if path and path != name:
            return ours + (_without_value(path) if prefix == "config." else path)
    accepted = ", ".join(sorted(_COLUMNS))
    raise UsageError(
        f"unknown field {name!r}; accepted are {accepted}, config.<key> and summary_metrics.<key>"
    )


def _without_value(path: str) -> str:
    """W&B keeps a config value as {key: {"value": ...}}: `lr.value` is `lr`, `opt.value.lr` is `opt.lr`."""
    parts = path.split(".")
    if len(parts) > 1 and parts[1] == "value":
        del parts[1]
    elif len(parts) > 1 and parts[-1] == "value":
        del parts[-1]
    return ".".join(parts)


def _document(document: object) -> Filter:
    if not isinstance(document, Mapping):
        raise UsageError(f"a filter must be a dict, got {document!r}")
    parts: list[Filter] = []
    for key, value in document.items():
        if key == "$not":
            parts.append(Not(_document(value)))
        elif key in _ON_FILTERS:
            clauses = tuple(_document(clause) for clause in _items(key, value))
            parts.append(And(clauses) if key == "$and" else Or(clauses) if key == "$or" else Not(Or(clauses)))
        elif isinstance(key, str) and key.startswith("$"):
            where = "belongs inside a field's condition" if key in _ON_FIELDS else "is unknown"
            raise UsageError(f"operator {key!r} {where}; accepted here are {', '.join(_ON_FILTERS)}")
        else:
            parts.append(_condition(key, field_of(key), value))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _condition(name: str, field: str, condition: object) -> Filter:
    if not isinstance(condition, Mapping):
        return _equal(name, field, condition)
    parts = [_operation(name, field, op, value) for op, value in condition.items()]
    if not parts:
        raise UsageError(f"the condition on {name!r} is an empty dict")
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _operation(name: str, field: str, op: object, value: object) -> Filter:
    if op == "$eq":
        return _equal(name, field, value)
    if op == "$ne":
        return Not(_equal(name, field, value))
    if op == "$in":
        return _one_of(name, field, _items(op, value))
    if op == "$nin":
        return Not(_one_of(name, field, _items(op, value)))
    if op == "$not":
        return Not(_condition(name, field, value))
    if op == "$exists":
        return Compare(field, "exists" if value else "missing")
    if op == "$regex":
        return Compare(field, "regex", _pattern(name, field, value))
    if op in _COMPARISONS:
        if field == "tags" or value is None:
            raise UsageError(f"{op!r} on {name!r} cannot compare with {value!r}")
        return Compare(field, _COMPARISONS[str(op)], _scalar(name, field, value))
    raise UsageError(f"unknown operator {op!r} on {name!r}; accepted are {', '.join(_ON_FIELDS)}")


def _equal(name: str, field: str, value: object) -> Filter:
    if value is None:
        return Compare(field, "missing")
    return Compare(field, "=", _scalar(name, field, value))


def _one_of(name: str, field: str, values: Sequence[object]) -> Filter:
    wanted = Compare(field, "in", tuple(_scalar(name, field, v) for v in values if v is not None))
    return Or((wanted, Compare(field, "missing"))) if any(v is None for v in values) else wanted


def _items(op: object, value: object) -> Sequence[Any]:
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (list, tuple)):
        return value
    raise UsageError(f"{op!r} takes a list, got {value!r}")


def _pattern(name: str, field: str, value: object) -> str:
    if not isinstance(value, str) or field in _TIMES:
        raise UsageError(f"'$regex' on {name!r} takes a str and a text field, got {value!r}")
    try:
        re.compile(value)
    except re.error as error:
        raise UsageError(f"'$regex' on {name!r}: {value!r} is not a regular expression: {error}") from None
    return value


def _scalar(name: str, field: str, value: object) -> Scalar:
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = cast("Callable[[], object]", cast("Any", value).item)()
    if field in _TIMES:
        return unix_seconds(name, value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bool, int, float, str)):
        return value
    raise UsageError(
        f"the condition on {name!r} needs a bool, a number or a str, got {type(value).__name__}"
        + ("; use {'$in': [...]} for several" if isinstance(value, (list, tuple, set)) else "")
    )


def unix_seconds(name: str, value: object) -> float:
    """Read a point in time.

    Args:
        name: what is being read, for the error message.
        value: unix seconds, an ISO 8601 string (UTC when it names no zone, as in W&B), a `datetime` (local
            time when naive, as everywhere in Python) or a `date` (its midnight, local time).

    Raises:
        UsageError: none of these.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise UsageError(f"{name!r} is a time: {value!r} is not an ISO 8601 string") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day).astimezone().timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise UsageError(f"{name!r} is a time: unix seconds, ISO 8601 or datetime accepted, got {value!r}")
