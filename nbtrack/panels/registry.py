"""Tells the Jupyter server where a store lies.

Kernel and server may have different working folders and environments, but they share Jupyter's data folder. A
panel knows its store's id; the server finds the root here. Nothing of it reaches the notebook.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbtrack.store.layout import Store

#: what may stand in a file name; a store id comes from a browser's URL as well
_STORE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def folder() -> Path | None:
    """Return `<jupyter data dir>/nbtrack/stores`, or None where Jupyter is not installed."""
    try:
        from jupyter_core.paths import jupyter_data_dir
    except ImportError:
        return None
    return Path(jupyter_data_dir()) / "nbtrack" / "stores"


def register(store: Store) -> bool:
    """Note the root of `store` for the server; False when that was not possible. Never raises.

    The file is the user's own (mode 0600) and is replaced as a whole.
    """
    place = folder()
    if place is None or not _STORE_ID.fullmatch(store.store_id):
        return False
    root = str(store.root.resolve())
    if find(store.store_id) == Path(root):
        return True
    temporary = None
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=place, prefix=".", suffix=".tmp")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"root": root}, file)
        os.replace(temporary, place / f"{store.store_id}.json")  # noqa: PTH105
    except OSError:  # a read-only home: panels then live without the server
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
        return False
    return True


def find(store_id: str) -> Path | None:
    """Return the root that was registered for a store, or None."""
    place = folder()
    if place is None or not _STORE_ID.fullmatch(store_id):
        return None
    try:
        root = json.loads((place / f"{store_id}.json").read_text(encoding="utf-8"))["root"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(root) if isinstance(root, str) else None


def roots() -> list[Path]:
    """Return the roots of all stores that were registered, those of the latest panels first."""
    place = folder()
    if place is None or not place.is_dir():
        return []
    files = []
    for file in place.glob("*.json"):
        with suppress(OSError):
            files.append((file.stat().st_mtime, file.stem))
    found = [find(store_id) for _, store_id in sorted(files, reverse=True)]
    return [root for root in found if root is not None]
