"""What a panel asks of a table: over the functions, the kernel's comm and HTTP (tests/server)."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import LogValueError, NotFoundError
from nbtrack.media.registry import complete
from nbtrack.panels.drawings import Drawn, draw
from nbtrack.panels.tables.answer import answer
from nbtrack.panels.tables.compare import compare
from nbtrack.panels.tables.export import export
from nbtrack.panels.tables.expression import ExpressionError, mask_of
from nbtrack.panels.tables.group import group
from nbtrack.panels.tables.page import CUT, page
from nbtrack.panels.tables.source import Source
from nbtrack.panels.widget import RunPanel
from nbtrack.panels.wire import TableComparison, TableGroups, TablePage

from .test_page import embedded
from .test_wire import check

PICTURE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
ROWS = [
    [1, "cat", 0.9, True, datetime.datetime(2026, 1, 1)],
    [2, "dog", 0.2, False, datetime.datetime(2026, 2, 1)],
    [3, "Cat 고양이", None, True, None],
    [4, None, math.nan, None, datetime.datetime(2026, 3, 1)],
    [5, "bird", -1.5, False, datetime.datetime(2026, 4, 1)],
]
NAMES = ["id", "label", "F1 score", "right", "day"]


def source(table: nbtrack.Table, name: str = "t") -> Source:
    blob = complete(table.record()).blob
    assert blob is not None
    return Source([blob], (name, str(len(blob))))


@pytest.fixture
def animals() -> Source:
    return source(nbtrack.Table(columns=NAMES, data=ROWS))


def ids(found: TablePage) -> list[int]:
    place = found["shown"].index("id")
    return [row[place] for row in found["rows"]]


# ---- filters


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("id > 3", [4, 5]),
        ("1 < id <= 3", [2, 3]),
        ('label == "cat"', [1]),
        ('"at" in label', [1, 3]),
        ('"고양이" in label', [3]),
        ('label in ("cat", "bird") or id == 2', [1, 2, 5]),
        ("id not in [1, 2]", [3, 4, 5]),
        ("`F1 score` >= 0.2", [1, 2]),
        ('row["F1 score"] < 0', [5]),
        ("`F1 score` is None", [3, 4]),
        ("label != None and not right", [2, 5]),
        ("right", [1, 3]),
        ("right == True", [1, 3]),
        ("label is None", [4]),
        ("label in (None, 'dog')", [2, 4]),
        ("abs(`F1 score`) > 1 or len(label) == 3 and id < 2", [1, 5]),
        ("label.lower().startswith('cat')", [1, 3]),
        ("label.upper().endswith('RD')", [5]),
        ("-id + 2 * 3 > 3", [1, 2]),
        ("id / 2 == 1.5", [3]),
        ('day >= "2026-02-01" and day < "2026-03-01T00:00"', [2]),
        ('"2026-03-15" < day', [5]),
        ("true", [1, 2, 3, 4, 5]),
        ("not (id > 3)", [1, 2, 3]),
    ],
)
def test_filters(animals, text, wanted):
    assert ids(page(animals, {"filter": text})) == wanted


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ("id >", "missing or wrong", ""),
        ("", "empty", ""),
        ("idd > 3", "no column 'idd'; the columns are id, label", "idd"),
        ("id > 3 and lable == 'x'", "no column 'lable'", "lable"),
        ("`고양이 점수` > 3 and id > 'x'", "no column '고양이 점수'", "`고양이 점수`"),
        ("'고양이' in label and id > 'x'", "id is numbers, and 'x' text", "'x'"),
        ("id = 3", "write ==", "="),
        ("id", "true or false", "id"),
        ("id and right", "neither true nor false", "id"),
        ("label + 1 > 2", "arithmetic needs numbers", "label"),
        ("id & 2", "write and, or", "id & 2"),
        ("id ** 2 > 3", r"know \+ - \* /", "id ** 2"),
        ("__import__('os').system('true')", "contains, startswith", "__import__('os').system"),
        ("label.__class__ == 1", "filters know", "label.__class__"),
        ("[x for x in id]", "filters know", "[x for x in id]"),
        ("(lambda: 1)()", "known are", "lambda: 1"),
        ("f'{id}' == 'x'", "filters know", "f'{id}'"),
        ("label.contains(id)", "one piece of text", "label.contains(id)"),
        ("id > None", "is and is not", "None"),
        ("id is 3", "write ==", "3"),
        ("day > 'soon'", "no date", "'soon'"),
        ("'a' in id", 'write "text" in column', "'a'"),
        ("1 < 2", "no column", "1"),
        ("id in (1, label)", "not columns", "(1, label)"),
        ("id > 3 and (" + "(" * 300 + "1" + ")" * 300 + ")", "understood|nested|wrong", None),
        ("x" * 3000, "at most", None),
    ],
)
def test_a_filter_that_makes_no_sense_says_what_and_where(animals, text, said, where):
    with pytest.raises(ExpressionError, match=said) as raised:
        mask_of(text, animals)
    if where:
        assert text[raised.value.at : raised.value.at + raised.value.length] == where


@given(st.text(alphabet="id label><=!()'\"and or not in`[]+-*/.,0123 고\n\0", max_size=40))
def test_any_filter_is_a_mask_or_an_explanation(text):
    table = source(nbtrack.Table(columns=["id", "label"], data=[[1, "a"], [2, "b"]]))
    try:
        mask = mask_of(text, table)
    except ExpressionError as error:
        found = error.at, str(error)
        assert 0 <= found[0] <= len(text)
        assert found[1]
    else:
        assert len(mask) == 2
        assert mask.null_count == 0


@given(st.lists(st.floats(-100, 100) | st.none(), max_size=30), st.floats(-100, 100))
def test_a_filter_means_what_python_means(values, bound):
    table = source(nbtrack.Table(columns=["x"], data=[[value] for value in values], dtype=float))
    found = page(table, {"filter": f"x * 2 > {bound!r} or x is None", "limit": 1000})
    assert found["ids"] == [i for i, x in enumerate(values) if x is None or x * 2 > bound]


# ---- pages


def test_a_page_tells_its_columns_and_rows(animals):
    found = page(animals, {"offset": 1, "limit": 2})
    check(found, TablePage)
    assert (found["total"], found["matched"], found["offset"], found["ids"]) == (5, 5, 1, [1, 2])
    assert found["columns"][1] == {"name": "label", "kind": "string"}
    assert found["rows"][0] == [2, "dog", 0.2, False, "2026-02-01T00:00:00"]
    assert page(animals, {"offset": 9})["rows"] == []
    assert page(animals, {"columns": ["right", "gone", "id"], "limit": 1})["rows"] == [[True, 1]]


def test_numbers_that_json_lacks_are_spelled(animals):
    table = source(
        nbtrack.Table(columns=["x", "n"], data=[[math.inf, 2**60], [-math.inf, 1]], dtype=[float, int])
    )
    assert page(table, {})["rows"] == [["Infinity", str(2**60)], ["-Infinity", 1]]


def test_sorting_puts_what_is_missing_last_either_way(animals):
    assert ids(page(animals, {"sort": [["F1 score", "asc"]]}))[:3] == [5, 2, 1]
    assert ids(page(animals, {"sort": [["F1 score", "desc"]]}))[:3] == [1, 2, 5]
    assert ids(page(animals, {"sort": [["right", "desc"], ["id", "desc"]]})) == [3, 1, 5, 2, 4]
    assert ids(page(animals, {"sort": [["label", "asc"]], "filter": "id < 3"})) == [1, 2]
    assert ids(page(animals, {"sort": [["gone", "asc"]]})) == [1, 2, 3, 4, 5]


def test_search_looks_into_text_whatever_the_case_and_at_whole_numbers(animals):
    assert ids(page(animals, {"search": "CAT"})) == [1, 3]
    assert ids(page(animals, {"search": "2"})) == [2]
    assert ids(page(animals, {"search": "cat", "filter": "id > 1"})) == [3]
    assert page(animals, {"search": "nothing"})["matched"] == 0


def test_long_cells_are_cut_in_a_page_and_whole_in_the_details():
    text = "긴 글 " * 2000
    table = source(nbtrack.Table(columns=["s"], data=[[text]]))
    assert page(table, {})["rows"][0][0] == {"cut": text[:CUT], "length": len(text)}
    assert page(table, {"full": True})["rows"][0][0] == text


@pytest.mark.parametrize(
    "args",
    [
        {"offset": -1},
        {"limit": "x"},
        {"sort": "id"},
        {"sort": [["id", "up"]]},
        {"columns": "id"},
        {"filter": 3},
    ],
)
def test_arguments_that_mean_nothing_are_refused(animals, args):
    with pytest.raises(LogValueError):
        page(animals, args)


@given(
    st.lists(st.tuples(st.integers(-5, 5), st.text(max_size=3)), max_size=60),
    st.integers(0, 70),
    st.integers(1, 70),
    st.sampled_from(["asc", "desc"]),
)
def test_any_page_is_a_slice_of_the_sorted_rows(rows, offset, limit, way):
    table = source(nbtrack.Table(columns=["n", "s"], data=[list(row) for row in rows], dtype=[int, str]))
    found = page(table, {"offset": offset, "limit": limit, "sort": [["n", way]]})
    order = sorted(range(len(rows)), key=lambda i: rows[i][0] if way == "asc" else -rows[i][0])
    assert [rows[i][0] for i in order][offset : offset + limit] == [row[0] for row in found["rows"]]
    assert [list(rows[i]) for i in found["ids"]] == found["rows"]


def test_pages_of_a_file_with_many_row_groups(monkeypatch):
    from nbtrack.media import table_file

    monkeypatch.setattr(table_file, "ROW_GROUP", 7)
    table = source(nbtrack.Table(dataframe=pd.DataFrame({"i": range(50), "a.b": range(50), "a": range(50)})))
    for offset in (0, 6, 7, 20, 48):
        found = page(table, {"offset": offset, "limit": 10, "columns": ["a", "i"]})
        assert [row[1] for row in found["rows"]] == list(range(offset, min(offset + 10, 50)))
    assert page(table, {"columns": ["a"], "filter": "`a.b` == 33"})["rows"] == [[33]]


# ---- groups


def test_groups_count_and_sum_up(animals):
    table = source(nbtrack.Table(columns=["k", "x"], data=[["a", 1.0], ["b", 5.0], ["a", 3.0], [None, None]]))
    found = group(table, {"by": "k"})
    check(found, TableGroups)
    assert [(one["value"], one["count"]) for one in found["groups"]] == [("a", 2), ("b", 1), (None, 1)]
    assert found["groups"][0]["means"] == {"x": 2.0}
    assert found["groups"][2]["means"] == {"x": None}
    assert sum(found["groups"][0]["bars"]["x"]) == 2
    assert found["bins"] == {"x": [1.0, 5.0]}
    assert group(table, {"by": "k", "filter": "x > 2"})["matched"] == 2


def test_numbers_of_many_values_are_grouped_into_ranges():
    values = [*np.linspace(0, 1, 200), math.nan]
    table = source(nbtrack.Table(columns=["x"], data=[[value] for value in values]))
    found = group(table, {"by": "x"})
    assert found["ranges"]
    assert sum(one["count"] for one in found["groups"]) == 201
    assert found["groups"][0]["value"] == [0.0, 0.05]
    assert found["groups"][-1] == {"value": None, "count": 1, "means": {}, "bars": {}}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(allow_nan=True)), min_size=1, max_size=30))
def test_groups_of_any_numbers(rows):
    table = source(nbtrack.Table(columns=["k", "x"], data=[list(row) for row in rows], dtype=[str, float]))
    found = group(table, {"by": "k"})
    json.dumps(found, allow_nan=False)
    for one in found["groups"]:
        mine = [x for k, x in rows if k == one["value"]]
        assert one["count"] == len(mine)
        if "x" in one["bars"]:
            assert sum(one["bars"]["x"]) == sum(map(math.isfinite, mine))


def test_media_cannot_be_grouped_by():
    table = source(nbtrack.Table(columns=["i"], data=[[nbtrack.Image(PICTURE)]]))
    with pytest.raises(LogValueError, match="holds media"):
        group(table, {"by": "i"})
    with pytest.raises(NotFoundError):
        group(table, {"by": "gone"})


# ---- comparison


def two() -> tuple[Source, Source]:
    names = ["id", "guess", "score", "only"]
    left = [[1, "cat", 0.5, 1], [2, "dog", None, 1], [3, "bird", math.nan, 1], [3, "bird", 1.0, 1]]
    right = [[3, "bird", None], [2, "cat", None], [9, "fish", 1.0]]
    first, second = nbtrack.Table(columns=names, data=left), nbtrack.Table(columns=names[:3], data=right)
    return source(first, "l"), source(second, "r")


def test_tables_are_joined_by_key_and_differences_are_marked():
    found = compare(*two(), {"key": "id"})
    check(found, TableComparison)
    # the same, changed, only left, only right
    assert found["counts"] == [1, 1, 2, 1]
    assert found["states"] == [2, 1, 0, 2, 3]
    assert found["marks"] == [[], [1], [], [], []]
    assert found["rows"][1][:2] == [2, "dog"]
    assert found["other"][1][:2] == [2, "cat"]
    assert found["rows"][4] == [None, None, None, None]
    assert found["other"][4] == [9, "fish", 1.0, None]
    assert found["differing"] == {"guess": 1, "score": 0}


def test_a_comparison_can_be_narrowed_and_sorted_by_the_left_table():
    pair = two()
    assert compare(*pair, {"key": "id", "only": "different"})["states"] == [2, 1, 2, 3]
    assert compare(*pair, {"key": "id", "only": "changed"})["ids"] == [1]
    assert compare(*pair, {"key": "id", "sort": [["id", "desc"]]})["states"] == [0, 2, 1, 2, 3]
    assert compare(*pair, {"key": "id", "filter": "id == 3"})["states"] == [0, 2]
    assert compare(*pair, {"key": "id", "offset": 3, "limit": 1})["states"] == [2]
    assert compare(*pair, {"key": None})["counts"] == [0, 3, 1, 0]
    for args in ({"key": "gone"}, {"key": 3}, {"key": "id", "only": "some"}):
        with pytest.raises((LogValueError, NotFoundError)):
            compare(*pair, args)


def test_pictures_differ_when_their_files_do():
    def table(second):
        rows = [[1, nbtrack.Image(PICTURE)], [2, nbtrack.Image(second)]]
        return source(nbtrack.Table(columns=["id", "image"], data=rows))

    found = compare(table(PICTURE), table(PICTURE[::-1]), {"key": "id"})
    assert found["marks"] == [[], [1]]


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_every_row_is_in_one_pair(left, right):
    def made(keys, name):
        rows = [[key, i] for i, key in enumerate(keys)]
        return source(nbtrack.Table(columns=["k", "i"], data=rows, dtype=[str, int]), name)

    found = compare(made(left, "l"), made(right, "r"), {"key": "k", "limit": 1000})
    pairs = list(zip(found["rows"], found["other"], strict=True))
    assert [row[1] for row, _ in pairs if row[0] is not None] == list(range(len(left)))
    assert sorted(other[1] for _, other in pairs if other[0] is not None) == list(range(len(right)))
    both = [(row, other) for row, other in pairs if row[0] is not None and other[0] is not None]
    assert all(row[0] == other[0] for row, other in both)
    assert len(both) == sum(min(left.count(key), right.count(key)) for key in "abc")


# ---- export


def test_an_export_holds_the_rows_that_are_meant(animals):
    data, mime = export(animals, {"format": "csv", "filter": "id < 3", "sort": [["id", "desc"]]})
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert mime == "text/csv"
    assert [(row["id"], row["label"]) for row in rows] == [("2", "dog"), ("1", "cat")]
    data, _ = export(animals, {"format": "parquet", "columns": ["label", "id"]})
    table = pq.read_table(pa.BufferReader(data))
    assert table.column_names == ["label", "id"]
    assert table.num_rows == 5
    with pytest.raises(LogValueError, match="csv"):
        export(animals, {"format": "xlsx"})


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=1,2\n"x"']
PLAIN = ["-5", "+82", "-1.5e-3", "", "a=b", '한국어, "따옴표"\n둘째 줄', "- ", None]


def test_a_csv_keeps_any_text_and_runs_nothing_in_a_spreadsheet():
    columns = {"=A1": [*FORMULAS, *PLAIN], "n": [-1.5] * 15}
    table = nbtrack.Table(
        columns=list(columns), data=[list(row) for row in zip(*columns.values(), strict=True)]
    )
    data, _ = export(source(table), {"format": "csv"})
    assert data.startswith(b"\xef\xbb\xbf")  # without it Excel breaks Korean
    head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert head == ["'=A1", "n"]
    texts = [row[0] for row in rows]
    assert texts[: len(FORMULAS)] == ["'" + text for text in FORMULAS]
    assert texts[len(FORMULAS) :] == [*("'- " if text == "- " else text or "" for text in PLAIN)]
    assert {row[1] for row in rows} == {"-1.5"}
    assert pd.read_csv(io.BytesIO(data)).columns[0] == "'=A1"
    exact, _ = export(source(table), {"format": "parquet"})
    assert pq.read_table(pa.BufferReader(exact)).column(0).to_pylist() == columns["=A1"]


def test_a_wide_table_is_exported_whole_and_its_page_is_cut_shorter():
    names = [f"c{i}" for i in range(1200)]
    table = source(nbtrack.Table(columns=names, data=[["x" * 300] * 1200]))
    data, _ = export(table, {"format": "parquet"})
    assert pq.read_table(pa.BufferReader(data)).column_names == names
    found = page(table, {})
    assert found["shown"] == names[:1000]
    assert found["rows"][0][999] == {"cut": "x" * 40, "length": 300}
    assert page(table, {"columns": ["c1100", "c3"], "full": True})["rows"] == [["x" * 300] * 2]


@pytest.mark.parametrize("columns", [[], ["a", "b"]])
def test_a_table_without_rows_can_be_asked_everything(columns):
    table = source(nbtrack.Table(columns=columns))
    found = page(table, {"search": "x"})
    assert (found["total"], found["matched"], found["rows"], found["shown"]) == (0, 0, [], columns)
    for file_format in ("csv", "parquet"):
        export(table, {"format": file_format})
    assert compare(table, source(nbtrack.Table(columns=columns), "u"), {})["counts"] == [0, 0, 0, 0]
    if columns:
        assert page(table, {"filter": "a is None", "sort": [["b", "asc"]]})["rows"] == []
        assert group(table, {"by": "a"})["groups"] == []


# ---- over the wire


def stored(recorder, table: nbtrack.Table, key: str = "t", step: int = 0) -> str:
    for file in complete(table.record()).files.values():
        recorder.journal.blob(file)
    return recorder.media(step, key, table)[0]


def test_the_kernel_answers_a_panel(recorder, front_end):
    sha = stored(recorder, nbtrack.Table(columns=NAMES, data=ROWS))
    panel = RunPanel(recorder.reader)
    args = {"run": recorder.run_id, "shas": [sha], "what": "page", "filter": "id > 3"}
    reply, _ = front_end.ask(panel, "table", **args)
    assert reply["ok"]
    assert ids(reply["result"]) == [4, 5]
    reply, _ = front_end.ask(panel, "table", **{**args, "filter": "idd > 3"})
    assert reply["result"]["problem"]["at"] == 0
    reply, buffers = front_end.ask(panel, "table", **{**args, "what": "export", "format": "csv"})
    assert reply["result"] == {"mime": "text/csv"}
    assert b"bird" in bytes(buffers[0])
    for wrong in ({"shas": ["0" * 64]}, {"shas": ["../x"]}, {"shas": []}, {"what": "drop"}, {"run": "other"}):
        reply, _ = front_end.ask(panel, "table", **{**args, **wrong})
        assert not reply["ok"], wrong
    panel.close()


def test_increments_are_asked_for_together(recorder):
    table = nbtrack.Table(columns=["a"], log_mode="INCREMENTAL")
    shas = []
    for step in range(3):
        table.add_data(step)
        record = table.to_log()
        done = complete(record)
        shas.append(recorder.journal.blob(done.blob))
    result, _ = answer(lambda _run: recorder.reader, {"run": "r", "shas": shas, "sort": [["a", "desc"]]})
    assert result["rows"] == [[2], [1], [0]]


def test_increments_of_one_step_are_one_table_in_a_saved_page_and_a_still(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_DIR", str(tmp_path))
    table = nbtrack.Table(columns=["a"], log_mode="INCREMENTAL")
    with nbtrack.init(project="p") as run:
        for i in range(5):
            table.add_data(f"row {i}")
            run.log({"t": table}, step=i // 3)
    panel = nbtrack.show(nbtrack.Api().run(run.id))
    data = embedded(panel.save_html(tmp_path / "page.html").read_text(encoding="utf-8"))
    shown = [[row[0] for row in table["rows"]] for table in data["tables"].values()]
    assert [f"row {i}" for i in range(5)] in shown  # at the last step
    assert [f"row {i}" for i in range(3)] in shown
    still = panel.still()
    assert all(f"row {i}" in still for i in (3, 4))


def test_what_is_no_table_is_an_error(recorder):
    sha = recorder.media(0, "photo", nbtrack.Image(PICTURE))[0]
    with pytest.raises(ValueError, match="Parquet"):
        answer(lambda _run: recorder.reader, {"run": "r", "shas": [sha]})


# ---- without a kernel


def test_a_saved_page_holds_the_first_rows_and_their_pictures(recorder, tmp_path):
    rows = [[i, nbtrack.Image(np.full((90, 90, 3), i % 250, np.uint8))] for i in range(1200)]
    sha = stored(recorder, nbtrack.Table(columns=["id", "image"], data=rows))
    html = RunPanel(recorder.reader).save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    data = embedded(html)
    table = data["tables"][sha]
    assert (table["total"], table["matched"], len(table["rows"])) == (1200, 1000, 1000)
    picture = json.loads(table["rows"][7][1])["sha256"]
    assert picture in data["blobs"]
    assert sha not in data["blobs"]
    assert {"table", "lightbox"} <= data["packs"].keys()


def test_a_still_shows_the_first_rows_escaped_and_with_thumbnails(recorder):
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    rows = [[i, hostile, nbtrack.Image(PICTURE), None] for i in range(30)]
    stored(recorder, nbtrack.Table(columns=["n", hostile, "image", "nothing"], data=rows))
    html = RunPanel(recorder.reader).still()
    assert "<script" not in html
    assert 'onerror="' not in html
    assert html.count("data:image/") >= 1
    assert "of 30 rows" in html


def test_a_bare_table_shows_itself():
    table = nbtrack.Table(columns=["a", "image"], data=[[1.25, nbtrack.Image(PICTURE)]])
    data, _ = table._repr_mimebundle_()
    assert "<th" in data["text/html"]
    assert "1.25" in data["text/html"]
    assert "data:image/png" in data["text/html"]
    assert data["text/plain"] == "<Table 1 rows x 2 columns: a, image>"
    empty, _ = nbtrack.Table(columns=["a"])._repr_mimebundle_()
    assert "no rows" in empty["text/html"]


def test_a_table_whose_pictures_are_lost_is_drawn_all_the_same():
    done = complete(nbtrack.Table(columns=["image"], data=[[nbtrack.Image(PICTURE)]]).record())
    sha = next(sha for sha, blob in done.files.items() if blob == done.blob)

    def file(name):
        if name == sha:
            return done.blob
        raise FileNotFoundError(name)

    drawn = draw("table-file", [Drawn(done.meta, sha, file)], 480)
    assert re.search(r">image</td>", drawn)
    assert (
        draw("table-file", [Drawn(done.meta, "0" * 64, lambda _sha: (_ for _ in ()).throw(OSError()))], 480)
        is None
    )
