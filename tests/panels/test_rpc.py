from __future__ import annotations

import threading

import pytest

from nbtrack.errors import NotFoundError
from nbtrack.panels import rpc
from nbtrack.panels.rpc import MAX_WAITING, Dispatcher


class Browser:
    """Collects replies; `wait` blocks until so many came."""

    def __init__(self) -> None:
        self.replies: list[tuple[dict, list[bytes]]] = []
        self._arrived = threading.Condition()

    def send(self, reply, buffers) -> None:
        with self._arrived:
            self.replies.append((reply, buffers))
            self._arrived.notify_all()

    def wait(self, count: int) -> dict[str, dict]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.replies) >= count, timeout=30)
        return {reply["id"]: reply for reply, _ in self.replies}


@pytest.fixture
def browser() -> Browser:
    return Browser()


def ask(id: str, op: str, **args: object) -> dict:
    return {"id": id, "op": op, "args": args}


def test_a_question_gets_its_result_and_buffers(browser):
    Dispatcher({"double": lambda args: (args["n"] * 2, [b"x"])}, browser.send).receive(
        ask("1", "double", n=4)
    )
    assert browser.wait(1) == {"1": {"id": "1", "ok": True, "result": 8}}
    assert browser.replies[0][1] == [b"x"]


def test_an_error_of_a_handler_is_answered_with_its_kind_and_a_hint(browser):
    def handler(args):
        raise NotFoundError("no such run 'x'")

    Dispatcher({"run": handler}, browser.send).receive(ask("1", "run"))
    error = browser.wait(1)["1"]["error"]
    assert (error["type"], error["message"]) == ("NotFoundError", "no such run 'x'")
    assert "fsck" in error["hint"]


def test_a_fault_of_ours_is_answered_too(browser, caplog):
    Dispatcher({"run": lambda args: 1 / 0}, browser.send).receive(ask("1", "run"))
    assert browser.wait(1)["1"]["error"] == {"type": "ZeroDivisionError", "message": "division by zero"}
    assert "division by zero" in caplog.text


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (ask("1", "nope"), "unknown op 'nope'; this kernel knows run"),
        ({"id": "1", "op": "run", "args": None}, "args must be an object"),
        ({"id": "1", "op": ["run"], "args": {}}, "unknown op"),
        ({"id": "1"}, "args must be an object"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered(browser, message, said):
    Dispatcher({"run": lambda args: (1, [])}, browser.send).receive(message)
    reply = browser.wait(1)["1"]
    assert not reply["ok"]
    assert said in reply["error"]["message"]


@pytest.mark.parametrize("message", [None, 3, "text", {}, {"id": 3}])
def test_what_is_no_question_is_left_alone(browser, message):
    Dispatcher({}, browser.send).receive(message)
    assert browser.replies == []


def test_a_cancelled_question_is_not_answered(browser):
    go, began = threading.Event(), threading.Event()

    def slow(args):
        began.set()
        go.wait(30)
        return "late", []

    dispatcher = Dispatcher({"slow": slow}, browser.send)
    dispatcher.receive(ask("1", "slow"))
    began.wait(30)
    dispatcher.receive(ask("2", "cancel", of="1"))
    assert browser.wait(1)["2"]["result"] is True
    dispatcher.receive(ask("3", "cancel", of="1"))
    assert browser.wait(2)["3"]["result"] is False
    dispatcher.receive(ask("4", "cancel"))
    assert browser.wait(3)["4"]["result"] is False
    go.set()
    dispatcher.receive(ask("5", "slow"))
    assert set(browser.wait(4)) == {"2", "3", "4", "5"}


def test_more_questions_than_may_wait_are_turned_away(browser):
    go = threading.Event()
    dispatcher = Dispatcher({"slow": lambda args: (go.wait(30), [])}, browser.send)
    for i in range(MAX_WAITING + 1):
        dispatcher.receive(ask(str(i), "slow"))
    assert browser.wait(1)[str(MAX_WAITING)]["error"]["type"] == "BusyError"
    go.set()
    replies = browser.wait(MAX_WAITING + 1)
    assert sum(reply["ok"] for reply in replies.values()) == MAX_WAITING


def test_questions_from_many_threads_are_each_answered_once(browser):
    dispatcher = Dispatcher({"echo": lambda args: (args["n"], [])}, browser.send)

    def many(base: int) -> None:
        for i in range(10):
            dispatcher.receive(ask(f"{base}-{i}", "echo", n=base + i))

    threads = [threading.Thread(target=many, args=(100 * t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replies = browser.wait(40)
    assert len(browser.replies) == 40
    assert all(reply["ok"] for reply in replies.values())


def test_without_threads_questions_are_answered_at_once(browser, monkeypatch):
    class NoThreads:
        def submit(self, *args):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(rpc, "_executor", NoThreads())
    Dispatcher({"run": lambda args: (1, [])}, browser.send).receive(ask("1", "run"))
    assert browser.replies[0][0]["ok"]


def test_a_closed_comm_is_no_error(caplog):
    def send(reply, buffers):
        raise OSError("closed")

    dispatcher = Dispatcher({}, send)
    dispatcher.receive(ask("1", "nope"))
    assert "could not be sent" in caplog.text
