"""Random filters, asked of a real store and of MongoDB's rules written anew over plain dicts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.query.runs import Runs

from .conftest import recorded

NUMBERS = [-1, 0, 0.5, 1, 2, 1e9]
TEXTS = ["", "a", "b", "sgd", "SGD", "10%_x", "naïve"]

#: id -> what it is recorded with
DOCUMENTS: dict[str, dict[str, Any]] = {
    "r0": {},
    "r1": {"config": {"lr": 0.5, "opt": "sgd"}, "tags": ["a"], "summary": {"acc": 1}},
    "r2": {"config": {"lr": 1, "opt": "SGD", "on": True}, "tags": ["a", "b"], "group": "a"},
    "r3": {"config": {"lr": "0.5", "deep": {"er": 2}}, "summary": {"acc": 0.5}, "group": "b"},
    "r4": {"config": {"lr": -1, "on": False, "deep": {"er": 0}}, "summary": {"acc": "n/a"}},
    "r5": {"config": {"opt": "10%_x", "lr": 1e9}, "tags": ["naïve"], "name": "sgd"},
    "r6": {"config": {"opt": "naïve", "lr": 0}, "summary": {"acc": -1}, "name": "a", "group": "a"},
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbtrack.Api]:
    named = {run_id: {"name": f"name of {run_id}", **given_} for run_id, given_ in DOCUMENTS.items()}
    with recorded(tmp_path_factory.mktemp("filters") / "store", named) as api:
        yield api


def value_of(run_id: str, field: str) -> list[Any]:
    """The values of a field: none when it is missing, several for tags."""
    document = DOCUMENTS[run_id]
    if field == "tags":
        return list(document.get("tags", []))
    if field == "display_name":
        return [document.get("name", f"name of {run_id}")]
    if field in {"name", "id"}:
        return [run_id]
    if field == "group":
        return [document["group"]] if document.get("group") else []
    room, *path = field.split(".")
    found: Any = document.get({"summary_metrics": "summary"}.get(room, room), {})
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return []
        found = found[name]
    return [found]


def kind(value: Any) -> str:
    return "text" if isinstance(value, str) else "number"


def holds(run_id: str, condition: dict[str, Any]) -> bool:
    return all(_holds(run_id, key, value) for key, value in condition.items())


def _holds(run_id: str, key: str, value: Any) -> bool:
    if key == "$and":
        return all(holds(run_id, part) for part in value)
    if key == "$or":
        return any(holds(run_id, part) for part in value)
    if key == "$nor":
        return not any(holds(run_id, part) for part in value)
    if key == "$not":
        return not holds(run_id, value)
    return _condition(value_of(run_id, key), value)


def _condition(values: list[Any], condition: Any) -> bool:
    if not isinstance(condition, dict):
        condition = {"$eq": condition}
    return all(_operator(values, op, operand) for op, operand in condition.items())


def _operator(values: list[Any], op: str, operand: Any) -> bool:
    def same(value: Any, other: Any) -> bool:
        return kind(value) == kind(other) and value == other

    match op:
        case "$eq":
            return not values if operand is None else any(same(v, operand) for v in values)
        case "$ne":
            return not _operator(values, "$eq", operand)
        case "$in":
            return any(_operator(values, "$eq", one) for one in operand)
        case "$nin":
            return not _operator(values, "$in", operand)
        case "$exists":
            return bool(values) == operand
        case "$not":
            return not _condition(values, operand)
        case "$regex":
            return any(isinstance(v, str) and re.search(operand, v) for v in values)
    compare = {
        "$gt": lambda v: v > operand,
        "$gte": lambda v: v >= operand,
        "$lt": lambda v: v < operand,
        "$lte": lambda v: v <= operand,
    }[op]
    return any(kind(v) == kind(operand) and compare(v) for v in values)


scalars = st.sampled_from([*NUMBERS, *TEXTS, True, False])
patterns = st.sampled_from(["a", "^s", "g$", "(?i)SGD", "%_", "n.*e", "^$", "[ab]", "ï"])
fields = st.sampled_from(
    ["config.lr", "config.opt", "config.on", "config.deep.er", "summary_metrics.acc", "config.nothing",
     "display_name", "name", "group"]
)  # fmt: skip
equality = st.one_of(
    st.one_of(scalars, st.none()),
    st.builds(lambda v: {"$eq": v}, st.one_of(scalars, st.none())),
    st.builds(lambda v: {"$ne": v}, st.one_of(scalars, st.none())),
    st.builds(lambda v: {"$in": v}, st.lists(st.one_of(scalars, st.none()), max_size=3)),
    st.builds(lambda v: {"$nin": v}, st.lists(st.one_of(scalars, st.none()), max_size=3)),
    st.builds(lambda v: {"$exists": v}, st.booleans()),
    st.builds(lambda v: {"$regex": v}, patterns),
)
ordering = st.builds(
    lambda op, v: {op: v},
    st.sampled_from(["$gt", "$gte", "$lt", "$lte"]),
    st.sampled_from([*NUMBERS, *TEXTS]),
)
conditions = st.one_of(equality, ordering)
negated = st.builds(lambda c: {"$not": c if isinstance(c, dict) else {"$eq": c}}, conditions)
leaves = st.one_of(
    st.builds(lambda f, c: {f: c}, fields, st.one_of(conditions, negated)),
    st.builds(lambda c: {"tags": c}, equality),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda op, parts: {op: parts},
            st.sampled_from(["$and", "$or", "$nor"]),
            st.lists(inner, max_size=3),
        ),
        st.builds(lambda part: {"$not": part}, inner),
        st.builds(lambda a, b: {**a, **b}, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters)
def test_a_store_finds_what_mongodb_would_find(api: nbtrack.Api, condition: dict[str, Any]) -> None:
    found: Runs = api.runs(filters=condition)
    assert [run.id for run in found] == [run_id for run_id in DOCUMENTS if holds(run_id, condition)]
