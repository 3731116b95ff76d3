"""Which runs a question of a project's page means: its search, filter and order, as the store takes them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.errors import ExpressionError, LogValueError
from nbtrack.query.columns import Columns
from nbtrack.query.expression import parse_expression
from nbtrack.store.model import And, Compare, Or

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.panels.project.wire import Misread
    from nbtrack.store.model import Filter, Json
    from nbtrack.store.reading import Reading

#: fields that a question may name at once
MAX_FIELDS = 1000


class MisreadError(Exception):
    """A filter or search that cannot be understood: an answer, not an error."""

    def __init__(self, misread: Misread) -> None:
        super().__init__(misread["message"])
        self.misread = misread


@dataclass(frozen=True, slots=True)
class Wanted:
    """Runs of a project."""

    #: those of the project, or the deleted ones of it
    scope: Filter
    #: those that are meant
    where: Filter
    order: tuple[tuple[str, bool], ...]
    within: tuple[tuple[str, Json], ...]

    def select(self, reading: Reading) -> list[int]:
        """Return the runs."""
        return reading.select(self.where, self.order, self.within)


def name_of(args: Mapping[str, Any]) -> tuple[str, str]:
    """Return entity ("" for none) and name of the project that a question is about.

    Raises:
        LogValueError: it names none.
    """
    entity, project = args.get("entity", ""), args.get("project")
    if not isinstance(entity, str) or not isinstance(project, str):
        raise LogValueError(f"entity and project must be texts; got {entity!r:.80} and {project!r:.80}")
    return entity, project


def project_of(args: Mapping[str, Any]) -> Filter:
    """Return what runs of the asked project have in common, deleted ones included.

    Each run belongs to one project: one that was logged without an entity to those of entity "", only.
    """
    entity, project = name_of(args)
    return And((Compare("run.project", "=", project or None), Compare("run.entity", "=", entity or None)))


def wanted(reading: Reading, args: Mapping[str, Any]) -> Wanted:
    """Read the `query` of a question.

    Raises:
        MisreadError: the search or filter cannot be understood.
        LogValueError: it is no query.
    """
    query = args.get("query", {})
    if not isinstance(query, dict):
        raise LogValueError(f"query must be an object; got {query!r:.80}")
    project = project_of(args)
    deleted = Compare("run.deleted_at", "exists" if _flag(query, "deleted") else "missing")
    parts: list[Filter] = [project, deleted]
    if (search := _text(query, "search")).strip():
        parts.append(_search(search, _flag(query, "regex")))
    if (text := _text(query, "filter")).strip():
        parts.append(filter_of(reading, project, text))
    order = tuple(_pairs(query, "sort", lambda descending: isinstance(descending, bool)))
    within = tuple(
        _pairs(query, "within", lambda value: value is None or isinstance(value, str | float | int))
    )
    return Wanted(And((project, deleted)), And(tuple(parts)), order, within)


def filter_of(reading: Reading, project: Filter, text: str) -> Filter:
    """Return the filter that a text is.

    Raises:
        MisreadError: it cannot be understood.
    """
    now = float(int(time.time()))  # pages that are asked for within a second are of one answer
    try:
        return parse_expression(text, Columns(reading.names(project)), now)
    except ExpressionError as error:
        raise MisreadError(
            {
                "in": "filter",
                "message": str(error),
                "at": error.at,
                "length": error.length,
                "suggestions": list(error.suggestions),
            }
        ) from None


def fields_of(args: Mapping[str, Any], name: str = "fields") -> list[str]:
    """Return the fields that a question names.

    Raises:
        LogValueError: they are no fields.
    """
    fields = args.get(name, [])
    if not isinstance(fields, list) or len(fields) > MAX_FIELDS or not all(map(_is_field, fields)):
        raise LogValueError(
            f"{name} must be up to {MAX_FIELDS:,} of tags, run.*, config.* and summary.*; got {fields!r:.80}"
        )
    return fields


def _is_field(name: object) -> bool:
    return isinstance(name, str) and (name == "tags" or name.startswith(("run.", "config.", "summary.")))


def _search(text: str, regex: bool) -> Filter:
    """Search names for a pattern, or names and ids for a part of them; in any case."""
    if not regex:
        part = f"(?i){re.escape(text.strip())}"
        return Or((Compare("run.name", "regex", part), Compare("run.id", "regex", part)))
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        at = min(getattr(error, "pos", None) or 0, max(len(text) - 1, 0))
        message = f"this is no regular expression: {getattr(error, 'msg', None) or error}"
        raise MisreadError(
            {"in": "search", "message": message, "at": at, "length": 1, "suggestions": [re.escape(text)]}
        ) from None
    try:
        re.compile(anycase := f"(?i:{text})")
    except re.error:  # it begins with flags of its own
        return Compare("run.name", "regex", text)
    return Compare("run.name", "regex", anycase)


def _text(query: Mapping[str, Any], name: str) -> str:
    value = query.get(name) or ""
    if not isinstance(value, str):
        raise LogValueError(f"{name} must be text; got {value!r:.80}")
    return value


def _flag(query: Mapping[str, Any], name: str) -> bool:
    value = query.get(name) or False
    if not isinstance(value, bool):
        raise LogValueError(f"{name} must be true or false; got {value!r:.80}")
    return value


def _pairs(query: Mapping[str, Any], name: str, good: Callable[[object], bool]) -> list[tuple[str, Any]]:
    pairs = query.get(name) or []
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 and _is_field(pair[0]) and good(pair[1])
        for pair in pairs
    ):
        what = "[field, descending]" if name == "sort" else "[field, value]"
        raise LogValueError(f"{name} must be a list of {what}; got {pairs!r:.80}")
    return [(pair[0], pair[1]) for pair in pairs]
