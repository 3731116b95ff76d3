from __future__ import annotations

import os
import stat

import pytest

from nbtrack.panels.registry import find, register
from nbtrack.store.layout import Store


def test_a_registered_store_is_found_by_its_id(store, jupyter_data):
    assert find(store.store_id) is None
    assert register(store)
    assert find(store.store_id) == store.root.resolve()
    (file,) = jupyter_data.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_store_that_moved_is_registered_anew(store, tmp_path):
    register(store)
    store.root.rename(tmp_path / "elsewhere")
    moved = Store.open(tmp_path / "elsewhere")
    assert moved.store_id == store.store_id
    register(moved)
    assert find(store.store_id) == (tmp_path / "elsewhere").resolve()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_home_is_no_error(store, jupyter_data):
    jupyter_data.parent.parent.mkdir(parents=True)
    jupyter_data.parent.parent.chmod(0o500)
    assert not register(store)


def test_a_data_folder_that_cannot_be_made_is_no_error(store, jupyter_data):
    jupyter_data.parent.parent.mkdir(parents=True)
    jupyter_data.parent.write_text("a file in the way")
    assert not register(store)
    assert find(store.store_id) is None


@pytest.mark.parametrize("store_id", ["../../secrets", "", "a/b", "x" * 65, ".hidden"])
def test_only_a_plain_id_is_looked_up(store_id, jupyter_data):
    (jupyter_data / "a").mkdir(parents=True)
    (jupyter_data.parent / "secrets.json").write_text('{"root": "/"}')
    (jupyter_data / "a" / "b.json").write_text('{"root": "/"}')
    assert find(store_id) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"root": 3}', "\x00"])
def test_a_damaged_entry_is_as_good_as_none(text, store, jupyter_data):
    jupyter_data.mkdir(parents=True)
    (jupyter_data / f"{store.store_id}.json").write_text(text)
    assert find(store.store_id) is None
    assert register(store)
    assert find(store.store_id) == store.root.resolve()
