from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.errors import StoreError, UsageError
from nbtrack.store import entities, frames
from nbtrack.store.check import fsck
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store
from nbtrack.store.tidy import tidy
from nbtrack.store.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield Store.open(tmp_path / "store", create=True)
    forget()


def forget() -> None:
    """Be as a process that has read nothing yet and writes nothing."""
    for files in list(entities._OPEN.values()):
        files.close("edit")
    entities._OPEN.clear()


def put(*path: str, to: Any = 1) -> Edit:
    return Edit("set", path, to)


def drop(*path: str) -> Edit:
    return Edit("del", path)


def files(store: Store, id: str = "/p") -> list[Path]:
    return sorted(store.entity_dir("project", id).glob("*.nbl"))


def another(store: Store, id: str, edits: list[Edit]) -> None:
    """Edit as another process does that then ends."""
    forget()
    Documents(store).write("project", id, edits)
    forget()


def test_what_was_never_edited_is_empty(store: Store) -> None:
    documents = Documents(store)
    assert documents.read("project", "/p") == ("", {})
    assert documents.list("project") == []
    assert documents.write("project", "/p", []) == ("", {})
    assert not (store.root / "ents").exists()


def test_edits_are_a_tree(store: Store) -> None:
    documents = Documents(store)
    made = documents.write(
        "project", "/p", [put("project", "starred", to=True), put("views", "v", "name", to="긴 이름 🚀")]
    )
    assert made.tree == {"project": {"starred": True}, "views": {"v": {"name": "긴 이름 🚀"}}}
    forget()
    assert documents.read("project", "/p") == made


def test_a_del_takes_what_is_below_and_later_sets_count_again(store: Store) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a", "b"), put("a", "c", "d"), drop("a")])
    assert documents.read("project", "/p").tree == {}
    assert documents.write("project", "/p", [put("a", "c", "e", to=2)]).tree == {"a": {"c": {"e": 2}}}


def test_a_set_takes_the_place_of_what_was_below_and_may_be_edited_below(store: Store) -> None:
    value = {"kind": "line", "config": {"keys": ["loss"], "log": True}}
    made = Documents(store).write(
        "project", "/p", [put("a", "old"), put("a", to=value), drop("a", "config", "log")]
    )
    assert made.tree == {"a": {"kind": "line", "config": {"keys": ["loss"]}}}
    assert value["config"] == {"keys": ["loss"], "log": True}


def test_the_version_is_the_same_until_something_changes(store: Store) -> None:
    documents = Documents(store)
    one = documents.write("project", "/p", [put("a")])
    assert documents.read("project", "/p").version == one.version
    two = documents.write("project", "/p", [put("a")])
    assert two.version > one.version
    forget()
    assert documents.read("project", "/p").version == two.version


def test_edits_of_a_process_go_into_one_file_which_ends_after_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(50):
        Documents(store).write("project", "/p", [put("a", to=n)])
    assert len(files(store)) == 1
    (open_files,) = entities._OPEN.values()
    monkeypatch.setattr(entities, "IDLE", -1.0)
    open_files.tick(beat=True)
    assert frames.Type.CLOSE in [frame.type for frame in frames.iter_frames(files(store)[0].read_bytes())]
    assert Documents(store).write("project", "/p", [put("b")]).tree == {"a": 49, "b": 1}
    assert len(files(store)) == 2


def test_a_batch_is_one_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a")])
    written = []
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: written.append(fd) or real(fd, data))
    documents.write("project", "/p", [put("a", str(n)) for n in range(100)])
    assert len(written) == 1


def test_only_new_bytes_are_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a", to="x" * 10_000)])
    read: list[int] = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, n, at: read.append(n) or real(fd, n, at))
    documents.read("project", "/p")
    assert read == []
    documents.write("project", "/p", [put("b")])
    assert sum(read) < 200


def test_the_later_write_of_several_processes_wins(store: Store) -> None:
    another(store, "/p", [put("a", to="first"), put("b", to="first")])
    another(store, "/p", [put("a", to="second")])
    assert Documents(store).read("project", "/p").tree == {"a": "second", "b": "first"}


