from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.panels.delta import (
    RAW_POINTS,
    build_delta,
    have_after,
)
from nbtrack.store.reader import RunReader

from .conftest import Recorder, noise


class Receiver:
    """What wire.ts asks of a panel: it applies deltas and says what it has."""

    def __init__(self) -> None:
        self.have = None
        self.info, self.config, self.summary = None, None, None
        self.series: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.n: dict[str, int] = {}
        self.epochs: dict[str, int] = {}
        self.media: dict[tuple[str, int, int], dict] = {}
        self.cells: dict[int, dict] = {}
        self.bytes = 0

    def apply(self, delta, buffers) -> None:
        json.dumps(delta, allow_nan=False)
        self.bytes = sum(map(len, buffers))
        if delta["full"]:
            self.media.clear()
            self.epochs.clear()
            self.series.clear()
        for chunk in delta["series"]:
            steps = np.frombuffer(buffers[chunk["steps"]], "<f8")
            values = np.frombuffer(buffers[chunk["values"]], "<f8")
            key = chunk["key"]
            if chunk["sampled"] or chunk["epoch"] != self.epochs.get(key) or chunk["from"] == 0:
                assert chunk["from"] == 0
                self.series[key] = (steps, values)
            else:
                assert chunk["from"] <= self.n[key], "a gap"
                new = chunk["n"] - self.n[key]
                if new > 0:
                    old = self.series[key]
                    self.series[key] = (np.append(old[0], steps[-new:]), np.append(old[1], values[-new:]))
            self.n[key], self.epochs[key] = chunk["n"], chunk["epoch"]
        self.info = delta["info"]
        self.config = delta.get("config", self.config)
        self.summary = delta.get("summary", self.summary)
        self.media |= {(m["key"], m["step"], m["idx"]): m for m in delta["media"]}
        self.cells |= {cell["id"]: cell for cell in delta["cells"]}
        self.have = have_after(self.have, delta)

    def sync(self, reader, **options) -> tuple[dict, list[bytes]]:
        reader.refresh()
        delta, buffers = build_delta(reader, self.have, **options)
        self.apply(delta, buffers)
        return delta, buffers


def assert_same(receiver: Receiver, reader: RunReader) -> None:
    keys = {key: info for key, info in reader.keys(internal=True).items() if info.n}
    assert receiver.series.keys() == keys.keys()
    for key in keys:
        series = reader.series(key)
        np.testing.assert_array_equal(receiver.series[key][0], series.steps, key)
        np.testing.assert_array_equal(receiver.series[key][1], series.values, key)


def test_a_receiver_that_has_nothing_gets_everything(recorder):
    recorder.config(lr=0.1, seed=2**64)
    recorder.cell(77, "train()")
    recorder.log(0, {"loss": 0.5, "acc": float("nan")})
    recorder.media(0, "grads", nbtrack.Histogram([1, 2, 3]))
    receiver = Receiver()
    delta, _ = receiver.sync(recorder.reader)
    assert delta["full"]
    assert_same(receiver, recorder.reader)
    assert receiver.info["name"] == "amber-fox"
    assert receiver.info["state"] == "running"
    assert receiver.config == {"lr": 0.1, "seed": str(2**64)}
    assert receiver.summary["acc"] == "NaN"
    assert receiver.cells[77]["cellId"] == "c1"
    assert receiver.media["grads", 0, 0]["meta"]["values"]
    assert "_timestamp" in receiver.series
    assert receiver.series["_cell"][1].tolist() == [77.0]


def test_only_what_is_new_travels(recorder):
    receiver = Receiver()
    for step in range(100):
        recorder.log(step, {"loss": 1 / (step + 1)})
    receiver.sync(recorder.reader)
    recorder.log(100, {"loss": 0.0})
    delta, buffers = receiver.sync(recorder.reader)
    assert not delta["full"]
    chunk = next(c for c in delta["series"] if c["key"] == "loss")
    assert (chunk["from"], chunk["n"]) == (100, 101)
    assert all(len(b) == 8 for b in buffers)
    assert "config" not in delta
    assert_same(receiver, recorder.reader)
    delta, buffers = receiver.sync(recorder.reader)
    assert (delta["series"], delta["media"], delta["cells"], buffers) == ([], [], [], [])
    assert "summary" not in delta


def test_applying_a_delta_twice_changes_nothing(recorder):
    receiver = Receiver()
    recorder.log(0, {"loss": 1.0})
    receiver.sync(recorder.reader)
    recorder.log(1, {"loss": 2.0})
    again = receiver.sync(recorder.reader)
    receiver.apply(*again)
    assert_same(receiver, recorder.reader)


