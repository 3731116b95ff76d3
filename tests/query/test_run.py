from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nbtrack
from nbtrack.errors import NotFoundError, UsageError

from .conftest import Record


@pytest.fixture
def picture() -> np.ndarray:
    return (np.arange(24 * 16) % 251).astype(np.uint8).reshape(24, 16)


@pytest.fixture
def rich(record: Record, picture: np.ndarray) -> str:
    """A run with curves of different steps, pictures and a histogram."""
    run = nbtrack.init(
        project="digits", id="rich", name="rich run", config={"lr": 0.1, "opt": {"name": "sgd"}}, tags=["a"]
    )
    for step in range(10):
        row: dict = {"loss": 1 / (step + 1), "epoch": step // 2}
        if step % 2 == 0:
            row["val/acc"] = step / 10
        if step % 5 == 0:
            row["val/samples"] = [nbtrack.Image(picture, caption=f"{step}.{i}") for i in range(2)]
            row["one"] = nbtrack.Image(picture)
            row["grads"] = nbtrack.Histogram(np.arange(100.0), num_bins=8)
        run.log(row)
    run.finish()
    return "rich"


def test_a_run_tells_what_it_is(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    assert (run.id, run.name, run.project, run.entity) == ("rich", "rich run", "digits", "")
    assert (run.state, run.tags, run.lastHistoryStep, run.url) == ("finished", ["a"], 9, None)
    assert run.config == {"lr": 0.1, "opt": {"name": "sgd"}}
    assert run.rawconfig["lr"] == {"value": 0.1}
    assert (
        datetime.fromisoformat(run.created_at).timestamp()
        <= datetime.fromisoformat(run.heartbeat_at).timestamp()
    )
    assert run.metadata["host"]
    assert repr(run) == "<Run digits/rich (finished)>"


def test_history_keys_tell_what_was_logged(rich: str) -> None:
    known = nbtrack.Api().run(rich).history_keys
    assert known["lastStep"] == 9
    assert set(known["keys"]) == {"loss", "epoch", "val/acc", "val/samples", "one", "grads"}
    assert known["keys"]["loss"]["count"] == 10
    assert known["keys"]["one"]["typeCounts"] == [{"type": "image-file"}]


def test_history_is_a_data_frame_of_all_keys(rich: str) -> None:
    frame = nbtrack.Api().run(rich).history()
    assert isinstance(frame, pd.DataFrame)
    assert set(frame) == {
        "_step",
        "loss",
        "epoch",
        "val/acc",
        "val/samples",
        "one",
        "grads",
        "_runtime",
        "_timestamp",
    }
    assert frame["_step"].tolist() == list(range(10))
    assert frame["loss"].tolist() == [1 / (i + 1) for i in range(10)]
    assert frame["val/acc"].isna().tolist() == [False, True] * 5


def test_history_with_keys_holds_only_rows_that_have_them_all(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    frame = run.history(keys=["loss", "val/acc"])
    assert list(frame) == ["_step", "loss", "val/acc"]
    assert frame["_step"].tolist() == [0, 2, 4, 6, 8]
    by_epoch = run.history(keys=["val/acc"], x_axis="epoch", pandas=False)
    assert by_epoch[1] == {"_step": 2, "epoch": 1, "val/acc": 0.2}


def test_sampled_history_keeps_the_extremes(record: Record) -> None:
    values = np.random.default_rng(1).normal(size=3000)
    values[1234], values[2345] = 99.0, -99.0
    record("long", [{"x": v} for v in values.tolist()])
    frame = nbtrack.Api().run("long").history(samples=50, keys=["x"])
    assert len(frame) == 50
    assert (frame["x"].max(), frame["x"].min()) == (99.0, -99.0)
    assert frame["_step"].iloc[[0, -1]].tolist() == [0, 2999]
    assert all(values[step] == x for step, x in zip(frame["_step"], frame["x"], strict=True))


def test_scan_history_gives_every_row(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    rows = list(run.scan_history(page_size=3))
    assert [row["_step"] for row in rows] == list(range(10))
    assert "val/acc" not in rows[1]
    assert [row["_step"] for row in run.scan_history(keys=["loss", "val/acc"])] == [0, 2, 4, 6, 8]
    assert [row["_step"] for row in run.scan_history(min_step=3, max_step=6)] == [3, 4, 5]
    assert [row["_step"] for row in run.scan_history(keys=["_step"], max_step=2)] == [0, 1]


def test_nan_and_infinity_come_back_as_they_were(record: Record) -> None:
    record("odd", [{"x": math.nan}, {"x": math.inf}, {"x": -math.inf}, {"x": 1.0}])
    values = [row["x"] for row in nbtrack.Api().run("odd").scan_history(keys=["x"])]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1.0]


def test_a_key_that_was_never_logged_gives_nothing_and_a_warning(rich: str) -> None:
    with pytest.warns(nbtrack.NbtrackWarning, match=r"never logged 'los'.*'loss'"):
        assert len(nbtrack.Api().run(rich).history(keys=["los"])) == 0


@pytest.mark.parametrize(
    "given",
    [{"samples": 0}, {"samples": 2.5}, {"keys": "loss"}, {"keys": [1]}, {"x_axis": 3}, {"stream": "x"}],
)
def test_arguments_that_cannot_be_used_are_named(rich: str, given: dict) -> None:
    with pytest.raises(UsageError, match=next(iter(given))):
        nbtrack.Api().run(rich).history(**given)


def test_media_cells_are_wandbs_json(rich: str) -> None:
    row = next(iter(nbtrack.Api().run(rich).scan_history(min_step=5)))
    one = row["one"]
    assert (one["_type"], one["format"], one["width"], one["height"]) == ("image-file", "png", 16, 24)
    assert one["path"] == f"media/images/one_5_{one['sha256'][:20]}.png"
    several = row["val/samples"]
    assert (several["_type"], several["count"]) == ("images/separated", 2)
    assert several["captions"] == ["5.0", "5.1"]
    assert all(name.startswith("media/images/val/samples_5_") for name in several["filenames"])
    assert row["grads"]["_type"] == "histogram"
    assert sum(row["grads"]["values"]) == 100


def test_media_are_loaded_back(rich: str, picture: np.ndarray) -> None:
    run = nbtrack.Api().run(rich)
    first = run.media("val/samples", step=0)
    assert [image.caption for image in first] == ["0.0", "0.1"]
    assert np.array_equal(first[0].to_numpy(), picture)
    assert run.media("val/samples")[0].caption == "5.0"
    assert [type(medium) for medium in run.media("one")] == [nbtrack.Image]
    assert sum(run.media("grads")[0].histogram) == 100
    assert run.media("loss") == []
    with pytest.raises(NotFoundError, match=r"'val/sample'.*'val/samples'"):
        run.media("val/sample")
    with pytest.raises(NotFoundError, match="step 3; the nearest step is 5"):
        run.media("one", step=3)


def test_arrow_holds_the_whole_history(rich: str) -> None:
    table = nbtrack.Api().run(rich).to_arrow()
    assert table.num_rows == 10
    assert table["val/acc"].null_count == 5
    assert nbtrack.Api().run(rich).to_arrow(["val/acc"]).num_rows == 5


def test_edits_of_a_finished_run_are_kept_and_change_nothing_else(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    before = (run.state, run.duration, run.heartbeat_at, run.lastHistoryStep)
    run.name, run.notes, run.group, run.job_type = "better", "text", "g", "train"
    run.tags.append("b")
    run.config["lr"] = 0.2
    run.config["opt"]["name"] = "adam"
    run.config["new"] = [1, 2]
    run.summary["best"] = 0.9
    run.update()
    again = nbtrack.Api().run(rich)
    assert (again.name, again.notes, again.group, again.job_type) == ("better", "text", "g", "train")
    assert again.tags == ["a", "b"]
    assert again.config == {"lr": 0.2, "opt": {"name": "adam"}, "new": [1, 2]}
    assert again.summary["best"] == 0.9
    assert again.summary["loss"] == 0.1
    assert (again.state, again.duration, again.heartbeat_at, again.lastHistoryStep) == before
    del again.config["new"]
    again.tags = ["c"]
    again.save()
    assert (run.load(force=True).tags, "new" in run.config) == (["c"], False)


def test_an_update_without_changes_writes_nothing(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    files = sorted(p.name for p in run.dir.iterdir())
    run.update()
    run.summary.update()
    assert sorted(p.name for p in run.dir.iterdir()) == files


def test_changes_that_are_not_written_survive_the_writing_of_others(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    run.config["lr"] = 5
    run.summary.update({"x": 1})
    run.update()
    assert nbtrack.Api().run(rich).config["lr"] == 5


def test_values_that_cannot_be_kept_are_named(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    with pytest.raises(UsageError, match="name must be a str"):
        run.name = 3  # type: ignore[assignment]
    with pytest.raises(UsageError, match="tags"):
        run.tags = "abc"  # type: ignore[assignment]
    run.config["bad"] = object()
    with pytest.raises(nbtrack.UsageError, match="bad"):
        run.update()


def test_a_deleted_run_is_hidden_until_it_is_undeleted(rich: str) -> None:
    api = nbtrack.Api()
    api.run(rich).delete()
    assert len(nbtrack.Api().runs()) == 0
    with pytest.raises(NotFoundError, match=r"deleted.*undelete"):
        api.run(rich)
    api.run(rich, include_deleted=True).undelete()
    assert api.run(rich).lastHistoryStep == 9
    assert len(nbtrack.Api().runs()) == 1


def test_a_running_run_can_be_read_and_waited_for() -> None:
    live = nbtrack.init(project="p", id="live")
    live.log({"x": 1})
    run = nbtrack.Api().run("live")
    assert run.state == "running"
    with pytest.raises(TimeoutError, match="'live' is still running"):
        run.wait_until_finished(timeout=0)
    live.log({"x": 2})
    assert [row["x"] for row in run.scan_history(keys=["x"])] == [1, 2]
    live.finish(1)
    run.wait_until_finished(timeout=60)
    assert run.state == "failed"


def test_an_edit_of_a_running_run_does_not_disturb_it() -> None:
    live = nbtrack.init(project="p", id="live")
    live.log({"x": 1})
    run = nbtrack.Api().run("live")
    run.notes = "seen"
    run.update()
    live.log({"x": 2})
    assert (run.state, run.notes) == ("running", "seen")
    live.finish()
    assert nbtrack.Api().run("live").summary["x"] == 2


def test_console_output_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NBTRACK_CONSOLE", "on")
    live = nbtrack.init(project="p", id="talks")
    print("one line")
    print("and another")
    live.finish()
    run = nbtrack.Api().run("talks")
    assert "one line" in "".join(line.text for line in run.console_logs())
    assert len(run.console_logs(last=1)) == 1
    assert run.console_logs(last=0) == []


def test_system_metrics_are_a_stream_of_their_own() -> None:
    live = nbtrack.init(project="p", id="hot")
    live.log({"x": 1})
    for ms, load in ((0, 5.0), (1500, 40.0), (3000, 20.0)):
        live.journal.rows(ms, live.start_time + ms / 1000, ("_sys/cpu",), "f", [load])
    live.finish()
    run = nbtrack.Api().run("hot")
    frame = run.history(stream="system")
    assert list(frame) == ["_runtime", "_timestamp", "system.cpu"]
    assert frame["_runtime"].tolist() == [0, 1.5, 3.0]
    assert frame["system.cpu"].tolist() == [5, 40, 20]
    assert run.history(samples=3, stream="system", keys=["system.cpu"])["system.cpu"].max() == 40
    assert run.system_metrics == {"system.cpu": 20}
    assert set(run.history()) == {"_step", "x", "_runtime", "_timestamp"}


def test_an_uploaded_file_is_a_file_of_the_run(rich: str, tmp_path: Path) -> None:
    run = nbtrack.Api().run(rich)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "note.txt").write_text("hello")
    run.upload_file("sub/note.txt")
    assert run.file("sub/note.txt").read() == b"hello"
    with pytest.raises(UsageError, match="outside"):
        run.upload_file(str(tmp_path / "sub" / "note.txt"), root=str(tmp_path / "store"))


def test_runs_compare_by_identity(rich: str, record: Record) -> None:
    record("other")
    api = nbtrack.Api()
    assert api.run(rich) == nbtrack.Api().run(rich)
    assert api.run(rich) != api.run("other")
    assert len({api.run(rich), api.runs()[0], api.run("other")}) == 2


@pytest.mark.parametrize("name", ["logged_artifacts", "used_artifacts", "log_artifact", "use_artifact"])
def test_calls_of_later_parts_say_so(rich: str, name: str) -> None:
    with pytest.raises(nbtrack.UnsupportedError, match=f"Run.{name}"):
        getattr(nbtrack.Api().run(rich), name)()


def test_a_run_shows_itself_without_scripts(rich: str) -> None:
    run = nbtrack.Api().run(rich)
    page = run.to_html()
    assert "rich run" in page
    assert "<script" not in page
    assert run.to_html(hidden=True).startswith("<details>")
    data, _ = run._repr_mimebundle_()
    assert "rich" in data["text/plain"]
    data, _ = nbtrack.Api().runs()._repr_mimebundle_()
    assert "rich run" in data["text/html"]
    assert run.display() is False
