"""What `log()` makes of a dict: numbers, JSON and media, each under a flat key.

Nothing is written here and nothing of the caller's is changed. A value that cannot be logged does not hide
its
neighbors: it becomes an entry of `Row.errors`, and everything else goes on.
"""

from __future__ import annotations

import datetime
import functools
import math
import os
import sys
import types
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError, UsageError
from nbtrack.media.base import Media, Record
from nbtrack.store.model import SYSTEM_PREFIX, UNENDING

if TYPE_CHECKING:
    from nbtrack.store.model import Json

#: integers up to this size are exact as a float64; larger ones are kept as JSON
EXACT_INT = 2**53
#: longest key, in characters
MAX_KEY = 1024
#: nesting of dicts and lists
MAX_DEPTH = 32
#: largest JSON value, in characters of its text or elements of its lists, roughly
MAX_JSON = 4 * 1024 * 1024
#: arrays up to this size are kept as a list, larger ones become a histogram, as in W&B
SMALL_ARRAY = 32

#: keys that the journal itself knows; what a caller gives is discarded
DISCARDED = frozenset({"_step", "_runtime", "_cell"})

ACCEPTED = (
    "accepted are numbers, str, bool, None, arrays and tensors, nbtrack media such as Image and Histogram, "
    "figures, data frames and molecules of known libraries, lists and dicts of these"
)

_LETTERS: dict[type, str] = {float: "f", int: "i", bool: "b"}


@dataclass(slots=True)
class Item:
    """A value that is not a number: one entry of a logged list, a single one (`count` 0), or an increment."""

    key: str
    idx: int
    count: int
    record: Record


@dataclass(slots=True)
class Row:
    """One logged dict, taken apart."""

    #: key -> (dtype letter, value); a key that is given twice once flattened keeps the later value
    numbers: dict[str, tuple[str, float]] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    #: unix seconds from a `_timestamp` that the caller gave
    time: float | None = None
    errors: list[UsageError] = field(default_factory=list)

    def json(self, key: str, value: Json) -> None:
        """Add a value that is kept as JSON."""
        self.items.append(Item(key, 0, 0, Record("json", {"value": value})))


def letters_of(keys: tuple[str, ...], types_: tuple[type, ...]) -> str | None:
    """The dtype letters of a row of plain numbers under ordinary keys, or None when it needs `split`."""
    letters = []
    for key, kind in zip(keys, types_, strict=True):
        letter = _LETTERS.get(kind) or _numpy_letter(kind)
        if letter is None or type(key) is not str or key.startswith("_") or check_key(key) is not None:
            return None
        letters.append(letter)
    return "".join(letters)


def split(data: Mapping[Any, Any]) -> Row:
    """Take a logged mapping apart.

    Args:
        data: What was given to `log()`; nested mappings are joined with ".".
    """
    row = Row()
    _walk(row, data, "", 0)
    return row


def check_key(key: str) -> UsageError | None:
    """Why `key` cannot be used, or None when it can."""
    if not key:
        return LogValueError("log: a key is empty; accepted are non-empty strings")
    if len(key) > MAX_KEY:
        return LogValueError(
            f"log: the key {key[:60]!r}... has {len(key):,} characters; accepted are up to {MAX_KEY:,}"
        )
    if not key.isprintable():
        for character in key:
            # isprintable also rejects harmless spaces of other scripts, so look at what is really wrong
            if ord(character) < 32 or 127 <= ord(character) < 160 or 0xD800 <= ord(character) < 0xE000:
                return LogValueError(
                    f"log: the key {key!r} holds the character {character!r}; accepted is any Unicode text "
                    "without control characters and lone surrogates"
                )
    if key.startswith(SYSTEM_PREFIX):
        return LogValueError(
            f"log: the key {key!r} begins with {SYSTEM_PREFIX!r}, which is for system metrics"
        )
    return None


