"""The folder that is a store: where things lie in it, and its identity.

<store>/nbtrack.json                  who it is and who may read and write it
<store>/runs/<yyyymm>/<slug>/         one folder per run, by month of creation (UTC)
<store>/ents/<kind>/<slug>/           one folder per document that is no run: see `entities`
<store>/blobs/<aa>/<sha256>           encoded media and other big things, by content
<store>/feed/<writer>.nbl             hints
<store>/.local/ or a cache folder     the index of this machine
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.errors import StoreError, StoreVersionError
from nbtrack.store.folder import Folder, publish, temporary
from nbtrack.store.locality import is_local
from nbtrack.store.syncer import syncer

if TYPE_CHECKING:
    from collections.abc import Iterator

#: of the layout and the frames, as `min_reader` and `min_writer` count them
FORMAT = 1
MARKER = "nbtrack.json"

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as ULIDs use it


def new_id() -> str:
    """Return a new run id: 8 characters of base 36, as W&B's."""
    return "".join(secrets.choice(_BASE36) for _ in range(8))


def new_writer() -> str:
    """Return a new writer id: 10 characters of base 32, random per process and journal."""
    return "".join(secrets.choice(_BASE32) for _ in range(10)).lower()


def ulid() -> str:
    """Return a ULID: 26 characters that sort by time of creation."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def default_root() -> Path:
    """Return the folder of the store where none is named.

    `$NBTRACK_DIR`, else `./nbtrack`, or `./.nbtrack` where `./nbtrack` is a Python package.
    """
    if named := os.environ.get("NBTRACK_DIR"):
        return Path(named).expanduser().absolute()
    here = Path.cwd()
    return here / (".nbtrack" if (here / "nbtrack" / "__init__.py").exists() else "nbtrack")


class Store:
    """An opened store folder. Cheap; holds no file open; may be shared by threads and used after a fork.

    Attributes:
        root: absolute path of the folder.
        store_id: ULID, the same on every machine.
        blobs: `ObjectStore` over `root`.

    Example:
        >>> store = Store.open("/tmp/experiments", create=True)
        >>> store.get_blob(store.put_blob(b"some bytes"))
        b'some bytes'
    """

    def __init__(self, root: Path, identity: dict[str, object]) -> None:
        self.root = root
        self.store_id = str(identity["store_id"])
        self.blobs = Folder(root)
        self._identity = identity
        self._local: Path | None = None

    @classmethod
    def open(cls, root: str | Path | None = None, *, create: bool = False) -> Store:
        """Open the store in the folder `root` (default: `default_root()`).

        Args:
            root: the folder.
            create: make a store there when there is none; also in a folder that holds other things.

        Raises:
            StoreError: no store there and not `create`; or the folder cannot be read or made.
            StoreVersionError: a newer nbtrack made it.
        """
        path = Path(root).expanduser().absolute() if root is not None else default_root()
        try:
            if not (path / MARKER).exists():
                if not create:
                    raise StoreError(
                        f"no store in {path}: it has no {MARKER}. `nbtrack.init()` makes one; "
                        "NBTRACK_DIR or `dir=` names another folder"
                    )
                _write_identity(
                    path,
                    {
                        "store_id": ulid(),
                        "format": FORMAT,
                        "min_reader": 1,
                        "min_writer": 1,
                        "blob_hash": "sha256",
                    },
                )
            store = cls(path, _read_identity(path))
        except OSError as error:
            raise StoreError(f"cannot {'make' if create else 'read'} a store in {path}: {error}") from error
        if create:
            store.require_writable()
        return store

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    def require_writable(self) -> None:
        """Raise StoreVersionError when only a newer nbtrack may write here (reading is allowed)."""
        if (least := self._identity.get("min_writer", 1)) > FORMAT:  # type: ignore[operator]
            raise StoreVersionError(
                f"the store in {self.root} may be read but not written by this nbtrack: it asks for format "
                f"{least}, this version writes {FORMAT}. Upgrade nbtrack"
            )

    def restore(self) -> None:
        """Put the folder and its identity back where somebody deleted them under a running process."""
        if not (self.root / MARKER).exists():
            _write_identity(self.root, self._identity)

    # ---- runs ---------------------------------------------------------------------------------------------

    def run_dir(self, run_id: str) -> Path | None:
        """Folder of the run, or None when the store does not hold it."""
        name = slug(run_id)
        for month in self._months():
            if (month / name).is_dir():
                return month / name
        return None

    def create_run_dir(self, run_id: str, created: float) -> Path:
        """Return the folder of the run; make it, under the month of `created` (unix seconds), if need be.

        Raises:
            OSError: it cannot be made.
        """
        self.require_writable()
        if found := self.run_dir(run_id):
            return found
        name = slug(run_id)
        folder = self.root / "runs" / datetime.fromtimestamp(created, UTC).strftime("%Y%m") / name
        _make_folder(folder, run_id)
        # another process may have made it at the turn of a month: both then take the earlier one
        return self.run_dir(run_id) or folder

    def run_dirs(self) -> Iterator[tuple[str, Path]]:
        """Yield (run id, folder) of all runs, oldest month first."""
        seen = set()
        for month in self._months():
            for entry in sorted(os.scandir(month), key=lambda e: e.name):
                if entry.is_dir() and entry.name not in seen:
                    seen.add(entry.name)
                    with contextlib.suppress(FileNotFoundError):  # deleted, or its id is not yet written
                        yield _run_id(Path(entry.path)), Path(entry.path)

    def _months(self) -> list[Path]:
        try:
            names = [e.name for e in os.scandir(self.root / "runs") if e.name.isdecimal() and e.is_dir()]
        except FileNotFoundError:
            return []
        return [self.root / "runs" / name for name in sorted(names)]

    # ---- documents ----------------------------------------------------------------------------------------

    def entity_dir(self, kind: str, entity_id: str) -> Path:
        """Folder of a document (see `nbtrack.store.entities`), whether it exists or not."""
        return self.root / "ents" / kind / slug(entity_id)

    def create_entity_dir(self, kind: str, entity_id: str) -> Path:
        """Return the folder of a document; make it if need be.

        Raises:
            OSError: it cannot be made.
        """
        self.require_writable()
        self.restore()
        folder = self.entity_dir(kind, entity_id)
        _make_folder(folder, entity_id)
        return folder

    def entity_dirs(self) -> Iterator[tuple[str, str, Path]]:
        """Yield (kind, id, folder) of all documents, sorted."""
        for kind in _folders(self.root / "ents"):
            for folder in _folders(kind):
                with contextlib.suppress(FileNotFoundError, ValueError):  # its id is not yet written
                    yield kind.name, _run_id(folder), folder

    # ---- blobs --------------------------------------------------------------------------------------------

    def put_blob(self, data: bytes | memoryview) -> str:
        """Store bytes under their SHA-256 and return it (hex). Cheap when they are there already.

        Raises:
            OSError: they cannot be written.
        """
        sha = hashlib.sha256(data).hexdigest()
        path = blob_path(sha)
        target = self.root / path
        try:
            os.utime(target)  # young again: garbage collection leaves it alone
        except FileNotFoundError:
            self.require_writable()
            self.blobs.put_new(path, data)
            syncer.later(str(target))
        except PermissionError:  # somebody else's file, in a shared store: it is there, that is enough
            target.stat()
        return sha

    def get_blob(self, sha: str) -> bytes:
        """Bytes of a blob that is a file (small ones lie in the logs). Raises FileNotFoundError."""
        return self.blobs.get(blob_path(sha))

    # ---- this machine -------------------------------------------------------------------------------------

    def local(self) -> Path:
        """Return the folder of this machine for the index; made if need be.

        The first of `$NBTRACK_LOCAL`, `<store>/.local`, the user's cache folder, the runtime folder and the
        temporary folder that is on a local filesystem and where SQLite's WAL mode works.

        Raises:
            StoreError: none will do.
        """
        if self._local is None or not self._local.is_dir():
            self._local = next((path for path in self._local_candidates() if _usable(path)), None)
        if self._local is None:
            raise StoreError(
                "no folder for the index: neither the store's filesystem nor the user's cache or the "
                "temporary folder is local and writable. Set NBTRACK_LOCAL to a folder on a local disk"
            )
        return self._local

    def _local_candidates(self) -> Iterator[Path]:
        import tempfile

        import platformdirs

        # copies of a store have the same id, so the place counts too
        place = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:8]
        own = Path("nbtrack") / f"{self.store_id}-{place}"
        if named := os.environ.get("NBTRACK_LOCAL"):
            yield Path(named).expanduser().absolute() / own
        if os.access(self.root, os.W_OK):
            yield self.root / ".local"
        yield Path(platformdirs.user_cache_dir()) / own
        if runtime := os.environ.get("XDG_RUNTIME_DIR"):  # platformdirs would warn about its absence
            yield Path(runtime) / own
        yield Path(tempfile.gettempdir()) / own


def blob_path(sha: str) -> str:
    """Path of a blob below the store's root.

    Raises:
        ValueError: `sha` is not 64 lower-case hex digits.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", sha):
        raise ValueError(f"{sha!r} is not a SHA-256: 64 lower-case hex digits")
    return f"blobs/{sha[:2]}/{sha}"


