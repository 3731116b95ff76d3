from __future__ import annotations

import json
import math
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import LogValueError, UsageError
from nbtrack.panels.project import wire
from nbtrack.store.layout import Store
from nbtrack.store.roster import Roster
from tests.conformance.catalog import make_run
from tests.panels.test_wire import check
from tests.store.logs import START

from .conftest import Ask

KEYS = ["a.b/c", "val/loss", "학습률", "🚀", "with space", "`tick`"]


def ids(page: Any) -> list[str]:
    return [row["id"] for row in page["rows"]]


def test_the_newest_runs_come_first_with_what_was_asked_of_them(store: Store, ask: Ask) -> None:
    make_run(store, "old", at=0, project="p", name="first", config={"lr": 0.1}, tags=["b", "a"], user="me")
    make_run(
        store, "new", at=100, project="p", rows={"loss": [3.0, 2.0]}, group="g", job_type="eval", notes="n"
    )
    make_run(store, "other", project="q")
    page = ask("page", query={}, fields=["config.lr", "summary.loss", "tags", "run.name"], offset=0, limit=10)
    check(page, wire.RunsPage)
    assert (page["total"], page["matched"], page["offset"], ids(page)) == (2, 2, 0, ["new", "old"])
    new, old = page["rows"]
    assert [row["values"] for row in page["rows"]] == [[None, 2.0, [], ""], [0.1, None, ["b", "a"], "first"]]
    assert (new["group"], new["jobType"], new["notes"], new["step"]) == ("g", "eval", "n", 1)
    assert (old["name"], old["user"], old["host"], old["tags"]) == ("first", "me", "host", ["b", "a"])
    assert (old["created"], old["state"], old["deleted"]) == (START, "finished", False)


def test_pages_and_ids_are_of_one_order(store: Store, ask: Ask) -> None:
    for number in range(25):
        make_run(store, f"r{number:02}", at=number, project="p", config={"i": number % 3})
    query = {"sort": [["config.i", True]]}
    pages = [ask("page", query=query, fields=[], offset=at, limit=10) for at in (0, 10, 20)]
    whole = [run for page in pages for run in ids(page)]
    assert len(set(whole)) == 25
    assert whole[:2] == ["r23", "r20"]
    found = ask("ids", query=query, limit=1000)
    check(found, wire.RunIds)
    assert found["ids"] == whole
    assert ask("ids", query=query, limit=3) == {**found, "ids": whole[:3]}


def test_runs_of_other_entities_are_other_projects(store: Store, ask: Ask) -> None:
    make_run(store, "none", project="p")
    make_run(store, "team", project="p", entity="team")
    assert ids(ask("page", query={})) == ["none"]
    assert ids(ask("page", query={}, entity="team")) == ["team"]
    assert ask("page", query={}, entity="nobody")["total"] == 0


def test_keys_of_any_letters_survive(store: Store, ask: Ask) -> None:
    make_run(
        store,
        "r",
        project="p",
        config={key: i for i, key in enumerate(KEYS)},
        rows={key: [0.5] for key in KEYS},
    )
    fields = [f"{section}.{key}" for section in ("config", "summary") for key in KEYS]
    page = ask("page", query={}, fields=fields)
    assert page["rows"][0]["values"] == [*range(len(KEYS)), *[0.5] * len(KEYS)]
    columns = ask("columns")["columns"]
    check(columns, list[wire.Column])
    assert {c["field"]: c["label"] for c in columns if c["section"] == "config"} == dict(
        zip(fields, KEYS, strict=False)
    )
    for column in columns:
        if column["section"] != "run":  # what is typed for it finds it again
            assert ids(ask("page", query={"filter": f"{column['name']} >= 0"})) == ["r"], column
            assert ids(ask("page", query={"filter": f"{column['name']} < 0"})) == []


