"""The notebooks that we show run from the first cell to the last, and show what they promise."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.timeout(600)
def test_each_notebook_runs_and_leaves_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    shown = {}
    # the second reads what the first has logged
    for name in ("quickstart", "compare", "media", "charts", "project"):
        book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
        shown[name] = "".join(
            str(output.get("data", {}).get("text/html", ""))
            for cell in book.cells
            if cell.cell_type == "code"
            for output in cell.outputs
        )
        assert "<img" in shown[name]
        saved = nbformat.writes(book)
        assert str(tmp_path) not in saved  # no path of the machine stays in it
        assert "site-packages" not in saved  # nor a warning of a library
    for key in ("flower", "street", "molecule", "film", "sound", "predictions"):
        assert key in shown["media"]
    for key in ("roc", "confusion", "margin"):
        assert key in shown["charts"]
    assert "networks</b>: 6 runs" in shown["project"]
