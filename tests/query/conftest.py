from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import nbtrack


def stores_in(root: Path, patch: pytest.MonkeyPatch) -> None:
    """Let `init` and `Api` find a store there, in which only what is logged is recorded."""
    for name in ("SYSTEM_METRICS", "PACKAGES", "CONSOLE", "SEAL"):
        patch.setenv(f"NBTRACK_{name}", "off")
    patch.setenv("NBTRACK_DISABLE_GIT", "on")
    patch.setenv("NBTRACK_SILENT", "on")
    patch.setenv("NBTRACK_DIR", str(root))


@contextmanager
def recorded(root: Path, runs: Mapping[str, Mapping[str, Any]]) -> Iterator[nbtrack.Api]:
    """A store with finished runs of project "p": id -> arguments of `init`, and their "summary"."""
    with pytest.MonkeyPatch.context() as patch:
        stores_in(root, patch)
        for run_id, given in runs.items():
            arguments = dict(given)
            summary = arguments.pop("summary", {})
            run = nbtrack.init(project="p", id=run_id, reinit="create_new", **arguments)
            run.summary.update(summary)
            run.finish()
        yield nbtrack.Api(dir=str(root))


@pytest.fixture(autouse=True)
def store_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for a store, which `init` and `Api` both find; only what was logged is recorded."""
    stores_in(tmp_path / "store", monkeypatch)
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
