"""Projects as their runs make them: counted in the index, whatever their documents say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from nbtrack.store import index as ix
from nbtrack.store.where import DURATION

if TYPE_CHECKING:
    from nbtrack.store.catalog import SqliteCatalog


@dataclass(frozen=True, slots=True)
class Tally:
    """The runs of one project. Times are unix seconds, None without runs; `deleted` ones count only there."""

    entity: str
    project: str
    runs: int = 0
    running: int = 0
    deleted: int = 0
    #: when the first and the last of all its runs began
    first: float | None = None
    newest: float | None = None
    #: last sign of life
    active: float | None = None
    #: seconds of all runs together
    compute: float = 0.0


_ENTITY, _PROJECT = (sa.func.coalesce(ix.run.c[name], "") for name in ("entity", "project"))


def tallies(catalog: SqliteCatalog, entity: str | None = None, project: str | None = None) -> list[Tally]:
    """Count the runs of each project, the last active first.

    Args:
        catalog: The runs; asked as it is: `refresh` it before.
        entity: Only projects of exactly this entity, "" for none.
        project: Only projects of this name.
    """
    catalog.update_states()
    r = ix.run.c
    here = r.deleted_at.is_(None)
    active = sa.func.max(r.heartbeat).filter(here)
    query = (
        sa.select(
            _ENTITY,
            _PROJECT,
            sa.func.count().filter(here),
            sa.func.count().filter(here, r.state == "running"),
            sa.func.count().filter(r.deleted_at.is_not(None)),
            sa.func.min(r.created),
            sa.func.max(r.created),
            active,
            sa.func.coalesce(sa.func.sum(DURATION).filter(here), 0.0),
        )
        .where(*_within(entity, project))
        .group_by(_ENTITY, _PROJECT)
        .order_by(active.desc(), _ENTITY, _PROJECT)
    )
    with catalog.index.read() as connection:
        return [Tally(*row) for row in connection.execute(query)]


def users(catalog: SqliteCatalog, entity: str, project: str) -> list[str]:
    """Who made runs of a project, deleted ones too: who began first comes first."""
    r = ix.run.c
    query = sa.select(r.user).where(*_within(entity, project), r.user.is_not(None))
    query = query.group_by(r.user).order_by(sa.func.min(r.created))
    with catalog.index.read() as connection:
        return list(connection.execute(query).scalars())


def _within(entity: str | None, project: str | None) -> list[Any]:
    conditions = []
    if entity is not None:
        conditions.append(entity == _ENTITY)
    if project is not None:
        conditions.append(project == _PROJECT)
    return conditions
