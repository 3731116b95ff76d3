"""The columns of a project's runs, as people write them in filters: found by name, suggested, listed.

    config.lr   summary.acc   acc   `val/loss`   summary["val/loss"]   state   created_at   tags

A bare name is a field of the run, else a key of the summary, else one of the config: `config.state` and
`summary.lr` are always understood as written.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrack.store.model import FieldKind, Scalar
    from nbtrack.store.protocols import Catalog

#: fields of a run, by the name that is shown
_FIELDS: dict[str, str] = {
    "name": "run.name",
    "id": "run.id",
    "state": "run.state",
    "tags": "tags",
    "group": "run.group",
    "job_type": "run.job_type",
    "notes": "run.notes",
    "created_at": "run.created",
    "heartbeat_at": "run.heartbeat",
    "finished_at": "run.finished",
    "duration": "run.duration",
    "step": "run.last_step",
    "exit_code": "run.exit_code",
    "user": "run.user",
    "host": "run.host",
    "project": "run.project",
    "entity": "run.entity",
}
#: further names; `Name`, `createdAt` and `JobType` need none: neither case nor _ counts
_ALIASES: dict[str, str] = {
    "display_name": "name",
    "created": "created_at",
    "created_timestamp": "created_at",
    "heartbeat": "heartbeat_at",
    "updated": "heartbeat_at",
    "updated_at": "heartbeat_at",
    "finished": "finished_at",
    "runtime": "duration",
    "last_step": "step",
    "username": "user",
    "hostname": "host",
}
#: unix seconds
TIMES = frozenset({"run.created", "run.heartbeat", "run.finished"})
_NUMBERS = frozenset({"run.duration", "run.last_step", "run.exit_code"})
_SECTIONS = {"config": "config", "summary": "summary", "summary_metrics": "summary"}

_PLAIN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def _loose(name: str) -> str:
    return name.replace("_", "").lower()


_LOOSE = {
    _loose(name): field for name, field in [*_FIELDS.items(), *((a, _FIELDS[n]) for a, n in _ALIASES.items())]
}


class Columns:
    """Finds columns by what was typed.

    Args:
        keys: the catalogue's names of what the runs have, "config.lr". None: not known, so that every name
            that says its section is taken as it is.
    """

    def __init__(self, keys: Iterable[str] | None = None) -> None:
        self._keys = None if keys is None else frozenset(keys)

    @classmethod
    def of(cls, catalog: Catalog, project: str | None) -> Columns:
        """Columns of the runs of a project; of all runs of the store when it is None."""
        return cls(catalog.field_names(project))

    def find(self, name: str, section: str = "") -> str | None:
        """Return the catalogue's name of a column, or None when there is none.

        Args:
            name: as typed, without backquotes.
            section: "config" or "summary": only a key of that; "run": only a field of the run.

        Example:
            >>> Columns(["config.lr", "summary.acc"]).find("acc")
            'summary.acc'
        """
        if section == "run":
            return _LOOSE.get(_loose(name))
        if section:
            return self._key(f"{section}.{name}")
        if name in _FIELDS or name in _ALIASES:
            return _LOOSE[_loose(name)]
        head, _, rest = name.partition(".")
        if head in _SECTIONS and rest and (found := self._key(f"{_SECTIONS[head]}.{rest}")):
            return found
        for section_ in ("summary", "config"):
            if self._keys and (found := self._key(f"{section_}.{name}")):
                return found
        return _LOOSE.get(_loose(name))

    def _key(self, field: str) -> str | None:
        """Return a key if some run has it, or a dict of that name; before any run has one, each will do."""
        if not self._keys or field in self._keys or any(key.startswith(f"{field}.") for key in self._keys):
            return field
        return None

    def near(self, name: str, n: int = 3) -> list[str]:
        """Return what may have been meant, as it is typed; the nearest first."""
        head, _, rest = name.partition(".")
        section = _SECTIONS.get(head) if rest else None
        keys = sorted(self._keys or (), reverse=True)  # a key of the summary before one of the config
        meanings = {} if section else {loose: spelled(field) for loose, field in _LOOSE.items()}
        for key in keys:
            of, _, tail = key.partition(".")
            if section in {None, of}:
                meanings.setdefault(tail.lower(), spelled(key))
        near = get_close_matches((rest if section else name).lower(), meanings, n=2 * n, cutoff=0.6)
        return list(dict.fromkeys(meanings[one] for one in near))[:n] or (
            self.near(rest, n) if section else []
        )

    def some(self, n: int = 8) -> list[str]:
        """Return a few columns, as they are typed: keys first."""
        return [spelled(field) for field in [*sorted(self._keys or ()), *_FIELDS.values()][:n]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that filters may name."""

    #: as it is typed
    name: str
    #: the catalogue's name
    field: str
    #: of its values; "mixed": text in some runs, numbers in others; "other": lists and dicts, which no
    #: comparison finds
    kind: FieldKind | Literal["time", "tags"]


def own_fields() -> list[tuple[str, str, Literal["number", "text", "time", "tags"]]]:
    """Return the fields of a run itself: (name as it is typed, the catalogue's name, kind of its values)."""
    return [(name, field, _field_kind(field)) for name, field in _FIELDS.items()]


def columns(catalog: Catalog, project: str | None) -> list[Column]:
    """List the columns of the runs of a project: fields of runs, then config and summary, sorted.

    Args:
        catalog: of the store.
        project: its name; None for all runs of the store.

    Example:
        >>> columns(api.catalog, "digits")[-1]
        Column(name='summary.acc', field='summary.acc', kind='number')
    """
    found = [Column(*own) for own in own_fields()]
    kinds = catalog.field_kinds(project)
    return found + [Column(spelled(field), field, kinds[field]) for field in sorted(kinds)]


def values(catalog: Catalog, project: str | None, name: str, limit: int = 20) -> list[tuple[Scalar, int]]:
    """Return a column's most frequent values and how many runs have each; none of an unknown column.

    Args:
        catalog: of the store.
        project: its name; None for all runs of the store.
        name: as typed, without backquotes.
        limit: how many at most.

    Example:
        >>> values(api.catalog, "digits", "config.optimizer")
        [('adam', 12), ('sgd', 5)]
    """
    field = Columns.of(catalog, project).find(name)
    return [] if field is None else catalog.values(field, project, limit)


def spelled(field: str) -> str:
    """Return how a column is typed.

    Example:
        >>> spelled("summary.val/loss")
        '`summary.val/loss`'
    """
    for name, known in _FIELDS.items():
        if field == known:
            return name
    section, _, key = field.partition(".")
    if _PLAIN.fullmatch(key):
        return field
    return f"{section}[{json.dumps(key, ensure_ascii=False)}]" if "`" in key else f"`{field}`"


def _field_kind(field: str) -> Literal["number", "text", "time", "tags"]:
    if field == "tags":
        return "tags"
    return "time" if field in TIMES else "number" if field in _NUMBERS else "text"