def test_what_a_rewind_took_back_is_told_by_sending_everything_anew(recorder):
    receiver = Receiver()
    for step in range(6):
        recorder.log(step, {"loss": step} | ({"late": 1.0} if step > 3 else {}))
        recorder.media(step, "grads", nbtrack.Histogram([1, 2, 3]))
    delta, _ = receiver.sync(recorder.reader)
    assert delta["rewound"] == 0
    rewind = recorder.reader.rewind(2)
    recorder.journal.meta("set", ["run", "rewound"], rewind._asdict())
    delta, _ = receiver.sync(recorder.reader)
    assert (delta["full"], delta["rewound"]) == (True, 1)
    assert receiver.series["loss"][0].tolist() == [0, 1, 2]
    assert "late" not in receiver.series
    assert sorted(step for _, step, _ in receiver.media) == [0, 1, 2]
    assert (receiver.summary["loss"], receiver.info["lastStep"]) == (2, 2)
    assert_same(receiver, recorder.reader)
    recorder.log(3, {"loss": 30.0})
    delta, _ = receiver.sync(recorder.reader)
    assert not delta["full"]
    assert_same(receiver, recorder.reader)


def test_a_late_step_is_sent_as_a_new_epoch(recorder):
    receiver = Receiver()
    for step in (0, 1, 5):
        recorder.log(step, {"loss": step})
    receiver.sync(recorder.reader)
    recorder.log(3, {"loss": 3.0})
    receiver.sync(recorder.reader)
    assert receiver.series["loss"][0].tolist() == [0, 1, 3, 5]


def test_a_new_value_of_the_last_step_arrives(recorder):
    receiver = Receiver()
    recorder.log(0, {"loss": 1.0})
    receiver.sync(recorder.reader)
    recorder.log(0, {"loss": 2.0})
    receiver.sync(recorder.reader)
    assert receiver.series["loss"][1].tolist() == [2.0]


def test_another_reader_of_the_same_run_answers_with_everything(recorder, store):
    receiver = Receiver()
    recorder.log(0, {"loss": 1.0})
    receiver.sync(recorder.reader)
    recorder.log(1, {"loss": 2.0})
    delta, _ = receiver.sync(RunReader(store, recorder.run_id))
    assert delta["full"]
    assert_same(receiver, recorder.reader)


@pytest.mark.parametrize("rev", [-1, 10**6, 0, "7", None, 1.5])
def test_a_revision_that_makes_no_sense_gets_everything(recorder, rev):
    recorder.log(0, {"loss": 1.0})
    origin = build_delta(recorder.reader, None)[0]["origin"]
    delta, _ = build_delta(recorder.reader, {"rev": rev, "origin": origin, "series": {}})
    assert delta["full"]
    assert delta["series"]


def test_a_long_series_is_sampled_with_its_extremes(recorder):
    n = 3 * RAW_POINTS
    values = np.random.default_rng(0).normal(size=n)
    values[1234], values[5678] = 99.0, -99.0
    for step in range(n):
        recorder.log(step, {"loss": values[step]})
    delta, buffers = build_delta(recorder.reader, None)
    chunk = next(c for c in delta["series"] if c["key"] == "loss")
    got = np.frombuffer(buffers[chunk["values"]], "<f8")
    assert chunk["sampled"]
    assert chunk["n"] == n
    assert len(got) <= RAW_POINTS
    assert got.max() == 99.0
    assert got.min() == -99.0
    assert got[0] == values[0]
    assert got[-1] == values[-1]


def test_a_long_series_grows_by_what_is_new_between_two_samplings(recorder):
    receiver = Receiver()
    n = 2 * RAW_POINTS + 10
    for step in range(n):
        recorder.log(step, {"loss": step})
    receiver.sync(recorder.reader)
    drawn = len(receiver.series["loss"][0])
    recorder.log(n, {"loss": -1.0})
    receiver.sync(recorder.reader)
    assert receiver.bytes < 1000
    assert len(receiver.series["loss"][0]) == drawn + 1
    assert receiver.series["loss"][1][-1] == -1.0
    for step in range(n + 1, 3 * RAW_POINTS + 1):
        recorder.log(step, {"loss": step})
    delta, _ = receiver.sync(recorder.reader)
    assert next(c for c in delta["series"] if c["key"] == "loss")["sampled"]
    assert len(receiver.series["loss"][0]) <= RAW_POINTS


def test_a_run_of_many_keys_stays_within_the_snapshot_budget(recorder):
    for step in range(1500):
        recorder.log(step, {f"k{i}": step for i in range(400)})
    _, buffers = build_delta(recorder.reader, None)
    assert sum(map(len, buffers)) < 10_000_000
    _, whole = build_delta(recorder.reader, None, raw_points=10_000)
    assert sum(map(len, whole)) > 400 * 1500 * 16


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(-3, 30), st.sampled_from("ab"), st.floats(width=32)),
            st.just("sync"),
            st.just("again"),
        ),
        max_size=40,
    )
)
def test_whatever_is_logged_and_lost_the_receiver_ends_up_equal(tmp_path_factory, story):
    from nbtrack.store.layout import Store

    recorder = Recorder(Store.open(tmp_path_factory.mktemp("s"), create=True))
    receiver = Receiver()
    for event in story:
        if event == "sync":
            receiver.sync(recorder.reader)
        elif event == "again":
            recorder.reader.refresh()
            build_delta(recorder.reader, receiver.have)  # built, and lost on its way
        else:
            step, key, value = event
            recorder.log(step, {key: value})
    receiver.sync(recorder.reader)
    reader = recorder.reader
    for key, info in reader.keys().items():
        assert receiver.n[key] == info.n
        series = reader.series(key)
        np.testing.assert_array_equal(receiver.series[key][0], series.steps)
        np.testing.assert_array_equal(receiver.series[key][1], series.values)


