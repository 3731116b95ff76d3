from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import NotFoundError, StoreError, UsageError
from nbtrack.query import project as project_module
from nbtrack.query.projects import overview
from nbtrack.store.entities import Documents, Edit

from .conftest import Record


def names(api: nbtrack.Api, **given: bool) -> list[str]:
    return [project.name for project in api.projects(**given)]


@pytest.fixture
def two(record: Record) -> nbtrack.Api:
    record("one", [{"acc": 0.5}], config={"lr": 0.1})
    record("two", [{"acc": 0.9}], project="faces", entity="lab")
    return nbtrack.Api()


def test_a_project_is_made_without_runs(record: Record) -> None:
    record("one")
    api = nbtrack.Api()
    made = api.create_project("empty", description="# Why", visibility="private")
    assert (made.description, made.visibility, made.run_count, made.last_active) == (
        "# Why",
        "private",
        0,
        None,
    )
    assert made.owner
    assert made.created_at.endswith("Z")
    assert names(nbtrack.Api()) == ["empty", "digits"]
    assert api.project("empty") == made == api.from_path("empty")
    assert list(made.runs()) == []
    assert repr(made) == "<Project empty: no runs yet>"


def test_making_one_that_exists_changes_only_what_is_given(two: nbtrack.Api) -> None:
    two.project("digits").describe("kept")
    assert two.create_project("digits").description == "kept"
    assert two.create_project("digits", description="new").description == "new"
    assert two.create_project("digits", visibility="public").visibility == "team"


@pytest.mark.parametrize("name", ["한국어 프로젝트", "🚀 rockets", "v1.0 final", "..", "a b", "x" * 128])
def test_names_of_all_kinds(name: str, record: Record) -> None:
    api = nbtrack.Api(dir=os.environ["NBTRACK_DIR"])
    record("one", project=name)
    project = api.create_project(name, entity="팀 1")
    project.star()
    api.project(name).describe("ohne Entity")
    assert api.project(f"팀 1/{name}").starred
    assert not api.project(name).starred
    assert api.project(name).run_count == 1
    moved = project.rename(name[:100] + " 2")
    assert moved.starred
    assert api.project(name[:100] + " 2", "팀 1") == moved


@pytest.mark.parametrize(
    "name", ["", "  ", " a", "a/b", "a\\b", "a#b", "a?b", "a%b", "a:b", "x" * 129, 3, None]
)
def test_what_is_no_name_is_refused(name: str, two: nbtrack.Api) -> None:
    with pytest.raises(UsageError, match="project"):
        two.create_project(name)
    with pytest.raises(UsageError, match="project"):
        two.project("digits").rename(name)
    assert sorted(names(two)) == ["digits", "faces"]


def test_what_was_said_is_there_for_everybody(two: nbtrack.Api) -> None:
    project = two.project("digits")
    assert (project.description, project.visibility, project.starred, project.deleted) == (
        "",
        "team",
        False,
        False,
    )
    project.describe("Which *optimizer*?")
    project.visibility = "restricted"
    project.star()
    again = nbtrack.Api().project("digits")
    assert (again.description, again.visibility, again.starred) == ("Which *optimizer*?", "restricted", True)
    again.unstar()
    again.describe("")
    assert (project.description, project.starred) == ("", False)
    with pytest.raises(UsageError, match="private, team, public, restricted, not 'secret'"):
        project.visibility = "secret"  # type: ignore[assignment]


def test_starred_projects_come_first_when_asked(two: nbtrack.Api) -> None:
    assert names(two) == ["faces", "digits"]
    two.project("digits").star()
    assert names(two) == ["faces", "digits"]
    assert names(two, starred_first=True) == ["digits", "faces"]


