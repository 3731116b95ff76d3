from __future__ import annotations

import copy

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError, RunFinishedError


def test_the_last_logged_value_stands(run):
    run.log({"a": 1, "b": "x"})
    run.log({"a": 2.5})
    assert run.summary["a"] == 2.5
    assert run.summary.b == "x"
    assert dict(run.summary) == {"a": 2.5, "b": "x"}
    assert len(run.summary) == 2
    assert "a" in run.summary
    assert "zz" not in run.summary
    assert run.summary.get("zz", 7) == 7


def test_an_explicit_value_wins_over_what_was_logged_before(run, read):
    run.log({"a": 1})
    run.summary["a"] = 5
    assert run.summary["a"] == read(run).summary()["a"] == 5
    run.log({"a": 2})
    assert run.summary["a"] == 2


@pytest.mark.parametrize("times", range(20))
def test_log_and_summary_in_quick_succession_keep_their_order(run, times):
    for i in range(20):
        run.log({"a": i})
        run.summary["a"] = -i
        assert run.summary["a"] == -i


def test_none_is_not_in_the_summary(run):
    run.log({"a": 1, "b": None})
    run.log({"a": None})
    assert run.summary.as_dict() == {"a": 1}


def test_missing_entries_are_key_and_attribute_errors(run):
    with pytest.raises(KeyError, match="nope"):
        run.summary["nope"]
    with pytest.raises(KeyError, match="nope"):
        run.summary.nope  # noqa: B018
    assert not hasattr(run.summary, "nope")


def test_nested_dicts(run, read):
    run.summary["best"] = {"acc": 0.9, "at": {"epoch": 3}}
    run.summary["best"]["at"]["step"] = 30
    run.summary.best.acc = 0.95
    assert run.summary.best.at.epoch == 3
    assert run.summary["best"] == {"acc": 0.95, "at": {"epoch": 3, "step": 30}}
    assert read(run).summary()["best"] == {"acc": 0.95, "at": {"epoch": 3, "step": 30}}
    del run.summary["best"]["at"]
    assert read(run).summary()["best"] == {"acc": 0.95}


def test_logged_dicts_are_flat_and_nested(run):
    run.log({"val": {"acc": 0.5, "deep": {"x": 1}}})
    assert run.summary["val.acc"] == 0.5
    assert run.summary["val"]["acc"] == 0.5
    assert run.summary.val.deep.x == 1
    assert "val" in run.summary


def test_delete(run, read):
    run.log({"a": 1, "b": 2})
    del run.summary["a"]
    del run.summary.b
    assert read(run).summary().keys() & {"a", "b"} == set()
    with pytest.raises(KeyError, match="a"):
        del run.summary["a"]
    run.log({"a": 3})
    assert run.summary["a"] == 3


def test_update(run):
    run.summary.update({"a": 1, "b": 2})
    run.summary.update({"a": 9, "c": 3}, overwrite=False)
    run.summary.update()
    run.summary.update([("d", 4)])
    assert run.summary == {"a": 1, "b": 2, "c": 3, "d": 4}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.array(3), 3),
        (np.arange(3), [0, 1, 2]),
        ({1}, [1]),
        (b"x", "x"),
        (None, None),
    ],
)
def test_values_become_json(run, read, value, expected):
    run.summary["k"] = value
    assert read(run).summary()["k"] == expected


def test_arrays_are_kept_whole_with_their_statistics(run, read):
    array = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    run.summary["tensor"] = array
    array[:] = 0
    kept = read(run).summary()["tensor"]
    whole = np.load(__import__("io").BytesIO(read(run).blob(kept["blob"])))
    expected = np.random.default_rng(0).normal(size=(50, 20)).astype("float32")
    assert np.array_equal(whole, expected)
    assert whole.dtype == np.float32
    assert kept["_type"] == "numpy.ndarray"
    assert (kept["size"], kept["shape"], kept["dtype"]) == (1000, [50, 20], "float32")
    for name, value in (
        ("min", expected.min()),
        ("max", expected.max()),
        ("mean", expected.mean()),
        ("var", expected.var()),
        ("10%", np.percentile(expected, 10)),
        ("90%", np.percentile(expected, 90)),
    ):
        assert kept[name] == pytest.approx(float(value), rel=1e-4)
    assert sum(kept["histogram"]["values"]) == 1000


def test_small_arrays_are_kept_inside_the_log(run, read):
    run.summary["k"] = np.arange(40.0)
    kept = run.summary["k"]
    assert kept["size"] == 40
    assert np.load(__import__("io").BytesIO(read(run).blob(kept["blob"]))).tolist() == list(range(40))


def test_object_arrays_are_refused(run):
    with pytest.raises(LogTypeError, match=r"summary\.k"):
        run.summary["k"] = np.array([object()] * 40)
    assert "k" not in run.summary


def test_media_in_the_summary(run, read):
    run.summary["hist"] = nbtrack.Histogram([1, 2, 3], num_bins=2)
    run.summary["img"] = nbtrack.Image(np.zeros((4, 6, 3), np.uint8))
    kept = read(run).summary()
    assert kept["hist"]["_type"] == "histogram"
    assert kept["hist"]["values"] == [1, 2]
    assert (kept["img"]["_type"], kept["img"]["width"], kept["img"]["height"]) == ("image-file", 6, 4)
    assert read(run).blob(kept["img"]["sha256"]).startswith(b"\x89PNG")


def test_values_of_no_kind_are_named(run):
    with pytest.raises(LogTypeError, match=r"summary\.a\.b"):
        run.summary["a"] = {"b": object()}
    with pytest.raises(LogTypeError, match="keys must be str"):
        run.summary[3] = 1


def test_module_level_summary(run, read):
    nbtrack.summary["best"] = 1
    nbtrack.run.summary.more = 2
    assert read(run).summary() == {"best": 1, "more": 2}


def test_summary_of_a_finished_run_can_be_read_but_not_written(run):
    run.log({"a": 1})
    run.finish()
    assert run.summary["a"] == 1
    with pytest.raises(RunFinishedError, match=run.name):
        run.summary["b"] = 1


def test_summary_can_be_copied_and_shown(run):
    run.log({"a": 1})
    assert copy.copy(run.summary)["a"] == 1
    assert repr(run.summary) == "Summary({'a': 1})"


def test_seed_best_accuracy_runs(run):
    import nbtrack as wandb

    best_accuracy = 0
    for test_accuracy in (0.5, 0.9, 0.7):
        wandb.log({"acc": test_accuracy})
        if test_accuracy > best_accuracy:
            wandb.run.summary["best_accuracy"] = test_accuracy
            best_accuracy = test_accuracy
    assert wandb.run.summary["best_accuracy"] == 0.9
