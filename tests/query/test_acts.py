from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import nbtrack
from nbtrack.errors import UsageError
from nbtrack.query.acts import act
from nbtrack.store import syncer
from nbtrack.tracking import stopping

from .conftest import Record


@pytest.fixture
def api(record: Record) -> nbtrack.Api:
    record("a", tags=["base"], notes="old")
    record("b")
    return nbtrack.Api()


def test_tags_are_added_and_taken_away(api: nbtrack.Api) -> None:
    assert act(api.catalog, ["a", "b", "a"], "tag", ["best", "한국어"]) == (2, [])
    assert api.run("a").tags == ["base", "best", "한국어"]
    assert act(api.catalog, ["a", "b"], "untag", ["base", "best"]) == (2, [])
    assert [api.run(one).tags for one in "ab"] == [["한국어"], ["한국어"]]


@pytest.mark.parametrize(("what", "field"), [("group", "group"), ("rename", "name"), ("notes", "notes")])
def test_texts_are_set(api: nbtrack.Api, what: Any, field: str) -> None:
    assert act(api.catalog, ["a", "b"], what, "new 🚀") == (2, [])
    assert [getattr(api.run(one), field) for one in "ab"] == ["new 🚀", "new 🚀"]
    assert act(api.catalog, ["a"], what, "") == (1, [])
    assert getattr(api.run("a"), field) == ""


def test_runs_are_deleted_and_brought_back(api: nbtrack.Api) -> None:
    assert act(api.catalog, ["a", "b"], "delete") == (2, [])
    assert len(nbtrack.Api().runs("digits")) == 0
    assert act(api.catalog, ["a", "b"], "undelete") == (2, [])
    assert len(nbtrack.Api().runs("digits")) == 2


def test_what_could_not_be_done_is_said_and_the_rest_is_done(api: nbtrack.Api) -> None:
    done, failed = act(api.catalog, ["a", "nowhere"], "notes", "x")
    assert (done, failed) == (1, ["run 'nowhere' is not in the store"])
    done, failed = act(api.catalog, ["a"], "stop")
    assert done == 0
    assert failed == [f"run {api.run('a').name!r} does not run: it is finished"]
    with pytest.raises(UsageError, match="does not run: it is finished"):
        api.run("a").stop()


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("tag", []),
        ("tag", ["x" * 65]),
        ("tag", [3]),
        ("notes", None),
        ("delete", "x"),
        ("stop", 1),
        ("fly", None),
    ],
)
def test_an_act_that_means_nothing_is_refused(api: nbtrack.Api, what: Any, value: object) -> None:
    with pytest.raises(UsageError):
        act(api.catalog, ["a"], what, value)


# ---- stopping ---------------------------------------------------------------------------------------------


Test = TypeVar("Test", bound="Callable[..., None]")


