"""Columns of a table: the kind of their cells, what may be put in, and how they become Arrow.

A column's kind is that of its first cell that is not None. A column holds its cells as a Python list, or,
where it was given as an array or a data frame (see `columns_given`), as Arrow: such a column is never turned
into Python objects unless somebody asks for them.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogTypeError, warn
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.base import Media
from nbtrack.media.cells import CellMedia, from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: kinds of which a cell is stored as JSON text
JSON_KINDS = frozenset({"any", "list", "dict", "ndarray", "object", "media"})
#: what people call the kinds, in messages
_SAID = {
    "number": "numbers",
    "string": "text (str)",
    "boolean": "booleans",
    "timestamp": "dates and times",
    "list": "lists",
    "dict": "dicts",
    "ndarray": "arrays",
    "object": "objects",
}
_DTYPES: dict[Any, str] = {
    int: "number", float: "number", np.number: "number", str: "string", bool: "boolean",
    datetime.datetime: "timestamp", datetime.date: "timestamp", np.datetime64: "timestamp",
    list: "list", tuple: "list", dict: "dict", np.ndarray: "ndarray", object: "any", Any: "any",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column holds.

    Attributes:
        kind: "number", "string", "boolean", "timestamp", "list", "dict", "ndarray", "object", "media", "any"
            (everything), or None while only None was seen.
        media: of "media", the kind of medium (W&B's `_type`); "" when unknown.
        optional: whether None may stand in it.
        key: whether it is the table's primary key.
        refers: (table, column) that a foreign key points to, as text.
    """

    kind: str | None = None
    media: str = ""
    optional: bool = True
    key: bool = False
    refers: tuple[str, str] | None = None

    def __str__(self) -> str:
        if self.kind is None:
            return "nothing but None"
        if self.kind == "media":
            return f"media of type {self.media}"
        return _SAID.get(self.kind, self.kind)


def dtype_of(dtype: Any, optional: bool) -> ColumnType:
    """Return the type that a user names by a class; None leaves it to the first cell.

    Raises:
        LogTypeError: no such type.
    """
    if dtype is None or isinstance(dtype, ColumnType):
        return replace(dtype or ColumnType(), optional=optional)
    if isinstance(dtype, type) and issubclass(dtype, Media):
        return ColumnType("media", dtype.kind, optional)
    for known, kind in _DTYPES.items():
        if dtype is known or (dtype is not bool and _is_subclass(dtype, known)):
            return ColumnType(kind, "", optional)
    raise LogTypeError(
        f"Table: dtype {dtype!r} is no type of a column; accepted are int, float, str, bool, datetime, "
        "list, dict, numpy.ndarray, a class of media such as nbtrack.Image, or None to go by the first cell"
    )


def _is_subclass(dtype: Any, known: Any) -> bool:
    both = isinstance(dtype, type) and isinstance(known, type)
    return both and known is not object and issubclass(dtype, known)


def kind_of(value: Any) -> tuple[str | None, str]:
    """Return `(kind, kind of medium)` of a cell; None for what is missing. NaN is missing, as in W&B."""
    cls = type(value)
    known = _KNOWN.get(cls)
    if known is not None:
        return (None, "") if known == "number" and value != value else (known, "")  # noqa: PLR0124 (NaN)
    if value is None:
        return None, ""
    if isinstance(value, Media):
        return "media", value.kind
    if isinstance(value, np.generic):
        if value.dtype.kind in "iuf":
            return (None, "") if value != value else ("number", "")  # noqa: PLR0124
        return {"b": "boolean", "U": "string", "M": "timestamp"}.get(value.dtype.kind, "object"), ""
    if isinstance(value, list | tuple) and value and isinstance(value[0], Media):
        return "media", value[0].kind
    for base, kind in _BASES:
        if isinstance(value, base):
            return kind, ""
    if is_array_like(value):
        return ("number" if len(value.shape) == 0 else "ndarray"), ""
    if cls.__name__ in {"NAType", "NaTType"}:
        return None, ""
    return "object", ""


