"""The journal: what a call writes, and what stands in each file."""

from __future__ import annotations

import hashlib
import math
import os
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.errors import LogValueError, RunFinishedError
from nbtrack.store import frames, logfile, stream
from nbtrack.store import journal as module
from nbtrack.store.feed import FileFeed
from nbtrack.store.frames import Type
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.model import CellExecution
from nbtrack.store.scan import Rows, scan


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def journal(store: Store):
    made = Journal(store, "r", store.create_run_dir("r", 0.0), started=100.0, offset=5.0, rank=2)
    yield made
    made.close("exit")


def files(journal: Journal) -> list[Path]:
    return sorted(journal._run_dir.glob(f"{journal.writer}-*.nbl"))


def items(journal: Journal) -> list[frames.Frame | Rows]:
    out = []
    for path in files(journal):
        found = scan(path.read_bytes())
        assert found.gaps == []
        assert found.consumed == path.stat().st_size
        out += found.items
    return out


def kind(item: frames.Frame | Rows) -> int:
    return Type.ROW if isinstance(item, Rows) else item.type


def types(journal: Journal) -> list[int]:
    return [kind(i) for i in items(journal)]


def table(journal: Journal) -> list[tuple]:
    """All rows as (step, time, {key: value}), through each file's own schemas, sorted by step."""
    out = []
    for path in files(journal):
        schemas = {}
        for item in scan(path.read_bytes()).items:
            if isinstance(item, Rows):
                for step, time, values in zip(item.steps, item.times, item.values, strict=True):
                    out.append((int(step), float(time), dict(zip(schemas[item.schema], values, strict=True))))
            elif item.type == Type.SCHEMA:
                schema = frames.decode_schema(item.payload)
                assert schema.id not in schemas
                schemas[schema.id] = schema.keys
    return sorted(out, key=lambda row: row[0])


# ---- what a call writes -----------------------------------------------------------------------------------


def test_no_file_is_made_before_the_first_write(journal):
    assert files(journal) == []
    journal.rows(0, 1.0, ("a",), "f", (1.0,))
    assert [p.name for p in files(journal)] == [f"{journal.writer}-000000.nbl"]


def test_a_file_begins_with_who_writes_it(journal):
    journal.append(frames.encode_text(0.0, "stdout", "x"))
    hello = frames.decode_hello(items(journal)[0].payload)
    assert (hello.run, hello.writer, hello.pid) == ("r", journal.writer, os.getpid())
    assert (hello.started, hello.offset, hello.rank) == (100.0, 5.0, 2)
    assert hello.host
    assert hello.boot


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(0, 1e12),
            st.dictionaries(
                st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
                st.floats(allow_nan=True) | st.integers(-(2**53), 2**53) | st.booleans(),
                min_size=1,
                max_size=4,
            ),
        ),
        max_size=20,
        unique_by=lambda row: row[0],
    )
)
def test_all_rows_come_back(tmp_path_factory, rows):
    store = Store.open(tmp_path_factory.mktemp("store"), create=True)
    journal = Journal(store, "r", store.create_run_dir("r", 0.0), started=0.0)
    for step, time, values in rows:
        letters = "".join({bool: "b", int: "i"}.get(type(v), "f") for v in values.values())
        journal.rows(step, time, tuple(values), letters, list(values.values()))
    journal.close()
    expected = sorted(((s, t, {k: float(x) for k, x in v.items()}) for s, t, v in rows), key=lambda r: r[0])
    got = table(journal)
    assert [r[:2] for r in got] == [r[:2] for r in expected]
    for (_, _, one), (_, _, other) in zip(got, expected, strict=True):
        assert one.keys() == other.keys()
        assert all(one[k] == other[k] or (math.isnan(one[k]) and math.isnan(other[k])) for k in one)


def test_keys_are_named_once_a_file(journal):
    for i in range(3):
        journal.rows(i, 1.0, ("a", "b"), "fi", (1.0, 2))
        journal.rows(i, 1.0, ("a", "b"), "ff", (1.0, 2.0))
    journal.rotate()
    journal.rows(9, 1.0, ("a", "b"), "fi", (1.0, 2))
    assert types(journal).count(Type.SCHEMA) == 3
    assert len(table(journal)) == 7


