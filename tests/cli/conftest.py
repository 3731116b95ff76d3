from __future__ import annotations

from pathlib import Path

import pytest

import nbtrack


@pytest.fixture
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with three runs, found through $NBTRACK_DIR."""
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    for run_id, lr, code in (("one", 0.1, 0), ("two", 0.01, 1)):
        run = nbtrack.init(project="digits", id=run_id, name=f"run {run_id}", config={"lr": lr})
        for step in range(3):
            run.log({"acc": lr * step, "odd": float("nan")})
        run.finish(code)
    nbtrack.init(project="faces", id="three", name="bell\x07 \x1b[31mred", tags=["t"]).finish()
    return tmp_path / "store"
