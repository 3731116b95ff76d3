from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.store.derive import (
    Definitions,
    Edit,
    Logged,
    StreamState,
    metric_from,
    put_in,
    run_state,
    summary_of,
)
from nbtrack.store.model import MetricDefinition, ObjectRow, Series

NAN = float("nan")


def logged(*values: float, dtype: str = "f", time: float = 100.0) -> Logged:
    steps = np.arange(len(values), dtype=np.int64)
    series = Series("k", dtype, steps, np.array(values, np.float64), 0)
    return Logged(dtype, values[-1], len(values) - 1, time, time, series)


def thing(step: int = 0, idx: int = 0, count: int = 0, time: float = 100.0, **meta: Any) -> ObjectRow:
    return ObjectRow("k", step, idx, count, "image-file", meta, "s" * 64, None, time, 0)


def text(value: Any, step: int = 0, time: float = 100.0) -> ObjectRow:
    return ObjectRow("k", step, 0, 0, "json", {"value": value}, None, None, time, 0)


def summary(what: Logged, *ops: str, goal: Any = None, edits: tuple[Edit, ...] = ()) -> Any:
    definitions = Definitions([MetricDefinition("k", summary=ops, goal=goal)] if ops else [])
    return summary_of({"k": what}, definitions, edits).get("k", "absent")


# ---- the table of define_metric ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        ((), 2.0),
        (("min",), {"min": 1.0}),
        (("last",), {"last": 2.0}),
        (("first",), {"first": 3.0}),
        (("max", "mean"), {"max": 4.0, "mean": 2.5}),
        (("copy",), 2.0),
        (("copy", "min"), {"min": 1.0}),
        (("none",), "absent"),
        (("none", "max"), "absent"),
        (("best",), {"best": 1.0}),
    ],
)
def test_summary_option(ops: tuple[str, ...], expected: Any) -> None:
    assert summary(logged(3, 1, 4, 2), *ops) == expected


def test_best_follows_the_goal() -> None:
    assert summary(logged(3, 1, 4, 2), "best", goal="maximize") == {"best": 4.0}
    assert summary(logged(3, 1, 4, 2), "best", goal="minimize") == {"best": 1.0}


def test_nan_is_skipped_by_aggregates_but_may_be_the_last_value() -> None:
    what = logged(3, NAN, 1, NAN)
    assert summary(what, "min", "max", "mean", "best") == {"min": 1.0, "max": 3.0, "mean": 2.0, "best": 1.0}
    assert np.isnan(summary(what))
    assert np.isnan(summary(what, "last")["last"])


def test_aggregates_of_nothing_but_nan_are_nan() -> None:
    found = summary(logged(NAN, NAN), "min", "mean")
    assert np.isnan(found["min"])
    assert np.isnan(found["mean"])


def test_infinities_are_numbers() -> None:
    assert summary(logged(1, float("inf")), "max") == {"max": float("inf")}


@pytest.mark.parametrize(("dtype", "type_"), [("i", int), ("b", bool), ("f", float)])
def test_values_keep_the_type_they_were_logged_in(dtype: str, type_: type) -> None:
    what = logged(1, 0, dtype=dtype)
    assert type(summary(what)) is type_
    assert type(summary(what, "max")["max"]) is type_
    assert type(summary(what, "mean")["mean"]) is float


def test_aggregates_ignore_what_is_no_number() -> None:
    assert summary(Logged(objects=[thing()]), "max") == "absent"
    both = logged(5)
    both.objects = [text("hi", step=9)]
    assert summary(both, "max") == {"max": 5.0}


# ---- objects ----------------------------------------------------------------------------------------------


def test_medium_is_its_json_with_type() -> None:
    assert summary(Logged(objects=[thing(width=3)])) == {
        "_type": "image-file",
        "width": 3,
        "sha256": "s" * 64,
    }


def test_list_of_media_is_a_list() -> None:
    found = summary(Logged(objects=[thing(idx=0, count=2, a=1), thing(idx=1, count=2, a=2)]))
    assert [item["a"] for item in found] == [1, 2]
    assert len(summary(Logged(objects=[thing(count=1)]))) == 1


def test_of_numbers_and_objects_the_later_step_is_the_last() -> None:
    what = logged(1, 2)  # steps 0, 1
    what.objects = [text("before", step=0, time=500)]
    assert summary(what) == 2.0
    what.objects = [text("after", step=2)]
    assert summary(what) == "after"
    what.objects = [text("same step, later", step=1, time=101)]
    assert summary(what) == "same step, later"


# ---- explicit edits ---------------------------------------------------------------------------------------


def test_edit_wins_over_what_was_logged_before_it() -> None:
    edits = (Edit(("k",), False, "hand", 100.0),)
    assert summary(logged(1, time=100), edits=edits) == "hand"
    assert summary(logged(1, time=100), "max", edits=edits) == "hand"
    assert summary(Logged(objects=[text("x", time=99)]), edits=edits) == "hand"


def test_logging_after_an_edit_ends_the_aggregation() -> None:
    edits = (Edit(("k",), False, "hand", 100.0),)
    assert summary(logged(5, 1, time=100.5), "max", edits=edits) == 1.0
    assert summary(Logged(objects=[text("x", time=101)]), edits=edits) == "x"


