"""A stored table, opened for questions. What was decoded once is kept, up to a budget over all tables."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError, NotFoundError
from nbtrack.media.table_file import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: bytes of decoded columns that are kept over all tables of the process
BUDGET = 512 * 1024 * 1024
#: row orders (of filters and sortings) that are kept of one table
_ORDERS = 16


class Source:
    """One table: a Parquet file, or the increments of one.

    Args:
        blobs: the files, in order, at least one.
        name: their SHA-256; two sources of one name hold the same.
    """

    def __init__(self, blobs: Sequence[bytes], name: tuple[str, ...] = ()) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._files = [pq.ParquetFile(pa.BufferReader(blob)) for blob in blobs]
        self.name = name
        #: what the columns hold: name, kind, media
        self.columns = describe(self._files[-1].schema_arrow)
        for column in self.columns:
            column["name"] = str(column["name"])
        self.rows = sum(file.metadata.num_rows for file in self._files)
        self._size = sum(map(len, blobs))
        self._decoded: dict[str, Any] = {}
        self._orders: OrderedDict[object, NDArray[np.int64]] = OrderedDict()
        self._lock = threading.RLock()

    def kind(self, name: str) -> str | None:
        """Return the kind of a column.

        Raises:
            NotFoundError: there is none of this name.
        """
        for column in self.columns:
            if column["name"] == name:
                kind: str | None = column["kind"]
                return kind
        raise NotFoundError(f"the table has no column {name!r}")

    def column(self, name: str) -> Any:
        """Return a whole column as a pyarrow chunked array."""
        import pyarrow as pa

        with self._lock:
            if name not in self._decoded:
                self.kind(name)
                parts = [file.read([name]).select([name]) for file in self._files]
                self._decoded[name] = (
                    parts[0] if len(parts) == 1 else pa.concat_tables(parts, promote_options="permissive")
                ).column(0)
            return self._decoded[name]

    def page(self, names: Sequence[str], start: int, stop: int) -> Any:
        """Return rows as they are stored, reading no more of the file than they need."""
        import pyarrow as pa

        if all(name in self._decoded for name in names) or len(self._files) > 1:
            return pa.table([self.column(name).slice(start, stop - start) for name in names], list(names))
        with self._lock:
            file = self._files[0]
            groups: list[int] = []
            first = at = 0
            for i in range(file.num_row_groups):
                size = file.metadata.row_group(i).num_rows
                if at < stop and at + size > start:
                    first = first if groups else at
                    groups.append(i)
                at += size
            found = file.read_row_groups(groups, columns=list(names)).select(list(names))
            return found.slice(start - first, stop - start)

    def take(self, names: Sequence[str], index: NDArray[np.int64]) -> Any:
        """Return the rows at `index`; below zero stands for a row that is not there."""
        import pyarrow as pa

        at = pa.array(index, mask=index < 0)
        return pa.table([self.column(name).take(at) for name in names], list(names))

    def order(self, key: object, make: Callable[[], NDArray[np.int64]]) -> NDArray[np.int64]:
        """Return an order of rows, remembered under `key`."""
        with self._lock:
            known = self._orders.get(key)
        if known is None:
            known = make()
            with self._lock:
                self._orders[key] = known
                while len(self._orders) > _ORDERS:
                    self._orders.popitem(last=False)
        else:
            with self._lock:
                self._orders.move_to_end(key)
        return known

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""
        with self._lock:
            decoded: int = sum(column.nbytes for column in self._decoded.values())
            return self._size + decoded + sum(order.nbytes for order in self._orders.values())


def open_source(owner: str, shas: object, blob: Callable[[str], bytes]) -> Source:
    """Return a table, from memory if it was asked for lately.

    Args:
        owner: who may read these files: the id of the store.
        shas: SHA-256 of the table's files, in order.
        blob: returns a file by its SHA-256.

    Raises:
        LogValueError: `shas` is no list of names.
        NotFoundError: the store lacks one.
    """
    if not isinstance(shas, list) or not shas or not all(isinstance(sha, str) for sha in shas):
        raise LogValueError(f"a table is named by a list of SHA-256; got {shas!r:.80}")
    key = (owner, *shas)
    with _lock:
        source = _opened.get(key)
        if source is not None:
            _opened.move_to_end(key)
            return source
    try:
        made = Source([blob(sha) for sha in shas], key[1:])
    except (FileNotFoundError, ValueError) as missing:
        if isinstance(missing, FileNotFoundError) or "SHA-256" in str(missing):
            raise NotFoundError(f"the store does not hold table {shas[-1]}") from None
        raise
    with _lock:
        _opened[key] = made
        _shrink(key)
    return made


def _shrink(keep: object) -> None:
    total = sum(source.nbytes for source in _opened.values())
    for key in list(_opened):
        if total <= BUDGET:
            return
        if key != keep:
            total -= _opened.pop(key).nbytes


_opened: OrderedDict[object, Source] = OrderedDict()
_lock = threading.Lock()
