from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.errors import ExpressionError
from nbtrack.query.columns import Columns, columns, spelled, values
from nbtrack.query.expression import parse_expression
from nbtrack.query.grammar import shown
from nbtrack.store.model import And, Compare, Filter, Not, Or

from .conftest import recorded

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
KEYS = [
    "config.lr",
    "config.opt.name",
    "config.lambda",
    "config.학습률",
    "config.a`b",
    "config.state",
    "config.acc",
    "summary.acc",
    "summary.val/loss",
    "summary.🔥",
]
KNOWN = Columns(KEYS)


def parse(text: str) -> Filter:
    return parse_expression(text, KNOWN, NOW)


def eq(field: str, value: Any) -> Compare:
    return Compare(field, "=", value)


def midnight(*day: int) -> float:
    return datetime(*day).timestamp()


# ---- what is understood --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("config.lr", "config.lr"),
        ("lr", "config.lr"),
        ("summary.acc", "summary.acc"),
        ("summary_metrics.acc", "summary.acc"),
        ("acc", "summary.acc"),  # both have it: the summary's
        ("config.acc", "config.acc"),
        ("opt.name", "config.opt.name"),
        ("config.opt.name", "config.opt.name"),
        ("`val/loss`", "summary.val/loss"),
        ("`summary.val/loss`", "summary.val/loss"),
        ("summary.`val/loss`", "summary.val/loss"),
        ('summary["val/loss"]', "summary.val/loss"),
        ("학습률", "config.학습률"),
        ("config.학습률", "config.학습률"),
        ("`🔥`", "summary.🔥"),
        ('config["a`b"]', "config.a`b"),
        ("config.lambda", "config.lambda"),  # Python's words are keys like any other
        ("lambda", "config.lambda"),
        ('Config("lr")', "config.lr"),
        ('Summary("acc")', "summary.acc"),
        ('SummaryMetric("acc")', "summary.acc"),
        ('Metric("acc")', "summary.acc"),
        ('Metric("State")', "run.state"),
        ('Metric("CreatedTimestamp")', "run.created"),
        ('Metric("JobType")', "run.job_type"),
        ("state", "run.state"),  # a field of the run hides a key of that name
        ("config.state", "config.state"),
        ("name", "run.name"),
        ("displayName", "run.name"),
        ("id", "run.id"),
        ("created_at", "run.created"),
        ("heartbeat", "run.heartbeat"),
        ("updated_at", "run.heartbeat"),
        ("duration", "run.duration"),
        ("Runtime", "run.duration"),
        ("group", "run.group"),
        ("job_type", "run.job_type"),
        ("notes", "run.notes"),
        ("host", "run.host"),
        ("user", "run.user"),
        ("step", "run.last_step"),
        ("config.opt", "config.opt"),  # a dict is there when one of its leaves is
    ],
)
def test_columns_are_found_by_their_names(text: str, field: str) -> None:
    assert parse(f"{text} is not None") == Compare(field, "exists")