def test_its_runs_are_counted(record: Record) -> None:
    for run_id in ("a", "b", "c"):
        record(run_id)
    live = nbtrack.init(project="digits", id="live", reinit="create_new")
    project = nbtrack.Api().project("digits")
    assert (project.run_count, project.running, project.deleted_run_count) == (4, 1, 0)
    runs = list(project.runs())
    assert project.compute == pytest.approx(sum(run.duration for run in runs), abs=1.0)
    assert project.last_active is not None
    assert project.created is not None
    assert project.created <= project.last_active
    assert project.contributors == [project.owner]
    live.finish()
    assert project.running == 1
    assert project.load().running == 0


def test_a_deleted_project_is_hidden_and_can_be_brought_back(two: nbtrack.Api) -> None:
    project = two.project("digits")
    project.delete()
    assert project.deleted
    assert names(two) == ["faces"]
    assert names(two, include_deleted=True) == ["faces", "digits"]
    with pytest.raises(NotFoundError, match=r"it was deleted.*include_deleted=True\)\.undelete\(\)"):
        two.project("digits")
    assert two.run("one").project == "digits"
    assert [run.id for run in two.runs("digits")] == ["one"]
    two.project("digits", include_deleted=True).undelete()
    assert "digits" in names(two)


def test_a_run_that_begins_later_brings_a_deleted_project_back(two: nbtrack.Api, record: Record) -> None:
    two.project("digits").delete()
    record("later")
    assert two.project("digits").run_count == 2
    two.project("digits").delete()
    assert names(two) == ["faces"]


def test_creating_a_deleted_project_brings_it_back(two: nbtrack.Api) -> None:
    two.project("digits").delete()
    assert not two.create_project("digits").deleted
    assert two.project("digits").run_count == 1


def test_runs_are_deleted_and_brought_back(two: nbtrack.Api, record: Record) -> None:
    record("three")
    project = two.project("digits").load()
    assert project.delete_runs([two.run("one"), "three"]) == 2
    assert (project.run_count, project.deleted_run_count) == (0, 2)
    assert list(two.runs("digits")) == []
    assert "digits" in names(two)
    assert repr(project) == "<Project digits: 2 deleted runs>"
    assert project.undelete_runs(["three"]) == 1
    assert [run.id for run in two.runs("digits")] == ["three"]
    assert project.undelete_runs() == 1
    assert (project.run_count, project.deleted_run_count) == (2, 0)


def test_runs_of_other_projects_are_not_deleted(two: nbtrack.Api) -> None:
    with pytest.raises(UsageError, match="'digits' has no run 'two'"):
        two.project("digits").delete_runs(["one", "two"])
    assert not two.run("one").deleted


def test_a_renamed_project_takes_its_runs_and_its_page_along(two: nbtrack.Api, record: Record) -> None:
    record("gone")
    two.run("gone").delete()
    project = two.project("digits")
    project.describe("kept")
    documents = Documents(two.store)
    documents.write("project", "/digits", [Edit("set", ["views", "v", "name"], "mine")])
    assert project.rename("numbers") is project
    assert (project.name, project.description, project.run_count) == ("numbers", "kept", 1)
    assert sorted(names(nbtrack.Api())) == ["faces", "numbers"]
    assert two.run("one").path == ["", "numbers", "one"]
    assert two.run("gone", include_deleted=True).project == "numbers"
    assert documents.read("project", "/numbers").tree["views"] == {"v": {"name": "mine"}}
    assert documents.read("project", "/digits").tree == {}
    with pytest.raises(NotFoundError):
        two.project("digits")


def test_a_live_run_goes_along_with_its_project(two: nbtrack.Api) -> None:
    run = nbtrack.init(project="digits", id="live", reinit="create_new")
    two.project("digits").rename("numbers")
    run.log({"acc": 1.0})
    run.finish()
    assert nbtrack.Api().run("live").project == "numbers"


