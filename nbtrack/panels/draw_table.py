"""Tables in a page without scripts: the first rows and columns, with thumbnails."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from nbtrack.media.columns import JSON_KINDS
from nbtrack.media.table_file import describe
from nbtrack.panels import thumbs
from nbtrack.panels.drawings import DRAWINGS, Drawn, draw, img, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 8
COLUMNS = 8
#: CSS pixels that a column takes at least
_LEAST = 60
#: longest side of a thumbnail, in CSS pixels
_THUMB = 48
_CHARACTERS = 40

_CELL = 'style="padding:1px 7px;border-bottom:1px solid #8884;text-align:{};vertical-align:middle"'


def tables(media: Sequence[Drawn], width: int, scale: int) -> str | None:
    """Draw the first table of a step; of increments, the rows of that step."""
    files = _files(media if "increment_num" in media[0].meta else media[:1])
    if not files:
        return None
    described = describe(files[-1].schema_arrow)
    shown = described[: max(1, min(COLUMNS, width // _LEAST))]
    names = [str(column["name"]) for column in shown]
    total = sum(file.metadata.num_rows for file in files)
    rows: list[dict[str, Any]] = []
    for file in files:
        if len(rows) < ROWS and file.metadata.num_rows:
            first = file.read_row_group(0, columns=names).slice(0, ROWS - len(rows))
            rows += first.to_pylist()
    head = "".join(f"<th {_CELL.format('left')}>{text(name, 24)}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(
            _cell(row.get(name), c["kind"], media[0].file, scale)
            for name, c in zip(names, shown, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    left_out = [f"{total:,} rows"] if total > len(rows) else []
    left_out += [f"{len(described)} columns"] if len(described) > len(shown) else []
    note = f'<small style="opacity:.7">of {" and ".join(left_out)}</small>' if left_out else ""
    empty = '<small style="opacity:.7">no rows</small>' if not total else ""
    return (
        '<table style="border-collapse:collapse;font-size:11px;line-height:1.35">'
        f"<tr>{head}</tr>{body}</table>{note}{empty}"
    )


def _files(media: Sequence[Drawn]) -> list[Any]:
    """Return the tables' files, opened, without those that are lost or not there yet (fsck tells)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = []
    for one in media:
        with contextlib.suppress(OSError):
            if one.sha is not None:
                files.append(pq.ParquetFile(pa.BufferReader(one.file(one.sha))))
    return files


def _cell(value: Any, kind: str | None, file: Callable[[str], bytes], scale: int) -> str:
    right = kind == "number"
    return f"<td {_CELL.format('right' if right else 'left')}>{_content(value, kind, file, scale)}</td>"


def _content(value: Any, kind: str | None, file: Callable[[str], bytes], scale: int) -> str:
    if value is None:
        return '<span style="opacity:.5">none</span>'
    if kind in JSON_KINDS:
        found = json.loads(value)
        media = found if isinstance(found, list) and found else [found]
        if all(isinstance(one, dict) and isinstance(one.get("_type"), str) for one in media):
            return " ".join(_medium(one, file, scale) for one in media[:3])
        return text(value, _CHARACTERS)
    if isinstance(value, float):
        return f"{value:.5g}"
    return text(str(value), _CHARACTERS)


def _medium(cell: dict[str, Any], file: Callable[[str], bytes], scale: int) -> str:
    kind, sha = str(cell["_type"]), cell.get("sha256")
    name = text(kind.removesuffix("-file"), 20)
    if "value" in cell:  # an array, or a number that JSON cannot write
        return text(str(cell["value"]), _CHARACTERS)
    if not isinstance(sha, str):
        return name
    try:
        if kind == "image-file":
            made = thumbs.reduce(file(sha), _THUMB * scale)
            width, height = int(cell.get("width") or 1), int(cell.get("height") or 1)
            factor = _THUMB / max(width, height)
            size = max(1, round(width * factor)), max(1, round(height * factor))
            return img(made.data, made.mime, *size, alt=str(cell.get("caption") or ""))
        if kind in DRAWINGS and not kind.endswith("table-file"):
            return draw(kind, [Drawn(cell, sha, file)], 2 * _THUMB, 1) or name
    except OSError:
        return name
    return name
