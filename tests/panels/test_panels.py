"""Panels against a host's comms: what they send, what they answer, when they stop."""

from __future__ import annotations

import gc
import json
import threading
import weakref

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import NbtrackError, NotFoundError, UsageError
from nbtrack.panels import push, widget
from nbtrack.panels.built import built
from nbtrack.panels.delta import build_delta
from nbtrack.panels.push import pusher
from nbtrack.panels.registry import find
from nbtrack.panels.run import mimebundle, panel_of, still_output
from nbtrack.panels.wire import Hello

from .conftest import noise
from .test_delta import Receiver, assert_same
from .test_wire import check

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def deltas(messages):
    return [(content, buffers) for content, buffers in messages if content.get("t") == "delta"]


def of_state(state: str):
    return lambda sent: any(m["info"]["state"] == state for m in sent if m.get("t") == "delta")


def test_a_panel_says_who_it_is_and_carries_little(front_end, recorder):
    panel = panel_of(recorder.reader)
    check(panel.data_hello, Hello)
    assert panel.data_hello["runs"] == [recorder.run_id]
    assert panel.data_hello["title"] == "amber-fox"
    state = front_end.opened[panel.model_id]
    state.pop("_esm"), state.pop("_css")
    assert len(json.dumps(state)) < 2000
    assert len(json.dumps(front_end.opened[panel.data_hello["askModel"]])) < 1000


def test_a_panel_opens_two_comms_and_no_more(front_end, recorder):
    panel = panel_of(recorder.reader)
    assert set(front_end.opened) == {panel.model_id, panel.data_hello["askModel"]}


def test_the_browser_gets_the_run_without_asking(front_end, recorder):
    recorder.config(lr=0.1)
    recorder.log(0, {"loss": 1.0})
    panel = panel_of(recorder.reader)
    receiver = Receiver()
    for delta, buffers in deltas(front_end.wait(lambda sent: len(sent) > 0, panel.model_id)):
        receiver.apply(delta, buffers)
    assert receiver.config == {"lr": 0.1}
    assert_same(receiver, recorder.reader)


def test_what_is_logged_is_pushed_until_the_run_ends(front_end, recorder):
    panel = panel_of(recorder.reader)
    assert panel.is_live()
    front_end.wait(lambda sent: len(sent) > 0, panel.model_id)
    for step in range(200):
        recorder.log(step, {"loss": step})
    front_end.wait(lambda sent: sent[-1]["info"]["lastStep"] == 199, panel.model_id)
    recorder.media(200, "last", nbtrack.Histogram([1, 2]))
    recorder.finish()
    messages = front_end.wait(of_state("finished"), panel.model_id)
    receiver = Receiver()
    for delta, buffers in deltas(messages):
        receiver.apply(delta, buffers)
    assert_same(receiver, recorder.reader)
    assert receiver.media.keys() == {("last", 200, 0)}
    assert len(messages) < 100, "pushes are coalesced"


def test_a_finished_run_needs_no_pushes(front_end, recorder):
    recorder.log(0, {"loss": 1.0})
    recorder.finish()
    panel = panel_of(recorder.reader)
    front_end.wait(of_state("finished"), panel.model_id)
    while panel.is_live():
        pusher._wake.set()
    assert len(deltas(front_end.wait(lambda sent: True, panel.model_id))) == 1


class Shown:
    """A panel of one run, as far as a stream knows it; holds what was sent."""

    def __init__(self, recorder):
        self.asked = 0
        self.readers = [recorder.reader]
        self.stream = push.Stream(recorder.reader)
        self.sent = []

    def delta(self, reader, have, blobs_budget):
        return build_delta(reader, have, blobs_budget=blobs_budget)

    def look(self, now):
        if news := self.stream.news(self, now):
            self.sent.append(news[0])


def test_nothing_is_pushed_when_nothing_changed(recorder):
    recorder.log(0, {"loss": 1.0})
    panel = Shown(recorder)
    for second in range(100):
        panel.look(float(second))
    assert len(panel.sent) == 1
    recorder.log(1, {"loss": 1.0})
    panel.look(100.0)
    assert len(panel.sent) == 2


