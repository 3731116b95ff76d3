"""The confusion matrix: how often a class was taken for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.table import Table
from nbtrack.plot.basic import preset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nbtrack.media.chart import CustomChart


def confusion_matrix(
    probs: Any = None,
    y_true: Any = None,
    preds: Any = None,
    class_names: Sequence[str] | None = None,
    title: str = "Confusion Matrix Curve",
    split_table: bool = False,
) -> CustomChart:
    """Draw how often each class was predicted for each.

    Args:
        probs: scores, shape (n, classes); the highest is the prediction. Instead of `preds`.
        y_true: true classes, shape (n,): indexes into `class_names`, or the names themselves.
        preds: predicted classes, as `y_true`. Instead of `probs`.
        class_names: names of the classes by index; "Class_1", "Class_2", ... for integers by default.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: neither `probs` nor `preds`, no `y_true`, or not of these shapes.
        LogValueError: both, unequal lengths, or classes without a name.

    Example:
        cm = nbtrack.plot.confusion_matrix(y_true=[0, 1, 1], preds=[0, 1, 0], class_names=["cat", "dog"])
        run.log({"conf_mat": cm})
    """
    if probs is not None and preds is not None:
        raise LogValueError("confusion_matrix: give either predictions or probabilities, not both")
    if probs is None and preds is None:
        raise LogTypeError("confusion_matrix: give predictions (preds) or probabilities (probs)")
    if y_true is None:
        raise LogTypeError("confusion_matrix: y_true is missing")
    true = _vector("y_true", y_true)
    if probs is not None:
        scores = to_numpy(probs) if is_array_like(probs) else np.asarray(probs)
        if scores.ndim != 2 or scores.dtype.kind not in "fiu" or not scores.shape[1]:
            raise LogTypeError(
                f"confusion_matrix: probs must have shape (n, classes); got {scores.dtype} of {scores.shape}"
            )
        guess: NDArray[Any] = scores.argmax(1)
    else:
        guess = _vector("preds", preds)
    if len(true) != len(guess):
        raise LogValueError(
            f"The number of predictions and true labels must be equal: {len(guess)} and {len(true)}"
        )
    names, actual, predicted = _places(true, guess, class_names, 0 if probs is None else scores.shape[1])
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, (actual, predicted), 1)
    rows = [[row, column, int(counts[i, j])] for i, row in enumerate(names) for j, column in enumerate(names)]
    table = Table(columns=["Actual", "Predicted", "nPredictions"], data=rows)
    fields = {"Actual": "Actual", "Predicted": "Predicted", "nPredictions": "nPredictions"}
    return preset("wandb/confusion_matrix/v1", table, fields, {"title": title}, split_table)


def _vector(name: str, value: Any) -> NDArray[Any]:
    found = to_numpy(value) if is_array_like(value) else np.asarray(value)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if found.dtype.kind == "f" and (bad := int(np.isnan(found).sum())):
        raise LogValueError(
            f"confusion_matrix: {name} is NaN in {bad} of {len(found)} rows: each has to have a class"
        )
    if found.ndim == 1 and found.dtype.kind == "f" and (found == np.round(found)).all():
        found = found.astype(np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iubU":
        raise LogTypeError(
            f"confusion_matrix: {name} must be the class of each row, shape (n,); "
            f"got {found.dtype} of shape {found.shape}"
        )
    return found


Places = tuple[list[str], "NDArray[np.int64]", "NDArray[np.int64]"]


def _places(true: NDArray[Any], guess: NDArray[Any], given: Sequence[str] | None, width: int) -> Places:
    """Return the names of the classes, and of each array the place of every row's class among them."""
    if true.dtype.kind == "U" or guess.dtype.kind == "U":
        return _places_of_text(true, guess, given)
    both = np.concatenate([true, guess]).astype(np.int64)
    if len(both) and both.min() < 0:
        raise LogValueError(f"confusion_matrix: the class {both.min()} is below 0")
    most = int(both.max()) if len(both) else -1
    if given is not None:
        if most >= len(given):
            raise LogValueError(
                f"Higher predicted index than number of classes: {most}, of {len(given)} class_names"
            )
        return [str(name) for name in given], true.astype(np.int64), guess.astype(np.int64)
    seen = np.arange(width) if most < width else np.unique(both)
    names = [f"Class_{i}" for i in range(1, len(seen) + 1)]
    return names, np.searchsorted(seen, true), np.searchsorted(seen, guess)


def _places_of_text(true: NDArray[Any], guess: NDArray[Any], given: Sequence[str] | None) -> Places:
    if given is None and not true.dtype.kind == guess.dtype.kind == "U":
        raise LogTypeError("confusion_matrix: y_true and preds must both be text, or give class_names")
    names = sorted({*map(str, true), *map(str, guess)}) if given is None else [str(name) for name in given]
    places = {name: i for i, name in enumerate(names)}

    def place(array: NDArray[Any]) -> NDArray[np.int64]:
        if array.dtype.kind != "U":
            return array.astype(np.int64)
        if unknown := sorted({*map(str, array)} - set(places)):
            raise LogValueError(
                f"confusion_matrix: {', '.join(unknown[:5])} is not in class_names: {', '.join(names[:20])}"
            )
        return np.array([places[str(one)] for one in array], np.int64)

    return names, place(true), place(guess)
