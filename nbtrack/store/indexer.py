"""Puts runs into the index: their columns, flattened fields, tags, and previews of their series."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from nbtrack.store import index as ix
from nbtrack.store import previews

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.store.model import Json
    from nbtrack.store.reader import RunReader

#: columns of the index that are fields of `RunMeta`
COLUMNS = ("project", "entity", "name", "group", "job_type", "notes", "host")


class Seen(NamedTuple):
    """State of a run's folder when it was folded."""

    #: 0 when it was too young to tell a later change from this one
    mtime_ns: int
    #: bytes of the logs that may still grow
    growing: dict[str, int]


@dataclass(slots=True)
class Folded:
    """A run as it goes into the index."""

    row: dict[str, Any]
    #: tags, other, config, summary as JSON
    documents: tuple[str, str, str, str]
    tags: tuple[str, ...]
    fields: dict[str, Json]
    seen: Seen
    reader: RunReader

    @property
    def is_open(self) -> bool:
        """Whether its state depends on whether its writers live."""
        return self.row["writers"] is not None


def folded(reader: RunReader, seen: Seen) -> Folded:
    """Work out what the index is to say of a run."""
    run_meta, config, summary = reader.meta, reader.config, reader.summary()
    state = reader.state()
    row: dict[str, Any] = {name: _clean(getattr(run_meta, name)) or None for name in COLUMNS}
    user, cell_id = (run_meta.other.get(name) for name in ("user", "cell_id"))
    row |= {
        "id": run_meta.id,
        "user": _clean(user) if isinstance(user, str) else None,
        "cell_id": _clean(cell_id) if isinstance(cell_id, str) else None,
        "state": state,
        "created": run_meta.created,
        "heartbeat": run_meta.heartbeat,
        "finished": run_meta.finished,
        "deleted_at": run_meta.deleted_at,
        "exit_code": run_meta.exit_code,
        "last_step": reader.last_step,
        "writers": None if state in {"finished", "failed"} else json.dumps(reader.writers()),
    }
    documents = (
        json.dumps(run_meta.tags),
        json.dumps(run_meta.other),
        json.dumps(config),
        json.dumps(summary),
    )
    fields: dict[str, Json] = {}
    flatten("config", config, fields)
    flatten("summary", summary, fields)
    return Folded(row, documents, run_meta.tags, fields, seen, reader)


def flatten(prefix: str, tree: Mapping[str, Json], into: dict[str, Json]) -> None:
    """Add the leaves of nested dicts to `into`, under dotted names."""
    for name, value in tree.items():
        path = f"{prefix}.{_clean(name)}"
        if isinstance(value, dict) and value:
            flatten(path, value, into)
        else:
            into[path] = value


def _cell(value: Json) -> tuple[str, float | None, str | None, str | None]:
    """Kind, number, text and JSON of a field."""
    match value:
        case bool():
            return "b", float(value), None, None
        case int():
            return "i", _float(value), None, None if abs(value) <= 2**53 else str(value)
        case float():
            return "f", value, None, None  # SQLite keeps NaN as NULL: it equals nothing, as it should
        case str():
            return "s", None, _clean(value), None
        case None:
            return "n", None, None, None
    return "l", None, None, _clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _clean(text: str) -> str:
    """Return text without lone surrogates, which SQLite cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class Indexer:
    """Puts folded runs into the index, within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._kids: dict[str, int] = {}

    def put(self, path: str, folded: Folded) -> bool:
        """Insert a run, or what is different of a known one; return whether anything was."""
        do = self._connection.exec_driver_sql
        row = folded.row
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in row if name != "id")
        known = f"SELECT rid, tags, other, config, summary, {names} FROM run JOIN document USING (rid)"  # noqa: S608
        old = do(f"{known} WHERE id = ?", (row["id"],)).first()
        do(
            f"INSERT INTO run ({names}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}",  # noqa: S608
            tuple(row.values()),
        )
        before: dict[str, Json] = {}
        if old is None:
            rid = do("SELECT rid FROM run WHERE id = ?", (row["id"],)).scalar_one()
        else:
            rid = old[0]
            flatten("config", json.loads(old[3]), before)
            flatten("summary", json.loads(old[4]), before)
            other = json.loads(folded.documents[1])
            if json.loads(old[2]).get("rewound") != other.get("rewound"):
                do("DELETE FROM series WHERE rid = ?", (rid,))  # they draw rows that were taken back
        do("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?)", (rid, *folded.documents))
        self._put_fields(rid, before, folded.fields)
        do("DELETE FROM tag WHERE rid = ?", (rid,))
        if folded.tags:
            do("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(_clean(name), rid) for name in folded.tags])
        self._put_previews(rid, folded.reader, known=old is not None, closed=row["writers"] is None)
        seen = folded.seen
        do("DELETE FROM source WHERE path = ? OR rid = ?", (path, rid))
        do("INSERT INTO source VALUES (?, ?, ?, ?)", (rid, path, seen.mtime_ns, json.dumps(seen.growing)))
        if old and tuple(old[1:5]) == folded.documents and tuple(old[5:]) == tuple(row.values()):
            return False
        do("UPDATE run SET revision = (SELECT v + 1 FROM meta WHERE k = 'revision') WHERE rid = ?", (rid,))
        return True

    def kid(self, name: str) -> int:
        """Return the number of a key or field name, new when it is not known."""
        kid = self._kids.get(name)
        if kid is None:
            do = self._connection.exec_driver_sql
            do("INSERT OR IGNORE INTO key (name) VALUES (?)", (name,))
            kid = self._kids[name] = int(do("SELECT kid FROM key WHERE name = ?", (name,)).scalar_one())
        return kid

    def _put_fields(self, rid: int, before: dict[str, Json], after: dict[str, Json]) -> None:
        do = self._connection.exec_driver_sql
        rows = [
            (self.kid(name), rid, *_cell(value))
            for name, value in after.items()
            if name not in before or _cell(before[name]) != _cell(value)
        ]
        if rows:
            do("INSERT OR REPLACE INTO field VALUES (?, ?, ?, ?, ?, ?)", rows)
        if lost := [(self.kid(name), rid) for name in before if name not in after]:
            do("DELETE FROM field WHERE kid = ? AND rid = ?", lost)

    def _put_previews(self, rid: int, reader: RunReader, *, known: bool, closed: bool) -> None:
        """Draw long series, and those that somebody asked for, when they are new or grew by a tenth."""
        do = self._connection.exec_driver_sql
        drawn: dict[str, int] = {}
        if known:
            query = "SELECT name, n FROM series JOIN key USING (kid) WHERE rid = ?"
            drawn = {row.name: row.n for row in do(query, (rid,))}
        rows = []
        for name, n in reader.counts().items():
            before = drawn.get(name, -1)
            wanted = name in drawn or (n > previews.WHOLE and not name.startswith("_"))
            if wanted and (closed or n < before or n <= previews.WHOLE or n > 1.1 * before):
                rows.append((self.kid(name), rid, n, previews.encode(reader.series(name))))
        if rows:
            do("INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?)", rows)


def forget(connection: sa.Connection, paths: Sequence[str]) -> None:
    """Remove runs whose folders are gone."""
    for path in paths:
        rid = connection.execute(sa.select(ix.source.c.rid).where(ix.source.c.path == path)).scalar()
        for table in (ix.document, ix.field, ix.tag, ix.series, ix.run, ix.source):
            connection.execute(table.delete().where(table.c.rid == rid))
