"""Who a run is: its names, and where it stands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, RunFinishedError, UsageError, warn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nbtrack.store.journal import Journal
    from nbtrack.store.model import Json, RunMeta
    from nbtrack.tracking.settings import Settings
    from nbtrack.tracking.steps import Cursor


class Identity:
    """The part of a `Run` that says who it is. What can be set is written down at once."""

    _meta: RunMeta
    _settings: Settings
    _journal: Journal
    _cursor: Cursor
    _run_dir: Path
    _pid: int
    _finished: bool
    _resumed: bool
    _starting_step: int
    _exit_code: int | None

    @property
    def id(self) -> str:
        """Unique in its store."""
        return self._meta.id

    @property
    def name(self) -> str:
        """Name for people; need not be unique. Can be set."""
        return self._meta.name

    @name.setter
    def name(self, name: str) -> None:
        self._describe("name", _text("name", name))
        self._meta.name = name

    @property
    def notes(self) -> str:
        """Free text. Can be set."""
        return self._meta.notes

    @notes.setter
    def notes(self, notes: str | None) -> None:
        notes = _text("notes", notes or "")
        self._describe("notes", notes)
        self._meta.notes = notes

    @property
    def tags(self) -> tuple[str, ...]:
        """Labels without order, each once. Can be set, also by `run.tags += ("new",)`."""
        return self._meta.tags

    @tags.setter
    def tags(self, tags: Iterable[str] | str | None) -> None:
        try:
            checked = check_tags(tags)
        except UsageError as error:  # in the middle of a training only a warning, as in W&B
            warn(f"run.tags stays {self._meta.tags}: {error}")
            return
        self._describe("tags", list(checked))
        self._meta.tags = checked

    @property
    def entity(self) -> str:
        """Whose it is; any text, "" when it was not said."""
        return self._meta.entity

    @property
    def project(self) -> str:
        """Project it belongs to."""
        return self._meta.project

    @property
    def path(self) -> str:
        """`entity/project/id`, without parts that are empty."""
        return "/".join(part for part in (self.entity, self.project, self.id) if part)

    @property
    def group(self) -> str:
        """Runs of one experiment share it."""
        return self._meta.group

    @property
    def job_type(self) -> str:
        """Role inside its group, such as "train" or "eval"."""
        return self._meta.job_type

    @property
    def start_time(self) -> float:
        """Unix seconds of its creation."""
        return self._meta.created

    @property
    def starting_step(self) -> int:
        """The step it began with: 0, or the one after the last of a resumed run."""
        return self._starting_step

    @property
    def step(self) -> int:
        """The step that the next `log()` writes to."""
        return self._cursor.step

    @property
    def late_rows(self) -> int:
        """How many calls of `log()` named a step before the current one. They are kept, in their step."""
        return self._cursor.late

    @property
    def resumed(self) -> bool:
        """Whether it goes on with an earlier run of this id."""
        return self._resumed

    @property
    def exit_code(self) -> int | None:
        """What `finish()` was given; None before."""
        return self._exit_code

    @property
    def inherited(self) -> bool:
        """Whether this is the copy of a run that a parent process has started, in a forked child."""
        return os.getpid() != self._pid

    @property
    def offline(self) -> bool:
        """Whether `mode="offline"` was asked for. Every run is local."""
        return self._settings.mode == "offline"

    @property
    def disabled(self) -> bool:
        """Whether nothing is recorded (`mode="disabled"`)."""
        return False

    @property
    def url(self) -> None:
        """None: there is no server. Show the run itself, or `run.panel`."""
        return

    project_url = url
    sweep_url = url
    sweep_id = url

    @property
    def dir(self) -> str:
        """Folder of the files that are saved with the run; made when it is first asked for."""
        folder = self._run_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @property
    def settings(self) -> Settings:
        """What it was started with."""
        return self._settings

    def _check_open(self, what: str) -> None:
        if self._finished:
            raise RunFinishedError(
                f"{what}: run {self.name!r} ({self.path}) is finished and takes nothing more. Start a new "
                f'one with nbtrack.init(), or go on with it: nbtrack.init(id="{self.id}", resume="must")'
            )

    def _describe(self, name: str, value: Json) -> None:
        self._check_open(f"run.{name}")
        self._journal.meta("set", ["run", name], value)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not isinstance(getattr(type(self), name, None), property):
            raise UsageError(f"Attribute {name} is not supported on Run object.")
        object.__setattr__(self, name, value)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise LogTypeError(f"run.{name} must be a str, not {type(value).__name__}")
    return value


def check_tags(tags: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return tags without repetition.

    Raises:
        UsageError: a tag that is no text of 1 to 64 characters.
    """
    if tags is None:
        return ()
    if isinstance(tags, str):
        tags = (tags,)
    checked = tuple(dict.fromkeys(tags))
    for tag in checked:
        if not isinstance(tag, str) or not 1 <= len(tag) <= 64:
            raise UsageError(f"a tag must be a str of 1 to 64 characters, not {tag!r}")
    return checked
