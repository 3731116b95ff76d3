from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbtrack.store.layout import Store
from nbtrack.store.model import And, Compare
from nbtrack.store.roster import Roster
from tests.conformance.catalog import make_run
from tests.store.logs import Log

PROJECT = Compare("run.project", "=", "p")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


def ids(roster: Roster) -> list[str]:
    roster.look()
    with roster.reading() as now:
        return now.ids(now.select(PROJECT))


def until(roster: Roster, expected: list[str]) -> None:
    """Wait until the runs are these."""
    end = time.monotonic() + 30
    while (found := ids(roster)) != expected:
        assert time.monotonic() < end, found
        time.sleep(0.05)


def test_a_store_has_one_roster_in_a_process(store: Store, tmp_path: Path) -> None:
    assert Roster.of(store) is Roster.of(Store.open(store.root))
    assert Roster.of(store) is not Roster.of(Store.open(tmp_path / "other", create=True))


def test_a_roster_that_made_room_for_others_still_answers(store: Store, tmp_path: Path) -> None:
    make_run(store, "a", project="p")
    roster = Roster.of(store)
    assert ids(roster) == ["a"]
    for number in range(20):
        Roster.of(Store.open(tmp_path / f"other{number}", create=True))
    assert Roster.of(store) is not roster
    assert ids(roster) == ids(Roster.of(store)) == ["a"]


def test_new_runs_and_new_rows_are_seen_by_looking(store: Store) -> None:
    roster = Roster(store)
    make_run(store, "a", project="p")
    assert ids(roster) == ["a"]  # the first look is waited for
    log = make_run(store, "b", at=1, project="p", rows={"loss": [1.0]}, close=None)
    until(roster, ["b", "a"])
    log.row(1, 2, loss=0.5).set(3, "run", "project", value="q")
    until(roster, ["a"])


def test_what_was_done_with_many_runs_is_seen_soon(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.store.roster._AT_ONCE", 1)
    names = ["c", "b", "a"]
    for number, run in enumerate(reversed(names)):
        make_run(store, run, at=number, project="p")
    roster = Roster(store)
    assert ids(roster) == names
    for run in names:
        Log(store, run, "bbbbbbbbbb", began=50).set(51, "run", "project", value="q").close(52, "edit")
    roster.changed(names)
    with roster.reading() as now:  # the first is seen at once
        assert "c" not in now.ids(now.select(PROJECT))
    until(roster, [])


def test_how_far_it_is_with_many_new_runs_can_be_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.store.roster._SEVERAL", 2)
    monkeypatch.setattr("nbtrack.store.catalog._BATCH", 1)
    for number in range(4):
        make_run(store, f"r{number}", project="p")
    roster = Roster(store)
    told = []
    monkeypatch.setattr(roster.catalog, "_keep", lambda _: told.append(roster.indexing()))
    roster.catalog.refresh()
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert roster.indexing() is None


def test_questions_from_many_threads_see_whole_states(store: Store) -> None:
    roster = Roster(store)
    make_run(store, "r0", at=0, project="p", config={"x": 0})
    roster.catalog.refresh()
    stop = threading.Event()

    def ask() -> int:
        most = 0
        while not stop.is_set():
            roster.look()
            with roster.reading() as now:
                found = now.select(PROJECT, (("config.x", True),))
                values = [row.fields["config.x"] for row in now.rows(found, ["config.x"])]
                runs, numbers = now.numbers("config.x")
                assert values == sorted(values, reverse=True)
                assert sorted(numbers.tolist()) == sorted(values)
                assert set(runs.tolist()) == set(found)
                assert now.count(PROJECT) == len(found) >= most
                most = len(found)
        return most

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        for number in range(1, 30):
            make_run(store, f"r{number}", at=number, project="p", config={"x": number})
            roster.catalog.refresh([f"r{number}"])
        stop.set()
        assert max(one.result() for one in asked) > 1


def test_a_child_of_a_fork_asks_on_its_own(store: Store) -> None:
    make_run(store, "a", project="p")
    roster = Roster.of(store)
    assert ids(roster) == ["a"]
    child = os.fork()
    if child == 0:
        code = 1
        try:
            own = Roster.of(store)
            code = 0 if own is not roster and ids(own) == ["a"] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_numbers_and_values_follow_what_changes(store: Store) -> None:
    roster = Roster(store)
    make_run(store, "a", project="p", config={"x": 1, "list": [1, 2], "big": 2**60})
    roster.catalog.refresh()
    with roster.reading() as now:
        (a,) = now.select(PROJECT)
        assert now.told("config.list") == {a: "[1,2]"}
        assert now.told("config.big") == {a: str(2**60)}
        assert now.numbers("config.x")[1].tolist() == [1.0]
    log = make_run(store, "b", at=1, project="p", config={"x": "text", "list": [3]}, close=None)
    roster.catalog.refresh()
    with roster.reading() as now:
        b, _ = now.select(And((PROJECT,)))
        assert now.told("config.list") == {a: "[1,2]", b: "[3]"}
        assert now.told("config.x", text_only=True) == {b: "text"}
    log.set(2, "config", "x", value=7).meta(3, "del", "config", "list")
    roster.catalog.refresh()
    with roster.reading() as now:
        assert now.told("config.list") == {a: "[1,2]"}
        assert now.told("config.x", text_only=True) == {}
        assert sorted(now.numbers("config.x")[1].tolist()) == [1.0, 7.0]
        assert now.names(PROJECT) == {"config.x", "config.list", "config.big"}