def test_a_browser_that_never_asks_gets_everything_again(recorder):
    silent, asking = Shown(recorder), Shown(recorder)
    for tenth in range(200):
        recorder.log(tenth, {"loss": tenth})
        asking.asked = 1
        for panel in (silent, asking):
            panel.look(tenth / 10)
    assert sum(delta["full"] for delta in silent.sent) == 4
    assert sum(delta["full"] for delta in asking.sent) == 1
    recorder.finish()
    for panel in (silent, asking):
        panel.look(20.05)
        assert panel.sent[-1]["info"]["state"] == "finished"
    assert silent.sent[-1]["full"]


def test_every_question_is_answered(front_end, recorder):
    recorder.cell(5, "train()")
    recorder.log(0, {"loss": 1.0})
    sha = recorder.media(0, "photo", nbtrack.Image(noise(300, 300)))[0]
    panel = panel_of(recorder.reader)
    run = recorder.run_id

    reply, buffers = front_end.ask(panel, "sync", runs=[{"run": run, "have": None}])
    assert reply["ok"]
    receiver = Receiver()
    receiver.apply(reply["result"]["deltas"][0], buffers)
    assert_same(receiver, recorder.reader)

    reply, buffers = front_end.ask(panel, "series", run=run, keys=["loss"], lo=0, hi=9, buckets=10)
    assert np.frombuffer(buffers[reply["result"]["values"][0]]).tolist() == [1.0]

    reply, (data,) = front_end.ask(panel, "blob", sha=sha, px=None)
    assert (reply["result"], data) == ({"mime": "image/png"}, recorder.reader.blob(sha))
    reply, (data,) = front_end.ask(panel, "blob", sha=sha, px=64)
    assert reply["result"] == {"mime": "image/jpeg"}

    reply, _ = front_end.ask(panel, "cell", run=run, cell=5)
    assert reply["result"]["source"] == "train()"


@pytest.mark.parametrize(
    ("op", "args", "kind"),
    [
        ("sync", {"runs": [{"run": "other", "have": None}]}, "NotFoundError"),
        ("sync", {"run": "a1b2c3d4", "have": None}, "UsageError"),
        ("series", {"run": "a1b2c3d4", "keys": ["nope"], "lo": 0, "hi": 1, "buckets": 5}, "NotFoundError"),
        ("series", {"run": "a1b2c3d4"}, "UsageError"),
        ("blob", {"sha": "../x", "px": None}, "LogValueError"),
        ("blob", {"sha": "0" * 64, "px": None}, "NotFoundError"),
        ("blob", {}, "UsageError"),
        ("cell", {"run": "a1b2c3d4", "cell": 1}, "NotFoundError"),
        ("resume", {"run": "nope"}, "NotFoundError"),
        ("dance", {}, "UsageError"),
    ],
)
def test_a_question_that_cannot_be_answered_gets_an_error(front_end, recorder, op, args, kind):
    recorder.log(0, {"loss": 1.0})
    reply, _ = front_end.ask(panel_of(recorder.reader), op, **args)
    assert not reply["ok"]
    assert reply["error"]["type"] == kind
    assert reply["error"]["message"]


def test_there_is_one_panel_for_a_run(front_end, recorder):
    panel = panel_of(recorder.reader)
    assert panel_of(recorder.reader) is panel
    panel.close()
    assert panel_of(recorder.reader) is not panel


def test_a_closed_panel_is_left_alone(front_end, recorder):
    panel = panel_of(recorder.reader)
    front_end.wait(lambda sent: len(sent) > 0, panel.model_id)
    panel.close()
    assert not panel.is_live()
    count = len(front_end.sent)
    recorder.log(0, {"loss": 1.0})
    other = widget.RunPanel(recorder.reader)
    front_end.wait(lambda sent: len(sent) > 0, other.model_id)
    other.close()
    assert [m for m in front_end.sent[count:] if m[0] != other.data_hello["askModel"]]
    assert panel.comm is None


def test_a_panel_that_nobody_holds_goes(front_end, recorder):
    panel = widget.RunPanel(recorder.reader)
    front_end.wait(lambda sent: len(sent) > 0, panel.model_id)
    panel.close()
    gone = weakref.ref(panel)
    del panel
    for _ in range(50):
        gc.collect()
        pusher._wake.set()
        if gone() is None:
            break
    assert gone() is None