LR, ACC = eq("config.lr", 0.1), Compare("summary.acc", ">", 0.9)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", And(())),
        ("   \n", And(())),
        ("lr == 0.1", LR),
        ("lr = 0.1", LR),
        ("0.1 == lr", LR),
        ("lr=1e-1", LR),
        ("  lr\n  = 0.1", LR),
        ("lr != 0.1", Not(LR)),
        ("lr ≠ 0.1", Not(LR)),
        ("lr <> 0.1", Not(LR)),
        ("lr <= 3", Compare("config.lr", "<=", 3)),
        ("lr ≤ 3", Compare("config.lr", "<=", 3)),
        ("lr ≥ -3", Compare("config.lr", ">=", -3)),
        ("3 < lr", Compare("config.lr", ">", 3)),
        ("0 < lr <= 3", And((Compare("config.lr", ">", 0), Compare("config.lr", "<=", 3)))),
        ("duration > 2 * 3600", Compare("run.duration", ">", 7200)),
        ("lr == 0.1 and acc > 0.9", And((LR, ACC))),
        ("lr = 0.1 AND acc > 0.9", And((LR, ACC))),
        ("lr = 0.1 or not acc > 0.9", Or((LR, Not(ACC)))),
        ("NOT (lr = 0.1 Or acc > .9)", Not(Or((LR, ACC)))),
        ("(lr = 0.1) == false", Not(LR)),
        ("true", And(())),
        ("not True", Not(And(()))),
        ("FALSE", Or(())),
        ("lr is None", Compare("config.lr", "missing")),
        ("lr IS NULL", Compare("config.lr", "missing")),
        ("lr = null", Compare("config.lr", "missing")),
        ("lr IS NOT NULL", Compare("config.lr", "exists")),
        ("lr != None", Compare("config.lr", "exists")),
        ("lr in (1, 2)", Compare("config.lr", "in", (1, 2))),
        ("lr IN [1, 'a']", Compare("config.lr", "in", (1, "a"))),
        ("lr in ('a')", Compare("config.lr", "in", ("a",))),
        ("lr in ()", Compare("config.lr", "in", ())),
        ("lr NOT IN {1}", Not(Compare("config.lr", "in", (1,)))),
        ("lr in (1, null)", Or((eq("config.lr", 1), Compare("config.lr", "missing")))),
        ("config.lr", eq("config.lr", True)),
        ("not lr", Not(eq("config.lr", True))),
        ("lr is true", eq("config.lr", True)),
        ('"baseline" in tags', eq("tags", "baseline")),
        ('"baseline" not in tags', Not(eq("tags", "baseline"))),
        ('tags.contains("baseline")', eq("tags", "baseline")),
        ('Tags("baseline")', eq("tags", "baseline")),
        ("tags = 'a'", eq("tags", "a")),
        ("tags in ('a', 'b')", Compare("tags", "in", ("a", "b"))),
        ("tags.startswith('v')", Compare("tags", "regex", r"\Av")),
        ("'a.b' in name", Compare("run.name", "regex", r"a\.b")),
        ("name.contains('cat')", Compare("run.name", "regex", "cat")),
        ("name.endswith('1')", Compare("run.name", "regex", r"1\Z")),
        (r'name.matches("^run-\d")', Compare("run.name", "regex", r"^run-\d")),
        (r'matches(config.opt.name, r"\bsgd\b")', Compare("config.opt.name", "regex", r"\bsgd\b")),
        (r'matches(name, "\bsgd\\b")', Compare("run.name", "regex", r"\bsgd\b")),
        (r"""notes = "it's = \"x\" AND null ≠ `b`" """, eq("run.notes", 'it\'s = "x" AND null ≠ `b`')),
        (
            "Config('lr') = 0.1 and Metric(\"State\") == 'finished'",
            And((LR, eq("run.state", "finished"))),
        ),
        ("created_at > 100", Compare("run.created", ">", 100)),
        ("created_at > ago(days=5)", Compare("run.created", ">", NOW - 5 * 86400)),
        ("created_at < ago(1, 'week')", Compare("run.created", "<", NOW - 7 * 86400)),
        ("created_at within_last 5 days", Compare("run.created", ">=", NOW - 5 * 86400)),
        ("updated WITHIN_LAST 1.5 Hours", Compare("run.heartbeat", ">=", NOW - 5400)),
        ('within_last(created_at, 5, "minutes")', Compare("run.created", ">=", NOW - 300)),
        ("not created_at within_last 5 days", Not(Compare("run.created", ">=", NOW - 5 * 86400))),
        ("created_at >= '2026-11-20'", Compare("run.created", ">=", midnight(2026, 11, 20))),
        ("created_at > '2026-11-20'", Compare("run.created", ">=", midnight(2026, 11, 21))),
        ("created_at <= '2026-11-20'", Compare("run.created", "<", midnight(2026, 11, 21))),
        (
            "created_at = '2026-11-20'",
            And(
                (
                    Compare("run.created", ">=", midnight(2026, 11, 20)),
                    Compare("run.created", "<", midnight(2026, 11, 21)),
                )
            ),
        ),
        ("created_at > '2026-11-20T15:30'", Compare("run.created", ">", midnight(2026, 11, 20, 15, 30))),
        ("created_at > '2026-11-21T12:00:00Z'", Compare("run.created", ">", NOW)),
        ("created_at > '2026-11-21 14:00+02:00'", Compare("run.created", ">", NOW)),
    ],
)
def test_what_is_typed_means(text: str, found: Filter) -> None:
    assert parse(text) == found


