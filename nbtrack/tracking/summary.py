"""`run.summary`: one value a key, worked out from the run's own files.

Nothing is kept here. Reading asks the `RunReader`, so that what a reader elsewhere sees and what the run
itself sees cannot differ; writing puts the value on record at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, cast

from nbtrack.errors import LogTypeError
from nbtrack.media.base import Media
from nbtrack.tracking.values import SMALL_ARRAY, as_number, to_json

if TYPE_CHECKING:
    from nbtrack.store.model import Json

#: returns the whole summary, keys flat as they were logged
Read = Callable[[], Mapping[str, Any]]
#: called with (op "set" or "del", path, JSON value)
Write = Callable[[str, tuple[str, ...], Any], None]
#: keeps bytes and returns their SHA-256
Keep = Callable[[bytes], str]


class MissingKeyError(KeyError, AttributeError):
    """No such entry; a KeyError as in W&B, and an AttributeError so that `hasattr` and `copy` work."""

    __str__ = Exception.__str__


class Summary(MutableMapping[str, Any]):
    """What stands for a whole run: the last value of each key, or what `define_metric` asked for.

    Set items or attributes to say something else; nested dicts are mappings like this one. Arrays and tensors
    of more than 32 elements are kept whole as a file, and the summary holds their statistics (`min`, `max`,
    `mean`, `var`, percentiles, a small histogram); smaller ones become lists.

    Example:
        >>> run.summary["best_accuracy"] = 0.98  # doctest: +SKIP
        >>> run.summary.best_accuracy  # doctest: +SKIP
        0.98

    Raises:
        KeyError: for an entry that is not there (which is an AttributeError too).
        LogTypeError: for a value that cannot be kept; the message names the key.
    """

    _read: Read
    _write: Write
    _keep: Keep
    _path: tuple[str, ...]

    def __init__(self, read: Read, write: Write, keep: Keep, path: tuple[str, ...] = ()) -> None:
        set_ = object.__setattr__
        set_(self, "_read", read)
        set_(self, "_write", write)
        set_(self, "_keep", keep)
        set_(self, "_path", path)

    # ---- reading

    def __getitem__(self, key: str) -> Any:
        entries = self._entries()
        if key in entries:
            value = entries[key]
            return self._below(key) if _is_nested(value) else value
        if any(name.startswith(f"{key}.") for name in entries):
            return self._below(key)
        where = ".".join(self._path)
        raise MissingKeyError(f"summary{f'.{where}' if where else ''} has no key {key!r}")

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]

    def __iter__(self) -> Iterator[str]:
        return iter([key for key in self._entries() if not key.startswith("_")])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str):
            return False
        entries = self._entries()
        return key in entries or any(name.startswith(f"{key}.") for name in entries)

    def __repr__(self) -> str:
        return f"Summary({self.as_dict()!r})"

    def __eq__(self, other: object) -> bool:
        return self.as_dict() == (other.as_dict() if isinstance(other, Summary) else other)

    __hash__ = None  # type: ignore[assignment]

    def as_dict(self) -> dict[str, Any]:
        """Return a copy as plain dicts."""
        return {key: value for key, value in self._entries().items() if not key.startswith("_")}

    def _entries(self) -> dict[str, Any]:
        entries = dict(self._read())
        for name in self._path:
            below = entries.get(name)
            nested = dict(below) if isinstance(below, Mapping) else {}
            # `log({"a": {"b": 1}})` is the flat key "a.b", also reached as summary["a"]["b"]
            nested.update(
                {key[len(name) + 1 :]: value for key, value in entries.items() if key.startswith(f"{name}.")}
            )
            entries = nested
        return entries

    def _below(self, key: str) -> Summary:
        return Summary(self._read, self._write, self._keep, (*self._path, key))

    # ---- writing

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise LogTypeError(f"summary: keys must be str, not {type(key).__name__} ({key!r})")
        path = (*self._path, key)
        self._write("set", path, self._value(value, ".".join(path)))

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise MissingKeyError(f"summary has no key {'.'.join((*self._path, key))!r}")
        self._write("del", (*self._path, key), None)

    def __delattr__(self, key: str) -> None:
        del self[key]

    def update(  # type: ignore[override]  # W&B's signature: one optional mapping
        self, key_vals: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, overwrite: bool = True
    ) -> None:
        """Set each item of `key_vals` (default: none); with `overwrite=False` those that are there stay."""
        for key, value in dict(key_vals or {}).items():
            if overwrite or key not in self:
                self[key] = value

    def _value(self, value: Any, key: str) -> Json:
        """`value` as JSON; what it needs to keep whole becomes a blob."""
        if isinstance(value, Summary):
            value = value.as_dict()
        if isinstance(value, Mapping):
            return {str(name): self._value(one, f"{key}.{name}") for name, one in value.items()}
        if (number := as_number(value)) is not None:
            return number[1]
        if value is None or isinstance(value, str):
            return to_json(value, f"summary.{key}")
        return self._object(value, key)

    def _object(self, value: Any, key: str) -> Json:
        from nbtrack.media.arrays import is_array_like, tensor_summary, to_npy, to_numpy
        from nbtrack.media.coerce import coerce

        if is_array_like(value):
            array = to_numpy(value)
            if array.size == 1:
                return to_json(array.reshape(-1).tolist()[0], f"summary.{key}")
            if array.size <= SMALL_ARRAY:
                return to_json(array.tolist(), f"summary.{key}")
            try:
                return {**tensor_summary(value), "blob": self._keep(to_npy(value))}
            except LogTypeError as error:
                raise LogTypeError(f"summary.{key}: {error}") from error
        if isinstance(value, Media) or not isinstance(value, (list, tuple)):
            media = coerce(value)
            if isinstance(media, Media):
                return self._medium(media)
        elif value and isinstance(value[0], Media):
            media = coerce(value)
            return [self._medium(one) for one in cast("list[Media]", media)]
        return to_json(value, f"summary.{key}")

    def _medium(self, medium: Media) -> Json:
        from nbtrack.media.registry import finish

        record = medium.record()
        if record.raw is None:
            return {"_type": record.kind, **record.meta}
        # The summary holds a handful of media, set once: encoding at once keeps them simple.
        meta, blob = finish(record.raw).keep(record.meta, self._keep)
        return {"_type": record.kind, **meta, **({} if blob is None else {"sha256": blob})}


def _is_nested(value: Any) -> bool:
    """Whether an entry is a tree of further entries, not one value that is a dict (a medium, a tensor)."""
    return isinstance(value, Mapping) and "_type" not in value
