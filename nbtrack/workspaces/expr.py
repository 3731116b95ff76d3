"""What runs are filtered, grouped and sorted by in Python, in W&B's words; kept as text that the page shows.

    Metric("val_loss") < 1        Config("lr").isin([0.1, 0.01])        Or(State == "failed", Tags() == "old")

A name means what it means in the page: `Metric` is a field of the run ("State", "Name", ...) or else a key of
the summary.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from nbtrack.errors import UsageError
from nbtrack.query.columns import spelled
from nbtrack.query.expression import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: W&B's names of a run's own fields -> the catalogue's
_RUN_FIELDS: dict[str, str] = {
    "ID": "run.id",
    "Name": "run.name",
    "Tags": "tags",
    "State": "run.state",
    "CreatedTimestamp": "run.created",
    "Heartbeat": "run.heartbeat",
    "Runtime": "run.duration",
    "User": "run.user",
    "Group": "run.group",
    "JobType": "run.job_type",
    "Hostname": "run.host",
    "Notes": "run.notes",
    "Step": "run.last_step",
}
#: W&B's names of columns
_RUN_COLUMNS = {
    "displayName": "run.name",
    "name": "run.id",
    "state": "run.state",
    "tags": "tags",
    "notes": "run.notes",
    "createdAt": "run.created",
    "heartbeatAt": "run.heartbeat",
    "duration": "run.duration",
    "username": "run.user",
    "group": "run.group",
    "jobType": "run.job_type",
    "host": "run.host",
}


class BaseMetric:
    """A column of the runs, by which they can be filtered, grouped and sorted.

    Attributes:
        name: As it was given.
        field: As the catalogue and the page call it: "config.lr", "summary.acc", "run.state".
    """

    def __init__(self, name: str, field: str) -> None:
        if not isinstance(name, str) or not name:
            raise UsageError(f"{type(self).__name__} needs the name of a column, got {name!r}")
        self.name = name
        self.field = field

    def __eq__(self, other: object) -> FilterExpr:  # type: ignore[override]
        return self._compared("=", other)

    def __ne__(self, other: object) -> FilterExpr:  # type: ignore[override]
        return self._compared("!=", other)

    def __lt__(self, other: object) -> FilterExpr:
        return self._compared("<", other)

    def __le__(self, other: object) -> FilterExpr:
        return self._compared("<=", other)

    def __gt__(self, other: object) -> FilterExpr:
        return self._compared(">", other)

    def __ge__(self, other: object) -> FilterExpr:
        return self._compared(">=", other)

    def __hash__(self) -> int:
        return hash(self.field)

    def isin(self, values: Iterable[Any]) -> FilterExpr:
        """Keep runs with one of these values."""
        return FilterExpr(f"{spelled(self.field)} in {_list(values)}")

    def notin(self, values: Iterable[Any]) -> FilterExpr:
        """Keep runs with none of these values."""
        return FilterExpr(f"{spelled(self.field)} not in {_list(values)}")

    def within_last(self, amount: float, unit: str) -> FilterExpr:
        """Keep runs of the last minutes, hours or days; of `Metric("CreatedTimestamp")`."""
        return FilterExpr(f"{spelled(self.field)} within_last {_literal(amount)} {unit}")

    def _compared(self, sign: str, value: object) -> FilterExpr:
        return FilterExpr(f"{spelled(self.field)} {sign} {_literal(value)}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Metric(BaseMetric):
    """A field of the run by W&B's name (ID, Name, State, CreatedTimestamp, ...), else of the summary."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _RUN_FIELDS.get(name, f"summary.{name}"))


class Summary(BaseMetric):
    """A key of the summary."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"summary.{name}")


SummaryMetric = Summary


class Config(BaseMetric):
    """A key of the configuration; nested ones with dots."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"config.{name}")


class Tags(BaseMetric):
    """The tags of a run: `Tags() == "best"` keeps runs that have it."""

    def __init__(self, name: str = "Tags") -> None:
        super().__init__(name, "tags")


