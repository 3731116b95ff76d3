"""Rows that a rewind took back, whatever they lie in and in whatever order it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.store import frames
from nbtrack.store.catalog import SqliteCatalog
from nbtrack.store.layout import Store
from nbtrack.store.model import Compare, RunQuery
from nbtrack.store.reader import RunReader
from nbtrack.store.rewinds import Rewind, Rewinds
from nbtrack.store.seal import seal
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def points(reader: RunReader, key: str) -> dict[int, float]:
    series = reader.series(key)
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def told(reader: RunReader) -> dict[str, Any]:
    """What a reader says of the rows of a run."""
    keys = reader.keys(internal=True)
    return {
        "series": {key: (info.n, points(reader, key)) for key, info in keys.items()},
        "counts": reader.counts(),
        "extent": {key: (i.kinds, i.min, i.max, i.last, i.last_step) for key, i in keys.items()},
        "objects": reader.objects(),
        "summary": reader.summary(),
        "last": reader.last_step,
    }


def rewind(log: Log, step: int, t: float, since: float) -> Log:
    value = {"step": step, "time": START + t, "since": START + since}
    return log.set(t, "run", "rewound", value=value)


def first_part(store: Store, writer: str = A, began: float = 0.0) -> Log:
    log = Log(store, writer=writer, began=began)
    for step in range(6):
        log.row(step, began + step, loss=step, **({"late": 1.0} if step > 3 else {}))
        log.obj(step, began + step, "text", {"value": f"t{step}"})
    return log


def test_rows_beyond_the_step_that_were_written_before_are_left_out(store: Store) -> None:
    first_part(store).row(1_000, 6.0, **{"_sys/cpu": 0.5})
    rewind(Log(store, writer=B, began=10), 2, 10, 3).row(3, 11, loss=30)
    reader = RunReader(store, "r")
    assert points(reader, "loss") == {0: 0, 1: 1, 2: 2, 3: 30}
    assert [row.meta["value"] for row in reader.objects("text")] == ["t0", "t1", "t2"]
    assert list(reader.keys()) == ["loss", "text"]
    assert reader.last_step == 3
    assert reader.summary()["loss"] == 30
    assert "late" not in reader.summary()
    assert points(reader, "_sys/cpu") == {1_000: 0.5}
    assert list(points(reader, "_timestamp")) == list(points(reader, "_runtime")) == [0, 1, 2, 3]


def test_a_reader_that_had_the_rows_drops_them(store: Store) -> None:
    first_part(store)
    reader = RunReader(store, "r")
    before, loss = reader.revision, reader.series("loss").values
    log = rewind(Log(store, writer=B, began=10), 2, 10, 3)
    assert reader.refresh()
    assert reader.revision > before
    assert reader.holds_since > before
    assert reader.rewound == 1
    assert reader.last_step == 2
    assert points(reader, "loss") == {0: 0, 1: 1, 2: 2}
    assert loss.tolist() == list(range(6))  # what was handed out stays as it was
    log.row(3, 11, loss=30)
    assert reader.refresh()
    assert points(reader, "loss")[3] == 30
    assert told(reader) == told(RunReader(store, "r"))


def test_a_later_row_of_a_writer_that_went_on_stays(store: Store) -> None:
    old = first_part(store)
    rewind(Log(store, writer=B, began=10), 2, 10, 3)
    reader = RunReader(store, "r")
    old.row(6, 12, loss=6).row(1, 13, loss=11)
    reader.refresh()
    assert points(reader, "loss") == {0: 0, 1: 11, 2: 2, 6: 6}


def test_going_back_twice(store: Store) -> None:
    first_part(store)
    second = rewind(Log(store, writer=B, began=10), 1, 10, 2)
    reader = RunReader(store, "r")
    for step in range(2, 6):
        second.row(step, 10 + step, loss=100 + step)
    reader.refresh()
    assert points(reader, "loss") == {0: 0, 1: 1, 2: 102, 3: 103, 4: 104, 5: 105}
    rewind(Log(store, writer=C, began=20), 3, 20, 14).row(4, 21, loss=204)
    reader.refresh()
    assert points(reader, "loss") == {0: 0, 1: 1, 2: 102, 3: 103, 4: 204}
    assert [row.step for row in reader.objects("text")] == [0, 1]
    assert told(reader) == told(RunReader(store, "r"))
    assert reader.rewound == 2


def test_a_list_of_media_that_is_logged_again_is_only_the_new_one(store: Store) -> None:
    log = Log(store)
    for idx in range(3):
        log.obj(4, 1, "images", {"n": idx}, idx=idx, count=3, kind="image-file")
    again = rewind(Log(store, writer=B, began=10), 3, 10, 1)
    reader = RunReader(store, "r")
    assert reader.objects() == []
    assert reader.keys() == {}
    assert reader.last_step == -1
    again.obj(4, 11, "images", {"n": 9}, idx=0, count=1, kind="image-file")
    reader.refresh()
    assert [row.meta["n"] for row in reader.objects("images")] == [9]
    assert [row.meta["n"] for row in reader.objects(since=reader.revision - 1)] == [9]


def test_a_medium_that_is_encoded_after_the_rewind_does_not_come_back(store: Store) -> None:
    log = first_part(store)
    rewind(Log(store, writer=B, began=10), 2, 10, 3)
    log.obj(5, 5, "image", {}, kind="image-file", blob="0" * 64)
    Log(store, writer=C, began=11).obj(4, 4, "image", {}, kind="image-file", blob="0" * 64)
    assert RunReader(store, "r").objects("image") == []


def test_rows_of_a_clock_that_was_set_back_are_new_all_the_same(store: Store) -> None:
    first_part(store)
    log = Log(store, writer=B, began=2)
    rewind(log, 2, 5.5, 3).row(3, 2.5, loss=30).obj(3, 2.5, "text", {"value": "new"})
    reader = RunReader(store, "r")
    assert points(reader, "loss")[3] == 30
    assert [row.meta["value"] for row in reader.objects("text")] == ["t0", "t1", "t2", "new"]


# ---- the summary ------------------------------------------------------------------------------------------


def test_edits_of_the_summary_that_belong_to_rows_that_went_go_with_them(store: Store) -> None:
    log = Log(store)
    log.row(0, 0, loss=0).set(0.5, "summary", "best", value="early").row(1, 1, loss=1)
    log.set(1.5, "summary", "best", value="late").set(1.6, "summary", "more", value=1)
    log.set(1.7, "config", "lr", value=1)
    reader = RunReader(store, "r")
    assert reader.summary()["best"] == "late"
    again = rewind(Log(store, writer=B, began=10), 0, 10, 1)
    reader.refresh()
    assert reader.summary()["best"] == "early"
    assert "more" not in reader.summary()
    assert reader.config == {"lr": 1}
    again.set(11, "summary", "best", value="new")
    reader.refresh()
    assert reader.summary()["best"] == "new"


def test_what_a_definition_asks_for_is_worked_out_from_the_rest(store: Store) -> None:
    first_part(store).set(6, "metric", "loss", value={"summary": ["max", "mean"]})
    rewind(Log(store, writer=B, began=10), 2, 10, 3)
    assert RunReader(store, "r").summary()["loss"] == {"max": 2, "mean": 1}


def test_the_rewind_that_would_take_back_what_is_there(store: Store) -> None:
    log = first_part(store)
    reader = RunReader(store, "r")
    assert reader.rewind(5) is None
    asked = reader.rewind(3)
    assert asked is not None
    assert (asked.step, asked.since) == (3, START + 4)
    assert asked.time > START + 5
    # rows of another machine, whose clock is ahead of ours
    log.row(6, 10e9, loss=1)
    reader.refresh()
    ahead = reader.rewind(3)
    assert ahead is not None
    assert ahead.time > START + 10e9
    log.row(2_000, 11e9, **{"_sys/cpu": 1.0})
    reader.refresh()
    assert reader.rewind(6) is None


def test_a_rewind_that_says_nothing_useful_is_ignored(store: Store) -> None:
    log = first_part(store)
    late = {"time": START + 9, "since": START}
    nothing = [None, 3, {"step": 1}, late | {"step": "x"}, late | {"step": 2**64}]
    for value in [*nothing, {"step": 1, "time": float("nan"), "since": START}]:
        log.set(7, "run", "rewound", value=value)
    assert len(points(RunReader(store, "r"), "loss")) == 6


# ---- sealed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["sealed, then rewound", "rewound, then sealed"])
def test_sealed_files(store: Store, order: str) -> None:
    log = first_part(store)
    reader = RunReader(store, "r")
    if order.startswith("sealed"):
        log.close(6)
        assert seal(log.dir, min_bytes=0) == 1
        reader.refresh()
    new = (
        rewind(Log(store, writer=B, began=10), 2, 10, 3).row(3, 11, loss=30).set(11, "summary", "x", value=1)
    )
    new.close(12)
    reader.refresh()
    live = told(reader)
    assert live["series"]["loss"] == (4, {0: 0, 1: 1, 2: 2, 3: 30})
    if order.startswith("rewound"):
        log.close(6)
    assert seal(log.dir, min_bytes=0) == (1 if order.startswith("sealed") else 2)
    assert not list(log.dir.glob("*.nbl"))
    assert told(RunReader(store, "r")) == live
    reader.refresh()
    assert told(reader) == live


def test_sealed_parts_that_no_rewind_touches_are_read_on_demand_as_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbtrack.store.sealed import SealedKey

    first_part(store).close(6)
    new = rewind(Log(store, writer=B, began=10), 2, 10, 3)
    new.row(3, 11, fresh=1.0).close(12)
    seal(new.dir, min_bytes=0)
    loaded: list[str] = []
    load = SealedKey.load
    monkeypatch.setattr(SealedKey, "load", lambda self: loaded.append(self.info.key) or load(self))
    reader = RunReader(store, "r")
    assert reader.last_step == 3
    assert "loss" in loaded
    assert "fresh" not in loaded


def test_a_reader_that_had_read_sealed_rows_drops_them(store: Store) -> None:
    log = first_part(store).close(6)
    seal(log.dir, min_bytes=0)
    reader = RunReader(store, "r")
    assert len(reader.series("loss").steps) == 6
    rewind(Log(store, writer=B, began=10), 2, 10, 3)
    reader.refresh()
    assert points(reader, "loss") == {0: 0, 1: 1, 2: 2}
    assert reader.counts()["loss"] == 3
    assert "late" not in reader.counts()


# ---- the index --------------------------------------------------------------------------------------------


def test_the_index_says_what_the_reader_says(store: Store) -> None:
    first_part(store).close(6)
    catalog = SqliteCatalog(store)
    catalog.refresh()
    below = RunQuery(where=Compare("summary.loss", "<", 3))
    assert catalog.runs(below).total == 0
    rewind(Log(store, writer=B, began=10), 2, 10, 3)
    catalog.refresh()
    assert catalog.runs(below).total == 1
    row = catalog.run("r")
    assert row is not None
    assert row.last_step == 2
    assert row.summary == RunReader(store, "r").summary()
    assert catalog.runs(RunQuery(where=Compare("summary.late", "exists"))).total == 0


def test_previews_are_drawn_anew_even_when_there_are_as_many_points_again(store: Store) -> None:
    log = Log(store)
    for step in range(3_000):
        log.row(step, step / 1e3, loss=1, gone=1)
    catalog = SqliteCatalog(store)
    catalog.refresh()
    assert catalog.previews(["r"], "loss")[0].max.max() == 1
    new = rewind(Log(store, writer=B, began=10), 1_499, 10, 1.5)
    for step in range(1_500, 3_000):
        new.row(step, 10 + step / 1e3, loss=2)
    catalog.refresh()
    preview = catalog.previews(["r"], "loss")[0]
    assert (preview.n, preview.max.max()) == (3_000, 2)
    assert catalog.previews(["r"], "gone")[0].n == 1_500


# ---- the rule ---------------------------------------------------------------------------------------------

moments = st.integers(0, 8).map(float)
rewinds = st.builds(Rewind, st.integers(0, 5), moments, moments)


@given(st.lists(rewinds), st.lists(st.tuples(st.integers(0, 6), moments), min_size=1))
def test_a_row_goes_with_any_rewind_to_before_it_that_came_later(items, rows) -> None:
    every = Rewinds(items)
    expected = [any(step > r.step and time < r.time for r in items) for step, time in rows]
    assert [every.drops(step, time) for step, time in rows] == expected
    steps, times = (np.array(column) for column in zip(*rows, strict=True))
    assert (~every.keeps(steps, times)).tolist() == expected


@given(st.lists(st.tuples(st.sampled_from("rrrrw"), st.integers(0, 2), st.integers(0, 6)), max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_logged_and_rewound_all_readers_agree(tmp_path_factory, events) -> None:
    """Three writers log, and new ones rewind; the wall clock goes on by a second with each."""
    store = Store.open(tmp_path_factory.mktemp("store"), create=True)
    logs = [Log(store, writer=letter * 10) for letter in "abc"]
    follows = RunReader(store, "r")
    expected: dict[int, float] = {}
    for t, (what, which, step) in enumerate(events):
        if what == "r":
            logs[which].row(step, t, a=t).obj(step, t, "o", {"value": t})
            expected[step] = t
        else:
            follows.refresh()
            asked = follows.rewind(step)
            expected = {at: value for at, value in expected.items() if at <= step}
            if asked is not None:
                new = Log(store, writer=f"w{t:09}", began=t)
                new.set(t, "run", "rewound", value={**asked._asdict(), "time": START + t})
                logs[which] = new
    follows.refresh()
    fresh = RunReader(store, "r")
    assert points(follows, "a") == points(fresh, "a") == expected
    assert {row.step: row.meta["value"] for row in fresh.objects()} == expected
    assert told(follows) == told(fresh)
    assert fresh.summary().get("a") == (expected[max(expected)] if expected else None)
    for path in logs[0].dir.glob("*.nbl"):
        with path.open("ab") as file:
            file.write(frames.encode_close(frames.Close("finish", 0, START + 100)))
    seal(logs[0].dir, min_bytes=0)
    follows.refresh()
    assert told(RunReader(store, "r")) == told(fresh) == told(follows)
