"""What a project's page changes: runs, and the document of the project."""

from __future__ import annotations

import contextlib
import getpass
from typing import TYPE_CHECKING, Any, cast

from nbtrack.errors import LogValueError
from nbtrack.panels.project.query import name_of, wanted
from nbtrack.panels.project.wire import Acted, Document
from nbtrack.panels.wire import ProjectName, plain
from nbtrack.query.projects import KIND, document_id
from nbtrack.store.entities import Documents, Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.query.acts import Act
    from nbtrack.store.entities import Document as StoredDocument
    from nbtrack.store.layout import Store
    from nbtrack.store.roster import Roster

#: edits in one question, and sentences about runs in an answer
MAX_EDITS, MAX_SENTENCES = 1_000, 100

#: act -> the argument that it takes
_TAKES = {
    "tag": "tags",
    "untag": "tags",
    "group": "group",
    "rename": "name",
    "notes": "notes",
    "delete": None,
    "undelete": None,
    "stop": None,
}


def act(roster: Roster, args: Mapping[str, Any]) -> Acted:
    """Do something with runs and answer with how many it was done.

    Args:
        roster: of the store.
        args: `runs`, ids, or a `query`; `act`, and what it takes.

    Raises:
        LogValueError: no such act, or neither ids nor a query.
        UsageError: a value that the act does not take.
        StoreError: the store cannot be written.
    """
    from nbtrack.query.acts import act as do

    what = args.get("act")
    if not isinstance(what, str) or what not in _TAKES:
        raise LogValueError(f"act must be one of {', '.join(_TAKES)}; got {what!r:.80}")
    runs = args.get("runs")
    if runs is None and "query" in args:
        with roster.reading() as reading:
            runs = reading.ids(wanted(reading, args).select(reading))
    if not isinstance(runs, list) or not all(isinstance(run, str) for run in runs):
        raise LogValueError(f"runs must be a list of ids, or query say which; got {runs!r:.80}")
    takes = _TAKES[what]
    done = do(roster.catalog, runs, cast("Act", what), None if takes is None else args.get(takes))
    roster.changed(runs)
    place = str(roster.catalog.store.root)
    sentences = [sentence.replace(place, "the store") for sentence in done.failed[:MAX_SENTENCES]]
    if more := len(done.failed) - len(sentences):
        sentences.append(f"and {more} more")
    return Acted(done=done.done, failed=sentences)


def rename(roster: Roster, args: Mapping[str, Any]) -> ProjectName:
    """Give the project and its runs another `name`; answer with what it is called now.

    Raises:
        UsageError: it cannot be a name, or there is such a project already.
        StoreError: the store cannot be written.
    """
    from nbtrack.query.api import Api

    entity, project = name_of(args)
    name = args.get("name")
    if not isinstance(name, str):
        raise LogValueError(f"name must be text; got {name!r:.80}")
    Api(dir=roster.catalog.store.root).project(project, entity or None).rename(name)
    roster.catalog.refresh()
    return ProjectName(entity=entity, project=name)


def document(store: Store, args: Mapping[str, Any]) -> Document:
    """Answer with the document of the project."""
    return _told(Documents(store).read(KIND, document_id(*name_of(args))))


def edit(store: Store, args: Mapping[str, Any]) -> Document:
    """Make `edits` of the document, all or none, and answer with it.

    Raises:
        LogValueError: they are no edits, or too many.
        UsageError: the document cannot hold one of them.
        StoreError: the store cannot be written.
    """
    edits = args.get("edits")
    if not isinstance(edits, list) or len(edits) > MAX_EDITS:
        raise LogValueError(f"edits must be a list of at most {MAX_EDITS:,}; got {edits!r:.80}")
    made = []
    for one in edits:
        if not isinstance(one, dict) or not isinstance(one.get("path"), list):
            raise LogValueError(f"an edit is {{op, path, value}}, path a list of names; got {one!r:.80}")
        if one.get("op") == "set" and "value" not in one:
            raise LogValueError(f"an edit that sets needs a value; got {one!r:.80}")
        made.append(Edit(str(one.get("op")), one["path"], one.get("value")))
    return _told(Documents(store).write(KIND, document_id(*name_of(args)), made))


def _told(found: StoredDocument) -> Document:
    told = Document(version=found.version, tree=plain(found.tree))  # type: ignore[typeddict-item]
    # the kernel's user is the server's too: views keep their owner whoever answers
    with contextlib.suppress(KeyError, OSError, ImportError):  # a container's user without a name
        told["user"] = getpass.getuser()
    return told
