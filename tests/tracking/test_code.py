"""What is known of the code behind a run, without any credential."""

from __future__ import annotations

import platform
import subprocess
import sys
import time

import pytest

from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import cells, code
from nbtrack.tracking.settings import Settings


def git(folder, *arguments):
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, and the working folder in it."""
    folder = tmp_path / "레포 repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "train.py").write_text("lr = 1\n")
    git(folder, "add", "train.py")
    git(folder, "commit", "-q", "-m", "first")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A working folder that is in no repository."""
    folder = tmp_path / "outside"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return folder


@pytest.fixture
def journal(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    journal = Journal(store, "r1", store.create_run_dir("r1", 1.0), started=time.time())
    journal.test_store = store
    yield journal
    journal.close()


def recorded(journal):
    reader = RunReader(journal.test_store, "r1")
    reader.refresh()
    return reader, reader.meta.other


def settings(folder, **values):
    return Settings(program=str(folder / "train.py"), **values)


def test_the_machine_and_python_are_described(outside):
    known = code.describe(settings(outside))
    assert known["python"] == platform.python_version()
    assert known["executable"] == sys.executable
    assert known["cpu_count"] >= 1
    assert known["host"]
    assert known["platform"]
    assert known["program"] == str(outside / "train.py")


def test_outside_of_a_repository_git_is_left_out_quietly(outside, capfd):
    assert "git" not in code.describe(settings(outside))
    assert capfd.readouterr() == ("", "")


def test_without_git_everything_else_is_described(outside, monkeypatch):
    monkeypatch.setenv("PATH", "")
    known = code.describe(settings(outside))
    assert "git" not in known
    assert known["python"]
    assert code.git_diff(outside) is None


def test_commit_branch_and_root_are_read(repository):
    state = code.describe(settings(repository))["git"]
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert state == {"root": str(repository), "commit": head, "branch": "main"}


def test_a_repository_without_commits_and_a_detached_head_are_read(tmp_path, repository, monkeypatch):
    git(repository, "checkout", "-q", "--detach")
    assert "branch" not in code.git_state(repository)
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q", "-b", "main")
    state = code.git_state(empty)
    assert "commit" not in state
    assert state["branch"] == "main"


def test_the_remote_is_read_without_credentials(repository):
    git(repository, "remote", "add", "upstream", "https://me:s3cret@example.org/a/b.git?token=t0ken")
    assert code.git_state(repository)["remote"] == "https://example.org/a/b.git"
    git(repository, "remote", "add", "origin", "git@example.org:a/b.git")
    assert code.git_state(repository)["remote"] == "git@example.org:a/b.git"


def test_git_can_be_left_out(repository):
    assert "git" not in code.describe(settings(repository, disable_git=True))


def test_names_that_are_set_win(outside):
    known = code.describe(Settings(program="my.py", notebook_name="나의 노트북.ipynb", host="box"))
    assert (known["program"], known["notebook"], known["host"]) == ("my.py", "나의 노트북.ipynb", "box")


def test_the_notebook_is_that_of_the_running_cell_or_of_the_server(outside, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/a.ipynb")
    assert code.describe()["notebook"] == "/home/me/a.ipynb"
    from nbtrack.store.model import CellExecution

    cells.set_current(CellExecution(1, "c", 1, 0.0, "", "b.ipynb"))
    try:
        assert code.describe()["notebook"] == "b.ipynb"
    finally:
        cells.set_current(None)


@pytest.mark.parametrize(
    ("remote", "bare"),
    [
        ("https://me:token@example.org/a.git?x=1#y", "https://example.org/a.git"),
        ("https://token@example.org/a.git", "https://example.org/a.git"),
        ("https://example.org/@scope/a.git", "https://example.org/@scope/a.git"),
        ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
        ("ssh://me:pw@example.org/a.git", "ssh://example.org/a.git"),
        ("codecommit::https://me:pw@example.org/a", "codecommit::https://example.org/a"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("me:pw@example.org:a/b.git", "example.org:a/b.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("", ""),
    ],
)
def test_remotes_lose_their_credentials(remote, bare):
    assert code.without_credentials(remote) == bare


def test_a_dirty_tree_is_kept_as_its_difference(repository, journal):
    (repository / "train.py").write_text("lr = 2  # 학습률\n")
    code.collect_slow(journal, settings(repository, packages=False))
    reader, other = recorded(journal)
    state = other["git"]
    assert state["dirty"] is True
    diff = reader.blob(state["diff"]).decode()
    assert "-lr = 1" in diff
    assert "+lr = 2  # 학습률" in diff
    assert state["diff_size"] == len(diff.encode())
    assert "diff_cut" not in state
    assert "packages" not in other


def test_a_clean_tree_has_no_difference(repository, journal):
    code.collect_slow(journal, settings(repository, packages=False))
    state = recorded(journal)[1]["git"]
    assert state["dirty"] is False
    assert "diff" not in state


def test_a_huge_difference_is_cut(repository, journal, monkeypatch):
    monkeypatch.setattr(code, "MAX_DIFF", 1000)
    (repository / "train.py").write_text("x = 1\n" * 200_000)
    code.collect_slow(journal, settings(repository, packages=False))
    reader, other = recorded(journal)
    assert other["git"]["diff_cut"] is True
    assert len(reader.blob(other["git"]["diff"])) == 1000


def test_packages_are_listed_by_name_and_version(outside, journal):
    code.collect_slow(journal, settings(outside))
    reader, other = recorded(journal)
    lines = reader.blob(other["packages"]["blob"]).decode().splitlines()
    assert len(lines) == other["packages"]["count"]
    import numpy

    assert f"numpy=={numpy.__version__}" in lines
    names = [line.partition("==")[0].lower().replace("_", "-").replace(".", "-") for line in lines]
    assert names == sorted(set(names))
    assert "git" not in other
