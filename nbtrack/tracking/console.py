"""What the process prints is kept beside the run, while printing goes on as it was.

The `write` of the stream objects in `sys.stdout` and `sys.stderr` is covered on the instance: whoever holds
the stream (logging, tqdm, IPython) is heard too, and nothing is replaced. There is one such capture in a
process; each run listens to it. Output of C libraries and child processes does not pass there.

Text is kept line by line. A line that was written over after a carriage return is kept in its last state, and
lines that are redrawn with "cursor up" (nested progress bars) are kept when they stand still.

Printing only puts the text into a queue, which costs a fraction of a microsecond; a thread of its own makes
lines of it and writes them to the journals, about a tenth of a second later. So no lock of a journal is ever
waited for inside `print`, also when a journal itself prints a warning.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections import deque
from itertools import groupby
from operator import itemgetter
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

from nbtrack.errors import UsageError
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Iterator

    from nbtrack.store.journal import Journal

#: characters of one stream that are kept per second, and in all
RATE_LIMIT = 64 * 1024
TOTAL_LIMIT = 32 * 1024 * 1024
#: a line without an end is written in pieces of this many characters
LONGEST_LINE = 8 * 1024
#: seconds that printed text waits for more before it is written
GATHER_S = 0.1
#: pieces of text that may wait while a journal does not answer; more is lost
MAX_WAITING = 100_000
#: lines that "cursor up" may still redraw, and the number of lines after which no more is expected
_OPEN_LINES = 32
_CALM_LINES = 64

_MODES = ("auto", "wrap", "wrap_raw", "wrap_emu", "redirect", "off")
#: what moves the cursor; other escape sequences (colors) are dropped
_CONTROL = re.compile(
    r"(\r\n|\n|\r|\x08|\x1b\[\d*A)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)


def start(journal: Journal, *, mode: str = "auto") -> Callable[[], None]:
    """Record what is printed from now on.

    Args:
        journal: gets `text(stream, text, time)`, from another thread.
        mode: "off" records nothing; W&B's other names all mean the same here.

    Returns:
        A function that writes what is left and ends the recording for this journal; harmless when called
        twice.

    Raises:
        UsageError: unknown mode.
    """
    if mode not in _MODES:
        raise UsageError(f"console mode {mode!r} is unknown; accepted: {', '.join(_MODES)}")
    if mode == "off":
        return lambda: None
    return _capture.add(journal)


class Lines:
    """Turns what is printed into lines that are final. Not thread-safe."""

    def __init__(self) -> None:
        #: lines that may still change; the cursor stands on `_row`
        self._open = [""]
        self._row = 0
        self._fresh = False
        #: new lines since the cursor went up; None when it never did
        self._calm: int | None = None

    def feed(self, text: str) -> str:
        """Take printed text in; return the lines that are final, each with its end."""
        done: list[str] = []
        start = 0
        for match in _CONTROL.finditer(text):
            self._put(text[start : match.start()])
            start = match.end()
            control = match[1]
            if control in {"\n", "\r\n"}:
                self._next_line(done)
            elif control == "\r":
                self._fresh = True
            elif control == "\x08":
                self._open[self._row] = self._open[self._row][:-1]
            elif control:
                self._row = max(0, self._row - int(control[2:-1] or 1))
                self._calm, self._fresh = 0, True
        self._put(text[start:])
        while len(line := self._open[self._row]) > LONGEST_LINE:
            done.append(line[:LONGEST_LINE] + "\n")
            self._open[self._row] = line[LONGEST_LINE:]
        return "".join(done)

    @property
    def rest(self) -> str:
        """What is not final yet, the last line perhaps without its end."""
        return "\n".join(self._open)

    def _put(self, text: str) -> None:
        if text:
            self._open[self._row] = text if self._fresh else self._open[self._row] + text
            self._fresh = False

    def _next_line(self, done: list[str]) -> None:
        self._row += 1
        self._fresh = False
        if self._row == len(self._open):
            self._open.append("")
        if self._calm is not None:
            self._calm += 1
            if self._calm > _CALM_LINES:
                self._calm = None
        keep = 1 if self._calm is None else _OPEN_LINES
        while len(self._open) > keep and self._row > 0:
            done.append(self._open.pop(0) + "\n")
            self._row -= 1


class _Stream:
    """One covered stream."""

    def __init__(
        self, name: Literal["stdout", "stderr"], file: Any, record: Callable[[_Stream, str], None]
    ) -> None:
        self.name = name
        self.file = file
        self.lines = Lines()
        self.budget = _Budget()
        self._record = record
        self._write: Any = None
        self._before: Any = None
        self._active = True
        self.cover()

    def cover(self) -> None:
        """Lay our `write` over what is there if it is not on top; one laid before then only passes on."""
        before = vars(self.file).get("write")  # an earlier cover on the instance, if any
        if not self._active or (before is not None and before is self._write):
            return
        original = self.file.write

        def write(text: str, /) -> Any:
            written = original(text)
            if self._active and self._write is write:
                self._record(self, text)
            return written

        self.file.write = write
        self._write, self._before = write, before

    def uncover(self) -> bool:
        """Put back what was there. Below somebody's later cover ours stays, only passes on; returns False."""
        self._active = False
        if vars(self.file).get("write") is not self._write:
            return False
        if self._before is None:
            del self.file.write
        else:
            self.file.write = self._before
        return True