# ---- what is not ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ("lrr > 3", "no column 'lrr'; did you mean config.lr", "lrr"),
        ("lr > 3 and summary.ac > 1", "did you mean summary.acc", "summary.ac"),
        ("학습율 > 1", "config.학습률", "학습율"),
        ("학습률 > 0 and 학습 > 1", "config.학습률", "학습"),
        ("stat = 1", "state", "stat"),
        ("zzzzqqqq = 1", "there are .*config.lr", "zzzzqqqq"),
        ("val/loss > 3", "in backquotes: `val/loss`", "val/loss"),
        ("a/b > 3", "without arithmetic", "a/b"),
        ("🔥 > 3", "backquotes", "🔥"),
        ("name = “x”", "quotes", "“"),
        ("acc >", "missing", ""),
        ("acc > 3 AND", "missing", ""),
        ("config.", "missing", ""),
        ("acc is not", "missing", ""),
        ("(acc > 3", "never closed", "("),
        ("lr ≠ 1 and (acc > 3", "never closed", "("),
        ("acc > 3)", "unmatched", ")"),
        ("lr ≠ 3 3", "wrong here", "3"),
        ("acc = = 3", "wrong here", "="),
        ("name = 'abc", "no closing quote", "'"),
        ("`abc", "never closed", "`"),
        ("``", "name is missing", "``"),
        ("acc > 1 && lr", "write and", "&&"),
        ("acc | lr", "write or", "|"),
        ("!acc", "write not", "!"),
        ("acc > 1 # high", "quotes", "#"),
        ("state == finished", "text goes in quotes", "finished"),
        ("acc > lr", "not with another column", "lr"),
        ("acc in lr", "list of values", "lr"),
        ("acc = [1]", "after in", "[1]"),
        ("acc in (1, [2])", "not lists", "(1, [2])"),
        ("1 < 2", "compares no column", "1 < 2"),
        ("acc > None", "None goes with", "None"),
        ("acc is 3", "write ==", "3"),
        ("state", "neither true nor false", "state"),
        ("3", "neither true nor false", "3"),
        ("config > 1", "which of its keys", "config"),
        ("tags > 'a'", "no order", "tags"),
        ("created_at > 'soon'", "no date; write it as", "'soon'"),
        ("created_at = '9999-12-31'", "no date", "'9999-12-31'"),
        ("'2026' in created_at", "compare it with a date", "created_at"),
        ("within_last(acc, 1, 'days')", "created_at, heartbeat_at", "acc"),
        ("created_at within_last 5 moons", "no unit of time; accepted", "moons"),
        ("created_at within_last", "within_last 5 days", "within_last"),
        ("created_at > ago(5)", "write ago", "ago(5)"),
        ("created_at > ago(years=1)", "'years' is no unit", "1"),
        ("created_at > ago(days='1')", "a number", "'1'"),
        ("foo(acc)", "no function 'foo'", "foo(acc)"),
        ("name.upper('a')", "no test 'upper'", "name.upper('a')"),
        ("matches(name)", "write matches", "matches(name)"),
        ("matches(name, 3)", "text in quotes", "3"),
        ("matches(name, '(')", "no regular expression", "'('"),
        ("acc > 2 ** 3", r"\+ - \* /", "2 ** 3"),
        ("acc > 1 / 0", "division", "1 / 0"),
        ("acc > 1e999 - 1e999", "not a number", "1e999 - 1e999"),
        ("acc > b'x'", "accepted are", "b'x'"),
        ("acc > f'x'", "accepted are", "f'x'"),
        ("name = '\\ud800' and lrr", "lrr", "lrr"),
        ("\ud800", "half a character", "\ud800"),
        ("acc\0 > 1", ".", None),
        ("lambda x: 3", ".", None),
        ("acc := 3", ".", None),
        ("not " * 100 + "acc", "nested too deeply", None),
        ("not " * 4000 + "acc", ".", None),
        ("(" * 300 + "acc" + ")" * 300, ".", None),
        ("-" * 5000 + "1 < acc", ".", None),
        ("acc = 1 or " * 400 + "acc = 2", "at most 300 comparisons", "acc"),
        ("x" * 30_000, "at most 20,000", None),
    ],
)
def test_what_cannot_be_understood_is_shown_with_a_sentence(text: str, said: str, where: str | None) -> None:
    with pytest.raises(ExpressionError, match=said) as raised:
        parse(text)
    error = raised.value
    assert 0 <= error.at <= len(text)
    assert error.__notes__ == [shown(text, error)]
    if where is not None:
        assert text[error.at : error.at + error.length] == where


