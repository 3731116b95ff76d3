"""Which code made a run: program, Python, machine, git state, installed packages.

`describe` is the cheap part. `collect_slow` reads the difference to the last commit and the list of packages;
that takes up to seconds and belongs on a thread of its own. Nothing here keeps credentials: user names,
passwords, tokens and queries are cut out of remote addresses.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nbtrack.tracking import cells

if TYPE_CHECKING:
    from nbtrack.store.journal import Journal
    from nbtrack.store.model import Json
    from nbtrack.tracking.settings import Settings

#: longest difference to the last commit that is kept, in bytes
MAX_DIFF = 1024 * 1024
_GIT_TIMEOUT_S = 5.0


def describe(settings: Settings | None = None) -> dict[str, Json]:
    """Return the values of `["run", <name>]` that are known at once, or after a few milliseconds of git.

    Args:
        settings: `program`, `notebook_name`, `host` override what is found; `disable_git` leaves git out.

    Returns:
        `program`, `notebook`, `python`, `executable`, `platform`, `host`, `cpu_count`, and `git` with `root`,
        `commit`, `branch`, `remote`; what is unknown is left out, also all of `git` outside of a repository.
    """
    program = _named(settings, "program") or _program()
    notebook = _named(settings, "notebook_name") or _notebook()
    values: dict[str, Json] = {
        "program": program or notebook,
        "notebook": notebook,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "host": _named(settings, "host") or platform.node(),
        "cpu_count": os.cpu_count(),
        "git": None if settings and settings.disable_git else _git_around(program)[1],
    }
    return {name: value for name, value in values.items() if value}


def collect_slow(journal: Journal, settings: Settings | None = None) -> None:
    """Write `["run", "git"]` with the uncommitted difference, and `["run", "packages"]`. Meant for a thread.

    Args:
        journal: gets the META entries, and the texts as blobs.
        settings: `disable_git` and `packages` leave one or the other out.

    `git` becomes what `describe` says and `dirty`; with uncommitted changes also `diff` (SHA-256 of the text
    of `git diff HEAD`), `diff_size` in bytes, and `diff_cut` when there was more than 1 MiB. `packages` is
    `{"count": n, "blob": SHA-256 of lines name==version}`.
    """
    if not (settings and settings.disable_git):
        folder, state = _git_around(_named(settings, "program") or _program())
        if state:
            diff = git_diff(folder)
            if diff is not None:
                state["dirty"] = bool(diff)
            if diff:
                kept = diff[:MAX_DIFF]
                state |= {"diff": journal.blob(kept), "diff_size": len(kept)}
                if len(diff) > MAX_DIFF:
                    state["diff_cut"] = True
            journal.meta("set", ["run", "git"], state)
    if settings is None or settings.packages:
        lines = packages()
        sha = journal.blob("\n".join(lines).encode())
        journal.meta("set", ["run", "packages"], {"count": len(lines), "blob": sha})


def packages() -> list[str]:
    """`name==version` of each installed distribution, sorted by name."""
    from importlib import metadata

    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"] if distribution.metadata else None
        if name:  # a broken installation has no name; the first on the path is what is imported
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), f"{name}=={distribution.version}")
    return [found[key] for key in sorted(found)]


def git_state(folder: Path) -> dict[str, Json] | None:
    """`root`, `commit`, `branch` and `remote` of the repository around `folder`; None where there is none."""
    root = _git(folder, "rev-parse", "--show-toplevel")
    if not root:
        return None
    remotes = (_git(folder, "remote") or "").split()
    remote = "origin" if "origin" in remotes or not remotes else remotes[0]
    state: dict[str, Json] = {
        "root": root,
        "commit": _git(folder, "rev-parse", "--verify", "HEAD"),
        "branch": _git(folder, "symbolic-ref", "--short", "HEAD"),
        "remote": without_credentials(_git(folder, "remote", "get-url", remote) or "") if remotes else None,
    }
    return {name: value for name, value in state.items() if value}


def git_diff(folder: Path) -> bytes | None:
    """What tracked files hold beyond the last commit, up to `MAX_DIFF` and one byte; None when git fails."""
    command = _command(folder, "diff", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD")
    try:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError:  # no git
        return None
    timer = threading.Timer(_GIT_TIMEOUT_S, process.kill)
    timer.start()
    try:
        with process:
            assert process.stdout is not None
            text = process.stdout.read(MAX_DIFF + 1)
            if len(text) > MAX_DIFF:
                process.kill()  # the rest is not wanted
    finally:
        timer.cancel()
    return text if process.returncode == 0 or len(text) > MAX_DIFF else None


def without_credentials(remote: str) -> str:
    """A remote's address without user, password, query and fragment; the user of `git@host:path` stays.

    Example:
        >>> without_credentials("https://me:token@example.org/a/b.git?x=1")
        'https://example.org/a/b.git'
    """

    def user(match: re.Match[str]) -> str:
        return match[0] if match[1] == "ssh" and ":" not in match[2] else f"{match[1]}://"

    bare = re.split(r"[?#]", remote, maxsplit=1)[0]
    bare = re.sub(r"(\w*)://([^/]*)@", user, bare)
    return bare if "://" in bare else re.sub(r"^[^/@]*:[^/@]*@", "", bare)


def _named(settings: Settings | None, name: str) -> str:
    return cast(str, getattr(settings, name, None) or "")


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, None when it fails: no git, no repository, no commit, or too slow a disk."""
    try:
        done = subprocess.run(
            _command(folder, *arguments),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_TIMEOUT_S,
            env=_environment(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def _command(folder: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(folder), *arguments]


def _environment() -> dict[str, str]:
    """Never ask, never lock, and look at the folder that was named, also inside of a git hook."""
    kept = {name: value for name, value in os.environ.items() if name not in {"GIT_DIR", "GIT_WORK_TREE"}}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _program() -> str:
    """The script that runs; "" in a notebook or a console."""
    file = _main().get("__file__")
    return str(Path(file).absolute()) if file and not cells.in_notebook() else ""


def _notebook() -> str:
    """The notebook that runs, as its host names it (VS Code, Jupyter server); "" elsewhere."""
    cell = cells.current()
    if cell and cell.notebook:
        return cell.notebook
    return str(_main().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", ""))


def _main() -> dict[str, Any]:
    return vars(sys.modules["__main__"]) if "__main__" in sys.modules else {}


def _git_around(program: str) -> tuple[Path, dict[str, Json] | None]:
    """The repository of the program, else of the working folder."""
    folder = Path(program).absolute().parent
    state = git_state(folder) if program and folder.is_dir() else None
    return (folder, state) if state else (Path.cwd(), git_state(Path.cwd()))
