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
import os
import re
import time
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from nbtrack.store import frames
from nbtrack.store.folder import temporary
from nbtrack.store.frames import Frame, Type
from nbtrack.store.harvest import DamagedLogError, Harvest, harvested
from nbtrack.store.liveness import stream_alive
from nbtrack.store.locality import is_local
from nbtrack.store.scan import scan
from nbtrack.store.seal_write import write_numbers, write_objects
from nbtrack.store.sealed import Sealed, paths
from nbtrack.store.streams import Files, list_streams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


#: logs of a living writer are sealed in aligned groups of this many
GROUP = 8
#: a stream with less in its logs stays as it is: two Parquet footers would take as much
MIN_BYTES = 32 * 2**10
#: seconds of silence after which a writer that cannot be looked at is taken for dead
DEAD = 24 * 3600.0
#: seconds that covered logs are left for slow readers on network filesystems
GRACE = 60.0
_SEALED = re.compile(r"([0-9a-z]{10})-(\d{6})-(\d{6})\.(?:num|obj)\.parquet")


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
                    _write(run_dir, writer, first, last, harvested(run_dir, writer, files, first, last))
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


def _write(run_dir: Path, writer: str, first: int, last: int, harvest: Harvest) -> None:
    numbers, objects = paths(run_dir, writer, first, last)
    with temporary(objects) as objects_temp, temporary(numbers) as numbers_temp:
        write_objects(objects_temp, harvest)
        write_numbers(numbers_temp, harvest)
        for path in (objects_temp, numbers_temp):
            _sync(path)
        objects_temp.replace(objects)  # the numbers last: where they are, both are
        numbers_temp.replace(numbers)
    _sync(run_dir)


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