def _walk(row: Row, data: Mapping[Any, Any], prefix: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        row.errors.append(
            LogValueError(
                f"log: the dict under {prefix[:-1]!r} is nested deeper than {MAX_DEPTH}, or holds itself"
            )
        )
        return
    for name, value in data.items():
        key = name
        if not isinstance(key, str):
            if depth == 0 or not isinstance(key, (int, float, Enum)):
                row.errors.append(
                    LogTypeError(
                        "log: Key values passed to `nbtrack.log` must be strings, not "
                        f"{type(name).__name__} ({name!r}{' in ' + repr(prefix[:-1]) if prefix else ''})"
                    )
                )
                continue
            key = key.name if isinstance(key, Enum) else str(key)
        elif depth == 0:
            if key in DISCARDED:
                continue
            if key == "_timestamp":
                _timestamp(row, value)
                continue
        key = prefix + str(key)
        if problem := check_key(key):
            row.errors.append(problem)
            continue
        try:
            _put(row, key, value, depth)
        except UsageError as error:
            row.errors.append(error)
        except Exception as error:
            wrapped = LogTypeError(
                f"log: {key!r} holds a {_name(value)} that cannot be read "
                f"({type(error).__name__}: {error}); {ACCEPTED}"
            )
            wrapped.__cause__ = error
            row.errors.append(wrapped)


def _timestamp(row: Row, value: Any) -> None:
    number = as_number(value)
    if number is None or not math.isfinite(number[1]):
        row.errors.append(LogTypeError(f"log: '_timestamp' must be unix seconds, not {value!r}"))
    else:
        row.time = float(number[1])


def _put(row: Row, key: str, value: Any, depth: int) -> None:
    number = as_number(value)
    if number is not None:
        letter, plain = number
        if letter == "i" and not -EXACT_INT <= plain <= EXACT_INT:
            row.json(key, to_json(int(plain), key))
        else:
            row.numbers[key] = letter, plain
    elif value is None or isinstance(value, str):
        row.json(key, _sized(to_json(value, key), key))
    elif isinstance(value, Mapping):
        _walk(row, value, key + ".", depth + 1)
    elif is_dataclass(value) and not isinstance(value, (type, Media)):
        _walk(row, {f.name: getattr(value, f.name) for f in fields(value)}, key + ".", depth + 1)
    else:
        media = _media(value, key)
        if isinstance(media, Media):
            record = media.to_log()
            n = record.increment
            row.items.append(Item(key, n or 0, 0 if n is None else UNENDING, record))
            for name, other in media.beside(key).items():
                _put(row, name, other, depth)
        elif media:
            row.items.extend(Item(key, i, len(media), one.record()) for i, one in enumerate(media))
        elif (array := _array(value, key)) is not None:
            _put_array(row, key, array)
        else:
            row.json(key, _sized(to_json(value, key), key))


def _put_array(row: Row, key: str, array: Any) -> None:
    if array.size <= SMALL_ARRAY:
        plain = array.tolist()
        if array.size == 1:
            while isinstance(plain, list):
                plain = plain[0]
            number = as_number(plain)
            if number is not None and (number[0] != "i" or -EXACT_INT <= number[1] <= EXACT_INT):
                row.numbers[key] = number
                return
        row.json(key, to_json(plain, key))
        return
    # the media layer has taken the numeric ones
    raise LogTypeError(
        f"log: {key!r} holds an array of {array.dtype} with {array.size:,} elements; arrays of more than "
        f"{SMALL_ARRAY} elements become a histogram and have to be numeric"
    )


def as_number(value: Any) -> tuple[str, float] | None:
    """(dtype letter, plain float, int or bool) of a number of any size, or None when it is none."""
    kind = type(value)
    letter = _LETTERS.get(kind)
    if letter is not None:
        return letter, value
    letter = _numpy_letter(kind)
    if letter is not None:
        return letter, float(value) if letter == "f" else int(value) if letter == "i" else bool(value)
    if isinstance(value, Enum):
        return None
    if isinstance(value, float):
        return "f", float(value)
    if isinstance(value, int):
        return "i", int(value)
    if kind.__module__ in {"decimal", "fractions"} and hasattr(kind, "__float__"):
        return "f", float(value)
    if isinstance(value, datetime.timedelta):
        return "f", value.total_seconds()
    return None


def _numpy_letter(kind: type) -> str | None:
    numpy = sys.modules.get("numpy")
    # an encoder thread may be in the middle of importing it
    if numpy is None or not hasattr(numpy, "generic") or not issubclass(kind, numpy.generic):
        return None
    if issubclass(kind, numpy.bool_):
        return "b"
    if issubclass(kind, numpy.integer) and not issubclass(kind, numpy.timedelta64):
        return "i"
    return "f" if issubclass(kind, numpy.floating) else None


def _media(value: Any, key: str) -> Media | list[Media] | None:
    """What the media layer makes of `value`; None when it is no medium."""
    if isinstance(value, (list, tuple)) and all(map(_is_plain, value)):
        return None
    from nbtrack.media.coerce import coerce

    try:
        return coerce(value)
    except (LogTypeError, LogValueError) as error:
        raise type(error)(f"log: {key!r}: {error}") from error


def _is_plain(value: Any) -> bool:
    return value is None or type(value) in _LETTERS or isinstance(value, (str, bytes, Mapping, list, tuple))


def _array(value: Any, key: str) -> Any | None:
    """`value` as a numpy array, if it is one, a tensor or a pandas Series; without importing any of them."""
    if type(value).__module__.partition(".")[0] in {"pandas", "polars"} and hasattr(value, "to_numpy"):
        return None if len(getattr(value, "shape", ())) != 1 else value.to_numpy()
    from nbtrack.media.arrays import is_array_like, to_numpy

    if not is_array_like(value):
        return None
    try:
        return to_numpy(value)
    except (LogTypeError, LogValueError) as error:
        raise type(error)(f"{key!r}: {error}") from error


def _sized(value: Json, key: str) -> Json:
    if (size := _size(value)) > MAX_JSON:
        raise LogValueError(
            f"log: {key!r} holds a value of about {size:,} bytes of JSON; accepted are up to {MAX_JSON:,}. "
            "Log arrays as an array or nbtrack.Histogram, and text as a file (run.save)"
        )
    return value


def _size(value: Json) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return 9 * len(value) if not value or isinstance(value[0], (int, float)) else sum(map(_size, value))
    if isinstance(value, dict):
        return sum(len(key) + _size(one) for key, one in value.items())
    return 9


def to_json(value: Any, key: str, depth: int = 0) -> Json:
    """Return `value` as JSON: None, bool, int, float, str, list or dict.

    Bytes become text, dates ISO 8601, sets and tuples lists, enums their names, complex numbers their text,
    dataclasses dicts, functions and classes their qualified names.

    Args:
        value: Anything.
        key: Where it stands, for the message.
        depth: How deep inside that key.

    Raises:
        LogTypeError: for what has no such form.
        LogValueError: for something nested too deep.
    """
    if depth > MAX_DEPTH:
        raise LogValueError(f"{key!r} is nested deeper than {MAX_DEPTH}, or holds itself")
    if value is None:
        return None
    if (number := as_number(value)) is not None:
        return number[1]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return _clean(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, Mapping):
        return {
            str(name.name if isinstance(name, Enum) else name): to_json(one, f"{key}.{name}", depth + 1)
            for name, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [to_json(one, f"{key}[{i}]", depth + 1) for i, one in enumerate(value)]
    if isinstance(value, Set):
        return [to_json(one, key, depth + 1) for one in _ordered(value)]
    if isinstance(value, (datetime.date, datetime.time)):  # datetime is a date
        return value.isoformat()
    if isinstance(value, complex) or type(value).__module__ == "uuid":
        return str(value)
    if isinstance(value, os.PathLike):
        return _clean(os.fsdecode(value))
    if isinstance(value, type) or (callable(value) and isinstance(value, _FUNCTIONS)):
        return _qualified(value)
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name), f"{key}.{f.name}", depth + 1) for f in fields(value)}
    if isinstance(value, Media):
        raise LogTypeError(
            f"{key!r} holds a {_name(value)} among other values; media stand alone under a key or in a list "
            "of one class"
        )
    if (array := _array(value, key)) is not None:
        if array.size > SMALL_ARRAY:
            raise LogTypeError(
                f"{key!r} holds an array of {array.size:,} elements inside a list; give it a key of its own"
            )
        return to_json(array.tolist(), key, depth + 1)
    return _foreign(value, key)


_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    functools.partial,
)


def _foreign(value: Any, key: str) -> Json:
    """Numpy and pandas values without a Python class of their own; everything else is refused."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    if package == "numpy":
        if kind.__name__ in {"datetime64", "timedelta64"} or kind.__name__.startswith(
            ("complex", "clongdouble")
        ):
            return str(value)
    elif package == "pandas" and kind.__name__ in {"NAType", "NaTType"}:
        return None
    raise LogTypeError(f"{key!r} holds a {_name(value)}, which cannot be logged; {ACCEPTED}")


def _ordered(values: Set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _clean(text: str) -> str:
    """`text` without lone surrogates, which no UTF-8 file can hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _qualified(value: Any) -> str:
    if isinstance(value, functools.partial):
        value = value.func
    return (
        f"{value.__module__}.{value.__qualname__}"
        if getattr(value, "__module__", None)
        else value.__qualname__
    )


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
