from __future__ import annotations

import datetime
import json
import math
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbtrack
from nbtrack import Table
from nbtrack.errors import LogTypeError, LogValueError, NbtrackWarning, UsageError
from nbtrack.media.registry import complete
from nbtrack.media.table_file import describe

PICTURE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)


def back(table: Table) -> Table:
    """The table as it is read from its file."""
    done = complete(table.record())
    return Table.from_record(done.meta, done.blob, done.files.__getitem__)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_SILENT", "on")
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    with nbtrack.init(project="p") as run:
        yield run


def finished(run):
    """The run as `Api` reads it."""
    run.finish()
    return nbtrack.Api().run(run.id)


def stored(run, key: str, step: int | None = None) -> Table:
    """What `Api` reads back of a finished run."""
    return finished(run).media(key, step=step)[0]


# ---- making one


def test_the_forms_of_the_documentation_make_the_same_table():
    columns = ["Text", "Predicted Sentiment", "True Sentiment"]
    data = [["I love my phone", "1", "1"], ["My phone sucks", "0", "-1"]]
    first = Table(data=data, columns=columns)
    second = Table(columns=columns)
    second.add_data("I love my phone", "1", "1")
    second.add_row("My phone sucks", "0", "-1")
    third = Table(dataframe=pd.DataFrame(data, columns=columns))
    assert first == second == third == Table(rows=data, columns=columns)
    assert first.data == data
    assert first.columns == columns


def test_without_columns_they_are_those_of_the_documentation():
    assert Table().columns == ["Input", "Output", "Expected"]
    assert Table(data=[[1, 2, 3]]).columns == ["Input", "Output", "Expected"]


def test_the_callers_lists_are_not_shared():
    columns, row = ["a"], [1]
    table = Table(columns=columns, data=[row])
    table.add_column("b", [2])
    row[0] = 9
    assert columns == ["a"]
    assert table.data == [[1, 2]]


def test_an_array_gives_its_columns():
    array = np.arange(6.0).reshape(3, 2)
    table = Table(columns=["x", "y"], data=array)
    array[:] = 0
    assert table.get_column("y") == [1.0, 3.0, 5.0]
    assert Table(data=array).columns == ["0", "1"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_data_frame_comes_back_as_it_was(library):
    columns = {
        "n": [1, 2, 3],
        "x": [0.5, math.nan, 2.0],
        "s": ["a", "나", "😀"],
        "b": [True, False, True],
        "t": [datetime.datetime(2026, 1, day) for day in (1, 2, 3)],
    }
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}[library](columns)
    found = back(Table(dataframe=frame)).get_dataframe()
    pd.testing.assert_frame_equal(found, pd.DataFrame(columns), check_dtype=False)


def test_a_frame_with_a_bit_of_everything_in_a_column_is_taken():
    frame = pd.DataFrame({"o": [1, "x", {"a": [1]}, None], "c": pd.Categorical(["u", "v", "u", None])})
    table = back(Table(dataframe=frame))
    assert table.get_column("o") == [1, "x", {"a": [1]}, None]
    assert table.get_column("c") == ["u", "v", "u", None]


def test_unusual_frames_are_taken_too():
    frame = pd.DataFrame(
        {
            "period": pd.period_range("2026-01", periods=2, freq="M"),
            "delta": pd.to_timedelta([1, 2], unit="s"),
            "utc": pd.to_datetime(["2026-01-01T00:00:00Z", None]),
            "int": pd.array([1, None], dtype="Int64"),
            3: [b"x", b"y"],
        }
    )
    table = back(Table(dataframe=frame))
    assert table.columns == ["period", "delta", "utc", "int", "3"]
    assert table.get_column("period") == ["2026-01", "2026-02"]
    assert table.get_column("int") == [1, None]
    assert table.get_column("utc")[0] == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Table(columns="abc"), "list of names"),
        (lambda: Table(columns=["a", 1.5]), "str or int"),
        (lambda: Table(columns=["a", "a"]), "comes twice"),
        (lambda: Table(data=3), "list of rows"),
        (lambda: Table(columns=["a"], data=[3]), "a row must be"),
        (lambda: Table(columns=["a"], data=[[1, 2]]), r"expects 1 columns: \['a'\], found 2"),
        (lambda: Table(data=np.zeros(3)), "2-D"),
        (lambda: Table(columns=["a"], data=np.zeros((2, 2))), "found 2"),
        (lambda: Table(dataframe=[1]), "frame"),
        (lambda: Table(data=[], rows=[]), "one of them"),
        (lambda: Table(log_mode="OFTEN"), "IMMUTABLE"),
        (lambda: Table(columns=["a"], dtype=["x"]), "no type of a column"),
        (lambda: Table(columns=["a"], dtype=[int, str]), "names 2 columns of 1"),
    ],
)
def test_what_makes_no_table_is_refused_with_what_is_accepted(make, said):
    with pytest.raises((LogTypeError, LogValueError), match=said):
        make()