def test_what_a_cell_cannot_hold_is_told_in_short(store: Store, ask: Ask) -> None:
    config = {
        "long": "글" * 5000,
        "big": 2**53 + 1,
        "huge": 10**400,
        "nan": math.nan,
        "inf": -math.inf,
        "list": [1, {"x": "한"}],
        "none": None,
        "empty": {},
        "on": True,
        "many": list(range(1000)),
    }
    log = make_run(store, "r", project="p", config=config, close=None)
    log.obj(0, 1, "img", {"width": 2, "nested": {"_type": "x"}}, kind="image-file", blob="a" * 64).close(5)
    page = ask("page", query={}, fields=[*(f"config.{key}" for key in config), "summary.img", "summary.no"])
    long, big, huge, nan, inf, list_, none, empty, on, many, img, no = page["rows"][0]["values"]
    assert long == {"cut": "글" * 200, "length": 5000}
    assert (big, huge) == (str(2**53 + 1), {"cut": str(10**400)[:200], "length": 401})
    assert (nan, inf, none, on, no) == ("NaN", "-Infinity", None, True, None)
    assert (json.loads(list_), json.loads(empty)) == ([1, {"x": "한"}], {})
    assert many["length"] > 200
    assert img == {"_type": "image-file"}


def test_columns_say_what_they_hold_and_how_many_runs_have_them(store: Store, ask: Ask) -> None:
    log = make_run(
        store, "a", project="p", config={"lr": 0.1, "opt": "adam", "mix": 1, "_wandb": {"v": 1}}, close=None
    )
    log.obj(0, 1, "img", {"width": 2, "deep": {"er": 1}}, kind="image-file", blob="a" * 64).close(5)
    make_run(
        store,
        "b",
        at=1,
        project="p",
        config={"lr": 1, "mix": "x", "list": [1]},
        rows={"Loss": [1.0]},
        notes="hi",
    )
    make_run(store, "gone", project="p", config={"old": 1}, deleted_at=START + 5)
    make_run(store, "other", project="q", config={"alien": 1})
    found = ask("columns")
    check(found, wire.Columns)
    assert [c["section"] for c in found["columns"]] == sorted(
        (c["section"] for c in found["columns"]), key=["run", "config", "summary"].index
    )
    told = {c["field"]: (c["kind"], c["count"]) for c in found["columns"] if c["section"] != "run"}
    assert told == {
        "config.list": ("other", 1),
        "config.lr": ("number", 2),
        "config.mix": ("mixed", 2),
        "config.opt": ("text", 1),
        "summary.img": ("other", 1),
        "summary.Loss": ("number", 1),
    }
    assert list(told) == [
        "config.list",
        "config.lr",
        "config.mix",
        "config.opt",
        "summary.img",
        "summary.Loss",
    ]
    own = {c["name"]: (c["kind"], c["count"]) for c in found["columns"] if c["section"] == "run"}
    assert (own["notes"], own["created_at"], own["tags"]) == (("text", 1), ("time", 2), ("tags", 0))


@pytest.mark.parametrize("others", [0, 1, 9])
def test_columns_count_the_project_whatever_else_the_store_holds(store: Store, ask: Ask, others: int) -> None:
    for number in range(4):
        make_run(store, f"r{number}", project="p", config={"x": number, "y": "text" if number else 0.5})
    make_run(store, "gone", project="p", config={"x": "text", "z": 1}, deleted_at=START + 5)
    for number in range(others):
        make_run(store, f"o{number}", project="q", config={"x": "text", "y": 1, "alien": 1})
    columns = {
        c["field"]: (c["kind"], c["count"]) for c in ask("columns")["columns"] if c["section"] == "config"
    }
    assert columns == {"config.x": ("number", 4), "config.y": ("mixed", 4)}


def test_new_columns_are_told_at_once(store: Store, ask: Ask) -> None:
    for number in range(30):
        make_run(store, f"r{number}", project="p", config={f"c{number}": number})
        fields = {c["field"] for c in ask("columns")["columns"]}
        assert {f"config.c{i}" for i in range(number + 1)} <= fields


def test_a_run_without_a_project_does_not_count_elsewhere(store: Store, ask: Ask) -> None:
    make_run(store, "a", project="p", config={"x": 1})
    make_run(store, "b", config={"x": 1})
    assert [c["count"] for c in ask("columns")["columns"] if c["field"] == "config.x"] == [1]


