"""`nbtrack.Api`: find runs again and read what they recorded. W&B's names, on the local store."""

from __future__ import annotations

import os
import warnings
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from nbtrack.errors import NbtrackWarning, NotFoundError, UnsupportedError, UsageError
from nbtrack.query.columns import Columns
from nbtrack.query.expression import parse_expression
from nbtrack.query.filters import parse_filters, parse_order
from nbtrack.query.project import Project, create_project, find_projects
from nbtrack.query.recorded import near
from nbtrack.query.run import Run
from nbtrack.query.runs import Runs
from nbtrack.store.layout import Store
from nbtrack.store.model import And, Compare, Filter, RunQuery
from nbtrack.tracking.settings import Settings, nbtrack_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.catalog import SqliteCatalog

#: W&B's calls that belong to parts of nbtrack which do not exist yet
_LATER: dict[str, str] = {
    "artifact": "artifacts",
    "artifact_collection": "artifacts",
    "artifact_collection_exists": "artifacts",
    "artifact_collections": "artifacts",
    "artifact_exists": "artifacts",
    "artifact_type": "artifacts",
    "artifact_types": "artifacts",
    "artifact_versions": "artifacts",
    "artifacts": "artifacts",
    "automation": "automations",
    "automations": "automations",
    "create_automation": "automations",
    "create_custom_chart": "custom charts",
    "create_registry": "registries",
    "create_run": "runs made through Api (use nbtrack.init)",
    "create_team": "teams",
    "delete_automation": "automations",
    "queued_run": "run queues",
    "registries": "registries",
    "registry": "registries",
    "reports": "reports",
    "sweep": "sweeps",
    "sweeps": "sweeps",
    "team": "teams",
    "update_automation": "automations",
    "user": "users",
    "users": "users",
}