class _Budget:
    """How much of a stream is kept."""

    def __init__(self) -> None:
        self._second = 0.0
        self._used = 0
        self._total = 0
        self._dropped = 0

    def take(self, text: str, now: float) -> str:
        """Return as much of `text` as is kept, behind a note on what was not."""
        note = ""
        if now - self._second >= 1:
            note = self.note()
            self._second, self._used = now, 0
        room = max(0, min(RATE_LIMIT - self._used, TOTAL_LIMIT - self._total))
        kept = text[:room]
        self._used += len(kept)
        self._total += len(kept)
        self._dropped += len(text) - len(kept)
        return note + kept

    def note(self) -> str:
        """Say what was dropped since the last note."""
        if not self._dropped or self._total > TOTAL_LIMIT:
            return ""
        dropped, self._dropped = self._dropped, 0
        if self._total == TOTAL_LIMIT:
            self._total += 1  # said once
            return f"\n[nbtrack: {TOTAL_LIMIT:,} characters recorded; the rest is not]\n"
        return f"\n[nbtrack: {dropped:,} characters not recorded: more than {RATE_LIMIT:,} a second]\n"


class _Capture:
    """The one capture of this process."""

    def __init__(self) -> None:
        self._journals: tuple[Journal, ...] = ()
        self._streams: list[_Stream] = []
        self._shell: Any = None
        self.forked()

    def forked(self) -> None:
        """Locks and thread are the parent's, and so is everything that is not written yet."""
        self._lock = threading.RLock()
        self._writing = threading.RLock()
        #: what was printed and is not written yet
        self._texts: deque[tuple[_Stream, str]] = deque()
        #: wakes the thread (False: for good). A signal handler may interrupt its `put` with another one
        self._bell: SimpleQueue[bool] = SimpleQueue()
        self._asleep = True
        self._thread: threading.Thread | None = None
        #: thread that talks to a journal: what it prints meanwhile (a warning) is not recorded
        self._writer = 0
        for stream in self._streams:
            stream.lines = Lines()

    def add(self, journal: Journal) -> Callable[[], None]:
        self._write_waiting()  # what was printed until now is not this journal's
        with self._lock:
            self._journals += (journal,)
            self._cover()
            self._cover_after_this_cell()

        def stop() -> None:
            if journal in self._journals:
                self._write_waiting()
                self._write_rest(journal)
                self._remove(journal)

        return stop

    def record(self, stream: _Stream, text: str) -> None:
        """Called with everything that is printed; must be quick, and never raise."""
        if self._writer == threading.get_ident() or len(self._texts) > MAX_WAITING:
            return
        self._texts.append((stream, text))
        if self._asleep:
            self._asleep = False
            self._bell.put(True)
            if self._thread is None:
                self._start_thread()

    def _start_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, args=(self._bell,), name="nbtrack-console", daemon=True
                )
                self._thread.start()

    def _remove(self, journal: Journal) -> None:
        with self._lock:
            self._journals = tuple(one for one in self._journals if one is not journal)
            if self._journals:
                return
            for stream in self._streams:
                if not stream.uncover() and (loop := _running_loop()):
                    loop.call_soon(stream.uncover)  # IPython's own cover goes at the end of the cell
            self._streams = []
            if self._shell is not None:
                self._shell.events.unregister("pre_run_cell", self._cover_again)
                self._shell = None
            self._bell.put(False)
            self._bell, self._asleep, self._thread = SimpleQueue(), True, None

    def _cover(self) -> None:
        names: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")
        for name in names:
            file = getattr(sys, name)
            if file is None or any(stream.file is file for stream in self._streams):
                continue  # pythonw has no streams; some hosts have one for both
            try:
                self._streams.append(_Stream(name, file, self.record))
            except (AttributeError, TypeError) as error:
                termwarn(f"{name} is not recorded: a {type(file).__name__} cannot be covered ({error})")

    def _cover_after_this_cell(self) -> None:
        """Come back when the cell has ended.

        IPython 9 covers `write` for the time of a cell, and in the end puts back what was there before: what
        is laid inside the cell goes with it.
        """
        if loop := _running_loop():  # Jupyter: the cell runs in one step of it
            loop.call_soon(self._cover_again)
        elif self._shell is None and (ipython := sys.modules.get("IPython")):
            self._shell = ipython.get_ipython()
            if self._shell is not None:  # the terminal: each cell anew
                self._shell.events.register("pre_run_cell", self._cover_again)

    def _cover_again(self, *_event: object) -> None:
        with self._lock:
            for stream in self._streams:
                stream.cover()

    def _run(self, bell: SimpleQueue[bool]) -> None:
        while bell.get():
            time.sleep(GATHER_S)
            self._asleep = True  # before looking: what is printed from here on rings again
            self._write_waiting()

    def _write_waiting(self) -> None:
        with self._writing:
            self._writer = threading.get_ident()
            try:
                for stream, texts in groupby(self._waiting(), key=itemgetter(0)):
                    now = time.time()
                    text = stream.budget.take(stream.lines.feed("".join(text for _, text in texts)), now)
                    for journal in self._journals:
                        self._write(journal, stream.name, text, now)
            finally:
                self._writer = 0

    def _waiting(self) -> Iterator[tuple[_Stream, str]]:
        for _ in range(len(self._texts)):
            yield self._texts.popleft()

    def _write_rest(self, journal: Journal) -> None:
        """Write the lines that are not final yet, for a journal that leaves."""
        with self._writing:
            self._writer = threading.get_ident()
            try:
                for stream in self._streams:
                    self._write(journal, stream.name, stream.lines.rest + stream.budget.note(), time.time())
            finally:
                self._writer = 0

    def _write(self, journal: Journal, name: str, text: str, now: float) -> None:
        if not text:
            return
        try:
            journal.text(name, text, now)
        except Exception as error:  # a run that cannot keep its console goes on without
            self._remove(journal)
            termwarn(f"console output is no longer recorded: {type(error).__name__}: {error}")


def _running_loop() -> AbstractEventLoop | None:
    asyncio = sys.modules.get("asyncio")  # whoever runs a loop has imported it
    try:
        return asyncio.get_running_loop() if asyncio else None
    except RuntimeError:
        return None


_capture = _Capture()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_capture.forked)
