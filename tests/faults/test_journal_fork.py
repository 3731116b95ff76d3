"""Forked processes (DataLoader workers): each writes a stream of its own, and nobody waits for ever."""

from __future__ import annotations

import multiprocessing
import os
import threading
from typing import TYPE_CHECKING

import pytest

from nbtrack.store.frames import Type, decode_close, decode_hello
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.spool import Spool, read_spool
from tests.faults.streams import payloads, rows

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


@pytest.fixture
def journal(tmp_path):
    store = Store.open(tmp_path / "store", create=True)
    made = Journal(store, "r", store.create_run_dir("r", 0.0), started=0.0)
    yield made
    made.close("exit")


def log(journal: Journal, steps: range) -> None:
    for i in steps:
        journal.rows(i, 0.0, ("a",), "f", (float(i),))


def in_child(work: Callable[[], None]) -> int:
    """Fork, do `work` in the child, and return its exit status."""
    if (pid := os.fork()) == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1]


def test_a_child_writes_a_stream_of_its_own(journal):
    log(journal, range(10))
    assert in_child(lambda: log(journal, range(100, 110))) == 0
    log(journal, range(10, 20))
    hellos = [decode_hello(p) for p in payloads(journal._run_dir, Type.HELLO)]
    assert len({h.writer for h in hellos}) == len({h.pid for h in hellos}) == 2
    assert {h.run for h in hellos} == {"r"}
    assert sorted(step for step, _ in rows(journal._run_dir)) == [*range(20), *range(100, 110)]
    (own,) = journal._run_dir.glob(f"{journal.writer}-*.nbl")
    assert [p for p in journal._run_dir.glob("*.nbl") if p != own]


def test_a_child_that_writes_nothing_leaves_nothing(journal):
    log(journal, range(3))
    assert in_child(lambda: None) == 0
    assert in_child(journal.close) == 0  # its own part of the run: never begun
    assert len(list(journal._run_dir.glob("*.nbl"))) <= 2
    log(journal, range(3, 6))
    assert [step for step, _ in rows(journal._run_dir)] == list(range(6))


def test_a_journal_that_has_not_written_yet_is_not_the_same_in_both(journal):
    assert in_child(lambda: log(journal, range(5))) == 0
    log(journal, range(5, 10))
    assert sorted(step for step, _ in rows(journal._run_dir)) == list(range(10))
    assert len(list(journal._run_dir.glob("*.nbl"))) == 2


def test_what_waits_in_memory_is_written_by_the_parent_alone(journal, monkeypatch):
    from nbtrack.errors import NbtrackWarning
    from nbtrack.store import logfile

    def refuse(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(logfile, "_create", refuse)
        with pytest.warns(NbtrackWarning):
            log(journal, range(5))
    assert in_child(lambda: log(journal, range(100, 105))) == 0
    journal.tick(False)
    assert sorted(step for step, _ in rows(journal._run_dir)) == [*range(5), *range(100, 105)]


def test_forking_in_the_middle_of_other_threads_writes_never_hangs(journal):
    stop = threading.Event()
    counts = [0] * 3

    def hammer(name: int) -> None:
        while not stop.is_set():
            journal.rows(name * 10**6 + counts[name], 0.0, ("a",), "f", (1.0,))
            counts[name] += 1
            if counts[name] % 500 == 0:
                journal.rotate()

    threads = [threading.Thread(target=hammer, args=(n,)) for n in range(3)]
    for t in threads:
        t.start()
    children = 10
    for n in range(children):

        def work(n: int = n) -> None:
            log(journal, range(-1 - n, -n))
            journal.rotate()
            journal.sync()

        assert in_child(work) == 0
    stop.set()
    for t in threads:
        t.join()
    expected = [*range(-children, 0), *(n * 10**6 + i for n in range(3) for i in range(counts[n]))]
    assert sorted(step for step, _ in rows(journal._run_dir)) == expected


def test_a_worker_of_multiprocessing_says_that_it_ends(journal):
    """Its way out skips atexit."""
    log(journal, range(3))
    worker = multiprocessing.get_context("fork").Process(target=log, args=(journal, range(10, 13)))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    assert [decode_close(p).reason for p in payloads(journal._run_dir, Type.CLOSE)] == ["fork"]
    assert sorted(step for step, _ in rows(journal._run_dir)) == [0, 1, 2, 10, 11, 12]


def test_a_grandchild_too(journal):
    log(journal, range(1))

    def work() -> None:
        log(journal, range(1, 2))
        assert in_child(lambda: log(journal, range(2, 3))) == 0

    assert in_child(work) == 0
    assert sorted(step for step, _ in rows(journal._run_dir)) == [0, 1, 2]
    assert len({decode_hello(p).pid for p in payloads(journal._run_dir, Type.HELLO)}) == 3


def test_a_child_does_not_touch_its_parents_spool(tmp_path):
    spool = Spool(tmp_path)
    mine = spool.put(b"parent" * 1000)

    def work() -> None:
        own = spool.put(b"child!" * 1000)
        assert own.file != mine.file
        assert spool.get(own) == b"child!" * 1000
        assert spool.get(mine) == b"parent" * 1000
        spool.release(mine)  # not its own: nothing happens
        spool.release(own)
        spool.close()

    assert in_child(work) == 0
    assert read_spool(tmp_path, mine) == spool.get(mine) == b"parent" * 1000
    assert [p.name for p in tmp_path.iterdir()] == [mine.file]
    spool.release(mine)
    spool.close()
    assert list(tmp_path.iterdir()) == []