def test_an_edit_made_after_seeing_another_wins_whatever_the_clocks_say(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr("nbtrack.store.entities.time.time", lambda: 4_000_000_000.0)
        another(store, "/p", [put("a", to="from the future")])
    assert Documents(store).write("project", "/p", [put("a", to="now")]).tree == {"a": "now"}


IDS = [
    "entity/이름 🚀",
    "../../etc/passwd",
    "a/b\\c:d*e?",
    ".",
    "con",
    "x" * 3000,
    "e\u0301",
    "tab\tnew\nline",
    "~",
]


@pytest.mark.parametrize("own_id", IDS)
def test_any_text_may_be_an_id(store: Store, own_id: str) -> None:
    Documents(store).write("project", own_id, [put("id", to=own_id)])
    forget()
    assert Documents(store).list("project") == [own_id]
    assert Documents(store).read("project", own_id).tree == {"id": own_id}
    assert store.entity_dir("project", own_id).parent == store.root / "ents" / "project"


def test_kinds_are_apart(store: Store) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a")])
    documents.write("report", "/p", [put("b")])
    assert documents.read("report", "/p").tree == {"b": 1}
    assert documents.list("report") == ["/p"]


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([Edit("add", ["a"], 1)], "'set' or 'del', not 'add'"),
        ([Edit("set", [], 1)], "path"),
        ([Edit("set", "abc", 1)], "list of names"),
        ([Edit("set", ["a", ""], 1)], "not empty"),
        ([Edit("set", ["a"] * 13, 1)], "at most 12 names"),
        ([Edit("set", ["a" * 1001], 1)], "1000 characters"),
        ([put("a", to=float("nan"))], "nan is no JSON"),
        ([put("a", to={"b": [b"x"]})], "a/b: bytes is no JSON"),
        ([put("a", to={1: 2})], "the key 1 is a int"),
        ([put("a", to="x" * 2**20)], "at most 1,048,576"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_written(
    store: Store, edits: list[Edit], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        Documents(store).write("project", "/p", [put("fine"), *edits])
    assert Documents(store).read("project", "/p").tree == {}


def test_values_are_nested_to_a_limit(store: Store) -> None:
    deep: Any = 1
    for _ in range(32):
        deep = [deep]
    Documents(store).write("project", "/p", [put("a", to=deep)])
    with pytest.raises(UsageError, match="32 levels"):
        Documents(store).write("project", "/p", [put("a", to=[deep])])


def test_a_bad_kind_or_id_is_refused(store: Store) -> None:
    for kind, own_id in (("../runs", "x"), ("", "x"), ("project", "")):
        with pytest.raises(UsageError):
            Documents(store).read(kind, own_id)


# ---- trouble ----------------------------------------------------------------------------------------------


def test_a_torn_tail_is_left_out_and_told_by_fsck(store: Store) -> None:
    another(store, "/p", [put("a"), put("b")])
    (path,) = files(store)
    ends = [frame.end for frame in frames.iter_frames(path.read_bytes())]
    os.truncate(path, ends[2] - 3)  # in the middle of the second edit
    assert Documents(store).read("project", "/p").tree == {"a": 1}
    assert ["torn tail" in problem.what for problem in fsck(store)] == [True]
    assert Documents(store).write("project", "/p", [put("c")]).tree == {"a": 1, "c": 1}


def test_damage_in_the_middle_is_read_around_and_survives_tidying(store: Store) -> None:
    another(store, "/p", [put("a"), put("b"), put("c"), put("d")])
    another(store, "/p", [put("e")])
    another(store, "/p", [put("f")])
    path = next(path for path in files(store) if b"\xa1d" in path.read_bytes())
    data = bytearray(path.read_bytes())
    damaged = [frame.offset for frame in frames.iter_frames(bytes(data))][2]
    data[damaged + 12] ^= 0xFF
    path.write_bytes(data)
    assert Documents(store).read("project", "/p").tree == {"a": 1, "c": 1, "d": 1, "e": 1, "f": 1}
    assert tidy(store).merged == 1
    forget()
    assert Documents(store).read("project", "/p").tree == {"a": 1, "c": 1, "d": 1, "e": 1, "f": 1}
    assert [problem.path for problem in fsck(store)] == [str(path)]


def test_a_short_write_goes_on_in_a_new_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a")])
    real = os.write
    short = iter([True])
    monkeypatch.setattr(
        os, "write", lambda fd, data: real(fd, data[:-5]) if next(short, False) else real(fd, data)
    )
    assert documents.write("project", "/p", [put("b")]).tree == {"a": 1, "b": 1}
    assert len(files(store)) == 2


def test_a_store_that_cannot_be_written_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match=r"'/p' cannot be edited: .*No space left"):
        Documents(store).write("project", "/p", [put("a")])


def test_a_deleted_folder_is_an_empty_document_and_can_be_edited(store: Store) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("a")])
    for path in files(store):
        path.unlink()
    store.entity_dir("project", "/p").rmdir()
    assert documents.read("project", "/p").tree == {}
    assert documents.write("project", "/p", [put("b")]).tree == {"b": 1}


def test_many_ended_files_become_one(store: Store) -> None:
    for n in range(entities.MANY + 5):
        another(store, "/p", [put("same", to=n), put("own", str(n))])
    assert len(files(store)) <= 6
    tree = Documents(store).read("project", "/p").tree
    assert tree["same"] == entities.MANY + 4
    assert len(tree["own"]) == entities.MANY + 5


def test_merging_changes_nothing_for_who_reads_and_spares_who_writes(store: Store) -> None:
    for n in range(5):
        another(store, "/p", [put("a", str(n)), drop("a", str(n - 1))])
    documents = Documents(store)
    before = documents.write("project", "/p", [put("b")])
    assert tidy(store).merged == 4
    assert documents.read("project", "/p") == before
    assert documents.write("project", "/p", [put("c")]).tree == {"a": {"4": 1}, "b": 1, "c": 1}
    assert len(files(store)) == 2
    forget()
    assert documents.read("project", "/p").tree == {"a": {"4": 1}, "b": 1, "c": 1}


