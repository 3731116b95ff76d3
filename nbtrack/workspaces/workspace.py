"""Saved views of a project, made and changed in Python; the page shows them at once.

Only what was changed here is written, leaf by leaf: what somebody else does in the page meanwhile stays.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlparse

from nbtrack.errors import NotFoundError, UsageError
from nbtrack.query.api import open_store
from nbtrack.query.project import batches
from nbtrack.query.projects import KIND, check_name, document_id
from nbtrack.query.recorded import near
from nbtrack.store.entities import Documents, Edit
from nbtrack.store.layout import new_id
from nbtrack.tracking.term import termlog
from nbtrack.workspaces.panel import Panel
from nbtrack.workspaces.panels import panel_doc, panel_from
from nbtrack.workspaces.places import changes, placed
from nbtrack.workspaces.settings import (
    RunsetSettings,
    SectionLayoutSettings,
    SectionPanelSettings,
    WorkspaceSettings,
    runset_doc,
    runset_from,
    settings_doc,
    settings_from,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: the view in which everybody begins, and what the page calls it
FIRST, FIRST_NAME = "default", "Workspace"
#: ids of sections that the page makes of the prefixes of keys
_AUTO = "auto:"
#: what a copy of a view does not take over
_OF_ONE = frozenset({"name", "owner", "created", "deleted"})


class SavedView(NamedTuple):
    """A view of a project; `owner` is "" for all, `created` in unix seconds or None."""

    id: str
    name: str
    owner: str
    created: float | None


@dataclass(eq=False)
class Section:
    """A section of a workspace.

    Args:
        name: Heading.
        panels: In their order.
        is_open: Whether its panels are shown.
        pinned: Stands before sections that are not.
        layout_settings: How many panels stand side by side.
        panel_settings: How its curves are drawn.
    """

    name: str
    panels: list[Panel] = field(default_factory=list)
    is_open: bool = False
    pinned: bool = False
    layout_settings: SectionLayoutSettings = field(default_factory=SectionLayoutSettings)
    panel_settings: SectionPanelSettings = field(default_factory=SectionPanelSettings)

    def __post_init__(self) -> None:
        #: of the document, and the text by which it sorts; "" until it is saved
        self.id = ""
        self.order = ""


@dataclass(eq=False)
class Workspace:
    """A view of a project: which runs, which panels, drawn how.

    Args:
        entity: "" for none.
        project: Its name; it may get its first run later.
        name: Of the view.
        sections: In their order.
        settings: How the panels draw.
        runset_settings: Which runs they show.
        auto_generate_panels: Also show the panels that the page makes of what was logged.
        dir: The store, as `nbtrack.Api(dir=...)`.

    Example:
        >>> import nbtrack.workspaces as ws
        >>> view = ws.Workspace("", "digits", "Losses")
        >>> view.sections = [ws.Section("Validation", [ws.LinePlot(y=["val/loss"])], is_open=True)]
        >>> view.save()
    """

    entity: str
    project: str
    name: str = "Untitled view"
    sections: list[Section] = field(default_factory=list)
    settings: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    runset_settings: RunsetSettings = field(default_factory=RunsetSettings)
    auto_generate_panels: bool = field(default=False, kw_only=True)
    dir: str | os.PathLike[str] | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        self._id = ""
        #: what of the document is known to stand there
        self._stored: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """Of the view in the project; "" until it is saved."""
        return self._id

    @property
    def url(self) -> None:
        """None: nothing is served at an address. `from_view` finds a view by its name."""
        return

    # ---- saved views --------------------------------------------------------------------------------------

    @classmethod
    def views(
        cls, project: str, entity: str = "", *, dir: str | os.PathLike[str] | None = None
    ) -> list[SavedView]:
        """The views of a project, by name; the one in which everybody begins comes first.

        Args:
            project: "project" or "entity/project".
            entity: Of the project, if `project` does not name it.
            dir: The store.
        """
        owner, name = _path(project, entity)
        found = _views(_documents(dir), owner, name)
        views = [
            SavedView(view_id, _name(view_id, doc), str(doc.get("owner") or ""), doc.get("created"))
            for view_id, doc in {FIRST: {}, **found}.items()
            if not doc.get("deleted")
        ]
        return sorted(views, key=lambda view: (view.id != FIRST, view.name, view.id))

    @classmethod
    def from_view(
        cls,
        project: str,
        name: str = FIRST_NAME,
        entity: str = "",
        *,
        dir: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Load a saved view.

        Args:
            project: "project" or "entity/project".
            name: Of the view, or its id. Default: the one in which everybody begins.
            entity: Of the project, if `project` does not name it.
            dir: The store.

        Raises:
            NotFoundError: no such view; the error names near ones.
        """
        owner, project_name = _path(project, entity)
        views = cls.views(project_name, owner, dir=dir)
        chosen = next((view for view in views if name in {view.id, view.name}), None)
        if chosen is None:
            hint = near(name, [view.name for view in views])
            raise NotFoundError(f"project {project_name!r} has no view {name!r}{hint}")
        doc = _views(_documents(dir), owner, project_name).get(chosen.id, {})
        view = cls(owner, project_name, chosen.name, dir=dir)
        view._take(chosen.id, doc)
        return view

    @classmethod
    def from_url(cls, url: str, *, dir: str | os.PathLike[str] | None = None) -> Self:
        """Load the view that an address of W&B's form names: ".../entity/project?nw=view"."""
        parsed = urlparse(url)
        parts = [unquote(part) for part in parsed.path.split("/") if part and part != "workspace"]
        if not parts:
            raise UsageError(f"an address of a view ends in 'entity/project?nw=name', got {url!r}")
        name = parse_qs(parsed.query).get("nw", [FIRST_NAME])[0]
        return cls.from_view(parts[-1], name, parts[-2] if len(parts) > 1 else "", dir=dir)

    def save(self) -> Self:
        """Write what was changed here to the view; the first time it becomes a new one.

        Raises:
            UsageError: a setting that means nothing.
            StoreError: the store cannot be written.
        """
        if not self._id:
            return self.save_as_new_view()
        doc = self._doc()
        self._write(self._id, list(changes(self._stored, doc)))
        self._stored = doc
        return self

    def save_as_new_view(self) -> Self:
        """Write it as a new view, a copy of the one that it was loaded from, and go on with that one."""
        documents, before = _documents(self.dir, create=True), self._id
        copied = dict(_views(documents, self.entity, self.project).get(before, {}))
        doc = self._doc()
        edits = [Edit("set", (name,), value) for name, value in copied.items() if name not in _OF_ONE]
        edits += changes(self._stored, doc)
        edits += [Edit("set", ("name",), self.name), Edit("set", ("created",), int(time.time()))]
        view_id = f"view-{new_id()}"
        self._write(view_id, edits)
        self._id, self._stored = view_id, doc
        where = "/".join(part for part in (self.entity, self.project) if part)
        termlog(f"view {self.name!r} of {where} is saved")
        return self

    def delete(self) -> None:
        """Take the view away; `save_as_new_view()` makes another of it."""
        if self._id:  # the first one is always there, and only loses what was set in it
            gone = Edit("del", ()) if self._id == FIRST else Edit("set", ("deleted",), True)
            self._write(self._id, [gone])
        self._id, self._stored = "", {}

    def _write(self, view_id: str, edits: list[Edit]) -> None:
        check_name(self.project)
        documents = _documents(self.dir, create=True)
        own_id = document_id(self.entity, self.project)
        below = [Edit(edit.op, ("views", view_id, *edit.path), edit.value) for edit in edits]
        for batch in batches(below):
            documents.write(KIND, own_id, batch)

    # ---- the document -------------------------------------------------------------------------------------

    def _doc(self) -> dict[str, Any]:
        """Return what of the view's document is said here."""
        if not isinstance(self.name, str) or not self.name.strip():
            raise UsageError(f"the name of a view is a str that is not empty, got {self.name!r}")
        settings = settings_doc(self.settings)
        settings["auto_generate_panels"] = self.auto_generate_panels
        doc: dict[str, Any] = {"name": self.name, **runset_doc(self.runset_settings), "settings": settings}
        ranked = sorted(self.sections, key=lambda section: not section.pinned)
        sections: dict[str, Any] = {}
        panels: dict[str, Any] = {}
        for section, order in zip(ranked, placed([one.order for one in ranked]), strict=True):
            section.id = section.id or f"section-{new_id()}"
            section.order = order
            if section.id in sections:
                raise UsageError(f"section {section.name!r} is listed twice")
            orders = _orders(section)
            sections[section.id] = _section_doc(section)
            for panel, at in zip(section.panels, orders, strict=True):
                stored = panel_doc(panel)
                panel.id = panel.id or f"{stored['kind']}-{new_id()}"
                panel.order = at
                if panel.id in panels:
                    raise UsageError(f"a panel of section {section.name!r} is listed twice: {panel!r}")
                panels[panel.id] = {**stored, "section": section.id, "order": at}
        for gone in self._stored.get("sections", {}):
            if gone.startswith(_AUTO) and gone not in sections:
                sections[gone] = {"deleted": True}  # the page would make it anew
        return doc | ({"sections": sections} if sections else {}) | ({"panels": panels} if panels else {})

    def _take(self, view_id: str, doc: Mapping[str, Any]) -> None:
        """Be the view that `doc` is."""
        self._id = view_id
        stored = doc.get("settings") or {}
        settings_from(stored, self.settings)
        self.auto_generate_panels = stored.get("auto_generate_panels", True)
        self.runset_settings = runset_from(doc)
        inside: dict[str, list[Panel]] = {}
        docs = {
            panel_id: panel
            for panel_id, panel in (doc.get("panels") or {}).items()
            if panel.get("kind") and not panel.get("deleted") and not panel_id.startswith(_AUTO)
        }
        for panel_id in sorted(docs, key=lambda one: (docs[one].get("order", "~"), one)):
            panel = panel_from(docs[panel_id])
            panel.id, panel.order = panel_id, docs[panel_id].get("order", "")
            inside.setdefault(docs[panel_id].get("section", _AUTO), []).append(panel)
        known = doc.get("sections") or {}
        ids = {
            one for one, section in known.items() if not one.startswith(_AUTO) and not section.get("deleted")
        }
        ids |= {one for one in inside if not known.get(one, {}).get("deleted")}
        for section_id in sorted(ids, key=lambda one: (known.get(one, {}).get("order", "~"), one)):
            self.sections.append(
                _section_from(section_id, known.get(section_id, {}), inside.get(section_id, []))
            )
        self._stored = self._doc()