def test_a_store_that_vanishes_is_said_and_nothing_raises(front_end, recorder, monkeypatch):
    panel = panel_of(recorder.reader)
    front_end.wait(lambda sent: len(sent) > 0, panel.model_id)

    def gone():
        raise OSError("the drive is gone")

    monkeypatch.setattr(push, "_MAX_FAILURES", 1)
    monkeypatch.setattr(panel.readers[0], "refresh", gone)
    messages = front_end.wait(lambda sent: sent[-1]["t"] == "gone", panel.model_id)
    assert "the drive is gone" in messages[-1][0]["reason"]
    while panel.is_live():
        pusher._wake.set()


def test_without_a_front_end_nothing_runs(recorder):
    recorder.log(0, {"loss": 1.0})
    data, metadata = mimebundle(recorder.reader)
    assert set(data) == {"text/html", "text/plain"}
    assert metadata == {}
    panel = widget.RunPanel(recorder.reader)
    assert not panel.is_live()
    assert "nbtrack-push" not in [thread.name for thread in threading.enumerate()] or not pusher.serves(panel)


def test_a_run_shows_its_view_and_its_still(front_end, recorder):
    recorder.log(0, {"loss": 0.25})
    data, _ = mimebundle(recorder.reader)
    assert data[WIDGET_VIEW]["model_id"] == panel_of(recorder.reader).model_id
    assert "amber-fox" in data["text/html"]
    assert "loss 0.25" in data["text/plain"]


def test_missing_javascript_is_said_and_the_still_shown(front_end, recorder, monkeypatch):
    def unbuilt(name):
        raise NbtrackError("nbtrack/static/core.js is missing; run `make js`")

    monkeypatch.setattr(widget.RunPanel, "__init__", lambda self, reader: unbuilt("core.js"))
    with pytest.warns(nbtrack.NbtrackWarning, match="make js"):
        data, _ = mimebundle(recorder.reader)
    assert WIDGET_VIEW not in data
    assert "amber-fox" in data["text/html"]


def test_a_file_that_was_not_built_is_named():
    with pytest.raises(NbtrackError, match=r"static/nope\.js is missing.*make js"):
        built("nope.js")


def test_the_still_beside_the_view_carries_the_panels_id(front_end, recorder):
    panel = panel_of(recorder.reader)
    html = panel.still_bundle()["text/html"]
    assert html.startswith(f'<div data-nbtrack-static="{panel.panel_id}">')
    assert still_output(recorder.reader) == html
    assert not panel.still_is_stale()
    recorder.log(0, {"loss": 1.0})
    assert panel.still_is_stale()


def test_displaying_a_panel_gives_the_view_and_the_still_apart(front_end, recorder, displayed):
    panel = panel_of(recorder.reader)
    panel._ipython_display_()
    view, still = displayed
    assert set(view) == {WIDGET_VIEW, "text/plain"}
    assert set(still) == {"text/html", "text/plain"}
    displayed.clear()
    panel.freeze()
    (frozen,) = displayed
    assert set(frozen) == {"text/html", "text/plain"}
    assert "data-nbtrack-static" not in frozen["text/html"]


def test_a_run_as_a_cells_value_shows_view_and_still_apart(front_end, recorder, displayed, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(recorder.reader.store.root))
    run = nbtrack.Api().runs()[0]
    run._ipython_display_()
    view, still = displayed
    assert set(view) == {WIDGET_VIEW, "text/plain"}
    assert "data-nbtrack-static" in still["text/html"]


def test_without_a_front_end_ipython_is_sent_on_to_the_mimebundle(recorder, displayed, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(recorder.reader.store.root))
    run = nbtrack.Api().runs()[0]
    with pytest.raises(NotImplementedError):
        run._ipython_display_()
    assert displayed == []
    assert "text/html" in run._repr_mimebundle_()[0]


