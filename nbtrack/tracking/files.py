"""Files that belong to a run: copies under `<run folder>/files`, never outside of it."""

from __future__ import annotations

import fnmatch
import glob as globbing
import os
import shutil
from dataclasses import dataclass, field
from inspect import Parameter, signature
from pathlib import Path
from typing import IO, TYPE_CHECKING

from nbtrack.errors import NotFoundError, UsageError, warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.store.layout import Store

#: name of the folder inside a run's folder
FOLDER = "files"
POLICIES = ("live", "now", "end")

_CODE = ("*.py", "requirements*.txt", "pyproject.toml", "environment.y*ml", "Dockerfile*")
_NOT_CODE = frozenset(
    {".git", ".venv", "venv", "__pycache__", "node_modules", "nbtrack", ".nbtrack", "wandb"}
)


@dataclass(slots=True)
class Saved:
    """What one `save()` copied, so that it can be done again when the run ends."""

    target: Path
    base: Path
    pattern: str
    copies: list[str] = field(default_factory=list)

    def again(self) -> None:
        """Copy what matches now."""
        self.copies = []
        for match in sorted(globbing.glob(self.pattern, recursive=True)):  # noqa: PTH207 (patterns may be absolute)
            path = Path(match)
            if not path.is_file():
                continue
            destination = _inside(self.target, Path(os.path.abspath(path)).relative_to(self.base))  # noqa: PTH100
            destination.parent.mkdir(parents=True, exist_ok=True)
            if not destination.exists() or not path.samefile(destination):
                shutil.copy2(path, destination)
            self.copies.append(str(destination))


def save(
    run_dir: Path,
    pattern: str | os.PathLike[str],
    base_path: str | os.PathLike[str] | None,
    policy: str,
    *,
    glob: bool,
) -> Saved:
    """See `Run.save`."""
    if policy not in POLICIES:
        raise UsageError(f"save: policy must be one of {', '.join(POLICIES)}, not {policy!r}")
    if not isinstance(pattern, (str, os.PathLike)):
        raise UsageError(f"save: the path must be a str, not {type(pattern).__name__}")
    text = os.fspath(pattern)
    if text.startswith(("gs://", "s3://", "http://", "https://")):
        raise UsageError(f"save: {text!r} is not a local path")
    # Not resolved: a linked data folder keeps the name it is known by.
    whole = os.path.abspath(Path(text).expanduser())  # noqa: PTH100
    if base_path is not None:
        base = Path(os.path.abspath(Path(base_path).expanduser()))  # noqa: PTH100
    elif os.path.isabs(text):  # noqa: PTH117
        base = _fixed_part(Path(whole)) if glob else Path(whole).parent
    else:
        base = Path.cwd()
    if not Path(whole).is_relative_to(base):
        raise UsageError(f"save: {text!r} is outside of {str(base)!r}; give base_path=, a folder above it")
    saved = Saved(run_dir / FOLDER, base, whole if glob else globbing.escape(whole))
    saved.again()
    if not saved.copies:
        warn(
            f"save: nothing matches {text!r} yet"
            + ("" if policy == "now" else "; it is tried again at the end")
        )
    return saved


def restore(
    store: Store, run_dir: Path, name: str, run_path: str | None, root: str | None, *, replace: bool
) -> IO[str]:
    """See `Run.restore`."""
    if run_path is not None:
        other = store.run_dir(run_path.strip("/").rpartition("/")[2].rpartition(":")[2])
        if other is None:
            raise NotFoundError(f"Could not find run {run_path!r} in the store {str(store.root)!r}")
        run_dir = other
    source = _inside(run_dir / FOLDER, Path(name))
    if not source.is_file():
        raise NotFoundError(f"File {name!r} was not saved with the run")
    destination = _inside(Path(root) if root is not None else Path.cwd(), Path(name))
    if replace or not destination.exists():
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, destination)
    return destination.open(encoding="utf-8", errors="surrogateescape")


def log_code(
    run_dir: Path,
    root: str | os.PathLike[str],
    include: Callable[..., bool] | None,
    exclude: Callable[..., bool] | None,
) -> list[str]:
    """See `Run.log_code`."""
    base = Path(root).resolve()
    if not base.is_dir():
        raise UsageError(f"log_code: {os.fspath(root)!r} is not a folder")
    wanted = _with_root(include, base) if include else _is_code
    unwanted = _with_root(exclude, base) if exclude else (lambda _path: False)
    target = run_dir / FOLDER / "code"
    copies = []
    for folder, names, file_names in os.walk(base):
        names[:] = sorted(name for name in names if name not in _NOT_CODE)
        for name in sorted(file_names):
            path = Path(folder, name)
            if path.is_file() and wanted(str(path)) and not unwanted(str(path)):
                destination = target / path.relative_to(base)
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, destination)
                copies.append(str(destination))
    return copies


def keep_program(run_dir: Path | None, program: str) -> None:
    """Copy the script or notebook that made the run (`save_code`)."""
    source = Path(program)
    if run_dir is not None and source.is_file():
        target = run_dir / FOLDER / "code"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / source.name)


def _inside(folder: Path, relative: Path) -> Path:
    """`folder / relative`, or a UsageError when that would be somewhere else."""
    path = folder / relative
    if relative.is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"the path {str(relative)!r} leads out of {str(folder)!r}")
    return path


def _fixed_part(pattern: Path) -> Path:
    """The folder of an absolute pattern above its first wildcard."""
    parts = pattern.parts
    for i, part in enumerate(parts):
        if globbing.has_magic(part):
            return Path(*parts[:i])
    return pattern.parent


def _is_code(path: str) -> bool:
    return any(fnmatch.fnmatch(Path(path).name, pattern) for pattern in _CODE)


def _with_root(function: Callable[..., bool], root: Path) -> Callable[[str], bool]:
    """W&B calls these with the path alone, or with path and root, as they were written."""
    positional = [
        parameter
        for parameter in signature(function).parameters.values()
        if parameter.kind in {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD}
    ]
    if len(positional) >= 2:
        return lambda path: function(path, str(root))
    return function
