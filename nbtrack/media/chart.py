"""Charts: a Vega or Vega-Lite specification, and the columns of a table that it draws.

    file  {"spec": {...}, "columns": {name: [cells]}, "rows": rows in it, "of": rows of the table,
           "note": what was done to draw them, "counted": whether a column "_count" says how many rows each
           stands for}

The specification reads its data from the data set "wandb", as W&B's presets do; its holes are filled already
(`nbtrack.plot.presets`). Of a long table the file holds what can be drawn (`nbtrack.media.thinning`), as the
preset says in its `usermeta` by names of columns: {"tall": y}, {"counted": value} or {"summed": [label,
value]}. The table itself is logged beside it, whole.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from nbtrack.errors import LogTypeError
from nbtrack.media.base import Encoded, Json, Media, Raw, Record, stored
from nbtrack.media.table import Table
from nbtrack.media.table_file import raw_of
from nbtrack.media.thinning import counted, summed, thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.media.columns import Column

#: cells that become JSON in one go
_STRETCH = 4_096
#: kinds of columns that a chart can draw; None: all cells are missing, as NaN is
DRAWABLE = frozenset({"number", "string", "boolean", "timestamp", None})


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
            without one, and where the preset does not name one, rows are left out evenly.

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
        raw = None if self.table is None else raw_of(drawable(self.table), 0)
        return self._record(raw)

    def to_log(self) -> Record:
        """What `log()` stores: columns that the table itself stores anyway are made into Arrow once."""
        table = self.table
        if table is None or table.log_mode != "IMMUTABLE" or len(drawable(table)) < len(table.columns):
            return self.record()
        logged = table.to_log()
        return self._record(logged.raw) if logged.meta["nrows"] == len(table) else self.record()

    def _record(self, raw: Raw | None) -> Record:
        spec = self.spec
        meta: dict[str, Json] = {
            "format": "chart.json",
            "spec_name": spec.spec_name,
            "fields": dict(spec.fields),
            "string_fields": dict(spec.string_fields),
        }
        vega = json.dumps(self.vega, allow_nan=False).encode()
        params: dict[str, Json] = {"arrow": 0, "spec": len(vega)}
        if raw is None:
            return Record(self.kind, meta, Raw("chart", params, vega))
        arrow = raw.data[0] if isinstance(raw.data, tuple) else raw.data
        params |= {"arrow": raw.params["arrow"], **self._long()}
        return Record(self.kind, meta, Raw("chart", params, (arrow, vega)))

    def _long(self) -> dict[str, Json]:
        """What becomes of too many rows, as the codec takes it."""
        if self._tall is not None:
            return {"tall": self._tall}
        kinds = {} if self.table is None else {str(one.name): one.type.kind for one in drawable(self.table)}
        drawn = set(self.spec.fields.values())
        match self.vega.get("usermeta"):
            case {"tall": str(tall)} if kinds.get(tall) == "number":
                return {"tall": tall}
            case {"counted": str(value)} if drawn == {value} and kinds.get(value) in {"number", "boolean"}:
                return {"counted": [value, _maxbins(self.vega)]}
            case {"summed": [str(label), str(length)]} if drawn == {label, length} and label != length:
                return {"summed": [label, length]} if kinds.get(length) == "number" else {}
        return {}

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


def _maxbins(vega: dict[str, Any]) -> int:
    """Bins that a specification asks for at most; Vega-Lite's default is 10."""
    encoding = vega.get("encoding")
    channels = encoding.values() if isinstance(encoding, dict) else ()
    cut = next((one["bin"] for one in channels if isinstance(one, dict) and one.get("bin")), None)
    most = cut.get("maxbins") if isinstance(cut, dict) else None
    return most if isinstance(most, int) and most > 1 else 10


def encode(params: dict[str, Json], data: bytes | memoryview) -> Encoded:
    """Codec "chart": columns in Arrow's IPC stream and a specification become one JSON file.

    Args:
        params: `arrow` and `spec`, how many bytes each takes; and of a long table `tall`, a column whose
            extremes stay, or `counted`, a column of values and how many bins they go into, or `summed`,
            columns of labels and of values.
        data: the stream, then the specification.
    """
    view = memoryview(data)
    arrow, length = cast(int, params["arrow"]), cast(int, params["spec"])
    columns = "{}"
    rows = of = 0
    note, is_counted = "", False
    if arrow:
        import pyarrow as pa

        whole = pa.ipc.open_stream(pa.py_buffer(view[:arrow])).read_all()
        of = whole.num_rows
        if "counted" in params:
            column, most = cast("tuple[str, int]", params["counted"])
            table, note = counted(whole, column, most)
            is_counted = table is not whole
        elif "summed" in params:
            table, note = summed(whole, *cast("tuple[str, str]", params["summed"]))
        else:
            table, note = thinned(whole, cast("str | None", params.get("tall")))
        rows = table.num_rows
        columns = f"{{{','.join(f'{json.dumps(n)}:{_plain(table.column(n))}' for n in table.column_names)}}}"
    spec = bytes(view[arrow : arrow + length]).decode()
    more = f',"note":{json.dumps(note)},"counted":{json.dumps(is_counted)}'
    blob = f'{{"spec":{spec},"columns":{columns},"rows":{rows},"of":{of}{more}}}'.encode()
    return Encoded({"size": len(blob), "rows": rows, "of": of}, blob)


def _plain(column: Any) -> str:
    """Cells as JSON: what is no finite number is a gap, times are ISO 8601.

    In stretches: one call of `json.dumps` would keep the caller's thread waiting for as long as it takes.
    """
    parts = []
    for start in range(0, len(column), _STRETCH):
        cells = column.slice(start, _STRETCH).to_pylist()
        found = [
            None if isinstance(cell, float) and not math.isfinite(cell)
            else cell.isoformat() if hasattr(cell, "isoformat")
            else cell
            for cell in cells
        ]  # fmt: skip
        parts.append(json.dumps(found, allow_nan=False)[1:-1])
    return f"[{', '.join(parts)}]"
