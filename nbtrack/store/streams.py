"""The writers of a run: their files in its folder, and whether they live."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.store.derive import StreamState, run_state
from nbtrack.store.liveness import stream_alive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nbtrack.store.model import RunState

_LOG = re.compile(r"([0-9a-z]{10})-(\d{6})\.nbl")
_SEAL = re.compile(r"([0-9a-z]{10})-(\d{6})-(\d{6})\.num\.parquet")


@dataclass(slots=True)
class Files:
    """Files of one writer: numbers and names of its logs, and the ranges of its sealed files."""

    logs: list[tuple[int, str]] = field(default_factory=list)
    #: the widest ones only
    seals: list[tuple[int, int]] = field(default_factory=list)


def list_streams(names: Iterable[str]) -> dict[str, Files]:
    """Sort the names of a run's folder by writer: logs by number, and the widest seals only."""
    streams: dict[str, Files] = {}
    for name in names:
        if found := _LOG.fullmatch(name):
            streams.setdefault(found[1], Files()).logs.append((int(found[2]), name))
        elif found := _SEAL.fullmatch(name):
            streams.setdefault(found[1], Files()).seals.append((int(found[2]), int(found[3])))
    streams = dict(sorted(streams.items()))
    for files in streams.values():
        files.logs.sort()
        widest: list[tuple[int, int]] = []
        for lo, hi in sorted(files.seals, key=lambda r: (r[0] - r[1], r[0])):
            if not any(a <= lo and hi <= b for a, b in widest):
                widest.append((lo, hi))
        files.seals = sorted(widest)
    return streams


class Writer(NamedTuple):
    """A writer of a run, as far as the state of the run depends on it."""

    id: str
    #: unix time of its first frame and of its last sign of life
    begun: float
    heartbeat: float
    #: whether it wrote numbers or objects
    wrote: bool
    #: reason, exit code and time of its CLOSE
    closed: tuple[str, int, float] | None
    #: its last log; "" when all are sealed
    log: str
    boot: str
    pid: int
    host: str

    def alive(self, run_dir: Path) -> bool | None:
        """Whether it lives; None when that cannot be seen from here."""
        if self.closed or not self.log:
            return False
        return stream_alive(run_dir / self.log, self.heartbeat, self.boot, self.pid, self.host)


def state_of(run_dir: Path, writers: Iterable[Writer], now: float | None = None) -> RunState:
    """Return the state of a run whose writers these are; `now` in unix seconds."""
    states = [StreamState(w.begun, w.heartbeat, w.wrote, w.closed, w.alive(run_dir)) for w in writers]
    return run_state(states, time.time() if now is None else now)
