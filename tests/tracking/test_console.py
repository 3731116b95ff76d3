"""What is printed reaches the run's log; printing itself is never disturbed."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrack.errors import UsageError
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.store.reader import RunReader
from nbtrack.tracking import console
from nbtrack.tracking.console import Lines


class Recorded:
    """A run with a journal, and what its console holds."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store, self.run_id = store, run_id
        self.journal = Journal(store, run_id, store.create_run_dir(run_id, 1.0), started=time.time())

    def text(self, stream: str = "stdout") -> str:
        reader = RunReader(self.store, self.run_id)
        reader.refresh()
        return "".join(line.text for line in reader.console() if line.stream == stream)


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store", create=True)


@pytest.fixture
def run(store):
    recorded = Recorded(store, "r1")
    yield recorded
    recorded.journal.close()


class Streams:
    """stdout and stderr of a test's own; installed by the test itself, since pytest puts its own in between."""

    def __init__(self, monkeypatch):
        self._monkeypatch = monkeypatch
        self.out, self.err = io.StringIO(), io.StringIO()

    def install(self, out=None, err=None):
        self._monkeypatch.setattr(sys, "stdout", out or self.out)
        self._monkeypatch.setattr(sys, "stderr", err or self.err)


@pytest.fixture
def streams(monkeypatch):
    return Streams(monkeypatch)


