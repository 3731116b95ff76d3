"""A table as a file: Parquet, with what the columns mean in its metadata.

    schema metadata "nbtrack": {"version": 1, "columns": [{"name", "kind", "media"?, "optional"?, "key"?,
    "refers"?}]}

Columns of lists, dicts, arrays and media are JSON text (`nbtrack.media.cells`). A medium's cell is
`{"_type": kind, "sha256": file, ...}`; the file lies beside the table in the store.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

from nbtrack.errors import LogValueError
from nbtrack.media.base import Encoded, Raw
from nbtrack.media.cells import CellMedia, finish_media, resolve
from nbtrack.media.columns import JSON_KINDS, Column, ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbtrack.media.base import Json

VERSION = 1
#: rows that are read at once where a viewer asks for a page
ROW_GROUP = 32_768
_METADATA = b"nbtrack"


def raw_of(columns: Sequence[Column], start: int) -> Raw:
    """Return the rows from `start` on as raw bytes: Arrow's IPC stream, then the media of the cells.

    Numbers and text are copied once, into Arrow; media are taken as their own records say.
    """
    import pyarrow as pa

    media = CellMedia()
    arrays = [column.arrow(start, media) for column in columns]
    schema = pa.schema(
        [(str(column.name), array.type) for column, array in zip(columns, arrays, strict=True)],
        metadata={_METADATA: json.dumps(_described(columns)).encode()},
    )
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, schema) as writer:
        writer.write_table(pa.table(arrays, schema=schema))
    arrow = memoryview(stream.getvalue())
    described, data = media.snapshot()
    return Raw("table", {"arrow": len(arrow), "media": len(described)}, (arrow, described, *data))


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "table": Arrow's IPC stream and the raw bytes of cell media become Parquet and encoded files.

    Args:
        params: `arrow` and `media`, how many bytes the stream and the description of the media take.
        data: the stream, the description, the media.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    view = memoryview(data)
    arrow, described = cast(int, params["arrow"]), cast(int, params["media"])
    table = pa.ipc.open_stream(pa.py_buffer(view[:arrow])).read_all()
    inner: list[bytes] = []

    def put(file: bytes) -> str:
        inner.append(file)
        return hashlib.sha256(file).hexdigest()

    done = finish_media(bytes(view[arrow : arrow + described]), view[arrow + described :], put)
    if done:
        for i, column in enumerate(describe(table.schema)):
            if column["kind"] in JSON_KINDS:
                texts = [resolve(text, done) for text in table.column(i).to_pylist()]
                table = table.set_column(
                    i, table.schema.field(i), pa.array(texts, table.schema.field(i).type)
                )
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd", row_group_size=ROW_GROUP)
    blob = out.getvalue().to_pybytes()
    return Encoded({"size": len(blob)}, blob, inner=inner)


def _described(columns: Sequence[Column]) -> dict[str, Json]:
    entries: list[Json] = []
    for column in columns:
        kind = column.type
        entry: dict[str, Json] = {"name": column.name, "kind": kind.kind}
        if kind.media:
            entry["media"] = kind.media
        if not kind.optional:
            entry["optional"] = False
        if kind.key:
            entry["key"] = True
        if kind.refers:
            entry["refers"] = list(kind.refers)
        entries.append(entry)
    return {"version": VERSION, "columns": entries}


def describe(schema: Any) -> list[dict[str, Any]]:
    """Return what a table's Parquet or Arrow schema says of its columns.

    Raises:
        LogValueError: it is no table of nbtrack's.
    """
    found = (schema.metadata or {}).get(_METADATA)
    if found is None:
        raise LogValueError("this Parquet file is no table of nbtrack's: its schema lacks the columns' kinds")
    return cast("list[dict[str, Any]]", json.loads(found)["columns"])


def columns_from(blobs: Sequence[bytes], file: Callable[[str], bytes]) -> list[Column]:
    """Read the columns of one table back, whose rows lie in one file or, in increments, in several.

    Args:
        blobs: Parquet files, at least one.
        file: returns the files that cells refer to.
    """
    import pyarrow as pa

    tables = [read(blob) for blob in blobs]
    table = joined(tables)
    described = describe(tables[-1].schema)
    columns = []
    for i, entry in enumerate(described):
        refers = entry.get("refers")
        kind = ColumnType(
            entry["kind"],
            entry.get("media", ""),
            entry.get("optional", True),
            entry.get("key", False),
            None if refers is None else (refers[0], refers[1]),
        )
        values = table.column(i)
        columns.append(
            Column(entry["name"], kind, [None] * len(values) if kind.kind is None else values, file)
        )
    assert isinstance(table, pa.Table)
    return columns


def read(blob: bytes) -> Any:
    """Return a Parquet file as a pyarrow table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(blob))


def joined(tables: Sequence[Any]) -> Any:
    """Return the rows of increments as one pyarrow table; a column that grew wider makes all as wide."""
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables, promote_options="permissive").replace_schema_metadata(
        tables[-1].schema.metadata
    )
