"""How runs end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import RunFinishedError
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import hooks, term
from nbtrack.tracking.footer import sparkline

ROOT = Path(nbtrack.__file__).parents[1]


def script(code, *, check=True, **env):
    return subprocess.run(
        [sys.executable, "-c", "import nbtrack, sys, os\n" + code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=check,
    )


def state(run_id="r1"):
    reader = RunReader(Store.open(), run_id)
    reader.refresh()
    return reader.state(), reader.meta.exit_code


def test_finish_twice_is_harmless(run):
    run.log({"a": 1})
    run.finish()
    run.finish(exit_code=3)
    assert run.status() == "finished"
    assert run.exit_code == 0
    assert nbtrack.run is None


def test_an_exit_code_means_failed(run, read):
    run.finish(exit_code=2)
    assert read(run).state() == "failed"
    assert read(run).meta.exit_code == 2


def test_join_is_the_old_name(run):
    run.join()
    assert run.status() == "finished"


def test_with_block(read):
    with nbtrack.init() as run:
        run.log({"a": 1})
    assert read(run).state() == "finished"


def test_with_block_that_raises_fails_and_lets_the_error_through(read):
    run = nbtrack.init()
    run.log({"a": 1})
    with pytest.raises(ZeroDivisionError), run:
        raise ZeroDivisionError
    assert read(run).state() == "failed"
    assert read(run).summary()["a"] == 1


@pytest.mark.parametrize(
    ("code", "expected"), [(0, "finished"), (None, "finished"), (3, "failed"), ("text", "failed")]
)
def test_with_block_that_exits(read, code, expected):
    run = nbtrack.init()
    with pytest.raises(SystemExit), run:
        sys.exit(code)
    assert read(run).state() == expected


WRITES = {
    "log": lambda run: run.log({"a": 1}),
    "config": lambda run: run.config.update({"a": 1}),
    "summary": lambda run: run.summary.update({"a": 1}),
    "define_metric": lambda run: run.define_metric("a"),
    "alert": lambda run: run.alert("title", "text"),
    "save": lambda run: run.save("x"),
    "name": lambda run: setattr(run, "name", "x"),
    "log_code": lambda run: run.log_code(),
    "mark_preempting": lambda run: run.mark_preempting(),
    "write_logs": lambda run: run.write_logs("x"),
}


@pytest.mark.parametrize("write", WRITES)
def test_every_write_after_finish_names_the_run(run, write):
    run.finish()
    with pytest.raises(RunFinishedError, match=rf"{run.name}.*resume"):
        WRITES[write](run)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("", ("finished", 0)),
        ("sys.exit(0)", ("finished", 0)),
        ("sys.exit(3)", ("failed", 3)),
        ("sys.exit('bad')", ("failed", 1)),
        ("raise ValueError('x')", ("failed", 1)),
        ("run.finish(); sys.exit(3)", ("finished", 0)),
    ],
)
def test_the_end_of_the_process_finishes_the_run(ending, expected):
    done = script(f"run = nbtrack.init(id='r1'); run.log({{'a': 1}})\n{ending}", check=False)
    assert state() == expected, done.stderr
    if "ValueError" in ending:
        assert "ValueError: x" in done.stderr


def test_runs_that_nobody_holds_are_finished_too():
    script(
        "for i in ('r1', 'r2'): nbtrack.init(id=i, reinit='create_new').log({'a': 1})\nimport gc; gc.collect()"
    )
    assert state("r1") == state("r2") == ("finished", 0)


def test_a_process_that_is_killed_leaves_a_crashed_run():
    script("run = nbtrack.init(id='r1'); run.log({'a': 1}); os.kill(os.getpid(), 9)", check=False)
    assert state() == ("crashed", None)


def test_the_closing_lines(capsys, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    run = nbtrack.init(project="p", name="n", id="i")
    run.define_metric("secret", hidden=True)
    for i in range(50):
        run.log({"loss": 1 / (i + 1), "acc": i, "text": "x", "secret": 1})
    run.summary["best"] = True
    run.finish()
    said = capsys.readouterr().err
    assert all(line.startswith("nbtrack: ") for line in said.splitlines())
    assert "Run history:" in said
    assert "acc ▁" in said
    assert "loss █" in said
    assert "loss 0.02" in said
    assert "best True" in said
    assert "text x" in said
    assert "secret" not in said.split("Run summary")[0]
    assert "Run n (p/i) finished after 50 steps; kept in store" in said


def test_the_closing_lines_are_few(capsys, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    run = nbtrack.init()
    for _ in range(2):
        run.log({f"k{i}": i for i in range(30)})
    run.finish()
    assert len(capsys.readouterr().err.splitlines()) == 1 + 10 + 1 + 10 + 1 + 1


@pytest.mark.parametrize("how", ["silent", "quiet", "argument"])
def test_the_closing_lines_can_be_left_out(capsys, monkeypatch, how):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    run = nbtrack.init(settings={how: True} if how != "argument" else None)
    run.log({"a": 1})
    run.finish(quiet=how == "argument" or None)
    assert capsys.readouterr().err == ""


def test_sparkline():
    assert sparkline([1, 2, 3, 4]) == "▁▃▆█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([float("nan"), 1, float("inf"), 2]) == " ▁ █"
    assert sparkline([]) == ""
    assert len(sparkline(range(1000))) == 40


def test_hooks_are_called_and_a_broken_one_is_dropped(capsys, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "off")
    seen = []

    def broken(run):
        seen.append("broken")
        raise RuntimeError("display code")

    def started(run):
        seen.append(("started", run.id))

    def finished(run):
        seen.append(("finished", run.status()))

    hooks.add(hooks.run_started, broken)
    hooks.add(hooks.run_started, started)
    hooks.add(hooks.run_started, started)
    hooks.add(hooks.run_finished, finished)
    try:
        for run_id in "ab":
            nbtrack.init(id=run_id).finish(quiet=True)
    finally:
        hooks.remove(hooks.run_started, broken)
        hooks.remove(hooks.run_started, started)
        hooks.remove(hooks.run_finished, finished)
    assert seen == [
        "broken",
        ("started", "a"),
        ("finished", "finished"),
        ("started", "b"),
        ("finished", "finished"),
    ]
    assert capsys.readouterr().err.count("display code") == 1


def test_term_lines(capsys):
    term.configure(silent=False)
    nbtrack.termlog("one\ntwo")
    nbtrack.termwarn("three", repeat=False)
    nbtrack.termwarn("three", repeat=False)
    nbtrack.termerror("four", newline=False)
    assert capsys.readouterr().err == (
        "nbtrack: one\nnbtrack: two\nnbtrack: WARNING three\nnbtrack: ERROR four"
    )
    term.configure(silent=False, quiet=True)
    nbtrack.termlog("hidden")
    nbtrack.termwarn("shown")
    assert capsys.readouterr().err == "nbtrack: WARNING shown\n"
    term.configure(silent=True)
    nbtrack.termerror("hidden")
    assert capsys.readouterr().err == ""


def test_a_closed_stderr_does_not_end_the_run(run, monkeypatch):
    class Closed:
        def write(self, text):
            raise ValueError("I/O operation on closed file")

    term.configure(silent=False)
    monkeypatch.setattr(sys, "stderr", Closed())
    run.finish()
    monkeypatch.setattr(sys, "stderr", None)
    nbtrack.init().finish()
    assert run.status() == "finished"
