"""The four interfaces of a run store. Everything above is written once against them.

A back end is (LogSink, ObjectStore, Catalog, ChangeFeed): local files today; PostgreSQL and an object store
later. `tests/conformance/` holds the test classes that each implementation must pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from nbtrack.store.model import FieldKind, Page, Preview, RunQuery, RunRow, Scalar


@dataclass(frozen=True, slots=True)
class Stat:
    """An object in an `ObjectStore`."""

    path: str
    size: int
    #: unix seconds
    mtime: float


@dataclass(frozen=True, slots=True)
class Hint:
    """Says that an entity changed. Never more than a hint: a full scan is always right."""

    entity: str
    stream: str
    number: int
    size: int
    state: str


@runtime_checkable
class LogSink(Protocol):
    """Where a writer appends frames. Always a local file: training never waits for a network."""

    def append(self, frames: bytes) -> None:
        """Append whole frames; returns after `write(2)`, so that a SIGKILL loses nothing."""

    def rotate(self) -> None:
        """Close the current file and go on in the next one."""

    def close(self, reason: str) -> None:
        """Write CLOSE and make everything durable. Harmless when called twice."""


@runtime_checkable
class ObjectStore(Protocol):
    """Immutable things under a path. Never overwrites."""

    def put_new(self, path: str, data: bytes | memoryview | Path) -> bool:
        """Store `data`; False when `path` exists already (which then is left alone)."""

    def get(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes of `path`, or of a range of it. Raises FileNotFoundError."""

    def stat(self, path: str) -> Stat | None:
        """Size and time, or None when it does not exist."""

    def list(self, prefix: str, after: str | None = None) -> Iterator[Stat]:
        """Objects whose path begins with `prefix`, in order of their path, those after `after`."""

    def move(self, src: str, dst: str) -> None:
        """Rename; raises FileNotFoundError."""

    def delete(self, paths: Sequence[str]) -> None:
        """Remove; missing ones are not an error."""


@runtime_checkable
class Catalog(Protocol):
    """The queryable view over all runs of a store. Disposable: rebuilt from the files."""

    def refresh(self, runs: Sequence[str] | None = None) -> int:
        """Fold what the files hold beyond what is known, of these runs or of all; return how many changed."""

    def runs(self, q: RunQuery) -> Page:
        """Filter, sort and page."""

    def run(self, run_id: str) -> RunRow | None:
        """One run, or None."""

    def projects(self) -> list[tuple[str, str, int, float]]:
        """(entity, project, number of runs, last activity) of each project, latest first."""

    def field_names(self, project: str | None = None) -> list[str]:
        """All config./summary. field names, sorted."""

    def field_kinds(self, project: str | None = None) -> dict[str, FieldKind]:
        """All config./summary. fields and what they hold."""

    def values(self, field: str, project: str | None = None, limit: int = 20) -> list[tuple[Scalar, int]]:
        """The most frequent values of a field, and how many runs have each."""

    def previews(self, run_ids: Sequence[str], key: str) -> list[Preview]:
        """Buckets of one key of many runs, in the order of `run_ids` (runs without it are left out)."""

    def lease(self, job: str, ttl: float) -> AbstractContextManager[bool]:
        """Advisory: True inside when nobody else holds `job`."""


@runtime_checkable
class ChangeFeed(Protocol):
    """Tells readers which entities changed."""

    def publish(self, hint: Hint) -> None:
        """Append a hint; never raises for a full or read-only disk."""

    def poll(self, since: dict[str, int]) -> tuple[list[Hint], dict[str, int]]:
        """Hints after the cursor `since` ({} = from the beginning) and the new cursor."""
