"""What tables are made of: rows, 2-D arrays and data frames, each turned into columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.columns import Column, ColumnType, kind_of, with_media

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    #: number of columns -> the type that was asked for each
    Types = Callable[[int], list[ColumnType]]

#: W&B's names of the columns of a table that is made without
DEFAULT = ("Input", "Output", "Expected")


def columns_of(source: Any, columns: Any, types: Types) -> list[Column]:
    """Return the columns of whatever a table is made of.

    Args:
        source: a list of rows, a 2-D array or tensor, or a frame of pandas, polars or pyarrow; None: no rows.
        columns: names; None: those of the frame, or `DEFAULT`.
        types: number of columns -> their types.

    Raises:
        LogTypeError: it is none of these, or cells do not go together in a column.
        LogValueError: names that come twice, or not as many as there are columns.
    """
    if is_frame(source):
        return _of_frame(source, columns, types)
    if is_array_like(source):
        return _of_array(to_numpy(source), columns, types)
    rows = [] if source is None else source
    if not isinstance(rows, list | tuple):
        raise LogTypeError(
            f"Table: data must be a list of rows, a 2-D array or a data frame; got {type(rows).__name__}"
        )
    return _of_rows(rows, columns, types)


def is_frame(value: object) -> bool:
    """Whether `value` is a data frame of pandas, polars or pyarrow. Imports nothing."""
    module = type(value).__module__.partition(".")[0]
    return (module in {"pandas", "polars"} and type(value).__name__ == "DataFrame") or (
        module == "pyarrow" and type(value).__name__ == "Table"
    )


def names_of(columns: Any) -> list[str | int]:
    """Return the names of columns, copied and checked.

    Raises:
        LogTypeError: no list of str and int.
        LogValueError: a name that comes twice.
    """
    if isinstance(columns, np.ndarray):
        columns = columns.tolist()
    if isinstance(columns, str) or not hasattr(columns, "__iter__"):
        raise LogTypeError(f"Table: columns must be a list of names; got {columns!r}")
    names = list(columns)
    for name in names:
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise LogTypeError(f"Table: a column's name must be str or int; got {name!r}")
    if len({str(name) for name in names}) < len(names):
        twice = next(name for i, name in enumerate(names) if str(name) in map(str, names[:i]))
        raise LogValueError(f"Table: the column {twice!r} comes twice; names must differ")
    return names


def wrong_length(names: Sequence[str | int], found: int) -> LogValueError:
    """Return what to raise of a row of `found` cells."""
    return LogValueError(f"This table expects {len(names)} columns: {list(names)}, found {found}")


def _of_rows(rows: Sequence[Any], columns: Any, types: Types) -> list[Column]:
    names = names_of(DEFAULT if columns is None else columns)
    for row in rows:
        if not isinstance(row, list | tuple | np.ndarray):
            raise LogTypeError(f"Table: a row must be a list or tuple; got {type(row).__name__}: {row!r:.80}")
        if len(row) != len(names):
            raise wrong_length(names, len(row))
    parts = [list(part) for part in zip(*rows, strict=True)] if rows else [[] for _ in names]
    return [column_of(*one) for one in zip(names, parts, types(len(names)), strict=True)]


def _of_array(array: Any, columns: Any, types: Types) -> list[Column]:
    if array.ndim != 2:
        raise LogValueError(f"Table: data of shape {array.shape}; accepted is a 2-D array (rows, columns)")
    width = array.shape[1]
    default = DEFAULT if width == len(DEFAULT) else [str(i) for i in range(width)]
    names = names_of(default if columns is None else columns)
    if width != len(names):
        raise wrong_length(names, width)
    parts = [array[:, i] for i in range(width)]
    return [column_of(*one) for one in zip(names, parts, types(width), strict=True)]


def _of_frame(frame: Any, columns: Any, types: Types) -> list[Column]:
    """Return the columns of a frame, without going through Python rows; an index of pandas is left out."""
    import pyarrow as pa

    module = type(frame).__module__.partition(".")[0]
    own = [str(name) for name in (frame.column_names if isinstance(frame, pa.Table) else frame.columns)]
    names = names_of(own if columns is None else columns)
    if len(names) != len(own):
        raise LogValueError(f"Table: {len(names)} columns {names} for a data frame of {len(own)}")
    made = []
    for i, (name, dtype) in enumerate(zip(names, types(len(names)), strict=True)):
        if isinstance(frame, pa.Table):
            values: Any = frame.column(i)
        elif module == "polars":
            series = frame.to_series(i)
            values = series.to_list() if str(series.dtype).startswith("Object") else series.to_arrow()
        else:
            values = _of_pandas(frame.iloc[:, i])
        made.append(_lenient(name, values, dtype))
    return made


def column_of(name: str | int, values: Any, dtype: ColumnType) -> Column:
    """Return a column of a list, an array of numpy or of pyarrow; arrays are copied column by column.

    Raises:
        LogTypeError: cells that do not go together, or not with `dtype`.
    """
    import pyarrow as pa

    if isinstance(values, np.ndarray):
        # one of dates or numbers goes over as it is; text and objects are Python objects either way
        plain = values.dtype.kind in "biufM" and (values.dtype.itemsize > 1 or values.dtype.kind == "b")
        if values.ndim == 1 and plain:
            values = pa.array(_for_arrow(np.array(values)))
        else:
            values = list(values) if values.ndim > 1 else values.tolist()
    if isinstance(values, pa.Array | pa.ChunkedArray):
        kind, array = _from_arrow(values)
        if kind is not None and dtype.kind in {None, kind} and (dtype.optional or not array.null_count):
            return Column(name, replace(dtype, kind=kind), array)
        values = values.to_pylist()
    column = Column(name, dtype)
    column.extend(with_media(values))
    return column


def _for_arrow(array: Any) -> Any:
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype == np.float16 or array.dtype.itemsize > 8:
        return array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    return array


def _from_arrow(array: Any) -> tuple[str | None, Any]:
    """Return `(kind, array in the form that is stored)`; kind None: it has to go cell by cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type):
        array = pc.cast(array, array.type.value_type)
    found = array.type
    if pa.types.is_null(found):
        return None, array
    if pa.types.is_boolean(found):
        return "boolean", array
    if pa.types.is_float16(found) or pa.types.is_decimal(found):
        return "number", pc.cast(array, pa.float64())
    if pa.types.is_integer(found) or pa.types.is_floating(found):
        return "number", array
    if pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found):
        return "string", array if pa.types.is_string(found) else pc.cast(array, pa.large_string())
    if pa.types.is_timestamp(found):
        return "timestamp", pc.cast(array, pa.timestamp("us", found.tz), safe=False)
    if pa.types.is_date(found):
        return "timestamp", pc.cast(array, pa.date32())
    return None, array


def _lenient(name: str | int, values: Any, dtype: ColumnType) -> Column:
    """Return a column of a frame: what a frame can hold in a column, a table can too."""
    if not isinstance(values, list) or dtype.kind is not None:
        return column_of(name, values, dtype)
    try:
        return column_of(name, values, dtype)
    except LogTypeError:
        return column_of(name, values, replace(dtype, kind="any"))


def _of_pandas(series: Any) -> Any:
    import pyarrow as pa

    if series.dtype == object:
        return [None if kind_of(cell)[0] is None else cell for cell in series.tolist()]
    try:
        array = pa.array(series.copy(), from_pandas=True)
    except (TypeError, pa.ArrowException):
        array = None
    if array is None or isinstance(array, pa.ExtensionArray) or pa.types.is_duration(array.type):
        # periods, intervals, time spans
        return [None if kind_of(cell)[0] is None else str(cell) for cell in series.tolist()]
    return array
