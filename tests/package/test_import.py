"""`import nbtrack` loads nothing heavy, and every public name can be had."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nbtrack

HEAVY = (
    "pyarrow",
    "sqlalchemy",
    "pandas",
    "anywidget",
    "ipywidgets",
    "PIL",
    "matplotlib",
    "plotly",
    "psutil",
)


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sorted(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def test_importing_loads_nothing_heavy() -> None:
    assert loaded_after("import nbtrack") == set()


def test_logging_numbers_loads_no_reader_library(tmp_path) -> None:
    code = (
        "import nbtrack\n"
        f"run = nbtrack.init(project='p', dir={str(tmp_path)!r}, settings={{'silent': True}})\n"
        "run.log({'loss': 1.0})\n"
    )
    assert loaded_after(code) & {"pyarrow", "sqlalchemy", "pandas", "anywidget"} == set()


@pytest.mark.parametrize("name", [n for n in nbtrack.__all__ if n not in {"config", "summary"}])
def test_each_public_name_can_be_had(name: str) -> None:
    assert hasattr(nbtrack, name)


def test_names_of_wandb_that_are_not_there_yet_say_so() -> None:
    with pytest.raises(AttributeError, match="not in this version"):
        nbtrack.sweep  # noqa: B018
    assert not hasattr(nbtrack, "link_model")


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        nbtrack.no_such_name  # noqa: B018
