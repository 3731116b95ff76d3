"""The panels of a workspace, with W&B's arguments, and as the page keeps them.

`js/src/panels/project/document.ts` says what each kind's config holds. An argument that is not named there is
kept under its own name, so that nothing is lost between Python and the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from nbtrack.workspaces.expr import BaseMetric, field_of, metric_of
from nbtrack.workspaces.panel import Layout, Panel

if TYPE_CHECKING:
    from collections.abc import Mapping

#: W&B's grid has this many columns for one of the page's
_GRID = 2

MetricType = BaseMetric | str
SmoothingType = Literal["exponentialTimeWeighted", "exponential", "gaussian", "average", "none"]
Aggregate = Literal["mean", "min", "max", "median", "sum", "samples"]
Area = Literal["minmax", "stddev", "stderr", "none", "samples"]
Range = tuple[float | None, float | None]


@dataclass(eq=False, repr=False)
class LinePlot(Panel):
    """Curves of logged keys.

    Args:
        x: Key or "Step", "RelativeTime(Process)", "WallTime"; default: as the workspace.
        y: Keys.
        smoothing_factor: 0 to 0.999.
    """

    x: MetricType | None = None
    y: list[MetricType] = field(default_factory=list)
    range_x: Range = (None, None)
    range_y: Range = (None, None)
    log_x: bool | None = None
    log_y: bool | None = None
    title_x: str | None = None
    title_y: str | None = None
    ignore_outliers: bool | None = None
    groupby: str | None = None
    groupby_aggfunc: Aggregate | None = None
    groupby_rangefunc: Area | None = None
    smoothing_factor: float | None = None
    smoothing_type: SmoothingType | None = None
    smoothing_show_original: bool | None = None
    max_runs_to_show: int | None = None
    custom_expressions: list[str] | None = None
    plot_type: Literal["line", "stacked-area", "pct-area"] | None = None
    font_size: Literal["small", "medium", "large", "auto"] | None = None
    legend_position: Literal["north", "south", "east", "west"] | None = None
    legend_template: str | None = None
    legend_fields: list[str] | None = None
    aggregate: bool | None = None
    xaxis_expression: str | None = None
    xaxis_format: str | None = None
    metric_regex: str | None = None
    point_visualization_method: Literal["bucketing", "downsampling"] | None = None
    line_titles: dict[str, str] | None = None
    line_colors: dict[str, str] | None = None
    line_widths: dict[str, float] | None = None
    line_marks: dict[str, str] | None = None

    kind: ClassVar[str] = "line"
    names: ClassVar[Mapping[str, str]] = {"y": "keys", "smoothing_factor": "smoothing"}


@dataclass(eq=False, repr=False)
class ScatterPlot(Panel):
    """A point for each run; `z` is its color."""

    x: MetricType | None = None
    y: MetricType | None = None
    z: MetricType | None = None
    range_x: Range = (None, None)
    range_y: Range = (None, None)
    range_z: Range = (None, None)
    log_x: bool | None = None
    log_y: bool | None = None
    log_z: bool | None = None
    running_ymin: bool | None = None
    running_ymax: bool | None = None
    running_ymean: bool | None = None
    legend_template: str | None = None
    gradient: list[dict[str, Any]] | None = None
    font_size: Literal["small", "medium", "large", "auto"] | None = None
    regression: bool | None = None

    kind: ClassVar[str] = "scatter"
    names: ClassVar[Mapping[str, str]] = {"z": "color"}
    columns_of_runs: ClassVar[frozenset[str]] = frozenset({"x", "y", "z"})


@dataclass(eq=False, repr=False)
class BarPlot(Panel):
    """A bar for each run or group."""

    metrics: list[MetricType] = field(default_factory=list)
    orientation: Literal["v", "h"] = "h"
    range_x: Range = (None, None)
    title_x: str | None = None
    title_y: str | None = None
    groupby: str | None = None
    groupby_aggfunc: Aggregate | None = None
    groupby_rangefunc: Area | None = None
    max_runs_to_show: int | None = None
    max_bars_to_show: int | None = None
    custom_expressions: list[str] | None = None
    legend_template: str | None = None
    font_size: Literal["small", "medium", "large", "auto"] | None = None
    line_titles: dict[str, str] | None = None
    line_colors: dict[str, str] | None = None
    aggregate: bool | None = None

    kind: ClassVar[str] = "bar"
    names: ClassVar[Mapping[str, str]] = {"metrics": "fields"}
    columns_of_runs: ClassVar[frozenset[str]] = frozenset({"metrics"})

    def config(self) -> dict[str, Any]:
        """As the page keeps it: one value in `field`, further ones in `fields`."""
        found = super().config()
        values = found.pop("fields", [])
        if values:
            found["field"] = values[0]
        if len(values) > 1:
            found["fields"] = values
        return found

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Undo `config`."""
        given = dict(config)
        if first := given.pop("field", None):
            given.setdefault("fields", [first])
        return super().from_config(given)


@dataclass(eq=False, repr=False)
class ScalarChart(Panel):
    """One large number: of the first run, or of all by `groupby_aggfunc`."""

    metric: MetricType = ""
    groupby_aggfunc: Aggregate | None = None
    groupby_rangefunc: Area | None = None
    custom_expressions: list[str] | None = None
    legend_template: str | None = None
    font_size: Literal["small", "medium", "large", "auto"] | None = None

    kind: ClassVar[str] = "scalar"
    names: ClassVar[Mapping[str, str]] = {"metric": "field", "groupby_aggfunc": "over"}
    columns_of_runs: ClassVar[frozenset[str]] = frozenset({"metric"})


