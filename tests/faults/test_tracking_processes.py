"""Forks, threads and several processes that write one run."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking.recover import recover

ROOT = Path(nbtrack.__file__).parents[1]

pytestmark = pytest.mark.usefixtures("quiet_store")


def read(run_id: str) -> RunReader:
    return RunReader(Store.open(), run_id)


def points(reader: RunReader, key: str) -> dict[int, float]:
    series = reader.series(key)
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def in_child(work) -> int:
    """Fork, do `work` there, leave without cleaning up as DataLoader workers do; return the exit status."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_forked_workers_log_beside_the_parent():
    run = nbtrack.init(id="r1")
    run.log({"loss": 1.0, "img": nbtrack.Image(np.zeros((200, 200, 3), np.uint8))})
    for worker in range(3):
        assert in_child(lambda n=worker: [run.log({f"w{n}": i}, step=i + 1) for i in range(5)]) == 0
    run.log({"loss": 2.0})
    run.finish()
    reader = read("r1")
    assert points(reader, "loss") == {0: 1, 1: 2}
    for worker in range(3):
        assert points(reader, f"w{worker}") == {i + 1: i for i in range(5)}
    assert reader.state() == "finished"
    assert reader.objects("img")[0].pending is None
    assert reader.problems == []


def test_a_forked_child_logs_media_with_threads_of_its_own():
    run = nbtrack.init(id="r1")
    run.log({"img": nbtrack.Image(np.full((200, 200, 3), 1, np.uint8))})

    def work():
        run.log({"child": nbtrack.Image(np.full((200, 200, 3), 2, np.uint8))})
        run.finish()

    assert in_child(work) == 0
    assert run.status() == "running"
    run.log({"img": nbtrack.Image(np.full((200, 200, 3), 3, np.uint8))})
    run.finish()
    reader = read("r1")
    assert [row.pending for row in reader.objects("child") + reader.objects("img")] == [None] * 3
    assert reader.state() == "finished"


def test_media_of_a_child_that_vanished_are_encoded_later():
    run = nbtrack.init(id="r1")
    run.log({"a": 1})
    assert in_child(lambda: run.log({"child": nbtrack.Image(np.full((900, 900, 3), 2, np.uint8))})) == 0
    recover(run.store, "r1")
    (row,) = read("r1").objects("child")
    assert row.pending is None
    assert "error" not in row.meta
    assert run.status() == "running"


def test_a_forked_worker_may_start_a_run_of_its_own():
    run = nbtrack.init(id="parent")
    run.log({"a": 1})

    def work():
        own = nbtrack.init(id="child")
        own.log({"b": 2})
        own.finish()

    assert in_child(work) == 0
    assert points(read("child"), "b") == {0: 2}
    assert read("child").state() == "finished"
    assert run.status() == "running"


def test_a_child_that_exits_in_order_ends_only_its_own_part():
    run = nbtrack.init(id="r1")
    run.log({"a": 1})
    script = multiprocessing.get_context("fork").Process(
        target=lambda: (run.log({"c": 1}), run.finish(exit_code=9))
    )
    script.start()
    script.join()
    run.finish()
    assert read("r1").state() == "finished"
    assert points(read("r1"), "c") == {1: 1}


def test_a_fork_in_the_middle_of_other_threads_does_not_hang():
    run = nbtrack.init(id="r1")
    stop = threading.Event()

    def busy(name):
        i = 0
        while not stop.is_set():
            run.log({name: i, f"{name}img": nbtrack.Image(np.full((64, 100, 3), i % 255, np.uint8))})
            i += 1

    threads = [threading.Thread(target=busy, args=(f"t{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(10):
            assert in_child(lambda n=n: run.log({"child": n}, step=10_000_000 + n)) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    run.finish()
    assert points(read("r1"), "child") == {10_000_000 + n: n for n in range(10)}


def _worker(run, n):
    run.log({f"w{n}": n})
    run.log({f"img{n}": nbtrack.Image(np.full((150, 150, 3), n, np.uint8))})
    run.finish()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing_workers(method):
    run = nbtrack.init(id="r1")
    run.log({"a": 1})
    context = multiprocessing.get_context(method)
    workers = [context.Process(target=_worker, args=(run, n)) for n in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for worker in workers:
            worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert run.status() == "running"
    run.finish()
    reader = read("r1")
    for n in range(2):
        assert points(reader, f"w{n}") == {1: n}
        assert reader.objects(f"img{n}")[0].pending is None
    assert reader.state() == "finished"


def test_a_signal_handler_may_log_in_the_middle_of_a_log():
    script = (
        "import nbtrack, signal\n"
        "run = nbtrack.init(id='r1')\n"
        "n = 0\n"
        "def handler(*_):\n"
        "    global n\n"
        "    n += 1\n"
        "    run.log({'signal': n, 'text': 'x'})\n"
        "signal.signal(signal.SIGALRM, handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)\n"
        "for i in range(20000): run.log({'a': i})\n"
        "while n < 20: run.log({'a': -1})\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "run.summary['signals'] = n\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120
    )
    reader = read("r1")
    logged = reader.series("a").values
    assert logged[logged >= 0].tolist() == list(range(20000))
    assert len(reader.series("signal").values) == reader.summary()["signals"]


def test_two_processes_on_one_run_id_lose_nothing():
    script = (
        "import nbtrack, sys\n"
        "run = nbtrack.init(id='r1', project='p', mode='shared')\n"
        "for i in range(500): run.log({sys.argv[1]: i, 'both': float(sys.argv[2])})\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-c", script, name, value], env=env)
        for name, value in (("one", "1"), ("two", "2"))
    ]
    assert [process.wait() for process in processes] == [0, 0]
    reader = read("r1")
    for name in ("one", "two"):
        assert points(reader, name) == {i: i for i in range(500)}
    assert set(points(reader, "both").values()) <= {1.0, 2.0}
    assert len(points(reader, "both")) == 500
    assert reader.state() == "finished"
    assert len(reader.writers()) == 2


def test_a_second_notebook_on_a_run_goes_on_behind_it():
    first = nbtrack.init(id="r1", reinit="create_new")
    first.log({"a": 1})
    with pytest.warns(nbtrack.NbtrackWarning, match="exists already"):
        second = nbtrack.init(id="r1", reinit="create_new")
    second.log({"a": 2})
    first.log({"b": 3})
    reader = read("r1")
    assert points(reader, "a") == {0: 1, 1: 2}
    assert points(reader, "b") == {1: 3}
    second.finish()
    assert read("r1").state() == "running"
    first.finish()
    assert read("r1").state() == "finished"