def test_a_name_that_is_taken_is_refused(two: nbtrack.Api, record: Record) -> None:
    record("three", project="faces")
    two.create_project("empty")
    two.create_project("old").delete()
    project = two.project("digits")
    for name in ("faces", "empty", "old"):
        with pytest.raises(UsageError, match=f"'digits' cannot be renamed to '{name}': that exists"):
            project.rename(name)
    with pytest.raises(UsageError, match=r"'old': that exists \(deleted\)"):
        project.rename("old")
    assert project.rename("digits").name == "digits"
    assert two.project("faces", "lab").rename("digits").path == ["lab", "digits"]


def test_an_interrupted_renaming_goes_on(
    two: nbtrack.Api, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    record("three")
    project = two.project("digits")
    project.describe("kept")

    def stop_half_way(store: object, runs: list[object]) -> None:
        project_module_write(store, runs[:1])
        raise KeyboardInterrupt

    project_module_write = project_module.write_each
    with monkeypatch.context() as broken:
        broken.setattr(project_module, "write_each", stop_half_way)
        with pytest.raises(KeyboardInterrupt):
            project.rename("numbers")
    project = nbtrack.Api().project("digits")
    assert project.run_count == 1
    project.rename("numbers")
    assert (project.run_count, project.description) == (2, "kept")
    assert "renamed_from" not in project.said
    assert sorted(names(nbtrack.Api())) == ["faces", "numbers"]


def test_a_big_page_is_renamed_too(two: nbtrack.Api) -> None:
    documents = Documents(two.store)
    for view in range(4):
        edits = [
            Edit("set", ["views", f"v{view}", "panels", str(n)], {"text": "x" * 5000}) for n in range(100)
        ]
        documents.write("project", "/digits", edits)
    before = documents.read("project", "/digits").tree
    two.project("digits").rename("numbers")
    assert documents.read("project", "/numbers").tree == before


def test_runs_that_cannot_be_changed_are_told(two: nbtrack.Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match=r"1 of 1 runs could not be changed: run 'one' .*No space left"):
        two.project("digits").delete_runs(["one"])


def test_many_runs_are_changed_with_one_file_each(record: Record) -> None:
    for n in range(5):
        record(f"run{n}")
    api = nbtrack.Api()
    files = set(api.store.root.rglob("*.nbl"))
    api.project("digits").rename("numbers")
    new = {path for path in set(api.store.root.rglob("*.nbl")) - files if "runs" in path.parts}
    assert len(new) == 5
    assert len(list((api.store.root / "feed").iterdir())) <= 5 + 1


def test_what_is_done_later_in_a_moment_wins(two: nbtrack.Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.query.edits.time.time", lambda: 4_000_000_000.0)
    project = two.project("digits")
    for _ in range(5):
        project.delete_runs(["one"])
        project.undelete_runs()
        assert project.load().run_count == 1


def test_two_processes_agree_about_a_project(two: nbtrack.Api) -> None:
    code = (
        "import nbtrack, os, signal\n"
        "project = nbtrack.Api().project('digits')\n"
        "project.star()\n"
        "project.describe('from elsewhere')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    two.project("digits").describe("from here")
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    project = two.project("digits")
    assert (project.starred, project.description) == (True, "from elsewhere")
    project.describe("from here again")
    assert project.description == "from here again"


def test_an_overview_holds_what_the_page_shows(two: nbtrack.Api) -> None:
    two.project("digits").describe("text")
    seen = overview(two.catalog, "", "digits")
    assert (seen["description"], seen["runs"], seen["running"], seen["deletedRuns"]) == ("text", 1, 0, 0)
    assert seen["contributors"] == [seen["owner"]]
    assert seen["created"] is not None
    assert seen["lastActive"] is not None
    assert overview(two.catalog, "", "digits") == seen
    nothing = overview(two.catalog, "", "nobody's")
    assert (nothing["runs"], nothing["created"], nothing["owner"], nothing["compute"]) == (0, None, "", 0.0)


def test_a_first_project_makes_the_store(tmp_path):
    made = nbtrack.Api(dir=tmp_path).create_project("first")
    assert [project.name for project in nbtrack.Api(dir=tmp_path).projects()] == [made.name]
