"""A project as HTML that needs nothing: what its page leaves in the notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from nbtrack.panels.compare import LATEST_RUNS
from nbtrack.panels.project.answer import answer
from nbtrack.panels.still import compare_still, compare_text
from nbtrack.store.reader import RunReader
from nbtrack.store.roster import Roster

if TYPE_CHECKING:
    from nbtrack.panels.wire import ProjectName
    from nbtrack.store.layout import Store

#: projects in a list
_LISTED = 200


def project_still(store: Store, project: ProjectName | None) -> str:
    """Return the latest runs of a project beside each other, at most `still.STILL_BYTES` long.

    Args:
        store: where the project is.
        project: which; None: a list of the projects.
    """
    if project is None:
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in _projects(store))
        return f"<ul>{lines}</ul>" if lines else "<p>No projects yet</p>"
    readers, total = latest(store, project)
    if not readers:
        return f"<p>{html.escape(_named(project))}: no runs yet</p>"
    shown = "" if len(readers) == total else f", the latest {len(readers)} are shown"
    head = f"<p><b>{html.escape(_named(project))}</b>: {_runs(total)}{shown}</p>"
    return head + compare_still(readers)


def project_text(store: Store, project: ProjectName | None) -> str:
    """Return the latest runs of a project as text, a line each; or all projects."""
    if project is None:
        return "\n".join(_projects(store)) or "No projects yet"
    readers, total = latest(store, project)
    return "\n".join([f"{_named(project)}: {_runs(total)}", *compare_text(readers).splitlines()[1:]])


def _projects(store: Store) -> list[str]:
    from nbtrack.query.api import Api

    found = Api(dir=store.root).projects()[:_LISTED]
    return [f"{_named({'entity': one.entity, 'project': one.name})}: {_runs(one.run_count)}" for one in found]


def latest(store: Store, project: ProjectName) -> tuple[list[RunReader], int]:
    """Return readers of the latest runs of a project, oldest first, and how many runs it has."""
    Roster.of(store).catalog.refresh()
    found, _ = answer(store, {**project, "what": "ids", "query": {}, "limit": LATEST_RUNS})
    return [RunReader.of(store, run) for run in reversed(found["ids"])], found["total"]


def _named(project: ProjectName) -> str:
    return "/".join(part for part in (project["entity"], project["project"]) if part)


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
