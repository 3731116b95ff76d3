"""Taking in the files of one run: what they hold beyond what was read, into its fold.

A run's folder holds logs of several writers, some of them sealed into Parquet files. Logs that vanish were
sealed; what was read of them is not read again. Damage is read around and listed, never raised.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from nbtrack.store import frames
from nbtrack.store.frames import FRAME_HEAD, Frame, Type
from nbtrack.store.model import Problem
from nbtrack.store.scan import Rows, Scan
from nbtrack.store.streams import Files, list_streams
from nbtrack.store.tail import Tail, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.fold import RunFold, Stream

#: nanoseconds after which a folder's time of change tells a later change from the one before
_SETTLED = 2_000_000_000
#: times that a folder is listed anew when files vanish while they are read
TRIES = 5


class Intake:
    """How far each file of a run was read. Not thread-safe: the reader has the lock.

    Args:
        run_dir: Folder of the run.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._logs: dict[str, Tail] = {}
        self._names: dict[str, Files] = {}
        self._seals_seen: set[tuple[str, int, int]] = set()
        self._listed: tuple[int, bool] = (-1, False)
        self._inline: dict[str, tuple[Path, int, int]] = {}
        self._problems: dict[tuple[str, int], Problem] = {}

    # ---- reading -------------------------------------------------------------------------------------------

    def read(self, fold: RunFold) -> None:
        """Feed `fold` what is new of all files; what the folder lost meanwhile is looked for again."""
        for _ in range(TRIES):
            whole = True
            for writer, files in self._list().items():
                whole &= self._take_stream(fold, writer, files)
            if whole:
                break
            self.look_again()  # some were sealed or merged while we read

    def start_over(self) -> None:
        """Read everything again, into a new fold."""
        self._logs.clear()
        self._seals_seen.clear()
        self._problems.clear()

    def look_again(self) -> None:
        """List the folder anew, whatever its time of change says."""
        self._listed = (-1, False)

    def _take_stream(self, fold: RunFold, writer: str, files: Files) -> bool:
        """Read what is new of one writer; False when a file was not there any more."""
        whole = True
        for lo, hi in files.seals:
            if (writer, lo, hi) not in self._seals_seen:
                whole &= self._take_seal(fold, writer, lo, hi)
        last = files.logs[-1][0] if files.logs else -1
        for number, name in files.logs:
            log = self._logs.get(name)
            if log is None:
                log = self._logs[name] = Tail(self.run_dir / name)
            if not log.done:
                whole &= self._take_log(fold, writer, log, final=number < last)
        return whole

    def _list(self) -> dict[str, Files]:
        """Files of the run, by writer; the folder is listed again only when it may have changed."""
        try:
            changed = self.run_dir.stat().st_mtime_ns
            if self._listed == (changed, True):
                return self._names
            settled = time.time_ns() - changed > _SETTLED
            self._names = list_streams(e.name for e in os.scandir(self.run_dir))
            self._listed = (changed, settled)
        except OSError:
            self._names, self._listed = {}, (-1, False)
        return self._names

    def _take_log(self, fold: RunFold, writer: str, log: Tail, *, final: bool) -> bool:
        try:
            found = log.read(final=final)
        except FileNotFoundError:
            return False
        except OSError as error:
            self._problem(log.path, log.consumed, f"cannot be read: {error}")
            return True
        log.done = final
        if found is not None:
            result, base = found
            self._take_items(fold, fold.stream(writer), log, result, base)
            for gap in () if log.late else result.gaps:
                self._problem(log.path, gap.offset + base, gap.what)
        return True

    def _take_items(self, fold: RunFold, stream: Stream, log: Tail, result: Scan, base: int) -> None:
        for item in result.items:
            if isinstance(item, Rows):
                schema = log.schemas.get(item.schema)
                if schema is None or len(schema.keys) != item.values.shape[1]:
                    self._problem(log.path, item.offset + base, f"{len(item.steps)} rows of a lost schema")
                    continue
                fold.rows(stream, schema.keys, schema.letters, item)
                continue
            try:
                self._take_frame(fold, stream, log, item, base)
            except ValueError as error:
                self._problem(log.path, item.offset + base, str(error))

    def _take_frame(self, fold: RunFold, stream: Stream, log: Tail, frame: Frame, base: int) -> None:
        if frame.type == Type.SCHEMA:
            schema = frames.decode_schema(frame.payload)
            log.schemas[schema.id] = schema
        elif frame.type == Type.BLOB:
            start = frame.offset + base + FRAME_HEAD
            sha = bytes(frame.payload[:32]).hex()
            self._inline[sha] = (log.path, start + 32, len(frame.payload) - 32)
        else:
            fold.frame(stream, frame.type, frame.payload)

    def _take_seal(self, fold: RunFold, writer: str, lo: int, hi: int) -> bool:
        """Take what a sealed file holds beyond what was read of the logs that it covers."""
        from nbtrack.store.sealed import Sealed, paths

        numbers, objects = paths(self.run_dir, writer, lo, hi)
        try:
            sealed = Sealed(self.run_dir, writer, lo, hi)
            read = {source: self._logs[source].consumed for source in sealed.sources if source in self._logs}
            if all(read.get(source, 0) >= size for source, size in sealed.sources.items()):
                self._seals_seen.add((writer, lo, hi))
                return True
            fresh = [frame for frame in sealed.frames() if frame.offset >= read.get(frame.log, 0)]
        except (OSError, ValueError) as error:
            if not numbers.exists():
                return False  # merged into a wider one meanwhile
            self._problem(numbers, 0, f"damaged: {error}")
            self._seals_seen.add((writer, lo, hi))
            return True
        self._seals_seen.add((writer, lo, hi))
        stream = fold.stream(writer)
        for frame in fresh:
            try:
                fold.frame(stream, frame.type, frame.payload, frame.time, sealed=True)
            except ValueError as error:
                self._problem(objects, frame.offset, str(error))
        for part in sealed.parts():
            fold.sealed(part)
        sealed.apply(stream)
        for source, size in sealed.sources.items():
            self._logs.setdefault(source, Tail(self.run_dir / source)).skip(size)
        return True

    def _problem(self, path: Path, offset: int, what: str) -> None:
        self._problems[str(path), offset] = Problem(str(path), offset, what)

    # ---- what it knows -------------------------------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """Damage that was read around."""
        return list(self._problems.values())

    def unread(self) -> list[Problem]:
        """Bytes at the end of logs that make no whole frame."""
        return [
            Problem(str(log.path), log.consumed, f"torn tail, {log.size - log.consumed} bytes")
            for log in self._logs.values()
            if log.size > log.consumed
        ]

    def seals(self) -> list[tuple[str, int, int]]:
        """Writer, first and last log of each sealed file that counts."""
        return [(writer, lo, hi) for writer, files in self._list().items() for lo, hi in files.seals]

    def last_log(self, writer: str) -> str:
        """Name of a writer's last log; "" when all are sealed."""
        files = self._names.get(writer)
        return files.logs[-1][1] if files and files.logs else ""

    def seen_of(self, name: str) -> int | None:
        """Bytes of a log that were seen; None of a log that was not met."""
        log = self._logs.get(name)
        return None if log is None else max(log.size, log.consumed)

    def inline(self, sha: str) -> bytes | None:
        """Small bytes out of a log, by their SHA-256; None when no log (any more) holds them."""
        if place := self._inline.get(sha):
            with contextlib.suppress(FileNotFoundError):
                data = read_bytes(*place)
                if len(data) == place[2]:
                    return data
        return None
