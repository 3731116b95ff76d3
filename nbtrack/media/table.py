"""Tables: rows under named, typed columns, with media in their cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

import numpy as np

from nbtrack.errors import LogTypeError, LogValueError, UsageError, warn
from nbtrack.media.arrays import is_array_like, to_numpy
from nbtrack.media.base import Json, Media, Record, stored
from nbtrack.media.columns import Column, ColumnType, dtype_of, with_media
from nbtrack.media.columns_given import column_of, columns_of, is_frame, names_of, wrong_length
from nbtrack.media.columns_joined import side_by_side
from nbtrack.media.table_file import columns_from, raw_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pandas import DataFrame

LogMode = Literal["IMMUTABLE", "MUTABLE", "INCREMENTAL"]
_MODES = ("IMMUTABLE", "MUTABLE", "INCREMENTAL")


class Table(Media):
    """Rows under named columns. Cells may be numbers, text, booleans, dates, lists, dicts, arrays and media.

    Args:
        columns: names, str or int; default `["Input", "Output", "Expected"]`, or those of the data frame.
        data: a list of rows, a 2-D array, or a data frame.
        rows: another name for `data`.
        dataframe: a pandas, polars or pyarrow frame; taken column by column, its index is left out.
        dtype: what the columns hold: a class (int, float, str, bool, datetime, list, dict, numpy.ndarray,
            nbtrack.Image, ...) for all, or a list of one for each; None: the first cell of a column says it.
        optional: whether None may stand in a cell; for all columns, or a list of one for each.
        allow_mixed_types: let each column hold anything.
        log_mode: what `log()` stores when it gets the table once more:
            "IMMUTABLE": the rows that it had at the first `log()`; later changes are warned about;
            "MUTABLE": all rows as they are now;
            "INCREMENTAL": the rows that were added since the last `log()`; whoever reads joins them. Log it
            under one key of one run, once a step.

    Raises:
        LogTypeError: cells that do not go together in a column, or arguments of a wrong type.
        LogValueError: rows of a wrong length, or names that come twice.

    All rows are stored. A table of more than `Table.MAX_ROWS` rows says so once; raise it to say that this is
    meant. Arrays and frames are copied (or shared, where they cannot change) when the table is made.

    Example:
        >>> table = Table(columns=["text", "score"], data=[["I love my phone", 0.98]])
        >>> table.add_data("My phone sucks", 0.07)
        >>> table.get_column("score")
        [0.98, 0.07]
    """

    kind: ClassVar[str] = "table-file"
    #: rows above which `log()` says how many there are; all are stored
    MAX_ROWS: int = 10_000

    def __init__(
        self,
        columns: Sequence[str | int] | None = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        dtype: Any = None,
        optional: bool | Sequence[bool] = True,
        allow_mixed_types: bool = False,
        log_mode: LogMode | None = "IMMUTABLE",
    ) -> None:
        if log_mode is not None and log_mode not in _MODES:
            raise LogValueError(f"Table: log_mode {log_mode!r}; accepted: {', '.join(_MODES)}")
        self.log_mode: LogMode = log_mode or "IMMUTABLE"
        self._mixed = allow_mixed_types
        self._columns: list[Column] = []
        self._logged: Record | None = None
        self._warned = False
        #: of INCREMENTAL: rows and increments that were logged
        self._sent = self._increments = 0
        given = [one for one in (dataframe, data, rows) if one is not None]
        if len(given) > 1:
            raise LogTypeError("Table: data, rows and dataframe say the same thing; give one of them")
        source = given[0] if given else None
        if dataframe is not None and not is_frame(dataframe):
            raise LogTypeError(
                f"Table: dataframe must be a pandas, polars or pyarrow frame; got {type(dataframe).__name__}"
            )
        self._columns = columns_of(source, columns, lambda width: self._types(dtype, optional, width))

    def _types(self, dtype: Any, optional: Any, width: int) -> list[ColumnType]:
        def each(value: Any, name: str) -> list[Any]:
            if not isinstance(value, list | tuple):
                return [value] * width
            if len(value) != width:
                raise LogValueError(f"Table: {name} names {len(value)} columns of {width}")
            return list(value)

        kinds = [object] * width if self._mixed else each(dtype, "dtype")
        return [dtype_of(one, bool(can)) for one, can in zip(kinds, each(optional, "optional"), strict=True)]

    # ---- what it holds

    @property
    def columns(self) -> list[str | int]:
        """Names of the columns."""
        return [column.name for column in self._columns]

    @property
    def data(self) -> list[list[Any]]:
        """The rows, each a list of cells. Made anew at each call: change the table by its methods."""
        return [list(row) for row in zip(*(column.cells() for column in self._columns), strict=True)]

    @property
    def column_types(self) -> dict[str | int, str]:
        """Name -> what the column holds, in words."""
        return {column.name: str(column.type) for column in self._columns}

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    def _column(self, name: str | int) -> Column:
        for column in self._columns:
            if column.name == name:
                return column
        raise LogValueError(f"Table: no column {name!r}; there are {self.columns}")

    # ---- adding

    def add_data(self, *data: Any) -> None:
        """Add one row: a cell for each column, as arguments.

        Raises:
            LogValueError: as many cells as there are columns are needed.
            LogTypeError: a cell does not belong in its column; nothing is added.
        """
        if len(data) != len(self._columns):
            raise wrong_length(self.columns, len(data))
        row, cells = len(self), with_media(data)
        types = [column.admits(cell, row) for column, cell in zip(self._columns, cells, strict=True)]
        self._changing()
        for column, cell, kind in zip(self._columns, cells, types, strict=True):
            column.append(cell, kind)

    def add_row(self, *row: Any) -> None:
        """Older name of `add_data`."""
        self.add_data(*row)

    def add_column(self, name: str | int, data: Any, optional: bool = False) -> None:
        """Add a column.

        Args:
            name: a new name.
            data: a list or array of as many cells as there are rows.
            optional: whether None may stand in it.

        Raises:
            LogValueError: the name exists, or the length is another one.
        """
        self._changing(columns=True)
        names_of([*self.columns, name])
        if is_array_like(data):
            data = to_numpy(data)
        if not isinstance(data, list | tuple | np.ndarray):
            raise LogTypeError(f"Table: a column must be a list or an array; got {type(data).__name__}")
        if self._columns and len(data) != len(self):
            raise LogValueError(f"Table: column {name!r} has {len(data)} cells for {len(self)} rows")
        self._columns.append(column_of(name, data, self._types(None, optional, 1)[0]))

    def add_computed_columns(self, fn: Callable[[int, dict[str | int, Any]], Mapping[str, Any]]) -> None:
        """Add columns that are computed row by row.

        Args:
            fn: takes the position and the row {column: cell}; returns {new column: cell}, the same columns
                for every row.
        """
        found: dict[str, list[Any]] = {}
        names = self.columns
        for i, row in self.iterrows():
            for name, cell in fn(i, dict(zip(names, row, strict=True))).items():
                found.setdefault(name, []).append(cell)
        for name, cells in found.items():
            self.add_column(name, cells, optional=True)

    # ---- reading

    def get_column(self, name: str | int, convert_to: Literal["numpy"] | None = None) -> Any:
        """Return the cells of a column: a list, or with `convert_to="numpy"` an array."""
        if convert_to not in {None, "numpy"}:
            raise LogValueError(f"Table: convert_to {convert_to!r}; accepted: None, 'numpy'")
        column = self._column(name)
        return column.to_numpy() if convert_to else list(column.cells())

    def get_index(self) -> list[int]:
        """Return the positions of the rows."""
        return list(range(len(self)))

    def index_ref(self, index: int) -> int:
        """Return the position of a row, checked."""
        if not 0 <= index < len(self):
            raise LogValueError(f"Table: row {index} of {len(self)}")
        return index

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield (position, row)."""
        columns = [column.cells() for column in self._columns]
        for i, row in enumerate(zip(*columns, strict=True)):
            yield i, list(row)

    def get_dataframe(self) -> DataFrame:
        """Return a pandas DataFrame; media stand in it as objects."""
        import pandas as pd

        found = {}
        for column in self._columns:
            held = column.values
            plain = not isinstance(held, list) and column.type.kind in {
                "number",
                "boolean",
                "timestamp",
                "string",
            }
            cells = held.to_pandas() if plain else pd.Series(column.cells(), dtype=_pandas(column))
            found[column.name] = cells
        return pd.DataFrame(found)

    # ---- types

    def cast(self, col_name: str | int, dtype: Any, optional: bool = False) -> None:
        """Say what a column holds; its cells are checked again.

        Raises:
            LogTypeError: a cell is something else.
        """
        column = self._column(col_name)
        checked = Column(column.name, dtype_of(dtype, optional), [])
        checked.extend(list(column.cells()))
        column.type = replace(checked.type, key=column.type.key, refers=column.type.refers)

    def set_pk(self, col_name: str | int) -> None:
        """Make a column the primary key: comparisons join rows by it."""
        chosen = self._column(col_name)
        for column in self._columns:
            column.type = replace(column.type, key=column is chosen)

    def set_fk(self, col_name: str | int, table: Table, table_col: str | int) -> None:
        """Say that a column's cells are keys of another table."""
        table._column(table_col)
        column = self._column(col_name)
        column.type = replace(column.type, refers=(type(table).__name__, str(table_col)))

    def join(self, other: Table, join_key: str | Sequence[str]) -> Table:
        """Return the rows of both tables side by side, joined where their keys are equal.

        Args:
            other: the second table.
            join_key: the column of both, or (this one's, the other's).

        Returns:
            A table with the key, then the other columns of both; names that both have get "0." and "1." in
            front. Rows without a partner stay, with None. Keys that come n times are joined in order.
        """
        mine, theirs = (join_key, join_key) if isinstance(join_key, str | int) else tuple(join_key)
        result = Table(columns=[])
        result._columns = side_by_side(
            self._columns, other._columns, self._column(mine), other._column(theirs)
        )
        return result

    # ---- storing

    def record(self) -> Record:
        """All rows as they are, as what is stored of them."""
        return self._record(0, {})

    def to_log(self) -> Record:
        """What `log()` stores: see `log_mode`."""
        if len(self) > self.MAX_ROWS and not self._warned:
            self._warned = True
            warn(
                f"Table of {len(self):,} rows: more than Table.MAX_ROWS = {self.MAX_ROWS:,}. All of them are "
                "stored; raise Table.MAX_ROWS if that is meant"
            )
        if self.log_mode == "MUTABLE":
            return self.record()
        if self.log_mode == "IMMUTABLE":
            if self._logged is None:
                self._logged = self.record()
            return self._logged
        increment = self._increments
        record = self._record(self._sent, {"increment_num": increment, "offset": self._sent})
        self._sent, self._increments = len(self), increment + 1
        return Record("incremental-table-file", record.meta, record.raw, increment)

    def _record(self, start: int, more: dict[str, Json]) -> Record:
        meta: dict[str, Json] = {
            "ncols": len(self._columns),
            "nrows": len(self) - start,
            "log_mode": self.log_mode,
            "format": "parquet",
        }
        return Record(self.kind, meta | more, raw_of(self._columns, start))

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Read a stored table back; of an increment, all rows up to its end."""
        before = meta.get("before")
        earlier = [file(str(sha)) for sha in before] if isinstance(before, list) else []
        table = cls.__new__(cls)
        Table.__init__(table, columns=[], log_mode=cast(LogMode, meta.get("log_mode", "IMMUTABLE")))
        table._columns = columns_from(  # noqa: SLF001 (its own class)
            [*earlier, stored(blob, cls.kind)], file
        )
        return table

    def _changing(self, columns: bool = False) -> None:
        if columns and self._increments:
            raise UsageError(
                "Table: a table that is logged in increments cannot get new columns after its first log()"
            )
        if self.log_mode == "IMMUTABLE" and self._logged is not None and not self._warned:
            self._warned = True
            warn(
                "Table: this table was logged already, and what is added now will not be: make it with "
                'log_mode="MUTABLE" or "INCREMENTAL"'
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (
            self.columns == other.columns
            and self.column_types == other.column_types
            and all(
                _same(a, b)
                for mine, theirs in zip(self.data, other.data, strict=True)
                for a, b in zip(mine, theirs, strict=True)
            )
            if len(self) == len(other)
            else False
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        names = ", ".join(str(name) for name in self.columns[:8]) + (", …" if len(self.columns) > 8 else "")
        return f"<Table {len(self):,} rows x {len(self._columns)} columns: {names}>"


class JoinedTable(Table):
    """Two tables joined by a key: `table1.join(table2, join_key)`, logged as one table.

    Args:
        table1: a table.
        table2: another.
        join_key: the column of both, or [column of the first, column of the second].
    """

    def __init__(self, table1: Table, table2: Table, join_key: str | Sequence[str]) -> None:
        for table in (table1, table2):
            if not isinstance(table, Table):
                raise LogValueError(f"JoinedTable takes tables; got {type(table).__name__}")
        super().__init__(columns=[])
        self._columns = table1.join(table2, join_key)._columns  # noqa: SLF001 (its own class)


def _pandas(column: Column) -> Any:
    return None if column.type.kind in {"number", "boolean", "timestamp", "string"} else object


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return bool(np.array_equal(a, b))
    if isinstance(a, Media) and isinstance(b, Media) and not isinstance(a, Table):
        from nbtrack.media.registry import complete

        return a is b or complete(a.record()) == complete(b.record())
    return bool(a == b or (a != a and b != b))  # noqa: PLR0124 (NaN)