# ---- types


def test_the_first_cell_decides_and_a_conflict_names_row_column_and_types():
    table = Table(columns=["name", "score"], data=[["a", 1], ["b", 2.5], [None, math.nan]])
    with pytest.raises(
        LogTypeError, match=r"row 3 has 'high' \(str\) in column 'score', which holds numbers"
    ):
        table.add_data("c", "high")
    with pytest.raises(TypeError, match="incompatible types"):
        table.add_data(1, 1)
    assert len(table) == 3


def test_a_missing_first_cell_leaves_the_type_open():
    table = Table(columns=["a"], data=[[None], [math.nan], ["text"]])
    assert table.column_types == {"a": "text (str)"}
    assert back(table).get_column("a") == [None, None, "text"]


def test_a_bool_is_no_number():
    with pytest.raises(LogTypeError, match="booleans"):
        Table(columns=["a"], data=[[True], [1]])


def test_mixed_types_are_taken_when_asked_for():
    cells = [1, "x", None, [1, {"a": 2}], True, 2.5, datetime.date(2026, 1, 2)]
    table = Table(columns=["a"], data=[[cell] for cell in cells], allow_mixed_types=True)
    assert back(table).get_column("a") == cells


def test_none_can_be_forbidden_by_column():
    table = Table(columns=["a", "b"], optional=[False, True])
    table.add_data(1, None)
    with pytest.raises(LogTypeError, match="optional=False"):
        table.add_data(None, 1)
    with pytest.raises(LogTypeError, match="optional=False"):
        Table(columns=["a"], data=[[1.0], [math.nan]], optional=False)


def test_dtype_says_the_type_before_any_cell():
    table = Table(columns=["a", "b"], dtype=[str, nbtrack.Image])
    with pytest.raises(LogTypeError):
        table.add_data(1, None)
    with pytest.raises(LogTypeError):
        table.add_data("x", nbtrack.Html("<p>"))
    table.add_data("x", nbtrack.Image(PICTURE))
    with pytest.raises(LogTypeError):
        Table(columns=["a"], data=[["x"]], dtype=int)


def test_cast_checks_the_cells():
    table = Table(columns=["a"], data=[["1"], ["2"]])
    with pytest.raises(LogTypeError):
        table.cast("a", int)
    table.cast("a", str)
    with pytest.raises(LogTypeError):
        table.add_data(None)


def test_scalars_of_numpy_are_numbers():
    table = Table(columns=["a", "b"], data=[[np.float32(0.5), np.int64(1)], [np.int8(3), 2]])
    assert back(table).data == [[0.5, 1], [3.0, 2]]


def test_integers_beyond_64_bits_are_told_of():
    with pytest.warns(NbtrackWarning, match="beyond 64 bits"):
        found = back(Table(columns=["a"], data=[[2**70]]))
    assert found.get_column("a") == [float(2**70)]


# ---- rows and columns


def test_columns_are_added_and_computed():
    table = Table(columns=["a"], data=[[1], [2]])
    table.add_column("b", np.array([10, 20]))
    table.add_computed_columns(lambda i, row: {"i": i, "sum": row["a"] + row["b"]})
    assert table.columns == ["a", "b", "i", "sum"]
    assert table.data == [[1, 10, 0, 11], [2, 20, 1, 22]]
    assert list(table.iterrows())[1] == (1, [2, 20, 1, 22])
    assert table.get_index() == [0, 1]
    assert table.index_ref(1) == 1
    for bad in (
        lambda: table.add_column("a", [1, 2]),
        lambda: table.add_column("z", [1]),
        lambda: table.index_ref(2),
    ):
        with pytest.raises(LogValueError):
            bad()
    with pytest.raises(LogTypeError):
        table.add_column("z", "ab")
    with pytest.raises(LogValueError, match="no column 'q'"):
        table.get_column("q")


