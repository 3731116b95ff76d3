"""How a value becomes something that the store can keep: a small JSON, and at most one piece of raw bytes.

Constructors check (and raise at the call); `record()` is cheap and called in the user's loop; encoding of the
raw bytes (PNG, binning) happens later, off the caller's thread, by a named codec, also in another process
after a crash. So a codec depends on nothing but its params and the bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from nbtrack.display import mimebundle

if TYPE_CHECKING:
    import numpy as np

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that still have to be encoded.

    `data` is a C-contiguous array or bytes-like object that the user may go on changing: whoever takes the
    record copies it (into the spool) before `log()` returns.
    """

    codec: str
    params: dict[str, Json]
    data: np.ndarray[Any, Any] | bytes | memoryview


@dataclass(frozen=True, slots=True)
class Record:
    """What is stored of a medium: `kind` is W&B's `_type`; `meta` is everything already known."""

    kind: str
    meta: dict[str, Json]
    raw: Raw | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a codec returns. `meta` is merged over the record's; `blob` None when the meta is everything."""

    meta: dict[str, Json]
    blob: bytes | None = None


class Media(ABC):
    """Base of everything that is logged as an object."""

    #: W&B's `_type` of a single one
    kind: ClassVar[str]

    @abstractmethod
    def record(self) -> Record:
        """Return what to store. Cheap: no encoding, no copy of big data."""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:  # noqa: ARG002
        return mimebundle("media", self)
