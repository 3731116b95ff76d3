"""Charts: a Vega or Vega-Lite specification, and the columns of a table that it draws.

    file  {"spec": {...}, "columns": {name: [cells]}, "rows": rows in it, "of": rows of the table}

The specification reads its data from the data set "wandb", as W&B's presets do; its holes are filled already
(`nbtrack.plot.presets`). The file holds at most `MAX_ROWS` rows; the table itself is logged beside it, whole.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np

from nbtrack.errors import LogTypeError
from nbtrack.media.base import Encoded, Json, Media, Raw, Record, stored
from nbtrack.media.table import Table
from nbtrack.media.table_file import raw_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from nbtrack.media.columns import Column

#: rows that a chart draws at most; of longer tables some are chosen
MAX_ROWS = 100_000
#: kinds of columns that a chart can draw
DRAWABLE = frozenset({"number", "string", "boolean", "timestamp"})


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """Where a chart comes from.

    Attributes:
        spec_name: name of its preset; "" when the specification was given.
        fields: hole of the preset -> column of the table.
        string_fields: hole of the preset -> text.
        split_table: whether the table is logged among "Custom Chart Tables".
    """

    spec_name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    string_fields: Mapping[str, str] = field(default_factory=dict)
    split_table: bool = False


class CustomChart(Media):
    """A chart of a table's columns, or one that holds its own data.

    `nbtrack.plot.line(...)` and its like return one; `nbtrack.plot_table` makes one of a preset's name.

    Args:
        vega: a Vega or Vega-Lite specification; its data set "wandb" is the table's rows.
        table: what it draws; None when the data are in the specification.
        spec: which preset it is, with which columns.
        tall: name of the column whose lowest and highest cells stay when there are more than 100,000 rows;
            without one, rows are left out evenly.

    Raises:
        LogTypeError: `vega` is no dict, or `table` no Table.

    Example:
        run.log({"height": nbtrack.plot.histogram(table, "height")})
    """

    kind: ClassVar[str] = "chart-file"

    def __init__(
        self,
        vega: dict[str, Any],
        table: Table | None = None,
        spec: ChartSpec | None = None,
        tall: str | None = None,
    ) -> None:
        if not isinstance(vega, dict):
            raise LogTypeError(f"CustomChart takes a specification as a dict, not {type(vega).__name__}")
        if table is not None and not isinstance(table, Table):
            raise LogTypeError(
                f"Expected `data_table` to be `nbtrack.Table` type, instead got {type(table).__name__}"
            )
        self.vega = vega
        self.table = table
        self.spec = spec or ChartSpec()
        self._tall = tall

    def beside(self, key: str) -> dict[str, Media]:
        """The table, which is logged under a key of its own."""
        if self.table is None:
            return {}
        return {f"Custom Chart Tables/{key}_table" if self.spec.split_table else f"{key}_table": self.table}

    def record(self) -> Record:
        """Return what to store."""
        spec = self.spec
        meta: dict[str, Json] = {
            "format": "chart.json",
            "spec_name": spec.spec_name,
            "fields": dict(spec.fields),
            "string_fields": dict(spec.string_fields),
        }
        vega = json.dumps(self.vega, allow_nan=False).encode()
        if self.table is None:
            return Record(self.kind, meta, Raw("chart", {"arrow": 0, "spec": len(vega), "tall": None}, vega))
        raw = raw_of(drawable(self.table), 0)
        pieces = raw.data if isinstance(raw.data, tuple) else (raw.data,)
        params: dict[str, Json] = {"arrow": raw.params["arrow"], "spec": len(vega), "tall": self._tall}
        return Record(self.kind, meta, Raw("chart", params, (pieces[0], vega)))

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Read a logged chart back; its table has the rows that the chart draws."""
        held = json.loads(stored(blob, cls.kind))
        columns: dict[str, list[Any]] = held["columns"]
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        spec = ChartSpec(
            str(meta.get("spec_name", "")),
            cast("dict[str, str]", meta.get("fields") or {}),
            cast("dict[str, str]", meta.get("string_fields") or {}),
        )
        return cls(held["spec"], Table(columns=list(columns), data=rows) if columns else None, spec)

    def __repr__(self) -> str:
        drawn = "" if self.table is None else f" of {len(self.table):,} rows"
        return f"CustomChart({self.spec.spec_name or 'specification'}{drawn})"


def drawable(table: Table) -> list[Column]:
    """Return the columns of a table that a chart can draw, with their types."""
    return [column for column in table._columns if column.type.kind in DRAWABLE]  # noqa: SLF001  (kinds, not cells)


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "chart": columns in Arrow's IPC stream and a specification become one JSON file.

    Args:
        params: `arrow` and `spec`, how many bytes each takes; `tall`, a column whose extremes stay.
        data: the stream, then the specification.
    """
    view = memoryview(data)
    arrow, length = cast(int, params["arrow"]), cast(int, params["spec"])
    columns: dict[str, list[Json]] = {}
    rows = of = 0
    if arrow:
        import pyarrow as pa

        table = pa.ipc.open_stream(pa.py_buffer(view[:arrow])).read_all()
        of = table.num_rows
        if of > MAX_ROWS:
            table = table.take(_chosen(table, cast("str | None", params["tall"])))
        rows = table.num_rows
        columns = {name: _plain(table.column(name)) for name in table.column_names}
    spec = bytes(view[arrow : arrow + length]).decode()
    text = f'{{"spec":{spec},"columns":{json.dumps(columns, allow_nan=False)},"rows":{rows},"of":{of}}}'
    blob = text.encode()
    return Encoded({"size": len(blob), "rows": rows, "of": of}, blob)


def _plain(column: Any) -> list[Json]:
    """Cells as JSON: what is no finite number is a gap, times are ISO 8601."""
    found: list[Json] = []
    for cell in column.to_pylist():
        if isinstance(cell, float) and not math.isfinite(cell):
            found.append(None)
        elif hasattr(cell, "isoformat"):
            found.append(cell.isoformat())
        else:
            found.append(cell)
    return found


def _chosen(table: Any, tall: str | None) -> NDArray[np.int64]:
    """Rows to draw of a table that has too many, in order."""
    n = table.num_rows
    if tall is None or tall not in table.column_names:
        return np.unique(np.linspace(0, n - 1, MAX_ROWS).astype(np.int64))
    cells = table.column(tall).to_numpy().astype(np.float64)
    edges = np.linspace(0, n, MAX_ROWS // 2 + 1).astype(np.int64)[:-1]
    stretch = np.searchsorted(edges, np.arange(n), "right") - 1
    ends = []
    for sign in (1.0, -1.0):
        order = np.lexsort((np.where(np.isnan(cells), np.inf, sign * cells), stretch))
        ends.append(order[np.searchsorted(stretch[order], np.arange(len(edges)), "left")])
    return np.unique(np.concatenate(ends)).astype(np.int64)
