"""What every `ObjectStore` must do. A back end inherits the class and says how to make an empty one."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod

import pytest

from nbtrack.store.protocols import ObjectStore, Stat


class ObjectStoreConformance(ABC):
    """Things are put once, whole, and never change."""

    @abstractmethod
    def make(self) -> ObjectStore:
        """An empty store."""

    def test_it_is_one(self):
        assert isinstance(self.make(), ObjectStore)

    @pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 1000])
    def test_what_is_put_comes_back(self, data):
        store = self.make()
        assert store.put_new("a/b/c", data) is True
        assert store.get("a/b/c") == data
        assert store.put_new("view", memoryview(data)) is True
        assert store.get("view") == data

    def test_a_file_can_be_put(self, tmp_path):
        store = self.make()
        path = tmp_path / "source.bin"
        path.write_bytes(b"from a file")
        assert store.put_new("a", path) is True
        path.write_bytes(b"changed since")
        assert store.get("a") == b"from a file"

    def test_nothing_is_overwritten(self):
        store = self.make()
        store.put_new("a", b"first")
        assert store.put_new("a", b"second") is False
        assert store.get("a") == b"first"

    def test_of_many_that_race_one_wins(self):
        store = self.make()
        go = threading.Barrier(8)
        won: list[int] = []

        def race(i: int) -> None:
            go.wait()
            if store.put_new("lease", str(i).encode()):
                won.append(i)

        threads = [threading.Thread(target=race, args=(i,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert len(won) == 1
        assert store.get("lease") == str(won[0]).encode()

    def test_ranges(self):
        store = self.make()
        store.put_new("a", b"0123456789")
        assert store.get("a", 3) == b"3456789"
        assert store.get("a", 3, 4) == b"3456"
        assert store.get("a", 8, 100) == b"89"
        assert store.get("a", 0, 0) == b""
        assert store.get("a", 10) == b""

    def test_a_missing_one(self):
        store = self.make()
        with pytest.raises(FileNotFoundError):
            store.get("a/b")
        assert store.stat("a/b") is None
        store.delete(["a/b"])
        with pytest.raises(FileNotFoundError):
            store.move("a/b", "c")

    def test_stat(self):
        store = self.make()
        store.put_new("a/b", b"12345")
        found = store.stat("a/b")
        assert isinstance(found, Stat)
        assert (found.path, found.size) == ("a/b", 5)
        assert abs(found.mtime - time.time()) < 3600

    def test_a_folder_is_no_object(self):
        store = self.make()
        store.put_new("a/b", b"x")
        assert [s.path for s in store.list("a")] == ["a/b"]

    def test_list_is_in_order_of_the_whole_path(self):
        store = self.make()
        paths = ["a-b", "a/b", "a/c/d", "a0", "b", "a/b2", "A", "ä"]
        for path in paths:
            store.put_new(path, b"x")
        assert [s.path for s in store.list("")] == sorted(paths)
        assert [s.path for s in store.list("a/")] == ["a/b", "a/b2", "a/c/d"]
        assert [s.path for s in store.list("a/b")] == ["a/b", "a/b2"]
        assert [s.path for s in store.list("a")] == ["a-b", "a/b", "a/b2", "a/c/d", "a0"]
        assert list(store.list("nothing/here")) == []

    def test_list_goes_on_after_a_path(self):
        store = self.make()
        for path in ("a/1", "a/2", "a/3", "b"):
            store.put_new(path, b"x")
        assert [s.path for s in store.list("a/", after="a/1")] == ["a/2", "a/3"]
        assert [s.path for s in store.list("", after="a/3")] == ["b"]
        assert [s.path for s in store.list("", after="a/25")] == ["a/3", "b"]

    def test_move(self):
        store = self.make()
        store.put_new("a/b", b"x")
        store.move("a/b", "trash/2026/b")
        assert store.get("trash/2026/b") == b"x"
        assert store.stat("a/b") is None

    def test_move_does_not_overwrite_either(self):
        store = self.make()
        store.put_new("a", b"1")
        store.put_new("b", b"2")
        with pytest.raises(FileExistsError):
            store.move("a", "b")
        assert (store.get("a"), store.get("b")) == (b"1", b"2")

    def test_delete(self):
        store = self.make()
        for path in ("a/1", "a/2", "a/3"):
            store.put_new(path, b"x")
        store.delete(["a/1", "missing", "a/3"])
        assert [s.path for s in store.list("")] == ["a/2"]
        assert store.put_new("a/1", b"again") is True

    @pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/."])
    def test_a_path_cannot_leave_the_store(self, path):
        store = self.make()
        with pytest.raises(ValueError, match="path"):
            store.put_new(path, b"x")
        with pytest.raises(ValueError, match="path"):
            store.get(path)
