"""Charts of the columns of a table, and of plain lists: W&B's presets with W&B's arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError, NotFoundError, warn
from nbtrack.media.chart import ChartSpec, CustomChart, drawable
from nbtrack.media.table import Table
from nbtrack.plot.presets import chart_preset, chart_presets, fill, holes

if TYPE_CHECKING:
    from collections.abc import Mapping

#: holes of W&B's presets that may stay open: without them there is one line
_OPTIONAL = frozenset({"stroke", "class", "lineKey"})


def line(
    table: Table, x: str, y: str, stroke: str | None = None, title: str = "", split_table: bool = False
) -> CustomChart:
    """Draw points as a line, in the order of the table's rows.

    Args:
        table: rows of points.
        x: column of the horizontal axis: numbers, times or text.
        y: column of the vertical axis.
        stroke: column whose values are a line each.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `table` is no Table.
        LogValueError: it has no such column, or the column cannot be drawn.

    Example:
        table = nbtrack.Table(data=[[0, 1.0], [1, 0.5]], columns=["x", "y"])
        run.log({"curve": nbtrack.plot.line(table, "x", "y", title="Custom Y vs X Line Plot")})
    """
    fields = {"x": x, "y": y, **({"stroke": stroke} if stroke is not None else {})}
    return preset("wandb/line/v0", table, fields, {"title": title}, split_table)


def scatter(table: Table, x: str, y: str, title: str = "", split_table: bool = False) -> CustomChart:
    """Draw points.

    Args:
        table: rows of points.
        x: column of the horizontal axis.
        y: column of the vertical axis.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `table` is no Table.
        LogValueError: it has no such column, or the column cannot be drawn.

    Example:
        run.log({"points": nbtrack.plot.scatter(table, "class_x", "class_y")})
    """
    return preset("wandb/scatter/v0", table, {"x": x, "y": y}, {"title": title}, split_table)


def bar(table: Table, label: str, value: str, title: str = "", split_table: bool = False) -> CustomChart:
    """Draw a bar for each row, in the order of the rows.

    Args:
        table: rows of labels and values.
        label: column of the names.
        value: column of the lengths.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `table` is no Table.
        LogValueError: it has no such column, or the column cannot be drawn.

    Example:
        run.log({"bars": nbtrack.plot.bar(table, "label", "value", title="Custom Bar Chart")})
    """
    return preset("wandb/bar/v0", table, {"label": label, "value": value}, {"title": title}, split_table)


def histogram(table: Table, value: str, title: str = "", split_table: bool = False) -> CustomChart:
    """Draw how often values occur.

    Args:
        table: rows of values.
        value: column of the values.
        title: of the chart.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `table` is no Table.
        LogValueError: it has no such column, or the column cannot be drawn.

    Example:
        run.log({"scores": nbtrack.plot.histogram(table, "scores", title="Histogram")})
    """
    chart = preset("wandb/histogram/v0", table, {"value": value}, {"title": title}, split_table)
    kind = next((column.type for column in table._columns if column.name == value), None)  # noqa: SLF001
    if kind is not None and kind.kind in {"string", "timestamp"}:
        warn(
            f"plot.histogram: the column {value!r} holds {kind}; a histogram counts numbers, so nothing is "
            "drawn. plot.bar draws a bar for each name"
        )
    return chart


def line_series(
    xs: Iterable[Any] | Iterable[Iterable[Any]],
    ys: Iterable[Iterable[Any]],
    keys: Iterable[str] | None = None,
    title: str = "",
    xname: str = "x",
    split_table: bool = False,
) -> CustomChart:
    """Draw several lines over one pair of axes.

    Args:
        xs: the x of all lines, or a list of them for each line.
        ys: a list of y for each line.
        keys: names of the lines; "line_0", "line_1", ... by default.
        title: of the chart.
        xname: name of the horizontal axis.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `xs` or `ys` is no list, or `ys` no list of lists.
        LogValueError: there are not as many lists of x, or names, as of y; or a line has not as many x as y.

    Example:
        chart = nbtrack.plot.line_series([0, 1, 2], [[1, 2, 3], [3, 2, 1]], keys=["up", "down"])
        run.log({"two": chart})
    """
    lines = [_listed(one, f"ys[{i}]") for i, one in enumerate(_listed(ys, "ys"))]
    given = _listed(xs, "xs")
    each = any(_is_list(one) for one in given)
    x_lists = [_listed(one, f"xs[{i}]") for i, one in enumerate(given)] if each else [given] * len(lines)
    if len(x_lists) != len(lines):
        raise LogValueError(f"Number of x-series ({len(x_lists)}) must match y-series ({len(lines)}).")
    names = (
        [f"line_{i}" for i in range(len(lines))]
        if keys is None
        else [str(key) for key in _listed(keys, "keys")]
    )
    if len(names) != len(lines):
        raise LogValueError(f"Number of keys ({len(names)}) must match y-series ({len(lines)}).")
    rows: list[list[Any]] = []
    for name, x, y in zip(names, x_lists, lines, strict=True):
        if len(x) != len(y):
            raise LogValueError(f"line_series: {name!r} has {len(x)} x and {len(y)} y: each point needs both")
        rows += [[at, name, value] for at, value in zip(x, y, strict=True)]
    table = Table(columns=["step", "lineKey", "lineVal"], data=rows)
    fields = {"step": "step", "lineKey": "lineKey", "lineVal": "lineVal"}
    return preset("wandb/lineseries/v0", table, fields, {"title": title, "xname": xname}, split_table)


def plot_table(
    vega_spec_name: str,
    data_table: Table,
    fields: Mapping[str, str],
    string_fields: Mapping[str, str] | None = None,
    split_table: bool = False,
) -> CustomChart:
    """Draw a table with a preset.

    Args:
        vega_spec_name: name of a preset: one of W&B's ("wandb/line/v0"), or one that was saved with
            `nbtrack.save_chart_preset`. The columns of an unknown one are drawn plainly, with a warning.
        data_table: rows to draw.
        fields: hole of the preset -> column of the table.
        string_fields: hole of the preset -> text.
        split_table: log the table among "Custom Chart Tables".

    Raises:
        LogTypeError: `data_table` is no Table.
        LogValueError: it has no such column.

    Example:
        chart = nbtrack.plot_table(
            vega_spec_name="carey/new_chart", data_table=table, fields={"x": "step", "value": "height"},
            string_fields={"title": "Height Histogram"},
        )
        run.log({"heights": chart})
    """
    return preset(str(vega_spec_name), data_table, dict(fields), dict(string_fields or {}), split_table)


def preset(
    name: str, table: Table, fields: Mapping[str, str], strings: Mapping[str, str], split_table: bool
) -> CustomChart:
    """Return the chart of a preset; of an unknown one, its columns as points or bars, with a warning."""
    _look(name, table, fields)
    mapped = fields
    try:
        spec = chart_preset(name)
        _look_for_holes(name, holes(spec), fields)
    except NotFoundError:
        warn(
            f"there is no chart preset {name!r}: its columns are drawn plainly. Save it with "
            f"nbtrack.save_chart_preset({name!r}, spec); known are {', '.join(chart_presets())}"
        )
        plain, mapped = _plain(table, list(fields.values()))
        spec = chart_preset(plain)
    chart = ChartSpec(name, dict(fields), dict(strings), split_table)
    return CustomChart(fill(spec, mapped, strings, table), table, chart)


def _look(name: str, table: Table, fields: Mapping[str, str]) -> None:
    if not isinstance(table, Table):
        raise LogTypeError(
            f"Expected `data_table` to be `nbtrack.Table` type, instead got {type(table).__name__}"
        )
    can = {column.name for column in drawable(table)}
    for hole, column in fields.items():
        if column not in table.columns:
            raise LogValueError(
                f"chart {name!r}: the table has no column {column!r} for {hole!r}; it has "
                f"{', '.join(repr(c) for c in table.columns) or 'none'}"
            )
        if column not in can and len(table):
            raise LogValueError(
                f"chart {name!r}: the column {column!r} holds {table.column_types[column]}: not drawn; "
                "accepted are numbers, text, booleans, dates and times"
            )


def _look_for_holes(name: str, known: Sequence[str], fields: Mapping[str, str]) -> None:
    """Warn of columns that a preset does not draw, and of those that it draws nothing without."""
    has = f"its holes for columns are {_quoted(known) or 'none'}"
    if unknown := [hole for hole in fields if hole not in known]:
        warn(f"chart {name!r}: the preset has no hole {_quoted(unknown)}; {has}")
    elif name.startswith("wandb/") and (left := [h for h in known if h not in fields and h not in _OPTIONAL]):
        warn(f"chart {name!r}: no column is given for {_quoted(left)}; {has}")


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))


def _plain(table: Table, columns: list[str]) -> tuple[str, dict[str, str]]:
    """A preset, and its holes, that can draw columns of which nothing else is known."""
    numbers = {column.name for column in drawable(table) if column.type.kind == "number"}
    match [column for column in columns if column in numbers], columns:
        case [], [label, *_]:
            return "wandb/histogram/v0", {"value": label}
        case [value], [_]:
            return "wandb/histogram/v0", {"value": value}
        case [value], _:
            return "wandb/bar/v0", {"label": next(c for c in columns if c != value), "value": value}
        case [x, y, *_], _:
            return "wandb/scatter/v0", {"x": x, "y": y}
        case _:
            return "wandb/histogram/v0", {}


def _is_list(value: Any) -> bool:
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes | dict)
        and getattr(value, "ndim", 1) > 0
    )


def _listed(value: Any, what: str) -> Sequence[Any]:
    if not _is_list(value):
        raise LogTypeError(f"line_series: {what} must be a list, not {type(value).__name__}")
    tolist = getattr(value, "tolist", None)
    return tolist() if callable(tolist) else list(value)