def test_a_column_as_an_array():
    table = Table(columns=["n", "x", "s"], data=[[1, 0.5, "a"], [2, None, "b"]])
    assert table.get_column("n", convert_to="numpy").dtype.kind == "i"
    np.testing.assert_array_equal(table.get_column("x", convert_to="numpy"), [0.5, np.nan])
    assert table.get_column("s", convert_to="numpy").tolist() == ["a", "b"]
    np.testing.assert_array_equal(back(table).get_column("x", convert_to="numpy"), [0.5, np.nan])


def test_tables_are_joined_by_a_key_and_lonely_rows_stay():
    left = Table(columns=["id", "x"], data=[[1, "a"], [2, "b"], [2, "c"]])
    right = Table(columns=["id", "x", "y"], data=[[2, "B", True], [3, "D", False]])
    joined = left.join(right, "id")
    assert joined.columns == ["id", "0.x", "1.x", "y"]
    assert joined.data == [
        [1, "a", None, None],
        [2, "b", "B", True],
        [2, "c", None, None],
        [3, None, "D", False],
    ]
    assert nbtrack.JoinedTable(left, right, "id") == joined
    with pytest.raises(LogValueError):
        left.join(right, "y")


# ---- cells


def test_every_kind_of_cell_comes_back():
    import plotly.graph_objects as go

    row = {
        "image": nbtrack.Image(PICTURE, caption="one"),
        "html": nbtrack.Html("<b>x</b>"),
        "histogram": nbtrack.Histogram([1, 2, 3]),
        "plotly": nbtrack.Plotly(go.Figure(go.Bar(y=[1]))),
        "images": [nbtrack.Image(PICTURE), nbtrack.Image(PICTURE[::-1])],
        "list": [1, [2, None], "x"],
        "dict": {"a": {"b": 1.5}, "inf": math.inf},
        "array": np.array([[1, 2], [3, 4]], np.int16),
        "nan": np.array([0.5, np.nan, np.inf]),
        "day": datetime.date(2026, 1, 2),
        "bytes": {"b": b"\x00\xff"},
        "table": Table(columns=["inner"], data=[[1]]),
    }
    found = dict(zip(row, back(Table(columns=list(row), data=[list(row.values())])).data[0], strict=True))
    np.testing.assert_array_equal(found["image"].to_numpy(), PICTURE)
    assert found["image"].caption == "one"
    assert found["html"].html == row["html"].html
    assert found["histogram"].histogram == row["histogram"].histogram
    assert json.loads(found["plotly"].json) == json.loads(row["plotly"].json)
    np.testing.assert_array_equal(found["images"][1].to_numpy(), PICTURE[::-1])
    np.testing.assert_array_equal(found["array"], row["array"])
    assert found["array"].dtype == np.int16
    np.testing.assert_array_equal(found["nan"], row["nan"])
    assert {k: found[k] for k in ("list", "dict", "day", "bytes")} == {
        k: row[k] for k in ("list", "dict", "day", "bytes")
    }
    assert found["table"].data == [[1]]


def test_masks_clouds_molecules_films_and_sounds_come_back_from_cells():
    mask = np.arange(64, dtype=np.uint8).reshape(8, 8) % 3
    cloud = np.arange(30, dtype=np.float32).reshape(10, 3)
    film = np.zeros((4, 3, 16, 16), np.uint8)
    cells = [
        nbtrack.Image(PICTURE, masks={"m": {"mask_data": mask, "class_labels": {1: "a"}}}),
        nbtrack.Object3D(cloud),
        nbtrack.Molecule.from_smiles("CCO"),
        nbtrack.Video(film, fps=4, format="mp4"),
        nbtrack.Audio(np.sin(np.arange(800) / 9), sample_rate=8000, caption="hum"),
    ]
    table = back(Table(columns=[type(cell).__name__ for cell in cells], data=[cells, [None] * 5]))
    image, object3d, molecule, video, audio = table.data[0]
    np.testing.assert_array_equal(image.masks["m"].to_numpy(), mask)
    np.testing.assert_array_equal(object3d.to_numpy(), cloud)
    assert "C" in molecule.text
    assert len(video.to_numpy()) == 4
    assert audio.to_numpy().shape[0] == 800
    assert audio.caption == "hum"
    assert table.data[1] == [None] * 5


