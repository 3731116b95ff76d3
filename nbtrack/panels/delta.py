"""What changed in a run since a receiver last heard of it.

`build_delta` keeps nothing about receivers: the receiver says what it has, and gets what is missing. Pushes,
questions and the HTTP route are the same function, so they may overlap, repeat and get lost in any order.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from nbtrack.panels import thumbs
from nbtrack.panels.keys import key_filter
from nbtrack.panels.questions import earlier_of
from nbtrack.panels.wire import (
    CellRow,
    Deltas,
    Have,
    MediaRow,
    MetricInfo,
    PushedBlob,
    RunDelta,
    RunInfo,
    SeriesChunk,
    float64,
    plain,
)
from nbtrack.store.sample import downsample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbtrack.store.model import CellExecution, Json, ObjectRow
    from nbtrack.store.reader import RunReader

#: series up to this length travel whole; a longer one is sampled anew each time it grew by as much, and its
#: new points are appended in between: a message costs what is new, a panel holds little beyond what it draws
RAW_POINTS = 4000
#: a hundred long series share a snapshot; runs with more keys get fewer points a key (16 bytes a point)
_LONG_SERIES = 100
#: but never fewer than this
_FEWEST_POINTS = 200
#: so many runs may have `RAW_POINTS` a key; in a panel with more, each has fewer
_MANY_RUNS = 50


def build_delta(
    reader: RunReader,
    have: Have | None,
    *,
    blobs_budget: int = 0,
    raw_points: int = RAW_POINTS,
    keys: Sequence[str] | None = None,
) -> tuple[RunDelta, list[bytes]]:
    """Return what a receiver lacks, as `(content, buffers)`.

    The caller refreshes the reader. Applying the result twice changes nothing.

    Args:
        reader: of the run.
        have: what the receiver holds; None, or one that another reader counted, gets everything.
        blobs_budget: bytes of media to send along, newest first; pictures beyond 32 KiB are reduced.
        raw_points: longer series are reduced to so many points, extremes kept.
        keys: patterns of the only media to send (see `key_filter`); None: all.
    """
    memo = _memo_of(reader)
    # taken first: what arrives from here on is sent again next time, which does no harm
    rewound, revision = reader.rewound, reader.revision
    since = memo.since(have, revision)
    if since < reader.holds_since:
        since = 0  # the receiver holds rows that were taken back
    buffers: list[bytes] = []
    delta = RunDelta(
        t="delta",
        run=reader.run_id,
        rev=revision,
        full=since == 0,
        origin=memo.origin,
        since=since,
        rewound=rewound,
        info=run_info(reader),
        series=[],
        media=[],
        cells=[],
        blobs=[],
    )
    if since == revision:
        return delta, buffers
    config, summary = plain(reader.config), plain(reader.summary())
    latest = reader.revision  # another thread may have refreshed meanwhile: they are of this one at most
    with memo.lock:
        if memo.changed("config", config, latest) > since:
            delta["config"] = cast("dict[str, Json]", config)
        if memo.changed("summary", summary, latest) > since:
            delta["summary"] = cast("dict[str, Json]", summary)
    held = {} if have is None or since == 0 else have.get("series", {})
    series = reader.keys(internal=True)
    raw = min(raw_points, max(_FEWEST_POINTS, raw_points * _LONG_SERIES // max(1, len(series))))
    for key, info in series.items():
        if info.n and tuple(held.get(key, ())) != (info.epoch, info.n):
            _add_series(delta, buffers, reader, key, held.get(key), raw)
    wanted = key_filter(keys)
    fresh = (row for row in reader.objects(since=since) if wanted(row.key))
    rows = sorted(fresh, key=lambda row: (row.time, row.idx))
    delta["media"] = [_media_row(row) for row in rows]
    delta["cells"] = [_cell_row(cell) for cell in reader.cells(since=since)]
    if blobs_budget > 0:
        _add_blobs(delta, buffers, reader, reversed(rows), blobs_budget)
    return delta, buffers


def joined(parts: Iterable[tuple[RunDelta, list[bytes]]]) -> tuple[Deltas, list[bytes]]:
    """Return deltas as one message; each part's buffers follow those of the one before."""
    message = Deltas(t="deltas", deltas=[])
    buffers: list[bytes] = []
    for delta, own in parts:
        at = len(buffers)
        series = [
            SeriesChunk({**one, "steps": one["steps"] + at, "values": one["values"] + at})
            for one in delta["series"]
        ]
        blobs = [PushedBlob({**blob, "buf": blob["buf"] + at}) for blob in delta["blobs"]]
        message["deltas"].append(RunDelta({**delta, "series": series, "blobs": blobs}))
        buffers += own
    return message, buffers