_KNOWN: dict[type, str] = {int: "number", float: "number", str: "string", bool: "boolean"}
_BASES: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"), (int | float, "number"), (str, "string"),
    (datetime.date, "timestamp"), (list | tuple | set | frozenset, "list"), (dict, "dict"),
)  # fmt: skip


#: libraries whose objects become media in a cell
_FIGURES = frozenset({"PIL", "altair", "bokeh", "holoviews", "matplotlib", "panel", "plotly", "rdkit"})


def with_media(values: Sequence[Any]) -> list[Any]:
    """Return cells with what other libraries draw as media: matplotlib's as pictures, all of one kind.

    Raises:
        LogTypeError, LogValueError: one that cannot be kept, such as an empty figure.
    """
    if all(cls in _KNOWN or cls is type(None) for cls in set(map(type, values))):
        return list(values)
    from nbtrack.media.foreign import convert, library_of

    return [
        value if found is None else found
        for value in values
        for found in [
            convert(value, pictures=True)
            if isinstance(value, ModuleType) or library_of(value) in _FIGURES
            else None
        ]
    ]


@dataclass(slots=True)
class Column:
    """One column: its type and its cells."""

    name: str | int
    type: ColumnType = field(default_factory=ColumnType)
    #: a Python list, or a pyarrow array in the form that is stored
    values: Any = field(default_factory=list)
    #: returns files that cells refer to; of a table that was read back
    file: Callable[[str], bytes] | None = None

    def __len__(self) -> int:
        return len(self.values)

    # ---- putting in

    def admits(self, value: Any, row: int) -> ColumnType:
        """Return the column's type with `value` in it.

        Raises:
            LogTypeError: it does not belong to the cells before it.
        """
        kind, media = kind_of(value)
        mine = self.type
        if kind is None:
            if not mine.optional:
                raise self._conflict(value, row)
            return mine
        if mine.kind is None:
            return replace(mine, kind=kind, media=media)
        if mine.kind == "any" or (mine.kind == kind and mine.media in {"", media}):
            return mine
        raise self._conflict(value, row)

    def _conflict(self, value: Any, row: int) -> LogTypeError:
        missing = kind_of(value)[0] is None
        shown = "None" if value is None else f"{_short(value)} ({type(value).__name__})"
        optional = " and nothing missing: it was made with optional=False" if missing else ""
        return LogTypeError(
            f"Data row contained incompatible types: row {row} has {shown} in column {self.name!r}, which "
            f"holds {self.type}{optional}. Accepted: {self.type}, or anything in a "
            "Table(allow_mixed_types=True)"
        )

    def append(self, value: Any, kind: ColumnType) -> None:
        """Add a cell that `admits` let in."""
        self.cells().append(value)
        self.type = kind

    def extend(self, values: list[Any]) -> None:
        """Add many cells, looked at type by type.

        Raises:
            LogTypeError: one does not belong; nothing is added then.
        """
        kind = self.type
        start = len(self.values)
        if kind.kind == "any" and kind.optional:
            self.cells().extend(values)
            return
        classes = set(map(type, values))
        plain = {_KNOWN.get(cls) for cls in classes} - {None}
        simple = len(plain) == 1 and all(cls in _KNOWN or cls is type(None) for cls in classes)
        fits = simple and kind.kind in {None, *plain}
        if fits and (kind.optional or (type(None) not in classes and not _has_nan(values))):
            found = next(iter(plain))
            if kind.kind is None and not (found == "number" and _all_missing(values)):
                kind = replace(kind, kind=found)
        else:
            probe = Column(self.name, kind)
            for row, value in enumerate(values, start):
                probe.type = probe.admits(value, row)
            kind = probe.type
        self.cells().extend(values)
        self.type = kind

    # ---- taking out

    def cells(self) -> list[Any]:
        """Return the column's own list of cells; one that was Arrow is turned into Python objects."""
        if not isinstance(self.values, list):
            values = self.values.to_pylist()
            if self.type.kind in JSON_KINDS:
                assert self.file is not None
                values = [from_text(text, self.file) for text in values]
            self.values = values
        return self.values

    def to_numpy(self) -> Any:
        """Return the cells as an array of numpy; numbers as numbers, missing ones as NaN."""
        if not isinstance(self.values, list) and self.type.kind == "number":
            return (
                self.values.to_numpy(zero_copy_only=False)
                if hasattr(self.values, "chunks") is False
                else (self.values.combine_chunks().to_numpy(zero_copy_only=False))
            )
        cells = self.cells()
        if self.type.kind == "number":
            if all(type(cell) is int for cell in cells):
                return np.array(cells)
            return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)
        if self.type.kind == "ndarray":
            return np.array([to_numpy(cell) for cell in cells])
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        return array if self.type.kind not in {"string", "boolean"} or None in cells else np.array(cells)

    def arrow(self, start: int, media: CellMedia) -> Any:
        """Return the cells from row `start` on as a pyarrow array, in the form that is stored.

        Args:
            start: first row.
            media: takes the media that the cells hold.
        """
        import pyarrow as pa

        kind = self.type.kind
        if not isinstance(self.values, list):
            if kind not in JSON_KINDS:
                return self.values[start:]
            self.cells()
        values = self.values[start:] if start else self.values
        if kind in JSON_KINDS:
            return pa.array([to_text(value, media) for value in values], pa.string())
        if kind is None:
            return pa.nulls(len(values))
        return {"number": _numbers, "string": _texts, "boolean": _booleans, "timestamp": _times}[kind](
            values, self.name
        )


