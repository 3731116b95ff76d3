"""The live page of a project: its reader chooses which runs are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import NbtrackError, UsageError
from nbtrack.panels.delta import points_of
from nbtrack.panels.project.answer import answer
from nbtrack.panels.project.still import latest, project_still, project_text
from nbtrack.panels.push import Stream
from nbtrack.panels.widget import ComparePanel, Panel
from nbtrack.panels.wire import ProjectName

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrack.panels.rpc import Args, Handler
    from nbtrack.store.layout import Store
    from nbtrack.store.reader import RunReader


class ProjectPanel(Panel):
    """The page of a project: overview, workspace, runs table. What `nbtrack.project` returns.

    Args:
        store: where the project is.
        project: its name.
        entity: its entity, "" for none.

    Example:
        >>> nbtrack.project("digits")
    """

    def __init__(self, store: Store, project: ProjectName | None) -> None:
        self.project = project
        super().__init__("project", store, [], project["project"] if project else "Projects", project=project)

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each question of the browser."""
        return {**super().handlers(), "project": self._project, "watch": self._watch}

    def still(self) -> str:
        """Return the project's latest runs as HTML that needs no script."""
        return project_still(self.store, self.project)

    def plain_text(self) -> str:
        """Return the project's latest runs as a few lines."""
        return project_text(self.store, self.project)

    def save_html(self, path: str | Path, *, media_bytes: int = 32 * 1024 * 1024) -> Path:
        """Write the runs that are drawn as one HTML file that works offline, as `compare()` shows them.

        Args:
            path: of the file.
            media_bytes: of media to put in, as in `Panel.save_html`.

        Raises:
            UsageError: there are no runs.
        """
        readers = self.readers
        if not readers and self.project is not None:
            readers = tuple(latest(self.store, self.project)[0])
        if not readers:
            raise UsageError("there are no runs to save yet")
        shown = ComparePanel(readers)
        try:
            return shown.save_html(path, media_bytes=media_bytes)
        finally:
            shown.close()

    def is_live(self) -> bool:
        """Whether anything may still change: runs may be added at any time."""
        return not self.closed

    def pushes_ended(self) -> None:
        """Keep the stills: other runs may be watched next."""
        self.refresh_stills()

    def _shown(self) -> tuple[tuple[int, str], ...]:
        project = self.project or ProjectName(entity="", project="")
        ids, _ = answer(self.store, {**project, "what": "ids", "query": {}, "limit": 0})
        return ((ids["total"], ids["revision"]),)

    def _project(self, args: Args) -> tuple[Any, list[bytes]]:
        return answer(self.store, args)

    def _watch(self, args: Args) -> tuple[Any, list[bytes]]:
        known = {stream.reader.run_id: stream for stream in self.streams}
        streams = []
        for run_id in args["runs"]:
            if (stream := known.get(run_id)) is None:
                try:
                    stream = Stream(self._reader(run_id))
                except (NbtrackError, OSError):
                    continue  # it was deleted: the page hears of it from the list of runs
            streams.append(stream)
        self.streams = streams
        self.readers = tuple(stream.reader for stream in streams)
        self.points = points_of(max(1, len(streams)))
        self.wake()
        return len(streams), []

    def _reader(self, run: object) -> RunReader:
        from nbtrack.query.recorded import fresh_reader

        for stream in self.streams:
            if stream.reader.run_id == run:
                return stream.reader
        return fresh_reader(self.store, str(run))
