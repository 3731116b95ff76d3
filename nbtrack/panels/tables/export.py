"""A table as a file to take along: exact as Parquet, or as CSV for a spreadsheet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError
from nbtrack.panels.tables.page import columns_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.panels.tables.source import Source

#: text that a spreadsheet takes for a formula (OWASP, "CSV Injection"), and what of it is just a number
_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
#: spreadsheets take a file without it for one in the computer's old encoding: Korean would be broken
_MARK = b"\xef\xbb\xbf"


def export(source: Source, args: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return `(file, MIME type)` of the rows that a question means.

    Args:
        source: the table.
        args: see `rows_of`; `columns` (names; default all), and `format`: "csv" or "parquet".

    Parquet holds the cells as they are stored. CSV is RFC 4180, UTF-8 with a byte order mark, and text that a
    spreadsheet would run as a formula has an apostrophe in front.
    """
    import pyarrow as pa

    index = rows_of(source, args)
    names = columns_of(source, args.get("columns"), None)
    table = (
        pa.table([source.column(name) for name in names], names)
        if index is None
        else source.take(names, index)
    )
    return written(table, args.get("format"))


def written(table: Any, format: object) -> tuple[bytes, str]:
    """Return `(file, MIME type)` of a `pyarrow.Table`.

    Raises:
        LogValueError: `format` is neither "csv" nor "parquet".
    """
    import pyarrow.csv
    import pyarrow.parquet as pq

    out = io.BytesIO()
    if format == "csv":
        out.write(_MARK)
        pyarrow.csv.write_csv(_harmless(table), out)
        return out.getvalue(), "text/csv"
    if format == "parquet":
        pq.write_table(table, out, compression="zstd")
        return out.getvalue(), "application/vnd.apache.parquet"
    raise LogValueError(f"format must be 'csv' or 'parquet'; got {format!r:.80}")


def _harmless(table: Any) -> Any:
    """Return the table with no cell or heading that a spreadsheet would run."""
    import pyarrow as pa

    columns = [_quoted(column) for column in table.columns]
    names = _quoted(pa.chunked_array([pa.array(table.column_names, pa.string())]))
    return pa.table(columns, names.to_pylist())


def _quoted(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    number = pc.match_substring_regex(column, _NUMBER)
    runs = pc.and_(pc.match_substring_regex(column, _FORMULA), pc.invert(number))
    quote = pa.scalar("'", column.type)
    return pc.if_else(runs, pc.binary_join_element_wise(quote, column, pa.scalar("", column.type)), column)
