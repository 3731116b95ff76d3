"""`init(resume_from=...)`: the run goes back to a step, for everybody who reads it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.store.tidy import tidy

from .conftest import points


def record(steps, run_id="r1", *, offset=0, **options):
    run = nbtrack.init(id=run_id, project="p", **options)
    for i in steps:
        run.log({"a": i + offset, "text": f"t{i + offset}"}, step=i)
    run.finish()
    return run


def go_back(step, run_id="r1", **options):
    return nbtrack.init(resume_from=f"{run_id}?_step={step}", **options)


def steps_of(rows):
    return [row["_step"] for row in rows]


def test_the_run_goes_on_after_the_step_that_it_went_back_to(read):
    record(range(6), config={"lr": 1})
    run = go_back(2, config={"batch": 8})
    assert (run.id, run.step, run.starting_step, run.resumed) == ("r1", 3, 3, True)
    assert run.config.as_dict() == {"lr": 1, "batch": 8}
    assert read(run).last_step == 2
    assert run.summary["a"] == 2
    run.log({"a": 30})
    run.log({"a": 40})
    assert run.late_rows == 0
    assert points(read(run), "a") == {0: 0, 1: 1, 2: 2, 3: 30, 4: 40}
    assert run.summary["a"] == 40
    assert run.summary["text"] == "t2"


def test_a_row_of_an_earlier_step_is_late_and_kept(read):
    record(range(6))
    run = go_back(3)
    with pytest.warns(nbtrack.errors.NbtrackWarning, match="comes after step 4"):
        run.log({"b": 1}, step=1)
    assert run.late_rows == 1
    assert points(read(run), "b") == {1: 1}


def test_going_back_to_the_last_step_takes_nothing_away(read):
    record(range(3))
    run = go_back(2)
    assert run.step == 3
    assert "rewound" not in read(run).meta.other
    run.finish()
    ahead = go_back(9)
    ahead.log({"a": 1})
    assert list(points(read(ahead), "a")) == [0, 1, 2, 10]


def test_going_back_again_and_again(read):
    record(range(10))
    run = go_back(4)
    for i in range(5, 20):
        run.log({"a": 100 + i})
    run.finish()
    run = go_back(14)
    run.log({"a": 215})
    expected = {i: i for i in range(5)} | {i: 100 + i for i in range(5, 15)} | {15: 215}
    assert points(read(run), "a") == expected
    run.finish()
    run = go_back(1)
    assert points(read(run), "a") == {0: 0, 1: 1}
    assert run.summary["a"] == 1


def test_a_resume_goes_on_from_where_it_went_back_to():
    record(range(6))
    go_back(2).finish()
    run = nbtrack.init(id="r1", resume="must")
    assert run.step == 3


def test_what_was_opened_before_follows(read):
    first = record(range(6))
    api = nbtrack.Api()
    there = api.run("p/r1")
    assert len(there.history(pandas=False)) == 6
    seen = read(first)
    run = go_back(2)
    run.log({"a": 30})
    assert first.summary["a"] == 30
    seen.refresh()
    assert list(points(seen, "a")) == [0, 1, 2, 3]
    assert steps_of(there.scan_history()) == [0, 1, 2, 3]
    assert steps_of(there.history(pandas=False)) == [0, 1, 2, 3]
    assert steps_of(api.run("p/r1").scan_history(keys=["text"])) == [0, 1, 2]
    assert api.run("p/r1").lastHistoryStep == 3


def test_the_runtime_goes_on_from_there(read):
    run = nbtrack.init(id="r1")
    for i in range(3):  # by a clock that is ahead of the one of the next process, at that
        run.journal.rows(i, run.start_time + 1000.0 * i, ("a",), "f", (i,))
    run.finish()
    run = go_back(1)
    run.log({"a": 5, "text": "x"})
    assert points(read(run), "a") == {0: 0, 1: 1, 2: 5}
    assert [row.step for row in read(run).objects("text")] == [2]
    assert 1000 <= points(read(run), "_runtime")[2] < 2000


def test_a_step_metric_goes_on_from_what_is_left(read):
    run = nbtrack.init(id="r1")
    run.define_metric("val", step_metric="epoch", summary="max")
    for i in range(4):
        run.log({"epoch": i, "val": 10 * i})
    run.finish()
    run = go_back(1)
    assert run.summary["val"] == {"max": 10}
    run.log({"val": 3})
    assert points(read(run), "epoch")[2] == 1
    assert run.summary["val"] == {"max": 10}


def test_edits_of_the_summary_stay_if_they_were_made_before_the_first_row_that_goes():
    run = nbtrack.init(id="r1")
    run.log({"a": 0})
    run.summary["best"] = 0.5
    run.log({"a": 1})
    run.summary["best"] = 0.9
    run.summary["final"] = True
    run.finish()
    run = go_back(0)
    assert run.summary.as_dict() == {"a": 0, "best": 0.5}
    run.summary["final"] = False
    assert run.summary["final"] is False


def test_lists_of_media(read):
    image = np.zeros((8, 8, 3), np.uint8)
    run = nbtrack.init(id="r1")
    for i in range(3):
        run.log(
            {
                "images": [nbtrack.Image(image + i) for _ in range(4)],
                "big": nbtrack.Image(np.tile(image, (20, 20, 1))),
            }
        )
    run.finish()
    run = go_back(0)
    assert {row.step for row in read(run).objects()} == {0}
    run.log({"images": [nbtrack.Image(image + 9)]})
    run.finish()
    rows = read(run).objects("images")
    assert [(row.step, row.idx) for row in rows] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert not [row for row in rows if row.pending]
    assert [row.step for row in read(run).objects("big")] == [0]


def test_sealed_before_and_after(read):
    first = record(range(6))
    store = first.store
    assert tidy(store, ["r1"], min_bytes=0).sealed == 1
    run = go_back(2)
    run.log({"a": 30})
    run.finish()
    live = {key: points(read(run), key) for key in ("a", "_timestamp", "_runtime")}
    assert live["a"] == {0: 0, 1: 1, 2: 2, 3: 30}
    assert tidy(store, ["r1"], min_bytes=0).sealed == 1
    assert not list(run._run_dir.glob("*.nbl"))
    assert {key: points(read(run), key) for key in live} == live
    run = go_back(1)
    assert points(read(run), "a") == {0: 0, 1: 1}
    assert run.summary["text"] == "t1"


def test_system_metrics_and_console_output_stay(read):
    run = nbtrack.init(id="r1")
    for i in range(3):
        run.log({"a": i})
    run.write_logs("said\n")
    run.journal.rows(5_000, 1e9, ("_sys/cpu",), "f", (0.5,))
    run.finish()
    run = go_back(0)
    reader = read(run)
    assert points(reader, "_sys/cpu") == {5_000: 0.5}
    assert "said\n" in "".join(line.text for line in reader.console())


def test_the_lists_of_runs_agree():
    record(range(6))
    record(range(6), "r2")
    api = nbtrack.Api()
    late = {"summary_metrics.a": {"$gt": 4}}
    assert {run.id for run in api.runs("p", late)} == {"r1", "r2"}
    go_back(2).finish()
    api.flush()
    assert {run.id for run in api.runs("p", late)} == {"r2"}
    (run,) = api.runs("p", {"summary_metrics.a": 2})
    assert run.summary["a"] == api.run("p/r1").summary["a"] == 2


def test_a_fork_takes_only_what_is_left(read):
    record(range(6))
    go_back(2).finish()
    child = nbtrack.init(fork_from="r1?_step=5", id="c1")
    assert list(points(read(child), "a")) == [0, 1, 2]


def test_a_run_that_somebody_still_writes_to(read):
    old = nbtrack.init(id="r1", reinit="create_new")
    for i in range(4):
        old.log({"a": i})
    new = go_back(1, reinit="create_new")
    old.log({"b": 4})
    new.log({"a": 20})
    assert points(read(new), "a") == {0: 0, 1: 1, 2: 20}
    assert points(read(new), "b") == {4: 4}


def test_another_process_and_sigkill(store_dir):
    """Killed with the rewind written and nothing after it, and once more with a row after it."""
    record(range(6))
    reader = RunReader(Store.open(store_dir), "r1")
    for row, expected in (("", {0: 0, 1: 1, 2: 2}), ("run.log({'a': 30})", {0: 0, 1: 1, 2: 30})):
        back = 2 if not row else 1
        start = f"import nbtrack, os\nrun = nbtrack.init(resume_from='r1?_step={back}')\n"
        script = [sys.executable, "-c", f"{start}{row}\nos.kill(os.getpid(), 9)"]
        env = {**os.environ, "PYTHONPATH": str(Path(nbtrack.__file__).parents[1])}
        assert subprocess.run(script, env=env, check=False).returncode == -signal.SIGKILL
        reader.refresh()
        assert points(reader, "a") == expected
        assert points(RunReader(reader.store, "r1"), "a") == expected
    tidy(reader.store, ["r1"], min_bytes=0)
    assert not list(reader.run_dir.glob("*.nbl"))
    assert points(RunReader(reader.store, "r1"), "a") == expected
