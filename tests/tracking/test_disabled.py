from __future__ import annotations

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import RunFinishedError


@pytest.fixture
def run(tmp_path):
    return nbtrack.init(mode="disabled", config={"lr": 1})


def test_it_has_w_and_bs_dummy_names(run):
    assert run.disabled
    assert run.project == "dummy"
    assert run.name == f"dummy-{run.id}"
    assert (run.step, run.url) == (0, None)
    assert nbtrack.run is run


def test_nothing_is_written(run, tmp_path):
    with run:
        run.log({"a": 1, "img": nbtrack.Image(np.zeros((2, 2)))})
        run.define_metric("a", summary="max")
        run.alert("x", "y")
        run.name = "new"
        run.tags = ("a",)
        assert run.name == "new"
        assert run.save("*") is False
        assert run.log_artifact("thing") == "thing"
        run.watch(None)
        run.log_code()
    assert list(tmp_path.iterdir()) == []


def test_summary_receives_what_is_logged(run):
    run.log({"a": 1, "b": {"c": 2}})
    run.log({"a": 3})
    run.summary["d"] = 4
    assert (run.summary["a"], run.summary["b"]["c"], run.summary.d) == (3, 2, 4)
    assert dict(nbtrack.config) == {"lr": 1}
    run.config.lr = 2
    assert run.config.lr == 2


def test_arguments_of_log_are_still_checked(run):
    with pytest.raises(TypeError, match="dictionary"):
        run.log(3)
    with pytest.raises(TypeError, match="strings"):
        run.log({3: 1})


def test_steps_move(run):
    run.log({})
    run.log({"a": 1}, step=5)
    assert run.step == 5


def test_after_finish_it_takes_nothing(run):
    run.finish()
    run.finish()
    with pytest.raises(RunFinishedError):
        run.log({"a": 1})
    assert nbtrack.run is None


def test_by_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert nbtrack.init().disabled
    assert "disabled" in nbtrack.run.to_html()
    nbtrack.finish()
    assert list(tmp_path.iterdir()) == []