# ---- identity ---------------------------------------------------------------------------------------------


def _write_identity(root: Path, identity: dict[str, object]) -> None:
    """Write the marker unless another process was first."""
    with temporary(root / MARKER) as temp:
        temp.write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
        publish(temp, root / MARKER)


def _read_identity(root: Path) -> dict[str, object]:
    text = (root / MARKER).read_text(encoding="utf-8", errors="replace")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise StoreError(f"{root / MARKER} is not nbtrack's: {error}") from error
    if not isinstance(found, dict) or not found.get("store_id"):
        raise StoreError(f"{root / MARKER} is not nbtrack's: it has no store_id")
    versions = [found.get(k, 1) for k in ("min_reader", "min_writer")]
    if not all(isinstance(v, int) for v in versions):
        raise StoreError(f"{root / MARKER} is damaged: min_reader and min_writer must be whole numbers")
    if versions[0] > FORMAT:
        raise StoreVersionError(
            f"the store in {root} was written by a newer nbtrack: it asks for a reader of format "
            f"{versions[0]}, this version reads up to {FORMAT}. Upgrade nbtrack"
        )
    if (used := found.get("blob_hash", "sha256")) != "sha256":
        raise StoreVersionError(f"the store in {root} names blobs by {used!r}; this nbtrack knows sha256")
    return found


