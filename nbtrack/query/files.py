"""Files of a run: what `run.save` copied, and logged media under W&B's names."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import mimetypes
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TextIO

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.query.media import file_name, overlay_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbtrack.store.reader import RunReader


class File:
    """One file of a run.

    Attributes:
        name: its path inside the run, with "/" on every platform.
        url: None: nothing is served.
    """

    url = None

    def __init__(
        self, name: str, *, path: Path | None = None, reader: RunReader | None = None, sha: str = ""
    ) -> None:
        self.name = name
        self._path = path
        self._reader = reader
        self._sha = sha

    def read(self) -> bytes:
        """The content.

        Raises:
            NotFoundError: it has gone from the store.
        """
        try:
            if self._path is not None:
                return self._path.read_bytes()
            assert self._reader is not None
            return self._reader.blob(self._sha)
        except FileNotFoundError:
            raise NotFoundError(f"file {self.name!r} is no longer in the store") from None

    @property
    def size(self) -> int:
        """Bytes."""
        if self._path is not None and self._path.is_file():
            return self._path.stat().st_size
        return len(self.read())

    @property
    def md5(self) -> str:
        """MD5 of the content in base64, as W&B gives it."""
        return base64.b64encode(hashlib.md5(self.read(), usedforsecurity=False).digest()).decode()

    @property
    def mimetype(self) -> str:
        """Guessed from the name."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def download(self, root: str | Path = ".", replace: bool = False, exist_ok: bool = False) -> TextIO:
        """Copy the file to `<root>/<name>`.

        Args:
            root: folder to write below; made when missing.
            replace: overwrite what is there.
            exist_ok: leave what is there and return it.

        Returns:
            The copy, open for reading (as W&B does); its `.name` is the path.

        Raises:
            UsageError: the copy exists and neither `replace` nor `exist_ok` is set, or the name would lead
                outside of `root`.

        Example:
            >>> run.file("notes.txt").download("out", replace=True).read()
        """
        target = _inside(Path(root), self.name)
        if target.exists() and exist_ok and not replace:
            return target.open(encoding="utf-8")
        if target.exists() and not replace:
            raise UsageError(
                f"{target} exists; pass replace=True to overwrite it or exist_ok=True to keep it"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.part")
        if self._path is not None and self._path.is_file():
            shutil.copyfile(self._path, partial)
        else:
            partial.write_bytes(self.read())
        partial.replace(target)
        return target.open(encoding="utf-8")

    def __repr__(self) -> str:
        return f"<File {self.name} ({self.mimetype})>"


def run_files(
    reader: RunReader, names: Sequence[str] | None = None, pattern: str | None = None
) -> Iterator[File]:
    """Files of a run, saved ones first, then media in the order of their keys and steps.

    Args:
        reader: the run.
        names: only these.
        pattern: only those that match; `%` and `*` stand for any characters, as in W&B.
    """
    wanted = set(names) if names is not None else None
    glob = pattern.replace("%", "*") if pattern is not None else None
    for file in _all(reader):
        if wanted is not None and file.name not in wanted:
            continue
        if glob is None or fnmatch.fnmatchcase(file.name, glob):
            yield file


def add_file(run_dir: Path, path: Path, root: Path) -> File:
    """Copy `path` to the saved files of a run, named by its path relative to `root`.

    Raises:
        UsageError: it is not below `root`.
        FileNotFoundError: there is no such file.
    """
    source = path.resolve(strict=True)
    if not source.is_relative_to(root.resolve()):
        raise UsageError(f"file {str(path)!r} is outside of root {str(root)!r}")
    name = source.relative_to(root.resolve()).as_posix()
    target = _inside(run_dir / "files", name)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    partial.replace(target)
    return File(name, path=target)


def _all(reader: RunReader) -> Iterator[File]:
    folder = reader.run_dir / "files"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        # a link that leads elsewhere is not a file of this run
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            yield File(path.relative_to(folder).as_posix(), path=path)
    seen = set()
    for row in sorted(reader.objects(), key=lambda row: (row.key, row.step, row.idx)):
        name = file_name(row)
        if name is not None and row.blob is not None and name not in seen:
            seen.add(name)
            yield File(name, reader=reader, sha=row.blob)
        for name, sha in overlay_files(row).items():
            if name not in seen:
                seen.add(name)
                yield File(name, reader=reader, sha=sha)


def _inside(root: Path, name: str) -> Path:
    """`root / name`, with links followed, if that is below `root`."""
    base = root.resolve()
    target = (base / PurePosixPath(name)).resolve()
    if target == base or not target.is_relative_to(base):
        raise UsageError(f"file {name!r} would be written outside of {str(root)!r}")
    return target
