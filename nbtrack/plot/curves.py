"""Curves of classifiers: receiver operating characteristic and precision over recall, one for each class.

The curves are those of scikit-learn (`roc_curve`, `precision_recall_curve`), computed with numpy; precision
is made monotone and read at evenly spaced recalls, as W&B does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, warn
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.table import Table
from nbtrack.plot.basic import preset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.media.chart import CustomChart

_PRESET = "wandb/area-under-curve/v0"
_FIELDS = {"class": "class"}


def roc_curve(
    y_true: Any,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    title: str = "ROC Curve",
    split_table: bool = False,
) -> CustomChart:
    """Draw the true positive rate over the false positive rate, a line for each class.

    Args:
        y_true: true classes, shape (n,): integers, text or booleans.
        y_probas: scores, shape (n, classes) in the order of the sorted classes; (n,) for the second of two.
        labels: names of the classes, by index.
        classes_to_plot: only these of the values in `y_true`.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `y_probas` is missing, or one of the two is no array of what it should be.
        LogValueError: they do not fit together, or scores are missing.

    A class that all or none of the rows have no curve; a warning names it.

    Example:
        scores = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]
        run.log({"roc": nbtrack.plot.roc_curve([0, 1, 1], scores, labels=["cat", "dog"])})
    """
    rows: list[list[Any]] = []
    for name, hit, score in _classes("roc_curve", y_true, y_probas, labels, classes_to_plot):
        if hit.all():
            warn(f"roc_curve: every row is of class {name!r}: it has no false positives, so it gets no curve")
            continue
        fpr, tpr = roc(hit, score)
        rows += _thinned("roc_curve", name, fpr, tpr)
    table = Table(columns=["class", "fpr", "tpr"], data=rows)
    strings = {"title": title, "x-axis-title": "False positive rate", "y-axis-title": "True positive rate"}
    return preset(_PRESET, table, {"x": "fpr", "y": "tpr", **_FIELDS}, strings, split_table)


def pr_curve(
    y_true: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    interp_size: int = 21,
    title: str = "Precision-Recall Curve",
    split_table: bool = False,
) -> CustomChart:
    """Draw precision over recall, a line for each class.

    Args:
        y_true: true classes, shape (n,): integers, text or booleans.
        y_probas: scores, shape (n, classes) in the order of the sorted classes; (n,) for the second of two.
        labels: names of the classes, by index.
        classes_to_plot: only these of the values in `y_true`.
        interp_size: at how many recalls, from 1 to 0, the precision is read.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `y_true` or `y_probas` is missing, or no array of what it should be.
        LogValueError: they do not fit together, or scores are missing, or `interp_size` is below 2.

    Example:
        run.log({"pr": nbtrack.plot.pr_curve(ground_truth, predictions, labels=["cat", "dog", "bird"])})
    """
    if not isinstance(interp_size, int) or isinstance(interp_size, bool) or interp_size < 2:
        raise LogValueError(f"pr_curve: interp_size is a number of points from 2, not {interp_size!r}")
    recalls = np.linspace(1, 0, interp_size)
    rows: list[list[Any]] = []
    for name, hit, score in _classes("pr_curve", y_true, y_probas, labels, classes_to_plot):
        precision, recall = precision_recall(hit, score)
        # the best precision at this recall or a higher one; recall falls from 1 to 0
        best = np.maximum.accumulate(precision)
        at = len(recall) - np.searchsorted(recall[::-1], recalls, side="left") - 1
        rows += [
            [name, round(float(p), 3), round(float(r), 3)] for p, r in zip(best[at], recalls, strict=True)
        ]
    table = Table(columns=["class", "precision", "recall"], data=rows)
    strings = {"title": title, "x-axis-title": "Recall", "y-axis-title": "Precision"}
    return preset(_PRESET, table, {"x": "recall", "y": "precision", **_FIELDS}, strings, split_table)


def roc(
    hit: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (false positive rates, true positive rates), from (0, 0) to (1, 1).

    Args:
        hit: whether a row is of the class; some are, some are not.
        score: how surely it is said to be.

    Points on a straight line between their neighbors are left out, as scikit-learn does.
    """
    true, false = _counts(hit, score)
    if len(true) > 2:
        corner = np.diff(true, 2).astype(bool) | np.diff(false, 2).astype(bool)
        keep = np.concatenate(([True], corner, [True]))
        true, false = true[keep], false[keep]
    true, false = np.concatenate(([0], true)), np.concatenate(([0], false))
    return false / false[-1], true / true[-1]