def test_the_last_still_is_not_lost_between_the_cells_end_and_the_last_push(
    front_end, recorder, displayed, monkeypatch
):
    panel = panel_of(recorder.reader)
    panel._ipython_display_()
    drawing, go_on = threading.Event(), threading.Event()
    still = panel.still

    def slow() -> str:
        drawing.set()
        go_on.wait(30)
        return still()

    monkeypatch.setattr(panel, "still", slow)
    recorder.finish()
    cell_end = threading.Thread(target=panel.refresh_stills)
    cell_end.start()
    assert drawing.wait(30)
    last_push = threading.Thread(target=panel.pushes_ended)
    last_push.start()
    go_on.set()
    cell_end.join()
    last_push.join()
    assert "finished" in displayed[-1]["text/html"]


@pytest.fixture
def displayed(monkeypatch):
    """What was displayed, and how it was updated, in order."""
    import IPython.display

    shown: list[dict] = []

    class Handle:
        def update(self, data, **options):
            shown.append(data)

    def display(data, **options):
        shown.append(data)
        return Handle() if options.get("display_id") else None

    monkeypatch.setattr(IPython.display, "display", display)
    return shown


def test_the_server_can_find_the_store_of_a_panel(front_end, recorder, store):
    panel_of(recorder.reader)
    assert find(store.store_id) == store.root.resolve()


def test_panels_are_named_briefly(front_end, recorder):
    assert repr(panel_of(recorder.reader)) == "<RunPanel a1b2c3d4>"


# ---- several runs ------------------------------------------------------------------------------------------


@pytest.fixture
def three(make_recorder, monkeypatch, store):
    monkeypatch.setenv("NBTRACK_DIR", str(store.root))
    recorders = []
    for at, run_id in enumerate(("run1", "run2", "run3")):
        recorder = make_recorder(run_id, name=f"name{at}", created=1_750_000_000.0 + at)
        recorder.config(lr=0.1 * (at + 1), seed=1)
        recorder.log(0, {"loss": at})
        recorders.append(recorder)
    return recorders


def ids(panel) -> list[str]:
    return panel.data_hello["runs"]


def test_runs_are_named_in_many_ways(front_end, three):
    one, two, three_ = three
    assert ids(nbtrack.compare(one.reader, two)) == ["run1", "run2"]
    assert ids(nbtrack.compare([one, two], "run3")) == ["run1", "run2", "run3"]
    assert ids(nbtrack.compare("run1", one, "run1")) == ["run1"]
    assert ids(nbtrack.compare("digits/run2", three_)) == ["run2", "run3"]


def test_a_project_stands_for_its_latest_runs(front_end, three, make_recorder):
    assert ids(nbtrack.compare("digits")) == ["run1", "run2", "run3"]
    for at in range(10):
        make_recorder(f"later{at}", created=1_760_000_000.0 + at)
    assert ids(nbtrack.compare("digits")) == [f"later{at}" for at in range(10)]


def test_runs_of_api_are_compared(front_end, three):
    runs = nbtrack.Api().runs("digits")
    assert ids(nbtrack.compare(runs)) == ["run1", "run2", "run3"]
    assert ids(nbtrack.compare(*runs[:2])) == ["run1", "run2"]
    assert ids(nbtrack.show(runs[0])) == ["run1"]


def test_runs_of_a_project_are_compared_where_a_filter_is_true(front_end, three):
    assert ids(nbtrack.compare("digits", where="id in ('run1', 'run3')")) == ["run1", "run3"]
    assert ids(nbtrack.compare("digits", where={"name": "run2"})) == ["run2"]
    with pytest.raises(UsageError, match="no run matches"):
        nbtrack.compare("digits", where="id = 'run9'")
    with pytest.raises(UsageError, match="names of projects"):
        nbtrack.compare(three[0], where="id = 'run1'")


def test_compare_tells_the_page_on_what_runs_are_aligned_and_against_which(front_end, three):
    one, two, _ = three
    assert not {"align", "baseline"} & nbtrack.compare(one, two).data_hello.keys()
    told = nbtrack.compare(one, two, align="time", baseline="run2").data_hello
    assert (told["align"], told["baseline"]) == ("_runtime", "run2")
    assert nbtrack.compare(one, two, align="loss", baseline=one).data_hello["align"] == "loss"


