"""Looking after a store: `doctor` reports on the place and the installation, `fsck` on what the files say."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import html
import mmap
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nbtrack.errors import StoreError
from nbtrack.store import locality
from nbtrack.store.entities import Documents
from nbtrack.store.layout import Store, default_root
from nbtrack.store.model import Problem
from nbtrack.store.reader import RunReader
from nbtrack.store.streams import list_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

Status = Literal["ok", "note", "warning", "error"]

_SIGNS: dict[Status, str] = {"ok": "✓", "note": " ", "warning": "!", "error": "✗"}
_COLORS: dict[Status, str] = {"ok": "#2e7d32", "note": "inherit", "warning": "#b26a00", "error": "#c62828"}
_PACKAGES = ("numpy", "msgspec", "pyarrow", "SQLAlchemy", "pillow", "anywidget", "ipywidgets", "jupyterlab")
#: bytes of free space below which a warning is given
_LITTLE = 2**30


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a report."""

    section: str
    name: str
    status: Status
    text: str


@dataclass(slots=True)
class Report:
    """What `doctor` found. Prints as text, shows as a table in notebooks."""

    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there is no error in it."""
        return all(check.status != "error" for check in self.checks)

    def add(self, section: str, name: str, text: str, status: Status = "note") -> None:
        """Add a line."""
        self.checks.append(Check(section, name, status, text))

    def __str__(self) -> str:
        width = max((len(check.name) for check in self.checks), default=0)
        lines: list[str] = []
        section = ""
        for check in self.checks:
            if check.section != section:
                section = check.section
                lines += ["", section] if lines else [section]
            lines.append(f" {_SIGNS[check.status]} {check.name:<{width}}  {check.text}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = []
        section = ""
        for check in self.checks:
            if check.section != section:
                section = check.section
                rows.append(f'<tr><th colspan="3" style="text-align:left">{html.escape(section)}</th></tr>')
            color = _COLORS[check.status]
            cells = ((_SIGNS[check.status], color), (check.name, "inherit"), (check.text, color))
            style = "text-align:left;color:"
            columns = [f'<td style="{style}{color}">{html.escape(text)}</td>' for text, color in cells]
            rows.append(f"<tr>{''.join(columns)}</tr>")
        return f"<table>{''.join(rows)}</table>"


# ---- doctor -----------------------------------------------------------------------------------------------


def doctor(store: Store | str | Path | None = None) -> Report:
    """Report on the store, its filesystem, the index, running writers, and the installation.

    Changes nothing but a few files of its own, which it removes.

    Args:
        store: A store or its folder; default: the one that `nbtrack.init()` would use here.

    Example:
        >>> report = nbtrack.doctor()
        >>> report.ok
        True
    """
    report = Report()
    _installation(report)
    opened = _store(report, store)
    if opened is not None:
        _filesystem(report, opened.root)
        _index(report, opened)
        _runs(report, opened)
    _jupyter(report)
    return report


def _installation(report: Report) -> None:
    section = "nbtrack"
    report.add(section, "version", version("nbtrack"))
    report.add(section, "python", f"{platform.python_version()} ({sys.executable}), {platform.platform()}")
    report.add(section, "packages", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))
    core = Path(__file__).parent.parent / "static" / "core.js"
    if core.is_file():
        report.add(section, "panels", f"JavaScript of {core.stat().st_size / 1024:.0f} KB", "ok")
    else:
        report.add(section, "panels", f"no JavaScript in {core.parent}: panels cannot be shown", "error")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "—"


def _store(report: Report, store: Store | str | Path | None) -> Store | None:
    section = "store"
    try:
        opened = store if isinstance(store, Store) else Store.open(store)
    except StoreError as error:
        # before the first run there is none, and that is fine where nobody named one
        report.add(section, "folder", str(error), "error" if store is not None else "warning")
        _filesystem(report, default_root() if store is None or isinstance(store, Store) else Path(store))
        return None
    report.add(section, "folder", str(opened.root), "ok")
    report.add(section, "id", opened.store_id)
    try:
        opened.require_writable()
    except StoreError as error:
        report.add(section, "version", str(error), "warning")
    return opened


def _filesystem(report: Report, root: Path) -> None:
    section = "filesystem"
    kind = locality.filesystem(root)
    how = locality.placement(root)
    local = "local" if locality.is_local(root) else "shared or unknown"
    where = "in place" if how == "direct" else "elsewhere first"
    text = f"{kind or 'unknown'} ({local}); logs are written {where}"
    report.add(section, "type", text, "ok" if how == "direct" else "warning")
    there = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(there).free
    report.add(section, "free space", f"{free / 2**30:.1f} GiB", "ok" if free >= _LITTLE else "warning")
    if root.is_dir():
        for name, text, status in _probes(root):
            report.add(section, name, text, status)


def _probes(root: Path) -> Iterator[tuple[str, str, Status]]:
    """Try what the store relies on."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".doctor.", suffix=".tmp", dir=root))
    except OSError as error:
        yield "writing", f"cannot write here ({error.strerror}); runs can be read only", "warning"
        return
    try:
        yield _probe("append and see it grow", lambda: _grows(folder / "grow"))
        yield _probe("rename over a file", lambda: _renames(folder))
        yield _probe("exclusive creation", lambda: _exclusive(folder / "once"))
        yield _probe("lock", lambda: _locks(folder / "lock"))
        yield _probe("memory map", lambda: _maps(folder / "map"))
        start = time.perf_counter()
        fine = _probe("fsync", lambda: _syncs(folder / "sync"))
        took = (time.perf_counter() - start) * 1000
        yield (fine[0], f"{took:.1f} ms", "ok") if fine[2] == "ok" else fine
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _probe(name: str, test: object) -> tuple[str, str, Status]:
    assert callable(test)
    try:
        return (name, "works", "ok") if test() else (name, "does not work here", "warning")
    except OSError as error:
        return name, f"does not work here: {error}", "warning"