def precision_recall(
    hit: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (precision, recall) for falling recall, the last point at (1, 0).

    Args:
        hit: whether a row is of the class; some are.
        score: how surely it is said to be.
    """
    true, false = _counts(hit, score)
    precision, recall = true / (true + false), true / true[-1]
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0)


def _counts(
    hit: NDArray[np.bool_], score: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many true and false positives there are at each threshold, from the highest score down."""
    order = np.argsort(-score, kind="stable")
    hit, score = hit[order], score[order]
    last = np.append(np.nonzero(np.diff(score))[0], len(score) - 1)
    true = np.cumsum(hit)[last]
    return true, last + 1 - true


def _classes(
    what: str, y_true: Any, y_probas: Any, labels: Sequence[str] | None, only: Sequence[Any] | None
) -> list[tuple[str, NDArray[np.bool_], NDArray[np.float64]]]:
    """Return (name, whether each row is of it, its scores) of every class to draw."""
    true, scores = _given(what, y_true, y_probas)
    classes = np.unique(true)
    if scores.ndim == 1:
        if len(classes) > 2:
            raise LogValueError(
                f"{what}: one score a row is for two classes, y_true has {len(classes)}: give (n, classes)"
            )
        scores = np.column_stack([1 - scores, scores])
    indexes = _columns(what, classes, scores.shape[1], labels)
    wanted = None if only is None else {str(one) for one in only}
    found = []
    for value in classes:
        if wanted is not None and str(value) not in wanted:
            continue
        at = indexes[str(value)]
        name = (
            str(labels[at])
            if labels is not None and at < len(labels) and true.dtype.kind in "iub"
            else str(value)
        )
        found.append((name, true == value, scores[:, at]))
    if not found:
        raise LogValueError(
            f"{what}: none of classes_to_plot is in y_true, which has {', '.join(map(str, classes[:20]))}"
        )
    return found


def _columns(what: str, classes: NDArray[Any], width: int, labels: Sequence[str] | None) -> dict[str, int]:
    """Return the column of scores of each class: its place among the sorted ones, or its own number."""
    if len(classes) == width:
        return {str(value): i for i, value in enumerate(classes)}
    # some classes are missing from y_true: integers say which column is theirs, text says it by `labels`
    if classes.dtype.kind in "iub" and classes.min() >= 0 and classes.max() < width:
        return {str(value): int(value) for value in classes}
    if (
        labels is not None
        and len(labels) == width
        and {str(c) for c in classes} <= {str(name) for name in labels}
    ):
        return {str(name): i for i, name in enumerate(labels)}
    raise LogValueError(
        f"{what}: y_probas has scores of {width} classes, y_true has {len(classes)}: "
        f"{', '.join(map(str, classes[:20]))}"
    )


def _given(what: str, y_true: Any, y_probas: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
    arrays = []
    for name, value in (("y_true", y_true), ("y_probas", y_probas)):
        if value is None:
            raise LogTypeError(f"{what}: {name} is missing")
        array = to_numpy(value) if is_array_like(value) else np.asarray(value)
        if array.dtype == object:
            raise LogTypeError(
                f"{what}: {name} holds mixed values or none; accepted are an array or a list of one type"
            )
        arrays.append(array)
    true, scores = arrays
    if true.ndim == 2 and true.shape[1] == 1:
        true = true[:, 0]
    if true.dtype.kind == "f" and (bad := int(np.isnan(true).sum())):
        raise LogValueError(f"{what}: y_true is NaN in {bad} of {len(true)} rows: each has to have a class")
    if (
        true.ndim != 1
        or true.dtype.kind not in "iubUSf"
        or (true.dtype.kind == "f" and not (true == np.round(true)).all())
    ):
        raise LogTypeError(
            f"{what}: y_true must be the class of each row, shape (n,); got {true.dtype} of {true.shape}"
        )
    if true.dtype.kind == "f":
        true = true.astype(np.int64)
    if scores.dtype.kind not in "fiub" or scores.ndim not in (1, 2):
        raise LogTypeError(
            f"{what}: y_probas must be numbers, (n, classes) or (n,), not {scores.dtype} of {scores.shape}"
        )
    if len(true) != len(scores):
        raise LogValueError(
            f"{what}: y_true has {len(true)} rows, y_probas {len(scores)}: there must be as many"
        )
    if not len(true):
        raise LogValueError(f"{what}: there are no rows")
    scores = scores[:, 0] if scores.ndim == 2 and scores.shape[1] == 1 else scores
    if bad := int((~np.isfinite(scores)).reshape(len(scores), -1).any(1).sum()):
        raise LogValueError(f"{what}: y_probas is NaN or infinite in {bad} of {len(scores)} rows")
    return true, scores.astype(np.float64)


def _thinned(what: str, name: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[list[Any]]:
    """Points of a curve that only rises: of more than a table's worth, some at even distances."""
    if len(x) > Table.MAX_ROWS:
        at = np.unique(np.searchsorted(x + y, np.linspace(0, 2, Table.MAX_ROWS)).clip(0, len(x) - 1))
        warn(f"{what}: the curve of {name!r} has {len(x):,} points; {len(at):,} of them are logged")
        x, y = x[at], y[at]
    return [[name, round(float(a), 3), round(float(b), 3)] for a, b in zip(x, y, strict=True)]
