"""Steps and commits; what becomes of a row."""

from __future__ import annotations

import math
import threading
import warnings
from collections import OrderedDict
from types import MappingProxyType

import numpy as np
import pytest

import nbtrack
from nbtrack import NbtrackWarning
from nbtrack.errors import LogTypeError, LogValueError, RunFinishedError
from tests.tracking.conftest import points


def test_each_log_is_a_step_of_its_own(run, read):
    for i in range(3):
        run.log({"loss": i / 2})
    assert points(read(run), "loss") == {0: 0.0, 1: 0.5, 2: 1.0}
    assert run.step == 3


def test_what_is_logged_is_on_disk_when_log_returns(run, read):
    run.log({"a": 1, "b": "text"})
    reader = read(run)
    assert points(reader, "a") == {0: 1}
    assert [row.meta for row in reader.objects("b")] == [{"value": "text"}]


def test_commit_false_stays_in_the_row(run, read):
    run.log({"a": 1}, commit=False)
    assert run.step == 0
    run.log({"b": 2})
    assert run.step == 1
    assert points(read(run), "a") == points(read(run), "b") | {0: 1.0}


def test_empty_dict_commits_the_open_row(run):
    run.log({"a": 1}, commit=False)
    run.log({})
    assert run.step == 1


def test_explicit_step_stays_open_and_merges(run, read):
    run.log({"a": 1}, step=5)
    run.log({"b": 2}, step=5)
    assert run.step == 5
    run.log({"c": 3})
    assert run.step == 6
    reader = read(run)
    assert [points(reader, key) for key in "abc"] == [{5: 1}, {5: 2}, {5: 3}]


def test_explicit_step_with_commit_moves_on(run):
    run.log({"a": 1}, step=7, commit=True)
    assert run.step == 8


def test_the_later_value_wins_inside_one_row(run, read):
    run.log({"a": 1}, step=3)
    run.log({"a": 2}, step=3)
    assert points(read(run), "a") == {3: 2}


