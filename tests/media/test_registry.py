"""Codecs and kinds are found by name."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from nbtrack.errors import UnsupportedError
from nbtrack.media.image import Image
from nbtrack.media.registry import CODECS, TYPES, complete, encode, load, mime


@pytest.mark.parametrize("table", [CODECS, TYPES])
def test_every_entry_leads_to_something(table):
    for target in table.values():
        module, _, name = target.partition(":")
        assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("kind", TYPES)
def test_every_class_knows_its_kind_and_reads_itself_back(kind):
    module, _, name = TYPES[kind].partition(":")
    cls = getattr(import_module(module), name)
    assert kind in {cls.kind, f"incremental-{cls.kind}"}
    assert callable(cls.from_record)


def test_unknown_names_say_what_is_known():
    with pytest.raises(UnsupportedError, match="png"):
        encode("av1", {}, b"")
    with pytest.raises(UnsupportedError, match="image-file"):
        load("hologram", {}, None)


def test_ready_files_stay_as_they_are():
    done = encode("file", {"format": "png"}, memoryview(b"abc"))
    assert (done.blob, done.meta) == (b"abc", {"size": 3})


@pytest.mark.parametrize(
    ("file_type", "expected"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("bmp", "image/bmp")]
)
def test_the_mime_type_follows_the_stored_format(file_type, expected):
    done = complete(Image(np.zeros((2, 2)), file_type=file_type).record())
    assert mime("image-file", done.meta) == expected


def test_html_and_plotly_have_their_types_and_the_unknown_is_bytes():
    assert mime("html-file", {"format": "html"}).startswith("text/html")
    assert mime("plotly-file", {"format": "plotly.json"}).endswith("json")
    assert mime("hologram", {}) == "application/octet-stream"
