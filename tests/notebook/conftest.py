from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

import nbtrack


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Iterator[InteractiveShell]:
    """An IPython shell with nbtrack loaded and a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("NBTRACK_SILENT", "true")
    monkeypatch.setenv("NBTRACK_SEAL", "0")
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "nbtrack")
    yield shell
    nbtrack.finish()
    shell.run_line_magic("unload_ext", "nbtrack")
    shell.reset(new_session=True)
    InteractiveShell.clear_instance()


def run_cell(shell: InteractiveShell, source: str, cell_id: str = "cell-1"):
    """Run a cell as a kernel does; raises what the cell raised."""
    result = shell.run_cell(source, store_history=True, cell_id=cell_id)
    result.raise_error()
    return result.result
