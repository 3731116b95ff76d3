"""Media in `log()`: acknowledged as raw bytes, encoded by threads, resolved in place."""

from __future__ import annotations

import threading
from io import BytesIO

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError
from nbtrack.media.registry import encode
from nbtrack.tracking import encoding
from nbtrack.tracking.recover import recover
from tests.tracking.conftest import points


def picture(reader, row):
    from PIL import Image

    return np.asarray(Image.open(BytesIO(reader.blob(row.blob))))


@pytest.fixture
def held(monkeypatch):
    """Encoder threads wait until the event is set; what is encoded in the caller is not held."""
    go = threading.Event()
    caller = threading.current_thread()

    def waiting(codec, params, data):
        assert threading.current_thread() is caller or go.wait(60)
        return encode(codec, params, data)

    monkeypatch.setattr(encoding, "encode", waiting)
    yield go
    go.set()


BIG = (128, 96, 3)


def test_a_small_image_is_encoded_at_once(run, read):
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    run.log({"img": nbtrack.Image(pixels, caption="c"), "loss": 1})
    reader = read(run)
    (row,) = reader.objects("img")
    assert (row.kind, row.idx, row.count, row.pending) == ("image-file", 0, 0, None)
    assert (row.meta["width"], row.meta["height"], row.meta["caption"]) == (8, 8, "c")
    assert np.array_equal(picture(reader, row), pixels)
    assert points(reader, "loss") == {0: 1}


def test_a_large_image_is_acknowledged_before_it_is_encoded(run, read, held):
    pixels = np.random.default_rng(0).integers(0, 255, BIG, dtype=np.uint8)
    run.log({"img": nbtrack.Image(pixels)})
    (row,) = read(run).objects("img")
    assert row.pending is not None
    assert row.blob is None
    assert row.meta["width"] == 96
    held.set()
    run.finish()
    reader = read(run)
    (done,) = reader.objects("img")
    assert (done.step, done.time, done.pending) == (row.step, row.time, None)
    assert np.array_equal(picture(reader, done), pixels)
    assert list(reader.run_dir.glob("*.spool*")) == []


def test_what_is_changed_after_log_is_not_what_was_logged(run, read, held):
    pixels = np.full(BIG, 7, np.uint8)
    values = np.ones(100_000, np.float32)
    run.log({"img": nbtrack.Image(pixels), "hist": nbtrack.Histogram(values), "auto": values})
    pixels[:] = 0
    values[:] = 9
    held.set()
    run.finish()
    reader = read(run)
    assert (picture(reader, reader.objects("img")[0]) == 7).all()
    for key in ("hist", "auto"):
        meta = reader.objects(key)[0].meta
        assert sum(meta["values"]) == 100_000
        assert meta["bins"][0] <= 1 <= meta["bins"][-1] < 9


def test_lists_of_images_keep_their_order(run, read):
    images = [nbtrack.Image(np.full(BIG, i, np.uint8)) for i in range(5)]
    run.log({"samples": images, "small": [nbtrack.Image(np.zeros((2, 2))) for _ in range(2)]})
    run.finish()
    reader = read(run)
    rows = reader.objects("samples")
    assert [(row.idx, row.count) for row in rows] == [(i, 5) for i in range(5)]
    assert [int(picture(reader, row)[0, 0, 0]) for row in rows] == [0, 1, 2, 3, 4]
    assert len(reader.objects("small")) == 2


def test_a_shorter_list_in_the_same_step_replaces_the_longer(run, read):
    run.log({"s": [nbtrack.Histogram([i, i + 1]) for i in range(4)]}, step=3)
    run.log({"s": [nbtrack.Histogram([9, 10])]}, step=3)
    run.log({"t": nbtrack.Histogram([1, 2])}, step=3)
    reader = read(run)
    assert [row.meta["bins"][0] for row in reader.objects("s")] == [9]


def test_a_late_encoder_does_not_overwrite_a_newer_value(run, read, held):
    run.log({"img": nbtrack.Image(np.zeros(BIG, np.uint8))}, step=0)
    run.log({"img": nbtrack.Image(np.full((4, 4), 200, np.uint8))}, step=0)
    held.set()
    run.finish()
    (row,) = read(run).objects("img")
    assert (row.meta["width"], row.pending) == (4, None)


@pytest.mark.parametrize("mixed", [[1, "image"], ["image", "hist"], ["image", None]])
def test_lists_of_several_classes_are_errors(run, read, mixed):
    makes = {"image": nbtrack.Image(np.zeros((2, 2))), "hist": nbtrack.Histogram([1, 2])}
    with pytest.raises(LogTypeError, match=r"'k'.*mixes"):
        run.log({"k": [makes.get(one, one) for one in mixed], "good": 1})
    assert points(read(run), "good") == {0: 1}