def test_printed_lines_are_recorded_with_their_stream_and_still_printed(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("to stdout", 1)
    print("to stderr", file=sys.stderr)
    stop()
    assert run.text() == "to stdout 1\n"
    assert run.text("stderr") == "to stderr\n"
    assert streams.out.getvalue() == "to stdout 1\n"
    assert streams.err.getvalue() == "to stderr\n"


def test_the_time_of_a_line_is_that_of_its_printing(run, streams):
    streams.install()
    before = time.time()
    stop = console.start(run.journal)
    print("now")
    stop()
    reader = RunReader(run.store, "r1")
    reader.refresh()
    assert before <= reader.console()[0].time <= time.time()


def test_lines_are_written_while_the_run_goes_on(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("early")
    deadline = time.monotonic() + 20
    while run.text() == "" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert run.text() == "early\n"
    stop()


def test_nothing_is_recorded_before_the_start_and_after_the_stop(run, streams):
    streams.install()
    print("before")
    stop = console.start(run.journal)
    stop()
    print("after")
    stop()
    assert run.text() == ""


def test_stop_leaves_the_streams_exactly_as_they_were(run, streams):
    streams.install()

    def own(text):
        return io.StringIO.write(streams.err, text.upper())

    streams.err.write = own
    stop = console.start(run.journal)
    print("x", file=sys.stderr)
    stop()
    assert "write" not in vars(streams.out)
    assert vars(streams.err)["write"] is own
    assert sys.stdout is streams.out


def test_a_later_cover_of_somebody_else_is_left_alone_and_goes_on_to_work(run, streams):
    streams.install()
    stop = console.start(run.journal)
    ours = sys.stdout.write
    seen = []

    def theirs(text):
        seen.append(text)
        return ours(text)

    sys.stdout.write = theirs
    print("both")
    stop()
    assert sys.stdout.write is theirs
    print("only theirs")
    assert streams.out.getvalue() == "both\nonly theirs\n"
    assert "".join(seen) == "both\nonly theirs\n"
    assert run.text() == "both\n"


def test_two_runs_hear_what_is_printed_while_each_listens(store, streams):
    streams.install()
    first, second = Recorded(store, "first"), Recorded(store, "second")
    stop_first = console.start(first.journal)
    print("one")
    stop_second = console.start(second.journal)
    print("two")
    stop_first()
    print("three")
    stop_second()
    print("four")
    assert first.text() == "one\ntwo\n"
    assert second.text() == "two\nthree\n"
    assert "write" not in vars(sys.stdout)


def test_an_unfinished_line_is_written_at_the_end(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("no end", end="")
    stop()
    assert run.text() == "no end"


def test_a_progress_bar_is_kept_in_its_last_state(run, streams):
    streams.install()
    stop = console.start(run.journal)
    for i in range(101):
        print(f"\r{i:3d}%|{'#' * i}", end="", file=sys.stderr)
    print(file=sys.stderr)
    stop()
    assert run.text("stderr") == f"100%|{'#' * 100}\n"


def test_nested_progress_bars_do_not_repeat_the_outer_one(run, streams):
    streams.install()
    stop = console.start(run.journal)
    err = sys.stderr
    for epoch in range(3):
        print(f"\repoch {epoch}", end="", file=err)
        for batch in range(50):  # as tqdm does: a line down, redraw, a line up
            err.write("\n")
            err.write(f"\rbatch {batch}")
            err.write("\x1b[A")
    print("\n\n", end="", file=err)
    stop()
    lines = run.text("stderr").splitlines()
    assert lines[-2:] == ["epoch 2", "batch 49"]
    assert len(lines) < 10


def test_colors_are_dropped_and_windows_line_ends_are_ends(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\r\nnext")
    stop()
    assert run.text() == "red and plain\nnext\n"


def test_unicode_is_kept(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("손실 0.3 🚀 Größe")
    stop()
    assert run.text() == "손실 0.3 🚀 Größe\n"


def test_a_flood_is_cut_and_says_so(run, streams, monkeypatch):
    streams.install()
    monkeypatch.setattr(console, "RATE_LIMIT", 1000)
    stop = console.start(run.journal)
    print("x" * 500 + "\n" + "y" * 5000)
    stop()
    text = run.text()
    assert len(text) < 1200
    assert "characters not recorded: more than 1,000 a second" in text
    assert len(streams.out.getvalue()) == 5502


def test_recording_ends_at_the_total_limit_and_says_so_once(run, streams, monkeypatch):
    streams.install()
    monkeypatch.setattr(console, "TOTAL_LIMIT", 100)
    stop = console.start(run.journal)
    for _ in range(20):
        print("z" * 49)
    stop()
    text = run.text()
    assert text.count("z") == 98
    assert text.count("the rest is not") == 1


def test_a_failing_journal_never_disturbs_print_and_is_said_once(store, streams, monkeypatch):
    streams.install()
    recorded = Recorded(store, "r1")

    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recorded.journal, "text", fail)
    stop = console.start(recorded.journal)
    print("one")
    print("two")
    stop()
    stop()
    assert streams.out.getvalue() == "one\ntwo\n"
    assert streams.err.getvalue().count("console output is no longer recorded") == 1
    assert "write" not in vars(sys.stdout)


def test_what_a_journal_prints_while_it_writes_does_not_circle(store, streams, monkeypatch):
    streams.install()
    recorded = Recorded(store, "r1")
    write = recorded.journal.text

    def chatty(*args):
        print("journal: a warning", file=sys.stderr)
        write(*args)

    monkeypatch.setattr(recorded.journal, "text", chatty)
    stop = console.start(recorded.journal)
    print("hello")
    stop()
    assert recorded.text() == "hello\n"
    assert recorded.text("stderr") == ""
    assert streams.err.getvalue() == "journal: a warning\n"


def test_print_does_not_wait_for_a_journal_that_is_busy(store, streams, monkeypatch):
    streams.install()
    recorded = Recorded(store, "r1")
    entered, release = threading.Event(), threading.Event()
    write = recorded.journal.text

    def slow(*args):
        entered.set()
        release.wait(20)
        write(*args)

    monkeypatch.setattr(recorded.journal, "text", slow)
    stop = console.start(recorded.journal)
    print("first")
    assert entered.wait(20)
    print("second")  # returns although the journal holds its own locks
    assert streams.out.getvalue() == "first\nsecond\n"
    release.set()
    stop()
    assert recorded.text() == "first\nsecond\n"


def test_threads_do_not_tear_each_others_pieces(run, streams):
    streams.install()
    stop = console.start(run.journal)

    def work(name):
        for i in range(200):
            sys.stdout.write(f"{name}-{i}\n")

    threads = [threading.Thread(target=work, args=(n,)) for n in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop()
    assert sorted(run.text().splitlines()) == sorted(f"{n}-{i}" for n in "abcd" for i in range(200))


def test_logging_is_heard_through_the_stream_that_its_handler_holds(run, streams):
    streams.install()
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("test_console")
    logger.addHandler(handler)
    stop = console.start(run.journal)
    logger.warning("from logging")
    stop()
    logger.removeHandler(handler)
    assert "from logging" in run.text("stderr")


def test_redirected_output_is_not_console_output(run, streams):
    streams.install()
    stop = console.start(run.journal)
    with contextlib.redirect_stdout(io.StringIO()) as redirected:
        print("elsewhere")
    print("here")
    stop()
    assert redirected.getvalue() == "elsewhere\n"
    assert run.text() == "here\n"


def test_missing_streams_and_one_stream_for_both_are_fine(run, monkeypatch):
    one = io.StringIO()
    monkeypatch.setattr(sys, "stdout", one)
    monkeypatch.setattr(sys, "stderr", one)
    stop = console.start(run.journal)
    print("x")
    stop()
    assert run.text() == "x\n"
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    console.start(run.journal)()


def test_a_stream_that_cannot_be_covered_is_named_and_the_other_recorded(run, monkeypatch):
    class Closed:
        __slots__ = ("text",)

        def write(self, text):
            self.text = text

    err = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Closed())
    monkeypatch.setattr(sys, "stderr", err)
    stop = console.start(run.journal)
    print("x")
    print("y", file=err)
    stop()
    assert "stdout is not recorded: a Closed cannot be covered" in err.getvalue()
    assert run.text("stderr").endswith("y\n")


def test_mode_off_records_nothing_and_an_unknown_mode_is_an_error(run, streams):
    streams.install()
    stop = console.start(run.journal, mode="off")
    print("x")
    stop()
    assert run.text() == ""
    with pytest.raises(UsageError, match="wrapped"):
        console.start(run.journal, mode="wrapped")


def test_an_error_of_the_stream_itself_reaches_the_caller(run, monkeypatch):
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", closed)
    stop = console.start(run.journal)
    closed.close()
    with pytest.raises(ValueError, match="closed file"):
        sys.stdout.write("x")
    stop()


def test_a_signal_handler_may_print_in_the_middle_of_a_print(run, streams):
    streams.install()
    stop = console.start(run.journal)
    previous = signal.signal(signal.SIGALRM, lambda *_: print("tick"))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for _ in range(3000):
            sys.stdout.write("work\n")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    stop()
    assert run.text().count("work") == 3000
    assert "tick" in run.text()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_prints_into_the_run_without_the_parents_unfinished_line(run, streams):
    streams.install()
    stop = console.start(run.journal)
    print("parent", end="")
    child = os.fork()
    if child == 0:
        try:
            print("child")
            stop()
            run.journal.close("fork")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    print(" goes on")
    stop()
    assert sorted(run.text().splitlines()) == ["child", "parent goes on"]


# ---- IPython, which covers `write` itself for the time of a cell ----------------------------------------------

CELLS = [
    """
import sys, time
from nbtrack.store.journal import Journal
from nbtrack.store.layout import Store
from nbtrack.tracking import console
store = Store.open(sys.argv[1], create=True)
journal = Journal(store, "r1", store.create_run_dir("r1", 1.0), started=time.time())
stop = console.start(journal)
print("first cell")
""",
    "print('second cell')",
    "print('third cell'); print('to stderr', file=sys.stderr)",
    "stop(); print('after the end')",
    "journal.close(); print('much later')",
]

SHELL = """
import asyncio, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()

def run(cell):
    shell.run_cell(cell).raise_error()

async def in_a_loop():
    for cell in CELLS:
        run(cell)
        await asyncio.sleep(0)
        print("between cells")

if sys.argv[2] == "loop":
    asyncio.run(in_a_loop())
else:
    for cell in CELLS:
        run(cell)
covers = [vars(sys.stdout).get("write"), vars(sys.stderr).get("write")]
assert not [c for c in covers if c is not None and c.__module__ == "nbtrack.tracking.console"], covers
"""


@pytest.mark.parametrize(("host", "between"), [("loop", "between cells\n"), ("terminal", "")])
def test_cells_after_the_one_that_started_the_run_are_recorded_too(tmp_path, host, between):
    subprocess.run(
        [sys.executable, "-c", f"CELLS = {CELLS!r}\n{SHELL}", str(tmp_path / "s"), host], check=True
    )
    reader = RunReader(Store.open(tmp_path / "s"), "r1")
    reader.refresh()
    text = "".join(line.text for line in reader.console() if line.stream == "stdout")
    assert text == f"first cell\n{between}second cell\n{between}third cell\n{between}"
    assert [line.text for line in reader.console() if line.stream == "stderr"] == ["to stderr\n"]


# ---- Lines ------------------------------------------------------------------------------------------------

plain = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=20)


@settings(deadline=None)
@given(st.lists(plain, max_size=30), st.integers(0, 5))
def test_plain_text_comes_out_as_it_went_in_however_it_is_cut(lines, cut):
    text = "".join(line + "\n" for line in lines)
    state = Lines()
    step = cut + 1
    out = "".join(state.feed(text[i : i + step]) for i in range(0, len(text), step))
    assert out == text
    assert state.rest == ""


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["a", "bc", "\n", "\r", "\r\n", "\x08", "\x1b[A", "\x1b[2A", "\x1b[31m"]), max_size=80
    )
)
def test_any_movement_of_the_cursor_is_survived(pieces):
    state = Lines()
    out = "".join(state.feed(piece) for piece in pieces) + state.rest
    assert "\r" not in out
    assert "\x1b" not in out


def test_a_line_without_end_comes_in_pieces():
    state = Lines()
    out = state.feed("x" * (console.LONGEST_LINE * 2 + 5))
    assert out == ("x" * console.LONGEST_LINE + "\n") * 2
    assert state.rest == "x" * 5
