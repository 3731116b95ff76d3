"""Tidying a store: seal what is closed, remove what kills left behind. Safe at any time, beside writers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.store.folder import is_temporary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbtrack.store.layout import Store

#: seconds after which a temporary file has nobody who writes it, and a silent writer elsewhere is dead
OLD = 24 * 3600.0
#: seconds in which a process that has just begun has written its first log
YOUNG = 60.0


@dataclass(slots=True)
class TidyReport:
    """What `tidy` did."""

    #: runs that were looked at
    runs: int = 0
    #: ranges of logs that were sealed
    sealed: int = 0
    #: bytes of the run folders before and after
    before: int = 0
    after: int = 0
    #: temporary files of killed processes, and raw media that nobody waits for
    temporaries: int = 0
    spools: int = 0
    #: files of documents that were merged into others
    merged: int = 0
    #: what could not be done, one sentence each
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = (
            f"{_count(self.runs, 'run')}: sealed {self.sealed}, "
            f"{self.before / 1e6:.1f} MB → {self.after / 1e6:.1f} MB, "
            f"removed {_count(self.temporaries, 'temporary file')} and {_count(self.spools, 'spool')}"
        )
        if self.merged:
            done += f", merged {_count(self.merged, 'file')} of documents"
        return "\n".join([done, *self.failures])


def tidy(store: Store, runs: Sequence[str] | None = None, *, min_bytes: int | None = None) -> TidyReport:
    """Seal closed logs into Parquet and remove leftovers.

    Args:
        store: The store.
        runs: Ids of the runs to look at; unknown ones are ignored. None: all, and documents and blobs too.
        min_bytes: Seal also streams of at least this many bytes (default: `seal.MIN_BYTES`).

    Returns:
        What was done. Nothing is raised for a run that cannot be tidied; the report says so.

    Example:
        >>> print(tidy(store))
        2 runs: sealed 2, 18.4 MB → 1.1 MB, removed 0 temporary files and 0 spools
    """
    report = TidyReport()
    if runs is None:
        folders = list(store.run_dirs())
    else:
        folders = [(run_id, found) for run_id in runs if (found := store.run_dir(run_id))]
    for run_id, run_dir in folders:
        report.runs += 1
        try:
            report.before += _bytes(run_dir)
            _tidy_run(store, run_id, run_dir, report, min_bytes)
            report.after += _bytes(run_dir)
        except OSError as error:
            report.failures.append(f"run {run_id}: {error}")
    if runs is None:
        _tidy_documents(store, report)
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(store.root / "blobs"):
                if entry.is_dir():
                    report.temporaries += _remove_old(os.scandir(entry.path))
    return report


def spawn_sealer(store: Store, run_id: str) -> None:
    """Start `nbtrack tidy` for a run in a detached process of low priority. Returns at once, never raises."""
    command = [sys.executable, "-m", "nbtrack.cli.main", "tidy", "--store", str(store.root), "--run", run_id]
    with contextlib.suppress(OSError, ValueError):
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True, close_fds=True
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        # somebody has to take its exit status, if we live that long
        threading.Thread(target=process.wait, name="nbtrack-sealer", daemon=True).start()


def _tidy_run(store: Store, run_id: str, run_dir: Path, report: TidyReport, min_bytes: int | None) -> None:
    from nbtrack.store import seal

    names = [entry.name for entry in os.scandir(run_dir)]
    if any(name.endswith(".nbl") for name in names):
        report.sealed += seal.seal(run_dir, min_bytes=seal.MIN_BYTES if min_bytes is None else min_bytes)
    report.temporaries += _remove_old(os.scandir(run_dir)) + _remove_halves(run_dir, names)
    if spools := [name for name in names if name.endswith(".spool")]:
        report.spools += _remove_spools(store, run_id, run_dir, spools)


def _tidy_documents(store: Store, report: TidyReport) -> None:
    from nbtrack.store.entities import Documents

    documents = Documents(store)
    for kind, own_id, folder in store.entity_dirs():
        try:
            report.merged += documents.tidy(kind, own_id)
            report.temporaries += _remove_old(os.scandir(folder))
        except OSError as error:
            report.failures.append(f"{kind} {own_id}: {error}")


def _remove_old(entries: Iterable[os.DirEntry[str]]) -> int:
    """Delete temporary files that nobody can be writing any more."""
    count = 0
    for entry in entries:
        with contextlib.suppress(FileNotFoundError):
            if is_temporary(entry.name) and time.time() - entry.stat().st_mtime > OLD:
                Path(entry.path).unlink()
                count += 1
    return count


def _remove_halves(run_dir: Path, names: Sequence[str]) -> int:
    """Delete sealed objects without numbers: a sealer died between the two, and the logs are still there."""
    count = 0
    for name in names:
        if name.endswith(".obj.parquet") and name.replace(".obj.", ".num.") not in names:
            with contextlib.suppress(FileNotFoundError):
                path = run_dir / name
                if time.time() - path.stat().st_mtime > OLD:
                    path.unlink()
                    count += 1
    return count


def _remove_spools(store: Store, run_id: str, run_dir: Path, names: Sequence[str]) -> int:
    """Delete raw media that no pending object refers to, once all writers of the run are dead."""
    from nbtrack.store.reader import RunReader

    reader = RunReader(store, run_id)
    wanted = {row.pending.spool.file for row in reader.objects() if row.pending is not None}
    now = time.time()
    for writer in reader.writers():
        if (alive := writer.alive(run_dir)) or (alive is None and now - writer.heartbeat < OLD):
            return 0  # which of the spools is its own cannot be told
    count = 0
    for name in names:
        path = run_dir / name
        with contextlib.suppress(FileNotFoundError):
            if name not in wanted and now - path.stat().st_mtime > YOUNG:
                path.unlink()
                count += 1
    return count


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _bytes(run_dir: Path) -> int:
    return sum(_sizes(run_dir))


def _sizes(run_dir: Path) -> Iterator[int]:
    for entry in os.scandir(run_dir):
        with contextlib.suppress(FileNotFoundError):
            if entry.is_file():
                yield entry.stat().st_size
