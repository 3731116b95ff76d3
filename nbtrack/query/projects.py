"""What is known about a project: what its runs say together, and what was said in its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from nbtrack.errors import UsageError
from nbtrack.store.entities import Documents
from nbtrack.store.model import And, Compare, Filter
from nbtrack.tracking.arguments import check_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrack.store.catalog import SqliteCatalog
    from nbtrack.store.layout import Store
    from nbtrack.store.projects import Tally

#: of documents, whose ids are "<entity>/<project>"
KIND = "project"
#: W&B's. Only a note: whoever can read the folder of the store sees everything in it.
Visibility = Literal["private", "team", "public", "restricted"]


class Overview(TypedDict):
    """What the head of a project's page shows; see `Overview` in js/src/panels/project/wire.ts."""

    revision: str
    description: str
    visibility: str
    starred: bool
    deleted: bool
    created: float | None
    lastActive: float | None
    owner: str
    contributors: list[str]
    runs: int
    running: int
    deletedRuns: int
    compute: float


def overview(catalog: SqliteCatalog, entity: str, project: str) -> Overview:
    """What is known about a project, one that nobody logged to too.

    Args:
        catalog: Its runs; asked as it is: `refresh` it before.
        entity: "" for none.
        project: Its name.
    """
    from nbtrack.store import index
    from nbtrack.store.projects import users

    words, tally = said(catalog.store, entity, project), tally_of(catalog, entity, project)
    contributors = users(catalog, entity, project)
    with catalog.index.read() as connection:
        revision = index.revision(connection)
    return Overview(
        revision=revision,
        description=str(words.get("description") or ""),
        visibility=str(words.get("visibility") or "team"),
        starred=bool(words.get("starred")),
        deleted=is_deleted(words, tally),
        created=created_at_of(words, tally),
        lastActive=tally.active,
        owner=str(words.get("owner") or next(iter(contributors), "")),
        contributors=contributors,
        runs=tally.runs,
        running=tally.running,
        deletedRuns=tally.deleted,
        compute=tally.compute,
    )


def all_projects(catalog: SqliteCatalog) -> list[tuple[Tally, dict[str, Any]]]:
    """Return the projects of runs and those that were created, deleted ones too, the last active first.

    Each with what was said about it, as `said`. The catalogue is asked as it is: `refresh` it before.
    """
    from nbtrack.store.projects import Tally, tallies

    found = {(tally.entity, tally.project): tally for tally in tallies(catalog)}
    about: dict[tuple[str, str], dict[str, Any]] = {}
    for own_id in Documents(catalog.store).list(KIND):
        owner, _, name = own_id.rpartition("/")
        about[owner, name] = said(catalog.store, owner, name)
        if "created" in about[owner, name]:
            found.setdefault((owner, name), Tally(owner, name))
    known = [(tally, about.get(key, {})) for key, tally in found.items()]
    return sorted(known, key=lambda one: -(one[0].active or created_at_of(one[1], one[0]) or 0.0))


def document_id(entity: str, project: str) -> str:
    """Return the id of a project's document."""
    return f"{entity}/{project}"


def of_project(entity: str, project: str) -> Filter:
    """Return what tells runs of exactly this project; entity "" for those without one."""
    owner = Compare("run.entity", "in", ("", None)) if not entity else Compare("run.entity", "=", entity)
    return And((Compare("run.project", "=", project), owner))


def said(store: Store, entity: str, project: str) -> dict[str, Any]:
    """Return what a project's document says about the project itself."""
    found = Documents(store).read(KIND, document_id(entity, project)).tree.get("project")
    return found if isinstance(found, dict) else {}


def is_deleted(words: Mapping[str, Any], tally: Tally) -> bool:
    """Whether a project was deleted and no run of it began since; `words` as `said` returns them."""
    at = words.get("deleted_at")
    return isinstance(at, (int, float)) and (tally.newest is None or tally.newest <= at)


def check_name(name: object) -> None:
    """Raise UsageError when `name` cannot be the name of a project."""
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        raise UsageError(f"a project's name is a str without blanks at its ends, and not empty; got {name!r}")
    check_project(name, "project")


def check_visibility(value: str) -> str:
    """Return `value` if it is a `Visibility`; raise UsageError otherwise."""
    if value not in get_args(Visibility):
        raise UsageError(f"visibility must be one of {', '.join(get_args(Visibility))}, not {value!r}")
    return value


def created_at_of(words: Mapping[str, Any], tally: Tally) -> float | None:
    """Unix seconds at which a project was created or its first run began; None when unknown."""
    known = [t for t in (words.get("created"), tally.first) if isinstance(t, (int, float))]
    return min(known, default=None)


def tally_of(catalog: SqliteCatalog, entity: str, project: str) -> Tally:
    """Count the runs of exactly this project, as the index has them."""
    from nbtrack.store.projects import Tally, tallies

    return next(iter(tallies(catalog, entity, project)), Tally(entity, project))


def has_runs(catalog: SqliteCatalog, entity: str, project: str) -> bool:
    """Whether any run is filed there, deleted or not."""
    tally = tally_of(catalog, entity, project)
    return bool(tally.runs or tally.deleted)
