"""A panel as one HTML file: the same code and data as the live view, and nothing fetched from anywhere."""

from __future__ import annotations

import base64
import html
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import NotFoundError
from nbtrack.panels import thumbs
from nbtrack.panels.built import built
from nbtrack.panels.delta import build_delta
from nbtrack.panels.packs import ALWAYS, LIBRARIES, NEEDED, WEBASSEMBLY, PackError, load
from nbtrack.panels.questions import cell_source
from nbtrack.panels.tables.saved import files_in, saved_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbtrack.panels.widget import Panel
    from nbtrack.panels.wire import RunDelta
    from nbtrack.store.reader import RunReader

#: of one series: nobody can be asked for more when a reader zooms in
_RAW_POINTS = 20_000

_TEMPLATE = Path(__file__).with_name("page.html")


def page(panel: Panel, media_bytes: int) -> str:
    """Return the file's text.

    Args:
        panel: what to show.
        media_bytes: of encoded media to put in, newest first, over all runs; originals as far as they fit.
    """
    deltas = []
    cells: dict[str, Any] = {}
    blobs: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    kinds: set[str] = set()
    for reader in panel.readers:
        reader.refresh()
        delta, buffers = build_delta(reader, None, raw_points=_RAW_POINTS, keys=panel.keys_shown)
        deltas.append({"content": delta, "buffers": [_base64(buffer) for buffer in buffers]})
        cells |= _cells(reader, delta)
        kinds |= {row["kind"] for row in delta["media"]}
        found = saved_tables(reader, delta)
        tables |= found
        kinds |= {column.get("media", "") for table in found.values() for column in table["columns"]}
        files = [*_files(delta), *files_in(found)]
        media_bytes = _take_blobs(reader, files, blobs, media_bytes)
    packs = _packs(kinds)
    data = {
        "hello": panel.data_hello,
        "deltas": deltas,
        "cells": cells,
        "blobs": blobs,
        "packs": packs,
        "tables": tables,
    }
    parts = {
        "<!--TITLE-->": html.escape(f"{panel.data_hello['title']} · nbtrack"),
        "/*CSS*/": built("core.css").read_text(encoding="utf-8"),
        "<!--EVAL-->": _compiling(packs),
        "<!--STILL-->": panel.still(),
        # an end tag or the start of a comment inside a script would be the page's; they stand in strings only
        "<!--ESM-->": re.sub(
            r"<(?=/script|!--)", r"\\x3c", built("core.js").read_text(encoding="utf-8"), flags=re.IGNORECASE
        ),
        "<!--DATA-->": json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", r"\u003c"),
    }
    # in one pass, so that nothing which is put in is taken for a place to put something
    pattern = re.compile("|".join(map(re.escape, parts)))
    return pattern.sub(lambda found: parts[found[0]], _TEMPLATE.read_text(encoding="utf-8"))


def _cells(reader: RunReader, delta: RunDelta) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in delta["cells"]:
        try:
            found[f"{reader.run_id}/{cell['id']}"] = cell_source(reader, reader.store, cell["id"])
        except NotFoundError:  # its source is lost: the page says so when it is asked for
            continue
    return found


def _packs(kinds: set[str]) -> dict[str, str]:
    """Return what media of these kinds are drawn with, compressed."""
    found = {}
    for name in sorted({*ALWAYS, *(name for kind in kinds for name in NEEDED.get(kind, ()))}):
        with suppress(PackError):  # the page then says what is missing
            found[name] = _base64(load(name).gzipped)
    return found


def _compiling(packs: dict[str, str]) -> str:
    """What the page may compile: libraries parts of themselves. Nothing but its own code runs either way."""
    if packs.keys() & LIBRARIES.keys():
        return "'unsafe-eval'"
    return "'wasm-unsafe-eval'" if packs.keys() & WEBASSEMBLY else ""


def _take_blobs(reader: RunReader, files: Sequence[str], blobs: dict[str, Any], budget: int) -> int:
    """Put media in until the budget is spent; return what is left of it."""
    for sha in files:
        if sha in blobs:
            continue
        try:
            data = reader.blob(sha)
        except FileNotFoundError:
            continue
        if len(data) > budget:
            data = thumbs.reduce(data, thumbs.PUSH_PX).data
        if len(data) > budget:
            continue
        budget -= len(data)
        blobs[sha] = {"mime": thumbs.sniff(data), "data": _base64(data)}
    return budget


def _files(delta: RunDelta) -> Iterator[str]:
    """Yield what media consist of, newest first."""
    for row in reversed(delta["media"]):
        parts = row["meta"].get("parts")
        # a browser cannot read the file of a table: its rows are in the page
        yield from [row["blob"]] if row["blob"] and not row["kind"].endswith("table-file") else []
        yield from map(str, parts.values()) if isinstance(parts, dict) else []


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