def test_compare_names_what_it_can_be_aligned_on(front_end, three):
    with pytest.raises(NotFoundError, match=r"no run logged 'los'; did you mean 'loss'\?"):
        nbtrack.compare("digits", align="los")
    with pytest.raises(UsageError, match="one of the runs that are compared; 'run3' is not"):
        nbtrack.compare("run1", "run2", baseline="run3")


def test_every_run_of_a_comparison_is_pushed(front_end, three):
    three[0].finish()
    panel = nbtrack.compare(*three)
    front_end.wait(lambda sent: {m["run"] for m in sent} == {"run1", "run2", "run3"}, panel.model_id)
    three[1].log(1, {"loss": 7.0})
    front_end.wait(
        lambda sent: (sent[-1]["run"], sent[-1]["info"]["lastStep"]) == ("run2", 1), panel.model_id
    )
    assert panel.is_live()
    panel.close()


def test_keys_of_a_comparison_travel_with_it(front_end, three):
    for recorder in three:
        recorder.log(1, {"acc": 1.0})
    panel = nbtrack.compare(*three, keys="acc")
    assert panel.data_hello["keys"] == ["acc"]
    check(panel.data_hello, Hello)
    assert ">acc<" in panel.still()
    assert ">loss<" not in panel.still()
    assert "keys" not in nbtrack.compare(*three).data_hello


def test_a_run_that_is_gone_does_not_keep_the_others_from_the_browser(front_end, three):
    panel = nbtrack.compare(*three)
    asked = [{"run": run, "have": None} for run in ("run1", "nope", "run3")]
    answer, buffers = front_end.ask(panel, "sync", runs=asked)
    first, second = answer["result"]["deltas"]
    assert (first["run"], second["run"]) == ("run1", "run3")
    for delta, recorder in ((first, three[0]), (second, three[2])):
        receiver = Receiver()
        receiver.apply(delta, buffers)
        assert_same(receiver, recorder.reader)
    panel.close()


def test_media_that_a_comparison_does_not_show_are_neither_pushed_nor_sent(front_end, three):
    for at, recorder in enumerate(three):
        recorder.media(1, "samples", nbtrack.Image(noise(16, 16, seed=at)))
        recorder.media(1, "faces", nbtrack.Image(noise(16, 16, seed=9 + at)))
    panel = nbtrack.compare(*three, keys=["loss", "samp*"])
    sent = front_end.wait(lambda sent: {m["run"] for m in sent} == {"run1", "run2", "run3"}, panel.model_id)
    answer, _ = front_end.ask(panel, "sync", runs=[{"run": "run1", "have": None}])
    for delta in [*(content for content, _ in sent), *answer["result"]["deltas"]]:
        assert {row["key"] for row in delta["media"]} == {"samples"}
        assert len(delta["blobs"]) == 1
    panel.close()


def test_what_cannot_be_compared_is_refused(front_end, three, tmp_path):
    from nbtrack.store.layout import Store

    from .conftest import Recorder

    with pytest.raises(UsageError, match="at least one run"):
        nbtrack.compare()
    with pytest.raises(UsageError, match="got int"):
        nbtrack.compare(3)
    with pytest.raises(NotFoundError, match="neither a run nor a project"):
        nbtrack.compare("nothing-of-that-name")
    other = Recorder(Store.open(tmp_path / "other", create=True), "elsewhere")
    with pytest.raises(UsageError, match="one store"):
        nbtrack.compare(three[0], other)


def test_show_finds_out_what_it_was_given(front_end, three):
    assert ids(nbtrack.show("run2")) == ["run2"]
    assert ids(nbtrack.show("digits")) == ["run1", "run2", "run3"]
    assert ids(nbtrack.show(three[1].reader)) == ["run2"]
    image = nbtrack.Image(np.zeros((4, 4)))
    assert nbtrack.show(image) is image
    assert isinstance(nbtrack.show(np.zeros((4, 4), np.uint8)), nbtrack.Image)
    with pytest.raises(UsageError, match="no run is open"):
        nbtrack.show()
    with pytest.raises(NotFoundError):
        nbtrack.show("neither")
