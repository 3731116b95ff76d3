"""The op "project": what the page of a project asks, over the kernel or over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError
from nbtrack.panels.project.columns import columns, values
from nbtrack.panels.project.groups import groups
from nbtrack.panels.project.page import ids, page
from nbtrack.panels.project.query import MisreadError, filter_of, project_of
from nbtrack.panels.project.wire import Problem
from nbtrack.store.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.layout import Store
    from nbtrack.store.roster import Reading


def answer(store: Store, args: Mapping[str, Any]) -> tuple[Any, list[bytes]]:
    """Answer a question about a project of a store.

    Args:
        store: the store.
        args: the question: `ProjectAsk` of wire.ts.

    Returns:
        The result and its buffers: of an export the file. A filter or search that cannot be understood is a
        result too: {"problem": ...} says what and where.

    Raises:
        LogValueError: arguments that mean nothing.
        UsageError: likewise, as an unknown field of a run.
    """
    what = args.get("what")
    if not isinstance(what, str) or what not in _READING:
        raise LogValueError(f"what must be one of {', '.join(_READING)}; got {what!r:.80}")
    roster = Roster.of(store)
    roster.look()
    try:
        with roster.reading() as reading:
            return _READING[what](reading, args)
    except MisreadError as error:
        return Problem(problem=error.misread), []


def _check(reading: Reading, args: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with nothing when a filter can be understood."""
    text = args.get("filter")
    if not isinstance(text, str):
        raise LogValueError(f"filter must be text; got {text!r:.80}")
    filter_of(reading, project_of(args), text)
    return {}


def _plain(
    make: Callable[[Reading, Mapping[str, Any]], Any],
) -> Callable[[Reading, Mapping[str, Any]], tuple[Any, list[bytes]]]:
    return lambda reading, args: (make(reading, args), [])


#: what only reads the index
_READING: dict[str, Callable[[Reading, Mapping[str, Any]], tuple[Any, list[bytes]]]] = {
    "page": _plain(page),
    "ids": _plain(ids),
    "columns": _plain(columns),
    "groups": _plain(groups),
    "values": _plain(values),
    "check": _plain(_check),
}
