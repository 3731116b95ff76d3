"""A project: what runs are filed under, and what was said about it, which is a document of the store.

Runs make a project by naming it. `Api.create_project` makes one without runs. A deleted project is hidden
from lists and its runs stay as they are; a run that begins later brings it back.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nbtrack.errors import StoreError, UsageError
from nbtrack.query.edits import Edit as RunEdit
from nbtrack.query.edits import RunEdits, write_each
from nbtrack.query.projects import (
    KIND,
    Visibility,
    all_projects,
    check_name,
    check_visibility,
    created_at_of,
    document_id,
    has_runs,
    is_deleted,
    of_project,
    said,
    tally_of,
)
from nbtrack.query.run import Run
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.model import RunQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nbtrack.query.api import Api
    from nbtrack.query.runs import Runs
    from nbtrack.store.model import Json, RunRow
    from nbtrack.store.projects import Tally

#: characters of edits that go into one batch, well below what the store takes
_BATCH = 200_000


class Project:
    """A project. Made by `Api.project`, `Api.projects` and `Api.create_project`.

    The numbers about its runs are of the moment when it was made; `load()` takes them anew. What was said
    about it (description, star, ...) is always as of now.

    Example:
        >>> project = nbtrack.Api().project("digits")
        >>> project.star()
        >>> project.describe("Which optimizer?")
        >>> project.runs("acc > 0.9")
    """

    def __init__(self, api: Api, tally: Tally) -> None:
        self._api = api
        self._tally = tally

    # ---- what it is ---------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name in the entity."""
        return self._tally.project

    @property
    def entity(self) -> str:
        """Entity, "" for none."""
        return self._tally.entity

    @property
    def id(self) -> str:
        """Unique in the store: "<entity>/<name>"."""
        return document_id(self.entity, self.name)

    @property
    def path(self) -> list[str]:
        """[entity, name]."""
        return [self.entity, self.name]

    @property
    def url(self) -> None:
        """None: nothing is served at an address."""
        return

    def runs(self, filters: Mapping[str, Any] | str | None = None, order: str = "+created_at") -> Runs:
        """Its runs, as `Api.runs`."""
        return self._api.runs("/".join(filter(None, self.path)), filters=filters, order=order)

    # ---- its runs, counted --------------------------------------------------------------------------------

    @property
    def run_count(self) -> int:
        """Number of runs that are not deleted."""
        return self._tally.runs

    @property
    def running(self) -> int:
        """How many of them run."""
        return self._tally.running

    @property
    def deleted_run_count(self) -> int:
        """Number of deleted runs; `undelete_runs()` brings them back."""
        return self._tally.deleted

    @property
    def last_active(self) -> float | None:
        """Unix seconds of the last sign of life of any of its runs; None without runs."""
        return self._tally.active

    @property
    def compute(self) -> float:
        """Seconds of all its runs together."""
        return self._tally.compute

    @property
    def contributors(self) -> list[str]:
        """Who made runs of it, the first one first."""
        from nbtrack.store.projects import users

        return users(self._api.catalog, self.entity, self.name)

    def load(self) -> Project:
        """Count its runs again."""
        self._api.catalog.refresh()
        self._tally = tally_of(self._api.catalog, self.entity, self.name)
        return self

    # ---- what was said about it ---------------------------------------------------------------------------

    @property
    def description(self) -> str:
        """Markdown; see `describe`."""
        return str(self.said.get("description") or "")

    @property
    def visibility(self) -> str:
        """private, team, public or restricted; settable. A note: locally nothing is kept from anybody."""
        return str(self.said.get("visibility") or "team")

    @visibility.setter
    def visibility(self, value: Visibility) -> None:
        self.say(visibility=check_visibility(value))

    @property
    def starred(self) -> bool:
        """See `star`."""
        return bool(self.said.get("starred"))

    @property
    def owner(self) -> str:
        """Who created it, else who made its first run; "" when unknown."""
        if named := self.said.get("owner"):
            return str(named)
        return next(iter(self.contributors), "")

    @property
    def created(self) -> float | None:
        """Unix seconds at which it was created or its first run began; None when unknown."""
        return created_at_of(self.said, self._tally)

    @property
    def created_at(self) -> str:
        """The same, ISO 8601, UTC."""
        moment = datetime.fromtimestamp(self.created or 0.0, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def deleted(self) -> bool:
        """Whether it was deleted, and no run of it began since."""
        return is_deleted(self.said, self._tally)

    @property
    def said(self) -> dict[str, Any]:
        """All that was said about it, by field; not to be changed in place."""
        return said(self._api.store, self.entity, self.name)

    def say(self, **values: Json) -> None:
        """Set fields of the document; None takes one away."""
        edits = [
            Edit("del" if value is None else "set", ("project", name), value)
            for name, value in values.items()
        ]
        Documents(self._api.store).write(KIND, self.id, edits)

    # ---- changes ------------------------------------------------------------------------------------------

    def star(self) -> None:
        """Mark it; `Api.projects(starred_first=True)` and the pages of projects show it first."""
        self.say(starred=True)

    def unstar(self) -> None:
        """Undo `star()`."""
        self.say(starred=None)

    def describe(self, text: str) -> None:
        """Set the description, in Markdown; "" for none."""
        if not isinstance(text, str):
            raise UsageError(f"a description is a str, got {text!r}")
        self.say(description=text or None)

    def rename(self, name: str) -> Project:
        """Give it another name; its runs and its page go with it.

        Runs that are live elsewhere go with it too; those that begin later under the old name do not. When it
        was interrupted, do it again.

        Args:
            name: As `init(project=...)` takes it.

        Raises:
            UsageError: It cannot be a name, or there is such a project already.
            StoreError: Some runs could not be changed. Those that could have the new name.
        """
        check_name(name)
        if name == self.name:
            return self
        api, documents = self._api, Documents(self._api.store)
        api.catalog.refresh()
        there, here = said(api.store, self.entity, name), [self.entity, self.name]
        if there.get("renamed_from") != here and (there or has_runs(api.catalog, self.entity, name)):
            gone = " (deleted)" if is_deleted(there, tally_of(api.catalog, self.entity, name)) else ""
            raise UsageError(f"project {self.name!r} cannot be renamed to {name!r}: that exists{gone}")
        new_id = document_id(self.entity, name)
        tree = documents.read(KIND, self.id).tree
        copies = [Edit("set", (top,), below) for top, below in tree.items()]
        for batch in batches([*copies, Edit("set", ("project", "renamed_from"), list(here))]):
            documents.write(KIND, new_id, batch)
        self._change_runs(RunEdit("set", ("run", "project"), name))
        documents.write(KIND, self.id, [Edit("del", (top,)) for top in tree])
        documents.write(KIND, new_id, [Edit("del", ("project", "renamed_from"))])
        api.flush()
        self._tally = tally_of(api.catalog, self.entity, name)
        return self

    def delete(self) -> None:
        """Hide it from lists. Its runs stay; a run that begins later brings it back, as `undelete()` does."""
        self.say(deleted_at=time.time())

    def undelete(self) -> None:
        """Undo `delete()`."""
        self.say(deleted_at=None)

    def delete_runs(self, runs: Iterable[Run | str]) -> int:
        """Hide runs of it, named by their ids; `undelete_runs()` brings them back. Returns how many.

        Raises:
            UsageError: One of them is not of this project. Nothing is done then.
        """
        ids = {run.id if isinstance(run, Run) else run for run in runs}
        if strangers := ids - {row.meta.id for row in self._rows()}:
            raise UsageError(
                f"project {self.name!r} has no run {', '.join(map(repr, sorted(strangers)[:5]))}"
            )
        return self._change_runs(RunEdit("set", ("run", "deleted_at"), time.time()), ids)

    def undelete_runs(self, runs: Iterable[Run | str] | None = None) -> int:
        """Bring deleted runs back, all or those named; returns how many."""
        deleted = {row.meta.id for row in self._rows() if row.meta.deleted_at is not None}
        if runs is not None:
            deleted &= {run.id if isinstance(run, Run) else run for run in runs}
        return self._change_runs(RunEdit("set", ("run", "deleted_at"), None), deleted)

    def _change_runs(self, edit: RunEdit, ids: set[str] | None = None) -> int:
        """Write an edit to runs, all or some; return to how many."""
        rows = [row for row in self._rows() if ids is None or row.meta.id in ids]
        failed = write_each(
            self._api.store, [RunEdits(row.meta.id, row.meta.created, [edit]) for row in rows]
        )
        self.load()
        self._api.flush()
        if failed:
            first = next(iter(failed.values()))
            raise StoreError(f"{len(failed)} of {len(rows)} runs could not be changed: {first}")
        return len(rows)

    def _rows(self) -> Sequence[RunRow]:
        self._api.catalog.refresh()
        query = RunQuery(where=of_project(self.entity, self.name), include_deleted=True, fields=())
        return self._api.catalog.runs(query).rows

    # ---- the rest -----------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Project) and (self._api.store.store_id, self.id) == (
            other._api.store.store_id,
            other.id,
        )

    def __hash__(self) -> int:
        return hash((self._api.store.store_id, self.id))

    def __repr__(self) -> str:
        when = "no runs yet"
        if self.last_active is not None:
            local = datetime.fromtimestamp(self.last_active, UTC).astimezone()
            when = f"{self.run_count} runs, last active {local:%Y-%m-%d %H:%M}"
        elif self.deleted_run_count:
            when = f"{self.deleted_run_count} deleted runs"
        return f"<Project {self.name}: {when}>"


