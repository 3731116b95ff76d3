from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import nbtrack


@pytest.fixture(autouse=True)
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for a store, which `init` and `Api` both find; only what was logged is recorded."""
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        monkeypatch.setenv(f"NBTRACK_{name}", "off")
    monkeypatch.setenv("NBTRACK_DISABLE_GIT", "on")
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "store"


Record = Callable[..., str]


@pytest.fixture
def record() -> Record:
    """Record a finished run and return its id."""

    def record(
        id: str,
        rows: Iterable[Mapping[str, Any]] = (),
        project: str = "digits",
        exit_code: int = 0,
        **given: Any,
    ) -> str:
        run = nbtrack.init(project=project, id=id, reinit="create_new", **given)
        for row in rows:
            run.log(dict(row))
        run.finish(exit_code)
        return id

    return record
