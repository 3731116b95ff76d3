from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.panels.registry import register
from nbtrack.store.layout import Store

#: noise: too big for the run's own log, so that its blob is a file
PICTURE = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")


@pytest.fixture
def store(quiet: None, jp_environ: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A registered store with one finished run, `r`."""
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "secret place"))
    run = nbtrack.init(project="p", id="r", config={"lr": 0.1})
    for step in range(5):
        run.log({"loss": float(step)})
    run.log({"pics": nbtrack.Image(PICTURE)})
    run.finish()
    opened = Store.open(tmp_path / "secret place")
    assert register(opened)
    return opened