def test_the_caret_stands_under_what_is_meant_however_wide_the_letters() -> None:
    text = "학습률 > 0\nand 학습 > 1"
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert raised.value.__notes__ == ["and 학습 > 1\n    ^^^^"]


def refusal(text: str) -> ExpressionError | None:
    """Why a text is no filter, which must be told well; None when it is one."""
    try:
        parse(text)
    except ExpressionError as error:
        found = error
    else:
        return None
    assert 0 <= found.at <= len(text)
    assert str(found)
    return found


VALID = (
    r"""lr ≠ 0.1 AND `val/loss` < 1e-3 or not (config.opt.name IN ("a\"b", 'c') and 학습률 is not null) """
    r"""and created_at within_last 5 days and name.matches("^run-\d") and Config("lr") = 3 """
    r"""and created_at > ago(days=5, hours=1) and heartbeat >= '2026-11-01T12:00' and 0 < acc <= 2*3"""
)


def test_every_beginning_of_a_filter_is_one_or_an_explanation() -> None:
    parse(VALID)
    refused = 0
    for end in range(len(VALID)):
        refused += refusal(VALID[:end]) is not None
    assert refused > len(VALID) / 2


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(
                ["lr", "acc", "tags", "name", "config", ".", "(", ")", "[", "]", "'", '"', "`", "=", "==", "<", "≥", "in",
                 "not", "is", "null", "and", "or", "1", "2e5", "'2026-01-01'", "\\", "\n", ",", "ago", "days", "created_at",
                 "within_last", "matches", "-", "*", "/", "**", ":=", "lambda", "가", "e\u0301", "\0", "for", "if", "{", "}"]
            ),
            max_size=14,
        ).map(" ".join),
    )
)  # fmt: skip
@example("가" * 7 + "`")
@example("0x1for x")
@example("`if`matches")
@example("lr`if`1or'a'")
@example("1_000_ > lr")
def test_any_text_is_a_filter_or_an_explanation(text: str) -> None:
    refusal(text)


def test_before_any_run_has_a_key_each_will_do_if_it_says_its_section() -> None:
    assert parse_expression("config.lr > 1") == Compare("config.lr", ">", 1)
    assert parse_expression("Summary('a') > 1", Columns([])) == Compare("summary.a", ">", 1)
    with pytest.raises(ExpressionError, match="no column 'lr'"):
        parse_expression("lr > 1")


# ---- asked of a store ----------------------------------------------------------------------------------------

#: id -> what it is recorded with
RUNS: dict[str, dict[str, Any]] = {
    "r0": {"tags": [], "config": {}, "summary": {}},
    "r1": {"tags": ["a"], "config": {"lr": 0.5, "opt": "sgd", "x": {"y": 1}}, "summary": {"val/loss": 1}},
    "r2": {"tags": ["a", "b"], "config": {"lr": 1, "opt": "SGD", "on": True}, "summary": {"학습 🔥": 2}},
    "r3": {"tags": [], "config": {"lr": "0.5", "opt": "s\"g'd"}, "summary": {"val/loss": "n/a", "lr": 7}},
    "r4": {"tags": ["b c"], "config": {"lr": -1, "on": False, "x": {"y": 0}}, "summary": {"val/loss": 0.5}},
    "r5": {"tags": ["\\d"], "config": {"opt": "가\n`나`"}, "summary": {"val/loss": -1, "학습 🔥": "가"}},
}
FIELDS = [
    "config.lr",
    "config.opt",
    "config.on",
    "config.x.y",
    "summary.val/loss",
    "summary.학습 🔥",
    "run.id",
    "tags",
]
VALUES = [
    -1,
    0,
    0.5,
    1,
    2,
    7,
    True,
    False,
    "0.5",
    "sgd",
    "SGD",
    "s\"g'd",
    "가",
    "가\n`나`",
    "n/a",
    "a",
    "b c",
    "\\d",
    "r2",
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nbtrack.Api]:
    with recorded(tmp_path_factory.mktemp("expressions") / "store", RUNS) as api:
        yield api