def test_a_frame_with_a_name_twice_is_refused():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(LogValueError, match="'a' comes twice"):
        Table(dataframe=frame)
    assert Table(dataframe=frame, columns=["a", "b"]).data == [[1, 2]]


def test_a_medium_in_many_cells_is_stored_once():
    picture = nbtrack.Image(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    one = complete(Table(columns=["a"], data=[[picture]]).record())
    many = complete(Table(columns=["a", "b"], data=[[picture, picture]] * 50).record())
    assert len(many.files) == len(one.files) == 2


def test_a_cell_that_cannot_be_encoded_does_not_take_the_table_with_it(monkeypatch):
    from nbtrack.media import cells

    def broken(codec, params, data):
        raise ValueError("out of ink")

    monkeypatch.setattr(cells, "encode", broken)
    done = complete(Table(columns=["n", "image"], data=[[1, nbtrack.Image(PICTURE)]]).record())
    text = pq.read_table(pa.BufferReader(done.blob)).column("image")[0].as_py()
    assert '"error": "ValueError: out of ink"' in text


def test_a_medium_among_other_things_is_refused():
    table = Table(columns=["a"], data=[[{"x": nbtrack.Image(PICTURE)}]])
    with pytest.raises(LogTypeError, match="nothing but media"):
        table.record()


def test_a_list_that_holds_itself_is_refused():
    loop: list = []
    loop.append(loop)
    with pytest.raises(LogTypeError, match="nested deeper"):
        Table(columns=["a"], data=[[loop]]).record()


texts = st.text(st.characters(codec=None, exclude_characters=""), max_size=20)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3).filter(lambda key: key != "_type"), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1) | st.none(), st.text() | st.none(), plain), max_size=8
    )
)
def test_any_cells_come_back(rows):
    table = Table(columns=["n", "s", "any"], data=[list(row) for row in rows], dtype=[int, str, object])
    assert back(table).data == [list(row) for row in rows]


@given(st.lists(texts, max_size=5))
def test_any_text_is_stored(values):
    found = back(Table(columns=["s"], data=[[value] for value in values])).get_column("s")
    assert found == [value.encode("utf-8", "replace").decode() for value in values]


@given(st.lists(st.floats() | st.integers(-(2**53), 2**53), min_size=1, max_size=8))
def test_any_numbers_come_back(values):
    found = back(Table(columns=["x"], data=[[value] for value in values], dtype=float)).get_column("x")
    np.testing.assert_array_equal(np.array(found, float), np.array(values, float))


def test_an_empty_table_keeps_its_columns():
    table = back(Table(columns=["a", 2]))
    assert table.columns == ["a", 2]
    assert table.data == []
    assert back(Table(columns=[])).columns == []


def test_the_file_is_parquet_that_says_what_its_columns_mean():
    table = Table(columns=["id", "image"], data=[[1, nbtrack.Image(PICTURE)]])
    table.set_pk("id")
    table.set_fk("id", table, "id")
    schema = pq.read_schema(pa.BufferReader(complete(table.record()).blob))
    assert schema.field("id").type == pa.int64()
    assert describe(schema)[0] == {"name": "id", "kind": "number", "key": True, "refers": ["Table", "id"]}
    assert describe(schema)[1] == {"name": "image", "kind": "media", "media": "image-file"}


# ---- logging


def test_what_is_changed_after_log_is_not_what_was_logged(run):
    pictures = [np.full((80, 80, 3), i, np.uint8) for i in range(3)]
    table = Table(columns=["n", "image"], data=[[i, nbtrack.Image(p)] for i, p in enumerate(pictures)])
    run.log({"t": table})
    for picture in pictures:
        picture[:] = 255
    found = stored(run, "t")
    assert [image.to_numpy()[0, 0, 0] for image in found.get_column("image")] == [0, 1, 2]


