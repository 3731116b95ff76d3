"""What a panel asks about one run."""

from __future__ import annotations

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogValueError, NotFoundError
from nbtrack.panels.questions import blob_bytes, cell_source, earlier_of, series_window

from .conftest import noise


def test_a_window_holds_what_lies_between_and_its_extremes(recorder):
    for step in range(0, 3000, 3):
        recorder.log(step, {"loss": 100.0 if step == 900 else step / 1000})
    window, (steps, values) = series_window(recorder.reader, ["loss"], 301, 1500, 50)
    steps, values = np.frombuffer(steps), np.frombuffer(values)
    assert (steps.min(), steps.max()) == (303, 1500)
    assert window["sampled"]
    assert len(steps) <= 100
    assert values.max() == 100.0
    window, (steps, _) = series_window(recorder.reader, ["loss"], 0, 30, 50)
    assert not window["sampled"]
    assert len(steps) == 11 * 8
    assert series_window(recorder.reader, ["loss"], 50_000, 60_000, 50)[1] == [b"", b""]


def test_a_window_of_several_keys_holds_the_steps_that_they_share(recorder):
    for step in range(6000):
        recorder.log(step, {"loss": 100.0 if step == 900 else step / 1000})
        if step % 2 == 0:
            recorder.log(step, {"acc": -5.0 if step == 1200 else 1.0})
    window, buffers = series_window(recorder.reader, ["loss", "acc"], 0, 5000, 50)
    steps, loss, acc = (np.frombuffer(data) for data in buffers)
    assert window["values"] == [1, 2]
    assert len(steps) <= 200
    assert set(steps % 2) == {0}
    assert loss[steps == 900] == [100.0], "the extremes of each key are kept"
    assert acc[steps == 1200] == [-5.0]
    assert len(loss) == len(acc) == len(steps)
    whole, (steps, *_) = series_window(recorder.reader, ["acc", "loss"], 0, 5000, 10**6)
    assert (whole["sampled"], len(steps)) == (False, 2501 * 8)


def test_a_window_of_means_is_what_an_average_goes_on_from(recorder):
    for step in range(1000):
        recorder.log(step, {"loss": float("nan") if step < 100 or step == 550 else float(step % 10)})
    window, (steps, loss) = series_window(recorder.reader, ["loss"], 0, 999, 10, mean=True)
    steps, loss = np.frombuffer(steps), np.frombuffer(loss)
    assert window["sampled"]
    assert steps.tolist() == [49.5 + 100 * i for i in range(10)]
    assert np.isnan(loss[0])
    assert loss[5] == pytest.approx(450 / 99)
    np.testing.assert_allclose(loss[[1, 2, 3, 4, 6, 7, 8, 9]], 4.5)
    few, (steps, _) = series_window(recorder.reader, ["loss"], 0, 9, 10, mean=True)
    assert (few["sampled"], np.frombuffer(steps).tolist()) == (False, list(range(10)))


def test_a_window_wants_a_list_of_keys(recorder):
    recorder.log(0, {"loss": 1.0})
    for keys in ("loss", [], [1]):
        with pytest.raises(LogValueError, match="keys must be"):
            series_window(recorder.reader, keys, 0, 1, 5)


@pytest.mark.parametrize(("lo", "hi", "buckets"), [("0", 1, 5), (float("nan"), 1, 5), (0, None, 5)])
def test_a_window_of_no_numbers_is_refused(recorder, lo, hi, buckets):
    recorder.log(0, {"loss": 1.0})
    with pytest.raises(LogValueError, match="must be numbers"):
        series_window(recorder.reader, ["loss"], lo, hi, buckets)


def test_a_window_of_an_unknown_key_is_not_found(recorder):
    with pytest.raises(NotFoundError, match="'nope'"):
        series_window(recorder.reader, ["nope"], 0, 1, 5)


def test_a_cell_shows_its_execution_before(recorder, store):
    recorder.cell(1, "lr = 1", count=3, time=100.0)
    recorder.log(0, {"loss": 1})
    recorder.cell(2, "other()", cell_id="c2", count=4, time=150.0)
    recorder.log(1, {"loss": 1})
    recorder.cell(3, "lr = 2", count=5, time=200.0)
    recorder.log(2, {"loss": 1})
    found = cell_source(recorder.reader, store, 3)
    assert (found["source"], found["count"]) == ("lr = 2", 5)
    assert found["previous"] == {"source": "lr = 1", "count": 3, "time": 100.0, "run": recorder.run_id}
    assert cell_source(recorder.reader, store, 1)["previous"] is None
    with pytest.raises(NotFoundError, match="99"):
        cell_source(recorder.reader, store, 99)


def test_a_cell_finds_its_execution_before_in_an_earlier_run(make_recorder, store):
    first = make_recorder("first")
    first.cell(1, "lr = 1", time=100.0)
    first.log(0, {"loss": 1})
    first.finish()
    second = make_recorder("second", created=1_760_000_000.0)
    second.cell(2, "lr = 2", time=200.0)
    second.log(0, {"loss": 1})
    previous = cell_source(second.reader, store, 2)["previous"]
    assert (previous["run"], previous["source"]) == ("first", "lr = 1")


def test_outside_of_notebooks_no_cell_is_the_same_as_another(recorder, store):
    recorder.cell(1, "a", cell_id="", time=1.0)
    recorder.log(0, {"loss": 1})
    recorder.cell(2, "b", cell_id="", time=2.0)
    recorder.log(1, {"loss": 1})
    assert cell_source(recorder.reader, store, 2)["previous"] is None


def test_the_earlier_run_is_named_with_its_state(make_recorder):
    first = make_recorder("first", name="one")
    first.finish()
    second = make_recorder("second", earlier={"id": "first", "name": "old name", "state": "running"})
    assert earlier_of(second.reader) == {"id": "first", "name": "one", "state": "finished"}
    assert earlier_of(make_recorder("third", earlier="first").reader)["id"] == "first"
    assert earlier_of(make_recorder("fourth", earlier="never").reader) is None
    assert earlier_of(make_recorder("fifth", earlier="fifth").reader) is None
    assert earlier_of(first.reader) is None


def test_blob_bytes_come_whole_or_reduced(recorder, store):
    sha = recorder.media(0, "photo", nbtrack.Image(noise(400, 300)))[0]
    data, mime = blob_bytes(recorder.reader, sha, None)
    assert (data, mime) == (store.get_blob(sha), "image/png")
    small, mime = blob_bytes(store, sha, 64)
    assert mime == "image/jpeg"
    assert len(small) < len(data) / 10


@pytest.mark.parametrize("sha", ["../../../etc/passwd", "F" * 64, "", None, "a" * 63])
def test_only_a_sha_names_a_blob(store, sha):
    with pytest.raises(LogValueError, match="SHA-256"):
        blob_bytes(store, sha, None)


def test_an_unknown_blob_is_not_found_and_an_absurd_size_refused(store):
    with pytest.raises(NotFoundError, match="no longer holds this file"):
        blob_bytes(store, "a" * 64, None)
    with pytest.raises(NotFoundError, match="no longer holds this file"):
        blob_bytes(store, "a" * 64, 64)
    for px in (0, -1, 10**9, "64", 2.5):
        with pytest.raises(LogValueError, match="px"):
            blob_bytes(store, "a" * 64, px)
