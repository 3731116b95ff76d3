"""A folder as an object store, beyond what every object store must do (see tests/conformance)."""

from __future__ import annotations

import errno
import os

import pytest

from nbtrack.store.folder import Folder


def test_files_that_are_being_written_are_not_shown(tmp_path):
    folder = Folder(tmp_path)
    folder.put_new("a/b", b"x")
    (tmp_path / "a" / ".b.1234.tmp").write_bytes(b"half")
    assert [s.path for s in folder.list("")] == ["a/b"]


def test_nothing_is_left_behind_when_the_disk_refuses(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EDQUOT, "quota")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OSError, match="quota"):
        Folder(tmp_path).put_new("a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_filesystem_without_hard_links_will_do(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    folder = Folder(tmp_path)
    assert folder.put_new("a/b", b"one")
    assert not folder.put_new("a/b", b"two")
    folder.move("a/b", "c")
    assert folder.get("c") == b"one"
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["c"]


def test_what_lies_above_a_file_is_just_missing(tmp_path):
    folder = Folder(tmp_path)
    folder.put_new("a", b"x")
    assert folder.stat("a/b") is None
    assert list(folder.list("a/b")) == []