def test_an_immutable_table_is_logged_as_it_was_first_and_a_change_is_warned_about(run):
    table = Table(columns=["a"], data=[[1]])
    run.log({"t": table}, step=0)
    with pytest.warns(NbtrackWarning, match="MUTABLE"):
        table.add_data(2)
    run.log({"t": table}, step=1)
    assert stored(run, "t", 1).data == [[1]]


def test_a_mutable_table_is_logged_whole_each_time(run):
    table = Table(columns=["a"], log_mode="MUTABLE")
    for step in range(3):
        table.add_data(step)
        run.log({"t": table}, step=step)
    assert stored(run, "t", 1).data == [[0], [1]]
    assert stored(run, "t").data == [[0], [1], [2]]


def test_increments_store_what_was_added_and_are_read_as_one_table(run):
    table = Table(columns=["a", "x"], log_mode="INCREMENTAL")
    for step in range(4):
        table.add_data(step, None if step < 2 else step / 2)
        table.add_data(10 + step, None)
        run.log({"t": table}, step=step)
    with pytest.raises(UsageError, match="increments"):
        table.add_column("b", [0] * 8)
    run.finish()
    recorded = nbtrack.Api().run(run.id)
    rows = list(recorded.reader.objects("t"))
    assert [row.meta["nrows"] for row in rows] == [2, 2, 2, 2]
    assert [row.meta["increment_num"] for row in rows] == [0, 1, 2, 3]
    assert recorded.media("t", step=1)[0].get_column("a") == [0, 10, 1, 11]
    whole = recorded.media("t")[0]
    assert whole.get_column("a") == [0, 10, 1, 11, 2, 12, 3, 13]
    assert whole.get_column("x") == [None, None, None, None, 1.0, None, 1.5, None]
    assert recorded.summary["t"]["_type"] == "incremental-table-file"