def test_edits_survive_a_kill(store: Store) -> None:
    code = (
        "import os, signal, sys\n"
        "from nbtrack.store.entities import Documents, Edit\n"
        "from nbtrack.store.layout import Store\n"
        "documents = Documents(Store.open(sys.argv[1]))\n"
        "for n in range(20):\n"
        "    documents.write('project', '/p', [Edit('set', ['a', str(n)], n)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.root)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(Documents(store).read("project", "/p").tree["a"]) == 20
    another(store, "/p", [put("b")])
    assert tidy(store).merged == 1  # the killed one's file counts as ended
    assert len(Documents(store).read("project", "/p").tree["a"]) == 20


EDIT_MUCH = """
import sys
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import Store
root, name = sys.argv[1:]
documents = Documents(Store.open(root))
for n in range(100):
    paths = {("all",): name, ("own", name): n, (name, str(n)): True}
    documents.write("project", "/p", [Edit("set", path, value) for path, value in paths.items()])
"""


def test_processes_that_edit_at_a_time_lose_nothing(store: Store) -> None:
    command = [sys.executable, "-c", EDIT_MUCH, str(store.root)]
    workers = [subprocess.Popen([*command, name]) for name in "xyz"]
    assert [worker.wait(120) for worker in workers] == [0, 0, 0]
    seen = Documents(store).read("project", "/p")
    assert seen.tree["own"] == dict.fromkeys("xyz", 99)
    assert [len(seen.tree[name]) for name in "xyz"] == [100] * 3
    assert len(files(store)) == 3
    forget()
    assert Documents(store).read("project", "/p") == seen


def test_threads_of_a_process_share_one_file(store: Store) -> None:
    def edit(name: str) -> None:
        for n in range(50):
            Documents(store).write("project", "/p", [put(name, str(n))])

    threads = [threading.Thread(target=edit, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(Documents(store).read("project", "/p").tree[name]) for name in "abcd"] == [50] * 4
    assert len(files(store)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_a_writer_of_its_own(store: Store) -> None:
    documents = Documents(store)
    documents.write("project", "/p", [put("parent")])
    child = os.fork()
    if child == 0:
        try:
            documents.write("project", "/p", [put("child")])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert documents.write("project", "/p", [put("after")]).tree == {"parent": 1, "child": 1, "after": 1}
    assert len(files(store)) == 2


# ---- any order ---------------------------------------------------------------------------------------------

NAMES = st.sampled_from("ab")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
VALUES = st.one_of(st.integers(0, 9), st.just({}), st.dictionaries(NAMES, st.integers(0, 9), max_size=2))
METAS = st.builds(
    lambda op, path, value, hlc, writer: (writer, frames.Meta(op, path, value, hlc)),
    st.sampled_from(["set", "set", "del"]),
    PATHS,
    VALUES,
    st.integers(1, 12),
    st.sampled_from("xyz"),
)


def model(edits: list[tuple[str, frames.Meta]]) -> dict[str, Any]:
    """Do all edits one after the other, as one who has them all would."""
    tree: dict[str, Any] = {}
    for _, edit in sorted(edits, key=lambda e: (e[1].hlc, e[0])):
        here = tree
        for name in edit.path[:-1]:
            if not isinstance(here.get(name), dict):
                here[name] = {}
            here = here[name]
        if edit.op == "del":
            here.pop(edit.path[-1], None)
        else:
            here[edit.path[-1]] = dict(edit.value) if isinstance(edit.value, dict) else edit.value

    def full(tree: dict[str, Any]) -> dict[str, Any]:
        found = {k: full(v) if isinstance(v, dict) else v for k, v in tree.items()}
        return {k: v for k, v in found.items() if v != {}}

    return full(tree)


@settings(max_examples=300, deadline=None)
@given(st.lists(METAS, max_size=14, unique_by=lambda e: (e[0], e[1].hlc)), st.randoms(use_true_random=False))
def test_edits_mean_the_same_in_any_order(edits: list[tuple[str, frames.Meta]], random: Any) -> None:
    shuffled = edits + random.sample(edits, len(edits) // 2)  # some are met twice
    random.shuffle(shuffled)
    one, two = Tree(), Tree()
    for writer, edit in edits:
        one.take(writer, edit)
    for writer, edit in shuffled:
        two.take(writer, edit)
        two.document()  # what was shown in between changes nothing
    assert two.document() == one.document()
    assert two.document().tree == model(edits)


@settings(max_examples=100, deadline=None)
@given(st.lists(METAS, max_size=14, unique_by=lambda e: (e[0], e[1].hlc)), st.integers(0, 14))
def test_leaving_out_edits_that_were_overtaken_changes_nothing(
    edits: list[tuple[str, frames.Meta]], split: int
) -> None:
    everything, early, joined = Tree(), Tree(), Tree()
    for writer, edit in edits:
        everything.take(writer, edit)
    for writer, edit in edits[:split]:
        early.take(writer, edit)
    for path, won in early.won():  # as merging keeps them
        joined.take(won.writer, frames.Meta(won.op, path, won.value, won.hlc))
    for writer, edit in edits[split:]:
        joined.take(writer, edit)
    assert joined.document() == everything.document()