def held(run_id: str, field: str) -> list[Any]:
    """The values of a field: none when it is missing, several for tags."""
    if field == "run.id":
        return [run_id]
    if field == "tags":
        return list(RUNS[run_id]["tags"])
    section, _, path = field.partition(".")
    tree = RUNS[run_id][section]
    if path == "x.y":
        tree, path = tree.get("x", {}), "y"
    return [tree[path]] if path in tree else []


def holds(run_id: str, where: Filter) -> bool:
    match where:
        case And(parts):
            return all(holds(run_id, part) for part in parts)
        case Or(parts):
            return any(holds(run_id, part) for part in parts)
        case Not(part):
            return not holds(run_id, part)
    have, op, value = held(run_id, where.field), where.op, where.value
    if op in {"exists", "missing"}:
        return bool(have) == (op == "exists")
    if op in {"in", "not in"}:
        return (op == "in") == any(holds(run_id, eq(where.field, one)) for one in value)
    if op == "regex":
        return any(isinstance(one, str) and value in one for one in have)
    if op == "!=":
        return not holds(run_id, eq(where.field, value))
    compare = {
        "=": lambda one: one == value,
        "<": lambda one: one < value,
        "<=": lambda one: one <= value,
        ">": lambda one: one > value,
        ">=": lambda one: one >= value,
    }[op]
    return any(isinstance(one, str) == isinstance(value, str) and compare(one) for one in have)


def rendered(where: Filter, draw: Any) -> str:
    """A filter as somebody may type it."""
    pick = lambda *ways: draw(st.sampled_from(ways))  # noqa: E731
    match where:
        case And(parts) | Or(parts):
            if not parts:
                return pick("True", "true") if isinstance(where, And) else pick("False", "FALSE")
            word = pick("and", "AND") if isinstance(where, And) else pick("or", "Or")
            return f" {word} ".join(f"({rendered(part, draw)})" for part in parts)
        case Not(part):
            return pick("not (", "NOT(") + f"{rendered(part, draw)})"
    field, op, value = spelled(where.field), where.op, where.value
    if op == "exists":
        return field + pick(" is not None", " IS NOT NULL", " != null")
    if op == "missing":
        return field + pick(" is None", " IS NULL", " = None")
    if op in {"in", "not in"}:
        return f"{field} {pick(op, op.upper())} [{', '.join(map(repr, value))}]"
    if op == "regex":
        return pick(f"{value!r} in {field}", f"{field}.contains({value!r})")
    sign = pick(*{"=": ("=", "=="), "!=": ("!=", "≠"), "<=": ("<=", "≤"), ">=": (">=", "≥")}.get(op, (op,)))
    if sign in {"<", "<="}:
        return pick(f"{field} {sign} {value!r}", f"{value!r} {'>' if sign == '<' else '>='} {field}")
    return f"{field} {sign} {value!r}"


def leaves(field: str) -> st.SearchStrategy[Compare]:
    one = st.sampled_from(VALUES)
    signs = ["=", "!="] if field == "tags" else ["=", "!=", "<", "<=", ">", ">="]
    ways = [
        st.builds(Compare, st.just(field), st.sampled_from(signs), one),
        st.builds(Compare, st.just(field), st.sampled_from(["exists", "missing"])),
        st.builds(
            Compare, st.just(field), st.sampled_from(["in", "not in"]), st.lists(one, max_size=3).map(tuple)
        ),
    ]
    if field != "tags":
        ways.append(
            st.builds(
                Compare,
                st.just(field),
                st.just("regex"),
                st.sampled_from([v for v in VALUES if isinstance(v, str)]),
            )
        )
    return st.one_of(ways)  # fmt: skip


