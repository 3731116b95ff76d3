from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.query.media import by_step, cell_json, file_name
from nbtrack.store.model import ObjectRow, Pending, SpoolRef

SHA = hashlib.sha256(b"x").hexdigest()


def row(key: str = "k", step: int = 3, idx: int = 0, count: int = 0, **given_: Any) -> ObjectRow:
    given_ = {"kind": "image-file", "meta": {"format": "png"}, "blob": SHA, "pending": None, **given_}
    return ObjectRow(key=key, step=step, idx=idx, count=count, time=0.0, cell=0, **given_)


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ({"key": "val/samples"}, f"media/images/val/samples_3_{SHA[:20]}.png"),
        ({"key": "/lead//double/"}, f"media/images/lead/double_3_{SHA[:20]}.png"),
        ({"key": "../../x"}, f"media/images/__/__/x_3_{SHA[:20]}.png"),
        ({"key": 'a<b>:"|?*\\'}, f"media/images/a_b________3_{SHA[:20]}.png"),
        ({"key": "///"}, f"media/images_3_{SHA[:20]}.png"),
        ({"meta": {"format": "JPG"}}, f"media/images/k_3_{SHA[:20]}.jpg"),
        ({"meta": {"format": "../sh"}}, f"media/images/k_3_{SHA[:20]}.bin"),
        ({"kind": "audio-file", "meta": {}}, f"media/audio/k_3_{SHA[:20]}.bin"),
        ({"kind": "../up-file", "meta": {}}, f"media/.._up/k_3_{SHA[:20]}.bin"),
    ],
)
def test_media_have_wandbs_names(given_: dict[str, Any], name: str) -> None:
    assert file_name(row(**given_)) == name


def test_a_medium_that_is_not_encoded_has_no_name() -> None:
    assert file_name(row(blob=None)) is None


@given(st.text(min_size=1), st.text(max_size=12), st.text(max_size=12))
def test_no_key_kind_or_format_leads_out_of_the_folder(key: str, kind: str, form: str) -> None:
    name = file_name(row(key=key, kind=kind, meta={"format": form}))
    assert name is not None
    parts = name.split("/")
    assert parts[0] == "media"
    assert not {"", ".", ".."} & set(parts)
    assert not set(name) & set('<>:"\\|?*\0\n')


def test_plain_values_are_given_as_they_were_logged() -> None:
    assert cell_json([row(kind="json", meta={"value": "text"}, blob=None)]) == "text"
    assert cell_json([row(kind="json", meta={"value": [1, None]}, blob=None)]) == [1, None]
    assert cell_json([row(kind="json", meta={"value": None}, blob=None)]) is None


def test_a_single_medium_is_its_json() -> None:
    assert cell_json([row(meta={"format": "png", "width": 2, "caption": "c"})]) == {
        "_type": "image-file", "format": "png", "width": 2, "caption": "c", "sha256": SHA,
        "path": f"media/images/k_3_{SHA[:20]}.png",
    }  # fmt: skip


def test_a_medium_that_waits_for_its_encoder_says_so() -> None:
    waiting = row(blob=None, pending=Pending("png", {}, SpoolRef("w.spool", 0, 1)))
    assert cell_json([waiting]) == {"_type": "image-file", "format": "png", "pending": True}


def test_a_list_of_images_is_one_dict_and_of_histograms_a_list() -> None:
    two = [row(idx=i, count=2, meta={"format": "png", "width": 5 + i}) for i in range(2)]
    listed = cell_json(two)
    assert listed["_type"] == "images/separated"
    assert (listed["count"], listed["width"], len(listed["filenames"])) == (2, 5, 2)
    assert "captions" not in listed
    histograms = [row(idx=i, count=2, kind="histogram", meta={"values": [i]}, blob=None) for i in range(2)]
    assert cell_json(histograms) == [
        {"_type": "histogram", "values": [0]},
        {"_type": "histogram", "values": [1]},
    ]


def test_captions_of_some_images_are_null_for_the_others() -> None:
    two = [row(idx=0, count=2), row(idx=1, count=2, meta={"format": "png", "caption": "b"})]
    assert cell_json(two)["captions"] == [None, "b"]


def test_rows_are_gathered_by_step_in_the_order_of_the_list() -> None:
    rows = [row(step=2, idx=1, count=2, blob="b" * 64), row(step=1), row(step=2, idx=0, count=2)]
    cells = by_step(rows)
    assert list(cells) == [2, 1]
    assert cells[2]["filenames"][0].endswith(f"{SHA[:20]}.png")
