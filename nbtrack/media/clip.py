"""What films and sounds have in common: raw numbers that become a file, or a file that stays as it is."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, cast

from nbtrack.errors import LogValueError
from nbtrack.media.base import Json, Media, Raw, Record, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike


class Kept(NamedTuple):
    """A clip read back: its meta and its file."""

    meta: dict[str, Json]
    blob: bytes | None

    def raw(self, codec: str) -> Raw | None:
        """Its file as what that codec keeps; None while there is none."""
        return None if self.blob is None else Raw(codec, {"format": self.meta["format"]}, self.blob)


class Clip(Media):
    """A film or a sound."""

    #: how it is called in messages
    noun: ClassVar[str]
    #: what the codec adds to the meta and makes anew
    made: ClassVar[frozenset[str]]

    _meta: dict[str, Json]
    _raw: Raw | None

    @abstractmethod
    def __init__(self, data_or_path: Any, *, caption: str | None = None) -> None:
        self.caption = None if caption is None else str(caption)

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Read a stored one back; while `blob` is missing it can be described, not played."""
        return cls(Kept(meta, blob), caption=cast("str | None", meta.get("caption")))

    @property
    def format(self) -> str:
        """Format of the stored file."""
        return cast(str, self._meta["format"])

    @property
    def duration(self) -> float | None:
        """Seconds."""
        return cast("float | None", self._meta.get("duration"))

    def record(self) -> Record:
        """Meta and raw numbers (or the ready file); nothing is encoded."""
        if self._raw is None:
            raise LogValueError(
                f"this {self.noun} is not encoded yet: its raw numbers still wait in the run's spool"
            )
        meta = {key: value for key, value in self._meta.items() if key not in self.made}
        return Record(
            self.kind, meta if self.caption is None else {**meta, "caption": self.caption}, self._raw
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write its file, as it is stored."""
        Path(path).write_bytes(self._file()[0])

    def _file(self) -> tuple[bytes, dict[str, Json]]:
        """Its file and meta, encoded now if need be."""
        from nbtrack.media.registry import complete

        record = self.record()
        raw = cast(Raw, record.raw)
        if raw.codec == self.kind:
            return bytes(cast(bytes, raw.data)), record.meta
        done = complete(record)
        return stored(done.blob, self.kind), done.meta
