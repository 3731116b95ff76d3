"""Workspaces of projects in Python, in the shape of `wandb_workspaces`.

    import nbtrack.workspaces as ws

    ws.Workspace(
        entity="", project="digits", name="Losses",
        sections=[ws.Section("Validation", [ws.LinePlot(x="Step", y=["val/loss"])], is_open=True)],
        runset_settings=ws.RunsetSettings(filters=[ws.Config("lr") < 0.1]),
    ).save()

A view is a part of the project's document in the store: the project's page shows it at once.
"""

from nbtrack.workspaces.expr import (
    And,
    Config,
    FilterExpr,
    Group,
    Metric,
    Or,
    Ordering,
    Summary,
    SummaryMetric,
    Tags,
)
from nbtrack.workspaces.panel import Layout, Panel
from nbtrack.workspaces.panels import (
    BarPlot,
    CodeComparer,
    CustomChart,
    LinePlot,
    MarkdownPanel,
    MediaBrowser,
    PagePanel,
    ParallelCoordinatesPlot,
    ParallelCoordinatesPlotColumn,
    ParameterImportancePlot,
    RunComparer,
    ScalarChart,
    ScatterPlot,
)
from nbtrack.workspaces.settings import (
    RunsetSettings,
    RunSettings,
    SectionLayoutSettings,
    SectionPanelSettings,
    WorkspaceSettings,
)
from nbtrack.workspaces.workspace import SavedView, Section, Workspace

__all__ = [
    "And",
    "BarPlot",
    "CodeComparer",
    "Config",
    "CustomChart",
    "FilterExpr",
    "Group",
    "Layout",
    "LinePlot",
    "MarkdownPanel",
    "MediaBrowser",
    "Metric",
    "Or",
    "Ordering",
    "PagePanel",
    "Panel",
    "ParallelCoordinatesPlot",
    "ParallelCoordinatesPlotColumn",
    "ParameterImportancePlot",
    "RunComparer",
    "RunSettings",
    "RunsetSettings",
    "SavedView",
    "ScalarChart",
    "ScatterPlot",
    "Section",
    "SectionLayoutSettings",
    "SectionPanelSettings",
    "Summary",
    "SummaryMetric",
    "Tags",
    "Workspace",
    "WorkspaceSettings",
]
