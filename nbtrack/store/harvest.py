"""What a range of a writer's logs holds, read to be sealed: numbers folded, all other frames as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack.store import frames
from nbtrack.store.fold import RunFold
from nbtrack.store.frames import Frame, Type
from nbtrack.store.scan import Rows, scan
from nbtrack.store.sealed import Sealed, SealedFrame

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.fold import Stream
    from nbtrack.store.streams import Files


class DamagedLogError(Exception):
    """A log holds bytes that cannot be read; it must not be replaced."""


@dataclass(slots=True)
class Harvest:
    """All that the files of a range of one writer's logs say."""

    fold: RunFold
    stream: Stream
    frames: list[SealedFrame] = field(default_factory=list)
    #: bytes that were read of each log, by its name
    sources: dict[str, int] = field(default_factory=dict)


def harvested(run_dir: Path, writer: str, files: Files, first: int, last: int) -> Harvest:
    """Read the logs `first` to `last` of a writer, and the sealed files inside of that range.

    Raises:
        DamagedLogError: One of the logs has bytes that cannot be read.
        FileNotFoundError: One of them is not there any more.
    """
    fold = RunFold("")
    harvest = Harvest(fold, fold.stream(writer))
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


def _take_log(harvest: Harvest, name: str, data: bytes) -> None:
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


def _take_frame(harvest: Harvest, name: str, item: Frame, schemas: dict[int, frames.Schema]) -> None:
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
