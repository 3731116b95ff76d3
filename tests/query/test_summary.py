from __future__ import annotations

import numpy as np
import pytest

import nbtrack

from .conftest import Record


@pytest.fixture
def run_id(record: Record) -> str:
    return record("r", [{"loss": 2.0, "a": {"b": 1}}, {"loss": 1.0, "a": {"b": 3}}])


def test_an_array_is_kept_whole_with_its_statistics(run_id: str) -> None:
    tensor = np.random.default_rng(0).random(1000)
    run = nbtrack.Api().run(run_id)
    run.summary["tensor"] = tensor
    run.summary.update()
    again = nbtrack.Api().run(run_id)
    assert np.array_equal(again.summary["tensor"], tensor)
    assert again.summary["tensor"].dtype == tensor.dtype
    statistics = again.summary.as_dict()["tensor"]
    assert statistics["_type"] == "numpy.ndarray"
    assert statistics["max"] == tensor.max()


def test_the_live_summary_and_the_recorded_one_agree_on_arrays() -> None:
    live = nbtrack.init(project="p", id="live")
    live.summary["weights"] = np.arange(100.0).reshape(10, 10)
    live.finish()
    assert np.array_equal(nbtrack.Api().run("live").summary["weights"], np.arange(100.0).reshape(10, 10))


def test_small_arrays_become_lists_and_numbers(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    run.summary.update({"few": np.arange(3), "single": np.float32(0.5)})
    summary = nbtrack.Api().run(run_id).summary
    assert (summary["few"], summary["single"]) == ([0, 1, 2], 0.5)


def test_it_is_a_dict(run_id: str) -> None:
    summary = nbtrack.Api().run(run_id).summary
    assert summary["loss"] == 1.0
    assert "loss" in summary
    assert "nothing" not in summary
    assert summary.get("nothing", 5) == 5
    assert dict(summary.items())["loss"] == 1.0
    assert summary["a"]["b"] == 3
    assert summary["a.b"] == 3
    with pytest.raises(KeyError, match="nothing"):
        summary["nothing"]


def test_nothing_is_written_before_update(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    run.summary["x"] = 1
    assert run.summary["x"] == 1
    assert "x" not in nbtrack.Api().run(run_id).summary
    run.summary.update()
    assert nbtrack.Api().run(run_id).summary["x"] == 1


def test_update_may_leave_what_is_there(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    run.summary.update({"loss": 9.0, "new": 1}, overwrite=False)
    again = nbtrack.Api().run(run_id).summary
    assert (again["loss"], again["new"]) == (1.0, 1)


def test_nested_entries_are_written_and_deleted(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    run.summary["deep"] = {"x": {"y": 1}, "z": 2}
    run.summary["deep"]["x"]["y"] = 5
    del run.summary["deep"]["z"]
    del run.summary["loss"]
    run.summary["deep"].update()
    again = nbtrack.Api().run(run_id).summary
    assert again["deep"] == {"x": {"y": 5}}
    assert "loss" not in again


def test_keys_lose_surrounding_blanks(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    run.summary[" x "] = 1
    assert run.summary["x"] == run.summary[" x "] == 1


def test_what_cannot_be_kept_names_its_key(run_id: str) -> None:
    run = nbtrack.Api().run(run_id)
    with pytest.raises(nbtrack.UsageError, match="bad"):
        run.summary["bad"] = object()
