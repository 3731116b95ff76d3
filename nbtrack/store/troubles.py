"""Warnings that are told once, at a moment when nothing is locked."""

from __future__ import annotations

import time

from nbtrack.errors import warn

#: seconds before the same kind of trouble is told again
REPEAT_AFTER = 600.0


class Troubles:
    """Collects what goes wrong; `tell` warns about it.

    A warning may print, and printing may be captured and logged: so it must not come under a lock.

    Args:
        subject: what each message begins with.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._waiting: list[str] = []
        self._noted: dict[str, float] = {}

    def note(self, kind: str, what: str) -> None:
        """Have `what` told, unless something of this kind was noted shortly before."""
        now = time.monotonic()
        if now - self._noted.get(kind, -REPEAT_AFTER) >= REPEAT_AFTER:
            self._noted[kind] = now
            self._waiting.append(what)

    def tell(self) -> None:
        """Warn about everything noted since."""
        while self._waiting:
            try:
                what = self._waiting.pop(0)
            except IndexError:  # another thread tells it
                return
            warn(f"{self._subject}: {what}")