def points_of(runs: int) -> int:
    """Return the `raw_points` of each run in a panel of so many."""
    return max(_FEWEST_POINTS, RAW_POINTS * _MANY_RUNS // max(_MANY_RUNS, runs))


def have_after(have: Have | None, delta: RunDelta) -> Have:
    """Return what a receiver of `have` holds once it has applied `delta`."""
    series = {} if have is None or delta["full"] else dict(have["series"])
    for chunk in delta["series"]:
        series[chunk["key"]] = (chunk["epoch"], chunk["n"])
    return Have(rev=delta["rev"], origin=delta["origin"], series=series)


def run_info(reader: RunReader) -> RunInfo:
    """Return the header of a run: names, state, times, metric definitions."""
    meta = reader.meta
    metrics: dict[str, MetricInfo] = {}
    if reader.metrics():
        keys = reader.keys()
        for key in keys:
            definition = reader.definition(key)
            if definition is None:
                continue
            shown = MetricInfo()
            if definition.step_metric:
                shown["stepMetric"] = definition.step_metric
            if definition.hidden:
                shown["hidden"] = True
            if shown:
                metrics[key] = shown
    state = reader.state()
    return RunInfo(
        id=meta.id,
        name=meta.name,
        project=meta.project,
        entity=meta.entity,
        group=meta.group,
        jobType=meta.job_type,
        notes=meta.notes,
        tags=list(meta.tags),
        state=state,
        exitCode=meta.exit_code,
        created=meta.created,
        heartbeat=meta.heartbeat,
        finished=meta.finished,
        host=meta.host,
        lastStep=reader.last_step,
        metrics=metrics,
        earlier=earlier_of(reader),
    )


# ---- parts of a delta ------------------------------------------------------------------------------


def _add_series(
    delta: RunDelta,
    buffers: list[bytes],
    reader: RunReader,
    key: str,
    held: tuple[int, int] | list[int] | None,
    raw: int,
) -> None:
    series = reader.series(key)
    n = len(series.steps)
    start = held[1] if held is not None and held[0] == series.epoch and held[1] <= n else 0
    # between two samplings the new points are appended as they are
    sampled = n > raw and (start == 0 or start // raw != n // raw)
    if sampled:
        steps, values = downsample(series.steps, series.values, raw // 2)
        start = 0
    else:
        steps, values = series.steps[start:], series.values[start:]
    delta["series"].append(
        SeriesChunk(
            {
                "key": key,
                "epoch": series.epoch,
                "from": start,
                "n": n,
                "sampled": sampled,
                "steps": len(buffers),
                "values": len(buffers) + 1,
            }
        )
    )
    buffers += (float64(steps), float64(values))


def _media_row(row: ObjectRow) -> MediaRow:
    return MediaRow(
        key=row.key,
        step=row.step,
        idx=row.idx,
        count=row.count,
        kind=row.kind,
        meta=cast("dict[str, Json]", plain(row.meta)),
        blob=row.blob,
        pending=row.pending is not None,
    )


def _cell_row(cell: CellExecution) -> CellRow:
    return CellRow(id=cell.id, cellId=cell.cell_id, count=cell.count, time=cell.time, source=cell.source)


def _add_blobs(
    delta: RunDelta, buffers: list[bytes], reader: RunReader, rows: Iterable[ObjectRow], budget: int
) -> None:
    """Add the media of `rows` until the budget is spent."""
    seen: set[str] = set()
    for row in rows:
        if row.blob is None or row.blob in seen:
            continue
        seen.add(row.blob)
        sha = row.blob
        try:
            made = thumbs.thumb(sha, thumbs.PUSH_PX, lambda sha=sha: reader.blob(sha))  # type: ignore[misc]
        except OSError:  # not there yet, or lost: fsck tells; the panel shows a gap
            continue
        if made.px is None and len(made.data) > thumbs.ORIGINAL_BYTES:
            continue  # no picture, or one that cannot be reduced: left to the panel's own question
        budget -= len(made.data)
        if budget < 0:
            return
        delta["blobs"].append(PushedBlob(sha=sha, mime=made.mime, buf=len(buffers), px=made.px))
        buffers.append(made.data)


# ---- what is remembered of a reader --------------------------------------------------------------------


@dataclass
class _Memo:
    """Names a reader, and says at which of its revisions a section last changed.

    Kernel and server count differently, and so does a reader that is opened again: hence the name.
    """

    origin: str = field(default_factory=lambda: secrets.token_hex(6))
    lock: threading.Lock = field(default_factory=threading.Lock)
    sections: dict[str, tuple[object, int]] = field(default_factory=dict)

    def since(self, have: Have | None, latest: int) -> int:
        """Return the revision that a receiver has, 0 when it has none of this reader's."""
        if have is None or have.get("origin") != self.origin:
            return 0
        rev = have.get("rev")
        return rev if isinstance(rev, int) and 0 < rev <= latest else 0

    def changed(self, name: str, value: object, revision: int) -> int:
        """Return the revision since which `name` has been `value`."""
        known = self.sections.get(name)
        if known is None or known[0] != value:
            self.sections[name] = known = (value, revision)
        return known[1]


def _memo_of(reader: RunReader) -> _Memo:
    with _memos_lock:
        return _memos.setdefault(reader, _Memo())


_memos: WeakKeyDictionary[RunReader, _Memo] = WeakKeyDictionary()
_memos_lock = threading.Lock()
