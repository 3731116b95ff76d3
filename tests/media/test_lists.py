"""Lists and dicts of media: what is stored under which key, and how it is read back."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import LogTypeError, NbtrackWarning


@pytest.fixture
def logged(tmp_path, monkeypatch):
    """Log rows in a run; its stored run."""
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    monkeypatch.setenv("NBTRACK_SEAL", "0")

    def log(*rows):
        with nbtrack.init(project="lists") as run:
            for row in rows:
                run.log(row)
        return nbtrack.Api().run(f"lists/{run.id}")

    return log


def cell(run, key: str):
    """What the last row of the history holds under `key`: W&B's JSON."""
    return list(run.scan_history())[-1][key]


def image(width: int = 3, height: int = 2, caption: str | None = None) -> nbtrack.Image:
    return nbtrack.Image(np.full((height, width, 3), width, np.uint8), caption=caption)


def test_pictures_of_mixed_sizes_are_one_list_and_each_comes_back(logged):
    run = logged({"samples": [image(3, 2), image(40, 20), image(1, 9)]})
    assert [(one.width, one.height) for one in run.media("samples")] == [(3, 2), (40, 20), (1, 9)]
    found = cell(run, "samples")
    assert (found["_type"], found["count"]) == ("images/separated", 3)
    assert (found["width"], found["height"]) == (3, 2)  # of the first, as in W&B
    assert len(set(found["filenames"])) == 3


def test_captions_stand_with_their_pictures_and_missing_ones_are_null(logged):
    run = logged({"samples": [image(caption="첫째"), image(2), image(caption="third")]})
    assert [one.caption for one in run.media("samples")] == ["첫째", None, "third"]
    assert cell(run, "samples")["captions"] == ["첫째", None, "third"]


def test_without_any_caption_there_is_no_list_of_them(logged):
    assert "captions" not in cell(logged({"samples": [image(), image(2)]}), "samples")


def test_a_list_of_one_is_a_list(logged):
    run = logged({"one": [image()], "alone": image()})
    assert cell(run, "one")["_type"] == "images/separated"
    assert cell(run, "alone")["_type"] == "image-file"


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (lambda i: nbtrack.Html(f"<p>{i}"), "html"),
        (lambda i: nbtrack.Audio(np.full(50 + i, 0.1), sample_rate=8000), "audio"),
        (lambda i: nbtrack.Plotly({"data": [{"y": [i]}]}), "plotly"),
        (lambda i: nbtrack.Object3D(np.full((4, 3), float(i))), "object3D"),
        (lambda i: nbtrack.Video(np.full((2, 3, 4, 4), i, np.uint8), format="gif"), "videos"),
    ],
    ids=["html", "audio", "plotly", "object3d", "video"],
)
def test_each_medium_can_be_logged_as_a_list(logged, media, kind):
    run = logged({"list": [media(i) for i in range(3)]})
    assert cell(run, "list")["_type"] == kind
    assert cell(run, "list")["count"] == 3
    back = run.media("list")
    assert len({type(one) for one in back}) == 1
    assert len(back) == 3


def test_histograms_and_tables_can_be_lists_too(logged):
    run = logged(
        {
            "h": [nbtrack.Histogram([1, 2, 3]), nbtrack.Histogram([4])],
            "t": [nbtrack.Table(columns=["a"], data=[[i]]) for i in range(2)],
        }
    )
    assert [sum(one.histogram) for one in run.media("h")] == [3, 1]
    assert [one.data for one in run.media("t")] == [[[0]], [[1]]]


def test_dicts_of_media_are_keys_joined_by_dots_at_any_depth(logged):
    run = logged(
        {"val": {"good": image(5), "bad": {"worst": [image(6), image(7)], "loss": 0.5}, "세": "text"}}
    )
    assert run.media("val.good")[0].width == 5
    assert [one.width for one in run.media("val.bad.worst")] == [6, 7]
    assert run.summary["val"]["bad"]["loss"] == 0.5
    assert run.summary["val"]["세"] == "text"


def test_one_key_may_have_different_media_at_different_steps(logged):
    run = logged({"k": image(4)}, {"k": nbtrack.Html("<p>x")}, {"k": [image(5), image(6)]})
    assert [type(run.media("k", step=s)[0]).__name__ for s in range(3)] == ["Image", "Html", "Image"]
    assert len(run.media("k", step=2)) == 2


def test_a_later_and_shorter_list_at_one_step_replaces_the_earlier(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    with nbtrack.init(project="lists") as run:
        run.log({"k": [image(1), image(2), image(3)]}, step=0)
        run.log({"k": [image(8), image(9)]}, step=0)
    assert [one.width for one in nbtrack.Api().run(f"lists/{run.id}").media("k", step=0)] == [8, 9]


def test_the_same_object_may_stand_in_many_places(logged):
    one = image(7)
    run = logged({"a": [one, one], "b": one}, {"b": one})
    assert [x.width for x in [*run.media("a"), *run.media("b", step=0), *run.media("b", step=1)]] == [7] * 4


def test_mixed_lists_are_refused_and_the_rest_of_the_row_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    with nbtrack.init(project="lists", settings={"bad_values": "raise"}) as run:
        with pytest.raises(LogTypeError, match=r"'k'.*Html and Image"):
            run.log({"k": [image(), nbtrack.Html("<p>")], "loss": 1.0})
        with pytest.raises(LogTypeError, match=r"'j'.*Image and int"):
            run.log({"m": 2, "j": [image(), 3]})
    stored = nbtrack.Api().run(f"lists/{run.id}")
    assert (stored.summary["loss"], stored.summary["m"]) == (1.0, 2)


def test_a_medium_inside_of_a_list_of_other_things_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    with (
        nbtrack.init(project="lists", settings={"bad_values": "raise"}) as run,
        pytest.raises(LogTypeError, match="'k"),
    ):
        run.log({"k": [[image()], 3]})


def test_lists_beyond_the_limits_of_wandb_are_cut_with_a_warning(logged):
    with pytest.warns(NbtrackWarning, match="110 media was cut off: 108"):
        run = logged({"k": [image()] * 110})
    assert len(run.media("k")) == 108
    with warnings.catch_warnings():
        warnings.simplefilter("error", NbtrackWarning)
        assert len(logged({"k": [nbtrack.Html(f"<p>{i}") for i in range(150)]}).media("k")) == 150


def test_a_list_of_foreign_objects_is_a_list_of_media(logged):
    from PIL import Image as Pillow

    run = logged({"k": [Pillow.new("RGB", (4, 4)), image(9)], "frames": [frame() for _ in range(2)]})
    assert [one.width for one in run.media("k")] == [4, 9]
    assert [one.columns for one in run.media("frames")] == [["a"], ["a"]]


def frame():
    import pandas as pd

    return pd.DataFrame({"a": [1]})
