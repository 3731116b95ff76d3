"""Which settings matter for a metric: importance in a random forest, and correlation, as in W&B's panel.

The forest regresses the metric on the settings of the runs; a setting's importance is the share of the
variance that its splits take away (scikit-learn's impurity-based feature importance). Texts become one
column a value.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogValueError, UsageError
from nbtrack.panels.project.query import fields_of, wanted
from nbtrack.panels.project.wire import Importance, ImportanceRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nbtrack.store.reading import Reading

    Floats = NDArray[np.float64]

#: fewer runs say nothing
MIN_RUNS = 5
#: settings that are looked at, and runs that the forest learns from
MAX_FIELDS = 200
MAX_RUNS = 5_000
#: values of a text that get a column; rarer ones share the absence of these
_TOP = 12
_TREES = 100


def importance(reading: Reading, args: Mapping[str, Any]) -> Importance:
    """Answer with the settings that matter most for a metric.

    Args:
        reading: of the store.
        args: `query`; `metric`, a field with numbers; `fields`, the settings (default: all of config).

    Raises:
        UsageError: scikit-learn is not installed.
    """
    meant = wanted(reading, args)
    metric = args.get("metric")
    if not isinstance(metric, str) or not metric.startswith(("summary.", "config.", "run.")):
        raise LogValueError(f"metric must be a field such as 'summary.loss'; got {metric!r:.80}")
    settings = sorted(name for name in reading.names(meant.scope) if name.startswith("config."))
    fields = fields_of(args) or settings
    rids, target = _of_runs(reading, metric, meant.select(reading)[:MAX_RUNS])
    answer = Importance(revision=reading.revision, metric=metric, runs=len(rids), rows=[], why="")
    if len(rids) < MIN_RUNS:
        answer["why"] = f"{len(rids)} of the runs have {metric}; it takes {MIN_RUNS}"
        return answer
    if np.ptp(target) == 0:
        answer["why"] = f"{metric} is the same in all {len(rids)} runs"
        return answer
    columns: list[Floats] = []
    owners: list[str] = []
    for field in [one for one in fields if one != metric][:MAX_FIELDS]:
        for column in _columns(reading, field, rids):
            columns.append(column)
            owners.append(field)
    if not columns:
        answer["why"] = "all settings are the same in these runs"
        return answer
    shares = _shares(np.column_stack(columns), target)
    for field in dict.fromkeys(owners):
        own = [i for i, owner in enumerate(owners) if owner == field]
        correlation = _correlation(columns[own[0]], target) if len(own) == 1 else None
        row = ImportanceRow(field=field, importance=float(shares[own].sum()), correlation=correlation)
        answer["rows"].append(row)
    answer["rows"].sort(key=lambda row: -row["importance"])
    return answer


def _of_runs(reading: Reading, metric: str, rids: Sequence[int]) -> tuple[list[int], Floats]:
    """Return the runs that have a finite number under the metric, and the numbers."""
    having, numbers = reading.numbers(metric)
    known = {
        rid: value for rid, value in zip(having.tolist(), numbers.tolist(), strict=True) if np.isfinite(value)
    }
    kept = [rid for rid in rids if rid in known]
    return kept, np.array([known[rid] for rid in kept])


def _columns(reading: Reading, field: str, rids: Sequence[int]) -> list[Floats]:
    """Return what the forest sees of a setting: its number, or a column a value; none if all are the same."""
    told = reading.told(field)
    values = [told.get(rid) for rid in rids]
    numbers = [value for value in values if isinstance(value, int | float) and np.isfinite(value)]
    if len(numbers) > len(values) / 2:
        middle = float(np.median(numbers))
        column = np.array(
            [
                float(value) if isinstance(value, int | float) and np.isfinite(value) else middle
                for value in values
            ]
        )
        return [column] if np.ptp(column) > 0 else []
    texts = [repr(value) for value in values]
    names, counts = np.unique(texts, return_counts=True)
    if len(names) < 2:
        return []
    often = names[np.argsort(-counts, kind="stable")][:_TOP]
    if len(names) == 2:
        often = often[:1]  # the other is its absence
    return [np.array([text == name for text in texts], float) for name in often]


def _shares(features: Floats, target: Floats) -> Floats:
    try:
        ensemble = import_module("sklearn.ensemble")
    except ImportError:
        raise UsageError("parameter importance needs scikit-learn: pip install scikit-learn") from None
    forest = ensemble.RandomForestRegressor(n_estimators=_TREES, random_state=0)
    shares: Floats = forest.fit(features, target).feature_importances_
    return shares


def _correlation(column: Floats, target: Floats) -> float | None:
    """Pearson's; None where numbers are beyond what it can be computed of."""
    with np.errstate(all="ignore"):
        found = float(np.corrcoef(column, target)[0, 1])
    return found if np.isfinite(found) else None
