"""The META frames of a run, folded: who of several writers set a path last.

Of the writes to one path the last by (hybrid clock, writer) counts, in whatever order they come in. Only tags
are a set that several writers may change at a time: their edits are kept, and done in that order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nbtrack.store.derive import Edit, metric_from, put_in

if TYPE_CHECKING:
    from nbtrack.store.frames import Meta
    from nbtrack.store.model import Json, MetricDefinition

_TAGS = ("run", "tags")


class _Written(NamedTuple):
    """The META that won a path."""

    hlc: int
    writer: str
    op: str
    value: Any
    time: float


class Metas:
    """What META frames say, by path."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, ...], _Written] = {}
        self._tags: list[tuple[int, str, str, Any]] = []

    def take(self, writer: str, meta: Meta, time: float) -> None:
        """Take an edit of `writer`; a second time changes nothing."""
        path = tuple(meta.path)
        if path == _TAGS:
            op = (meta.hlc, writer, meta.op, meta.value)
            if op not in self._tags:
                self._tags.append(op)
                self._tags.sort(key=lambda item: item[:2])
            return
        old = self._written.get(path)
        if old is None or (meta.hlc, writer) > (old.hlc, old.writer):
            self._written[path] = _Written(meta.hlc, writer, meta.op, meta.value, time)

    def tree(self, root: str) -> dict[str, Json]:
        """The paths below `root` as nested dicts, keys in order of their first appearance."""
        found = [(path[1:], m) for path, m in self._written.items() if path[0] == root and len(path) > 1]
        tree: dict[str, Json] = {}
        for path, written in sorted(found, key=lambda item: item[1][:2]):
            put_in(tree, path, written.value, deleted=written.op == "del")
        order = dict.fromkeys(path[0] for path, _ in found)
        return {name: tree[name] for name in order if name in tree}

    def tags(self) -> tuple[str, ...]:
        """The run's tags."""
        tags: dict[str, None] = {}
        for _, _, op, value in self._tags:
            names = [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]
            if op == "set":
                tags = dict.fromkeys(names if value is not None else ())
            elif op == "add":
                tags.update(dict.fromkeys(names))
            elif op == "remove":
                for name in names:
                    tags.pop(name, None)
            else:
                tags = {}
        return tuple(tags)

    def metrics(self) -> dict[str, MetricDefinition]:
        """Definitions by name, globs as they were given."""
        return {
            path[1]: metric_from(path[1], m.value)
            for path, m in self._written.items()
            if path[0] == "metric" and len(path) == 2 and m.op == "set" and isinstance(m.value, dict)
        }

    def edits(self) -> list[Edit]:
        """Explicit summary assignments, oldest first."""
        found = [(path[1:], m) for path, m in self._written.items() if path[0] == "summary" and len(path) > 1]
        return [
            Edit(path, m.op == "del", m.value, m.time) for path, m in sorted(found, key=lambda i: i[1][:2])
        ]
