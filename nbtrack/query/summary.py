"""The summary of a recorded run: read, changed in memory, written back with `update()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.query.edits import Edit
from nbtrack.store.derive import put_in
from nbtrack.tracking.summary import Summary as LiveSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nbtrack.store.model import Json

#: `_type` of arrays that are kept whole beside their statistics
_TENSORS = frozenset({"numpy.ndarray", "torch.Tensor", "tensorflow.Tensor", "jax.Array"})


class Pending:
    """A summary with changes that are not written yet.

    Args:
        stored: the summary as recorded, keys flat as they were logged.
        blob: returns bytes by their SHA-256.
        keep: stores bytes and returns their SHA-256.
        commit: writes edits to the run.
    """

    def __init__(
        self,
        stored: Mapping[str, Json],
        *,
        blob: Callable[[str], bytes],
        keep: Callable[[bytes], str],
        commit: Callable[[list[Edit]], None],
    ) -> None:
        self.tree: dict[str, Any] = {k: _copy(v) for k, v in stored.items()}
        self.edits: list[Edit] = []
        self.blob = blob
        self.keep = keep
        self._commit = commit

    def change(self, op: str, path: tuple[str, ...], value: Any) -> None:
        """Note one change; reading sees it at once."""
        flat = ".".join(path)
        for key in [k for k in self.tree if k == flat or k.startswith(f"{flat}.")]:
            del self.tree[key]
        put_in(self.tree, path, value, deleted=op == "del")
        self.edits.append(Edit(op, ("summary", *path), value))

    def flush(self) -> None:
        """Write the changes, if there are any."""
        edits, self.edits = self.edits, []
        if not edits:
            return
        try:
            self._commit(edits)
        except BaseException:
            self.edits = edits + self.edits
            raise


class Summary(LiveSummary):
    """Final values of a recorded run, a dict. Changes are written by `update()`.

    Arrays that were kept whole are read back as numpy arrays; `as_dict()` shows their statistics. Nested
    dicts are such mappings too.

    Example:
        >>> run.summary["tensor"] = np.random.random(1000)
        >>> run.summary.update()
        >>> run.summary["tensor"].shape
        (1000,)
    """

    _pending: Pending

    def __init__(self, pending: Pending, path: tuple[str, ...] = ()) -> None:
        super().__init__(lambda: pending.tree, pending.change, pending.keep, path)
        object.__setattr__(self, "_pending", pending)

    def __getitem__(self, key: str) -> Any:
        if isinstance(key, str) and key not in self:
            key = key.strip()
        value = super().__getitem__(key)
        if isinstance(value, dict) and value.get("_type") in _TENSORS and isinstance(value.get("blob"), str):
            from nbtrack.media.arrays import from_npy

            return from_npy(self._pending.blob(value["blob"]))
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key.strip() if isinstance(key, str) else key, value)

    def update(  # type: ignore[override]  # W&B's signature, as in the class above
        self, key_vals: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, overwrite: bool = True
    ) -> None:
        """Write all changes made so far to the store.

        Args:
            key_vals: further values to set before.
            overwrite: whether `key_vals` replace what is there.

        Raises:
            LogTypeError: a value cannot be kept; the message names its key.
        """
        super().update(key_vals, overwrite)
        self._pending.flush()

    def _below(self, key: str) -> Summary:
        return Summary(self._pending, (*self._path, key))


def _copy(value: Json) -> Json:
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, dict) else value