class Api:
    """Reads a store.

    Args:
        overrides: defaults, {"entity": ..., "project": ...}; others ("base_url") are ignored with a warning.
        timeout: accepted for W&B's sake; nothing is asked over a network.
        api_key: likewise.
        dir: a store, or the folder whose `nbtrack` folder is one; default $NBTRACK_DIR or ./nbtrack, as in
            `init`.

    Example:
        >>> api = nbtrack.Api()
        >>> for run in api.runs("digits", filters={"summary_metrics.acc": {"$gt": 0.9}}):
        ...     print(run.name, run.config["lr"])
    """

    def __init__(
        self,
        overrides: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        api_key: str | None = None,
        *,
        dir: str | os.PathLike[str] | None = None,
    ) -> None:
        given = dict(overrides or {})
        self._entity = str(given.pop("entity", None) or "")
        self._project = str(given.pop("project", None) or "")
        ignored = [f"overrides[{name!r}]" for name in given]
        ignored += [n for n, v in (("timeout", timeout), ("api_key", api_key)) if v is not None]
        if ignored:
            warnings.warn(
                f"Api: {', '.join(ignored)} ignored: the store is local", NbtrackWarning, stacklevel=2
            )
        self._dir = None if dir is None else os.fspath(dir)
        self._store: Store | None = None
        self._catalog: SqliteCatalog | None = None
        self._cache: dict[tuple[str, str, str, int], Runs] = {}

    @property
    def store(self) -> Store:
        """The store.

        Raises:
            StoreError: there is none, or it cannot be read.
        """
        if self._store is None:
            self._store = open_store(self._dir)
        return self._store

    @property
    def catalog(self) -> SqliteCatalog:
        """The index over all runs of the store."""
        if self._catalog is None:
            from nbtrack.store.catalog import SqliteCatalog

            self._catalog = SqliteCatalog(self.store)
        return self._catalog

    @property
    def default_entity(self) -> str:
        """Entity of paths that name none, "" unless overridden."""
        return self._entity

    @property
    def settings(self) -> dict[str, str]:
        """{"entity", "project"} of paths that name none."""
        return {"entity": self._entity, "project": self._project}

    def flush(self) -> None:
        """Forget the runs that were fetched: the next `runs()` looks again."""
        self._cache.clear()

    # ---- runs ---------------------------------------------------------------------------------------------

    def runs(
        self,
        path: str | None = None,
        filters: Mapping[str, Any] | str | None = None,
        order: str = "+created_at",
        per_page: int = 50,
        include_sweeps: bool = True,
        lazy: bool = True,
    ) -> Runs:
        """Runs that match.

        Args:
            path: "entity/project", "project", or None for all. A run that was logged without an entity
                belongs to every entity.
            filters: an expression (`nbtrack.query.expression`), or W&B's MongoDB-style dict
                (`nbtrack.query.filters`).
            order: "+" or "-" before created_at, heartbeat_at, config.<key>.value or summary_metrics.<key>.
            per_page: how many are fetched at a time.
            include_sweeps: accepted for W&B's sake.
            lazy: accepted for W&B's sake; histories are always read when they are asked for.

        Returns:
            A lazy sequence, the same one for the same arguments until `flush()`.

        Raises:
            UsageError: the path, filter or order cannot be understood; an `ExpressionError` says where.
            StoreError: there is no store.

        Example:
            >>> api.runs("digits", "lr < 0.1 and 'best' in tags", order="-summary_metrics.acc")
            >>> api.runs("digits", {"$or": [{"config.lr": 0.1}, {"tags": "best"}]}, "-summary_metrics.acc")
        """
        del include_sweeps, lazy
        if isinstance(per_page, bool) or not isinstance(per_page, int) or per_page < 1:
            raise UsageError(f"per_page must be a positive int, got {per_page!r}")
        key = (path or "", repr(filters), order, per_page)
        if key not in self._cache:
            entity, project = self._project_path(path)
            parts: list[Filter] = []
            if project:
                parts.append(Compare("run.project", "=", project))
            if entity:
                parts.append(Compare("run.entity", "in", (entity, "", None)))
            if wanted := self._filter(filters, project):
                parts.append(wanted)
            query = RunQuery(where=And(tuple(parts)) if parts else None, order=parse_order(order))
            asked = "/".join(part for part in (entity, project) if part)
            self._cache[key] = Runs(self.store, self.catalog, query, per_page, asked)
        return self._cache[key]

    def _filter(self, filters: Mapping[str, Any] | str | None, project: str) -> Filter | None:
        if not isinstance(filters, str):
            return parse_filters(filters)
        self.catalog.refresh()  # it may name what was logged just now
        return parse_expression(filters, Columns.of(self.catalog, project or None))

    def run(self, path: str, *, include_deleted: bool = False) -> Run:
        """One run.

        Args:
            path: "id", "project/id", "entity/project/id", "entity/project/runs/id" or "entity/project:id".
            include_deleted: also a run that was deleted.

        Raises:
            NotFoundError: no such run; it names near ones. (A ValueError, as in W&B.)

        Example:
            >>> api.run("digits/3f9a1c2e").summary["acc"]
        """
        entity, project, run_id = _run_path(path)
        self.catalog.refresh([run_id])
        row = self.catalog.run(run_id)
        if row is None:
            raise NotFoundError(f"Could not find run {path!r} in {self.store.root}{self._like(run_id)}")
        meta = row.meta
        if (project and project != meta.project) or (entity and meta.entity and entity != meta.entity):
            where = "/".join(part for part in (meta.entity, meta.project) if part)
            raise NotFoundError(f"Could not find run {path!r}: run {run_id!r} is in {where!r}")
        if meta.deleted_at is not None and not include_deleted:
            raise NotFoundError(
                f"Could not find run {path!r}: it was deleted. "
                f"Api().run({path!r}, include_deleted=True).undelete() brings it back"
            )
        return Run(self.store, self.catalog, row)

    def _like(self, run_id: str) -> str:
        """Near ids and names, as the end of a sentence."""
        self.catalog.refresh()
        rows = self.catalog.runs(RunQuery(fields=())).rows
        names = {row.meta.id: row.meta.name for row in rows}
        ids = [known for known, name in names.items() if name == run_id]
        ids += get_close_matches(run_id, list(names), n=3, cutoff=0.5)
        by_name = get_close_matches(run_id, [name for name in names.values() if name], n=3)
        ids += [known for known, name in names.items() if name in by_name]
        alike = [
            f"{known!r} ({names[known]})" if names[known] else repr(known) for known in dict.fromkeys(ids)
        ]
        if not alike:
            return f"; it holds {len(names)} runs" if names else "; it holds no runs"
        return f"; did you mean {', '.join(alike[:3])}?"

    # ---- projects -----------------------------------------------------------------------------------------

    def projects(
        self,
        entity: str | None = None,
        per_page: int = 200,
        *,
        include_deleted: bool = False,
        starred_first: bool = False,
    ) -> list[Project]:
        """All projects, the last active first; also those that were created and have no runs yet.

        Args:
            entity: only those of this entity, and those without one.
            per_page: accepted for W&B's sake.
            include_deleted: also projects that were deleted.
            starred_first: put those with a star before the others.
        """
        del per_page
        return find_projects(self, entity, include_deleted=include_deleted, starred_first=starred_first)

    def project(self, name: str, entity: str | None = None, *, include_deleted: bool = False) -> Project:
        """One project.

        Args:
            name: its name; "entity/project" too.
            entity: of the project; without it, a project without one is meant before those of entities.
            include_deleted: also one that was deleted.

        Raises:
            NotFoundError: no such project; the error names near ones.
        """
        owner, _, plain = name.rpartition("/")
        wanted = entity or owner
        projects = self.projects(wanted, include_deleted=True)
        found = [project for project in projects if project.name == plain]
        if not found:
            hint = near(plain, [project.name for project in projects if not project.deleted])
            raise NotFoundError(f"Could not find project {name!r} in {self.store.root}{hint}")
        here = [project for project in found if include_deleted or not project.deleted]
        if not here:
            raise NotFoundError(
                f"Could not find project {name!r}: it was deleted. "
                f"Api().project({name!r}, include_deleted=True).undelete() brings it back"
            )
        return min(here, key=lambda project: project.entity != wanted)

    def create_project(
        self, name: str, entity: str | None = None, *, description: str = "", visibility: str = "team"
    ) -> Project:
        """Make a project without runs; one that exists is returned, one that was deleted brought back.

        A store is made too, where there is none.

        Args:
            name: up to 128 characters, none of them a slash, a backslash or one of `# ? % :`.
            entity: default: that of `overrides`, else none.
            description: Markdown.
            visibility: private, team, public or restricted, of a new project. Only a note: locally nothing
                is kept from whoever can read the store.

        Raises:
            UsageError: the name or the visibility cannot be used.

        Example:
            >>> api.create_project("digits", description="Which optimizer?")
        """
        if self._store is None:
            self._store = open_store(self._dir, create=True)
        return create_project(self, name, entity or self._entity, description, visibility)

    def from_path(self, path: str) -> Project | Run:
        """What the path leads to: "project", "entity/project", or a run by the longer forms of `run()`.

        Raises:
            NotFoundError: nothing is there.
            UnsupportedError: a sweep or a report.
        """
        parts = _parts(path)
        for kind in ("sweeps", "sweep", "reports", "report"):
            if kind in parts[1:-1]:
                self._unsupported(kind)
        if len(parts) >= 3 or ":" in parts[-1] or "runs" in parts[:-1]:
            return self.run(path)
        if len(parts) == 1:
            return self.project(parts[0])
        known = {(project.entity, project.name) for project in self.projects(include_deleted=True)}
        if {(parts[0], parts[1]), ("", parts[1])} & known:
            return self.project(parts[1], parts[0])
        return self.run(path)

    # ---- the rest of W&B's --------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name not in _LATER:
            raise AttributeError(f"'Api' object has no attribute {name!r}")

        def unsupported(*args: object, **kwargs: object) -> NoReturn:  # noqa: ARG001
            self._unsupported(name)

        return unsupported

    @staticmethod
    def _unsupported(name: str) -> NoReturn:
        raise UnsupportedError(f"Api.{name}: this nbtrack does not have {_LATER.get(name, name)} yet")

    def __repr__(self) -> str:
        return f"Api(dir={str(self._store.root if self._store else self._dir)!r})"

    def _project_path(self, path: str | None) -> tuple[str, str]:
        if path is None or path == "":
            return self._entity, self._project
        parts = _parts(path)
        if len(parts) > 2:
            raise UsageError(f"path must be 'project' or 'entity/project', got {path!r}")
        return (self._entity, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def open_store(dir: str | None = None, *, create: bool = False) -> Store:
    """Open the store that `init(dir=...)` would write to; make it, with `create`, where there is none.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    settings = Settings.from_environment()
    if os.environ.get("NBTRACK_DIR"):
        settings.root_dir = None  # it wins over WANDB_DIR
    if dir is not None:
        settings.root_dir = dir
    return Store.open(nbtrack_dir(settings), create=create)


def _parts(path: object) -> list[str]:
    parts = path.strip("/").split("/") if isinstance(path, str) else []
    if not parts or not all(parts):
        raise UsageError(f"path must be a str such as 'entity/project/run_id', got {path!r}")
    return parts


def _run_path(path: str) -> tuple[str, str, str]:
    """(entity, project, id); "" for what the path leaves out."""
    parts = _parts(path)
    if len(parts) >= 3 and parts[-2] == "runs":
        del parts[-2]
    if len(parts) <= 2 and ":" in parts[-1]:
        parts[-1:] = parts[-1].split(":", 1)
    if len(parts) > 3 or not all(parts):
        raise UsageError(
            "path must be 'id', 'project/id', 'entity/project/id', 'entity/project/runs/id' or "
            f"'entity/project:id', got {path!r}"
        )
    return tuple([""] * (3 - len(parts)) + parts)  # type: ignore[return-value]
