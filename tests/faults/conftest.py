from __future__ import annotations

import pytest

import nbtrack
from nbtrack.tracking import term


@pytest.fixture
def quiet_store(tmp_path, monkeypatch):
    """A store of its own, and none of what a run records beside what it logs."""
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    yield
    nbtrack.teardown()
    term.configure(silent=False)