def test_values_are_the_most_frequent_ones(store: Store, ask: Ask) -> None:
    for number, value in enumerate(["adam", "sgd", "adam", 3, math.nan, "x" * 5000]):
        make_run(
            store, f"r{number}", project="p", config={"opt": value}, tags=["even"] if number % 2 == 0 else []
        )
    make_run(store, "other", project="q", config={"opt": "alien"})
    found = ask("values", column="config.opt")
    check(found, wire.Values)
    assert list(found["values"][0]) == ["adam", 2]
    assert {value for value, _ in found["values"]} == {"adam", "sgd", 3}
    assert ask("values", column="opt") == found
    assert [list(pair) for pair in ask("values", column="tags")["values"]] == [["even", 3]]
    assert [list(pair) for pair in ask("values", column="run.state", limit=1)["values"]] == [["finished", 6]]
    assert ask("values", column="nothing")["values"] == []


def test_search_finds_parts_of_names_and_ids_in_any_case(store: Store, ask: Ask) -> None:
    make_run(store, "abc1", at=3, project="p", name="Résumé-7")
    make_run(store, "xyz2", at=2, project="p", name="학습 (a+b)")
    make_run(store, "nameless", at=1, project="p")

    def found(search: str, **more: Any) -> list[str]:
        return ids(ask("page", query={"search": search, **more}))

    assert found("résUMÉ") == ["abc1"]
    assert found("BC1") == ["abc1"]
    assert found("(a+b)") == ["xyz2"]
    assert found("학습") == ["xyz2"]
    assert found("  ") == ["abc1", "xyz2", "nameless"]
    assert found(" résumé ") == ["abc1"]
    assert found("^.*-[0-9]$", regex=True) == ["abc1"]
    assert found("RÉS|학", regex=True) == ["abc1", "xyz2"]
    assert found("(?-i:RÉS)", regex=True) == []
    assert found("(?x) 학  # the first letter", regex=True) == ["xyz2"]


@pytest.mark.parametrize("pattern", ["(", "a)(b", "[", "*", "(?P<a>x)(?P<a>y)", "x{99999999999}"])
def test_a_broken_pattern_is_told_not_raised(store: Store, ask: Ask, pattern: str) -> None:
    make_run(store, "r", project="p")
    answer = ask("page", query={"search": pattern, "regex": True})
    check(answer, wire.Problem)
    assert answer["problem"]["in"] == "search"
    assert 0 <= answer["problem"]["at"] < len(pattern)


@pytest.mark.parametrize(
    "text", ["acc >", "acc > 0.9 and", "(acc > 1", '"tag" in', "`val/lo", "acc >> 1", "=", "acc > 1 or or"]
)
@pytest.mark.parametrize("what", ["page", "ids", "groups", "export", "check"])
def test_a_half_typed_filter_is_told_not_raised(store: Store, ask: Ask, text: str, what: str) -> None:
    make_run(store, "r", project="p", rows={"acc": [1.0]})
    args = {"by": ["config.lr"], "format": "csv", "filter": text}
    answer = ask(what, query={"filter": text}, fields=[], **args)
    check(answer, wire.Problem)
    assert answer["problem"]["in"] == "filter"
    assert 0 <= answer["problem"]["at"] <= len(text)


def test_an_unknown_column_is_told_with_what_may_be_meant(store: Store, ask: Ask) -> None:
    make_run(store, "r", project="p", config={"optimizer": "adam"}, rows={"val/loss": [1.0]})
    problem = ask("check", filter="acc > 1 or optimzer = 'adam'")["problem"]
    assert (problem["at"], problem["length"]) == (0, 3)
    problem = ask("check", filter="`val/loss` > 1 or optimzer = 'adam'")["problem"]
    assert (problem["at"], problem["length"], problem["suggestions"]) == (18, 8, ["config.optimizer"])
    assert ask("check", filter="optimizer = 'adam'") == {}


def test_deleted_runs_are_shown_only_when_asked_for(store: Store, ask: Ask) -> None:
    make_run(store, "here", project="p")
    make_run(store, "gone", project="p", deleted_at=START + 5)
    assert ids(ask("page", query={})) == ["here"]
    page = ask("page", query={"deleted": True})
    assert (ids(page), page["total"], page["rows"][0]["deleted"]) == (["gone"], 1, True)


