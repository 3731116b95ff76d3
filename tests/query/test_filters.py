from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from nbtrack.errors import UsageError
from nbtrack.query.filters import field_of, parse_filters, parse_order
from nbtrack.store.model import And, Compare, Not, Or


def test_no_filter_accepts_every_run() -> None:
    assert parse_filters(None) is None
    assert parse_filters({}) is None


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("createdAt", "run.created"),
        ("created_at", "run.created"),
        ("heartbeat_at", "run.heartbeat"),
        ("displayName", "run.name"),
        ("display_name", "run.name"),
        ("name", "run.id"),
        ("jobType", "run.job_type"),
        ("username", "run.user"),
        ("tags", "tags"),
        ("config.lr", "config.lr"),
        ("config.lr.value", "config.lr"),
        ("config.opt.value.lr", "config.opt.lr"),
        ("config.opt.lr.value", "config.opt.lr"),
        ("config.value", "config.value"),
        ("config.value.value", "config.value"),
        ("config.opt.value.value", "config.opt.value"),
        ("summary_metrics.val/acc", "summary.val/acc"),
        ("summary_metrics.a.value", "summary.a.value"),
    ],
)
def test_fields_have_wandbs_names(name: str, field: str) -> None:
    assert field_of(name) == field


def test_a_plain_value_means_equality_and_several_fields_mean_all() -> None:
    assert parse_filters({"state": "finished", "config.lr": 0.1}) == And(
        (Compare("run.state", "=", "finished"), Compare("config.lr", "=", 0.1))
    )


def test_several_operators_on_one_field_all_hold() -> None:
    assert parse_filters({"config.lr": {"$gt": 1, "$lte": 3}}) == And(
        (Compare("config.lr", ">", 1), Compare("config.lr", "<=", 3))
    )


def test_ne_and_nin_match_runs_without_the_field_as_in_mongodb() -> None:
    assert parse_filters({"config.lr": {"$ne": 1}}) == Not(Compare("config.lr", "=", 1))
    assert parse_filters({"config.lr": {"$nin": [1, 2]}}) == Not(Compare("config.lr", "in", (1, 2)))


def test_none_means_missing() -> None:
    missing = Compare("config.lr", "missing")
    assert parse_filters({"config.lr": None}) == missing
    assert parse_filters({"config.lr": {"$ne": None}}) == Not(missing)
    assert parse_filters({"config.lr": {"$in": [1, None]}}) == Or((Compare("config.lr", "in", (1,)), missing))


def test_logical_operators_nest() -> None:
    one, two = Compare("config.a", "=", 1), Compare("config.b", "=", 2)
    clauses = [{"config.a": 1}, {"config.b": 2}]
    assert parse_filters({"$and": clauses}) == And((one, two))
    assert parse_filters({"$or": clauses}) == Or((one, two))
    assert parse_filters({"$nor": clauses}) == Not(Or((one, two)))
    assert parse_filters({"$not": clauses[0]}) == Not(one)
    assert parse_filters({"config.a": {"$not": {"$gt": 3}}}) == Not(Compare("config.a", ">", 3))


def test_times_are_read_from_strings_numbers_and_datetimes() -> None:
    utc = datetime(2026, 1, 2, 3, tzinfo=UTC)
    local = datetime(2026, 1, 2, 3)
    for given, seconds in [
        ("2026-01-02T03:00:00", utc.timestamp()),
        ("2026-01-02T03:00:00Z", utc.timestamp()),
        ("2026-01-02T05:00:00+02:00", utc.timestamp()),
        (utc, utc.timestamp()),
        (utc.timestamp(), utc.timestamp()),
        (local, local.timestamp()),
        (date(2026, 1, 2), datetime(2026, 1, 2).timestamp()),
    ]:
        assert parse_filters({"created_at": {"$gt": given}}) == Compare("run.created", ">", seconds)


def test_numpy_scalars_and_timedeltas_are_plain_numbers() -> None:
    assert parse_filters({"config.n": np.int64(3)}) == Compare("config.n", "=", 3)
    assert parse_filters({"duration": {"$lt": timedelta(minutes=2)}}) == Compare("run.duration", "<", 120.0)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"colour": 1}, ["'colour'", "displayName", "config.<key>"]),
        ({"config.": 1}, ["'config.'"]),
        ({3: 1}, ["3", "str"]),
        ({"config.lr": {"$near": 1}}, ["'$near'", "'config.lr'", "$gte"]),
        ({"$xor": []}, ["'$xor'", "$nor"]),
        ({"$gt": 1}, ["'$gt'", "inside a field"]),
        ({"config.opt": {"lr": 1}}, ["'lr'", "'config.opt'"]),
        ({"config.lr": {}}, ["'config.lr'", "empty"]),
        ({"config.lr": [1, 2]}, ["'config.lr'", "$in"]),
        ({"config.lr": {"$in": 1}}, ["'$in'", "list", "1"]),
        ({"config.lr": {"$gt": None}}, ["'$gt'", "'config.lr'", "None"]),
        ({"config.lr": object}, ["'config.lr'", "type"]),
        ({"tags": {"$gt": "a"}}, ["'$gt'", "'tags'"]),
        ({"$or": {"a": 1}}, ["'$or'", "list"]),
        ({"$or": [1]}, ["dict", "1"]),
        ({"displayName": {"$regex": "("}}, ["'displayName'", "'('"]),
        ({"displayName": {"$regex": 3}}, ["'displayName'", "3"]),
        ({"created_at": {"$regex": "2026"}}, ["'created_at'"]),
        ({"created_at": {"$gt": "yesterday"}}, ["'created_at'", "'yesterday'", "ISO"]),
        ({"created_at": {"$gt": True}}, ["'created_at'", "True"]),
        ([("state", "finished")], ["dict", "list"]),
    ],
)
def test_what_cannot_be_understood_is_named(filters: Any, names: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        parse_filters(filters)
    for name in names:
        assert name in str(raised.value)


def test_orders_have_a_sign_and_default_to_ascending() -> None:
    assert parse_order("+created_at") == (("run.created", False),)
    assert parse_order("-heartbeat_at") == (("run.heartbeat", True),)
    assert parse_order("config.lr.value") == (("config.lr", False),)
    assert parse_order("-summary_metrics.acc, +config.lr.value") == (
        ("summary.acc", True),
        ("config.lr", False),
    )
    assert parse_order(None) == parse_order("") == (("run.created", False),)


@pytest.mark.parametrize("order", ["-colour", "+tags", 3])
def test_an_order_that_cannot_be_used_is_named(order: Any) -> None:
    with pytest.raises(UsageError, match=r"colour|tags|int"):
        parse_order(order)
