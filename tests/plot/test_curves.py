"""The curves are scikit-learn's, on the same data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning
from nbtrack.plot.curves import precision_recall, roc


def rows(chart) -> dict[str, np.ndarray]:
    """The points of each class, (n, 2)."""
    found: dict[str, list] = {}
    for name, a, b in chart.table.data:
        found.setdefault(name, []).append((a, b))
    return {name: np.array(points) for name, points in found.items()}


scores = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda hit: 0 < sum(hit) < n),
        st.lists(st.integers(0, 8).map(lambda i: i / 8), min_size=n, max_size=n),
    )
)


@settings(deadline=None)
@given(scores)
def test_rates_are_those_of_scikit_learn(case):
    hit, score = np.array(case[0]), np.array(case[1])
    fpr, tpr = roc(hit, score)
    expected = metrics.roc_curve(hit, score)
    assert np.allclose(fpr, expected[0])
    assert np.allclose(tpr, expected[1])


@settings(deadline=None)
@given(scores)
def test_precision_and_recall_are_those_of_scikit_learn(case):
    hit, score = np.array(case[0]), np.array(case[1])
    precision, recall = precision_recall(hit, score)
    expected = metrics.precision_recall_curve(hit, score)
    assert np.allclose(precision, expected[0])
    assert np.allclose(recall, expected[1])


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    model = LogisticRegression(max_iter=200).fit(data.data[:900] / 16, data.target[:900])
    return data.target[900:], model.predict_proba(data.data[900:] / 16)


def test_a_classifier_of_ten_digits_has_ten_curves(digits):
    true, probas = digits
    found = rows(nbtrack.plot.roc_curve(true, probas))
    assert list(found) == [str(i) for i in range(10)]
    for digit in range(10):
        fpr, tpr, _ = metrics.roc_curve(true == digit, probas[:, digit])
        assert np.abs(found[str(digit)] - np.column_stack([fpr, tpr])).max() <= 0.0005  # rounded to 3 places


def test_precision_is_the_best_at_that_recall_or_a_higher_one(digits):
    true, probas = digits
    found = rows(nbtrack.plot.pr_curve(true, probas, interp_size=11))
    for digit in range(10):
        points = found[str(digit)]
        assert points[:, 1].tolist() == np.linspace(1, 0, 11).round(3).tolist()
        precision, recall, _ = metrics.precision_recall_curve(true == digit, probas[:, digit])
        for best, at in points:
            assert best == pytest.approx(precision[recall >= at - 1e-9].max(), abs=0.0005)


def test_classes_have_names_and_can_be_chosen(digits):
    true, probas = digits
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert list(rows(nbtrack.plot.roc_curve(true, probas, labels=names))) == names
    chosen = nbtrack.plot.pr_curve(true, probas, labels=names, classes_to_plot=[3, 8])
    assert list(rows(chosen)) == ["three", "eight"]
    words = np.array(names)[true]
    order = np.argsort(names)
    assert list(rows(nbtrack.plot.roc_curve(words, probas[:, order]))) == sorted(names)


def test_one_score_a_row_is_that_of_the_second_class():
    true, score = [0, 0, 1, 1], np.array([0.1, 0.4, 0.35, 0.8])
    alone = rows(nbtrack.plot.roc_curve(true, score))
    both = rows(nbtrack.plot.roc_curve(true, np.column_stack([1 - score, score])))
    assert {k: v.tolist() for k, v in alone.items()} == {k: v.tolist() for k, v in both.items()}


def test_a_class_that_no_row_has_is_left_out():
    probas = np.eye(3)[[0, 2, 2, 0]] * 0.8 + 0.1
    found = rows(nbtrack.plot.roc_curve([0, 2, 2, 0], probas, labels=["cat", "dog", "bird"]))
    assert list(found) == ["cat", "bird"]


def test_one_class_only_has_no_rates_but_a_precision():
    with pytest.warns(NbtrackWarning, match="every row is of class '1'"):
        assert nbtrack.plot.roc_curve([1, 1], [[0.2, 0.8], [0.4, 0.6]]).table.data == []
    found = rows(nbtrack.plot.pr_curve([1, 1], [[0.2, 0.8], [0.4, 0.6]]))
    assert set(found["1"][:, 0]) == {1.0}


def test_a_curve_of_very_many_points_is_thinned(monkeypatch):
    monkeypatch.setattr(nbtrack.Table, "MAX_ROWS", 50)
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 3000)
    with pytest.warns(NbtrackWarning, match="points"):
        found = rows(nbtrack.plot.roc_curve(true, true * 0.5 + rng.normal(size=3000)))
    assert 10 < len(found["1"]) <= 50
    assert found["1"][-1].tolist() == [1, 1]


@pytest.mark.parametrize("curve", [nbtrack.plot.roc_curve, nbtrack.plot.pr_curve])
@pytest.mark.parametrize(
    ("true", "probas", "error", "says"),
    [
        (None, [[0.5, 0.5]], LogTypeError, "y_true is missing"),
        ([0, 1], None, LogTypeError, "y_probas is missing"),
        ([0, 1], [[0.1, 0.9]], LogValueError, "y_true has 2 rows, y_probas 1"),
        ([0, 1, 2], [0.1, 0.2, 0.3], LogValueError, "y_true has 3"),
        ([0, 1], [[0.1, float("nan")], [0.5, 0.5]], LogValueError, "NaN or infinite in 1 of 2 rows"),
        ([0.5, 1], [[0.1, 0.9], [0.5, 0.5]], LogTypeError, "class of each row"),
        ([0, float("nan")], [[0.1, 0.9], [0.5, 0.5]], LogValueError, "y_true is NaN in 1 of 2 rows"),
        ([0, None], [[0.1, 0.9], [0.5, 0.5]], LogTypeError, "mixed"),
        ([], [], LogValueError, "no rows"),
        ([0, 5], [[0.1, 0.9, 0], [0.5, 0.5, 0]], LogValueError, "scores of 3 classes, y_true has 2: 0, 5"),
        ([0, 1], [["a", "b"], ["c", "d"]], LogTypeError, "must be numbers"),
    ],
)
def test_what_cannot_be_a_curve_is_said(curve, true, probas, error, says):
    with pytest.raises(error, match=says):
        curve(true, probas)


def test_unknown_classes_to_plot_are_named():
    with pytest.raises(LogValueError, match="y_true, which has 0, 1"):
        nbtrack.plot.roc_curve([0, 1], [[0.1, 0.9], [0.5, 0.5]], classes_to_plot=["x"])
