"""What a run recorded beside its rows: its surroundings, what it printed, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogValueError, NotFoundError
from nbtrack.panels.wire import About, Console, GitState, SavedFile, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbtrack.store.reader import RunReader

#: lines of output, and files, in one answer
MAX_LINES = 5_000
MAX_FILES = 2_000
#: bytes of a file that is handed to the browser
MAX_FILE = 64 * 1024 * 1024


def details(reader: RunReader, args: Mapping[str, Any]) -> tuple[Any, list[bytes]]:
    """Answer a question about a run.

    Args:
        reader: of the run, up to date.
        args: `DetailsAsk` of wire.ts.

    Raises:
        LogValueError: arguments that mean nothing.
        NotFoundError: the run has no such file.
    """
    answers: dict[Any, Callable[[], tuple[Any, list[bytes]]]] = {
        "about": lambda: (about(reader), []),
        "console": lambda: (console(reader, args.get("since", 0)), []),
        "file": lambda: _file(reader, args.get("name")),
    }
    what = args.get("what")
    if what not in answers:
        raise LogValueError(f"what must be one of {', '.join(answers)}; got {what!r:.80}")
    return answers[what]()


def about(reader: RunReader) -> About:
    """Return where and with which code a run was made, and which files it has."""
    from nbtrack.query.files import run_files

    other = reader.meta.other
    texts = {name: _text(other.get(name)) for name in ("program", "notebook", "python", "platform")}
    packages = other.get("packages")
    sha = packages.get("blob") if isinstance(packages, dict) else None
    files: list[SavedFile] = []
    for file in run_files(reader):
        if len(files) == MAX_FILES:
            break
        try:
            files.append(SavedFile(name=file.name, size=file.size))
        except NotFoundError:
            continue  # deleted meanwhile
    return About(
        program=texts["program"],
        notebook=texts["notebook"],
        python=texts["python"],
        platform=texts["platform"],
        host=reader.meta.host,
        other={
            name: plain(value)
            for name, value in other.items()
            if name not in {*texts, "git", "packages", "executable"} and not isinstance(value, dict | list)
        },
        git=_git(reader, other.get("git")),
        packages=_blob(reader, sha).splitlines(),
        files=files,
    )


def console(reader: RunReader, since: object) -> Console:
    """Return what a run printed after revision `since`: the last lines, as many as one answer holds."""
    if not isinstance(since, int) or since < 0:
        raise LogValueError(f"since must be a revision; got {since!r:.80}")
    revision = reader.revision
    lines = reader.console(since)
    shown = lines[-MAX_LINES:]
    return Console(
        lines=[[line.time, line.stream, line.text] for line in shown],
        next=revision,
        cut=len(lines) - len(shown),
    )


def _file(reader: RunReader, name: object) -> tuple[Any, list[bytes]]:
    from nbtrack.query.files import run_files

    if not isinstance(name, str):
        raise LogValueError(f"name must be the name of a file; got {name!r:.80}")
    for file in run_files(reader, names=[name]):
        if file.size > MAX_FILE:
            raise LogValueError(
                f"{name!r} has {file.size:,} bytes; a page hands out up to {MAX_FILE:,}. "
                "Api().run(…).file(…).download() has no limit"
            )
        return {"name": name, "mime": file.mimetype}, [file.read()]
    raise NotFoundError(f"the run has no file {name!r}")


def _git(reader: RunReader, state: Any) -> GitState | None:
    if not isinstance(state, dict):
        return None
    return GitState(
        commit=_text(state.get("commit")),
        branch=_text(state.get("branch")),
        remote=_text(state.get("remote")),
        dirty=bool(state.get("dirty")),
        diff=_blob(reader, state.get("diff")),
        cut=bool(state.get("diff_cut")),
    )


def _blob(reader: RunReader, sha: object) -> str:
    if not isinstance(sha, str):
        return ""
    try:
        return reader.blob(sha).decode("utf-8", "replace")
    except (FileNotFoundError, NotFoundError):
        return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
