from __future__ import annotations

import pyarrow as pa
import pytest

import nbtrack
from nbtrack.errors import UsageError

from .conftest import Record


@pytest.fixture
def seven(record: Record) -> list[str]:
    return [
        record(f"r{i}", [{"loss": float(i + j)} for j in range(4)], config={"i": i, "same": "x"})
        for i in range(7)
    ]


def test_runs_are_a_sequence(seven: list[str]) -> None:
    runs = nbtrack.Api().runs("digits", per_page=3)
    assert len(runs) == 7
    assert runs[0].id == "r0"
    assert runs[-1].id == "r6"
    assert [run.id for run in runs[2:4]] == ["r2", "r3"]
    assert [run.id for run in runs[::-3]] == ["r6", "r3", "r0"]
    assert [run.id for run in runs[:2]] == ["r0", "r1"]
    assert list(runs[3:3]) == []
    assert list(runs[2:5][1:].to_pandas().index) == ["r3", "r4"]
    assert [run.id for run in runs] == seven
    assert runs[4] in runs
    assert next(reversed(runs)) == runs[6]
    with pytest.raises(IndexError, match=r"runs\[7\]: there are 7 runs"):
        runs[7]


def test_no_runs_are_an_empty_sequence(seven: list[str]) -> None:
    runs = nbtrack.Api().runs("nothing")
    assert not runs
    assert list(runs) == []
    assert not runs[:5]
    assert len(runs.to_pandas()) == 0
    assert runs.to_arrow().num_rows == 0
    assert runs.histories() == []
    assert "0 runs" in runs._repr_html_()


def test_the_text_of_runs_names_the_project_and_the_count_but_no_folder(seven: list[str]) -> None:
    api = nbtrack.Api()
    assert repr(api.runs("digits")) == "<Runs digits (7)>"
    assert repr(api.runs("acme/digits")[:2]) == "<Runs acme/digits (2)>"
    assert repr(api.runs()) == "<Runs (7)>"
    assert repr(nbtrack.Api({"project": "digits"}).runs()) == "<Runs digits (7)>"


def test_a_data_frame_holds_config_and_summary(seven: list[str]) -> None:
    frame = nbtrack.Api().runs("digits").to_pandas()
    assert list(frame.index) == seven
    assert frame["config.i"].tolist() == list(range(7))
    assert frame["summary.loss"].tolist() == [i + 3.0 for i in range(7)]
    assert frame["state"].unique().tolist() == ["finished"]
    assert str(frame["created_at"].dtype).startswith("datetime64")


def test_arrow_takes_mixed_types_as_text(record: Record) -> None:
    record("a", config={"n": 1, "s": "x"})
    record("b", config={"n": "one"})
    table = nbtrack.Api().runs().to_arrow()
    assert isinstance(table, pa.Table)
    assert table["config.n"].to_pylist() == ["1", "one"]
    assert table["config.s"].to_pylist() == ["x", None]


def test_histories_name_the_run_of_each_row(seven: list[str]) -> None:
    runs = nbtrack.Api().runs("digits")[:2]
    assert [run.id for run in runs] == ["r0", "r1"]
    rows = nbtrack.Api().runs("digits", {"config.i": {"$lt": 2}}).histories(keys=["loss"])
    assert rows[0] == {"run_id": "r0", "_step": 0, "loss": 0.0}
    assert [row["run_id"] for row in rows] == ["r0"] * 4 + ["r1"] * 4
    frame = nbtrack.Api().runs("digits").histories(samples=3, keys=["loss"], format="pandas")
    assert frame.groupby("run_id").size().tolist() == [3] * 7
    with pytest.raises(UsageError, match="format must be"):
        nbtrack.Api().runs().histories(format="csv")  # type: ignore[arg-type]


def test_html_is_small_and_escapes_what_users_wrote(record: Record) -> None:
    for i in range(30):
        record(f"r{i}", name=f"<script>alert({i})</script>" * 5, config={"<b>": i, "long": "&" * 1000})
    page = nbtrack.Api().runs()._repr_html_()
    assert "<script" not in page
    assert "config.&lt;b&gt;" in page
    assert "30 runs, 20 shown" in page
    assert len(page) < 20_000


def test_html_shows_the_fields_in_which_runs_differ(seven: list[str]) -> None:
    page = nbtrack.Api().runs("digits")._repr_html_()
    assert "config.i" in page
    assert "summary.loss" in page
    assert "config.same" not in page
