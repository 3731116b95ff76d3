"""Plain values that the store hands out. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

RunState = Literal["running", "stalled", "crashed", "failed", "finished"]

#: a value that filters compare with
Scalar = bool | float | str

#: of a config or summary field over all runs; "mixed": numbers and text; "other": lists and empty dicts
FieldKind = Literal["number", "text", "mixed", "other"]

#: Keys with this prefix are system metrics: their "step" is milliseconds since the run began, they have no
#: `_timestamp`, `_runtime` or `_cell`, and they never move the run's step.
SYSTEM_PREFIX = "_sys/"


@dataclass(frozen=True, slots=True)
class SpoolRef:
    """Raw bytes of a medium that is not encoded yet: a region of a file in the run's folder."""

    file: str
    offset: int
    length: int
    #: number of the region: tells it from a later one at the same place
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Pending:
    """How to turn spooled bytes into the medium: `nbtrack.media.registry.encode(codec, params, bytes)`."""

    codec: str
    params: dict[str, Json]
    spool: SpoolRef


#: `count` of a value that adds to those before it, also to those of its own step: `idx` is its number
UNENDING = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One logged value that is not a number. Identified by (key, step, idx); the latest write wins."""

    key: str
    step: int
    idx: int
    #: length of the logged list; 0 when a single value was logged, not a list; UNENDING for an increment
    count: int
    #: W&B's `_type` ("image-file", "histogram", ...), or "json" for strings, None, lists and huge ints
    kind: str
    #: for "json": {"value": ...}
    meta: dict[str, Json]
    #: SHA-256 of the encoded bytes, or None
    blob: str | None
    pending: Pending | None
    #: unix seconds of the `log()` call
    time: float
    #: cell execution that wrote it, 0 when unknown
    cell: int

    @property
    def files(self) -> list[str]:
        """SHA-256 of all its files: the blob, and what `meta["parts"]` names."""
        parts = self.meta.get("parts")
        named = [sha for sha in parts.values() if isinstance(sha, str)] if isinstance(parts, dict) else []
        return [*([] if self.blob is None else [self.blob]), *named]


@dataclass(frozen=True, slots=True)
class CellExecution:
    """One execution of a notebook cell."""

    #: random, 48 bits: exact as a float64; the values of the `_cell` series
    id: int
    #: the notebook's own id of the cell; "" outside notebooks
    cell_id: str
    #: prompt number
    count: int
    #: unix seconds
    time: float
    #: SHA-256 of the source, kept once as a blob
    source: str
    #: notebook file name, "" when unknown
    notebook: str = ""


@dataclass(slots=True)
class KeyInfo:
    """What is known of one key of a run. A key may hold numbers and objects over time."""

    key: str
    #: "number" and/or object kinds
    kinds: set[str] = field(default_factory=set)
    #: of the numbers: "f" float, "i" int, "b" bool: the narrowest that holds all of them
    dtype: str = "f"
    #: number of numeric points
    n: int = 0
    first_step: int = 0
    last_step: int = 0
    min: float = float("nan")
    max: float = float("nan")
    last: float = float("nan")
    #: grows when points other than at the end changed
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """A numeric key: strictly increasing int64 steps, float64 values."""

    key: str
    dtype: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    epoch: int


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What `define_metric` said of one key (globs stay as they were given)."""

    name: str
    step_metric: str | None = None
    step_sync: bool = True
    hidden: bool = False
    #: subset of min max mean last first best none copy; empty: last value
    summary: tuple[str, ...] = ()
    goal: Literal["minimize", "maximize"] | None = None


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A piece of console output."""

    time: float
    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Damage that a reader met and read around."""

    path: str
    offset: int
    what: str


@dataclass(slots=True)
class RunMeta:
    """The `["run", ...]` paths of a run, folded."""

    id: str
    project: str = ""
    entity: str = ""
    name: str = ""
    group: str = ""
    job_type: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    created: float = 0.0
    #: last sign of life, unix seconds
    heartbeat: float = 0.0
    finished: float | None = None
    exit_code: int | None = None
    host: str = ""
    deleted_at: float | None = None
    #: everything else under ["run", ...]: program, git, python, packages, parent, sweep, resumed, ...
    other: dict[str, Json] = field(default_factory=dict)


# ---- queries over many runs: compiled to SQL by the catalogue --------------------------------------------

#: field names: "run.<column>" (id name project entity group job_type state created heartbeat finished host
#: notes user duration), "tags", "config.<dotted path>", "summary.<dotted path>"
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "exists", "missing", "regex"]


@dataclass(frozen=True, slots=True)
class Compare:
    """A leaf of a filter. `value` is a scalar, a tuple for in/not in, ignored for exists/missing."""

    field: str
    op: Operator
    value: bool | float | str | tuple[bool | float | str | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts` hold (true when empty)."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of `parts` holds (false when empty)."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`part` does not hold."""

    part: Filter


Filter = Compare | And | Or | Not


@dataclass(frozen=True, slots=True)
class RunQuery:
    """A page of runs: filter, sort, and the fields wanted beside the run's own columns."""

    where: Filter | None = None
    #: (field, descending)
    order: tuple[tuple[str, bool], ...] = (("run.created", False),)
    limit: int | None = None
    offset: int = 0
    #: config./summary. fields to return per run; None: whole config and summary
    fields: tuple[str, ...] | None = None
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the catalogue knows it."""

    meta: RunMeta
    state: RunState
    last_step: int
    #: seconds from creation to the last sign of life
    duration: float
    config: dict[str, Json]
    summary: dict[str, Json]
    fields: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of the matching runs and how many match in all."""

    rows: list[RunRow]
    total: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Up to 1,024 buckets of a series: float32 min, max and mean, and the step each bucket begins at."""

    run: str
    key: str
    n: int
    steps: NDArray[np.int64]
    min: NDArray[np.float32]
    max: NDArray[np.float32]
    mean: NDArray[np.float32]
