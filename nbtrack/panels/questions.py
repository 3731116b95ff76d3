"""What a panel asks about one run beside its delta: a closer look at a series, a cell's source, bytes.

The kernel's widget and the HTTP routes answer with the same functions.
"""

from __future__ import annotations

import math
import re
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError, NotFoundError
from nbtrack.panels import thumbs
from nbtrack.panels.wire import CellSource, EarlierRun, Execution, SeriesWindow, float64
from nbtrack.store.reader import RunReader
from nbtrack.store.sample import downsample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from nbtrack.store.layout import Store
    from nbtrack.store.model import CellExecution

#: how many earlier runs of a project are searched for the previous execution of a cell
_EARLIER_RUNS = 20

#: stretches of a series that may be asked for: a download asks for all of it
MAX_BUCKETS = 2_000_000

_SHA = re.compile(r"[0-9a-f]{64}")


def earlier_of(reader: RunReader) -> EarlierRun | None:
    """Return the run that the same notebook cell wrote before, as the notebook edge noted it in the run."""
    noted = reader.meta.other.get("earlier")
    run_id = noted.get("id") if isinstance(noted, dict) else noted
    if not isinstance(run_id, str) or run_id == reader.run_id:
        return None
    try:
        other = RunReader.of(reader.store, run_id)
    except NotFoundError:  # deleted since
        return None
    return EarlierRun(id=run_id, name=other.meta.name, state=other.state())


def series_window(
    reader: RunReader, keys: Sequence[str], lo: float, hi: float, buckets: int, mean: bool = False
) -> tuple[SeriesWindow, list[bytes]]:
    """Return the points with `lo <= step <= hi` at which all `keys` have a number.

    Several keys are those of an expression, or a key and the one on its x axis.

    Args:
        reader: of the run.
        keys: at least one.
        lo: first step.
        hi: last step.
        buckets: of more points, the extremes of each key in so many stretches are kept, and both ends.
        mean: of more points, the means of the stretches instead: what an average can go on from.

    Raises:
        NotFoundError: the run has no numbers under one of the keys.
        LogValueError: `lo`, `hi` or `buckets` is no number, `keys` no list of texts.
    """
    if not all(isinstance(v, int | float) and not math.isnan(v) for v in (lo, hi, buckets)):
        raise LogValueError(f"lo, hi and buckets must be numbers; got {lo!r}, {hi!r}, {buckets!r}")
    if isinstance(keys, str) or not keys or not all(isinstance(key, str) for key in keys):
        raise LogValueError(f"keys must be a list of texts; got {keys!r}")
    known = reader.keys(internal=True)
    columns = []
    for key in keys:
        if key not in known:
            raise NotFoundError(f"run {reader.run_id} has no numbers under {key!r}")
        series = reader.series(key)
        first = int(np.searchsorted(series.steps, lo, "left"))
        last = int(np.searchsorted(series.steps, hi, "right"))
        columns.append((series.steps[first:last], series.values[first:last]))
    steps: NDArray[Any] = reduce(partial(np.intersect1d, assume_unique=True), (steps for steps, _ in columns))
    values = [
        values if len(own) == len(steps) else values[np.searchsorted(own, steps)] for own, values in columns
    ]
    buckets = min(max(int(buckets), 1), MAX_BUCKETS)
    n = len(steps)
    if mean and n > buckets:
        steps, *values = _means([steps, *values], buckets)
    elif not mean:
        kept = _sampled(values, buckets)
        steps, values = steps[kept], [column[kept] for column in values]
    window = SeriesWindow(
        keys=list(keys),
        lo=lo,
        hi=hi,
        sampled=len(steps) < n,
        steps=0,
        values=list(range(1, len(keys) + 1)),
    )
    return window, [float64(steps), *(float64(column) for column in values)]


def _sampled(columns: list[NDArray[np.float64]], buckets: int) -> NDArray[np.int64]:
    """Return the places that are kept: the extremes of every column, so that all have a value at each."""
    places = np.arange(len(columns[0]))
    kept = [downsample(places, column, buckets)[0] for column in columns]
    return kept[0] if len(kept) == 1 else np.unique(np.concatenate(kept))


