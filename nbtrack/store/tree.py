"""A tree of which each leaf was set by itself: what edits of several writers make of a document.

Of the writes to one path the last by (hybrid clock, writer) counts, and the ones that count are done in that
order: whoever holds the same edits holds the same tree, in whatever order they came. A `set` takes the place
of what was at its path and below it, a `del` takes that away; later edits below it count again. What is empty
is not there. Pure; no files.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from nbtrack.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbtrack.store.frames import Meta
    from nbtrack.store.model import Json

#: names in a path, and levels of a value below it, at most
PATH_DEPTH, VALUE_DEPTH = 12, 32
#: edits that are done in the tree there is, at most: each of them copies the branches on its way
_FEW = 64
#: characters of a name in a path
NAME_CHARS = 1000


class Edit(NamedTuple):
    """One change of a document: `op` is "set" or "del" (which needs no value)."""

    op: str
    path: Sequence[str]
    value: Json = None


class Document(NamedTuple):
    """A document as of now.

    Attributes:
        version: The same text for the same edits, in every process; a later edit gives one that sorts behind.
            "" where there are no edits.
        tree: Nested dicts. Shared with other callers: not to be changed.
    """

    version: str
    tree: dict[str, Any]


class Written(NamedTuple):
    """The edit that won a path."""

    hlc: int
    writer: str
    op: str
    value: Any


class Tree:
    """The edits of a document by path, and the tree that they make."""

    def __init__(self) -> None:
        self._won: dict[tuple[str, ...], Written] = {}
        #: the latest hybrid clock that was met
        self.clock = 0
        #: of all edits that count, whatever their order
        self._sum = 0
        self._document: Document | None = None
        #: edits that came since `_document`, and the latest (clock, writer) that is in it
        self._fresh: list[tuple[tuple[str, ...], Written]] = []
        self._latest = (0, "")

    def take(self, writer: str, meta: Meta) -> None:
        """Take an edit; a second time changes nothing."""
        path = tuple(meta.path)
        old = self._won.get(path)
        self.clock = max(self.clock, meta.hlc)
        if meta.op not in {"set", "del"} or not path:
            return
        if old is None or (meta.hlc, writer) > (old.hlc, old.writer):
            won = self._won[path] = Written(meta.hlc, writer, meta.op, meta.value)
            self._fresh.append((path, won))
            self._sum += _sign(path, meta.hlc, writer) - (_sign(path, old.hlc, old.writer) if old else 0)

    def won(self) -> Iterator[tuple[tuple[str, ...], Written]]:
        """The edits that count, with their paths, in the order in which they take effect."""
        yield from sorted(self._won.items(), key=lambda item: item[1][:2])

    def document(self) -> Document:
        """The tree, and its version."""
        if self._document is None or self._fresh:
            version = f"{self.clock:016x}{self._sum % 2**64:016x}" if self._won else ""
            self._document = Document(version, self._tree())
            self._latest = max([self._latest, *(won[:2] for _, won in self._fresh)])
            self._fresh = []
        return self._document

    def _tree(self) -> dict[str, Any]:
        """Do the edits that came, if they are few and later than all others; else do all anew."""
        fresh = sorted(self._fresh, key=lambda item: item[1][:2])
        if self._document is not None and len(fresh) <= _FEW and fresh[0][1][:2] > self._latest:
            tree = self._document.tree
            for path, written in fresh:
                tree = _with(tree, path, written)
            return tree
        tree = {}
        for path, written in self.won():
            _put(tree, path, written)
        return _without_empty(tree)


def _sign(path: tuple[str, ...], hlc: int, writer: str) -> int:
    digest = hashlib.blake2b(repr((path, hlc, writer)).encode(errors="surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")


def _put(tree: dict[str, Any], path: tuple[str, ...], written: Written) -> None:
    """Do one edit. Also a `del` makes branches of what is in its way: something was below them."""
    for name in path[:-1]:
        below = tree.get(name)
        if not isinstance(below, dict):
            below = tree[name] = {}
        tree = below
    if written.op == "del":
        tree.pop(path[-1], None)
    else:
        tree[path[-1]] = _copied(written.value)


def _with(tree: dict[str, Any], path: tuple[str, ...], written: Written) -> dict[str, Any]:
    """The tree after one edit, without what is empty; it shares with `tree` what the edit does not touch."""
    changed = dict(tree)
    name = path[0]
    if len(path) > 1:
        below = tree.get(name)
        changed[name] = _with(below if isinstance(below, dict) else {}, path[1:], written)
    elif written.op == "set":
        value = written.value
        changed[name] = _without_empty(value) if isinstance(value, dict) else value
    else:
        changed[name] = {}
    if changed[name] == {}:
        del changed[name]
    return changed


def _copied(value: Any) -> Any:
    """Copy the dicts of a value: later edits go below them."""
    return {k: _copied(v) for k, v in value.items()} if isinstance(value, dict) else value


def _without_empty(tree: dict[str, Any]) -> dict[str, Any]:
    found = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in tree.items()}
    return {k: v for k, v in found.items() if v != {}}


# ---- what may be set --------------------------------------------------------------------------------------


def check(edit: Edit) -> None:
    """Raise UsageError unless `edit` can be kept, and mean the same to every reader."""
    op, path = edit.op, edit.path
    if op not in {"set", "del"}:
        raise UsageError(f"an edit is 'set' or 'del', not {op!r}")
    if isinstance(path, str) or not path or not all(isinstance(name, str) and name for name in path):
        raise UsageError(f"the path of an edit is a list of names that are not empty, not {path!r}")
    if len(path) > PATH_DEPTH or max(map(len, path)) > NAME_CHARS:
        raise UsageError(
            f"the path of an edit has at most {PATH_DEPTH} names of {NAME_CHARS} characters; "
            f"{'/'.join(path)[:100]!r} has {len(path)}, the longest of {max(map(len, path))}"
        )
    _check_value(edit.value, "/".join(path), VALUE_DEPTH)


def _check_value(value: object, where: str, depth: int) -> None:
    if value is None or isinstance(value, (bool, int, str)):
        return
    if isinstance(value, float):
        if math.isfinite(value):
            return
        raise UsageError(f"{where}: {value} is no JSON; numbers of a document are finite")
    if not isinstance(value, (dict, list, tuple)):
        raise UsageError(f"{where}: {type(value).__name__} is no JSON (None, bool, number, str, list, dict)")
    if depth == 0:
        raise UsageError(f"{where}: a value of a document is nested at most {VALUE_DEPTH} levels deep")
    if isinstance(value, dict):
        for name, below in value.items():
            if not isinstance(name, str):
                raise UsageError(f"{where}: the key {name!r} is a {type(name).__name__}; JSON has texts only")
            _check_value(below, f"{where}/{name}", depth - 1)
    else:
        for below in value:
            _check_value(below, where, depth - 1)