def test_a_medium_deep_inside_a_list_is_named(run):
    with pytest.raises(LogTypeError, match=r"'k\[0\]\.a'.*Image"):
        run.log({"k": [{"a": nbtrack.Image(np.zeros((2, 2)))}]})


def test_media_in_nested_dicts(run, read):
    run.log({"val": {"img": nbtrack.Image(np.zeros((2, 3)))}})
    assert read(run).objects("val.img")[0].meta["width"] == 3


def test_pil_and_matplotlib_need_no_wrapping(run, read):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from PIL import Image

    figure, axes = plt.subplots()
    axes.plot([1, 2])
    run.log({"pil": Image.new("RGB", (5, 4)), "figure": figure, "axes": axes, "plt": plt})
    plt.close(figure)
    run.finish()
    reader = read(run)
    assert reader.objects("pil")[0].meta["width"] == 5
    for key in ("figure", "axes", "plt"):
        (row,) = reader.objects(key)
        assert row.kind == "plotly-file"
        assert "matplotlib" in row.meta["note"]


def test_a_key_may_be_a_number_then_an_image(run, read):
    run.log({"k": 1})
    run.log({"k": nbtrack.Image(np.zeros((2, 2)))})
    reader = read(run)
    assert points(reader, "k") == {0: 1}
    assert [(row.step, row.kind) for row in reader.objects("k")] == [(1, "image-file")]
    assert run.summary["k"]["_type"] == "image-file"


def test_an_encoder_that_fails_is_said_and_nothing_waits_for_it(run, read, monkeypatch, capsys):
    from nbtrack.tracking import term

    def broken(codec, params, data):
        raise ValueError("no such pixels")

    term.configure(silent=False)
    monkeypatch.setattr(encoding, "encode", broken)
    run.log({"img": nbtrack.Image(np.zeros(BIG, np.uint8)), "tiny": nbtrack.Image(np.zeros((2, 2))), "a": 1})
    run.finish()
    reader = read(run)
    for key in ("img", "tiny"):
        (row,) = reader.objects(key)
        assert (row.pending, row.blob, row.meta["error"]) == (None, None, "ValueError: no such pixels")
    assert points(reader, "a") == {0: 1}
    assert "'img' could not be encoded: ValueError: no such pixels" in capsys.readouterr().err


def test_finish_gives_up_after_its_time_and_recover_goes_on(read, held, monkeypatch):
    monkeypatch.setattr("nbtrack.tracking.run.PATIENCE_S", 0.01)
    run = nbtrack.init(settings={"finish_timeout": 0.02})
    pixels = np.full(BIG, 5, np.uint8)
    run.log({"img": nbtrack.Image(pixels)})
    run.finish(exit_code=4)
    assert read(run).objects("img")[0].pending is not None
    assert recover(run.store, run.id) == 1
    assert recover(run.store) == 0
    reader = read(run)
    assert np.array_equal(picture(reader, reader.objects("img")[0]), pixels)
    assert (reader.state(), reader.meta.exit_code) == ("failed", 4)


def test_recover_leaves_a_living_run_alone(run, read, held):
    run.log({"img": nbtrack.Image(np.zeros(BIG, np.uint8))})
    assert recover(run.store) == 0
    assert read(run).objects("img")[0].pending is not None


def test_many_images_from_many_threads(run, read):
    def work(n):
        for i in range(10):
            run.log({f"img{n}": nbtrack.Image(np.full(BIG, n * 10 + i, np.uint8))})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.finish()
    reader = read(run)
    for n in range(4):
        rows = reader.objects(f"img{n}")
        assert [int(picture(reader, row)[0, 0, 0]) for row in rows] == [n * 10 + i for i in range(10)]


def test_finish_says_what_it_waits_for(held, monkeypatch, capsys):
    monkeypatch.setattr("nbtrack.tracking.run.PATIENCE_S", 0.01)
    monkeypatch.setenv("NBTRACK_SILENT", "off")

    def say(text):
        nbtrack.termlog(text)
        held.set()

    monkeypatch.setattr("nbtrack.tracking.run.termlog", say)
    run = nbtrack.init(name="slow")
    run.log({"img": nbtrack.Image(np.zeros(BIG, np.uint8))})
    run.finish()
    assert "finishing 'slow': 1 media are still being encoded" in capsys.readouterr().err
