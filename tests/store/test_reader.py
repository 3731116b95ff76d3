from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import NotFoundError
from nbtrack.store import frames
from nbtrack.store.layout import Store
from nbtrack.store.model import CellExecution, Pending, SpoolRef
from nbtrack.store.reader import RunReader
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from pathlib import Path

NAN = float("nan")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def points(reader: RunReader, key: str) -> list[tuple[int, float]]:
    series = reader.series(key)
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def test_unknown_run_is_named(store: Store) -> None:
    with pytest.raises(NotFoundError, match="'nope'"):
        RunReader(store, "nope")


def test_rows_become_series(store: Store) -> None:
    Log(store).row(0, 1, "fi", loss=0.5, n=3).row(1, 2, "fi", loss=0.25, n=4).row(5, 3, loss=NAN)
    reader = RunReader(store, "r")
    series = reader.series("loss")
    assert series.steps.tolist() == [0, 1, 5]
    np.testing.assert_array_equal(series.values, [0.5, 0.25, NAN])
    info = reader.keys()["loss"]
    assert (info.n, info.first_step, info.last_step, info.min, info.max) == (3, 0, 5, 0.25, 0.5)
    assert np.isnan(info.last)
    assert reader.keys()["n"].dtype == "i"
    assert reader.last_step == 5


def test_empty_run_has_nothing(store: Store) -> None:
    Log(store)
    reader = RunReader(store, "r")
    assert reader.last_step == -1
    assert reader.keys() == {}
    assert reader.summary() == {}
    assert len(reader.series("loss").steps) == 0


def test_window_of_a_series_includes_both_ends(store: Store) -> None:
    log = Log(store)
    for step in range(10):
        log.row(step, step, loss=step)
    reader = RunReader(store, "r")
    assert reader.series("loss", 3, 5).steps.tolist() == [3, 4, 5]
    assert reader.series("loss", 8).steps.tolist() == [8, 9]
    assert reader.series("loss", None, 0).steps.tolist() == [0]


def test_refresh_reads_only_what_was_added(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    reader = RunReader(store, "r")
    read: list[int] = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, n, at: read.append(n) or pread(fd, n, at))
    assert not reader.refresh()
    assert read == []
    before = log.path.stat().st_size
    log.row(1, 2, loss=2.0)
    revision = reader.revision
    assert reader.refresh()
    assert reader.revision > revision
    assert read == [log.path.stat().st_size - before]
    assert points(reader, "loss") == [(0, 1.0), (1, 2.0)]


def test_changed_since_names_numeric_keys(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0, acc=0.1)
    reader = RunReader(store, "r")
    revision = reader.revision
    log.row(1, 2, loss=2.0)
    reader.refresh()
    assert reader.changed_since(revision) == {"loss", "_timestamp", "_runtime"}
    assert reader.changed_since(reader.revision) == set()
    assert "acc" in reader.changed_since(0)