@dataclass(eq=False, repr=False)
class ParallelCoordinatesPlotColumn:
    """An axis of a `ParallelCoordinatesPlot`."""

    metric: MetricType
    display_name: str | None = None
    inverted: bool | None = None
    log: bool | None = None


@dataclass(eq=False, repr=False)
class ParallelCoordinatesPlot(Panel):
    """Settings and results of all runs, a line each."""

    columns: list[ParallelCoordinatesPlotColumn | MetricType] = field(default_factory=list)
    gradient: list[dict[str, Any]] | None = None
    font_size: Literal["small", "medium", "large", "auto"] | None = None

    kind: ClassVar[str] = "parallel"

    def config(self) -> dict[str, Any]:
        """As the page keeps it: `fields`, and which of them are `log` and `flip`."""
        found = super().config()
        found.pop("columns", None)
        axes = [
            one if isinstance(one, ParallelCoordinatesPlotColumn) else ParallelCoordinatesPlotColumn(one)
            for one in self.columns
        ]
        found["fields"] = [field_of(axis.metric) for axis in axes]
        parts: dict[str, Any] = {
            "log": [field_of(axis.metric) for axis in axes if axis.log],
            "flip": [field_of(axis.metric) for axis in axes if axis.inverted],
            "names": {field_of(axis.metric): axis.display_name for axis in axes if axis.display_name},
        }
        return found | {name: value for name, value in parts.items() if value}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Undo `config`."""
        given = dict(config)
        log, flip = set(given.pop("log", ())), set(given.pop("flip", ()))
        titles = given.pop("names", {})
        columns = [
            ParallelCoordinatesPlotColumn(
                metric_of(name), titles.get(name), name in flip or None, name in log or None
            )
            for name in given.pop("fields", ())
        ]
        panel = super().from_config(given)
        panel.columns = [*columns]
        return panel


@dataclass(eq=False, repr=False)
class ParameterImportancePlot(Panel):
    """How much each setting matters for a value, over all runs."""

    with_respect_to: MetricType = ""

    kind: ClassVar[str] = "importance"
    names: ClassVar[Mapping[str, str]] = {"with_respect_to": "metric"}
    columns_of_runs: ClassVar[frozenset[str]] = frozenset({"with_respect_to"})


@dataclass(eq=False, repr=False)
class RunComparer(Panel):
    """Config and summary of runs side by side."""

    diff_only: Literal["split"] | bool | None = None

    kind: ClassVar[str] = "comparer"


@dataclass(eq=False, repr=False)
class MediaBrowser(Panel):
    """Logged media by step."""

    media_keys: list[str] = field(default_factory=list)
    num_columns: int | None = None
    mode: Literal["gallery", "grid"] | None = None
    gallery_axis: Literal["step", "index", "run"] | None = None
    grid_x_axis: Literal["step", "index", "run"] | None = None
    grid_y_axis: Literal["step", "index", "run"] | None = None

    kind: ClassVar[str] = "media"
    names: ClassVar[Mapping[str, str]] = {"media_keys": "keys"}


@dataclass(eq=False, repr=False)
class MarkdownPanel(Panel):
    """Text."""

    markdown: str | None = None

    kind: ClassVar[str] = "markdown"
    names: ClassVar[Mapping[str, str]] = {"markdown": "text"}


@dataclass(eq=False, repr=False)
class CodeComparer(Panel):
    """The code of runs, and how it differs."""

    diff: Literal["split", "unified"] = "split"

    kind: ClassVar[str] = "code"


@dataclass(eq=False, repr=False)
class CustomChart(Panel):
    """A chart of a preset, drawn from tables or columns of runs."""

    query: dict[str, Any] = field(default_factory=dict)
    chart_name: str = ""
    chart_fields: dict[str, Any] = field(default_factory=dict)
    chart_strings: dict[str, str] = field(default_factory=dict)

    kind: ClassVar[str] = "chart"


@dataclass(eq=False, repr=False)
class PagePanel(Panel):
    """A panel of a kind that is only made in the page; its settings are kept as they are."""

    page_kind: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """What the page keeps."""
        return dict(self.settings)


PANELS: dict[str, type[Panel]] = {
    one.kind: one
    for one in (
        LinePlot,
        ScatterPlot,
        BarPlot,
        ScalarChart,
        ParallelCoordinatesPlot,
        ParameterImportancePlot,
        RunComparer,
        MediaBrowser,
        MarkdownPanel,
        CodeComparer,
        CustomChart,
    )
}


def panel_doc(panel: Panel) -> dict[str, Any]:
    """Return a panel as the document keeps it, without its section and order."""
    doc: dict[str, Any] = {"kind": panel.page_kind if isinstance(panel, PagePanel) else panel.kind}
    if panel.title:
        doc["title"] = panel.title
    if config := panel.config():
        doc["config"] = config
    if (place := panel.layout) is not None:
        doc |= {"x": place.x // _GRID, "y": place.y, "w": max(2, place.w // _GRID), "h": place.h}
    return doc


def panel_from(doc: Mapping[str, Any]) -> Panel:
    """Undo `panel_doc`."""
    kind, config = str(doc.get("kind")), doc.get("config") or {}
    made = PANELS.get(kind)
    panel = made.from_config(config) if made else PagePanel(page_kind=kind, settings=dict(config))
    panel.title = doc.get("title")
    if all(isinstance(doc.get(name), (int, float)) for name in "xywh"):
        panel.layout = Layout(doc["x"] * _GRID, doc["y"], doc["w"] * _GRID, doc["h"])
    return panel
