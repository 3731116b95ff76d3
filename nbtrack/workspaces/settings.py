"""Settings of a workspace, its sections and its runs: W&B's arguments, and what the page keeps."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from nbtrack.errors import UsageError
from nbtrack.workspaces.expr import (
    BaseMetric,
    FilterExpr,
    Metric,
    Ordering,
    column_of,
    field_of,
    filter_text,
    metric_of,
)
from nbtrack.workspaces.panels import SmoothingType
from nbtrack.workspaces.places import placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.store.model import Json

TooltipRuns = Literal["default", "all", "none"]
PointMethod = Literal["bucketing", "downsampling"]

#: argument -> its name in the page's settings, where that is another
_NAMES = {"remove_legends_from_panels": "remove_legends"}
_CHOICES: dict[str, tuple[str, ...]] = {
    "smoothing_type": get_args(SmoothingType),
    "group_by_prefix": ("first", "last"),
    "tooltip_number_of_runs": get_args(TooltipRuns),
    "point_visualization_method": get_args(PointMethod),
}
#: W&B's limit
MOST_PINNED = 20


@dataclass
class SectionLayoutSettings:
    """How many panels a section shows side by side and below each other."""

    columns: int = 3
    rows: int = 2


@dataclass
class SectionPanelSettings:
    """How the curves of one section are drawn, where that differs from the workspace."""

    x_axis: str = "Step"
    x_min: float | None = None
    x_max: float | None = None
    smoothing_type: SmoothingType = "none"
    smoothing_weight: float = 0


@dataclass
class WorkspaceSettings:
    """How a workspace draws.

    Args:
        x_axis: "Step", "RelativeTime(Process)", "WallTime" or a key.
        x_min: Where curves begin; None: at their beginning.
        x_max: Where they end.
        smoothing_type: exponentialTimeWeighted, exponential, gaussian, average or none.
        smoothing_weight: 0 to 0.999.
        ignore_outliers: Leave extreme values out of the y axis.
        sort_panels_alphabetically: In all sections.
        group_by_prefix: "first": "a/b/c" is in section a; "last": in section a/b.
        remove_legends_from_panels: Draw no legends.
        tooltip_number_of_runs: default, all or none.
        tooltip_color_run_names: In the color of the run.
        max_runs: Runs that are drawn at a time.
        point_visualization_method: bucketing or downsampling.
        panel_search_query: What the panels are searched for at first.
        auto_expand_panel_search_results: Open the sections in which something was found.
    """

    x_axis: str = "Step"
    x_min: float | None = None
    x_max: float | None = None
    smoothing_type: SmoothingType = "none"
    smoothing_weight: float = 0
    ignore_outliers: bool = False
    sort_panels_alphabetically: bool = False
    group_by_prefix: Literal["first", "last"] = "last"
    remove_legends_from_panels: bool = False
    tooltip_number_of_runs: TooltipRuns = "default"
    tooltip_color_run_names: bool = True
    max_runs: int = 10
    point_visualization_method: PointMethod = "bucketing"
    panel_search_query: str = ""
    auto_expand_panel_search_results: bool = False


@dataclass
class RunSettings:
    """How one run is shown: its color (CSS), and whether it is not drawn (`disabled`)."""

    color: str = ""
    disabled: bool = False


def _newest_first() -> list[Ordering]:
    return [Ordering(Metric("CreatedTimestamp"), ascending=False)]


@dataclass(eq=False)
class RunsetSettings:
    """Which runs a workspace shows, and how.

    Args:
        query: Part of the names or ids of runs.
        regex_query: `query` is a regular expression.
        filters: Text such as "Config('lr') = 0.001 and acc > 0.9", a comparison such as Metric("acc") > 0.9,
            or a list of these, which all hold.
        groupby: Columns by whose values runs are grouped.
        order: What they are sorted by.
        run_settings: By the ids of runs.
        pinned_columns: Columns of the table, "config:lr" or "summary:acc"; the name is always pinned.
        pinned_runs: Ids of up to 20 runs that stand first.
        baseline_run: Id of the run that others are compared with.
    """

    query: str = ""
    regex_query: bool = False
    filters: str | FilterExpr | Sequence[FilterExpr | str] = ""
    groupby: list[BaseMetric | str] = field(default_factory=list)
    order: list[Ordering] = field(default_factory=_newest_first)
    run_settings: dict[str, RunSettings] = field(default_factory=dict)
    pinned_columns: list[str] = field(default_factory=list)
    pinned_runs: list[str] = field(default_factory=list)
    baseline_run: str | None = None

    def __post_init__(self) -> None:
        #: the page's texts by which they sort
        self.places: dict[str, dict[str, str]] = {}


Drawing = WorkspaceSettings | SectionPanelSettings


def settings_doc(settings: Drawing) -> dict[str, Json]:
    """Return settings as the document keeps them.

    Raises:
        UsageError: a value that means nothing.
    """
    doc: dict[str, Json] = {}
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.name in _CHOICES and value not in _CHOICES[one.name]:
            raise UsageError(f"{one.name} must be one of {', '.join(_CHOICES[one.name])}, not {value!r}")
        if value is not None:
            doc[_NAMES.get(one.name, one.name)] = value
    if isinstance(settings, WorkspaceSettings):
        most = settings.max_runs
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise UsageError(f"max_runs must be a positive int, not {most!r}")
    if settings.smoothing_weight < 0:
        raise UsageError(f"smoothing_weight must not be negative, got {settings.smoothing_weight!r}")
    return doc


def settings_from(doc: Mapping[str, Any], settings: Drawing) -> None:
    """Undo `settings_doc`, into `settings`; what the page never set is as the page shows it."""
    known = {_NAMES.get(one.name, one.name): one.name for one in fields(settings)}
    for name, value in doc.items():
        if name in known:
            setattr(settings, known[name], value)
    if isinstance(settings, WorkspaceSettings):
        settings.group_by_prefix = doc.get("group_by_prefix", "first")
    if "smoothing_type" not in doc and doc.get("smoothing_weight"):
        settings.smoothing_type = "exponentialTimeWeighted"


def runset_doc(runset: RunsetSettings) -> dict[str, Any]:
    """Return what the view keeps of its runs: query, columns, runs, pinned_runs, baseline_run.

    Raises:
        UsageError: a filter that cannot be understood, or too many pinned runs.
    """
    if len(runset.pinned_runs) > MOST_PINNED:
        raise UsageError(f"up to {MOST_PINNED} runs can be pinned, not {len(runset.pinned_runs)}")
    query: dict[str, Any] = {
        "search": runset.query,
        "regex": runset.regex_query,
        "filter": filter_text(runset.filters),
        "sort": [[order.item.field, not order.ascending] for order in runset.order],
        "group": [field_of(one) for one in runset.groupby],
    }
    if query["sort"] == [["run.created", True]]:
        del query["sort"]  # as the page sorts by itself
    looks = {
        run_id: {name: value for name, value in (("color", one.color), ("hidden", one.disabled)) if value}
        for run_id, one in runset.run_settings.items()
    }
    columns = [name for one in runset.pinned_columns if (name := field_of(one)) != "run.name"]
    doc: dict[str, Any] = {
        "query": {name: value for name, value in query.items() if value},
        "columns": {
            name: {"pinned": True, "order": order}
            for name, order in _order(runset, "columns", columns).items()
        },
        "runs": {run_id: look for run_id, look in looks.items() if look},
        "pinned_runs": _order(runset, "pinned_runs", runset.pinned_runs),
        "baseline_run": runset.baseline_run,
    }
    return {name: value for name, value in doc.items() if value}


def runset_from(doc: Mapping[str, Any]) -> RunsetSettings:
    """Undo `runset_doc`."""
    query = doc.get("query") or {}
    columns = {name: look for name, look in (doc.get("columns") or {}).items() if look.get("pinned")}
    pinned = doc.get("pinned_runs") or {}
    runset = RunsetSettings(
        query=query.get("search", ""),
        regex_query=query.get("regex", False),
        filters=query.get("filter", ""),
        groupby=[metric_of(one) for one in query.get("group", ())],
        run_settings={
            run_id: RunSettings(look.get("color", ""), look.get("hidden", False))
            for run_id, look in (doc.get("runs") or {}).items()
        },
        pinned_columns=[
            column_of(one) for one in sorted(columns, key=lambda n: columns[n].get("order", "z"))
        ],
        pinned_runs=sorted(pinned, key=lambda run_id: str(pinned[run_id])),
        baseline_run=doc.get("baseline_run"),
    )
    if sort := query.get("sort"):
        runset.order = [Ordering(metric_of(one), ascending=not descending) for one, descending in sort]
    runset.places = {
        "columns": {name: look.get("order", "") for name, look in columns.items()},
        "pinned_runs": {run_id: str(order) for run_id, order in pinned.items()},
    }
    return runset


def _order(runset: RunsetSettings, what: str, names: Sequence[str]) -> dict[str, str]:
    known = runset.places.get(what, {})
    return dict(zip(names, placed([known.get(name, "") for name in names]), strict=True))