def _grows(path: Path) -> bool:
    with path.open("ab", buffering=0) as writer, path.open("rb", buffering=0) as reader:
        writer.write(b"one")
        first = reader.read()
        writer.write(b"two")
        return first + reader.read() == b"onetwo" and path.stat().st_size == 6


def _renames(folder: Path) -> bool:
    (folder / "old").write_bytes(b"old")
    (folder / "new").write_bytes(b"new")
    (folder / "new").replace(folder / "old")
    return (folder / "old").read_bytes() == b"new"


def _exclusive(path: Path) -> bool:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return True
    return False


def _locks(path: Path) -> bool:
    import fcntl

    with path.open("wb") as one, path.open("rb") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(two, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError as error:
            return error.errno == errno.EWOULDBLOCK
    return False


def _maps(path: Path) -> bool:
    path.write_bytes(bytes(4096))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 4096) as area:
        area[:4] = b"test"
        return path.read_bytes()[:4] == b"test"


def _syncs(path: Path) -> bool:
    with path.open("wb", buffering=0) as file:
        file.write(b"x")
        os.fsync(file.fileno())
    return True


def _index(report: Report, store: Store) -> None:
    section = "index"
    from nbtrack.store.index import SCHEMA

    try:
        path = store.local() / f"index-{SCHEMA}.db"
    except StoreError as error:
        report.add(section, "folder", str(error), "error")
        return
    if not path.is_file():
        report.add(section, "file", f"{path}: not made yet, the first query makes it", "ok")
        return
    report.add(section, "file", f"{path}, {path.stat().st_size / 2**20:.1f} MiB", "ok")
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)
        ) as connection:
            (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (count,) = connection.execute("SELECT count(*) FROM run").fetchone()
    except sqlite3.Error as error:
        state, count = str(error), 0
    if state == "ok":
        report.add(section, "content", f"{count} run{'' if count == 1 else 's'}", "ok")
    else:
        report.add(section, "content", f"damaged ({state}); the next query builds it anew", "warning")


def _runs(report: Report, store: Store) -> None:
    from nbtrack.store.seal import stream_ended

    section = "runs"
    count = size = logs = 0
    living: list[str] = []
    for run_id, folder in store.run_dirs():
        count += 1
        with contextlib.suppress(OSError):
            entries = list(os.scandir(folder))
            size += sum(entry.stat().st_size for entry in entries if entry.is_file())
            streams = list_streams(entry.name for entry in entries)
            logs += sum(len(files.logs) for files in streams.values())
            open_ones = [f.logs[-1][1] for f in streams.values() if f.logs]
            if any(not stream_ended(folder, name) for name in open_ones):
                living.append(run_id)
    report.add(section, "stored", f"{count}, {size / 2**20:.1f} MiB in {logs} logs and sealed files")
    names = ", ".join(living[:10]) + (", …" if len(living) > 10 else "")
    report.add(section, "being written", f"{len(living)}: {names}" if living else "none")


def _jupyter(report: Report) -> None:
    section = "jupyter"
    try:
        paths = import_module("jupyter_core.paths").jupyter_config_path()
    except ImportError:
        report.add(section, "server extension", "Jupyter is not installed for this Python")
        return
    name = "jupyter_server_config.d/nbtrack.json"
    found = [Path(path) / name for path in paths if (Path(path) / name).is_file()]
    if found:
        report.add(section, "server extension", f"enabled by {found[0]}", "ok")
    else:
        text = "not enabled: panels stop with the kernel. `jupyter server extension enable nbtrack.server`"
        report.add(section, "server extension", text, "warning")


# ---- fsck -------------------------------------------------------------------------------------------------


def fsck(store: Store, *, deep: bool = False) -> list[Problem]:
    """Look for damage in a store. Changes nothing.

    Found are damaged and torn stretches of logs, those of runs and of documents, sealed files that cannot be
    read, blobs that are missing, and media whose writer died before they were encoded (`nbtrack tidy` encodes
    those).

    Args:
        store: The store.
        deep: Also read all blobs and compare them with their names.

    Returns:
        Problems, in order of their files; an empty list when there are none.

    Example:
        >>> fsck(store)
        []
    """
    problems: list[Problem] = []
    known: dict[str, bool] = {}
    for run_id, _ in store.run_dirs():
        problems += _check_run(RunReader(store, run_id), known)
    documents = Documents(store)
    for kind, own_id, _ in store.entity_dirs():
        problems += documents.problems(kind, own_id)
    if deep:
        problems += _check_blobs(store)
    return sorted(problems, key=lambda problem: (problem.path, problem.offset))


def _check_run(reader: RunReader, known: dict[str, bool]) -> Iterator[Problem]:
    for key in reader.keys(internal=True):  # reads what is sealed
        reader.series(key)
    yield from reader.problems
    living = {writer.log for writer in reader.writers() if writer.alive(reader.run_dir)}
    damaged = {(problem.path, problem.offset) for problem in reader.problems}
    for torn in reader.unread():
        if Path(torn.path).name not in living and (torn.path, torn.offset) not in damaged:
            yield torn
    running = bool(living)
    for row in reader.objects():
        where = f"{row.key!r} at step {row.step}" + (f", item {row.idx}" if row.count else "")
        for sha in row.files:
            if not _present(reader, sha, known):
                yield Problem(str(reader.run_dir), 0, f"{where}: blob {sha} is missing")
        if row.pending is not None and not running:
            yield Problem(str(reader.run_dir), 0, f"{where}: not encoded; `nbtrack tidy` does it")
    for cell in reader.cells():
        if cell.source and not _present(reader, cell.source, known):
            yield Problem(str(reader.run_dir), 0, f"cell [{cell.count}]: source {cell.source} is missing")


def _present(reader: RunReader, sha: str, known: dict[str, bool]) -> bool:
    if not known.get(sha):
        known[sha] = reader.has_blob(sha)
    return known[sha]


def _check_blobs(store: Store) -> Iterator[Problem]:
    for stat in store.blobs.list("blobs/"):
        digest = hashlib.sha256()
        with (store.root / stat.path).open("rb") as file:
            while part := file.read(2**20):
                digest.update(part)
        if digest.hexdigest() != stat.path.rpartition("/")[2]:
            yield Problem(
                str(store.root / stat.path), 0, "content does not have the hash that it is named by"
            )