def test_increments_of_one_step_are_all_kept(run):
    table = Table(columns=["a"], log_mode="INCREMENTAL")
    for i in range(6):
        table.add_data(i)
        run.log({"t": table, "n": i}, step=i // 3)
    run.log({"t": table}, step=1)  # nothing new
    recorded = finished(run)
    assert recorded.media("t", step=0)[0].get_column("a") == [0, 1, 2]
    assert [table.get_column("a") for table in recorded.media("t")] == [[0, 1, 2, 3, 4, 5]]
    assert recorded.summary["t"]["_type"] == "incremental-table-file"
    rows = list(recorded.scan_history(keys=["t"]))
    assert [(row["_step"], row["t"]["increment_num"]) for row in rows] == [(0, 2), (1, 6)]


def test_a_step_of_nothing_but_increments_has_a_time(run):
    table = Table(columns=["a"], log_mode="INCREMENTAL")
    for step in range(3):
        table.add_data(step)
        run.log({"t": table})
    run.finish()
    history = nbtrack.Api().run(run.id).history(keys=["_timestamp"], pandas=False)
    assert [row["_step"] for row in history] == [0, 1, 2]


def test_of_a_mutable_table_logged_twice_at_one_step_the_latest_is_kept(run):
    table = Table(columns=["a"], log_mode="MUTABLE")
    for i in range(3):
        table.add_data(i)
        run.log({"t": table}, step=5)
    recorded = finished(run)
    assert [table.data for table in recorded.media("t")] == [[[0], [1], [2]]]


def test_tables_in_a_list_are_logged_whole(run):
    table = Table(columns=["a"], log_mode="INCREMENTAL")
    for i in range(2):
        table.add_data(i)
        run.log({"t": [table, Table(columns=["b"], data=[[7]])]})
    recorded = finished(run)
    assert [one.data for one in recorded.media("t")] == [[[0], [1]], [[7]]]


def test_a_resumed_run_goes_on_with_increments(run):
    table = Table(columns=["a"], log_mode="INCREMENTAL")
    for i in range(4):
        table.add_data(i)
        run.log({"t": table}, step=i // 2)
    run.finish()
    with nbtrack.init(project="p", id=run.id, resume="must") as again:
        more = Table(columns=["a"], data=[[4]], log_mode="INCREMENTAL")
        again.log({"t": more})
    assert nbtrack.Api().run(run.id).media("t")[0].get_column("a") == [0, 1, 2, 3, 4]


def test_more_rows_than_max_rows_are_all_stored_and_told_of(run, monkeypatch):
    table = Table(columns=["a"], data=[[i] for i in range(10_001)])
    assert Table.MAX_ROWS == 10_000
    with pytest.warns(NbtrackWarning, match=r"10,001 rows.*All of them are stored"):
        run.log({"t": table})
    monkeypatch.setattr(Table, "MAX_ROWS", 20_000)
    run.log({"raised": Table(columns=["a"], data=[[i] for i in range(10_001)])})
    assert len(stored(run, "t")) == 10_001


def test_the_json_is_wandbs(run):
    run.log({"sec/t": Table(columns=["a", "b"], data=[[1, 2]])})
    run.finish()
    entry = nbtrack.Api().run(run.id).history(pandas=False)[0]["sec/t"]
    assert {k: entry[k] for k in ("_type", "ncols", "nrows", "log_mode")} == {
        "_type": "table-file",
        "ncols": 2,
        "nrows": 1,
        "log_mode": "IMMUTABLE",
    }
    assert entry["path"].startswith("media/table/sec/t_0_")
    assert entry["path"].endswith(".parquet")


def test_an_error_in_a_table_leaves_the_run_and_its_neighbors(run):
    bad = Table(columns=["a"], data=[[{"x": nbtrack.Image(PICTURE)}]])
    with pytest.raises(LogTypeError):
        run.log({"bad": bad})
    run.log({"good": Table(columns=["a"], data=[[1]])})
    assert stored(run, "good").data == [[1]]


def test_a_killed_process_leaves_its_table_to_be_read(tmp_path):
    script = textwrap.dedent(
        f"""
        import os, signal, numpy as np, nbtrack
        from nbtrack.tracking import encoding
        encoding._Pool.put = lambda self, job: None  # no encoder gets to work
        run = nbtrack.init(project="p", id="killed", dir={str(tmp_path)!r})
        picture = np.full((100, 100, 3), 7, np.uint8)
        run.log({{"t": nbtrack.Table(columns=["n", "image"], data=[[i, nbtrack.Image(picture)] for i in range(5)])}})
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL
    table = nbtrack.Api(dir=tmp_path).run("killed").media("t")[0]
    assert table.get_column("n") == [0, 1, 2, 3, 4]
    assert table.get_column("image")[4].to_numpy().max() == 7


def test_importing_and_making_a_small_table_loads_no_pandas():
    code = "import nbtrack, sys; nbtrack.Table(columns=['a']).add_data(1); print('pandas' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_figures_and_charts_in_cells_are_media(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    go = pytest.importorskip("plotly.graph_objects")
    plt.switch_backend("Agg")
    figure = plt.figure(figsize=(2, 1), dpi=50)
    figure.add_subplot().plot([1, 2])
    bars = nbtrack.plot.bar(Table(columns=["a", "b"], data=[["x", 1]]), "a", "b")
    table = Table(columns=["drawn", "plotly", "chart"], data=[[figure, go.Figure(go.Bar(y=[1])), bars]])
    table.add_data(figure.axes[0], nbtrack.Plotly(figure), bars)
    plt.close(figure)
    assert [kind.kind for kind in (column.type for column in table._columns)] == ["media"] * 3
    with nbtrack.init(project="p", dir=str(tmp_path)) as run:
        run.log({"table": table})
    (drawn, bar, chart), (again, line, _) = nbtrack.Api(dir=tmp_path).run(run.id).media("table")[0].data
    assert (drawn.width, again.width) == (200, 200)
    assert [json.loads(one.json)["data"][0]["type"] for one in (bar, line)] == ["bar", "scatter"]
    assert chart.table.data == [["x", 1]]


def test_an_empty_figure_in_a_cell_is_refused():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    table = Table(columns=["a"])
    with pytest.raises(LogValueError, match="the plot is empty"):
        table.add_data(plt.figure())
    plt.close("all")
    assert len(table) == 0
