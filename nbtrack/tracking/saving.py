"""What a run keeps beside what it logs: files, source code, text."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Any

from nbtrack.tracking.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.store.layout import Store
    from nbtrack.tracking.files import Saved


class Saving(Identity):
    """The part of a `Run` that keeps files and text."""

    _store: Store
    #: what is copied once more at the end
    _saved: list[Saved]

    def save(
        self,
        glob_str: str | os.PathLike[str],
        base_path: str | os.PathLike[str] | None = None,
        policy: str = "live",
        glob: bool = True,
    ) -> list[str]:
        """Copy files into the run's folder.

        Args:
            glob_str: A path, or a pattern such as "checkpoints/*.pt".
            base_path: Folder that the kept paths are relative to; default: the pattern's own fixed folder
                when the path is absolute, else the working folder.
            policy: "now" copies now; "live" and "end" once more when the run finishes.
            glob: With False, `*` and `?` are ordinary characters.

        Returns:
            The paths of the copies.

        Raises:
            UsageError: an unknown policy, or a path outside of `base_path`.
        """
        self._check_open("save")
        from nbtrack.tracking import files

        saved = files.save(self._run_dir, glob_str, base_path, policy, glob=glob)
        if policy != "now":
            self._saved.append(saved)
        return saved.copies

    def restore(
        self, name: str, run_path: str | None = None, replace: bool = False, root: str | None = None
    ) -> Any:
        """Copy a saved file back out of a run's folder and open it for reading.

        Args:
            name: Path of the file as it was saved.
            run_path: `entity/project/id` of another run of the store; default: this one.
            replace: Overwrite a file that is there.
            root: Folder to put it into; default: the working folder.

        Raises:
            NotFoundError: no such run or file.
        """
        from nbtrack.tracking import files

        return files.restore(self._store, self._run_dir, name, run_path, root, replace=replace)

    def log_code(
        self,
        root: str | os.PathLike[str] = ".",
        name: str | None = None,
        include_fn: Callable[..., bool] | None = None,
        exclude_fn: Callable[..., bool] | None = None,
    ) -> list[str]:
        """Copy source files into the run's folder, under `code/`.

        Args:
            root: Folder to search.
            name: Kept with the run; W&B's name of the code artifact.
            include_fn: `f(path)` or `f(path, root)`; default: Python files, requirements and Dockerfiles.
            exclude_fn: The same, for what to leave out; default: virtual environments and stores.

        Returns:
            The paths of the copies.
        """
        self._check_open("log_code")
        from nbtrack.tracking import files

        copies = files.log_code(self._run_dir, root, include_fn, exclude_fn)
        self._describe("code", {"root": os.fspath(root), "name": name, "files": len(copies)})
        return copies

    def write_logs(self, text: str) -> None:
        """Add text to the recorded console output."""
        self._check_open("write_logs")
        self._journal.text("stdout", text, time())
