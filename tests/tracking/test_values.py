"""What each kind of value becomes."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import functools
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import LogTypeError, LogValueError
from tests.tracking.conftest import points


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class MyInt(int):
    pass


class MyStr(str):
    __slots__ = ()


@dataclasses.dataclass
class Scores:
    acc: float
    name: str


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (1.5, 1.5, "f"),
        (3, 3, "i"),
        (True, 1, "b"),
        (MyInt(4), 4, "i"),
        (np.float64(0.25), 0.25, "f"),
        (np.float32(0.5), 0.5, "f"),
        (np.float16(0.5), 0.5, "f"),
        (np.int8(-3), -3, "i"),
        (np.uint64(7), 7, "i"),
        (np.bool_(True), 1, "b"),
        (np.array(2.5), 2.5, "f"),
        (np.array([[7]]), 7, "i"),
        (np.array([True]), 1, "b"),
        (math.inf, math.inf, "f"),
        (-math.inf, -math.inf, "f"),
        (2**53, 2**53, "i"),
        (-(2**53), -(2**53), "i"),
        (Decimal("0.5"), 0.5, "f"),
        (Fraction(1, 4), 0.25, "f"),
        (datetime.timedelta(seconds=90), 90.0, "f"),
    ],
)
def test_numbers(run, read, value, expected, dtype):
    for _ in range(3):  # the first goes the long way, the others may take the short one
        run.log({"k": value, "other": 1.0})
    series = read(run).series("k")
    assert series.values.tolist() == [expected] * 3
    assert series.dtype == dtype


@pytest.mark.parametrize("huge", [2**53 + 1, np.uint64(2**63 + 5), np.int64(-(2**60)), 2**80])
def test_a_huge_integer_after_small_ones_keeps_all_its_digits(run, read, huge):
    small = type(huge)(7)
    for value in (small, small, huge, small):
        run.log({"k": value})
    reader = read(run)
    assert points(reader, "k") == {0: 7, 1: 7, 3: 7}
    (row,) = reader.objects("k")
    assert (row.step, row.meta) == (2, {"value": int(huge)})


def test_nan_is_a_number(run, read):
    run.log({"a": math.nan, "b": np.float32("nan"), "c": 1.0})
    reader = read(run)
    assert math.isnan(reader.series("a").values[0])
    assert math.isnan(reader.series("b").values[0])
    assert math.isnan(run.summary["a"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (MyStr("sub"), "sub"),
        ("한글", "한글"),
        ("lone \ud800", "lone \\ud800"),
        (None, None),
        (2**53 + 1, 2**53 + 1),
        (-(2**60), -(2**60)),
        (2**80, 2**80),
        (np.uint64(2**63 + 5), 2**63 + 5),
        (b"bytes", "bytes"),
        (b"\xff\x00", "\\xff\x00"),
        (bytearray(b"ab"), "ab"),
        (datetime.datetime(2024, 1, 2, 3, 4), "2024-01-02T03:04:00"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"a"}), ["a"]),
        ((1, "x", None), [1, "x", None]),
        ([1, [2, {"a": (3,)}]], [1, [2, {"a": [3]}]]),
        ([], []),
        (Color.RED, "RED"),
        (Level.HIGH, "HIGH"),
        (1 + 2j, "(1+2j)"),
        (np.complex64(1j), "1j"),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (np.str_("x"), "x"),
        (Path("a/b"), "a/b"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (math.sqrt, "math.sqrt"),
        (functools.partial(dict, a=1), "builtins.dict"),
        (dict, "builtins.dict"),
        (np.arange(3), [0, 1, 2]),
        (np.zeros((2, 2), bool), [[False, False], [False, False]]),
        (np.array([]), []),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([1, None], dtype=object), [1, None]),
        (np.arange(10)[::2], [0, 2, 4, 6, 8]),
        ([np.float32(1), np.arange(2)], [1.0, [0, 1]]),
    ],
)
def test_json_values(run, read, value, expected):
    run.log({"k": value})
    (row,) = read(run).objects("k")
    assert (row.kind, row.meta) == ("json", {"value": expected})


def test_lists_of_numbers_stay_lists(run, read):
    run.log({"k": [0.5] * 5000})
    assert read(run).objects("k")[0].meta == {"value": [0.5] * 5000}


@pytest.mark.parametrize("shape", [(33,), (8, 8), (4, 4, 4)])
def test_larger_arrays_become_histograms_with_32_bins(run, read, shape):
    run.log({"k": np.linspace(0, 1, math.prod(shape)).reshape(shape)})
    (row,) = read(run).objects("k")
    assert row.kind == "histogram"
    assert len(row.meta["values"]) == 32
    assert sum(row.meta["values"]) == math.prod(shape)


def test_an_array_that_is_no_histogram_is_named(run, read):
    for value in (np.array(["x"] * 40), np.array([object()] * 40), np.zeros(40, complex)):
        with pytest.raises(LogTypeError, match=r"'k'.*(numeric|real numbers)"):
            run.log({"k": value, "good": 1})
    assert len(points(read(run), "good")) == 3


def test_nested_dicts_are_joined_with_dots(run, read):
    run.log({"a": {"b": 1, "c": {"d": 2.5, "e": "x"}}, "f/g": {"h": True}})
    reader = read(run)
    assert points(reader, "a.b") == {0: 1}
    assert points(reader, "a.c.d") == {0: 2.5}
    assert points(reader, "f/g.h") == {0: 1}
    assert reader.objects("a.c.e")[0].meta == {"value": "x"}


def test_nested_keys_that_are_numbers_or_enums_become_text(run, read):
    run.log({"per_class": {0: 0.5, 1: 0.25}, "by": {Color.RED: 3}})
    reader = read(run)
    assert points(reader, "per_class.0") == {0: 0.5}
    assert points(reader, "by.RED") == {0: 3}


def test_other_nested_keys_are_named(run):
    with pytest.raises(LogTypeError, match=r"tuple.*in 'a'"):
        run.log({"a": {(1, 2): 3}})


def test_a_dataclass_is_a_dict(run, read):
    run.log({"s": Scores(0.5, "x")})
    reader = read(run)
    assert points(reader, "s.acc") == {0: 0.5}
    assert reader.objects("s.name")[0].meta == {"value": "x"}


def test_a_dict_that_holds_itself_is_an_error(run, read):
    loop: dict[str, object] = {}
    loop["self"] = loop
    with pytest.raises(LogValueError, match="holds itself"):
        run.log({"good": 1, "loop": loop})
    with pytest.raises(LogValueError, match="holds itself"):
        run.log({"list": (endless := []) or endless.append(endless) or endless})
    assert points(read(run), "good") == {0: 1}


def test_long_text_is_refused_with_what_to_do(run, read):
    run.log({"k": "x" * 1_000_000})
    with pytest.raises(LogValueError, match=r"'k'.*bytes of JSON"):
        run.log({"k": "x" * 5_000_000, "good": 1})
    assert points(read(run), "good") == {1: 1}


def test_data_frames_are_tables(run, read):
    import pandas as pd

    run.log({"t": pd.DataFrame({"a": [1]})})
    assert [row.kind for row in read(run).objects("t")] == ["table-file"]


def test_pandas_scalars_and_series(run, read):
    import pandas as pd

    run.log({"na": pd.NA, "when": pd.Timestamp("2024-01-02"), "col": pd.Series([1, 2])})
    reader = read(run)
    assert reader.objects("na")[0].meta == {"value": None}
    assert reader.objects("when")[0].meta == {"value": "2024-01-02T00:00:00"}
    assert reader.objects("col")[0].meta == {"value": [1, 2]}


def test_a_value_whose_own_code_fails_names_its_key(run, read):
    class Broken(dict):
        def items(self):
            raise RuntimeError("boom")

    with pytest.raises(LogTypeError, match=r"'k'.*RuntimeError: boom"):
        run.log({"k": Broken(), "good": 1})
    assert points(read(run), "good") == {0: 1}


def test_a_callable_object_is_not_a_function(run):
    class Module:
        def __call__(self):
            return None

    with pytest.raises(LogTypeError, match="Module"):
        run.log({"k": Module()})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(value=st.lists(json_values, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_list_comes_back_as_it_was(run, read, value):
    run.log({"k": value}, step=1)
    assert read(run).objects("k")[0].meta["value"] == _utf8(value)


def _utf8(value):
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_utf8(v) for v in value]
    if isinstance(value, dict):
        return {_utf8(k): _utf8(v) for k, v in value.items()}
    return value


@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.floats() | st.integers(-(2**53), 2**53)),
        max_size=8,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rows_of_numbers_come_back_as_they_were(read, rows):
    run = nbtrack.init(reinit="create_new")
    for row in rows:
        run.log(row)
    reader = read(run)
    for key in ("a", "b", "c/d"):
        expected = {i: float(row[key]) for i, row in enumerate(rows) if key in row}
        found = points(reader, key)
        assert found.keys() == expected.keys()
        assert all(found[i] == v or (math.isnan(v) and math.isnan(found[i])) for i, v in expected.items())
    run.finish()
