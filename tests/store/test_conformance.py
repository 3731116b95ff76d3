"""The local back end passes the conformance kits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbtrack.store.feed import FileFeed
from nbtrack.store.folder import Folder
from nbtrack.store.frames import FILE_HEADER, iter_frames
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from tests.conformance.change_feed import ChangeFeedConformance
from tests.conformance.log_sink import LogSinkConformance
from tests.conformance.object_store import ObjectStoreConformance

if TYPE_CHECKING:
    from pathlib import Path


class TestJournal(LogSinkConformance):
    @pytest.fixture(autouse=True)
    def _store(self, tmp_path: Path):
        self.store = Store.open(tmp_path / "store", create=True)
        self.folder = self.store.create_run_dir("r", 0.0)
        self.made: list[Journal] = []
        yield
        for journal in self.made:
            journal.close("exit")

    def make(self) -> Journal:
        journal = Journal(self.store, "r", self.folder, started=0.0)
        self.made.append(journal)
        return journal

    def read(self, sink):
        files = []
        for path in sorted(self.folder.glob(f"{sink.writer}-*.nbl")):
            data = path.read_bytes()
            files.append(list(iter_frames(data)))
            assert (files[-1][-1].end if files[-1] else FILE_HEADER) == len(data)
        return files


class TestFolder(ObjectStoreConformance):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path: Path):
        self.root = tmp_path / "objects"

    def make(self) -> Folder:
        self.root.mkdir()
        return Folder(self.root)


class TestFileFeed(ChangeFeedConformance):
    @pytest.fixture(autouse=True)
    def _root(self, tmp_path: Path):
        self.root = tmp_path

    def make(self) -> FileFeed:
        return FileFeed(self.root)
