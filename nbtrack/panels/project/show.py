"""`nbtrack.project`: the page of a project, below the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.panels.run import open_store

if TYPE_CHECKING:
    from nbtrack.panels.project.panel import ProjectPanel


def project(name: str | None = None, entity: str | None = None) -> ProjectPanel:
    """Show the page of a project: overview, workspace, runs table.

    What is done in the page is kept in the store: it is there again after a restart, and in other notebooks.

    Args:
        name: "project" or "entity/project". Default: the open run's project, else the list of all projects.
        entity: of the project, if the name says none.

    Raises:
        NotFoundError: no such project; the error names near ones.
        UsageError: a name of another form.

    Example:
        >>> nbtrack.project("digits")
    """
    from nbtrack.panels.project.panel import ProjectPanel
    from nbtrack.panels.wire import ProjectName
    from nbtrack.query.api import Api
    from nbtrack.tracking.current import get_run

    store = open_store()
    if name is None:
        current = get_run()
        if current is None:
            return ProjectPanel(store, None)
        return ProjectPanel(store, ProjectName(entity=current.entity or "", project=current.project))
    owner, _, plain = name.strip("/").rpartition("/")
    if not plain or "/" in owner:
        raise UsageError(f"project() takes 'project' or 'entity/project', got {name!r}")
    wanted = entity or owner
    api = Api(dir=store.root)
    found = [one for one in api.projects() if one.name == plain and wanted in {"", one.entity}]
    if not found:
        api.project(plain, wanted or None)  # says what is there instead
        raise NotFoundError(f"Could not find project {name!r}")
    # without an entity, the project without one is meant before those of entities
    chosen = min(found, key=lambda one: (one.entity != wanted, one.entity))
    return ProjectPanel(store, ProjectName(entity=chosen.entity, project=chosen.name))
