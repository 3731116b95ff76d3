"""What is known about projects: the head of one's page, and the list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.panels.project.query import name_of
from nbtrack.panels.project.wire import ProjectLine, Projects
from nbtrack.query import projects as known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.panels.project.wire import Overview
    from nbtrack.store.roster import Roster


def overview(roster: Roster, args: Mapping[str, Any]) -> Overview:
    """Answer with what is known about the project."""
    roster.look()
    return known.overview(roster.catalog, *name_of(args))


def projects(roster: Roster, args: Mapping[str, Any]) -> Projects:  # noqa: ARG001 - all questions have some
    """Answer with all projects of the store, deleted ones too."""
    roster.look()
    return Projects(
        projects=[
            ProjectLine(
                entity=tally.entity,
                project=tally.project,
                runs=tally.runs,
                lastActive=tally.active,
                description=str(words.get("description") or ""),
                starred=bool(words.get("starred")),
                deleted=known.is_deleted(words, tally),
            )
            for tally, words in known.all_projects(roster.catalog)
        ]
    )
