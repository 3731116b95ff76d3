"""Readers beside a writer that rotates and a sealer that takes the logs away under them."""

from __future__ import annotations

import fcntl
import random
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from nbtrack.store import frames
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.store.seal import seal
from tests.store.logs import START, Log

if TYPE_CHECKING:
    from pathlib import Path

SEALER = """
import sys
from pathlib import Path
from nbtrack.store.seal import seal
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    seal(Path(sys.argv[1]), min_bytes=0)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.mark.slow
def test_readers_see_every_row_once_while_logs_are_sealed_under_them(store: Store, tmp_path: Path) -> None:
    log = Log(store)
    held = log.path.open("rb")
    fcntl.flock(held, fcntl.LOCK_EX)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", SEALER, str(log.dir), str(stop)]
    sealer = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert sealer.stdout is not None
    sealer.stdout.readline()
    wrong: list[object] = []
    written = threading.Event()

    def watch(reader: RunReader | None) -> None:
        last = 0
        try:
            while not written.is_set():
                one = reader or RunReader(store, "r")
                one.refresh()
                steps = one.series("loss").steps.tolist()
                notes = [row.step for row in one.objects("note")]
                if steps != list(range(len(steps))) or len(steps) < last or notes != steps[: len(notes)]:
                    wrong.append((len(steps), last, len(notes)))
                if one.problems:
                    wrong.append(one.problems)
                last = len(steps)
        except Exception as error:
            wrong.append(error)

    watchers = [threading.Thread(target=watch, args=(one,)) for one in (RunReader(store, "r"), None)]
    for watcher in watchers:
        watcher.start()
    for step in range(1200):
        log.row(step, step, loss=step).obj(step, step, "note", {"value": step})
        if step % 10 == 9:
            log.raw(frames.encode_close(frames.Close("rotate", 0, START + step)))
            # as the journal does: the next log is there, with its lock, before the old one is let go
            log.number += 1
            log.schemas = {}
            hello = frames.Hello("r", log.writer, 1, "host", "boot", START + step, START, 0.0, None)
            temp = log.dir / ".next.tmp"
            temp.write_bytes(frames.file_header(START) + frames.encode_hello(hello))
            following = temp.open("rb")
            fcntl.flock(following, fcntl.LOCK_EX)
            temp.rename(log.path)
            held.close()
            held = following
    log.close(5000)
    held.close()
    written.set()
    for watcher in watchers:
        watcher.join()
    stop.touch()
    assert sealer.wait(60) == 0
    assert wrong == []
    seal(log.dir, min_bytes=0)
    assert not list(log.dir.glob("*.nbl"))
    reader = RunReader(store, "r")
    assert reader.series("loss").steps.tolist() == list(range(1200))
    assert len(reader.objects("note")) == 1200


def test_damage_anywhere_is_read_around(store: Store) -> None:
    log = Log(store)
    for step in range(40):
        log.row(step, step, loss=step)
        if step % 7 == 0:
            log.text(step, f"{step}\n").obj(step, step, "note", {"value": step})
    data = log.path.read_bytes()
    rng = random.Random(3)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(damaged))
            kind = rng.randrange(3)
            if kind == 0:
                damaged[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                damaged[at : at + rng.randint(1, 200)] = b""
            else:
                damaged[at:at] = bytes(rng.randint(1, 60))
        log.path.write_bytes(damaged)
        reader = RunReader(store, "r")
        series = reader.series("loss")
        # whatever is there is right: no value under a step that it was not logged at
        assert series.values.tolist() == series.steps.tolist()
        assert set(series.steps.tolist()) <= set(range(40))
        reader.summary()
        reader.state()
        assert [row.meta for row in reader.objects("note")] == [
            {"value": row.step} for row in reader.objects("note")
        ]
        assert reader.problems or reader.unread() or len(series.steps) == 40


def test_truncation_at_every_byte_gives_a_prefix(store: Store) -> None:
    log = Log(store)
    for step in range(12):
        log.row(step, step, loss=step)
    data = log.path.read_bytes()
    last = -1
    for size in range(len(data) + 1):
        log.path.write_bytes(data[:size])
        reader = RunReader(store, "r")
        steps = reader.series("loss").steps.tolist()
        assert steps == list(range(len(steps)))
        assert len(steps) - 1 >= last
        assert reader.problems == []
        last = len(steps) - 1
    assert last == 11


def test_log_that_shrinks_under_a_reader_does_no_harm(store: Store) -> None:
    log = Log(store)
    for step in range(10):
        log.row(step, step, loss=step)
    reader = RunReader(store, "r")
    data = log.path.read_bytes()
    log.path.write_bytes(data[:200])
    reader.refresh()
    log.path.write_bytes(data)
    reader.refresh()
    assert reader.series("loss").steps.tolist() == list(range(10))
