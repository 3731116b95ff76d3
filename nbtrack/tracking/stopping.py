"""Hearing from outside that a run shall stop, at no cost to `log()`.

Whoever wants a run to stop leaves a META ["run", "stop"] in a file of its own in the run's folder (see
`nbtrack.query.acts`). The syncer's thread, which looks up every two seconds while something is logged, finds
the new file; it makes the cursor forget its plans, so that the next `log()` takes the long way, where it is
stopped. What lay there before this process began, as when a stopped run goes on, does not count.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from nbtrack.store import frames
from nbtrack.store.frames import FILE_HEADER, Type
from nbtrack.store.syncer import syncer
from nbtrack.store.tail import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: bytes of a file that are looked at; one that asks to stop is tiny, and whole when it appears
_LOOKED_AT = 4096
#: seconds after which a folder's time of change tells a later change from the one before
_SETTLED = 2.0


class StopWatch:
    """Calls `asked` when somebody wants the run to stop, and again every two seconds until `end`.

    Args:
        folder: the run's.
        asked: called on the syncer's thread.
    """

    def __init__(self, folder: Path, asked: Callable[[], None]) -> None:
        self._folder = folder
        self._call = asked
        self._known = self._names()
        self._seen = 0.0
        self._asked = False
        syncer.watch(self)

    def end(self) -> None:
        """Look no more."""
        syncer.unwatch(self)

    def _names(self) -> set[str]:
        try:
            return {entry.name for entry in os.scandir(self._folder) if entry.name.endswith(".nbl")}
        except OSError:  # not made yet, or deleted: the journal makes it (again)
            return set()

    # ---- what the syncer calls ----------------------------------------------------------------------------

    def tick(self, beat: bool) -> bool:  # noqa: ARG002
        """Look for files that are new."""
        with contextlib.suppress(OSError):
            changed = self._folder.stat().st_mtime
            if not self._asked and changed != self._seen:
                self._seen = changed if time.time() - changed > _SETTLED else 0.0
                names = self._names()
                new, self._known = names - self._known, names
                self._asked = any(_asks(self._folder / name) for name in new)
        if self._asked:
            self._call()
        return False

    def close(self, reason: str) -> None:
        """Nothing is open."""

    def before_fork(self) -> None:
        """Nothing is locked."""

    def after_fork(self) -> None:
        """Nothing was locked."""

    def forked(self) -> None:
        """A child hears of it too."""


def _asks(path: Path) -> bool:
    """Whether a file of the run's folder asks it to stop."""
    with contextlib.suppress(OSError, ValueError):
        for frame in frames.iter_frames(read_bytes(path, 0, _LOOKED_AT), FILE_HEADER):
            if frame.type == Type.META:
                meta = frames.decode_meta(frame.payload)
                if meta.path == ("run", "stop") and meta.op == "set" and meta.value is not None:
                    return True
    return False
