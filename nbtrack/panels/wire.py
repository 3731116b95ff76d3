"""The wire between kernel (or server) and panel, typed as in `js/src/core/wire.ts`; the two change together.

`tests/panels/wire_fixtures.json` holds one example of each message; the tests of both languages read it.
"""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

import numpy as np

# annotations below are read at run time too: the tests hold them against wire.ts
from nbtrack.store.model import Json, RunState  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Sequence

#: beyond it a float64, and so a JavaScript number, skips integers
MAX_SAFE_INTEGER = 2**53 - 1

#: buffers of a packed body begin at multiples of it, so that a Float64Array can view them in place
ALIGNMENT = 8


class ProjectName(TypedDict):
    """Which project; "" for no entity."""

    entity: str
    project: str


class Hello(TypedDict):
    """Trait `data_hello`: written once, when the panel is made."""

    v: Literal[1]
    panel: Literal["run", "compare", "project"]
    panelId: str
    storeId: str
    runs: list[str]
    title: str
    askModel: str
    points: int
    keys: NotRequired[list[str]]
    #: of a comparison: the run that others are compared with, and the key on which all lie beside each other
    baseline: NotRequired[str]
    align: NotRequired[str]
    project: NotRequired[ProjectName]


class MetricInfo(TypedDict):
    """What a panel needs of `define_metric`."""

    stepMetric: NotRequired[str]
    hidden: NotRequired[bool]


class EarlierRun(TypedDict):
    """The run that the same notebook cell wrote before."""

    id: str
    name: str
    state: RunState


class RunInfo(TypedDict):
    """The header of a run. Times are unix seconds."""

    id: str
    name: str
    project: str
    entity: str
    group: str
    jobType: str
    notes: str
    tags: list[str]
    state: RunState
    exitCode: int | None
    created: float
    heartbeat: float
    finished: float | None
    host: str
    lastStep: int
    metrics: dict[str, MetricInfo]
    earlier: EarlierRun | None


SeriesChunk = TypedDict(
    "SeriesChunk",
    {"key": str, "epoch": int, "from": int, "n": int, "sampled": bool, "steps": int, "values": int},
)
"""New points of a numeric key; `steps` and `values` are indices of float64 buffers."""


class MediaRow(TypedDict):
    """One logged medium, identified by (key, step, idx)."""

    key: str
    step: int
    idx: int
    count: int
    kind: str
    meta: dict[str, Json]
    blob: str | None
    pending: bool


class CellRow(TypedDict):
    """One execution of a notebook cell."""

    id: int
    cellId: str
    count: int
    time: float
    source: str


class PushedBlob(TypedDict):
    """Bytes pushed ahead of any question; `px` is the longest side of a reduced picture, else None."""

    sha: str
    mime: str
    buf: int
    px: int | None


class RunDelta(TypedDict):
    """Everything that changed since the receiver's `Have`. Applying it twice changes nothing."""

    t: Literal["delta"]
    run: str
    rev: int
    full: bool
    origin: str
    since: int
    rewound: NotRequired[int]
    info: NotRequired[RunInfo]
    config: NotRequired[dict[str, Json]]
    summary: NotRequired[dict[str, Json]]
    series: list[SeriesChunk]
    media: list[MediaRow]
    cells: list[CellRow]
    blobs: list[PushedBlob]


class Deltas(TypedDict):
    """Several runs at once, pushed or as the result of op "sync"; they share the message's buffers."""

    t: Literal["deltas"]
    deltas: list[RunDelta]


class Have(TypedDict):
    """What the receiver holds of a run: per key the epoch and the number of points."""

    rev: int
    origin: NotRequired[str]
    series: dict[str, tuple[int, int] | list[int]]


class Execution(TypedDict):
    """An earlier execution of a cell."""

    source: str
    count: int
    time: float
    run: str


class CellSource(TypedDict):
    """Result of op "cell"."""

    source: str
    count: int
    time: float
    previous: Execution | None


class SeriesWindow(TypedDict):
    """Result of op "series": the points with lo <= step <= hi at which all keys have one."""

    keys: list[str]
    lo: float
    hi: float
    sampled: bool
    steps: int
    values: list[int]


class TableColumn(TypedDict):
    """A column of a table; `kind` as in `nbtrack.media.columns`, "none" when only None was seen."""

    name: str
    kind: str
    media: NotRequired[str]
    key: NotRequired[bool]


class TablePage(TypedDict):
    """Result of op "table", what "page": some rows. Cells of JSON columns are its text."""

    columns: list[TableColumn]
    shown: list[str]
    total: int
    matched: int
    offset: int
    ids: list[int]
    rows: list[list[Json]]
    #: of a saved page: how many of the first rows it holds
    held: NotRequired[int]