def _all_missing(values: Iterable[Any]) -> bool:
    return all(v is None or v != v for v in values)  # noqa: PLR0124 (NaN)


def _has_nan(values: Iterable[Any]) -> bool:
    return any(v != v for v in values)  # noqa: PLR0124


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# ---- Python cells to Arrow: with the type given, three times as fast as letting Arrow find it out


def _numbers(values: Sequence[Any], name: str | int) -> Any:
    import pyarrow as pa

    classes = set(map(type, values)) - {type(None)}
    if not classes <= {int, float}:
        values = [_plain(v) for v in values]
        values = [None if v is None or type(v).__name__ in {"NAType", "NaTType"} else v for v in values]
        classes = set(map(type, values)) - {type(None)}
    if not any(issubclass(cls, float) for cls in classes):  # Arrow would cut their fractions off
        try:
            return pa.array(values, pa.int64())
        except (OverflowError, pa.ArrowException):
            warn(f"Table: column {name!r} holds integers beyond 64 bits; they are stored as floats")
    if int in classes:  # Arrow takes no integer beyond 2^53 for a float
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, pa.float64())


def _plain(value: Any) -> Any:
    """A number of numpy or a tensor without dimensions as Python's."""
    if hasattr(value, "item"):
        return value.item()
    return to_numpy(value).item() if is_array_like(value) else value


def _texts(values: Sequence[Any], _name: str | int) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except (TypeError, UnicodeError, pa.ArrowException):  # NaN for what is missing, or lone surrogates
        texts = [str(v).encode("utf-8", "replace").decode() if isinstance(v, str) else None for v in values]
        return pa.array(texts, pa.string())


def _booleans(values: Sequence[Any], _name: str | int) -> Any:
    import pyarrow as pa

    return pa.array([bool(v) if kind_of(v)[0] == "boolean" else None for v in values], pa.bool_())


def _times(values: Sequence[Any], _name: str | int) -> Any:
    import pyarrow as pa

    times = [_time(value) for value in values]
    real = [value for value in times if value is not None]
    if all(not isinstance(value, datetime.datetime) for value in real):
        return pa.array(times, pa.date32())
    full: list[Any] = [
        datetime.datetime(v.year, v.month, v.day) if v and not isinstance(v, datetime.datetime) else v
        for v in times
    ]
    if any(v is not None and v.tzinfo is not None for v in full):
        utc = datetime.UTC
        full = [v if v is None else v.astimezone(utc) if v.tzinfo else v.replace(tzinfo=utc) for v in full]
        return pa.array(full, pa.timestamp("us", "UTC"))
    return pa.array(full, pa.timestamp("us"))


def _time(value: Any) -> datetime.datetime | datetime.date | None:
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    return value if isinstance(value, datetime.date) and kind_of(value)[0] else None