class FilterExpr:
    """Which runs are kept. Made by comparing a `Metric`, `Config`, ...; `&` and `|` join two."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __and__(self, other: FilterExpr) -> FilterExpr:
        return And(self, other)

    def __or__(self, other: FilterExpr) -> FilterExpr:
        return Or(self, other)

    def __bool__(self) -> bool:
        raise UsageError("`and`, `or` and chained comparisons do not join filters; write &, | or And(...)")

    def __repr__(self) -> str:
        return f"FilterExpr({self.text!r})"


class And(FilterExpr):
    """All of these hold."""

    def __init__(self, *parts: FilterExpr | str) -> None:
        super().__init__(_joined("and", parts))


class Or(FilterExpr):
    """One of these holds."""

    def __init__(self, *parts: FilterExpr | str) -> None:
        super().__init__(_joined("or", parts))


Group = And


class Ordering:
    """What runs are sorted by."""

    def __init__(self, item: BaseMetric | str, ascending: bool = True) -> None:
        self.item = item if isinstance(item, BaseMetric) else Metric(item)
        self.ascending = ascending

    def __repr__(self) -> str:
        return f"Ordering({self.item!r}, ascending={self.ascending})"


def filter_text(filters: str | FilterExpr | Sequence[FilterExpr | str]) -> str:
    """Return filters as one text.

    Raises:
        UsageError: it cannot be understood; an `ExpressionError` says where.
    """
    if isinstance(filters, str):
        text = filters
    elif isinstance(filters, FilterExpr):
        text = filters.text
    else:
        text = _joined("and", filters)
    parse_expression(text)
    return text


def field_of(metric: BaseMetric | str) -> str:
    """Return the field of a column given as `Metric`, "config.lr", "c::lr", "summary:acc" or "acc"."""
    if isinstance(metric, BaseMetric):
        return metric.field
    if not isinstance(metric, str) or not metric:
        raise UsageError(f"a column is a str, Metric, Config or Summary, got {metric!r}")
    for sign in ("::", ":"):
        section, found, key = metric.partition(sign)
        if not found:
            continue
        if section in {"c", "config"}:
            return f"config.{key}"
        if section in {"s", "summary"}:
            return f"summary.{key}"
        if section == "run":
            return _RUN_COLUMNS.get(key, f"run.{key}")
    if metric == "tags" or metric.startswith(("config.", "summary.", "run.")):
        return metric
    return Metric(metric).field


def metric_of(field: str) -> BaseMetric:
    """Return what names a field of the catalogue."""
    section, _, key = field.partition(".")
    if section == "config":
        return Config(key)
    if section == "summary":
        return Summary(key)
    known = {own: name for name, own in _RUN_FIELDS.items()}
    metric = Metric(known.get(field, key or field))
    metric.field = field
    return metric


def column_of(field: str) -> str:
    """Return a field as W&B names columns: "config:lr", "summary:acc", "run:displayName"."""
    known = {own: name for name, own in _RUN_COLUMNS.items()}
    if field in known:
        return f"run:{known[field]}"
    section, _, key = field.partition(".")
    return f"{section}:{key}"


def _joined(word: str, parts: Sequence[FilterExpr | str]) -> str:
    texts = []
    for part in parts:
        if not isinstance(part, (FilterExpr, str)):
            raise UsageError(f"a filter is a comparison such as Metric('acc') > 0.9, or text; got {part!r}")
        text = part if isinstance(part, str) else part.text
        if text.strip():
            texts.append(text)
    return texts[0] if len(texts) == 1 else f" {word} ".join(f"({text})" for text in texts)


def _list(values: Iterable[Any]) -> str:
    if isinstance(values, str):
        raise UsageError(f"isin and notin take a list of values, got the str {values!r}")
    texts = [_literal(value) for value in values]
    return f"[{', '.join(texts)}]"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    raise UsageError(f"columns are compared with numbers, text, bools and None, not with {value!r}")
