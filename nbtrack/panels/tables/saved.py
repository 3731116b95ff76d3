"""Tables of a saved page: there is nobody to ask there, so it holds their first rows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError
from nbtrack.panels.tables.page import page
from nbtrack.panels.tables.source import open_source

if TYPE_CHECKING:
    from nbtrack.panels.wire import MediaRow, RunDelta
    from nbtrack.store.reader import RunReader

#: rows of a table, at most
ROWS = 1000
#: characters of all tables of a run; the newest come first
BUDGET = 8 * 1024 * 1024
#: of a medium in a cell, and of its parts (masks, posters); other such text names no file of the store
_SHA = re.compile(r'\\"([0-9a-f]{64})\\"')


def saved_tables(reader: RunReader, delta: RunDelta) -> dict[str, Any]:
    """Return the first rows of a run's tables by the SHA-256 of their files, joined with commas.

    `total` stays that of the whole table, `held` is what the page holds: the viewer says both.
    """
    found: dict[str, Any] = {}
    left = BUDGET
    for row in reversed(delta["media"]):
        shas = _files(row, delta["media"])
        if not shas or ",".join(shas) in found:
            continue
        try:
            table = page(open_source(reader.store.store_id, shas, reader.blob), {"limit": ROWS})
        except NotFoundError:  # lost: the page says so when it is asked for
            continue
        table["matched"] = table["held"] = len(table["rows"])
        left -= len(json.dumps(table["rows"]))
        if left < 0:
            break
        found[",".join(shas)] = table
    return found


def files_in(tables: dict[str, Any]) -> list[str]:
    """Return the files that the cells of these tables name."""
    return list(dict.fromkeys(_SHA.findall(json.dumps([table["rows"] for table in tables.values()]))))


def _files(row: MediaRow, every: list[MediaRow]) -> list[str]:
    """Return the files of a table; of an increment all up to it, in order, as the viewer names them."""
    if row["blob"] is None or row["kind"] not in {"table-file", "incremental-table-file"}:
        return []
    if row["kind"] == "table-file":
        return [row["blob"]]
    place = row["step"], row["idx"]
    same = (r for r in every if r["key"] == row["key"] and r["kind"] == row["kind"])
    upto = sorted((r["step"], r["idx"], r["blob"]) for r in same if r["blob"] is not None)
    return [blob for step, idx, blob in upto if (step, idx) <= place]
