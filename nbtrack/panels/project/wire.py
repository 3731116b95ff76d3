"""Questions and answers of a project's page, as in `js/src/panels/project/wire.ts`; the two change together.

Fields of runs are named as in the catalogue: "run.name", "tags", "config.lr", "summary.val/loss". Times are
unix seconds, durations seconds.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

# annotations below are read at run time too: the tests hold them against wire.ts
from nbtrack.panels.wire import ProjectName
from nbtrack.query.projects import Overview
from nbtrack.store.model import Json, RunState  # noqa: TC001

#: of other modules, and part of this wire
__all__ = ["Overview", "ProjectName"]


class RunsQuery(TypedDict):
    """Which runs, in which order; `within` narrows to a group, `deleted` to deleted runs."""

    search: NotRequired[str]
    regex: NotRequired[bool]
    filter: NotRequired[str]
    sort: NotRequired[list[tuple[str, bool]]]
    within: NotRequired[list[tuple[str, Json]]]
    deleted: NotRequired[bool]


class Edit(TypedDict):
    """One change of the project's document; the later one of a path wins."""

    op: Literal["set", "del"]
    path: list[str]
    value: NotRequired[Json]


class Revised(TypedDict):
    """Of every answer about runs: the same text as long as no run changed."""

    revision: str


Misread = TypedDict(
    "Misread",
    {"in": Literal["filter", "search"], "message": str, "at": int, "length": int, "suggestions": list[str]},
)
"""What is wrong with a filter or search, and where: characters from 0."""


class Problem(TypedDict):
    """The filter or the regular expression cannot be understood."""

    problem: Misread


class RunRow(TypedDict):
    """A run; `values` in the order of the asked fields, None where it has none.

    A long text is {cut, length}, a medium {_type}; tags are a list, other lists and dicts their JSON.
    """

    id: str
    name: str
    state: RunState
    created: float
    heartbeat: float
    finished: float | None
    duration: float
    step: int
    tags: list[str]
    group: str
    jobType: str
    notes: str
    user: str
    host: str
    deleted: bool
    values: list[Json]


class RunsPage(Revised):
    """Answer to "page". `total`: runs of the project; `matched`: those that the query finds."""

    total: int
    matched: int
    offset: int
    rows: list[RunRow]


class RunIds(Revised):
    """Answer to "ids": of the first runs that match.

    `indexing`, while many runs are read for the first time: how many were, of how many.
    """

    total: int
    matched: int
    ids: list[str]
    indexing: NotRequired[tuple[int, int]]


class Column(TypedDict):
    """A field that runs have: `name` is typed in filters, `label` is its heading, `count` runs have it."""

    field: str
    name: str
    label: str
    section: Literal["run", "config", "summary"]
    kind: Literal["number", "text", "mixed", "other", "time", "tags"]
    count: int


class Columns(Revised):
    """Answer to "columns": those of runs first, then config, then summary, sorted."""

    columns: list[Column]


class Numbers(TypedDict):
    """Numbers of a field over a group. `bars`: runs in each of as many equal parts of the field's span."""

    n: int
    mean: float
    min: float
    max: float
    bars: list[int]


class Texts(TypedDict):
    """Values of a field over a group: how many runs have one, and the most frequent."""

    n: int
    values: list[tuple[Json, int]]


class Group(TypedDict):
    """Runs with the same values: `key` has one for each grouped field, None where runs have none."""

    key: list[Json]
    count: int
    fields: dict[str, Numbers | Texts]


class Groups(Revised):
    """Answer to "groups"; `others` counts groups left out, `spans` is what the bars of all groups span."""

    total: int
    matched: int
    groups: list[Group]
    others: int
    spans: dict[str, tuple[float, float]]


class ImportanceRow(TypedDict):
    """A setting: its share of the forest's importance, and its correlation where it is a number."""

    field: str
    importance: float
    correlation: float | None


class Importance(Revised):
    """Answer to "importance", what matters most first; `why` says why nothing can be said."""

    metric: str
    runs: int
    rows: list[ImportanceRow]
    why: str


class Values(TypedDict):
    """Answer to "values": the most frequent values of a column, and how many runs have each."""

    values: list[tuple[Json, int]]


class Acted(TypedDict):
    """Answer to "act"; `failed` are sentences about runs that it could not be done with."""

    done: int
    failed: list[str]


class Document(TypedDict):
    """Answer to "document" and "edit": what was set in the page. `version` grows with each change of it.

    `user`: who asks, as far as is known, the owner of personal views.
    """

    version: str
    tree: dict[str, Json]
    user: NotRequired[str]


class ProjectLine(ProjectName):
    """A project in the list of them."""

    runs: int
    lastActive: float | None  # noqa: N815 - as wire.ts has it
    description: str
    starred: bool
    deleted: bool


class Projects(TypedDict):
    """Answer to "projects", the last active first."""

    projects: list[ProjectLine]