def alone(test: Test) -> Test:
    """Run a test in a process of its own.

    The thread that hears of a stop is one for the whole process: it serves what other tests have left to it.
    """

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        if os.environ.get(_ALONE):
            test(*args, **kwargs)
            return
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        done = subprocess.run(
            [*command, f"{__file__}::{test.__name__}"],
            env={**os.environ, _ALONE: "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run  # type: ignore[return-value]


_ALONE = "NBTRACK_TEST_ALONE"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the syncer look up often."""
    monkeypatch.setattr(syncer, "SYNC_AFTER", 0.05)


def log_until_stopped(run: Any) -> int:
    logged = 0
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            run.log({"loss": 0.5})
            logged += 1
        except Exception as error:  # what ordinary loops do
            pytest.fail(f"caught as an ordinary error: {error!r}")
        time.sleep(0.001)
    return pytest.fail("it was never stopped")


@alone
def test_a_live_run_is_stopped_by_its_next_log(quick: None) -> None:
    run = nbtrack.init(project="digits", id="live")
    run.log({"loss": 1.0})
    recorded = nbtrack.Api().run("live")
    recorded.stop()
    with pytest.raises(nbtrack.RunStopped, match=r"was stopped from elsewhere. It is finished") as stopped:
        log_until_stopped(run)
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert recorded.load(force=True).state == "finished"
    assert recorded.metadata["stop"] <= time.time()
    assert nbtrack.run is None
    for _ in range(2):  # whoever goes on hears it again
        with pytest.raises(nbtrack.RunStopped):
            run.log({"loss": 1.0})


@alone
def test_what_was_logged_before_is_kept(quick: None) -> None:
    run = nbtrack.init(project="digits", id="live")
    run.log({"loss": 1.0, "picture": nbtrack.Histogram([1, 2, 3])})
    nbtrack.Api().run("live").stop()
    with pytest.raises(nbtrack.RunStopped), run:
        log_until_stopped(run)
    recorded = nbtrack.Api().run("live")
    assert recorded.state == "finished"
    assert recorded.lastHistoryStep == run.step - 1
    assert recorded.history_keys["keys"]["loss"]["count"] == run.step


@alone
def test_a_stopped_run_can_go_on(quick: None) -> None:
    run = nbtrack.init(project="digits", id="live")
    nbtrack.Api().run("live").stop()
    with pytest.raises(nbtrack.RunStopped):
        log_until_stopped(run)
    again = nbtrack.init(project="digits", id="live", resume="must")
    watch = next(w for w in syncer.syncer._watched if isinstance(w, stopping.StopWatch))
    again.log({"loss": 0.1})
    watch.tick(beat=True)
    again.log({"loss": 0.05})
    again.finish()
    assert nbtrack.Api().run("live").summary["loss"] == 0.05


@alone
def test_other_edits_stop_nothing_and_other_runs_go_on(quick: None) -> None:
    run = nbtrack.init(project="digits", id="live")
    other = nbtrack.init(project="digits", id="other", reinit="create_new")
    api = nbtrack.Api()
    act(api.catalog, ["live", "other"], "tag", ["x"])
    act(api.catalog, ["live", "other"], "notes", "y")
    act(api.catalog, ["other"], "stop")
    with pytest.raises(nbtrack.RunStopped):
        log_until_stopped(other)
    run.log({"loss": 1.0})
    run.finish()
    assert api.run("live").tags == ["x"]


@alone
def test_watching_ends_with_the_run() -> None:
    run = nbtrack.init(project="digits", id="live")
    assert any(isinstance(w, stopping.StopWatch) for w in syncer.syncer._watched)
    run.finish()
    assert not any(isinstance(w, stopping.StopWatch) for w in syncer.syncer._watched)


def test_a_disabled_run_cannot_be_stopped_and_does_not_mind() -> None:
    with nbtrack.init(mode="disabled") as run:
        run.log({"loss": 1.0})


LOOP = """
import sys, time
import nbtrack
from nbtrack.store import syncer
syncer.SYNC_AFTER = 0.05
run = nbtrack.init(project="digits", id="elsewhere")
print("begun", flush=True)
end = time.monotonic() + 60
try:
    while time.monotonic() < end:
        try:
            run.log({"loss": 0.5, "n": 1})
        except Exception:
            print("swallowed", flush=True)
        time.sleep(0.001)
except KeyboardInterrupt:
    print("saved a checkpoint", flush=True)
    raise
"""


@pytest.fixture
def elsewhere(store_dir: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", LOOP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_another_process_is_stopped(elsewhere: subprocess.Popen[str]) -> None:
    assert elsewhere.stdout is not None
    assert elsewhere.stdout.readline() == "begun\n"
    api = nbtrack.Api()
    assert act(api.catalog, ["elsewhere"], "stop") == (1, [])
    out, err = elsewhere.communicate(timeout=60)
    assert out == "saved a checkpoint\n"
    assert "nbtrack.errors.RunStopped: run" in err
    assert elsewhere.returncode != 0
    assert api.run("elsewhere").state == "finished"


def test_a_notebook_shows_one_line() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown: list[list[str]] = []
    shell._showtraceback = lambda etype, value, lines: shown.append(lines)
    result = shell.run_cell("import nbtrack\nraise nbtrack.RunStopped('run x was stopped')")
    assert isinstance(result.error_in_exec, nbtrack.RunStopped)
    assert shown == [["RunStopped: run x was stopped"]]