# ---- all projects -----------------------------------------------------------------------------------------


def find_projects(
    api: Api, entity: str | None, *, include_deleted: bool = False, starred_first: bool = False
) -> list[Project]:
    """Return the projects of runs and those that were created, the last active first; see `Api.projects`."""
    api.catalog.refresh()
    chosen = [one for one in all_projects(api.catalog) if not entity or one[0].entity in {entity, ""}]
    if starred_first:
        chosen.sort(key=lambda one: not one[1].get("starred"))
    return [Project(api, tally) for tally, words in chosen if include_deleted or not is_deleted(words, tally)]


def create_project(api: Api, name: str, entity: str, description: str, visibility: str) -> Project:
    """Make a project without runs, or return the one there is; see `Api.create_project`."""
    import getpass

    check_name(name)
    kind = check_visibility(visibility)
    api.catalog.refresh()
    project = Project(api, tally_of(api.catalog, entity, name))
    if "created" not in project.said and not has_runs(api.catalog, entity, name):
        try:
            owner: str | None = getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            owner = None
        project.say(created=time.time(), visibility=kind, owner=owner)
    if project.deleted:
        project.undelete()
    if description:
        project.describe(description)
    return project


def batches(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Cut edits into batches that the store takes; dicts too big for one are set branch by branch."""
    batch: list[Edit] = []
    size = 0
    for edit in edits:
        length = len(repr(edit))
        if length > _BATCH and isinstance(edit.value, dict):
            if batch:
                yield batch
            batch, size = [], 0
            yield from batches([Edit("set", (*edit.path, k), v) for k, v in edit.value.items()])
            continue
        if batch and size + length > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(edit)
        size += length
    if batch:
        yield batch