class TableComparison(TablePage):
    """Result of op "table", what "compare": `rows` of the left table beside `other` of the right one.

    `states`: 0 the same, 1 changed, 2 only left, 3 only right; `marks`: positions of the cells that differ.
    """

    other: list[list[Json]]
    states: list[int]
    marks: list[list[Json]]
    counts: list[int]
    differing: dict[str, int]


class TableGroup(TypedDict):
    """Rows that share a value; `value` is [lo, hi] where numbers are grouped into ranges."""

    value: Json
    count: int
    means: dict[str, Json]
    bars: dict[str, list[int]]


class TableGroups(TypedDict):
    """Result of op "table", what "group"; `others` counts the groups that were left out."""

    by: str
    ranges: bool
    matched: int
    groups: list[TableGroup]
    others: int
    bins: dict[str, list[float]]


class TableProblem(TypedDict):
    """Why a filter cannot be understood, and where: characters from 0."""

    message: str
    at: int
    length: int


class PackReply(TypedDict):
    """Result of op "pack"; its only buffer is the library's source, compressed."""

    mime: str
    encoding: Literal["gzip"]
    version: str


class GitState(TypedDict):
    """The repository that a run's program was in; `diff` is the text of what was not committed."""

    commit: str
    branch: str
    remote: str
    dirty: bool
    diff: str
    #: the difference was longer than what is kept
    cut: bool


class SavedFile(TypedDict):
    """A file of a run; `size` in bytes."""

    name: str
    size: int


class About(TypedDict):
    """Result of op "details", what "about". Texts are empty where nothing is known."""

    program: str
    notebook: str
    python: str
    platform: str
    host: str
    other: dict[str, Json]
    git: GitState | None
    #: "name==version"
    packages: list[str]
    files: list[SavedFile]


class Console(TypedDict):
    """Result of op "details", what "console": [unix seconds, "stdout" or "stderr", text] of each line.

    `next` is what to ask for later lines with; `cut` counts lines before these that were left out.
    """

    lines: list[list[Json]]
    next: int
    cut: int


class ErrorReply(TypedDict):
    """What went wrong, and what may help."""

    type: str
    message: str
    hint: NotRequired[str]


class Ask(TypedDict):
    """Browser to kernel, on the ask model."""

    id: str
    op: Literal[
        "sync", "series", "blob", "cell", "resume", "pack", "table", "details", "project", "watch", "cancel"
    ]
    args: dict[str, Any]


class Reply(TypedDict):
    """Kernel to browser, on the ask model."""

    id: str
    ok: bool
    result: NotRequired[Any]
    error: NotRequired[ErrorReply]


class Gone(TypedDict):
    """Push: the panel was closed on the kernel's side."""

    t: Literal["gone"]
    reason: str


class Notice(TypedDict):
    """Push: a sentence for the panel's notice line."""

    t: Literal["notice"]
    level: Literal["info", "warning", "error"]
    text: str


def plain(value: object) -> Json:
    """Return `value` as JSON that JavaScript reads without loss.

    Non-finite numbers become "NaN", "Infinity" and "-Infinity", integers beyond 2^53 their decimal strings;
    sets and tuples lists (sets sorted by their text), keys strings; what JSON has no form for its `str`.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_SAFE_INTEGER else str(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return [plain(v) for v in sorted(value, key=str)]
    if isinstance(value, np.generic):
        return plain(value.item())
    return str(value)


def float64(numbers: object) -> bytes:
    """Return an array as little-endian float64 bytes."""
    return np.ascontiguousarray(numbers, dtype="<f8").tobytes()


def pack(content: object, buffers: Sequence[bytes]) -> bytes:
    """Return one body of content and buffers: the reply of the HTTP routes.

    u32 little-endian length of the JSON header, the header, zeros to a multiple of 8, then each buffer padded
    likewise.

    Example:
        >>> unpack(pack({"t": "delta"}, [b"abc"]))
        ({'t': 'delta'}, [b'abc'])
    """
    header = json.dumps(
        {"content": content, "buffers": [len(b) for b in buffers]}, ensure_ascii=False, allow_nan=False
    ).encode()
    parts = [struct.pack("<I", len(header)), header, _padding(4 + len(header))]
    for buffer in buffers:
        parts += (buffer, _padding(len(buffer)))
    return b"".join(parts)


def unpack(body: bytes) -> tuple[Any, list[bytes]]:
    """Return `(content, buffers)` of a packed body."""
    (length,) = struct.unpack_from("<I", body)
    header = json.loads(body[4 : 4 + length])
    at = 4 + length + len(_padding(4 + length))
    buffers = []
    for size in header["buffers"]:
        buffers.append(body[at : at + size])
        at += size + len(_padding(size))
    return header["content"], buffers


def _padding(length: int) -> bytes:
    return bytes(-length % ALIGNMENT)
