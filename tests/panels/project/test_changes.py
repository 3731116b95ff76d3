from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nbtrack.errors import UsageError
from nbtrack.panels.project import wire
from nbtrack.store.layout import Store
from tests.conformance.catalog import make_run
from tests.panels.test_wire import check
from tests.store.logs import START

from .conftest import Ask


@pytest.fixture
def three(store: Store) -> list[str]:
    """Runs a, b, c; c is the newest."""
    for number, run in enumerate("abc"):
        make_run(store, run, at=number, project="p", config={"i": number}, name=f"run {run}")
    return list("abc")


def ids(ask: Ask, **query: Any) -> list[str]:
    found: list[str] = ask("ids", query=query, limit=100)["ids"]
    return found


def test_chosen_runs_are_tagged_grouped_and_named(ask: Ask, three: list[str]) -> None:
    answer = ask("act", act="tag", tags=["best", "새"], runs=["a", "b"])
    check(answer, wire.Acted)
    assert answer == {"done": 2, "failed": []}
    assert ids(ask, filter="'새' in tags") == ["b", "a"]
    assert ask("act", act="untag", tags=["best"], query={"filter": "'best' in tags and i = 1"})["done"] == 1
    assert ids(ask, filter="'best' in tags") == ["a"]
    assert ask("act", act="group", group="g", query={})["done"] == 3
    assert ask("act", act="rename", name="🚀", runs=["a"])["done"] == 1
    assert ask("act", act="notes", notes="n", runs=["a"])["done"] == 1
    row = ask("page", query={"search": "🚀"})["rows"][0]
    assert (row["id"], row["group"], row["notes"]) == ("a", "g", "n")


def test_deleted_runs_come_back(ask: Ask, three: list[str]) -> None:
    assert ask("act", act="delete", runs=["a", "c"])["done"] == 2
    assert ids(ask) == ["b"]
    assert ask("overview")["deletedRuns"] == 2
    assert ask("act", act="undelete", query={"deleted": True, "filter": "i = 0"})["done"] == 1
    assert ids(ask) == ["b", "a"]


def test_what_could_not_be_done_is_said_without_a_path(store: Store, ask: Ask, three: list[str]) -> None:
    answer = ask("act", act="stop", runs=["a", "nowhere"])
    assert answer["done"] == 0
    assert len(answer["failed"]) == 2
    assert any("nowhere" in sentence for sentence in answer["failed"])
    many = ask("act", act="tag", tags=["x"], runs=[f"gone{i}" for i in range(150)])
    assert many["failed"][-1] == "and 50 more"
    assert str(store.root) not in repr([answer, many])


def test_a_filter_that_is_misread_changes_nothing(ask: Ask, three: list[str]) -> None:
    assert "problem" in ask("act", act="delete", query={"filter": "nothing >"})
    assert ids(ask) == ["c", "b", "a"]


