from __future__ import annotations

import base64
import json
import math
import re
import typing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.panels import wire

FIXTURES = json.loads((Path(__file__).parent / "wire_fixtures.json").read_text(encoding="utf-8"))
TYPESCRIPT = Path(__file__).parents[2] / "js/src/core/wire.ts"

SHARED = [
    "Hello", "RunInfo", "SeriesChunk", "MediaRow", "CellRow", "PushedBlob", "RunDelta", "Deltas", "Have", "CellSource",
    "SeriesWindow", "PackReply", "TableColumn", "TablePage", "TableGroup", "TableGroups", "TableProblem",
]  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.sets(st.integers()) | st.tuples(inner)
    ),
    max_leaves=20,
)


def fields_of(shape: type) -> dict[str, tuple[object, bool]]:
    """Name -> (type, whether it must be there)."""
    hints = typing.get_type_hints(shape, include_extras=True)
    optional = typing.NotRequired
    return {
        name: (typing.get_args(hint)[0], False) if typing.get_origin(hint) is optional else (hint, True)
        for name, hint in hints.items()
    }


def check(value: object, shape: object) -> None:
    """Raise when `value` is not of a TypedDict's shape, all the way down."""
    if typing.is_typeddict(shape):
        fields = fields_of(shape)
        assert isinstance(value, dict)
        assert {name for name, (_, required) in fields.items() if required} <= value.keys() <= fields.keys()
        for name, inner in value.items():
            check(inner, fields[name][0])
    elif typing.get_origin(shape) is list:
        for inner in value:
            check(inner, typing.get_args(shape)[0])
    elif typing.get_origin(shape) is dict:
        for inner in value.values():
            check(inner, typing.get_args(shape)[1])
    elif typing.get_origin(shape) is typing.Literal:
        assert value in typing.get_args(shape)
    elif isinstance(shape, type) and shape is not typing.Any:
        assert isinstance(value, (float, int) if shape is float else shape)


@pytest.mark.parametrize("name", SHARED)
def test_typescript_and_python_name_the_same_fields(name):
    source = TYPESCRIPT.read_text(encoding="utf-8")
    body = re.search(rf"export interface {name} \{{\n(.*?)\n\}}", source, re.DOTALL)[1]
    body = re.sub(r"/\*\*.*?\*/", "", body, flags=re.DOTALL)
    fields = {m[1]: bool(m[2]) for m in re.finditer(r"^  (\w+)(\??):", body, re.MULTILINE)}
    shape = getattr(wire, name)
    here = {field: not required for field, (_, required) in fields_of(shape).items()}
    assert fields.keys() == here.keys()
    # what one side sends it may always send; what it must send, the other side may rely on
    assert {field for field, optional in fields.items() if not optional} <= {
        field for field, optional in here.items() if not optional
    }


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (FIXTURES["hello"], wire.Hello),
        (FIXTURES["have"], wire.Have),
        *[
            (push, {"delta": wire.RunDelta, "notice": wire.Notice, "gone": wire.Gone}[push["t"]])
            for push in FIXTURES["pushes"]
        ],
        *[(ask, wire.Ask) for ask in FIXTURES["asks"]],
        *[(reply, wire.Reply) for reply in FIXTURES["replies"]],
        (FIXTURES["replies"][0]["result"], wire.SeriesWindow),
        (FIXTURES["replies"][2]["result"], wire.CellSource),
        (FIXTURES["replies"][5]["result"], wire.PackReply),
    ],
)
def test_fixtures_are_of_the_typed_shapes(value, shape):
    check(value, shape)


def test_the_shape_check_finds_a_missing_and_a_wrong_field():
    with pytest.raises(AssertionError):
        check({"t": "gone"}, wire.Gone)
    with pytest.raises(AssertionError):
        check({"t": "gone", "reason": 3}, wire.Gone)


def test_packing_gives_the_bytes_that_the_browser_unpacks():
    packed = FIXTURES["packed"]
    buffers = [base64.b64decode(b) for b in packed["buffers"]]
    body = base64.b64decode(packed["body"])
    assert wire.pack(packed["content"], buffers) == body
    assert wire.unpack(body) == (packed["content"], buffers)


@given(json_values, st.lists(st.binary(max_size=40), max_size=5))
def test_pack_round_trips_and_aligns_each_buffer(value, buffers):
    content = wire.plain(value)
    body = wire.pack(content, buffers)
    assert wire.unpack(body) == (content, buffers)
    assert len(body) % 8 == 0


@given(json_values)
def test_plain_values_are_json_that_javascript_keeps(value):
    def leaves(v):
        if isinstance(v, dict):
            for inner in v.values():
                yield from leaves(inner)
        elif isinstance(v, list):
            for inner in v:
                yield from leaves(inner)
        else:
            yield v

    made = wire.plain(value)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    for leaf in leaves(made):
        if isinstance(leaf, int) and not isinstance(leaf, bool):
            assert float(leaf) == leaf
            assert abs(leaf) < 2**53


def test_what_json_has_no_number_for_becomes_a_string():
    assert wire.plain([math.nan, math.inf, -math.inf]) == ["NaN", "Infinity", "-Infinity"]
    assert wire.plain(2**63) == "9223372036854775808"
    assert wire.plain(2**53 - 1) == 2**53 - 1
    assert wire.plain({1: {3, 2}, "t": (1, None)}) == {"1": [2, 3], "t": [1, None]}
    assert wire.plain([np.float32(0.5), np.int64(7), np.bool_(True)]) == [0.5, 7, True]
    assert wire.plain(b"raw") == "b'raw'"


def test_float64_buffers_are_little_endian():
    assert wire.float64(np.array([1, 2], dtype=">i4")) == np.array([1.0, 2.0], dtype="<f8").tobytes()