# ---- names of run folders ---------------------------------------------------------------------------------

#: holds the run id where the folder's name had to be shortened
_ID_FILE = "id"
#: bytes of a name that every filesystem takes (255) less what temporary names add
_NAME_BYTES = 180
_PLAIN = frozenset("-_.+=@")
#: names that Windows keeps for itself
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def slug(run_id: str) -> str:
    """Return the folder name of a run: readable, safe on every filesystem, different for different ids.

    Letters and digits of all scripts and `-_.+=@` stay; other characters, a dot at either end and letters
    that filesystems may normalize become %XX of their UTF-8 bytes. A long name is cut and ends in "~" + hash.
    """
    name = _escape(run_id)
    if len(name.encode()) <= _NAME_BYTES:
        return name
    digest = hashlib.sha256(run_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return _cut(name) + "~" + digest


def _escape(run_id: str) -> str:
    last = len(run_id) - 1
    return "".join(
        c
        if (_is_stable(c) or (c in _PLAIN and (c != "." or 0 < i < last)))
        and not (i == 0 and _RESERVED.match(run_id))
        else "".join(f"%{b:02X}" for b in c.encode("utf-8", "surrogatepass"))
        for i, c in enumerate(run_id)
    )


def _is_stable(c: str) -> bool:
    return c.isalnum() and unicodedata.is_normalized("NFC", c)


def _cut(name: str) -> str:
    return name.encode()[: _NAME_BYTES - 33].decode(errors="ignore")


def _make_folder(folder: Path, own_id: str) -> None:
    """Make the folder of a run or document, with its id in it where the name alone does not tell it."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.name != _escape(own_id):
        with temporary(folder / _ID_FILE) as temp:
            temp.write_text(own_id, encoding="utf-8")
            publish(temp, folder / _ID_FILE)


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(parent) if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _run_id(folder: Path) -> str:
    """Undo `slug`."""
    if "~" in folder.name:
        return (folder / _ID_FILE).read_text(encoding="utf-8")
    raw = re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), folder.name.encode())
    return raw.decode("utf-8", "surrogatepass")


def _usable(folder: Path) -> bool:
    """Whether SQLite in WAL mode works in `folder`, seen from two connections."""
    import sqlite3

    probe = folder / f".probe.{secrets.token_hex(4)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not is_local(folder):
            return False
        try:
            with contextlib.closing(sqlite3.connect(probe)) as one:
                if one.execute("pragma journal_mode=wal").fetchone()[0] != "wal":
                    return False
                one.execute("create table t(x)")
                one.commit()
                with contextlib.closing(sqlite3.connect(probe)) as two:
                    return bool(two.execute("select count(*) from t").fetchone() == (0,))
        finally:
            for path in folder.glob(probe.name + "*"):
                path.unlink(missing_ok=True)
    except (OSError, sqlite3.Error):
        return False
