"""Editors of a document that die at any moment: what they were told is kept is there, and read the same by all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from nbtrack.store import entities
from nbtrack.store.check import fsck
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store

if TYPE_CHECKING:
    from pathlib import Path

#: edits the document of store argv[1] as writer argv[2], a new file every few edits, and says what is kept
EDITOR = """
import random, sys
from nbtrack.store import entities
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store

entities.MANY = 3
name = sys.argv[2]
documents = Documents(Store.open(sys.argv[1]))
n = 0
while True:
    batch = [Edit("set", [name, str(n), "a"], n), Edit("set", ["shared"], name), Edit("del", [name, str(n - 2)])]
    documents.write("project", "/p", batch)
    print(n, flush=True)
    n += 1
    if random.random() < 0.3:
        for files in list(entities._OPEN.values()):
            files.close("edit")
"""

#: merges the document of store argv[1] and kills itself right before the argv[2]-th step that changes a file
MERGER = """
import os, signal, sys
from pathlib import Path
from nbtrack.store import entities, logfile
from nbtrack.store.entities import Documents
from nbtrack.store.layout import Store

left = int(sys.argv[2])

def mortal(work):
    def step(*args, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **options)
    return step

store = Store.open(sys.argv[1])
for holder, name in ((Path, "rename"), (Path, "unlink"), (os, "write"), (entities, "fdatasync")):
    setattr(holder, name, mortal(getattr(holder, name)))
Documents(store).tidy("project", "/p")
"""


def forget() -> None:
    for files in list(entities._OPEN.values()):
        files.close("edit")
    entities._OPEN.clear()


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_three_editors_that_merge_and_are_killed_lose_nothing(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    editors = {name: run(EDITOR, str(store.root), name) for name in "xyz"}
    kept = {}
    for editor in editors.values():
        assert editor.stdout is not None
        assert editor.stdout.readline() == "0\n"
    for name, editor in editors.items():
        time.sleep(random.uniform(0.1, 0.4))
        editor.kill()
        said = editor.communicate()[0].split()
        kept[name] = int(said[-1]) if said else 0
    seen = Documents(store).read("project", "/p")
    for name, last in kept.items():
        numbers = {int(number) for number in seen.tree[name]}
        assert last in numbers or last + 1 in numbers  # the next may have been written, but not said
        assert len(numbers) <= 2
    assert seen.tree["shared"] in editors
    assert all("torn tail" in problem.what for problem in fsck(store))
    forget()
    assert Documents(store).read("project", "/p") == seen
    Documents(store).tidy("project", "/p")
    forget()
    assert Documents(store).read("project", "/p") == seen


@pytest.mark.parametrize("step", range(1, 9))
def test_who_merges_may_die_at_any_step(tmp_path: Path, step: int) -> None:
    store = Store.open(tmp_path / "store", create=True)
    for n in range(4):
        Documents(store).write("project", "/p", [Edit("set", ["a", str(n)], n), Edit("set", ["last"], n)])
        forget()
    before = Documents(store).read("project", "/p")
    merger = run(MERGER, str(store.root), str(step))
    merger.communicate(timeout=60)
    assert merger.returncode == (-signal.SIGKILL if step < 8 else 0)
    forget()
    assert Documents(store).read("project", "/p") == before
    Documents(store).tidy("project", "/p")
    forget()
    assert Documents(store).read("project", "/p") == before
    assert len(list(store.entity_dir("project", "/p").glob("*.nbl"))) == 1
