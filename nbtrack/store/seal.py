"""Sealing: turning the closed logs of a writer into two Parquet files, a twentieth of the size.

Never done by the training process. A finished or dead writer is sealed as one range, 0 to its last log; of a
living one, aligned groups of eight closed logs. Ranges are nested or disjoint, never partly overlapping:
readers take the widest and ignore what it covers. The files appear whole (temporary name, sync, rename), and
only then are the logs deleted, so that a crash at any moment leaves every row in at least one of them, and
readers count it once. Logs with damage in them are left as they are.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nbtrack.store import frames
from nbtrack.store.fold import RunFold
from nbtrack.store.folder import temporary
from nbtrack.store.frames import Frame, Type
from nbtrack.store.liveness import stream_alive
from nbtrack.store.locality import is_local
from nbtrack.store.model import SYSTEM_PREFIX
from nbtrack.store.scan import Rows, scan
from nbtrack.store.sealed import (
    FOOTER,
    FORMAT,
    GROUP_ROWS,
    NUMBERS,
    OBJECTS,
    SMALL_KEY,
    Sealed,
    SealedFrame,
    json_number,
    paths,
)
from nbtrack.store.streams import Files, list_streams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbtrack.store.columns import Column
    from nbtrack.store.fold import Stream

#: logs of a living writer are sealed in aligned groups of this many
GROUP = 8
#: a stream with less in its logs stays as it is: two Parquet footers would take as much
MIN_BYTES = 32 * 2**10
#: seconds of silence after which a writer that cannot be looked at is taken for dead
DEAD = 24 * 3600.0
#: seconds that covered logs are left for slow readers on network filesystems
GRACE = 60.0
_ZSTD: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
_SEALED = re.compile(r"([0-9a-z]{10})-(\d{6})-(\d{6})\.(?:num|obj)\.parquet")
#: bytes of a row group of objects, about
_OBJECT_GROUP = 2 * 2**20


class DamagedLogError(Exception):
    """A log holds bytes that cannot be read; it must not be replaced."""


@dataclass(slots=True)
class _Harvest:
    """All that the logs of a range say."""

    fold: RunFold
    stream: Stream
    frames: list[SealedFrame] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)


def seal(run_dir: Path, *, min_bytes: int = MIN_BYTES) -> int:
    """Seal what can be sealed of a run, and delete what is covered by a sealed file.

    Another process that seals the same run makes this one do nothing.

    Args:
        run_dir: Folder of the run.
        min_bytes: Streams whose logs have fewer bytes in all, and no sealed part yet, stay logs.

    Returns:
        Number of ranges that were sealed.

    Raises:
        OSError: The folder cannot be read or written (no space left, read-only).
    """
    with _only_one(run_dir) as mine:
        if not mine:
            return 0
        count = 0
        for writer, files in list_streams(entry.name for entry in os.scandir(run_dir)).items():
            for first, last in _ranges(run_dir, writer, files, min_bytes):
                with contextlib.suppress(DamagedLogError, FileNotFoundError):
                    _write(run_dir, writer, first, last, _harvest(run_dir, writer, files, first, last))
                    count += 1
        clean(run_dir)
        return count


def clean(run_dir: Path) -> int:
    """Delete logs and sealed files that a wider sealed file covers; return how many."""
    local = is_local(run_dir)
    count = 0
    names = [entry.name for entry in os.scandir(run_dir)]
    for writer, files in list_streams(names).items():
        for first, last in files.seals:
            try:
                sealed = Sealed(run_dir, writer, first, last)
                age = time.time() - sealed.numbers.stat().st_mtime
                pq.read_metadata(sealed.objects)
            except (OSError, ValueError):
                continue
            if not local and age < GRACE:
                continue
            for _, name in files.logs:
                if name in sealed.sources and not _grew(run_dir, name, sealed):
                    (run_dir / name).unlink(missing_ok=True)
                    count += 1
            # numbers before objects: where there are numbers, there are objects
            for name in sorted(name for name in names if _inside(name, writer, first, last)):
                (run_dir / name).unlink(missing_ok=True)
                count += 1
    return count


def _inside(name: str, writer: str, first: int, last: int) -> bool:
    """Whether `name` is a sealed file of a narrower range than first to last."""
    found = _SEALED.fullmatch(name)
    if found is None or found[1] != writer:
        return False
    lo, hi = int(found[2]), int(found[3])
    return first <= lo and hi <= last and (lo, hi) != (first, last)


def stream_ended(run_dir: Path, name: str) -> bool:
    """Whether nothing more will be written after the log `name`, the last one of its writer."""
    hello = close = None
    heartbeat = (run_dir / name).stat().st_mtime
    for item in scan((run_dir / name).read_bytes()).items:
        if isinstance(item, Frame):
            if item.type == Type.HELLO:
                hello = frames.decode_hello(item.payload)
            elif item.type == Type.CLOSE:
                close = frames.decode_close(item.payload)
    if close and close.reason != "rotate":
        return True
    if hello is None:
        return False
    alive = stream_alive(run_dir / name, heartbeat, hello.boot, hello.pid, hello.host)
    return alive is False or (alive is None and time.time() - heartbeat > DEAD)


def _ranges(run_dir: Path, writer: str, files: Files, min_bytes: int) -> Iterator[tuple[int, int]]:
    if not files.logs:
        return
    last, name = files.logs[-1]
    covered = {n for first, end in files.seals for n in range(first, end + 1)}
    if stream_ended(run_dir, name):
        size = sum((run_dir / name).stat().st_size for _, name in files.logs)
        if size >= min_bytes or files.seals:
            end = max(last, *(end for _, end in files.seals)) if files.seals else last
            if (0, end) not in files.seals or _any_grew(run_dir, writer, (0, end), files):
                yield 0, end
        return
    closed = {number for number, _ in files.logs[:-1]} - covered
    for group in sorted({number // GROUP for number in closed}):
        numbers = set(range(group * GROUP, group * GROUP + GROUP))
        if numbers <= closed:
            yield group * GROUP, group * GROUP + GROUP - 1


def _any_grew(run_dir: Path, writer: str, seal: tuple[int, int], files: Files) -> bool:
    sealed = Sealed(run_dir, writer, *seal)
    return any(_grew(run_dir, name, sealed) for _, name in files.logs)


def _grew(run_dir: Path, name: str, sealed: Sealed) -> bool:
    """Whether a log holds more than was sealed of it: its writer, thought dead, came back."""
    taken = sealed.sources.get(name, 0)
    path = run_dir / name
    return path.stat().st_size > taken and bool(scan(path.read_bytes(), taken).items)


# ---- taking in --------------------------------------------------------------------------------------------


def _harvest(run_dir: Path, writer: str, files: Files, first: int, last: int) -> _Harvest:
    fold = RunFold("")
    harvest = _Harvest(fold, fold.stream(writer))
    for lo, hi in files.seals:
        if first <= lo and hi <= last:
            sealed = Sealed(run_dir, writer, lo, hi)
            for frame in sealed.frames(blobs=True):
                harvest.frames.append(frame)
                if frame.type != Type.BLOB:
                    fold.frame(harvest.stream, frame.type, frame.payload, frame.time, sealed=True)
            for part in sealed.parts():
                fold.sealed(part)
            sealed.apply(harvest.stream)
            harvest.sources |= sealed.sources
    for number, name in files.logs:
        if first <= number <= last:
            _take_log(harvest, name, (run_dir / name).read_bytes())
    fold.settle()
    return harvest


def _take_log(harvest: _Harvest, name: str, data: bytes) -> None:
    done = harvest.sources.get(name, 0)
    schemas: dict[int, frames.Schema] = {}
    if done:
        for item in scan(data[:done]).items:
            if isinstance(item, Frame) and item.type == Type.SCHEMA:
                schema = frames.decode_schema(item.payload)
                schemas[schema.id] = schema
    result = scan(data, done)
    if result.gaps:
        raise DamagedLogError(name)
    for item in result.items:
        if isinstance(item, Rows):
            known = schemas.get(item.schema)
            if known is None or len(known.keys) != item.values.shape[1]:
                raise DamagedLogError(name)
            harvest.fold.rows(harvest.stream, known.keys, known.letters, item)
        else:
            try:
                _take_frame(harvest, name, item, schemas)
            except ValueError as error:
                raise DamagedLogError(name) from error
    harvest.sources[name] = result.consumed


def _take_frame(harvest: _Harvest, name: str, item: Frame, schemas: dict[int, frames.Schema]) -> None:
    if item.type == Type.SCHEMA:
        schema = frames.decode_schema(item.payload)
        schemas[schema.id] = schema
    elif item.type == Type.BLOB:
        sha, data = frames.decode_blob(item.payload)
        harvest.frames.append(SealedFrame(name, item.offset, item.type, data, None, sha))
    else:
        payload = bytes(item.payload)
        time = harvest.fold.frame(harvest.stream, item.type, payload)
        frame = SealedFrame(name, item.offset, item.type, payload, time)
        if item.type == Type.BEAT and harvest.frames and harvest.frames[-1].type == Type.BEAT:
            harvest.frames[-1] = frame  # of several in a row the last says all
        else:
            harvest.frames.append(frame)


# ---- writing out ------------------------------------------------------------------------------------------


def _write(run_dir: Path, writer: str, first: int, last: int, harvest: _Harvest) -> None:
    numbers, objects = paths(run_dir, writer, first, last)
    with temporary(objects) as objects_temp, temporary(numbers) as numbers_temp:
        _write_objects(objects_temp, harvest)
        _write_numbers(numbers_temp, harvest)
        for path in (objects_temp, numbers_temp):
            _sync(path)
        objects_temp.replace(objects)  # the numbers last: where they are, both are
        numbers_temp.replace(numbers)
    _sync(run_dir)


def _write_numbers(path: Path, harvest: _Harvest) -> None:
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


def _write_objects(path: Path, harvest: _Harvest) -> None:
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


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _only_one(run_dir: Path) -> Iterator[bool]:
    """Hold the run for sealing; False when another process does. Without locks, both go on: harmless."""
    descriptor = os.open(run_dir, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    except OSError:
        yield True
    finally:
        os.close(descriptor)
