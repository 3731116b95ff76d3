"""The two Parquet files of a seal, as `sealed` reads them: columns of numbers, and all other frames."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nbtrack.store import frames
from nbtrack.store.frames import Type
from nbtrack.store.model import SYSTEM_PREFIX
from nbtrack.store.sealed import (
    FOOTER,
    FORMAT,
    GROUP_ROWS,
    NUMBERS,
    OBJECTS,
    SMALL_KEY,
    SealedFrame,
    json_number,
)

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.columns import Column
    from nbtrack.store.fold import Stream
    from nbtrack.store.harvest import Harvest

_ZSTD: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
#: bytes of a row group of objects, about
_OBJECT_GROUP = 2 * 2**20


def write_numbers(path: Path, harvest: Harvest) -> None:
    """Write the columns of all keys: long keys in row groups of their own, short ones many to a group."""
    columns = [(key, harvest.fold.numbers.column(key)) for key in sorted(harvest.fold.numbers.order())]
    full = [(key, column) for key, column in columns if column is not None and column.n]
    keys: dict[str, dict[str, Any]] = {}
    groups: list[list[tuple[str, Column, int, int]]] = []
    shared = 0  # rows in the last group, if more keys may join it
    for key, column in full:
        start = 0
        if column.n >= SMALL_KEY:
            spans = [(at, min(at + GROUP_ROWS, column.n)) for at in range(0, column.n, GROUP_ROWS)]
            groups += [[(key, column, *span)] for span in spans]
            mine, shared = list(range(len(groups) - len(spans), len(groups))), 0
        else:
            if not shared or shared + column.n > GROUP_ROWS:
                groups.append([])
                shared = 0
            start, mine = shared, [len(groups) - 1]
            groups[-1].append((key, column, 0, column.n))
            shared += column.n
        keys[key] = _describe(column, mine, start)
    keys = {key: keys[key] for key in harvest.fold.numbers.order() if key in keys}
    stream = harvest.stream
    footer = {
        "format": FORMAT,
        "sources": harvest.sources,
        "keys": keys,
        "codec": "zstd",
        "started": json_number(_started(stream)),
        "heartbeat": json_number(stream.heartbeat),
        "clock": json_number(stream.clock),
        "wrote": stream.wrote,
    }
    schema = NUMBERS.with_metadata({FOOTER: json.dumps(footer, ensure_ascii=False).encode()})
    stamps = harvest.fold.numbers.column("_timestamp")
    options: dict[str, Any] = {
        "use_dictionary": ["key"],
        "column_encoding": {
            "step": "DELTA_BINARY_PACKED",
            "value": "BYTE_STREAM_SPLIT",
            "time": "BYTE_STREAM_SPLIT",
        },
        "write_statistics": ["step"],
    }
    with pq.ParquetWriter(path, schema, **_ZSTD, **options) as file:
        for group in groups:
            table = pa.concat_tables([_rows(key, c, lo, hi, stamps) for key, c, lo, hi in group])
            file.write_table(table.cast(schema).unify_dictionaries(), row_group_size=GROUP_ROWS)


def _started(stream: Stream) -> float:
    return stream.hello.started if stream.hello else stream.begun


def _describe(column: Column, groups: list[int], start: int) -> dict[str, Any]:
    info = column.info()
    return {
        "dtype": info.dtype,
        "n": info.n,
        "first_step": info.first_step,
        "last_step": info.last_step,
        "min": json_number(info.min),
        "max": json_number(info.max),
        "last": json_number(info.last),
        "earliest": json_number(column.times.min()),
        "latest": json_number(column.latest),
        "last_time": json_number(column.times[-1]),
        "row_groups": groups,
        "start": start,
    }


def _rows(key: str, column: Column, lo: int, hi: int, stamps: Column | None) -> pa.Table:
    steps, values, times = column.steps[lo:hi], column.values[lo:hi], column.times[lo:hi]
    if key.startswith(SYSTEM_PREFIX):
        own = np.zeros(len(times), bool)
    elif key == "_timestamp":
        own = times != values
    elif stamps is None:
        own = np.ones(len(times), bool)
    elif stamps.n == column.n:  # the same steps: each step of a key is a step of the run
        own = stamps.values[lo:hi] != times
    else:
        at = np.minimum(np.searchsorted(stamps.steps, steps), stamps.n - 1)
        own = (stamps.steps[at] != steps) | (stamps.values[at] != times)
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(hi - lo, np.int32), pa.int32()), pa.array([key]))
    numbers = [pa.array(steps), pa.array(values), pa.array(times, mask=~own)]
    return pa.Table.from_arrays([names, *numbers], schema=NUMBERS)


def write_objects(path: Path, harvest: Harvest) -> None:
    """Write all other frames, in the order in which they were written."""
    options: dict[str, Any] = {"use_dictionary": ["log", "key", "kind"]}
    with pq.ParquetWriter(path, OBJECTS, **_ZSTD, **options) as file:
        batch: list[dict[str, Any]] = []
        size = 0
        for frame in harvest.frames:
            batch.append(_object_row(frame))
            size += len(frame.payload) + 64
            if size > _OBJECT_GROUP:
                file.write_table(pa.Table.from_pylist(batch, OBJECTS))
                batch, size = [], 0
        if batch:
            file.write_table(pa.Table.from_pylist(batch, OBJECTS))


def _object_row(frame: SealedFrame) -> dict[str, Any]:
    row: dict[str, Any] = {
        "log": frame.log,
        "offset": frame.offset,
        "type": frame.type,
        "time": frame.time,
        "blob": frame.blob,
    }
    if frame.type == Type.BLOB:
        return {**row, "data": frame.payload}
    row["payload"] = frame.payload
    if frame.type == Type.OBJ:
        obj = frames.decode_obj(frame.payload)
        row |= {
            "time": obj.time,
            "key": obj.key,
            "step": obj.step,
            "idx": obj.idx,
            "kind": obj.kind,
            "blob": obj.blob,
        }
    return row
