"""SIGKILL at random moments: no row whose call had returned is missing, none is there twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbtrack.store.frames import Type, decode_obj
from nbtrack.store.layout import Store
from nbtrack.store.liveness import boot, host, stream_alive
from tests.faults.streams import payloads, rows

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("NBTRACK_KILLS", "15"))

CHILD = """
import os, sys
from nbtrack.store import journal as module, stream
from nbtrack.store.frames import encode_obj
from nbtrack.store.layout import Store
stream.ROTATE_BYTES = 60_000
store = Store.open(sys.argv[1])
journal = module.Journal(store, "r", store.run_dir("r"), started=0.0)
step = int(sys.argv[2])
while True:
    extra = encode_obj(step, 0.0, "note", 0, 0, "json", {"value": step}) if step % 7 == 0 else b""
    keys = ("loss", f"k{step % 5}")
    journal.rows(step, float(step), keys, "fi", (step / 2, step), extra)
    os.write(1, b"%d\\n" % step)
    step += 1
"""


def test_every_acknowledged_row_is_there_once(tmp_path: Path):
    store = Store.open(tmp_path / "store", create=True)
    folder = store.create_run_dir("r", 0.0)
    rng = random.Random(os.environ.get("NBTRACK_SEED", "1"))
    first = 0
    acknowledged: list[int] = []
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(store.root), str(first)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            for _ in range(rng.randrange(1, 6000)):
                line = child.stdout.readline()
            child.kill()
            rest = child.stdout.read()  # said before it died
            child.wait()
        last = int((line + rest).split(b"\n")[-2])
        acknowledged += range(first, last + 1)
        first = last + 2  # one more may have been written and not acknowledged
    found = rows(folder)
    steps = [step for step, _ in found]
    assert len(set(steps)) == len(steps)
    assert set(acknowledged) - set(steps) == set()
    assert len(set(steps) - set(acknowledged)) <= KILLS
    assert all(values == {"loss": step / 2, f"k{step % 5}": float(step)} for step, values in found)
    notes = {decode_obj(p).step: decode_obj(p).meta["value"] for p in payloads(folder, Type.OBJ)}
    assert all(notes[step] == step for step in acknowledged if step % 7 == 0)
    assert not any(stream_alive(path, 0.0, boot(), 0, host()) for path in folder.glob("*.nbl"))


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "os.kill(os.getpid(), 9)", "os._exit(1)", "1 / 0"])
def test_however_a_process_ends_its_rows_stay(tmp_path: Path, ending: str):
    store = Store.open(tmp_path / "store", create=True)
    folder = store.create_run_dir("r", 0.0)
    code = f"""
import os, sys
from nbtrack.store.layout import Store; from nbtrack.store.journal import Journal
store = Store.open(sys.argv[1])
journal = Journal(store, "r", store.run_dir("r"), started=0.0)
for i in range(100): journal.rows(i, 0.0, ("a",), "f", (float(i),))
{ending}
"""
    subprocess.run([sys.executable, "-c", code, str(store.root)], check=False, stderr=subprocess.DEVNULL)
    assert rows(folder) == [(i, {"a": float(i)}) for i in range(100)]
    closed = payloads(folder, Type.CLOSE)
    assert len(closed) == (ending in {"raise SystemExit(3)", "1 / 0"})
