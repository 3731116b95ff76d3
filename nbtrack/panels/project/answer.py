"""The op "project": what the page of a project asks, over the kernel or over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from nbtrack.errors import LogValueError
from nbtrack.panels.project.changes import act, document, edit, rename
from nbtrack.panels.project.columns import columns, values
from nbtrack.panels.project.export import export
from nbtrack.panels.project.groups import groups
from nbtrack.panels.project.importance import importance
from nbtrack.panels.project.page import ids, page
from nbtrack.panels.project.projects import overview, projects
from nbtrack.panels.project.query import MisreadError, filter_of, project_of
from nbtrack.panels.project.wire import Problem
from nbtrack.store.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.layout import Store
    from nbtrack.store.reading import Reading

    Answer = Callable[[Roster, Mapping[str, Any]], tuple[Any, list[bytes]]]

T = TypeVar("T")


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
    if not isinstance(what, str) or what not in WHAT:
        raise LogValueError(f"what must be one of {', '.join(WHAT)}; got {what!r:.80}")
    try:
        return WHAT[what](Roster.of(store), args)
    except MisreadError as error:
        return Problem(problem=error.misread), []


def _check(reading: Reading, args: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with nothing when a filter can be understood."""
    text = args.get("filter")
    if not isinstance(text, str):
        raise LogValueError(f"filter must be text; got {text!r:.80}")
    filter_of(reading, project_of(args), text)
    return {}


def _reads(make: Callable[[Reading, Mapping[str, Any]], Any]) -> Answer:
    """Answer from one state of the index."""
    return lambda roster, args: (_read(make, roster, args), [])


def _read(make: Callable[[Reading, Mapping[str, Any]], T], roster: Roster, args: Mapping[str, Any]) -> T:
    roster.look()
    with roster.reading() as reading:
        return make(reading, args)


#: all questions
WHAT: dict[str, Answer] = {
    "page": _reads(page),
    "ids": _reads(ids),
    "groups": _reads(groups),
    "importance": _reads(importance),
    "columns": _reads(columns),
    "values": _reads(values),
    "check": _reads(_check),
    "export": lambda roster, args: _read(export, roster, args),
    "overview": lambda roster, args: (overview(roster, args), []),
    "projects": lambda roster, args: (projects(roster, args), []),
    "document": lambda roster, args: (document(roster.catalog.store, args), []),
    "act": lambda roster, args: (act(roster, args), []),
    "rename": lambda roster, args: (rename(roster, args), []),
    "edit": lambda roster, args: (edit(roster.catalog.store, args), []),
}
#: those that change something
CHANGING = ("act", "edit", "rename")