def test_each_call_is_one_write(journal, monkeypatch):
    calls = []
    write = os.write

    def spy(fd: int, data: bytes) -> int:
        if "/runs/" in str(Path(f"/proc/self/fd/{fd}").readlink()):  # not the feed's
            calls.append(len(data))
        return write(fd, data)

    monkeypatch.setattr(os, "write", spy)
    monkeypatch.setattr(module, "_write", spy)
    extra = frames.encode_obj(0, 0.0, "k", 0, 0, "json", {"value": 1})
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.rows(1, 0.0, ("a",), "f", (1.0,))
    journal.rows(2, 0.0, ("a", "b"), "ff", (1.0, 2.0), extra)
    journal.set_cell(CellExecution(5, "c", 1, 0.0, ""))
    journal.rows(3, 0.0, ("c",), "f", (1.0,), extra)
    journal.rows(4, 0.0, (), "", (), extra)
    assert len(calls) == 5


def test_extra_frames_go_before_the_row(journal):
    journal.rows(0, 0.0, ("a",), "f", (1.0,), frames.encode_obj(0, 0.0, "k", 0, 0, "json", {}))
    assert types(journal) == [Type.HELLO, Type.OBJ, Type.SCHEMA, Type.ROW]
    journal.rows(1, 0.0, (), "", (), frames.encode_obj(1, 0.0, "k", 0, 0, "json", {}))
    assert types(journal)[4:] == [Type.OBJ]


def test_a_cell_is_named_before_what_it_writes_and_only_when_it_changes(journal):
    one, two = (CellExecution(i, "c", i, 0.0, "ab" * 32, "nb.ipynb") for i in (1, 2))
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.set_cell(one)
    journal.set_cell(two)
    journal.set_cell(one)
    journal.rows(1, 0.0, ("a",), "f", (1.0,))
    journal.set_cell(CellExecution(1, "c", 1, 0.0, "ab" * 32, "nb.ipynb"))
    journal.rows(2, 0.0, ("a",), "f", (1.0,))
    journal.rotate()
    journal.rows(3, 0.0, ("a",), "f", (1.0,))
    journal.set_cell(None)
    journal.rows(4, 0.0, ("a",), "f", (1.0,))
    seen: list[tuple] = []
    cell = None
    for item in items(journal):
        if isinstance(item, Rows):
            seen += [(int(s), cell) for s in item.steps]
        elif item.type == Type.HELLO:
            cell = None
        elif item.type == Type.CELL:
            cell = frames.decode_cell(item.payload)
    assert seen == [(0, None), (1, one), (2, one), (3, one), (4, None)]
    assert types(journal).count(Type.CELL) == 3


def test_small_blobs_stand_once_in_each_file_and_large_ones_are_files(journal, store):
    small, large = b"s" * 16_383, b"l" * 16_384
    assert journal.blob(small) == journal.blob(small) == hashlib.sha256(small).hexdigest()
    sha = journal.blob(memoryview(large))
    assert store.get_blob(sha) == large
    journal.rotate()
    journal.blob(small)
    blobs = [frames.decode_blob(i.payload) for i in items(journal) if kind(i) == Type.BLOB]
    assert blobs == [(hashlib.sha256(small).hexdigest(), small)] * 2


def test_edits_have_a_clock_that_never_goes_back(journal, monkeypatch):
    journal.meta("set", ["config", "a"], {"b": [1, None, 10**30]})
    monkeypatch.setattr(module.time, "time", lambda: 0.0)
    journal.meta("del", ("config", "a"))
    monkeypatch.undo()
    journal.meta("add", ["run", "tags"], ["x"])
    metas = [frames.decode_meta(i.payload) for i in items(journal) if kind(i) == Type.META]
    assert [(m.op, m.path) for m in metas] == [
        ("set", ("config", "a")),
        ("del", ("config", "a")),
        ("add", ("run", "tags")),
    ]
    assert metas[0].value == {"b": [1, None, 10**30]}
    assert metas[0].hlc < metas[1].hlc < metas[2].hlc


