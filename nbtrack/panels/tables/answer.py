"""The op "table": what a panel asks of a stored table, over the kernel or over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import ExpressionError, LogValueError
from nbtrack.panels.tables.compare import compare
from nbtrack.panels.tables.export import export
from nbtrack.panels.tables.group import group
from nbtrack.panels.tables.page import page
from nbtrack.panels.tables.source import Source, open_source
from nbtrack.panels.wire import TableProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.reader import RunReader


def answer(reader_of: Callable[[object], RunReader], args: Mapping[str, Any]) -> tuple[Any, list[bytes]]:
    """Answer a question about a table.

    Args:
        reader_of: returns a run by its id.
        args: `run` and `shas`, the files of the table in order; `what`: "page" (see `page`), "group"
            (`group`), "export" (`export`) or "compare" (`compare`, the other table in `other`: {run, shas}).

    Returns:
        The result and its buffers: of an export the file. A filter that cannot be understood is a result too:
        {"problem": ...} says what and where.

    Raises:
        NotFoundError: no such run, table or column.
        LogValueError: arguments that mean nothing.
    """
    source = _source(reader_of, args)
    what = args.get("what", "page")
    try:
        if what == "page":
            return page(source, args), []
        if what == "group":
            return group(source, args), []
        if what == "export":
            data, mime = export(source, args)
            return {"mime": mime}, [data]
        if what == "compare":
            other = args.get("other")
            if not isinstance(other, dict):
                raise LogValueError(f"other must name a table: {{run, shas}}; got {other!r:.80}")
            return compare(source, _source(reader_of, other), args), []
    except ExpressionError as error:
        return {"problem": TableProblem(message=str(error), at=error.at, length=error.length)}, []
    raise LogValueError(f"what must be 'page', 'group', 'export' or 'compare'; got {what!r:.80}")


def _source(reader_of: Callable[[object], RunReader], args: Mapping[str, Any]) -> Source:
    reader = reader_of(args.get("run"))
    return open_source(reader.store.store_id, args.get("shas"), reader.blob)
