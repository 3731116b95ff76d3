"""`run.alert`: a message about the run, at most one a while for each title."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from nbtrack.errors import LogTypeError, LogValueError

#: key of the object rows that keep alerts
ALERT_KEY = "_alert"
#: kind of these rows
ALERT_KIND = "alert"


class AlertLevel(Enum):
    """How bad it is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"

    @classmethod
    def parse(cls, level: str | AlertLevel | None) -> AlertLevel:
        """Return the level that `level` names, in any case; None is INFO. Raises LogValueError."""
        if level is None:
            return cls.INFO
        if isinstance(level, cls):
            return level
        try:
            return cls[str(level).upper()]
        except KeyError:
            accepted = ", ".join(member.name for member in cls)
            raise LogValueError(f"alert level {level!r} is not known; accepted are {accepted}") from None


class AlertLimiter:
    """Remembers when each title was last sent."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def allows(self, title: str, wait: float, now: float) -> bool:
        """Whether `title` may be sent at `now` (unix seconds); if so, block it for `wait` seconds."""
        if now < self._until.get(title, 0.0):
            return False
        self._until[title] = now + wait
        return True


def validate(title: str, text: str, wait_duration: float | timedelta | None) -> float:
    """Check the arguments of `alert`; return the waiting time in seconds (60 by default)."""
    for name, value in (("title", title), ("text", text)):
        if not isinstance(value, str):
            raise LogTypeError(f"alert: {name} must be a str, not {type(value).__name__}")
    if not title or len(title) >= 64:
        raise LogValueError(f"alert: title must have 1 to 63 characters, not {len(title)}")
    if wait_duration is None:
        return 60.0
    if isinstance(wait_duration, timedelta):
        wait_duration = wait_duration.total_seconds()
    if isinstance(wait_duration, bool) or not isinstance(wait_duration, (int, float)):
        raise LogTypeError(
            f"alert: wait_duration must be seconds or a timedelta, not {type(wait_duration).__name__}"
        )
    if not wait_duration >= 0:
        raise LogValueError(f"alert: wait_duration must be 0 or more seconds, not {wait_duration}")
    return float(wait_duration)