def test_console_text_of_any_length_is_kept(journal):
    text = "é" * (module.TEXT_CHARS + 10)
    journal.text("stderr", text, 7.0)
    lines = [frames.decode_text(i.payload) for i in items(journal) if kind(i) == Type.TEXT]
    assert "".join(line.text for line in lines) == text
    assert {(line.stream, line.time) for line in lines} == {("stderr", 7.0)}
    journal.text("stdout", "", 0.0)


def test_values_that_are_no_numbers_are_refused_and_nothing_is_written(journal):
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    size = files(journal)[0].stat().st_size
    for values in (("x",), (None,), (1.0, 2.0), ()):
        with pytest.raises((struct.error, LogValueError, TypeError)):
            journal.rows(1, 0.0, ("a",), "f", values)
    with pytest.raises(struct.error):
        journal.rows(2**63, 0.0, ("a",), "f", (1.0,))
    with pytest.raises(LogValueError, match="2 keys, 1 letters, 2 values"):
        journal.rows(1, 0.0, ("a", "b"), "f", (1.0, 2.0))
    assert files(journal)[0].stat().st_size == size
    journal.rows(1, 0.0, ("a",), "f", (1.0,))
    assert len(table(journal)) == 2


# ---- files ------------------------------------------------------------------------------------------------


def test_a_full_file_is_followed_by_another(journal, monkeypatch):
    monkeypatch.setattr(stream, "ROTATE_BYTES", 2000)
    for i in range(200):
        journal.rows(i, 0.0, ("a",), "f", (float(i),))
    sizes = [p.stat().st_size for p in files(journal)]
    assert len(sizes) > 3
    assert max(sizes) < 2200
    assert [row[0] for row in table(journal)] == list(range(200))
    journal.close()
    assert types(journal).count(Type.CLOSE) == len(sizes)


def test_a_file_is_left_for_another_when_it_has_too_many_schemas(journal, monkeypatch):
    monkeypatch.setattr(logfile, "MAX_SCHEMAS", 10)
    for i in range(35):
        journal.rows(i, 0.0, (f"k{i}",), "f", (float(i),))
    journal.rows(35, 0.0, ("k34",), "f", (35.0,))
    assert len(files(journal)) == 4
    assert [row[2] for row in table(journal)] == [{f"k{min(i, 34)}": float(i)} for i in range(36)]


def test_an_old_file_is_left_for_another_only_when_it_holds_something_new(journal, monkeypatch):
    monkeypatch.setattr(stream, "ROTATE_SECONDS", 0.0)
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.tick(False)
    assert len(files(journal)) == 2
    for _ in range(3):
        journal.tick(True)
    assert len(files(journal)) == 2
    journal.rows(1, 0.0, ("a",), "f", (1.0,))
    journal.tick(False)
    assert len(files(journal)) == 3
    assert len(table(journal)) == 2


def test_a_sign_of_life_tells_the_last_step_of_the_run(journal):
    journal.rows(41, 0.0, ("a",), "f", (1.0,))
    journal.rows(42, 0.0, ("a",), "f", (1.0,))
    journal.rows(99_999, 0.0, ("_sys/cpu",), "f", (1.0,))
    journal.rows(99_999, 0.0, ("_sys/cpu",), "f", (1.0,))
    journal.tick(True)
    (beat,) = [frames.decode_beat(i.payload) for i in items(journal) if kind(i) == Type.BEAT]
    assert (beat.step, beat.pid) == (42, os.getpid())


def test_close_says_why_and_how_it_went(journal):
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.close("finish", exit_code=3)
    journal.close("exit")
    *_, last = items(journal)
    close = frames.decode_close(last.payload)
    assert (close.reason, close.exit_code) == ("finish", 3)
    for write in (
        lambda: journal.rows(1, 0.0, ("a",), "f", (1.0,)),
        lambda: journal.append(b""),
        lambda: journal.meta("set", ["run", "name"], "x"),
        lambda: journal.text("stdout", "x", 0.0),
        lambda: journal.blob(b"x"),
    ):
        with pytest.raises(RunFinishedError, match="'r' has ended"):
            write()


