"""An `ObjectStore` that is a folder."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.store.protocols import Stat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: what a filesystem says that has no hard links
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class Folder:
    """Immutable files below `root`. Paths are relative, with "/" between their parts.

    A file appears whole or not at all: it is written under a temporary name (`.<name>.<random>.tmp`, which
    `list` does not show) and then linked to its own.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_new(self, path: str, data: bytes | memoryview | Path) -> bool:
        """Store `data` (a `Path` is copied); False when `path` exists already and was left alone."""
        target = self._at(path)
        if target.exists():
            return False
        with temporary(target) as temp:
            if isinstance(data, Path):
                shutil.copyfile(data, temp)
            else:
                temp.write_bytes(data)
            return publish(temp, target)

    def get(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes of `path` from `start` on, at most `length` of them. Raises FileNotFoundError."""
        with self._at(path).open("rb") as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def stat(self, path: str) -> Stat | None:
        """Size and time, or None when there is no such file."""
        try:
            found = self._at(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Stat(path, found.st_size, found.st_mtime)

    def list(self, prefix: str, after: str | None = None) -> Iterator[Stat]:
        """Files whose path begins with `prefix`, in order of their path, from the first one after `after`."""
        folder = prefix.rpartition("/")[0]
        for path, entry in self._walk(self._at(folder) if folder else self.root, folder and folder + "/"):
            if path.startswith(prefix) and (after is None or path > after):
                with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                    found = entry.stat()
                    yield Stat(path, found.st_size, found.st_mtime)

    def move(self, src: str, dst: str) -> None:
        """Rename. Raises FileNotFoundError, or FileExistsError when `dst` exists."""
        source, target = self._at(src), self._at(dst)
        if not source.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), src)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not publish(source, target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), dst)
        source.unlink(missing_ok=True)

    def delete(self, paths: Sequence[str]) -> None:
        """Remove; missing ones are not an error."""
        for path in paths:
            self._at(path).unlink(missing_ok=True)

    def _at(self, path: str) -> Path:
        if not path or any(part in {"", ".", ".."} for part in path.split("/")):
            raise ValueError(f"{path!r} is no object's path: it must be relative, without empty or dot parts")
        return self.root / path

    def _walk(self, folder: Path, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        # "a-b" comes before "a/b", so a folder is sorted under its name with the slash
        named = sorted(
            (e.name + "/" if e.is_dir() else e.name, e) for e in entries if not is_temporary(e.name)
        )
        for name, entry in named:
            if name.endswith("/"):
                yield from self._walk(Path(entry.path), prefix + name)
            else:
                yield prefix + name, entry


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that is still being written (or was left by a kill)."""
    return name.startswith(".") and name.endswith(".tmp")


@contextlib.contextmanager
def temporary(target: Path) -> Iterator[Path]:
    """A new name beside `target` (whose folder is made); what is there at the end is deleted."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def publish(temp: Path, target: Path) -> bool:
    """Give `temp` the name `target`; False when that exists. Of two that race exactly one gets True."""
    try:
        os.link(temp, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links the last of two racing writers wins; what is stored is immutable and named by
        # its content, so they bring the same.
        if target.exists():
            return False
        temp.rename(target)
    return True
