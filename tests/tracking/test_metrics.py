from __future__ import annotations

import math

import pytest

import nbtrack
from nbtrack.errors import UsageError
from tests.tracking.conftest import points


def log_all(run, *rows):
    for row in rows:
        run.log(row)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 2.0),
        ({"summary": "min"}, {"min": 1.0}),
        ({"summary": "max"}, {"max": 3.0}),
        ({"summary": "mean"}, {"mean": 2.0}),
        ({"summary": "first"}, {"first": 3.0}),
        ({"summary": "last"}, {"last": 2.0}),
        ({"summary": "max,mean"}, {"max": 3.0, "mean": 2.0}),
        ({"summary": " MAX , min "}, {"max": 3.0, "min": 1.0}),
        ({"summary": "copy"}, 2.0),
        ({"summary": "copy,min"}, {"min": 1.0}),
        ({"summary": "best"}, {"best": 1.0}),
        ({"summary": "best", "goal": "maximize"}, {"best": 3.0}),
        ({"summary": "best", "objective": "maximise"}, {"best": 3.0}),
        ({"summary": "best", "goal": "min"}, {"best": 1.0}),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_summary_operations_also_for_earlier_rows(run, options, expected, late):
    if not late:
        run.define_metric("m", **options)
    log_all(run, {"m": 3.0}, {"m": 1.0}, {"m": math.nan}, {"m": 2.0})
    if late:
        run.define_metric("m", **options)
    assert run.summary.as_dict()["m"] == expected


@pytest.mark.parametrize("summary", ["none", "none,max"])
def test_none_keeps_a_metric_out_of_the_summary(run, summary):
    run.define_metric("m", summary=summary)
    run.log({"m": 1.0, "n": 2.0})
    assert run.summary.as_dict() == {"n": 2.0}


def test_the_returned_metric_tells_what_holds(run):
    metric = run.define_metric("val/*", step_metric="epoch", hidden=True, summary="max,min", goal="maximize")
    assert (metric.name, metric.step_metric, metric.step_sync) == ("val/*", "epoch", True)
    assert (metric.summary, metric.hidden, metric.goal) == (("max", "min"), True, "maximize")
    with pytest.raises(AttributeError):
        metric.name = "x"


def test_definitions_merge_unless_overwritten(run, read):
    run.define_metric("m", summary="max")
    merged = run.define_metric("m", hidden=True)
    assert (merged.summary, merged.hidden) == (("max",), True)
    replaced = run.define_metric("m", goal="minimize", overwrite=True)
    assert (replaced.summary, replaced.hidden) == (None, False)
    definition = read(run).definition("m")
    assert (definition.summary, definition.goal) == ((), "minimize")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": ""}, "empty"),
        ({"name": 3}, r"arg: name type: int"),
        ({"name": None}, r"arg: name type: NoneType"),
        ({"name": "m", "hidden": 1}, r"arg: hidden type: int"),
        ({"name": "m", "step_sync": "yes"}, r"arg: step_sync type: str"),
        ({"name": "m", "summary": ["min"]}, r"arg: summary type: list"),
        ({"name": "m", "step_metric": 3}, r"arg: step_metric type: int"),
        ({"name": "m", "step_metric": "e*"}, "not a glob"),
        ({"name": "*/loss"}, r"'\*' inside"),
        ({"name": "a*b"}, r"'\*' inside"),
        ({"name": "m", "summary": "median"}, "'median' is not known"),
        ({"name": "m", "goal": "up"}, "'up' is not known"),
    ],
)
def test_wrong_arguments_are_named(run, arguments, message):
    with pytest.raises(nbtrack.Error, match=message) as raised:
        run.define_metric(**arguments)
    assert isinstance(raised.value, UsageError)


def test_globs_and_their_precedence(run, read):
    run.define_metric("*", summary="last")
    run.define_metric("val/*", summary="max")
    run.define_metric("val/loss", summary="min")
    log_all(
        run, {"val/acc": 1, "val/loss": 1, "x": 1, "_p": 1}, {"val/acc": 0, "val/loss": 2, "x": 0, "_p": 0}
    )
    summary = read(run).summary()
    assert (summary["val/acc"], summary["val/loss"], summary["x"]) == ({"max": 1}, {"min": 1}, {"last": 0})
    assert summary["_p"] == 0


def test_step_metric_is_filled_in_with_its_latest_value(run, read):
    epoch = run.define_metric("epoch")
    run.define_metric("val/*", step_metric=epoch)
    log_all(
        run,
        {"val/acc": 0.1},
        {"epoch": 3},
        {"val/acc": 0.2, "other": 1},
        {"other": 1},
        {"val/acc": 0.3, "epoch": 4},
    )
    reader = read(run)
    assert points(reader, "epoch") == {0: 0, 1: 3, 2: 3, 4: 4}
    assert reader.series("epoch").dtype == "i"


def test_step_sync_false_adds_nothing(run, read):
    run.define_metric("val", step_metric="epoch", step_sync=False)
    log_all(run, {"epoch": 1}, {"val": 0.5})
    assert points(read(run), "epoch") == {0: 1}


def test_step_metric_holds_for_rows_seen_before_the_definition(run, read):
    log_all(run, {"epoch": 1}, {"val": 1.0}, {"val": 1.0})
    run.define_metric("val", step_metric="epoch")
    log_all(run, {"epoch": 2}, {"val": 1.0})
    assert points(read(run), "epoch") == {0: 1, 3: 2, 4: 2}


def test_internal_axes_are_never_added(run, read):
    run.define_metric("val", step_metric="_timestamp")
    run.log({"val": 1.0})
    assert set(read(run).keys()) == {"val"}


def test_a_set_summary_ends_the_aggregation(run):
    run.define_metric("m", summary="max")
    run.log({"m": 5})
    run.summary["m"] = 1
    assert run.summary["m"] == 1
    run.log({"m": 3})
    assert run.summary["m"] == 3


def test_seed_of_summary_metrics_runs():
    import random

    import nbtrack as wandb

    random.seed(1)
    wandb.init()
    wandb.define_metric("loss", summary="min")
    wandb.define_metric("acc", summary="max")
    seen = []
    for i in range(10):
        log_dict = {"loss": random.uniform(0, 1 / (i + 1)), "acc": random.uniform(1 / (i + 1), 1)}
        seen.append(log_dict)
        wandb.log(log_dict)
    assert wandb.summary["loss"] == {"min": min(row["loss"] for row in seen)}
    assert wandb.summary["acc"]["max"] == max(row["acc"] for row in seen)