def test_a_finished_run_that_wrote_nothing_leaves_its_end_and_an_unused_journal_nothing(store):
    folder = store.create_run_dir("r", 0.0)
    Journal(store, "r", folder, started=0.0).close("exit")
    assert list(folder.iterdir()) == []
    silent = Journal(store, "r", folder, started=0.0)
    silent.close("finish")
    assert types(silent) == [Type.HELLO, Type.CLOSE]


def test_a_dropped_journal_closes_itself(store):
    folder = store.create_run_dir("r", 0.0)
    journal = Journal(store, "r", folder, started=0.0)
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    del journal
    (path,) = folder.glob("*.nbl")
    last = list(frames.iter_frames(path.read_bytes()))[-1]
    assert frames.decode_close(last.payload).reason == "exit"


def test_descriptors_are_given_back(store):
    def opened() -> int:
        links = [p.readlink() for p in Path("/proc/self/fd").iterdir() if p.is_symlink()]
        return sum(link.is_relative_to(store.root) for link in links)

    folder = store.create_run_dir("r", 0.0)
    journal = Journal(store, "r", folder, started=0.0)
    for i in range(20):
        journal.rows(i, 0.0, ("a",), "f", (1.0,))
        journal.rotate()
    journal.sync()
    assert opened() == 1
    journal.close()
    assert opened() == 0


def test_the_feed_hears_of_open_edit_and_end(journal, store):
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.rotate()
    journal.meta("set", ["run", "name"], "x")
    journal.close("finish")
    hints, _ = FileFeed(store.root).poll({})
    assert {h.entity for h in hints} == {"r"}
    assert {h.stream for h in hints} == {journal.writer}
    assert [(h.number, h.state) for h in hints] == [(0, "open"), (1, "open"), (1, "meta"), (1, "finish")]
    assert hints[-1].size == files(journal)[-1].stat().st_size


def test_sync_leaves_a_journal_as_it_is(journal):
    journal.sync()
    journal.rows(0, 0.0, ("a",), "f", (1.0,))
    journal.sync()
    journal.sync()
    journal.rows(1, 0.0, ("a",), "f", (1.0,))
    assert len(table(journal)) == 2


# ---- threads ----------------------------------------------------------------------------------------------


def test_threads_write_whole_rows_in_their_own_order(journal, monkeypatch):
    monkeypatch.setattr(stream, "ROTATE_BYTES", 20_000)
    each = 1500

    def work(name: int) -> None:
        for i in range(each):
            journal.rows(name * each + i, float(i), ("a", f"k{i % 3}"), "ff", (float(i), float(name)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    rows = table(journal)
    assert [r[0] for r in rows] == list(range(6 * each))
    for step, time, values in rows:
        assert values == {"a": float(step % each), f"k{step % each % 3}": float(step // each)}
        assert time == step % each


def test_a_signal_handler_may_log_and_finish_in_the_middle_of_a_call(store):
    """SIGTERM comes where it wants; with a plain lock this would hang for ever."""
    import signal
    import subprocess
    import sys

    code = (
        "import os, signal, sys, time\n"
        "from nbtrack.store.layout import Store; from nbtrack.store.journal import Journal\n"
        "from nbtrack.errors import RunFinishedError\n"
        "store = Store.open(sys.argv[1])\n"
        "j = Journal(store, 'r', store.create_run_dir('r', 0.0), started=0.0)\n"
        "def end(*_):\n"
        "    j.rows(-1, 0.0, ('bye',), 'f', (1.0,)); j.close('finish'); print('closed', flush=True); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "i = 0\n"
        "while True: i += 1; j.rows(i, 0.0, (f'a{i % 50}',), 'f', (1.0,))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGTERM)
        assert child.communicate(timeout=60)[0] == "closed\n"
    folder = store.run_dir("r")
    data = max(folder.glob("*.nbl")).read_bytes()
    assert frames.decode_close(list(frames.iter_frames(data))[-1].payload).reason == "finish"