@pytest.mark.parametrize(
    "args",
    [
        {"act": "explode", "runs": ["a"]},
        {"act": ["tag"], "runs": ["a"]},
        {"act": "tag", "runs": ["a"]},
        {"act": "tag", "runs": ["a"], "tags": []},
        {"act": "rename", "runs": ["a"], "name": 3},
        {"act": "delete"},
        {"act": "delete", "runs": "abc"},
        {"act": "delete", "runs": [["a"]]},
    ],
)
def test_acts_that_mean_nothing_are_refused(ask: Ask, three: list[str], args: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ask("act", **args)
    assert ids(ask) == ["c", "b", "a"]


def test_the_document_keeps_what_is_set(ask: Ask) -> None:
    empty = ask("document")
    check(empty, wire.Document)
    assert (empty["version"], empty["tree"]) == ("", {})
    view = {"query": {"sort": [["summary.acc", True]]}, "runs": {"a": {"hidden": True}}}
    edits = [
        {"op": "set", "path": ["views", "v1"], "value": view},
        {"op": "set", "path": ["views", "v1", "name"], "value": "모습"},
        {"op": "del", "path": ["views", "v1", "runs", "a"]},
    ]
    answer = ask("edit", edits=edits)
    check(answer, wire.Document)
    assert answer["tree"] == {"views": {"v1": {"query": view["query"], "name": "모습"}}}
    assert answer["version"] > empty["version"]
    assert ask("document") == answer
    assert ask("document", project="q")["tree"] == {}
    assert ask("document", entity="team")["tree"] == {}


@pytest.mark.parametrize(
    "edits",
    [
        None,
        "set",
        [3],
        [{"op": "set", "path": ["a"]}],
        [{"op": "set", "path": [], "value": 1}],
        [{"op": "set", "path": "ab", "value": 1}],
        [{"op": "set", "path": ["a", 3], "value": 1}],
        [{"op": "move", "path": ["a"], "value": 1}],
        [{"op": "set", "path": ["a"], "value": 1}] * 1001,
        [{"op": "set", "path": ["a"], "value": "x" * 2**21}],
    ],
)
def test_edits_that_mean_nothing_are_refused_whole(ask: Ask, edits: Any) -> None:
    good = {"op": "set", "path": ["project", "starred"], "value": True}
    with pytest.raises(UsageError):
        ask("edit", edits=[good, *edits] if isinstance(edits, list) else edits)
    assert ask("document")["tree"] == {}


def test_overview_and_list_of_projects(store: Store, ask: Ask) -> None:
    make_run(store, "a", at=0, project="p", rows={"loss": [1.0] * 10}, user="kim")
    make_run(store, "b", at=100, project="p", rows={"loss": [1.0] * 5}, user="lee")
    make_run(store, "c", at=50, project="q", entity="team")
    ask("edit", edits=[{"op": "set", "path": ["project", "description"], "value": "# 설명"}])
    overview = ask("overview")
    check(overview, wire.Overview)
    assert (overview["runs"], overview["running"], overview["deletedRuns"]) == (2, 0, 0)
    assert (overview["contributors"], overview["owner"], overview["description"]) == (
        ["kim", "lee"],
        "kim",
        "# 설명",
    )
    assert (overview["created"], overview["lastActive"], overview["compute"]) == (START, START + 105, 15.0)
    found = ask("projects")
    check(found, wire.Projects)
    assert [(line["entity"], line["project"], line["runs"]) for line in found["projects"]] == [
        ("", "p", 2),
        ("team", "q", 1),
    ]
    assert found["projects"][0]["description"] == "# 설명"


def test_exports_hold_whole_values(store: Store, ask: Ask) -> None:
    long = "글" * 5000
    config = {"lr": 0.5, "n": 3, "on": True, "text": long, "list": [1, 2], "mix": 1}
    make_run(store, "a", at=0, project="p", name="=cmd()", config=config, tags=["x", "y"])
    make_run(store, "b", at=1, project="p", config={"n": 2**60, "mix": "one"})
    make_run(store, "c", at=2, project="p", config={"lr": 1})
    fields = [*(f"config.{key}" for key in config), "tags", "run.created", "config.nothing"]
    query = {"filter": "n >= 3", "sort": [["run.created", False]]}
    answer, data = ask("export", query=query, fields=fields, format="parquet")
    assert answer == {"mime": "application/vnd.apache.parquet"}
    table = pq.read_table(io.BytesIO(data))
    assert table.column_names == ["id", "name", *fields[:-3], "tags", "created_at", "config.nothing"]
    assert table.schema.field("config.lr").type == pa.float64()
    assert table.schema.field("config.n").type == pa.int64()
    a, b = table.to_pylist()
    assert (a["id"], a["config.text"], a["config.n"], a["config.on"]) == ("a", long, 3, True)
    assert (a["config.list"], a["config.mix"], b["config.mix"]) == ("[1, 2]", "1", "one")
    assert (b["config.n"], b["config.lr"], b["config.nothing"]) == (2**60, None, None)
    assert a["created_at"].timestamp() == START
    answer, data = ask("export", query=query, fields=fields, format="csv")
    assert answer == {"mime": "text/csv"}
    head, first, second = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head == table.column_names
    assert (first[0], first[1], first[5]) == ("a", "'=cmd()", long)
    assert second[3] == str(2**60)


def test_exports_of_nothing_have_headings(store: Store, ask: Ask) -> None:
    make_run(store, "a", project="p", config={"x": 1})
    _, data = ask("export", query={"filter": "x > 1"}, fields=["config.x"], format="csv")
    assert data.decode("utf-8-sig").splitlines() == ['"id","name","config.x"']
    with pytest.raises(UsageError, match="format"):
        ask("export", query={}, fields=[], format="xlsx")


def test_a_project_is_renamed_with_its_runs_and_what_was_said_of_it(store, ask):
    make_run(store, "r", project="p")
    ask("edit", edits=[{"op": "set", "path": ["project", "description"], "value": "kept"}])
    assert ask("rename", name="q") == {"entity": "", "project": "q"}
    assert ask("ids", query={}, limit=9)["ids"] == []
    assert ask("ids", project="q", query={}, limit=9)["ids"] == ["r"]
    assert ask("overview", project="q")["description"] == "kept"
    make_run(store, "other", project="p")
    with pytest.raises(UsageError, match="'q' cannot be renamed to 'p': that exists"):
        ask("rename", project="q", name="p")
