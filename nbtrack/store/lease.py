"""Leases: at most one process of all machines does a job, unless a clock or a network says otherwise."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def lease(path: Path, ttl: float) -> Iterator[bool]:
    """Hold the lease file `path`: made exclusively, deleted at the end, taken over when it has run out.

    Advisory: two holders at once must cost no more than double work.
    """
    mine = _take(path, ttl)
    try:
        yield mine
    finally:
        if mine:
            path.unlink(missing_ok=True)


def _take(path: Path, ttl: float) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            try:
                expired = json.loads(path.read_text())["expires"] < time.time()
            except (ValueError, KeyError, TypeError):
                expired = time.time() - path.stat().st_mtime > ttl
            if not expired:
                return False
            path.unlink(missing_ok=True)
        text = json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "expires": time.time() + ttl})
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError:  # a store that cannot be written has no others who work on it from here
        return True
    return True