def test_pushed_media_are_the_newest_within_the_budget(recorder):
    shas = [recorder.media(step, "samples", nbtrack.Image(noise(300, 300, step)))[0] for step in range(6)]
    delta, buffers = build_delta(recorder.reader, None, blobs_budget=200_000)
    pushed = [blob["sha"] for blob in delta["blobs"]]
    assert pushed == shas[::-1][: len(pushed)]
    assert 0 < len(pushed) < 6
    assert sum(len(buffers[blob["buf"]]) for blob in delta["blobs"]) <= 200_000
    assert all(blob["px"] == 256 for blob in delta["blobs"])
    assert build_delta(recorder.reader, None)[0]["blobs"] == []


def test_small_media_are_pushed_as_they_are_and_once(recorder):
    image = nbtrack.Image(np.eye(8) * 255)
    sha = recorder.media(0, "a", image)[0]
    recorder.media(1, "a", image)
    delta, buffers = build_delta(recorder.reader, None, blobs_budget=10**6)
    (blob,) = delta["blobs"]
    assert (blob["sha"], blob["px"], blob["mime"]) == (sha, None, "image/png")
    assert buffers[blob["buf"]] == recorder.reader.blob(sha)


def test_a_lost_blob_does_not_stop_the_others(recorder, store):
    recorder.object(0, "lost", "image-file", {"format": "png"}, "f" * 64)
    sha = recorder.media(1, "a", nbtrack.Image(np.eye(8) * 255))[0]
    delta, _ = build_delta(recorder.reader, None, blobs_budget=10**6)
    assert [blob["sha"] for blob in delta["blobs"]] == [sha]
    assert len(delta["media"]) == 2


def test_globs_of_define_metric_come_expanded(recorder):
    recorder.journal.meta("set", ["metric", "val/*"], {"step_metric": "epoch"})
    recorder.journal.meta("set", ["metric", "debug"], {"hidden": True})
    recorder.log(0, {"val/loss": 1, "val/acc": 1, "debug": 1, "loss": 1, "epoch": 0})
    info = build_delta(recorder.reader, None)[0]["info"]
    assert info["metrics"] == {
        "val/loss": {"stepMetric": "epoch"},
        "val/acc": {"stepMetric": "epoch"},
        "debug": {"hidden": True},
    }


def test_changed_config_and_names_travel_once(recorder):
    receiver = Receiver()
    recorder.log(0, {"loss": 1.0})
    receiver.sync(recorder.reader)
    recorder.config(lr=0.5)
    recorder.journal.meta("set", ["run", "name"], "renamed")
    delta, _ = receiver.sync(recorder.reader)
    assert delta["config"] == {"lr": 0.5}
    assert receiver.info["name"] == "renamed"
    recorder.log(1, {"loss": 1.0})
    assert "config" not in receiver.sync(recorder.reader)[0]


def test_two_receivers_do_not_take_each_others_news(recorder):
    first, second = Receiver(), Receiver()
    recorder.log(0, {"loss": 1.0})
    first.sync(recorder.reader)
    second.sync(recorder.reader)
    recorder.config(lr=0.5)
    first.sync(recorder.reader)
    second.sync(recorder.reader)
    assert first.config == second.config == {"lr": 0.5}


def test_the_end_of_a_run_arrives(recorder):
    receiver = Receiver()
    recorder.log(0, {"loss": 1.0})
    receiver.sync(recorder.reader)
    recorder.finish(exit_code=3)
    receiver.sync(recorder.reader)
    assert receiver.info["state"] == "failed"
    assert receiver.info["exitCode"] == 3
    assert receiver.info["finished"] is not None


def test_deltas_may_be_built_while_others_refresh(recorder):
    reader = recorder.reader
    failures = []

    def build() -> None:
        try:
            receiver = Receiver()
            for _ in range(60):
                receiver.sync(reader, blobs_budget=10**5)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for step in range(300):
        recorder.log(step, {"loss": step})
    for thread in threads:
        thread.join()
    assert failures == []


def test_only_media_that_are_shown_travel(recorder):
    recorder.log(0, {"loss": 1.0})
    [shown] = recorder.media(0, "samples", nbtrack.Image(noise(16, 16, seed=1)))
    recorder.media(0, "faces", nbtrack.Image(noise(16, 16, seed=2)))
    delta, buffers = build_delta(recorder.reader, None, blobs_budget=10**6, keys=["samp*"])
    assert [row["key"] for row in delta["media"]] == ["samples"]
    assert [blob["sha"] for blob in delta["blobs"]] == [shown]
    assert "loss" in {chunk["key"] for chunk in delta["series"]}
    assert len(buffers) == 2 * len(delta["series"]) + 1
