from __future__ import annotations

import json
import math
import shutil
from collections import defaultdict
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import UsageError
from nbtrack.panels.project import wire
from nbtrack.panels.project.groups import BARS, MAX_GROUPS
from nbtrack.store.layout import Store
from tests.conformance.catalog import make_run
from tests.panels.test_wire import check
from tests.store.logs import START, Log

from .conftest import Ask


def keys(answer: Any) -> list[list[Any]]:
    return [group["key"] for group in answer["groups"]]


def test_groups_are_counted_and_summed_up(store: Store, ask: Ask) -> None:
    for number in range(6):
        config = {"opt": "adam" if number < 4 else "sgd", "lr": number / 10, "mode": "abab"[number % 4]}
        make_run(store, f"r{number}", project="p", config=config, rows={"acc": [number + 1.0]})
    make_run(store, "without", project="p", rows={"acc": [7.0]})
    make_run(store, "gone", project="p", config={"opt": "adam"}, deleted_at=START + 5)
    answer = ask("groups", query={}, by=["config.opt"], fields=["summary.acc", "config.mode", "config.no"])
    check(answer, wire.Groups)
    assert (answer["total"], answer["matched"], answer["others"]) == (7, 7, 0)
    assert [(group["key"], group["count"]) for group in answer["groups"]] == [
        (["adam"], 4),
        (["sgd"], 2),
        ([None], 1),
    ]
    assert list(answer["spans"]["summary.acc"]) == [1.0, 7.0]
    adam, sgd, none = (group["fields"] for group in answer["groups"])
    acc = adam["summary.acc"]
    assert (acc["n"], acc["mean"], acc["min"], acc["max"]) == (4, 2.5, 1.0, 4.0)
    assert acc["bars"] == [1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    assert sgd["summary.acc"]["bars"] == [0] * 8 + [1, 0, 1, 0]
    assert none["summary.acc"]["bars"] == [0] * 11 + [1]
    assert adam["config.mode"]["n"] == 4
    assert [list(pair) for pair in adam["config.mode"]["values"]] == [["a", 2], ["b", 2]]
    assert "config.mode" not in none
    assert all("config.no" not in fields for fields in (adam, sgd, none))


def test_groups_of_several_fields_are_tuples(store: Store, ask: Ask) -> None:
    for number, tags in enumerate([["b", "a"], ["a", "b"], ["a"], []]):
        make_run(store, f"r{number}", project="p", tags=tags, group="g" if number % 2 else None, user="me")
    answer = ask("groups", query={}, by=["tags", "run.group", "run.user"])
    assert sorted(keys(answer), key=str) == [
        ["a", None, "me"],
        ["a, b", "g", "me"],
        ["a, b", None, "me"],
        [None, "g", "me"],
    ]
    for group in answer["groups"]:
        within = list(zip(["tags", "run.group", "run.user"], group["key"], strict=True))
        assert ask("page", query={"within": within})["matched"] == group["count"]


def test_groups_stand_in_the_order_of_the_query(store: Store, ask: Ask) -> None:
    for number, (opt, acc) in enumerate(
        [("a", 1.0), ("a", 2.0), ("b", 9.0), ("c", 4.0), ("c", None), ("d", None)]
    ):
        rows = {} if acc is None else {"acc": [acc]}
        make_run(store, f"r{number}", at=number, project="p", config={"opt": opt, "text": opt * 2}, rows=rows)

    def order(*sort: tuple[str, bool]) -> str:
        return "".join(key for (key,) in keys(ask("groups", query={"sort": sort}, by=["config.opt"])))

    assert order() == "acbd"
    assert order(("summary.acc", False)) == "acbd"
    assert order(("summary.acc", True)) == "bcad"
    assert order(("config.opt", True)) == "dcba"
    assert order(("config.text", False)) == "abcd"
    assert order(("run.created", True)) == "dcba"
    assert order(("config.nothing", True), ("config.opt", True)) == "dcba"


def test_only_so_many_groups_are_told(store: Store, ask: Ask) -> None:
    for number in range(MAX_GROUPS + 3):
        make_run(store, f"r{number:03}", project="p", config={"i": number})
    answer = ask("groups", query={"sort": [["config.i", False]]}, by=["config.i"], fields=["config.i"])
    assert (len(answer["groups"]), answer["others"]) == (MAX_GROUPS, 3)
    assert list(answer["spans"]["config.i"]) == [0, MAX_GROUPS + 2]
    assert keys(answer)[-1] == [MAX_GROUPS - 1]


def test_numbers_without_bounds_break_no_distribution(store: Store, ask: Ask) -> None:
    values = [1e308, -1e308, math.inf, math.nan, -math.inf, 5e-324, 0.0, True, 2**70]
    for number, value in enumerate(values):
        make_run(store, f"r{number}", project="p", config={"x": value, "g": 1})
    (group,) = ask("groups", query={}, by=["config.g"], fields=["config.x"])["groups"]
    x = group["fields"]["config.x"]
    assert (x["n"], x["min"], x["max"]) == (6, -1e308, 1e308)
    assert sum(x["bars"]) == 6
    assert math.isfinite(x["mean"])


def test_a_column_of_text_and_numbers_is_summed_up_as_what_most_of_it_is(store: Store, ask: Ask) -> None:
    for number, value in enumerate([1, 2, 3, "x"]):
        make_run(
            store, f"r{number}", project="p", config={"x": value, "y": str(value) if number else 1, "g": 1}
        )
    (group,) = ask("groups", query={}, by=["config.g"], fields=["config.x", "config.y"])["groups"]
    assert group["fields"]["config.x"]["mean"] == 2.0
    assert group["fields"]["config.y"]["n"] == 3


def test_groups_are_of_the_runs_that_the_query_finds(store: Store, ask: Ask) -> None:
    for number in range(6):
        make_run(store, f"r{number}", project="p", config={"x": number % 2, "y": number})
    answer = ask("groups", query={"filter": "y > 0", "search": "r"}, by=["config.x"])
    assert {tuple(group["key"]): group["count"] for group in answer["groups"]} == {(1,): 3, (0,): 2}
    assert ask("groups", query={"filter": "y > 99"}, by=["config.x"], fields=["config.y"])["groups"] == []
    assert (answer["total"], answer["matched"]) == (6, 5)


def test_groups_take_in_what_changed_since_they_were_asked_for(store: Store, ask: Ask) -> None:
    for number in range(4):
        make_run(store, f"r{number}", project="p", config={"x": number, "g": "ab"[number % 2]})

    def groups() -> dict[Any, Any]:
        answer = ask("groups", query={}, by=["config.g"], fields=["config.x"])
        return {tuple(group["key"]): group["fields"].get("config.x") for group in answer["groups"]}

    assert {key: x["mean"] for key, x in groups().items()} == {("a",): 1.0, ("b",): 2.0}
    edit = Log(store, "r0", "bbbbbbbbbb", began=50)
    edit.set(51, "config", "x", value=10).close(52, "edit")
    assert {key: x["mean"] for key, x in groups().items()} == {("a",): 6.0, ("b",): 2.0}
    edit = Log(store, "r1", "bbbbbbbbbb", began=50)
    edit.set(51, "config", "x", value="text").set(51, "config", "g", value=[1]).close(52, "edit")
    edit = Log(store, "r2", "bbbbbbbbbb", began=50)
    edit.meta(51, "del", "config", "x").close(52, "edit")
    found = groups()
    assert found.pop(("[1]",)) is None
    assert {key: x["mean"] for key, x in found.items()} == {("a",): 10.0, ("b",): 3.0}
    folder = store.run_dir("r3")  # the last: a new run takes its number in the index
    assert folder is not None
    shutil.rmtree(folder)
    groups()
    make_run(store, "r4", project="p", config={"g": "b"})
    assert groups()["b",] is None


@pytest.mark.parametrize("by", [[], ["x"], ["config.x"] * 9, "config.x", ["run.shoe_size"]])
def test_what_cannot_be_grouped_by_is_refused(store: Store, ask: Ask, by: Any) -> None:
    make_run(store, "r", project="p")
    with pytest.raises(UsageError):
        ask("groups", query={}, by=by)


VALUES = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        0.5,
        1.0,
        math.nan,
        math.inf,
        2**60 + 1,
        "a",
        "x, y",
        "",
        [1, "한"],
        [],
        {},
        "[]",
    ]
)
NUMBER = count()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    configs=st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES), min_size=1, max_size=8),
    by=st.lists(st.sampled_from(["config.x", "config.y"]), min_size=1, max_size=2),
)
def test_any_grouping_agrees_with_a_plain_reading(
    store: Store, ask: Ask, configs: list[dict[str, Any]], by: list[str]
) -> None:
    project = f"t{next(NUMBER)}"  # the store is shared by the examples
    for i, config in enumerate(configs):
        make_run(store, f"{project}-{i}", project=project, config=config)

    def told(config: dict[str, Any], field: str) -> Any:
        value = config.get(field.partition(".")[2])
        if isinstance(value, list | dict):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, float) and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity"
        return str(value) if type(value) is int and abs(value) > 2**53 else value

    expected = defaultdict(list)
    for config in configs:
        expected[tuple(told(config, field) for field in by)].append(config)
    answer = ask("groups", project=project, query={}, by=by, fields=["config.z"])
    assert {tuple(group["key"]): group["count"] for group in answer["groups"]} == {
        key: len(those) for key, those in expected.items()
    }
    for group in answer["groups"]:
        within = list(zip(by, group["key"], strict=True))
        page = ask("page", project=project, query={"within": within})
        assert page["matched"] == group["count"], within
        z = group["fields"].get("config.z")
        if z and "mean" in z:
            numbers = [
                float(c["z"]) for c in expected[tuple(group["key"])] if isinstance(c.get("z"), int | float)
            ]
            finite = [number for number in numbers if math.isfinite(number)]
            assert (z["n"], z["min"], z["max"]) == (len(finite), min(finite), max(finite))
            assert z["mean"] == pytest.approx(sum(finite) / len(finite))
            assert len(z["bars"]) == BARS
            assert sum(z["bars"]) == len(finite)
