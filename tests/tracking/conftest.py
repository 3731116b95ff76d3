from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import cells, current, term
from nbtrack.tracking.run import Run, open_runs


@pytest.fixture(autouse=True)
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for a store; nothing is recorded beside what a test logs, and nothing outlives it."""
    import os

    for name in list(os.environ):
        if name.startswith(("WANDB_", "NBTRACK_")):
            monkeypatch.delenv(name)
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "store"
    nbtrack.finish()
    for run in open_runs():
        run.finish()
    cells.set_current(None)
    term.configure(silent=False)
    assert current.get_run() is None


@pytest.fixture
def run() -> Run:
    return nbtrack.init(project="test")


@pytest.fixture
def read() -> Callable[[Run], RunReader]:
    """Read a run as another process would: from the files, with nothing remembered."""

    def fresh(run: Run) -> RunReader:
        reader = RunReader(Store.open(run.store.root), run.id)
        reader.refresh()
        return reader

    return fresh


def points(reader: RunReader, key: str) -> dict[int, float]:
    series = reader.series(key)
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
