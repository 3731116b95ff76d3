from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import NotFoundError, StoreError, UnsupportedError, UsageError

from .conftest import Record


def ids(runs: object) -> list[str]:
    return [run.id for run in runs]  # type: ignore[attr-defined]


@pytest.fixture
def three(record: Record) -> None:
    record("one", [{"acc": 0.5}], config={"lr": 0.1, "opt": {"name": "sgd"}}, tags=["base"], name="first try")
    record("two", [{"acc": 0.9}], config={"lr": 0.01}, tags=["base", "best"], group="g")
    record("six", [{"loss": 2.0}], project="faces", exit_code=1, entity="lab", job_type="eval")


@pytest.mark.parametrize(
    "path",
    [
        "six",
        "faces/six",
        "lab/faces/six",
        "lab/faces/runs/six",
        "lab/faces:six",
        "/lab/faces/six",
        "faces:six",
    ],
)
def test_a_run_is_found_by_every_form_of_path(three: None, path: str) -> None:
    run = nbtrack.Api().run(path)
    assert run.path == ["lab", "faces", "six"]


def test_a_run_without_entity_is_found_under_any_entity(three: None) -> None:
    assert nbtrack.Api().run("username/digits/one").id == "one"
    assert ids(nbtrack.Api().runs("username/digits")) == ["one", "two"]
    assert ids(nbtrack.Api().runs("username/faces")) == []


@pytest.mark.parametrize("path", ["", "/", "a//b", "a/b/c/d", "a/b/c/d/e", 3, "a/:"])
def test_a_path_that_is_none_is_refused(three: None, path: str) -> None:
    with pytest.raises(UsageError, match="path must be"):
        nbtrack.Api().run(path)


def test_a_missing_run_is_a_value_error_that_names_near_ones(three: None) -> None:
    with pytest.raises(ValueError, match=r"Could not find run 'digits/onee'.*'one'") as raised:
        nbtrack.Api().run("digits/onee")
    assert isinstance(raised.value, NotFoundError)
    with pytest.raises(NotFoundError, match=r"did you mean 'one' \(first try\)"):
        nbtrack.Api().run("first try")
    with pytest.raises(NotFoundError, match="'two' is in 'digits'"):
        nbtrack.Api().run("faces/two")


def test_no_store_is_said_with_its_place(store_dir: Path) -> None:
    with pytest.raises(StoreError, match=r"no store in .*store"):
        nbtrack.Api().runs()


def test_the_store_may_be_named_like_in_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBTRACK_DIR")
    nbtrack.init(project="p", id="here", dir=str(tmp_path / "elsewhere")).finish()
    assert ids(nbtrack.Api(dir=tmp_path / "elsewhere").runs()) == ["here"]
    nbtrack.init(project="p", id="there").finish()
    assert ids(nbtrack.Api().runs()) == ["there"]
    assert ids(nbtrack.Api(dir=tmp_path / "nbtrack").runs()) == ["there"]


