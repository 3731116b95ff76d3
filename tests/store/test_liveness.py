"""Whether the writer of a log lives."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from nbtrack.store import liveness
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.liveness import boot, host, stream_alive


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store", create=True)


def latest(folder):
    return max(folder.glob("*.nbl"))


def alive(path, **changes):
    told = {"last_beat": time.time(), "boot_id": boot(), "pid": os.getpid(), "host_name": host()} | changes
    return stream_alive(path, **told)


def test_an_open_journal_lives_and_a_closed_one_does_not(store):
    folder = store.create_run_dir("r", 0.0)
    journal = Journal(store, "r", folder, started=0.0)
    journal.meta("set", ["run", "name"], "x")
    # old signs of life do not matter where a lock can tell
    assert alive(latest(folder), last_beat=0.0) is True
    journal.rotate()
    assert alive(latest(folder)) is True
    journal.close()
    assert alive(latest(folder)) is False


def test_looking_does_not_take_the_lock_from_the_writer(store):
    folder = store.create_run_dir("r", 0.0)
    journal = Journal(store, "r", folder, started=0.0)
    journal.meta("set", ["run", "name"], "x")
    for _ in range(3):
        assert alive(latest(folder)) is True
    journal.close()


def test_a_killed_writer_is_dead_at_once(store):
    folder = store.create_run_dir("r", 0.0)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from nbtrack.store.layout import Store; from nbtrack.store.journal import Journal\n"
        "j = Journal(Store.open(sys.argv[1]), 'r', Path(sys.argv[2]), started=0.0)\n"
        "j.rows(0, 0.0, ('a',), 'f', (1.0,)); print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.root), str(folder)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"ready\n"
        assert alive(latest(folder)) is True
        child.kill()
        child.wait()
        assert alive(latest(folder)) is False


def test_a_forked_child_does_not_keep_its_dead_parent_alive(store):
    """The child inherits the descriptor with the lock; it must let go of it."""
    folder = store.create_run_dir("r", 0.0)
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from nbtrack.store.layout import Store; from nbtrack.store.journal import Journal\n"
        "j = Journal(Store.open(sys.argv[1]), 'r', Path(sys.argv[2]), started=0.0)\n"
        "j.rows(0, 0.0, ('a',), 'f', (1.0,))\n"
        # the child speaks, not the parent: it lets go only once it runs, which on a busy machine takes a while
        "if os.fork() == 0: print(os.getpid(), flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.root), str(folder)], stdout=subprocess.PIPE
    ) as parent:
        grandchild = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        try:
            assert alive(latest(folder)) is False
        finally:
            os.kill(grandchild, 9)


def test_a_log_that_is_gone_has_no_writer(tmp_path):
    assert alive(tmp_path / "none.nbl") is False


# ---- where locks do not tell ------------------------------------------------------------------------------


@pytest.fixture
def network(monkeypatch):
    monkeypatch.setattr(liveness, "is_local", lambda path: False)


@pytest.mark.usefixtures("network")
def test_on_a_shared_filesystem_the_process_is_looked_up(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    path = tmp_path / "x.nbl"
    assert alive(path) is True
    assert alive(path, pid=child.pid) is False
    assert alive(path, boot_id="before the reboot") is False


@pytest.mark.usefixtures("network")
def test_what_cannot_be_seen_is_not_claimed(tmp_path):
    path = tmp_path / "x.nbl"
    assert alive(path, host_name="another") is None
    assert alive(path, last_beat=time.time() - 3600) is None