def test_deletion_holds_until_the_next_log() -> None:
    edits = (Edit(("k",), True, None, 100.0),)
    assert summary(logged(1, time=100), edits=edits) == "absent"
    assert summary(logged(1, time=101), edits=edits) == 1.0


def test_edit_of_a_branch_replaces_flat_keys_below_it() -> None:
    both = {"a.b": logged(1, time=10), "a.c": logged(2, time=10), "ab": logged(3, time=10)}
    assert summary_of(both, Definitions(), [Edit(("a",), False, {"x": 1}, 20.0)]) == {
        "a": {"x": 1},
        "ab": 3.0,
    }
    assert summary_of(both, Definitions(), [Edit(("a",), True, None, 20.0)]) == {"ab": 3.0}
    assert summary_of(both, Definitions(), [Edit(("a", "b"), False, 9, 20.0)]) == {
        "a": {"b": 9},
        "a.c": 2.0,
        "ab": 3.0,
    }
    late = {**both, "a.b": logged(7, time=30)}
    assert summary_of(late, Definitions(), [Edit(("a", "b"), False, 9, 20.0)])["a.b"] == 7.0


def test_system_metrics_are_no_part_of_the_summary() -> None:
    assert summary_of({"_sys/cpu": logged(1), "_timestamp": logged(5)}, Definitions()) == {"_timestamp": 5.0}


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abc"), min_size=1, max_size=3), st.booleans(), st.integers()),
        max_size=8,
    )
)
def test_put_in_is_what_it_says(writes: list[tuple[list[str], bool, int]]) -> None:
    tree: dict[str, Any] = {}
    for path, deleted, value in writes:
        put_in(tree, path, value, deleted=deleted)
        below: Any = tree
        for name in path[:-1]:
            below = below.get(name, {}) if isinstance(below, dict) else {}
        assert (
            (path[-1] not in below if isinstance(below, dict) else True)
            if deleted
            else below[path[-1]] == value
        )


# ---- definitions ------------------------------------------------------------------------------------------


def test_exact_definition_comes_before_globs_and_long_globs_before_short() -> None:
    names = ["*", "val/*", "val/acc"]
    found = Definitions([MetricDefinition(name) for name in names])
    assert [found.find(key).name for key in ("val/acc", "val/loss", "x")] == ["val/acc", "val/*", "*"]


def test_globs_leave_internal_keys_alone() -> None:
    found = Definitions([MetricDefinition("*"), MetricDefinition("_mine")])
    assert found.find("_timestamp") is None
    assert found.find("_mine").name == "_mine"


def test_escaped_dots_are_dots() -> None:
    assert Definitions([MetricDefinition(r"a\.b")]).find("a.b") is not None


def test_definition_of_a_meta_value() -> None:
    assert metric_from("k", {"summary": ["min"], "goal": "maximize", "step_metric": "epoch", "new": 1}) == (
        MetricDefinition("k", "epoch", summary=("min",), goal="maximize")
    )
    assert metric_from("k", {"summary": "min,max", "goal": "min"}) == MetricDefinition(
        "k", summary=("min", "max"), goal="minimize"
    )
    assert metric_from("k", {}) == MetricDefinition("k")


# ---- state ------------------------------------------------------------------------------------------------


def stream(
    *, begun: float = 0, beat: float = 0, closed: Any = None, alive: bool | None = None, wrote: bool = True
) -> StreamState:
    return StreamState(begun, beat, wrote, closed, alive)


@pytest.mark.parametrize(
    ("streams", "now", "state"),
    [
        ([stream(alive=True)], 1e9, "running"),
        ([stream(alive=False, beat=100)], 100, "crashed"),
        ([stream(alive=None, beat=100)], 219, "running"),
        ([stream(alive=None, beat=100)], 221, "stalled"),
        ([stream(alive=None, beat=100)], 701, "crashed"),
        ([stream(closed=("finish", 0, 9))], 10, "finished"),
        ([stream(closed=("finish", 1, 9))], 10, "failed"),
        ([stream(closed=("exit", 0, 9))], 10, "crashed"),
        ([], 10, "crashed"),
        # resumed: running again, lost again, or finished after all
        ([stream(closed=("finish", 0, 9)), stream(begun=20, alive=True)], 30, "running"),
        ([stream(closed=("finish", 0, 9)), stream(begun=20, alive=False)], 30, "crashed"),
        ([stream(alive=False), stream(begun=20, closed=("finish", 0, 30))], 40, "finished"),
        ([stream(closed=("finish", 1, 9)), stream(begun=20, closed=("finish", 0, 30))], 40, "finished"),
        # a worker of the same run that died, an edit of a finished run, an edit that was killed
        ([stream(closed=("finish", 0, 9)), stream(begun=1, alive=False)], 10, "finished"),
        ([stream(closed=("finish", 0, 9)), stream(begun=20, closed=("edit", 0, 21))], 30, "finished"),
        ([stream(closed=("finish", 0, 9)), stream(begun=20, alive=False, wrote=False)], 30, "finished"),
        # an edit of a lost run
        ([stream(alive=False), stream(begun=20, closed=("edit", 0, 21), wrote=False)], 30, "crashed"),
    ],
)
def test_state(streams: list[StreamState], now: float, state: str) -> None:
    assert run_state(streams, now) == state
