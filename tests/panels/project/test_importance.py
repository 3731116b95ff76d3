from __future__ import annotations

import random

import pytest

from tests.conformance.catalog import make_run

pytest.importorskip("sklearn")


def trained(store, n: int = 40) -> None:
    """The loss is made by the learning rate, a little by the optimizer, and not by the seed."""
    chance = random.Random(0)
    for at in range(n):
        lr, optimizer = chance.uniform(0, 1), chance.choice(["adam", "sgd"])
        loss = 4 * lr + (0.5 if optimizer == "sgd" else 0.0)
        make_run(
            store,
            f"r{at}",
            project="p",
            config={"lr": lr, "optimizer": optimizer, "seed": chance.random(), "same": 1},
            rows={"loss": [loss]},
        )


def test_the_setting_that_makes_the_metric_is_the_most_important(store, ask):
    trained(store)
    found = ask("importance", query={}, metric="summary.loss")
    rows = {row["field"]: row for row in found["rows"]}
    assert found["runs"] == 40
    assert next(iter(rows)) == "config.lr"
    assert rows["config.lr"]["importance"] > 0.7
    assert rows["config.lr"]["correlation"] > 0.9
    assert "config.same" not in rows
    assert sum(row["importance"] for row in found["rows"]) == pytest.approx(1)


def test_only_the_runs_and_settings_that_are_asked_for_count(store, ask):
    trained(store)
    found = ask(
        "importance", query={"filter": "lr < 0.5"}, metric="summary.loss", fields=["config.optimizer"]
    )
    assert found["runs"] < 40
    assert [row["field"] for row in found["rows"]] == ["config.optimizer"]
    assert found["rows"][0]["correlation"] is not None


@pytest.mark.parametrize(
    ("runs", "metric", "why"),
    [(3, "summary.loss", "it takes 5"), (8, "config.same", "the same in all 8"), (8, "summary.nope", "0 of")],
)
def test_it_is_said_why_nothing_can_be_said(store, ask, runs, metric, why):
    trained(store, runs)
    found = ask("importance", query={}, metric=metric)
    assert found["rows"] == []
    assert why in found["why"]
