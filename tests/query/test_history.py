from __future__ import annotations

import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.query.history import Column, Rows
from nbtrack.store.model import Series


def column(steps: list[int], values: list[float], dtype: str = "f", objects: dict | None = None) -> Column:
    return Column.of(Series("k", dtype, np.array(steps, np.int64), np.array(values, float), 0), objects)


def rows_of(**columns: Column) -> Rows:
    steps = np.unique(np.concatenate([c.steps for c in columns.values()]))
    return Rows("run", steps, columns)


def test_numbers_come_back_in_the_type_they_were_logged_with() -> None:
    rows = rows_of(
        i=column([0, 1], [1, 2], "i"), b=column([0, 1], [1, 0], "b"), f=column([0, 1], [0.5, math.inf])
    )
    first, second = rows.records()
    assert first == {"_step": 0, "i": 1, "b": True, "f": 0.5}
    assert second == {"_step": 1, "i": 2, "b": False, "f": math.inf}
    assert [type(v) for v in first.values()] == [int, int, bool, float]


def test_earlier_values_that_do_not_fit_the_last_type_are_not_cut() -> None:
    assert column([0, 1], [0.5, 2], "i").values.tolist() == [0.5, 2.0]
    assert column([0, 1], [7, 1], "b").values.tolist() == [7.0, 1.0]


def test_a_key_may_hold_numbers_and_objects_over_time() -> None:
    mixed = column([0, 2], [1, 3], "i", objects={1: {"_type": "image-file"}})
    assert [row["k"] for row in rows_of(k=mixed).records()] == [1, {"_type": "image-file"}, 3]


def test_a_row_lacks_what_was_not_logged_at_its_step() -> None:
    rows = rows_of(a=column([0, 2], [1, 2], "i"), b=column([1, 2], [5, 6], "i"))
    assert list(rows.records()) == [{"_step": 0, "a": 1}, {"_step": 1, "b": 5}, {"_step": 2, "a": 2, "b": 6}]


def test_records_do_not_depend_on_the_page_size() -> None:
    rows = rows_of(
        a=column(list(range(0, 50, 2)), list(range(25)), "i"), b=column(list(range(40)), [0.0] * 40)
    )
    assert list(rows.records(1)) == list(rows.records(7)) == list(rows.records(10_000))


def test_a_data_frame_keeps_types_and_marks_what_is_missing() -> None:
    frame = rows_of(
        full=column([0, 1], [1, 2], "i"),
        half=column([0], [1], "i"),
        flag=column([1], [1], "b"),
        image=column([], [], objects={1: {"_type": "image-file"}}),
    ).to_pandas()
    assert list(frame) == ["_step", "full", "half", "flag", "image"]
    assert frame["full"].dtype == np.int64
    assert frame["half"].iloc[0] == 1
    assert math.isnan(frame["half"].iloc[1])
    assert frame["flag"].iloc[1] is True
    assert pd.isna(frame["flag"].iloc[0])
    assert frame["image"].iloc[1] == {"_type": "image-file"}
    assert pd.isna(frame["image"].iloc[0])


def test_arrow_has_typed_columns_with_nulls() -> None:
    table = rows_of(
        n=column([0, 1], [1, 2], "i"),
        x=column([1], [math.nan]),
        words=column([], [], objects={0: "a"}),
        image=column([], [], objects={1: {"_type": "image-file"}}),
    ).to_arrow()
    assert str(table.schema.field("n").type) == "int64"
    assert table["x"].is_null().to_pylist() == [True, False]
    assert table["words"].to_pylist() == ["a", None]
    assert table["image"].to_pylist() == [None, '{"_type": "image-file"}']


def test_an_empty_history_is_empty_in_every_form() -> None:
    rows = Rows("run", np.empty(0, np.int64), {"a": column([], [])}).sampled(10)
    assert list(rows.records()) == []
    assert list(rows.to_pandas()) == ["_step", "a"]
    assert rows.to_arrow().num_rows == 0


values = st.floats(allow_nan=True, allow_infinity=True, width=32)


@st.composite
def some_columns(draw: st.DrawFn) -> dict[str, Column]:
    columns = {}
    for name in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)):
        steps = sorted(draw(st.sets(st.integers(-100, 400), min_size=1, max_size=120)))
        columns[name] = column(steps, draw(st.lists(values, min_size=len(steps), max_size=len(steps))))
    return columns


@settings(max_examples=60, deadline=None)
@given(some_columns(), st.integers(32, 200))
def test_sampling_keeps_the_extremes_of_every_key_and_no_more_rows_than_asked(
    columns: dict[str, Column], samples: int
) -> None:
    rows = rows_of(**columns)
    few = rows.sampled(samples)
    assert len(few) == min(samples, len(rows))
    assert set(few.steps) <= set(rows.steps)
    assert few.steps[0] == rows.steps[0]
    assert few.steps[-1] == rows.steps[-1]
    for name, whole in columns.items():
        numbers = whole.values[~np.isnan(whole.values)]
        kept = [row[name] for row in few.records() if name in row]
        if len(numbers):
            assert min(v for v in kept if not math.isnan(v)) == numbers.min()
            assert max(v for v in kept if not math.isnan(v)) == numbers.max()


@given(st.integers(1, 40))
def test_any_number_of_samples_gives_about_as_many_rows(samples: int) -> None:
    rows = rows_of(a=column(list(range(100)), list(range(100))))
    assert 1 <= len(rows.sampled(samples)) <= max(samples, 4)
