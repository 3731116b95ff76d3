"""How a value becomes something that the store can keep: a small JSON, and at most one piece of raw bytes.

Constructors check (and raise at the call); `record()` is cheap and called in the user's loop; encoding of the
raw bytes (PNG, binning) happens later, off the caller's thread, by a named codec, also in another process
after a crash. So a codec depends on nothing but its params and the bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from nbtrack.display import mimebundle
from nbtrack.errors import LogValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    Data = np.ndarray[Any, Any] | bytes | memoryview

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that still have to be encoded.

    `data` is a C-contiguous array or bytes-like object that the user may go on changing: whoever takes the
    record copies it (into the spool) before `log()` returns. Several of them reach the codec as one, joined
    in order; `params` then say where each begins. `slow` codecs take long even for a few bytes: they never
    run in `log()`.
    """

    codec: str
    params: dict[str, Json]
    data: Data | tuple[Data, ...]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What is stored of a medium.

    Attributes:
        kind: W&B's `_type`.
        meta: everything already known.
        raw: what has to be encoded.
        increment: its number, when it adds to what was logged before it: then it is kept beside that.
    """

    kind: str
    meta: dict[str, Json]
    raw: Raw | None = None
    increment: int | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a codec returns.

    Attributes:
        meta: merged over the record's.
        blob: the medium's file; None when the meta is everything.
        parts: further files by name (a poster, masks). The stored meta names their SHA-256 under "parts".
        inner: files that one of the others refers to by SHA-256 (pictures in the cells of a table).
    """

    meta: dict[str, Json]
    blob: bytes | None = None
    parts: Mapping[str, bytes] = field(default_factory=dict)
    inner: Sequence[bytes] = ()

    def keep(self, meta: dict[str, Json], put: Callable[[bytes], str]) -> tuple[dict[str, Json], str | None]:
        """Give every file to `put`.

        Args:
            meta: the record's.
            put: takes a file, returns its SHA-256.

        Returns:
            The meta to store, and the SHA-256 of `blob`.
        """
        for file in self.inner:
            put(file)
        merged = {**meta, **self.meta}
        if self.parts:
            merged["parts"] = {name: put(file) for name, file in self.parts.items()}
        return merged, None if self.blob is None else put(self.blob)


class Media(ABC):
    """Base of everything that is logged as an object."""

    #: W&B's `_type` of a single one
    kind: ClassVar[str]

    @abstractmethod
    def record(self) -> Record:
        """Return what to store. Cheap: no encoding, no copy of big data."""

    def to_log(self) -> Record:
        """Return what `log()` stores of one that is logged alone. It may note that it was stored."""
        return self.record()

    def beside(self, key: str) -> Mapping[str, Media]:  # noqa: ARG002
        """Return what `log()` stores along with one that is logged alone under `key`, by key."""
        return {}

    @classmethod
    @abstractmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Media:
        """Read a stored one back.

        Args:
            meta: as it was stored.
            blob: its file; None when it has none, or while it is not encoded yet.
            file: returns a further file by its SHA-256, as named in `meta["parts"]`.
        """

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("media", self)


def stored(blob: bytes | None, kind: str) -> bytes:
    """Return `blob`.

    Raises:
        LogValueError: there is none: the medium is not encoded yet, or could not be.
    """
    if blob is None:
        raise LogValueError(f"the file of this {kind} is not in the store: its encoding has not ended well")
    return blob