filters = st.recursive(
    st.sampled_from(FIELDS).flatmap(leaves),
    lambda inner: st.one_of(
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters, st.data())
def test_a_filter_as_text_finds_the_runs_that_it_describes(
    api: nbtrack.Api, where: Filter, data: st.DataObject
) -> None:
    text = rendered(where, data.draw)
    assert [run.id for run in api.runs("p", text)] == [run_id for run_id in RUNS if holds(run_id, where)]


def ids(api: nbtrack.Api, text: str) -> list[str]:
    return [run.id for run in api.runs("p", filters=text)]


def test_api_takes_text_and_dicts_alike(api: nbtrack.Api) -> None:
    assert ids(api, "config.lr > 0") == [run.id for run in api.runs("p", {"config.lr": {"$gt": 0}})]
    assert ids(api, "") == list(RUNS)
    assert [run.id for run in api.project("p").runs("'b' in tags")] == ["r2"]
    with pytest.raises(ExpressionError, match=r"did you mean `summary\.val/loss`") as raised:
        api.runs("p", filters="`val/los` > 1")
    assert raised.value.__notes__ == ["`val/los` > 1\n^^^^^^^^^"]


def test_mixed_types_select_nothing_and_a_bare_name_is_the_summarys(api: nbtrack.Api) -> None:
    assert ids(api, "config.lr > 'a'") == []
    assert ids(api, "config.opt > 3") == []
    assert ids(api, "lr = 7") == ["r3"]


def test_times_are_compared_with_days_and_spans(api: nbtrack.Api) -> None:
    assert ids(api, "created_at within_last 1 hour") == list(RUNS)
    assert ids(api, "created_at < ago(hours=1)") == []
    today = datetime.fromtimestamp(api.run("r0")._row.meta.created).date()
    assert "r0" in ids(api, f"created_at = '{today}'")
    assert ids(api, f"created_at > '{today + timedelta(days=1)}'") == []
    assert ids(api, f"created_at > {time.time() + 9}") == []


def test_the_longest_and_deepest_filters_are_answered(api: nbtrack.Api) -> None:
    assert ids(api, " or ".join(["lr = 7"] * 300)) == ["r3"]
    assert ids(api, "(not " * 56 + "lr = 7" + ")" * 56) == ["r3"]
    alternating = "lr = 7" + "".join(f" {word} lr = 7)" for word in ["and", "or"] * 28)
    assert ids(api, "(" * 56 + alternating) == ["r3"]
    assert ids(api, f"config.x.y in {list(range(2000))}") == ["r1", "r4"]


# ---- for completion ------------------------------------------------------------------------------------------


def test_columns_are_listed_as_they_are_typed(api: nbtrack.Api) -> None:
    found = {column.name: column.kind for column in columns(api.catalog, "p")}
    assert found["config.lr"] == "mixed"
    assert found["config.on"] == "number"
    assert found["config.opt"] == "text"
    assert found["`summary.학습 🔥`"] == "mixed"
    assert found["created_at"] == "time"
    assert found["tags"] == "tags"
    for name in found:  # each is found again as it is typed
        parse_expression(f"{name} is None", Columns.of(api.catalog, "p"))
    assert {c.name for c in columns(api.catalog, "nobody")} == {n for n, k in found.items() if "." not in n}


def test_values_are_listed_with_the_most_frequent_first(record: Any, store_dir: Any) -> None:
    for number in range(5):
        record(
            f"a{number}",
            config={"opt": "adam", "n": 1, "on": True, "long": "x" * 5000},
            tags=["t", f"t{number}"],
        )
    record("b0", config={"opt": "sgd", "n": 2.5, "on": False}, group="g")
    record("c0", config={"opt": "lion"}, project="other")
    record("d0", config={"opt": "gone"})
    nbtrack.Api(dir=str(store_dir)).run("digits/d0").delete()
    api = nbtrack.Api(dir=str(store_dir))
    api.catalog.refresh()

    def of(name: str, limit: int = 20, project: str | None = "digits") -> list[tuple[Any, int]]:
        return values(api.catalog, project, name, limit)

    assert of("config.opt") == [("adam", 5), ("sgd", 1)]
    assert of("opt", project=None) == [("adam", 5), ("lion", 1), ("sgd", 1)]
    assert of("n") == [(1, 5), (2.5, 1)]
    assert of("on") == [(True, 5), (False, 1)]
    assert of("tags", 2) == [("t", 5), ("t0", 1)]
    assert of("state") == [("finished", 6)]
    assert of("group") == [("g", 1)]
    assert of("long") == []  # nobody picks such a text from a list
    assert of("nothing") == []
