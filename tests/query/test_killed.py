"""Runs of processes that were killed: what log() acknowledged is there for whoever reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import NotFoundError

# 12 MB take far longer to encode than the next statement to kill
SCRIPT = """
import os, signal, numpy as np, nbtrack
run = nbtrack.init(project="p", id="killed")
run.log({"loss": 1.0})
run.log({"pic": nbtrack.Image(np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8))})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(store_dir: Path) -> Path:
    died = subprocess.run([sys.executable, "-c", SCRIPT], env=os.environ, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr.decode()
    return store_dir


def test_a_killed_run_crashed_and_its_media_are_encoded_by_the_first_reader(killed: Path) -> None:
    run = nbtrack.Api().run("killed")
    assert run.state == "crashed"
    assert [row.get("loss") for row in run.scan_history()] == [1.0, None]
    (picture,) = run.media("pic")
    expected = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8)
    assert np.array_equal(picture.to_numpy(), expected)  # type: ignore[attr-defined]
    assert run.load(force=True).state == "crashed"


def test_a_store_that_may_only_be_read_is_still_read(killed: Path) -> None:
    marker = killed / "nbtrack.json"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), "min_writer": 999}))
    run = nbtrack.Api().run("killed")
    rows = list(run.scan_history())
    assert rows[0]["loss"] == 1.0
    assert rows[1]["pic"]["pending"] is True
    with pytest.raises(NotFoundError, match="still being encoded"):
        run.media("pic")
    run.notes = "x"
    with pytest.raises(nbtrack.Error, match="Upgrade nbtrack"):
        run.update()