def test_runs_of_a_project_an_entity_and_all(three: None) -> None:
    api = nbtrack.Api()
    assert ids(api.runs()) == ["one", "two", "six"]
    assert ids(api.runs("digits")) == ["one", "two"]
    assert ids(api.runs("lab/faces")) == ["six"]
    assert ids(api.runs("nothing")) == []
    with pytest.raises(UsageError, match="path must be"):
        api.runs("a/b/c")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"config.lr": 0.1}, ["one"]),
        ({"config.lr.value": {"$lt": 0.05}}, ["two"]),
        ({"config.opt.name": "sgd"}, ["one"]),
        ({"summary_metrics.acc": {"$gte": 0.5}}, ["one", "two"]),
        ({"summary_metrics.acc": {"$exists": False}}, ["six"]),
        ({"config.lr": {"$ne": 0.1}}, ["two", "six"]),
        ({"config.lr": {"$nin": [0.1, 0.01]}}, ["six"]),
        ({"config.lr": {"$in": [0.1, None]}}, ["one", "six"]),
        ({"config.lr": None}, ["six"]),
        ({"tags": "best"}, ["two"]),
        ({"tags": {"$in": ["best", "base"]}}, ["one", "two"]),
        ({"tags": {"$ne": "best"}}, ["one", "six"]),
        ({"tags": {"$nin": ["base"]}}, ["six"]),
        ({"tags": {"$regex": "^b.s"}}, ["one", "two"]),
        ({"state": "failed"}, ["six"]),
        ({"displayName": "first try"}, ["one"]),
        ({"display_name": {"$regex": "^first"}}, ["one"]),
        ({"name": "two"}, ["two"]),
        ({"group": "g"}, ["two"]),
        ({"jobType": "eval"}, ["six"]),
        ({"$or": [{"group": "g"}, {"state": "failed"}]}, ["two", "six"]),
        ({"$nor": [{"group": "g"}, {"state": "failed"}]}, ["one"]),
        ({"$and": [{"config.lr": {"$gt": 0}}, {"config.lr": {"$not": {"$gt": 0.05}}}]}, ["two"]),
        ({"createdAt": {"$gt": "2001-01-01"}}, ["one", "two", "six"]),
        ({"created_at": {"$lt": "2001-01-01T00:00:00Z"}}, []),
        ({"duration": {"$lt": 3600}}, ["one", "two", "six"]),
        ({"config.lr": "0.1"}, []),
    ],
)
def test_filters_find_what_they_say(three: None, filters: dict, found: list[str]) -> None:
    assert ids(nbtrack.Api().runs(filters=filters)) == found


def test_orders_sort_and_runs_without_the_field_come_last(three: None) -> None:
    api = nbtrack.Api()
    assert ids(api.runs(order="-created_at")) == ["six", "two", "one"]
    assert ids(api.runs(order="-summary_metrics.acc")) == ["two", "one", "six"]
    assert ids(api.runs(order="+summary_metrics.acc")) == ["one", "two", "six"]
    assert ids(api.runs("digits", order="+config.lr.value")) == ["two", "one"]


def test_runs_are_cached_until_flush(three: None, record: Record) -> None:
    api = nbtrack.Api()
    runs = api.runs("digits")
    assert len(runs) == 2
    record("new")
    assert api.runs("digits") is runs
    assert len(runs) == 2
    api.flush()
    assert ids(api.runs("digits")) == ["one", "two", "new"]


def test_what_means_nothing_locally_is_named_once() -> None:
    with pytest.warns(nbtrack.NbtrackWarning, match=r"overrides\['base_url'\], timeout, api_key"):
        api = nbtrack.Api({"base_url": "x", "entity": "lab"}, timeout=9, api_key="k")
    assert api.default_entity == "lab"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert nbtrack.Api(overrides={"project": "p"}).settings == {"entity": "", "project": "p"}


def test_projects_know_their_runs(three: None) -> None:
    api = nbtrack.Api()
    assert {(p.entity, p.name, p.run_count) for p in api.projects()} == {
        ("", "digits", 2),
        ("lab", "faces", 1),
    }
    assert [p.name for p in api.projects("other")] == ["digits"]
    assert ids(api.project("digits").runs({"config.lr": 0.1})) == ["one"]
    assert ids(api.project("faces", "lab").runs()) == ["six"]
    with pytest.raises(NotFoundError, match=r"'digit'.*'digits'"):
        api.project("digit")


def test_a_path_leads_to_a_project_or_a_run(three: None) -> None:
    api = nbtrack.Api()
    assert api.from_path("digits") == api.project("digits")
    assert api.from_path("lab/faces") == api.project("faces")
    assert api.from_path("me/digits") == api.project("digits")
    for path in ("digits/one", "me/digits/one", "me/digits/runs/one", "digits:one"):
        assert api.from_path(path) == api.run("one")
    with pytest.raises(UnsupportedError, match="sweeps"):
        api.from_path("me/digits/sweeps/x")


@pytest.mark.parametrize(
    "name", ["sweep", "artifact", "artifact_exists", "reports", "registries", "create_run"]
)
def test_calls_of_later_parts_say_so(name: str) -> None:
    with pytest.raises(UnsupportedError, match=f"Api.{name}"):
        getattr(nbtrack.Api(), name)("a/b:v0")
    assert not hasattr(nbtrack.Api(), "no_such_call")
