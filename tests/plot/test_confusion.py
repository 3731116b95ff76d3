from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError

classes = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4), min_size=n, max_size=n) for _ in range(2)))
)


def counts(chart) -> tuple[list[str], np.ndarray]:
    rows = chart.table.data
    names = list(dict.fromkeys(row[0] for row in rows))
    return names, np.array([row[2] for row in rows]).reshape(len(names), len(names))


@pytest.mark.filterwarnings("ignore:A single label")
@settings(deadline=None)
@given(classes)
def test_counts_are_those_of_scikit_learn(case):
    true, preds = case
    names, found = counts(nbtrack.plot.confusion_matrix(y_true=true, preds=preds, class_names=list("abcde")))
    assert names == list("abcde")
    assert np.array_equal(found, metrics.confusion_matrix(true, preds, labels=range(5)))
    names, found = counts(nbtrack.plot.confusion_matrix(y_true=true, preds=preds))
    assert names == [f"Class_{i + 1}" for i in range(len(names))]
    assert np.array_equal(found, metrics.confusion_matrix(true, preds))


def test_the_highest_probability_is_the_prediction():
    probs = np.eye(3)[[0, 2, 2, 1]] * 0.5 + 0.1
    names, found = counts(
        nbtrack.plot.confusion_matrix(probs=probs, y_true=[0, 1, 2, 1], class_names=["cat", "dog", "bird"])
    )
    assert names == ["cat", "dog", "bird"]
    assert found.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert nbtrack.plot.confusion_matrix(probs=probs, y_true=[0, 1, 2, 1]).table.data[0][0] == "Class_1"


def test_classes_may_be_text():
    names, found = counts(nbtrack.plot.confusion_matrix(y_true=["b", "a", "b"], preds=["b", "b", "a"]))
    assert names == ["a", "b"]
    assert found.tolist() == [[0, 1], [1, 1]]
    probs = [[0.9, 0.1], [0.2, 0.8]]
    names, found = counts(
        nbtrack.plot.confusion_matrix(probs=probs, y_true=["cat", "cat"], class_names=["cat", "dog"])
    )
    assert found.tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("given_", "error", "says"),
    [
        ({"y_true": [0], "preds": [0], "probs": [[1.0]]}, LogValueError, "not both"),
        ({"y_true": [0]}, LogTypeError, "predictions .preds. or probabilities"),
        ({"preds": [0]}, LogTypeError, "y_true is missing"),
        ({"y_true": [0, 1], "preds": [0]}, LogValueError, "must be equal: 1 and 2"),
        ({"y_true": [0, 3], "preds": [0, 1], "class_names": ["a", "b"]}, LogValueError, "index"),
        ({"y_true": [0, -1], "preds": [0, 1]}, LogValueError, "below 0"),
        ({"y_true": [0, float("nan")], "preds": [0, 1]}, LogValueError, "y_true is NaN in 1 of 2 rows"),
        ({"y_true": [0.5], "preds": [0]}, LogTypeError, "class of each row"),
        ({"y_true": [0], "probs": [0.5]}, LogTypeError, r"probs must have shape \(n, classes\)"),
        ({"y_true": ["a"], "preds": [0]}, LogTypeError, "must both be text"),
        ({"y_true": ["x"], "preds": ["a"], "class_names": ["a"]}, LogValueError, "x is not in class_names"),
    ],
)
def test_what_cannot_be_counted_is_said(given_, error, says):
    with pytest.raises(error, match=says):
        nbtrack.plot.confusion_matrix(**given_)
