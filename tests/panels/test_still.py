from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import nbtrack
from nbtrack.panels.still import (
    STILL_BYTES,
    compare_still,
    compare_text,
    run_still,
    run_text,
)
from nbtrack.panels.still_source import duration

from .conftest import T0, noise

#: what GitHub and JupyterLab leave in untrusted HTML
SAFE = {"div", "b", "br", "small", "span", "img", "table", "tr", "td"}
STYLES = {
    "font-size", "line-height", "max-width", "opacity", "border", "margin", "padding", "text-align",
    "vertical-align", "background",
}  # fmt: skip


class Reader(HTMLParser):
    """Checks that everything is safe and closed; collects text and pictures."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures: list[Image.Image] = []
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in SAFE
        self.tags.append(tag)
        for name, value in attrs:
            assert name in {"style", "src", "width", "height", "alt", "valign", "data-nbtrack-static"}
            if name == "style":
                assert {part.partition(":")[0] for part in value.split(";")} <= STYLES
            if name == "src":
                head, _, data = value.partition(",")
                assert head in {"data:image/png;base64", "data:image/jpeg;base64"}
                self.pictures.append(Image.open(io.BytesIO(base64.b64decode(data))))
        if tag not in {"br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def sized(reader: Reader, width: int) -> list[Image.Image]:
    return [p for p in reader.pictures if p.width in {width, 2 * width}]


def test_a_run_is_told_in_full(recorder):
    recorder.journal.meta("set", ["run", "tags"], ["baseline"])
    recorder.config(lr=0.001, model={"depth": 3})
    for step in range(100):
        recorder.log(step, {"loss": 1 / (step + 1), "acc": step / 100})
        if step % 33 == 0:
            recorder.media(step, "digits", [nbtrack.Image(np.eye(8) * 255)] * 3)
            recorder.media(step, "grads", nbtrack.Histogram(np.random.default_rng(0).normal(size=100)))
    recorder.finish()
    page = Reader(run_still(recorder.reader))
    for word in (
        "amber-fox", "digits", "finished", "step 99", "#baseline", "lr", "0.001", "model.depth", "loss", "0.01",
        "acc", "0.99", "grads", "step 0", "step 66", "step 99",
    ):  # fmt: skip
        assert word in page.text
    assert "_type" not in page.text
    assert len(sized(page, 236)) == 3
    assert len(page.pictures) == 1 + 3 + 3


def test_a_still_is_at_most_as_long_as_promised(recorder):
    rng = np.random.default_rng(0)
    recorder.config(**{f"option{i}": "x" * 500 for i in range(200)})
    for step in range(300):
        recorder.log(step, {f"layer{i}/norm": float(rng.normal()) for i in range(60)})
    for key in range(20):
        for step in (0, 100, 200):
            recorder.media(step, f"photo{key}", [nbtrack.Image(noise(200, 200, key + i)) for i in range(4)])
    html = run_still(recorder.reader)
    assert len(html.encode()) <= STILL_BYTES
    page = Reader(html)
    assert len(sized(page, 236)) >= 3
    assert any(picture.format == "JPEG" for picture in page.pictures)
    assert "more curves" in page.text


@pytest.mark.parametrize("text", ["신" * 5000, "\U0001f9ea" * 3000, "&<>\"'" * 3000])
def test_no_name_is_too_long_or_too_wild(recorder, make_recorder, text):
    recorder.config(**{text + str(i): text for i in range(40)})
    recorder.journal.meta("set", ["run", "name"], text)
    recorder.journal.meta("set", ["run", "notes"], text)
    recorder.journal.meta("set", ["run", "tags"], [text + str(i) for i in range(50)])
    recorder.log(0, {text + str(i): 1.0 for i in range(40)})
    recorder.object(0, "words", "json", {"value": text})
    others = [make_recorder(f"other{i}", name=text) for i in range(12)]
    for html in (run_still(recorder.reader), compare_still([r.reader for r in [recorder, *others]])):
        assert len(html.encode()) <= STILL_BYTES
        Reader(html)


def test_hostile_names_stay_text(recorder):
    evil = '<img src=x onerror="alert(1)"></td><script>alert(1)</script>'
    recorder.journal.meta("set", ["run", "name"], evil)
    recorder.config(**{evil: evil})
    recorder.log(0, {evil: 1.0})
    recorder.media(0, evil, nbtrack.Image(np.eye(8) * 255, caption=evil))
    recorder.media(0, evil + "2", nbtrack.Histogram([1, 2]))
    for html in (run_still(recorder.reader), compare_still([recorder.reader])):
        page = Reader(html)
        assert "onerror" in page.text
        assert "script" not in page.tags


def test_nothing_of_the_machine_is_told(recorder, store):
    recorder.journal.meta("set", ["run", "host"], "secret-host.example")
    recorder.journal.meta("set", ["run", "program"], "/home/alice/work/train.py")
    recorder.log(0, {"loss": 1.0})
    for text in (
        run_still(recorder.reader),
        compare_still([recorder.reader]),
        run_text(recorder.reader),
        compare_text([recorder.reader]),
    ):
        assert "secret-host" not in text
        assert "alice" not in text
        assert str(store.root.parent) not in text
        assert store.store_id not in text


def test_an_empty_run_is_shown(recorder):
    page = Reader(run_still(recorder.reader))
    assert "amber-fox" in page.text
    assert "running" in page.text
    assert run_text(recorder.reader).startswith("amber-fox · digits · running")


@pytest.mark.parametrize("values", [[float("nan")] * 3, [float("inf"), 1.0, -1e308], [1e308, -1e308]])
def test_numbers_without_a_scale_are_shown(recorder, values):
    for step, value in enumerate(values):
        recorder.log(step, {"loss": value})
    page = Reader(run_still(recorder.reader))
    assert "loss" in page.text
    assert len(sized(page, 236)) == 1


def test_hidden_metrics_and_bookkeeping_are_left_out(recorder):
    recorder.journal.meta("set", ["metric", "debug/*"], {"hidden": True})
    recorder.log(0, {"loss": 1.0, "debug/x": 2.0, "_private": 3.0, "_sys/cpu": 4.0})
    page = Reader(run_still(recorder.reader))
    assert len(sized(page, 236)) == 1
    assert "_private" not in page.text
    assert "_sys" not in page.text


def test_a_step_metric_is_the_axis(recorder):
    recorder.journal.meta("set", ["metric", "val"], {"step_metric": "epoch"})
    for step in range(10):
        recorder.log(step, {"epoch": step / 2, "val": step})
    recorder.log(20, {"val": 1.0})
    assert "val" in Reader(run_still(recorder.reader)).text


def test_lost_and_pending_media_leave_a_gap_only(recorder):
    recorder.object(0, "lost", "image-file", {"format": "png"}, "f" * 64)
    recorder.object(0, "pending", "histogram", {})
    recorder.object(0, "odd", "histogram", {"values": [1, 2], "bins": [0.0, float("inf"), 1.0]})
    recorder.log(0, {"loss": 1.0})
    page = Reader(run_still(recorder.reader))
    assert len(sized(page, 236)) == 1


def test_runs_are_compared_by_what_they_share_and_where_they_differ(make_recorder):
    readers = []
    for at, name in enumerate(("slow", "fast")):
        recorder = make_recorder(f"run{at}", name=name)
        recorder.config(lr=0.1 * (at + 1), seed=7)
        for step in range(50):
            recorder.log(step, {"loss": (at + 1) / (step + 1), f"only{at}": 1.0})
        recorder.media(49, "digits", nbtrack.Image(np.eye(8) * 255))
        recorder.finish()
        readers.append(recorder.reader)
    page = Reader(compare_still(readers))
    for word in (
        "slow",
        "fast",
        "config.lr",
        "0.1",
        "0.2",
        "summary.loss",
        "0.02",
        "0.04",
        "only0",
        "digits",
    ):
        assert word in page.text
    assert "config.seed" not in page.text
    assert page.text.index("summary.loss") < page.text.index("summary.only0")
    assert compare_text(readers).splitlines()[0] == "2 runs"
    narrow = Reader(compare_still(readers, ["only*"]))
    assert "only1" in narrow.text
    assert "digits" not in narrow.text.replace("· digits ·", "")


def test_many_runs_fit_too(make_recorder):
    readers = []
    for at in range(30):
        recorder = make_recorder(f"run{at:02}")
        recorder.config(lr=at)
        for step in range(200):
            recorder.log(step, {"loss": np.sin(at + step / 10)})
        readers.append(recorder.reader)
    html = compare_still(readers)
    assert len(html.encode()) <= STILL_BYTES
    assert "20 more runs" in Reader(html).text


def test_curves_of_a_comparison_have_the_colors_of_their_legend(make_recorder):
    readers = []
    for at in range(2):
        recorder = make_recorder(f"run{at}")
        for step in range(50):
            recorder.log(step, {"loss": step * (at + 1)})
        readers.append(recorder.reader)
    page = Reader(compare_still(readers))
    chart = np.asarray(sized(page, 236)[0].convert("RGBA"))
    for dot in sized(page, 10)[:2]:
        color = np.asarray(dot.convert("RGBA"))[dot.height // 2, dot.width // 2]
        assert (chart == color).all(axis=-1).any()


def test_text_names_the_last_numbers(recorder):
    for step in range(3):
        recorder.log(step, {f"k{i}": i / 3 for i in range(12)})
    first, second = run_text(recorder.reader).splitlines()
    assert first.startswith("amber-fox · digits · running · step 2")
    assert re.match(r"  k0 0, k1 0\.33333, .*, …$", second)


def test_the_time_between_first_and_last_sign_of_life_is_told(recorder):
    recorder.journal.meta("set", ["run", "created"], T0)
    recorder.log(0, {"loss": 1})
    assert duration(recorder.reader.meta.heartbeat - T0) in run_text(recorder.reader)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (12.34, "12.3 s"), (59.99, "60 s"), (60, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text
