"""Sends panels what is new, ten times a second at most, from one thread for the whole process.

It reads what `log()` wrote, as every other reader does; the user's cell never waits for it. What a run costs
bounds how often it is looked at: building pushes takes at most a twentieth of the time, and 2 MB/s a panel.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

from nbtrack.panels.delta import have_after, joined
from nbtrack.panels.wire import Gone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbtrack.panels.widget import Panel
    from nbtrack.panels.wire import Have, RunDelta
    from nbtrack.store.reader import RunReader

#: seconds between two pushes of one run to one panel
PERIOD = 0.1
#: seconds between two looks at a run in which nothing happens
IDLE_PERIOD = 0.4
#: seconds after which everything is sent again to a browser that never asked, in case a push got lost; one
#: that can ask, asks for what it misses by itself
FULL_PERIOD = 5.0
#: bytes of media in one push, and in one that holds everything
BLOBS = 1024 * 1024
FULL_BLOBS = 3 * 1024 * 1024
#: bytes after which what is new in several runs goes on its way: the page shows the first while others come
MESSAGE = 1024 * 1024
#: share of the time that building pushes of a run may take, and bytes a second that they may have
_DUTY = 0.05
_BYTES_PER_S = 2e6
#: failures in a row after which a run is given up, with a word to the panel
_MAX_FAILURES = 5
#: states after which nothing more is to come
ENDED = frozenset({"finished", "failed", "crashed"})

_log = logging.getLogger("nbtrack")

Message = tuple["RunDelta", list[bytes]]


@dataclass
class Stream:
    """What one panel has been sent of one run."""

    reader: RunReader
    have: Have | None = None
    #: of the reader, and the state, when it was last sent
    revision: int = -1
    state: str = ""
    next_look: float = 0.0
    idle: float = PERIOD
    last_full: float = 0.0
    full_every: float = FULL_PERIOD
    failures: int = 0
    ended: bool = False

    def news(self, panel: Panel, now: float) -> Message | None:
        """Return what the panel has not been sent yet, if anything, and settle when to look again."""
        started = time.thread_time()  # beside a busy cell most of the time is spent waiting for its turn
        reader = self.reader
        reader.refresh()
        revision, state = reader.revision, reader.state()
        ended = state in ENDED
        changed = self.have is None or revision != self.revision or state != self.state
        if not changed:
            self.idle = min(IDLE_PERIOD, self.idle * 1.5)
            self.next_look = now + self.idle
            self.ended = ended
            return None
        again = panel.asked == 0 and (ended or now - self.last_full >= self.full_every)
        full = self.have is None or again
        shown = max(1, len(panel.readers))  # its reader may just have put all runs away
        budget = (FULL_BLOBS if full else BLOBS) // shown
        delta, buffers = panel.delta(reader, None if full else self.have, budget)
        cost = time.thread_time() - started
        size = sum(map(len, buffers))
        self.have = have_after(self.have, delta)
        self.revision, self.state = revision, state
        self.idle = PERIOD
        self.next_look = now + max(PERIOD, cost / _DUTY, size / _BYTES_PER_S)
        if full:
            self.last_full = now
            self.full_every = max(FULL_PERIOD, 10 * cost / _DUTY, 10 * size / _BYTES_PER_S)
        # ended runs are looked at once more: the last rows may have come between refresh() and state()
        self.ended = False
        return delta, buffers

    def failed(self, now: float) -> bool:
        """Count a failure, after which everything is sent again; returns whether it was one too many."""
        self.have = None
        self.failures += 1
        self.next_look = now + self.failures
        self.ended = self.failures >= _MAX_FAILURES
        return self.ended


class Pusher:
    """The thread, and the panels it serves."""

    def __init__(self) -> None:
        self._panels: WeakSet[Panel] = WeakSet()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, panel: Panel) -> None:
        """Serve `panel` until its runs have ended or it is closed."""
        with self._lock:
            self._panels.add(panel)
            for stream in panel.streams:
                stream.ended = False  # a run may have been resumed
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="nbtrack-push", daemon=True)
                self._thread.start()
        self._wake.set()

    def serves(self, panel: Panel) -> bool:
        """Whether something may still come for `panel`."""
        with self._lock:
            return panel in self._panels and not panel.closed

    def _loop(self) -> None:
        while (due := self._round()) is not None:
            self._wake.wait(max(0.005, due - time.monotonic()))

    def _round(self) -> float | None:
        """Serve every panel; return when the next one is due, None when there is none left.

        A function of its own, so that no variable of it keeps a closed panel alive while the thread waits.
        """
        self._wake.clear()
        with self._lock:
            for panel in list(self._panels):
                if panel.closed:
                    self._panels.discard(panel)
            panels = list(self._panels)
            if not panels:
                self._thread = None
                return None
        return min(self._serve(panel) for panel in panels)

    def _serve(self, panel: Panel) -> float:
        """Look at the runs of a panel that are due; return when the next one is."""
        now = time.monotonic()
        due = [stream for stream in panel.streams if not stream.ended and stream.next_look <= now]
        waiting: list[tuple[Stream, Message]] = []
        size = 0
        for at, stream in enumerate(due, 1):
            with self._failing(panel, [stream], now):
                news = stream.news(panel, now)
                if news is None:
                    stream.failures = 0
                else:
                    waiting.append((stream, news))
                    size += sum(map(len, news[1]))
            if waiting and (size >= MESSAGE or at == len(due)):
                with self._failing(panel, [one for one, _ in waiting], now):
                    messages = [message for _, message in waiting]
                    panel.send(*(messages[0] if len(messages) == 1 else joined(messages)))
                    for sent, _ in waiting:
                        sent.failures = 0
                waiting, size = [], 0
        with self._lock:
            ended = all(stream.ended for stream in panel.streams)
            if ended:
                self._panels.discard(panel)
        if ended:
            try:
                panel.pushes_ended()
            except Exception:
                _log.warning("the still of %r could not be brought up to date", panel, exc_info=True)
            return now
        return min((stream.next_look for stream in panel.streams if not stream.ended), default=now)

    @contextmanager
    def _failing(self, panel: Panel, streams: Sequence[Stream], now: float) -> Iterator[None]:
        """What is done for these streams may fail: it is tried again, some times."""
        try:
            yield
        except Exception as error:
            for stream in streams:
                if stream.failed(now):
                    _log.warning("run %s is shown no further", stream.reader.run_id, exc_info=True)
                    self._say_gone(panel, stream, error)

    @staticmethod
    def _say_gone(panel: Panel, stream: Stream, error: Exception) -> None:
        try:
            panel.send(Gone(t="gone", reason=f"Run {stream.reader.run_id} can no longer be read: {error}"))
        except Exception:
            _log.debug("and the panel could not be told", exc_info=True)

    def after_fork(self) -> None:
        """Forget everything: the thread lives in the parent only, and so do the comms."""
        self.__init__()  # type: ignore[misc]


pusher = Pusher()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pusher.after_fork)