def test_a_late_row_is_kept_and_said_once(run, read):
    run.log({"loss": 1.0}, step=10)
    with pytest.warns(NbtrackWarning, match=r"step=4.*'val/acc'.*after step 10.*kept") as said:
        run.log({"val/acc": 0.5}, step=4)
    assert len(said) == 1
    assert said[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.log({"val/acc": 0.6}, step=5)
        run.log({"val/text": "late"}, step=6)
    assert run.late_rows == 3
    assert run.step == 10
    assert points(read(run), "val/acc") == {4: 0.5, 5: 0.6}


def test_a_late_commit_does_not_move_the_step_back(run):
    run.log({"a": 1}, step=10)
    with pytest.warns(NbtrackWarning, match="step=2"):
        run.log({"a": 1}, step=2, commit=True)
    assert run.step == 10


@pytest.mark.parametrize("step", [2.0, np.int64(2), np.uint8(2), np.array(2), np.float32(2)])
def test_integral_steps_of_any_type_are_accepted(run, read, step):
    run.log({"a": 1}, step=step)
    assert points(read(run), "a") == {2: 1}


@pytest.mark.parametrize("step", [1.5, "3", math.nan, True, [1], np.float64(0.5), 1j])
def test_steps_that_are_no_integers_are_type_errors(run, step):
    with pytest.raises(LogTypeError, match="step"):
        run.log({"a": 1}, step=step)
    assert run.step == 0


@pytest.mark.parametrize("step", [-1, -(2**63), 2**63 - 1, 2**70, -3.0])
def test_steps_out_of_range_are_value_errors(run, step):
    with pytest.raises(LogValueError, match="step"):
        run.log({"a": 1}, step=step)


def test_the_largest_step_can_be_written(run, read):
    run.log({"a": 1}, step=2**63 - 2)
    assert points(read(run), "a") == {2**63 - 2: 1}


@pytest.mark.parametrize("data", [[("a", 1)], "a", 3, None, {1, 2}])
def test_data_must_be_a_dictionary(run, data):
    with pytest.raises(TypeError, match="must be passed a dictionary"):
        run.log(data)


@pytest.mark.parametrize("data", [OrderedDict(a=1), MappingProxyType({"a": 1})])
def test_any_mapping_is_a_dictionary(run, read, data):
    run.log(data)
    assert points(read(run), "a") == {0: 1}


def test_keys_must_be_strings_and_the_others_are_kept(run, read):
    with pytest.raises(TypeError, match=r"Key values passed to .* must be strings.*int \(3\)"):
        run.log({"good": 1, 3: 2})
    assert points(read(run), "good") == {0: 1}


def test_a_bad_value_names_its_key_and_costs_no_other(run, read):
    with pytest.raises(TypeError, match=r"'bad' holds a .*object.*accepted are numbers"):
        run.log({"before": 1, "bad": object(), "after": "x"})
    reader = read(run)
    assert points(reader, "before") == {0: 1}
    assert len(reader.objects("after")) == 1
    assert run.step == 1


def test_bad_values_may_only_warn(read):
    run = nbtrack.init(settings={"bad_values": "warn"})
    with pytest.warns(NbtrackWarning, match="'bad'"):
        run.log({"good": 1, "bad": object()})
    assert points(read(run), "good") == {0: 1}


def test_every_bad_value_of_a_call_is_named(run):
    with pytest.warns(NbtrackWarning, match="'second'"), pytest.raises(LogTypeError, match="'first'"):
        run.log({"first": object(), "second": object()})


def test_the_callers_dicts_are_not_changed(run):
    inner = {"b": np.float32(1), "c": {"d": [1, 2]}}
    data = {"a": inner, "_step": 3}
    run.log(data)
    assert data == {"a": {"b": np.float32(1), "c": {"d": [1, 2]}}, "_step": 3}
    assert data["a"] is inner


def test_a_key_may_change_its_type_over_time(run, read):
    run.log({"k": 1})
    run.log({"k": "text"})
    run.log({"k": 2.5})
    run.log({"k": None})
    reader = read(run)
    assert points(reader, "k") == {0: 1, 2: 2.5}
    assert [row.meta["value"] for row in reader.objects("k")] == ["text", None]


def test_own_step_and_runtime_are_discarded_and_timestamp_is_kept(run, read):
    run.log({"a": 1, "_step": 99, "_runtime": 5, "_cell": 3, "_timestamp": 1_000_000.5})
    reader = read(run)
    assert points(reader, "a") == {0: 1}
    assert points(reader, "_timestamp") == {0: 1_000_000.5}


def test_a_timestamp_must_be_a_number(run, read):
    with pytest.raises(LogTypeError, match="_timestamp"):
        run.log({"a": 1, "_timestamp": "now"})
    assert points(read(run), "a") == {0: 1}


def test_system_prefix_is_refused(run):
    with pytest.raises(LogValueError, match="_sys/"):
        run.log({"_sys/cpu": 1})


def test_other_private_keys_are_kept(run, read):
    run.log({"_mine": 1})
    assert points(read(run), "_mine") == {0: 1}


@pytest.mark.parametrize("key", ["x" * 1025, "", "a\nb", "a\x00", "\x7f", "\x85", "a\ud800"])
def test_unusable_keys_are_value_errors(run, read, key):
    with pytest.raises(LogValueError, match="key"):
        run.log({key: 1, "good": 2})
    assert points(read(run), "good") == {0: 2}


@pytest.mark.parametrize("key", ["x" * 1024, "한글/키", "a b", "loss\u3000x", "🙂", "a.b/c:d", "\u202eabc"])
def test_unicode_keys_are_fine(run, read, key):
    run.log({key: 1})
    assert points(read(run), key) == {0: 1}


def test_many_different_key_sets_are_all_kept(run, read):
    for i in range(3000):
        run.log({f"k{i % 1500}": i})
    reader = read(run)
    assert len(reader.keys()) == 1500
    assert points(reader, "k7") == {7: 7, 1507: 1507}


def test_threads_lose_nothing_and_share_no_step(run, read):
    def work(name):
        for i in range(200):
            run.log({name: i})

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = read(run)
    seen = [list(points(reader, f"t{n}").values()) for n in range(4)]
    assert seen == [[float(i) for i in range(200)]] * 4
    assert run.step == 800


def test_log_after_finish_names_the_run(run):
    run.log({"a": 1})
    run.finish()
    for data in ({"a": 1}, {"b": "x"}):
        with pytest.raises(RunFinishedError, match=run.name):
            run.log(data)


def test_sync_argument_of_old_wandb_is_accepted(run, read):
    run.log({"a": 1}, sync=False)
    assert points(read(run), "a") == {0: 1}
