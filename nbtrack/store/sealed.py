"""Sealed logs: what the closed logs of one writer become, two Parquet files, and how they are read.

`<writer>-<first>-<last>.num.parquet` holds the numbers, long: key, step, value, sorted by (key, step), with
`_timestamp`, `_runtime` and `_cell` as ordinary keys; `time` is null where it is the `_timestamp` of the step
(of a system metric: where its step tells it). Row groups have at most 65,536 rows and never mix keys, except
those with few rows, which share one; the footer says where each key lies, so that one key is read without
the others. `.obj.parquet` holds every other frame with its origin, and small blobs in a column of their own.
It is written first: where there is a `.num.parquet`, both are.

Any Parquet tool can read the numbers.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nbtrack.store.frames import Type
from nbtrack.store.model import SYSTEM_PREFIX, KeyInfo, Series
from nbtrack.store.streams import Files, list_streams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from nbtrack.store.fold import Stream
    from nbtrack.store.numeric import Points

FORMAT = 1
#: rows of a row group of numbers, at most
GROUP_ROWS = 65_536
#: keys with fewer rows share row groups
SMALL_KEY = 4_096
#: name of the footer's metadata
FOOTER = b"nbl"

NUMBERS = pa.schema(
    [
        ("key", pa.dictionary(pa.int32(), pa.string())),
        ("step", pa.int64()),
        ("value", pa.float64()),
        ("time", pa.float64()),
    ]
)
OBJECTS = pa.schema(
    [
        ("log", pa.dictionary(pa.int32(), pa.string())),
        ("offset", pa.int64()),
        ("type", pa.uint8()),
        ("time", pa.float64()),
        ("key", pa.dictionary(pa.int32(), pa.string())),
        ("step", pa.int64()),
        ("idx", pa.int32()),
        ("kind", pa.dictionary(pa.int32(), pa.string())),
        ("blob", pa.string()),
        ("payload", pa.large_binary()),
        ("data", pa.large_binary()),
    ]
)


class SealedFrame(NamedTuple):
    """A frame as it stood in a log."""

    log: str
    offset: int
    type: int
    #: msgpack, as in the log; of BLOB: the bytes, or empty when they were not asked for
    payload: bytes
    #: unix seconds; of META: its place among the rows
    time: float | None = None
    #: of BLOB: SHA-256
    blob: str | None = None


class Place(NamedTuple):
    """Where a key lies: its row groups, and the first of its rows in the first one."""

    groups: list[int]
    start: int


class SealedKey:
    """Numbers of one key in a sealed file, read on demand. A `numeric.SealedPart`."""

    __slots__ = ("_place", "_sealed", "earliest", "info", "last_time", "latest")

    def __init__(self, sealed: Sealed, key: str, footer: dict[str, Any]) -> None:
        number = {name: _float(footer[name]) for name in ("min", "max", "last", "latest", "last_time")}
        self.info = KeyInfo(
            key,
            {"number"},
            footer["dtype"],
            footer["n"],
            footer["first_step"],
            footer["last_step"],
            number["min"],
            number["max"],
            number["last"],
        )
        self.earliest = _float(footer.get("earliest", "-inf"))  # older files do not say
        self.latest = number["latest"]
        self.last_time = number["last_time"]
        self._sealed = sealed
        self._place = Place(footer["row_groups"], footer["start"])

    def load(self) -> Points:
        """Return steps, values and times; when the file was merged into a wider one, those of that one.

        Raises:
            FileNotFoundError: It was deleted.
        """
        try:
            return self._sealed.points(self.info.key, self._place, self.info.n)
        except FileNotFoundError:
            return self._wider().load()

    def series(self) -> Series:
        """The points without their times, which costs less. Raises FileNotFoundError."""
        try:
            steps, values = self._sealed.values(self._place, self.info.n)
        except FileNotFoundError:
            return self._wider().series()
        return Series(self.info.key, self.info.dtype, steps, values, 0)

    def _wider(self) -> SealedKey:
        return next(part for part in self._sealed.wider().parts() if part.info.key == self.info.key)


class Sealed:
    """The sealed logs `first` to `last` of a writer. Holds no file open.

    Raises:
        FileNotFoundError: There are none.
        ValueError: They are damaged, or of a newer version.
    """

    def __init__(self, run_dir: Path, writer: str, first: int, last: int) -> None:
        self.run_dir, self.writer, self.first, self.last = run_dir, writer, first, last
        self.numbers, self.objects = paths(run_dir, writer, first, last)
        with _open(self.numbers) as file:
            self._metadata = file.metadata
        footer = json.loads((self._metadata.metadata or {}).get(FOOTER, b"{}"))
        if footer.get("format") != FORMAT:
            raise ValueError(f"sealed format {footer.get('format')}, this version reads {FORMAT}")
        #: name of each log and how many of its bytes are in here
        self.sources: dict[str, int] = footer["sources"]
        self._footer = footer
        self._shared: tuple[int, pa.Table] | None = None
        self._times: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None

    def apply(self, stream: Stream) -> None:
        """Tell what the rows in here said of their writer."""
        stream.seen(_float(self._footer["heartbeat"]))
        stream.wrote = stream.wrote or self._footer["wrote"]
        stream.high = max(stream.high, _float(self._footer["clock"]))

    def parts(self) -> Iterator[SealedKey]:
        """Yield the numeric keys."""
        for key, footer in self._footer["keys"].items():
            yield SealedKey(self, key, footer)

    def wider(self) -> Sealed:
        """Return the sealed file that replaced this one. Raises FileNotFoundError."""
        files = list_streams(entry.name for entry in os.scandir(self.run_dir)).get(self.writer, Files())
        for first, last in files.seals:
            if first <= self.first and self.last <= last and (first, last) != (self.first, self.last):
                return Sealed(self.run_dir, self.writer, first, last)
        raise FileNotFoundError(f"{self.numbers} is gone")

    def frames(self, *, blobs: bool = False) -> Iterator[SealedFrame]:
        """Yield all frames that are not numbers, in the order of the logs; BLOB only when `blobs`."""
        columns = ["log", "offset", "type", "time", "payload", *(("blob", "data") if blobs else ())]
        with _open(self.objects) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns, use_threads=False)
                listed = [table.column(name).to_pylist() for name in columns]
                for log, offset, kind, time, payload, *rest in zip(*listed, strict=True):
                    if kind != Type.BLOB:
                        yield SealedFrame(log, offset, kind, payload, time)
                    elif blobs:
                        yield SealedFrame(log, offset, kind, rest[1], time, rest[0])

    def values(self, place: Place, n: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Read steps and values of `n` points."""
        table = self._rows(place, n, ["step", "value"])
        return table.column("step").to_numpy(), table.column("value").to_numpy()

    def points(self, key: str, place: Place, n: int) -> Points:
        """Read `n` points of a key."""
        table = self._rows(place, n, ["step", "value", "time"])
        steps = table.column("step").to_numpy()
        values = table.column("value").to_numpy()
        times = table.column("time")
        if not times.null_count:
            return steps, values, times.to_numpy()
        if key.startswith(SYSTEM_PREFIX):
            usual = steps / 1000 + _float(self._footer["started"])
        elif key == "_timestamp":
            usual = values
        else:
            usual = self._timestamps(steps)
        if times.null_count == len(steps):
            return steps, values, usual
        own = times.to_numpy()  # NaN where null
        return steps, values, np.where(np.isnan(own), usual, own)

    def _rows(self, place: Place, n: int, columns: list[str]) -> pa.Table:
        if len(place.groups) > 1:
            return self._read(place.groups, columns)
        group = place.groups[0]
        if self._metadata.row_group(group).num_rows == n:
            return self._read([group], columns)
        if self._shared is None or self._shared[0] != group:  # the next key asked for is likely in there too
            self._shared = (group, self._read([group], ["step", "value", "time"]))
        return self._shared[1].slice(place.start, n)

    def _read(self, groups: list[int], columns: list[str]) -> pa.Table:
        with _open(self.numbers, self._metadata) as file:
            return file.read_row_groups(groups, columns, use_threads=False)

    def _timestamps(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        if self._times is None:
            footer = self._footer["keys"]["_timestamp"]
            self._times = self.values(Place(footer["row_groups"], footer["start"]), footer["n"])
        known, times = self._times
        if len(known) == len(steps):  # then they are the same: each step of a key is a step of the run
            return times
        at = np.minimum(np.searchsorted(known, steps), len(known) - 1)
        result: NDArray[np.float64] = times[at]
        return result


def _open(path: Path | str, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
    """Open a Parquet file; its path goes straight to the operating system. Raises FileNotFoundError."""
    return pq.ParquetFile(pa.OSFile(str(path), "rb"), metadata=metadata)


def paths(run_dir: Path, writer: str, first: int, last: int) -> tuple[Path, Path]:
    """Names of the two files: numbers, others."""
    stem = f"{writer}-{first:06}-{last:06}"
    return run_dir / f"{stem}.num.parquet", run_dir / f"{stem}.obj.parquet"


def sealed_blob(run_dir: Path, writer: str, first: int, last: int, sha: str) -> bytes | None:
    """Bytes of a small blob that lies in these sealed logs, or None.

    Raises:
        FileNotFoundError: The file is gone.
    """
    path = str(paths(run_dir, writer, first, last)[1])
    place = _blob_places(path).get(bytes.fromhex(sha))
    if place is None:
        return None
    return bytes(_blob_data(path, place[0])[place[1]].as_py())


@lru_cache(maxsize=16)
def _blob_places(path: str) -> dict[bytes, tuple[int, int]]:
    """Row group and row of each blob in a file. Sealed files never change under their name."""
    places: dict[bytes, tuple[int, int]] = {}
    with _open(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, ["type", "blob"], use_threads=False)
            for row in np.flatnonzero(table.column("type").to_numpy() == Type.BLOB):
                places[bytes.fromhex(table.column("blob")[int(row)].as_py())] = (group, int(row))
    return places


@lru_cache(maxsize=4)
def _blob_data(path: str, group: int) -> pa.ChunkedArray[Any]:
    with _open(path) as file:
        return file.read_row_group(group, ["data"], use_threads=False).column("data")


def json_number(value: float) -> float | str:
    """Return a number as JSON can hold it: NaN and infinities as strings."""
    return float(value) if np.isfinite(value) else str(float(value))


def _float(value: float | str) -> float:
    return float(value)
