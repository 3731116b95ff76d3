"""The change feed of a store folder: small append-only files of hints, one per writing process.

Hints save readers from looking into every run folder; they are never needed. They say "look at this run".
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from nbtrack.store.frames import (
    FILE_HEADER,
    HintFrame,
    Type,
    decode_hint,
    encode_hint,
    file_header,
    iter_frames,
)
from nbtrack.store.layout import new_writer
from nbtrack.store.protocols import Hint

if TYPE_CHECKING:
    from pathlib import Path


class FileFeed:
    """`ChangeFeed` over `<root>/feed`. Keeps no file open.

    Args:
        root: folder of the store.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / "feed"
        self._owner = 0
        self._file = ""

    def publish(self, hint: Hint) -> None:
        """Append `hint`. A disk that does not take it is no error: readers find the change by looking."""
        frame = encode_hint(HintFrame(hint.entity, hint.stream, hint.number, hint.size, hint.state))
        if self._owner != os.getpid():  # also after a fork: each file has one writer
            self._owner, self._file = os.getpid(), f"{new_writer()}.nbl"
        with contextlib.suppress(OSError):
            self._append(frame)

    def _append(self, frame: bytes) -> None:
        path = self._folder / self._file
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, 0o666)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, flags, 0o666)
        try:
            if os.fstat(fd).st_size == 0:
                frame = file_header(0) + frame
            if os.write(fd, frame) < len(frame):  # torn: readers stop there, so go on in a new file
                self._owner = 0
        finally:
            os.close(fd)

    def poll(self, since: dict[str, int]) -> tuple[list[Hint], dict[str, int]]:
        """Return the hints after the cursor `since` ({}: from the beginning) and the new cursor."""
        hints: list[Hint] = []
        cursor: dict[str, int] = {}
        try:
            entries = sorted(os.scandir(self._folder), key=lambda e: e.name)
        except FileNotFoundError:
            return hints, cursor
        for entry in entries:
            start = cursor[entry.name] = since.get(entry.name, FILE_HEADER)
            with contextlib.suppress(FileNotFoundError):  # tidied away meanwhile
                if entry.name.endswith(".nbl") and entry.stat().st_size > start:
                    new, cursor[entry.name] = _read(self._folder / entry.name, start)
                    hints += new
        return hints, cursor


def _read(path: Path, start: int) -> tuple[list[Hint], int]:
    with path.open("rb") as file:
        file.seek(start)
        data = bytes(FILE_HEADER) + file.read()
    hints, end = [], FILE_HEADER
    for frame in iter_frames(data):
        if frame.type == Type.HINT:
            h = decode_hint(frame.payload)
            hints.append(Hint(h.e, h.w, h.n, h.size, h.state))
        end = frame.end
    return hints, start + end - FILE_HEADER
