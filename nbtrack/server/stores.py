"""From the store id in a URL to an opened store and its runs, inside the Jupyter server."""

from __future__ import annotations

import json
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from nbtrack.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.store.layout import Store
    from nbtrack.store.reader import RunReader

#: runs whose decoded rows are kept in memory
CAPACITY = 32


class Stores:
    """Opened stores and the most recently used run readers. Thread-safe.

    Only stores that a panel of this user has registered can be reached, and only while the folder still holds
    the store of that id.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._stores: dict[str, Store] = {}
        self._readers: OrderedDict[tuple[str, str], RunReader] = OrderedDict()

    def store(self, store_id: str) -> Store:
        """Open the store of that id.

        Raises:
            NotFoundError: it is not registered, or is no longer where it was.
        """
        from nbtrack.panels.registry import find
        from nbtrack.store.layout import Store

        root = find(store_id)
        if root is None or _id_at(root) != store_id:
            self._forget(store_id)
            raise NotFoundError("no such store")
        with self._lock:
            known = self._stores.get(store_id)
        if known is not None and known.root.resolve() == root:
            return known
        opened = Store.open(root)
        self._forget(store_id)
        with self._lock:
            return self._stores.setdefault(store_id, opened)

    def reader(self, store_id: str, run_id: str) -> RunReader:
        """Return the reader of a run, brought up to date; media of killed writers are finished first.

        Raises:
            NotFoundError: no such store or run.
        """
        from nbtrack.query.recorded import fresh_reader

        store = self.store(store_id)
        reader = fresh_reader(store, run_id)
        with self._lock:
            self._readers[store_id, run_id] = reader
            self._readers.move_to_end((store_id, run_id))
            while len(self._readers) > self._capacity:
                self._readers.popitem(last=False)
        return reader

    def _forget(self, store_id: str) -> None:
        with self._lock:
            self._stores.pop(store_id, None)
            for key in [key for key in self._readers if key[0] == store_id]:
                del self._readers[key]


def _id_at(root: Path) -> str | None:
    try:
        found = json.loads((root / "nbtrack.json").read_text(encoding="utf-8"))["store_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None