def test_late_step_joins_its_place_and_bumps_the_epoch(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0).row(2, 2, loss=3.0)
    reader = RunReader(store, "r")
    held = reader.series("loss")
    log.row(3, 3, loss=4.0)
    reader.refresh()
    assert reader.series("loss").epoch == held.epoch
    log.row(1, 4, loss=2.0)
    reader.refresh()
    assert points(reader, "loss") == [(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]
    assert reader.series("loss").epoch > held.epoch
    assert reader.last_step == 3
    assert held.values.tolist() == [1.0, 3.0]  # what was handed out stays


def test_writing_a_step_again_replaces_it(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0, acc=0.5)
    reader = RunReader(store, "r")
    held = reader.series("loss")
    log.row(0, 2, loss=9.0)
    reader.refresh()
    assert points(reader, "loss") == [(0, 9.0)]
    assert points(reader, "acc") == [(0, 0.5)]
    assert reader.series("loss").epoch > held.epoch
    assert held.values.tolist() == [1.0]


def test_several_logs_of_one_step_do_not_make_the_timestamps_a_new_series(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    reader = RunReader(store, "r")
    epoch = reader.series("_timestamp").epoch
    log.row(0, 2, acc=1.0)
    reader.refresh()
    assert points(reader, "_timestamp") == [(0, START + 2)]
    assert reader.series("_timestamp").epoch == epoch


def test_of_two_writers_the_later_time_wins(store: Store) -> None:
    Log(store, writer="aaaaaaaaaa").row(0, 5, loss=5.0).row(1, 6, loss=6.0)
    Log(store, writer="bbbbbbbbbb").row(0, 4, loss=4.0).row(1, 7, loss=7.0).row(2, 8, loss=8.0)
    assert points(RunReader(store, "r"), "loss") == [(0, 5.0), (1, 7.0), (2, 8.0)]


def test_order_inside_a_writer_is_the_order_of_its_file_even_if_the_clock_is_set_back(store: Store) -> None:
    log = Log(store).row(0, 100, loss=1.0)
    reader = RunReader(store, "r")
    log.row(0, 40, loss=2.0)
    reader.refresh()
    assert points(reader, "loss") == [(0, 2.0)]
    assert points(RunReader(store, "r"), "loss") == [(0, 2.0)]


def test_time_running_time_and_cell_are_derived(store: Store) -> None:
    cell = CellExecution(77, "c", 3, START, "0" * 64)
    log = Log(store, started=1.0, offset=10.0).row(0, 2, loss=1.0).cell(cell).row(1, 4, loss=1.0)
    log.cell(None).row(2, 5, loss=1.0)
    reader = RunReader(store, "r")
    assert points(reader, "_timestamp") == [(0, START + 2), (1, START + 4), (2, START + 5)]
    assert points(reader, "_runtime") == [(0, 11.0), (1, 13.0), (2, 14.0)]
    assert points(reader, "_cell") == [(1, 77.0)]
    assert reader.cells() == [cell]
    assert "_timestamp" not in set(reader.keys())
    assert reader.keys(internal=True)["_timestamp"].n == 3


def test_a_logged_timestamp_is_kept(store: Store) -> None:
    Log(store).named(0, 2, {"loss": 1.0, "_timestamp": 5.0})
    reader = RunReader(store, "r")
    assert points(reader, "_timestamp") == [(0, 5.0)]
    assert points(reader, "_runtime") == [(0, 2.0)]


def test_system_rows_stand_apart(store: Store) -> None:
    log = Log(store).row(3, 1, loss=1.0)
    log.named(90_000, 90, {"_sys/cpu": 50.0})
    reader = RunReader(store, "r")
    assert reader.last_step == 3
    assert points(reader, "_timestamp") == [(3, START + 1)]
    assert points(reader, "_sys/cpu") == [(90_000, 50.0)]
    assert set(reader.keys()) == {"loss"}
    assert "_sys/cpu" not in reader.summary()


def test_each_log_names_the_cell_anew(store: Store) -> None:
    log = Log(store).cell(CellExecution(7, "c", 1, START, "0" * 64)).row(0, 1, loss=1.0)
    log.rotate(2).row(1, 3, loss=2.0)
    log.rotate(4).cell(CellExecution(7, "c", 1, START, "0" * 64)).row(2, 5, loss=3.0)
    assert points(RunReader(store, "r"), "_cell") == [(0, 7.0), (2, 7.0)]


# ---- objects ----------------------------------------------------------------------------------------------


def picture(seq: int = 0) -> Pending:
    return Pending("png", {"mode": "RGB"}, SpoolRef("x.spool", 0, 10, seq))


def test_object_counts_as_a_step(store: Store) -> None:
    Log(store).obj(4, 2, "note", {"value": "hi"})
    reader = RunReader(store, "r")
    assert reader.last_step == 4
    assert points(reader, "_timestamp") == [(4, START + 2)]
    assert reader.keys()["note"].kinds == {"json"}
    (row,) = reader.objects("note")
    assert (row.step, row.meta) == (4, {"value": "hi"})


def test_encoded_object_replaces_its_pending_self_and_keeps_its_cell(store: Store) -> None:
    log = Log(store).cell(CellExecution(1, "c", 1, START, "0" * 64))
    log.obj(0, 1, "x", {"width": 2}, kind="image-file", pending=picture())
    reader = RunReader(store, "r")
    revision = reader.revision
    assert reader.objects()[0].pending == picture()
    log.cell(CellExecution(2, "c", 2, START, "0" * 64)).row(1, 2, loss=1.0)
    log.obj(0, 1, "x", {"width": 2, "format": "png"}, kind="image-file", blob="a" * 64)
    reader.refresh()
    (row,) = reader.objects(since=revision)
    assert (row.pending, row.blob, row.cell) == (None, "a" * 64, 1)
    assert points(reader, "_cell") == [(0, 1.0), (1, 2.0)]
    assert points(reader, "_timestamp") == [(0, START + 1), (1, START + 2)]
    assert reader.objects(since=reader.revision) == []


def test_pending_object_that_arrives_after_its_encoded_self_changes_nothing(store: Store) -> None:
    Log(store, writer="bbbbbbbbbb").obj(0, 1, "x", {}, kind="image-file", blob="a" * 64)
    reader = RunReader(store, "r")
    Log(store, writer="aaaaaaaaaa").obj(0, 1, "x", {}, kind="image-file", pending=picture())
    reader.refresh()
    assert [row.pending for row in reader.objects()] == [None]


def test_a_shorter_list_logged_again_hides_the_rest_of_the_longer_one(store: Store) -> None:
    log = Log(store)
    for idx in range(3):
        log.obj(0, 1, "x", {"old": idx}, idx=idx, count=3, kind="image-file")
    reader = RunReader(store, "r")
    assert len(reader.objects("x")) == 3
    for idx in range(2):
        log.obj(0, 2, "x", {"new": idx}, idx=idx, count=2, kind="image-file")
    reader.refresh()
    assert [row.meta for row in reader.objects("x")] == [{"new": 0}, {"new": 1}]
    log.obj(0, 3, "x", {"single": 1}, kind="image-file")
    reader.refresh()
    assert [row.meta for row in reader.objects("x")] == [{"single": 1}]


def test_key_with_numbers_and_objects_knows_both(store: Store) -> None:
    Log(store).row(0, 1, x=1.0).obj(1, 2, "x", {"value": "text"})
    reader = RunReader(store, "r")
    assert reader.keys()["x"].kinds == {"number", "json"}
    assert reader.summary()["x"] == "text"


# ---- meta, config, summary --------------------------------------------------------------------------------


def test_meta_fields_are_folded(store: Store) -> None:
    log = Log(store).set(0, "run", "name", value="first").set(1, "run", "name", value="second")
    log.set(0, "run", "project", value="p").set(0, "run", "program", value="train.py")
    log.set(0, "run", "tags", value=["a", "b"]).meta(1, "add", "run", "tags", value="c")
    log.meta(2, "remove", "run", "tags", value="a").row(0, 9, loss=1.0)
    meta = RunReader(store, "r").meta
    assert (meta.id, meta.name, meta.project, meta.tags) == ("r", "second", "p", ("b", "c"))
    assert (meta.created, meta.heartbeat, meta.host) == (START, START + 9, "host")
    assert meta.other == {"program": "train.py"}


def test_last_edit_wins_across_writers_whatever_is_read_first(store: Store) -> None:
    Log(store, writer="aaaaaaaaaa").set(5, "config", "lr", value="later")
    Log(store, writer="bbbbbbbbbb").set(4, "config", "lr", value="earlier").set(4, "config", "n", value=1)
    assert RunReader(store, "r").config == {"lr": "later", "n": 1}


def test_config_keys_can_be_nested_deleted_and_keep_their_order(store: Store) -> None:
    log = Log(store).set(0, "config", "b", value={"x": 1, "y": 2}).set(1, "config", "a", value=1)
    log.set(2, "config", "b", "x", value=5).meta(3, "del", "config", "b", "y").set(4, "config", "c", value=0)
    log.meta(5, "del", "config", "c")
    config = RunReader(store, "r").config
    assert config == {"b": {"x": 5}, "a": 1}
    assert list(config) == ["b", "a"]


def test_summary_is_the_last_value_in_the_type_it_was_logged_in(store: Store) -> None:
    log = Log(store).row(0, 1, "fib", loss=1.5, n=2, ok=1).row(1, 2, "fib", loss=NAN, n=3, ok=0)
    log.obj(1, 2, "img", {"width": 3}, kind="image-file", blob="b" * 64).obj(1, 2, "none", {"value": None})
    summary = RunReader(store, "r").summary()
    assert np.isnan(summary.pop("loss"))
    assert summary == {
        "n": 3,
        "ok": False,
        "img": {"_type": "image-file", "width": 3, "sha256": "b" * 64},
        "_step": 1,
        "_timestamp": START + 2,
        "_runtime": 2.0,
    }
    assert type(summary["n"]) is int
    assert type(summary["ok"]) is bool


def test_definition_covers_earlier_rows(store: Store) -> None:
    log = Log(store).row(0, 1, loss=3.0).row(1, 2, loss=1.0).row(2, 3, loss=NAN).row(3, 4, loss=2.0)
    reader = RunReader(store, "r")
    assert reader.summary()["loss"] == 2.0
    log.set(5, "metric", "loss", value={"summary": ["min", "mean"]})
    reader.refresh()
    assert reader.summary()["loss"] == {"min": 1.0, "mean": 2.0}
    assert reader.definition("loss").summary == ("min", "mean")


def test_explicit_summary_wins_until_the_key_is_logged_again(store: Store) -> None:
    log = Log(store).set(0, "metric", "loss", value={"summary": ["min"]})
    log.row(0, 1.0001, loss=3.0).row(1, 1.0007, loss=5.0).set(1.0008, "summary", "loss", value="by hand")
    reader = RunReader(store, "r")
    assert reader.summary()["loss"] == "by hand"
    log.row(2, 1.0009, loss=4.0)  # in the same millisecond
    reader.refresh()
    assert reader.summary()["loss"] == 4.0


def test_deleted_summary_key_stays_away_until_it_is_logged_again(store: Store) -> None:
    log = Log(store).row(0, 1, loss=3.0, acc=1.0).meta(2, "del", "summary", "loss")
    reader = RunReader(store, "r")
    assert "loss" not in reader.summary()
    assert reader.summary()["acc"] == 1.0
    log.row(1, 3, loss=4.0)
    reader.refresh()
    assert reader.summary()["loss"] == 4.0


def test_nested_summary_stays_nested_and_replaces_the_flat_key(store: Store) -> None:
    log = Log(store).named(0, 1, {"a.b": 1.0, "a.c": 2.0})
    reader = RunReader(store, "r")
    assert reader.summary()["a.b"] == 1.0
    log.set(2, "summary", "a", "b", value=9)
    reader.refresh()
    summary = reader.summary()
    assert summary["a"] == {"b": 9}
    assert "a.b" not in summary
    assert summary["a.c"] == 2.0


def test_summary_that_is_changed_by_the_caller_does_not_change_the_next_one(store: Store) -> None:
    Log(store).set(2, "summary", "a", "b", value=9)
    reader = RunReader(store, "r")
    reader.summary()["a"]["b"] = 1
    assert reader.summary()["a"] == {"b": 9}


# ---- console, blobs ---------------------------------------------------------------------------------------


def test_console_lines_come_in_order_and_only_new_ones(store: Store) -> None:
    log = Log(store).text(1, "one\n").text(2, "two\n", "stderr")
    reader = RunReader(store, "r")
    assert [(c.stream, c.text) for c in reader.console()] == [("stdout", "one\n"), ("stderr", "two\n")]
    revision = reader.revision
    log.text(3, "three\n")
    reader.refresh()
    assert [c.text for c in reader.console(revision)] == ["three\n"]


def test_small_and_large_blobs_are_found(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    small = log.blob(b"small")
    reader = RunReader(store, "r")
    later = log.blob(b"later")
    reader.refresh()
    large = store.put_blob(b"L" * 100_000)
    assert reader.blob(small) == b"small"
    assert reader.blob(later) == b"later"
    assert len(reader.blob(large)) == 100_000
    with pytest.raises(FileNotFoundError):
        reader.blob("0" * 64)


# ---- damage -----------------------------------------------------------------------------------------------


def test_torn_tail_is_no_problem_and_its_rest_is_read_when_it_comes(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    frame = frames.encode_row(1, 1, START + 2, [2.0])
    log.raw(frame[:20])
    reader = RunReader(store, "r")
    assert points(reader, "loss") == [(0, 1.0)]
    assert not reader.refresh()
    log.raw(frame[20:])
    assert reader.refresh()
    assert points(reader, "loss") == [(0, 1.0), (1, 2.0)]
    assert reader.problems == []


def test_damaged_middle_is_read_around_and_told(store: Store) -> None:
    log = Log(store)
    ends = []
    for step in range(20):
        log.row(step, step, loss=step)
        ends.append(log.path.stat().st_size)
    data = bytearray(log.path.read_bytes())
    data[ends[9] + 15] ^= 0xFF  # in the row of step 10
    log.path.write_bytes(data)
    reader = RunReader(store, "r")
    assert reader.series("loss").steps.tolist() == [s for s in range(20) if s != 10]
    (problem,) = reader.problems
    assert problem.path == str(log.path)
    assert problem.offset == ends[9]


def test_rows_whose_schema_is_lost_are_told(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    log.raw(frames.encode_row(99, 1, START + 2, [2.0])).row(2, 3, loss=3.0)
    reader = RunReader(store, "r")
    assert points(reader, "loss") == [(0, 1.0), (2, 3.0)]
    assert "lost schema" in reader.problems[0].what


@pytest.mark.parametrize("content", [b"", b"NBL1", b"garbage that is no log at all, not even close"])
def test_file_that_is_no_log_does_no_harm(store: Store, content: bytes) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    (log.dir / "zzzzzzzzzz-000000.nbl").write_bytes(content)
    assert points(RunReader(store, "r"), "loss") == [(0, 1.0)]


def test_deleted_folder_keeps_what_was_read(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    reader = RunReader(store, "r")
    log.path.unlink()
    log.dir.rmdir()
    assert not reader.refresh()
    assert points(reader, "loss") == [(0, 1.0)]


def test_frame_of_a_newer_version_ends_the_log(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0).raw(frames.encode_frame(99, b"?")).row(1, 2, loss=2.0)
    reader = RunReader(store, "r")
    assert points(reader, "loss") == [(0, 1.0)]
    assert "newer version" in reader.problems[0].what
    assert log.path.name in reader.problems[0].path


# ---- many readers, many orders ----------------------------------------------------------------------------


def test_of_returns_one_reader_while_it_is_held(store: Store) -> None:
    log = Log(store).row(0, 1, loss=1.0)
    reader = RunReader.of(store, "r")
    log.row(1, 2, loss=2.0)
    assert RunReader.of(store, "r") is reader
    assert reader.last_step == 1


def test_threads_may_read_while_others_refresh(store: Store) -> None:
    log = Log(store)
    reader = RunReader(store, "r")
    wrong: list[object] = []
    stop = threading.Event()

    def look() -> None:
        try:
            while not stop.is_set():
                reader.refresh()
                series = reader.series("loss")
                if series.values.tolist() != list(range(len(series.values))):
                    wrong.append(series)
                reader.summary()
                reader.keys()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for step in range(300):
        log.row(step, step, loss=step)
    stop.set()
    for thread in threads:
        thread.join()
    reader.refresh()
    assert wrong == []
    assert reader.series("loss").steps.tolist() == list(range(300))


WRITES = st.lists(
    st.tuples(
        st.integers(0, 1),  # writer
        st.integers(-3, 12),  # step
        st.sampled_from(["a", "b", "a+b"]),
        st.one_of(st.floats(width=32), st.just(NAN)),
        st.booleans(),  # look in between
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_any_order_of_writes_gives_the_latest_of_each_step(
    writes: list[tuple[int, int, str, float, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store.open(tmp_path_factory.mktemp("s"), create=True)
    logs = [Log(store, writer=w * 10) for w in "ab"]
    reader = RunReader(store, "r")
    want: dict[str, dict[int, float]] = {}
    for t, (writer, step, keys, value, look) in enumerate(writes):
        row = dict.fromkeys(keys.split("+"), value)
        logs[writer].named(step, t, row)
        for key in row:
            want.setdefault(key, {})[step] = value
        if look:
            reader.refresh()
    reader.refresh()
    for one in (reader, RunReader(store, "r")):
        for key, expected in want.items():
            series = one.series(key)
            assert series.steps.tolist() == sorted(expected)
            np.testing.assert_array_equal(series.values, [expected[s] for s in sorted(expected)])
            info = one.keys()[key]
            numbers = [v for v in expected.values() if not np.isnan(v)]
            if numbers:
                assert (info.min, info.max) == (min(numbers), max(numbers))


def test_reading_logs_imports_nothing_heavy(store: Store) -> None:
    Log(store).row(0, 1, loss=1.0)
    code = (
        "import sys\n"
        "from nbtrack.store.layout import Store\n"
        "from nbtrack.store.reader import RunReader\n"
        f"r = RunReader(Store.open({str(store.root)!r}), 'r')\n"
        "r.summary(); r.keys(); r.objects()\n"
        "print([m for m in ('pyarrow', 'sqlalchemy', 'pandas', 'PIL') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_dtype_is_the_narrowest_that_holds_all_values_in_whatever_order_they_come(store: Store) -> None:
    log = Log(store).row(0, 1, "b", x=1).row(0, 1, "i", y=3).row(0, 1, "b", z=1)
    reader = RunReader(store, "r")
    assert {key: info.dtype for key, info in reader.keys().items()} == {"x": "b", "y": "i", "z": "b"}
    log.row(1, 2, "f", x=1.5).row(2, 3, "i", x=2).row(1, 2, "i", z=0).row(1, 2, "b", y=1)
    reader.refresh()
    for one in (reader, RunReader(store, "r")):
        assert {key: info.dtype for key, info in one.keys().items()} == {"x": "f", "y": "i", "z": "i"}
        assert one.summary()["x"] == 2.0