def _means(columns: list[NDArray[Any]], buckets: int) -> list[NDArray[np.float64]]:
    """Return the mean of each stretch, NaN and infinities left out; NaN where there is nothing else."""
    starts = np.arange(0, len(columns[0]), -(-len(columns[0]) // buckets))
    found = []
    for column in columns:
        drawn = np.isfinite(column)
        count = np.add.reduceat(drawn, starts, dtype=np.int64)
        total = np.add.reduceat(np.where(drawn, column, 0.0), starts)
        found.append(np.divide(total, count, out=np.full(len(starts), np.nan), where=count > 0))
    return found


def cell_source(reader: RunReader, store: Store, cell_id: int) -> CellSource:
    """Return the source of a cell execution and of the execution of the same cell before it.

    The one before is looked for in this run, in the run noted as earlier, then in the project's latest runs.

    Raises:
        NotFoundError: the run knows no such execution, or its source is gone.
    """
    cells = reader.cells()
    cell = next((c for c in cells if c.id == cell_id), None)
    if cell is None:
        raise NotFoundError(f"run {reader.run_id} knows no cell execution {cell_id}")
    source = _text(reader, cell)
    previous = None
    if cell.cell_id:
        for other in _with_earlier(reader, store):
            before = [
                c
                for c in (cells if other is reader else other.cells())
                if c.cell_id == cell.cell_id and c.notebook in {cell.notebook, ""} and c.time < cell.time
            ]
            if before:
                last = max(before, key=lambda c: c.time)
                previous = Execution(
                    source=_text(other, last), count=last.count, time=last.time, run=other.run_id
                )
                break
    return CellSource(source=source, count=cell.count, time=cell.time, previous=previous)


def blob_bytes(source: RunReader | Store, sha: str, px: int | None) -> tuple[bytes, str]:
    """Return `(bytes, MIME type)` of a blob, reduced to a longest side of `px` pixels unless that is None.

    Raises:
        LogValueError: `sha` is no SHA-256, or `px` no size.
        NotFoundError: the store has no such blob.
    """
    if not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise LogValueError(f"a blob is named by its SHA-256 in hexadecimal; got {sha!r}")
    if px is not None and not (isinstance(px, int) and 1 <= px <= 65535):
        raise LogValueError(f"px must be a size from 1 to 65535 or null; got {px!r}")
    load = source.blob if isinstance(source, RunReader) else source.get_blob
    try:
        if px is None:
            data = load(sha)
            return data, thumbs.sniff(data)
        made = thumbs.thumb(sha, px, lambda: load(sha))
    except FileNotFoundError:
        raise NotFoundError(f"the store no longer holds this file ({sha[:12]}…)") from None
    return made.data, made.mime


def _text(reader: RunReader, cell: CellExecution) -> str:
    try:
        return reader.blob(cell.source).decode("utf-8", "replace")
    except FileNotFoundError:
        raise NotFoundError(f"the source of cell execution {cell.id} is not in the store") from None


def _with_earlier(reader: RunReader, store: Store) -> Iterable[RunReader]:
    """Yield the run itself, the one noted as earlier, and the latest ones of the project before it."""
    from nbtrack.store.catalog import SqliteCatalog
    from nbtrack.store.model import And, Compare, RunQuery

    yield reader
    seen = {reader.run_id}
    earlier = earlier_of(reader)
    if earlier is not None:
        seen.add(earlier["id"])
        yield RunReader.of(store, earlier["id"])
    catalog = SqliteCatalog(store)
    catalog.refresh()
    same_project = Compare("run.project", "=", reader.meta.project)
    before = Compare("run.created", "<=", reader.meta.created)
    query = RunQuery(
        where=And((same_project, before)),
        order=(("run.created", True),),
        limit=_EARLIER_RUNS,
        fields=(),
    )
    for row in catalog.runs(query).rows:
        if row.meta.id not in seen:
            try:
                yield RunReader.of(store, row.meta.id)
            except NotFoundError:  # removed since the index was made
                continue
