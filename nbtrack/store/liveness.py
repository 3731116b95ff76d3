"""Whether the writer of a log lives. Derived each time, never written down."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from functools import cache
from pathlib import Path

from nbtrack.store.locality import is_local

#: seconds without a BEAT after which a process id is not believed any more: it may be another process by now
BELIEVE_PID = 600.0


@cache
def host() -> str:
    """Name of this machine."""
    return socket.gethostname()


@cache
def boot() -> str:
    """Return what tells this run of the machine from the ones before a reboot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return f"{psutil.boot_time():.0f}"


def stream_alive(path: Path, last_beat: float, boot_id: str, pid: int, host_name: str) -> bool | None:
    """Whether the process that writes the log at `path` lives.

    On a local filesystem the lock on the log tells: it ends with the process, however that ends. On a shared
    one the process is looked up, if it is of this machine.

    Args:
        path: the latest log of the stream.
        last_beat: unix seconds of its last sign of life.
        boot_id: of its HELLO or BEAT.
        pid: of its HELLO or BEAT.
        host_name: of its HELLO.

    Returns:
        None when that cannot be seen from here; the age of the last BEAT must do then.
    """
    if is_local(path):
        return _locked(path)
    if host_name != host():
        return None
    if boot_id != boot() or not _process_exists(pid):
        return False
    return True if time.time() - last_beat < BELIEVE_PID else None


def _locked(path: Path) -> bool | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        # shared, so that two who look do not see each other; given back by closing
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(fd)
    return False


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