def test_the_revision_stays_as_long_as_no_run_changes(store: Store, ask: Ask) -> None:
    make_run(store, "a", project="p")
    first = ask("ids", query={}, limit=0)["revision"]
    assert ask("page", query={}, fields=["config.x"])["revision"] == first
    Roster.of(store).catalog.previews(["a"], "loss")
    assert ask("ids", query={}, limit=0)["revision"] == first
    make_run(store, "b", project="p")
    second = ask("ids", query={}, limit=0)["revision"]
    assert second != first
    assert nbtrack.Api(dir=store.root).run("a").delete() is None
    assert ask("ids", query={}, limit=0)["revision"] != second


def test_a_run_that_was_deleted_meanwhile_is_gone_from_the_next_page(store: Store, ask: Ask) -> None:
    for run in "abc":
        make_run(store, run, project="p")
    assert ask("page", query={})["matched"] == 3
    nbtrack.Api(dir=store.root).run("b").delete()
    assert ids(ask("page", query={})) == ["a", "c"]
    folder = store.run_dir("c")
    assert folder is not None
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert ids(ask("page", query={})) == ["a"]


@pytest.mark.parametrize(
    "args",
    [
        {"query": []},
        {"query": {"search": 3}},
        {"query": {"filter": ["x"]}},
        {"query": {"search": "x", "regex": "yes"}},
        {"query": {"sort": "config.x"}},
        {"query": {"sort": [["config.x"]]}},
        {"query": {"sort": [["x", True]]}},
        {"query": {"sort": [["run.shoe_size", True]]}},
        {"query": {"within": [["config.x", {}]]}},
        {"query": {}, "fields": ["x"]},
        {"query": {}, "fields": ["config.x"] * 1001},
        {"query": {}, "offset": -1},
        {"query": {}, "limit": True},
        {"query": {}, "project": None},
    ],
)
def test_questions_that_mean_nothing_are_refused(store: Store, ask: Ask, args: dict[str, Any]) -> None:
    make_run(store, "r", project="p")
    with pytest.raises(UsageError) as raised:
        ask("page", **args)
    assert str(store.root) not in str(raised.value)


def test_an_unknown_question_names_the_known_ones(ask: Ask) -> None:
    with pytest.raises(LogValueError, match="page, ids, groups"):
        ask("secrets")


VALUES = st.sampled_from(
    [None, True, False, 0, 1, -2, 0.5, 1.0, math.nan, math.inf, 2**60, "a", "b", "A", "", [1], {}]
)
NUMBER = count()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    configs=st.lists(st.dictionaries(st.sampled_from("xy"), VALUES), min_size=1, max_size=7),
    sort=st.lists(
        st.tuples(st.sampled_from(["config.x", "config.y", "run.name"]), st.booleans()), max_size=3
    ),
)
def test_any_order_agrees_with_a_plain_reading(
    store: Store, ask: Ask, configs: list[dict[str, Any]], sort: list[tuple[str, bool]]
) -> None:
    project = f"t{next(NUMBER)}"  # the store is shared by the examples
    runs = []
    for i, config in enumerate(configs):
        run_id, name = f"{project}-{i}", "ab"[i % 2]
        make_run(store, run_id, project=project, at=i // 2, config=config, name=name)
        runs.append((run_id, i // 2, {**config, "name": name}))
    expected = sorted(runs, key=lambda run: (-run[1], run[0]))
    for field, descending in reversed(sort):
        key = field.partition(".")[2]

        def sorts(run: tuple[str, int, dict[str, Any]], key: str = key) -> tuple[int, Any]:
            value = run[2].get(key)
            if isinstance(value, str):
                return 1, value
            return (0, float(value)) if isinstance(value, int | float) and value == value else (2, 0)

        expected.sort(key=sorts, reverse=descending)
        expected.sort(key=lambda run: sorts(run)[0])
    page = ask("page", project=project, query={"sort": sort}, fields=["config.x"], limit=1000)
    assert ids(page) == [run_id for run_id, *_ in expected]
