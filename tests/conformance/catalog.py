"""What every `Catalog` must do. A back end's tests subclass `CatalogConformance` and give `store` and `catalog`."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.errors import UsageError
from nbtrack.store.model import And, Compare, Filter, Not, Or, RunQuery
from nbtrack.store.protocols import Catalog
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from nbtrack.store.layout import Store

NAN = float("nan")


def make_run(
    store: Store,
    run_id: str,
    *,
    at: float = 0.0,
    config: dict[str, Any] | None = None,
    rows: dict[str, list[float]] | None = None,
    tags: list[str] | None = None,
    close: str | None = "finish",
    exit_code: int = 0,
    writer: str = "aaaaaaaaaa",
    **fields: Any,
) -> Log:
    """A run whose step i holds the i-th value of each key of `rows`, one second apart from `at` on."""
    log = Log(store, run_id, writer, began=at)
    log.set(at, "run", "created", value=START + at)
    for name, value in fields.items():
        log.set(at, "run", name, value=value)
    if tags:
        log.set(at, "run", "tags", value=tags)
    for name, value in (config or {}).items():
        log.set(at, "config", name, value=value)
    count = max((len(values) for values in (rows or {}).values()), default=0)
    for step in range(count):
        log.named(step, at + step, {k: v[step] for k, v in (rows or {}).items() if step < len(v)})
    return log.close(at + count, close, exit_code) if close else log


def ids(catalog: Catalog, where: Filter | None = None, *order: tuple[str, bool], **more: Any) -> list[str]:
    catalog.refresh()
    query = RunQuery(where, order or (("run.created", False),), **more)
    return [row.meta.id for row in catalog.runs(query).rows]


class CatalogConformance:
    """Subclasses have fixtures `store` (an empty store) and `catalog` (over it)."""

    def test_is_a_catalog(self, catalog: Catalog) -> None:
        assert isinstance(catalog, Catalog)

    def test_empty_store_has_no_runs(self, catalog: Catalog) -> None:
        assert catalog.refresh() == 0
        page = catalog.runs(RunQuery())
        assert (page.rows, page.total) == ([], 0)
        assert catalog.run("nope") is None
        assert catalog.projects() == []
        assert catalog.field_names() == []
        assert catalog.previews(["nope"], "loss") == []

    def test_a_run_comes_back_whole(self, store: Store, catalog: Catalog) -> None:
        config = {"lr": 0.1, "layers": [1, 2], "opt": {"name": "adam", "eps": None}, "big": 2**80, "on": True}
        log = make_run(
            store,
            "r1",
            config=config,
            rows={"loss": [3.0, NAN], "train/acc": [0.5, float("inf")]},
            tags=["b", "a"],
            name="first",
            project="p",
            notes="n",
            user="me",
            program="train.py",
            close=None,
        )
        log.obj(1, 1, "img", {"width": 2}, kind="image-file", blob="a" * 64).close(10, "finish", 3)
        assert catalog.refresh() == 1
        row = catalog.run("r1")
        assert row is not None
        assert (row.meta.id, row.meta.name, row.meta.project, row.meta.notes) == ("r1", "first", "p", "n")
        assert row.meta.tags == ("b", "a")
        assert row.meta.other == {"program": "train.py", "user": "me"}
        assert (row.meta.created, row.meta.heartbeat, row.meta.finished) == (START, START + 10, START + 10)
        assert (row.state, row.meta.exit_code, row.last_step, row.duration) == ("failed", 3, 1, 10.0)
        assert row.config == config
        assert np.isnan(row.summary.pop("loss"))
        assert row.summary["train/acc"] == float("inf")
        assert row.summary["img"] == {"_type": "image-file", "width": 2, "sha256": "a" * 64}

    def test_refresh_folds_only_what_changed(self, store: Store, catalog: Catalog) -> None:
        make_run(store, "r1", rows={"loss": [1.0]})
        log = make_run(store, "r2", rows={"loss": [2.0]}, close=None)
        assert catalog.refresh() == 2
        log.row(1, 5, loss=7.0)
        catalog.refresh()
        row = catalog.run("r2")
        assert row is not None
        assert (row.summary["loss"], row.last_step) == (7.0, 1)
        make_run(store, "r3")
        assert catalog.refresh(["r3", "unknown"]) == 1
        assert ids(catalog) == ["r1", "r2", "r3"]

    def test_edits_of_a_finished_run_are_seen(self, store: Store, catalog: Catalog) -> None:
        make_run(store, "r1", config={"lr": 1, "old": 1}, name="a", tags=["x"])
        catalog.refresh()
        edit = Log(store, "r1", "bbbbbbbbbb", began=50)
        edit.set(51, "run", "name", value="b").set(51, "config", "lr", value="2").meta(
            52, "del", "config", "old"
        )
        edit.meta(52, "add", "run", "tags", value="y").meta(52, "remove", "run", "tags", value="x").close(
            53, "edit"
        )
        catalog.refresh()
        row = catalog.run("r1")
        assert row is not None
        assert (row.meta.name, row.config, row.meta.tags, row.state) == ("b", {"lr": "2"}, ("y",), "finished")
        assert ids(catalog, Compare("config.lr", "=", 1)) == []
        assert ids(catalog, Compare("config.lr", "=", "2")) == ["r1"]
        assert ids(catalog, Compare("config.old", "exists")) == []
        assert ids(catalog, Compare("tags", "=", "x")) == []
        assert "config.old" not in catalog.field_names()

    def test_deleted_runs_are_hidden_unless_asked_for(self, store: Store, catalog: Catalog) -> None:
        make_run(store, "r1", project="p")
        make_run(store, "r2", project="p", deleted_at=START + 5)
        assert ids(catalog) == ["r1"]
        assert sorted(ids(catalog, include_deleted=True)) == ["r1", "r2"]
        assert catalog.projects() == [("", "p", 1, START)]

    def test_run_whose_folder_is_gone_is_forgotten(self, store: Store, catalog: Catalog) -> None:
        log = make_run(store, "r1", config={"lr": 1})
        make_run(store, "r2", config={"lr": 1})
        assert ids(catalog, Compare("config.lr", "=", 1)) == ["r1", "r2"]
        log.path.unlink()
        log.dir.rmdir()
        assert ids(catalog, Compare("config.lr", "=", 1)) == ["r2"]
        assert catalog.run("r1") is None

    # ---- filters ------------------------------------------------------------------------------------------

    @pytest.fixture
    def three(self, store: Store, catalog: Catalog) -> Catalog:
        make_run(
            store, "a", at=0, config={"lr": 0.1, "opt": {"name": "adam"}, "n": 1, "flag": True}, tags=["x", "y"],
            rows={"loss": [1.0, NAN]}, project="p", name="alpha", group="g",
        )  # fmt: skip
        make_run(
            store, "b", at=100, config={"lr": "0.1", "n": 2, "flag": False, "none": None}, tags=["y"],
            rows={"loss": [1.0, 0.5]}, project="p", name="beta's \"%_\\", exit_code=1,
        )  # fmt: skip
        make_run(
            store, "c", at=200, config={"n": 3.5, "flag": 1}, rows={"acc": [0.9]}, project="q", name="gamma"
        )
        catalog.refresh()
        return catalog

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (Compare("config.lr", "=", 0.1), "a"),
            (Compare("config.lr", "=", "0.1"), "b"),
            (Compare("config.lr", "!=", 0.1), "bc"),
            (Compare("config.lr", "exists"), "ab"),
            (Compare("config.lr", "missing"), "c"),
            (Compare("config.lr", ">", 0), "a"),
            (Compare("config.lr", ">", ""), "b"),
            (Compare("config.n", ">=", 2), "bc"),
            (Compare("config.n", "<", 2), "a"),
            (Not(Compare("config.n", "<", 2)), "bc"),
            (Not(Compare("config.lr", ">", 0)), "bc"),
            (Compare("config.n", "in", (1, 3.5, "2")), "ac"),
            (Compare("config.n", "not in", (1, 3.5)), "b"),
            (Compare("config.lr", "in", (None, 0.1)), "ac"),
            (Compare("config.n", "in", ()), ""),
            (Compare("config.flag", "=", True), "ac"),
            (Compare("config.flag", "=", 0), "b"),
            (Compare("config.opt.name", "=", "adam"), "a"),
            (Compare("config.opt", "exists"), "a"),
            (Compare("config.op", "exists"), ""),
            (Compare("config.none", "missing"), "abc"),
            (Compare("config.none", "=", None), "abc"),
            (Compare("config.opt.name", "regex", "^ad"), "a"),
            (Compare("config.n", "regex", "1"), ""),
            (Compare("summary.loss", "<", 1), "b"),
            (Not(Compare("summary.loss", "<", 1)), "ac"),
            (Compare("summary.loss", "exists"), "ab"),
            (Compare("summary.acc", "=", 0.9), "c"),
            (Compare("tags", "=", "y"), "ab"),
            (Compare("tags", "!=", "x"), "bc"),
            (Compare("tags", "in", ("x", "z")), "a"),
            (Compare("tags", "regex", "^[xz]"), "a"),
            (Compare("tags", "missing"), "c"),
            (Compare("tags", "exists"), "ab"),
            (Compare("tags", "=", 1), ""),
            (Compare("run.project", "=", "p"), "ab"),
            (Compare("run.name", "=", "beta's \"%_\\"), "b"),
            (Compare("run.name", "regex", r"'s .%_\\$"), "b"),
            (Compare("run.group", "missing"), "bc"),
            (Compare("run.group", "!=", "g"), "bc"),
            (Compare("run.state", "=", "finished"), "ac"),
            (Compare("run.state", "in", ("failed", "crashed")), "b"),
            (Compare("run.created", ">", START + 50), "bc"),
            (Compare("run.created", ">", "2000"), ""),
            (Compare("run.duration", "=", 2), "ab"),
            (Compare("run.host", "=", "host"), "abc"),
            (Compare("run.id", "in", ("a", "c", "z")), "ac"),
            (And(()), "abc"),
            (Or(()), ""),
            (Not(Or((Compare("run.id", "=", "a"), Compare("run.id", "=", "b")))), "c"),
            (And((Compare("config.n", ">", 0), Not(Compare("tags", "=", "x")))), "bc"),
        ],
    )  # fmt: skip
    def test_filter(self, three: Catalog, where: Filter, found: str) -> None:
        assert ids(three, where) == list(found)

    @pytest.mark.parametrize("name", ["lr", "run.nope", "conf.lr", ""])
    def test_unknown_field_is_an_error_that_names_it(self, three: Catalog, name: str) -> None:
        with pytest.raises(UsageError, match=re.escape(repr(name))):
            three.runs(RunQuery(Compare(name, "=", 1)))

    def test_values_are_never_sql(self, three: Catalog) -> None:
        for evil in ("'; DROP TABLE run; --", '" OR 1=1', "%", "\\", "x' OR 'a'='a"):
            for field in ("run.name", "tags", "config.lr", f"config.{evil}"):
                assert ids(three, Compare(field, "=", evil)) == []
        assert len(ids(three)) == 3

    def test_a_long_list_of_values_is_no_problem(self, three: Catalog) -> None:
        assert ids(three, Compare("run.id", "in", (*(f"r{i}" for i in range(300_000)), "b"))) == ["b"]

    def test_order(self, three: Catalog) -> None:
        assert ids(three, None, ("run.created", True)) == ["c", "b", "a"]
        assert ids(three, None, ("config.n", True)) == ["c", "b", "a"]
        assert ids(three, None, ("config.lr", False)) == [
            "a",
            "b",
            "c",
        ]  # numbers, then text, then those without
        assert ids(three, None, ("summary.acc", True))[0] == "c"
        assert ids(three, None, ("summary.acc", False))[0] == "c"
        assert ids(three, None, ("run.project", True), ("run.name", True)) == ["c", "b", "a"]
        assert ids(three, None, ("run.group", False)) == ["a", "b", "c"]

    def test_pages_tell_the_total(self, three: Catalog) -> None:
        page = three.runs(RunQuery(limit=2, offset=1))
        assert ([row.meta.id for row in page.rows], page.total) == (["b", "c"], 3)
        page = three.runs(RunQuery(limit=5, offset=9))
        assert (page.rows, page.total) == ([], 3)
        page = three.runs(RunQuery(Compare("run.project", "=", "p"), limit=1))
        assert ([row.meta.id for row in page.rows], page.total) == (["a"], 2)
        assert [row.meta.id for row in three.runs(RunQuery(offset=2)).rows] == ["c"]

    def test_asked_fields_come_in_their_types(self, store: Store, catalog: Catalog) -> None:
        config = {
            "i": 3,
            "f": 3.0,
            "b": True,
            "s": "x",
            "n": None,
            "l": [1, 2],
            "big": 2**70,
            "d": {"x.y": [5]},
        }
        make_run(store, "a", config=config, rows={"loss": [NAN]})
        catalog.refresh()
        names = (
            *(f"config.{key}" for key in config if key != "d"),
            "config.d.x.y",
            "summary.loss",
            "config.nope",
        )
        (row,) = catalog.runs(RunQuery(fields=names)).rows
        assert np.isnan(row.fields.pop("summary.loss"))
        assert row.fields == {f"config.{k}": v for k, v in config.items() if k != "d"} | {"config.d.x.y": [5]}
        assert {type(v) for v in row.fields.values()} == {int, float, bool, str, type(None), list}
        assert (row.config, row.summary) == ({}, {})

    def test_projects_are_listed_latest_first(self, three: Catalog) -> None:
        assert three.projects() == [("", "q", 1, START + 201), ("", "p", 2, START + 102)]

    def test_field_names(self, three: Catalog) -> None:
        assert "config.opt.name" in three.field_names()
        assert "summary.acc" not in three.field_names("p")
        assert three.field_names("q") == sorted(
            [
                "config.flag",
                "config.n",
                "summary._runtime",
                "summary._step",
                "summary._timestamp",
                "summary.acc",
            ]
        )
        assert three.field_names("nope") == []

    def test_fields_have_kinds_and_values(self, three: Catalog) -> None:
        kinds = three.field_kinds()
        assert sorted(kinds) == three.field_names()
        assert (kinds["config.opt.name"], kinds["summary.acc"]) == ("text", "number")
        assert sorted(three.field_kinds("q")) == three.field_names("q")
        assert sorted(three.values("run.project")) == [("p", 2), ("q", 1)]
        assert three.values("run.project", limit=1) == [("p", 2)]
        assert three.values("run.id", "nope") == three.values("config.nothing") == []
        with pytest.raises(UsageError, match=r"run\.nothing"):
            three.values("run.nothing")

    VALUES = st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, NAN]), st.sampled_from("abA")
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_any_filter_agrees_with_a_plain_reading_of_it(
        self, data: st.DataObject, store: Store, catalog: Catalog
    ) -> None:
        configs = data.draw(
            st.lists(st.dictionaries(st.sampled_from("xyz"), self.VALUES, max_size=3), min_size=1, max_size=5)
        )
        prefix = f"t{time.monotonic_ns()}"  # the store is shared by the examples
        names = [f"{prefix}-{i}" for i in range(len(configs))]
        for name, config in zip(names, configs, strict=True):
            make_run(store, name, config=config, project=prefix)
        catalog.refresh()
        leaf = st.one_of(
            st.builds(
                Compare,
                st.sampled_from(["config.x", "config.y", "config.z"]),
                st.sampled_from(["=", "!="]),
                self.VALUES.filter(lambda v: v == v),
            ),
            st.builds(
                Compare,
                st.sampled_from(["config.x", "config.y"]),
                st.sampled_from(["<", "<=", ">", ">="]),
                self.VALUES.filter(lambda v: v is not None and v == v),
            ),
            st.builds(
                Compare,
                st.sampled_from(["config.x", "config.y"]),
                st.sampled_from(["in", "not in"]),
                st.lists(self.VALUES.filter(lambda v: v == v), max_size=3).map(tuple),
            ),
            st.builds(Compare, st.just("config.x"), st.sampled_from(["exists", "missing"])),
            st.builds(Compare, st.just("config.y"), st.just("regex"), st.sampled_from(["^a", "[bA]"])),
        )
        where = data.draw(
            st.recursive(
                leaf,
                lambda f: st.one_of(
                    st.builds(Not, f),
                    st.builds(And, st.lists(f, max_size=3).map(tuple)),
                    st.builds(Or, st.lists(f, max_size=3).map(tuple)),
                ),
                max_leaves=6,
            )
        )
        both = And((Compare("run.project", "=", prefix), where))
        expected = {name for name, config in zip(names, configs, strict=True) if holds(where, config)}
        assert set(ids(catalog, both)) == expected

    # ---- state --------------------------------------------------------------------------------------------

    def test_state_of_an_open_run_is_derived_when_asked(self, store: Store, catalog: Catalog) -> None:
        make_run(store, "dead", rows={"loss": [1.0]}, close=None)
        make_run(store, "left", rows={"loss": [1.0]}, close="exit")
        make_run(store, "done", rows={"loss": [1.0]})
        assert ids(catalog, Compare("run.state", "=", "running")) == []
        assert sorted(ids(catalog, Compare("run.state", "=", "crashed"))) == ["dead", "left"]
        assert ids(catalog, Compare("run.state", "=", "finished")) == ["done"]

    # ---- previews -----------------------------------------------------------------------------------------

    def test_previews_of_short_series_are_the_points(self, store: Store, catalog: Catalog) -> None:
        make_run(store, "a", rows={"loss": [3.0, NAN, 1.0]})
        make_run(store, "b", rows={"acc": [1.0]})
        make_run(store, "c", rows={"loss": [5.0]})
        catalog.refresh()
        first, second = catalog.previews(["c", "nope", "b", "a"], "loss")
        assert (first.run, first.n, first.steps.tolist(), first.mean.tolist()) == ("c", 1, [0], [5.0])
        assert (second.run, second.key, second.n) == ("a", "loss", 3)
        np.testing.assert_array_equal(second.min, np.array([3.0, NAN, 1.0], np.float32))

    def test_previews_of_long_series_are_buckets_that_keep_extremes(
        self, store: Store, catalog: Catalog
    ) -> None:
        values = list(range(5000))
        values[1234], values[4321] = -77, 99_999
        make_run(store, "a", rows={"loss": [float(v) for v in values]})
        catalog.refresh()
        (preview,) = catalog.previews(["a"], "loss")
        assert preview.n == 5000
        assert len(preview.steps) == len(preview.min) == len(preview.max) == len(preview.mean) == 1024
        assert (np.diff(preview.steps) > 0).all()
        assert (preview.min.min(), preview.max.max()) == (-77, 99_999)
        assert preview.steps[0] == 0

    def test_previews_follow_a_growing_run(self, store: Store, catalog: Catalog) -> None:
        log = make_run(store, "a", rows={"loss": [1.0]}, close=None)
        catalog.refresh()
        assert catalog.previews(["a"], "loss")[0].n == 1
        assert catalog.previews(["a"], "acc") == []
        log.row(1, 10, loss=2.0, acc=0.5)
        catalog.refresh()
        assert catalog.previews(["a"], "loss")[0].mean.tolist() == [1.0, 2.0]
        assert catalog.previews(["a"], "acc")[0].n == 1

    # ---- leases -------------------------------------------------------------------------------------------

    def test_a_lease_is_held_by_one(self, catalog: Catalog) -> None:
        with catalog.lease("gc", 60) as mine:
            assert mine
            with catalog.lease("gc", 60) as second:
                assert not second
            with catalog.lease("other", 60) as other:
                assert other
        with catalog.lease("gc", 60) as again:
            assert again

    def test_a_lease_that_ran_out_is_taken_over(self, catalog: Catalog) -> None:
        with catalog.lease("gc", -1) as mine:
            assert mine
            with catalog.lease("gc", 60) as second:
                assert second


def holds(where: Filter, config: dict[str, Any]) -> bool:
    """What a filter says of a config, in plain Python."""
    match where:
        case And(parts):
            return all(holds(p, config) for p in parts)
        case Or(parts):
            return any(holds(p, config) for p in parts)
        case Not(part):
            return not holds(part, config)
    value = config.get(where.field.removeprefix("config."))
    same = isinstance(value, str) == isinstance(where.value, str) and value is not None
    match where.op:
        case "=":
            return value is None if where.value is None else same and value == where.value
        case "!=":
            return not holds(Compare(where.field, "=", where.value), config)
        case "in":
            return any(holds(Compare(where.field, "=", v), config) for v in where.value)
        case "not in":
            return not holds(Compare(where.field, "in", where.value), config)
        case "exists":
            return value is not None
        case "missing":
            return value is None
        case "regex":
            return isinstance(value, str) and re.search(where.value, value) is not None
    compare = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}[where.op]
    if not same:
        return False
    return bool(
        getattr(value if isinstance(value, str) else float(value), compare)(
            where.value if isinstance(where.value, str) else float(where.value)
        )
    )


def as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