def _section_doc(section: Section) -> dict[str, Any]:
    layout = section.layout_settings
    doc: dict[str, Any] = {
        "name": section.name,
        "order": section.order,
        "open": section.is_open,
        "columns": layout.columns,
        "rows": layout.rows,
    }
    if section.pinned:
        doc["pinned"] = True
    if any(panel.layout is not None for panel in section.panels):
        doc["layout"] = "custom"
    plain = settings_doc(SectionPanelSettings())
    own = {
        name: value
        for name, value in settings_doc(section.panel_settings).items()
        if value != plain.get(name)
    }
    if own:
        doc["settings"] = own
    return doc


def _section_from(section_id: str, doc: Mapping[str, Any], panels: list[Panel]) -> Section:
    named = section_id.removeprefix(_AUTO) if section_id.startswith(_AUTO) else "Section"
    section = Section(
        doc.get("name") or named or "Charts",
        panels,
        is_open=doc.get("open", True),
        pinned=doc.get("pinned", False),
        layout_settings=SectionLayoutSettings(doc.get("columns", 3), doc.get("rows", 2)),
    )
    settings_from(doc.get("settings") or {}, section.panel_settings)
    section.id, section.order = section_id, doc.get("order", "")
    return section


def _orders(section: Section) -> list[str]:
    for panel in section.panels:
        if not isinstance(panel, Panel):
            raise UsageError(f"a section holds panels such as LinePlot(y=['loss']), got {panel!r}")
    return placed([panel.order for panel in section.panels])


def _path(project: str, entity: str) -> tuple[str, str]:
    owner, _, name = project.strip("/").rpartition("/")
    return entity or owner, name


def _documents(dir: str | os.PathLike[str] | None, *, create: bool = False) -> Documents:
    return Documents(open_store(None if dir is None else os.fspath(dir), create=create))


def _views(documents: Documents, entity: str, project: str) -> dict[str, dict[str, Any]]:
    found = documents.read(KIND, document_id(entity, project)).tree.get("views")
    views = found if isinstance(found, dict) else {}
    return {view_id: doc for view_id, doc in views.items() if isinstance(doc, dict)}


def _name(view_id: str, doc: Mapping[str, Any]) -> str:
    return str(doc.get("name") or (FIRST_NAME if view_id == FIRST else view_id))
