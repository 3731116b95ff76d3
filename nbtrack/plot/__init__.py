"""Charts for `log()`: presets of W&B's names and arguments, and charts of your own.

import nbtrack
run.log({"roc": nbtrack.plot.roc_curve(y_true, y_probas, labels=["cat", "dog"])})
"""

from nbtrack.media.chart import ChartSpec, CustomChart
from nbtrack.plot.basic import bar, histogram, line, line_series, plot_table, scatter
from nbtrack.plot.confusion import confusion_matrix
from nbtrack.plot.curves import pr_curve, roc_curve

__all__ = [
    "ChartSpec",
    "CustomChart",
    "bar",
    "confusion_matrix",
    "histogram",
    "line",
    "line_series",
    "plot_table",
    "pr_curve",
    "roc_curve",
    "scatter",
]
