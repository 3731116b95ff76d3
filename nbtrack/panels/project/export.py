"""The runs table as a file to take along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbtrack.panels.project.page import values_of
from nbtrack.panels.project.query import fields_of, wanted
from nbtrack.panels.tables.export import written
from nbtrack.panels.wire import plain
from nbtrack.query.columns import TIMES, own_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrack.store.model import Json
    from nbtrack.store.reading import Reading

_ALWAYS = ("run.id", "run.name")


def export(reading: Reading, args: Mapping[str, Any]) -> tuple[dict[str, str], list[bytes]]:
    """Answer with the runs that a query finds, in its order: their ids, names and `fields`, in full.

    Args:
        reading: of the store.
        args: `query`, `fields`, and `format`: "csv" or "parquet", see `tables.export`.

    A column of numbers stays one, as do bools, times and texts; in others each value is text, lists and
    dicts as JSON. What a run does not have is null.
    """
    import pyarrow as pa

    meant = wanted(reading, args)
    fields = list(dict.fromkeys([*_ALWAYS, *fields_of(args)]))
    rows = values_of(reading, meant.select(reading), fields)
    names = {field: name for name, field, _ in own_fields()}
    columns = [
        _column([values[i] for _, values in rows], is_time=field in TIMES) for i, field in enumerate(fields)
    ]
    data, mime = written(pa.table(columns, [names.get(field, field) for field in fields]), args.get("format"))
    return {"mime": mime}, [data]


def _column(values: Sequence[Json], *, is_time: bool) -> Any:
    import pyarrow as pa

    if is_time:
        stamps = [round(value * 1e6) if isinstance(value, float | int) else None for value in values]
        return pa.array(stamps, pa.timestamp("us", "UTC"))
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):  # type: ignore[arg-type]
        return pa.array(values, pa.int64())
    if kinds and kinds <= {bool, int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())  # type: ignore[arg-type]
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
