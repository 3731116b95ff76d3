"""What nbtrack says to the person at the terminal: one line each, on stderr, behind `nbtrack:`."""

from __future__ import annotations

import sys
import threading

PREFIX = "nbtrack:"

_lock = threading.Lock()
_said: set[str] = set()
_silent = False
_quiet = False


def configure(*, silent: bool, quiet: bool = False) -> None:
    """Set what is printed from now on.

    Args:
        silent: Print nothing at all.
        quiet: Print warnings and errors only.
    """
    global _silent, _quiet
    _silent, _quiet = silent, quiet


def termlog(string: str = "", newline: bool = True, repeat: bool = True) -> None:
    """Print an informational line.

    Args:
        string: The text; each of its lines gets the prefix.
        newline: End with a line break.
        repeat: With False, print this text only once in the process.
    """
    if not _quiet:
        _write("", string, newline=newline, repeat=repeat)


def termwarn(string: str, newline: bool = True, repeat: bool = True) -> None:
    """Print a warning line. Arguments as of `termlog`."""
    _write("WARNING ", string, newline=newline, repeat=repeat)


def termerror(string: str, newline: bool = True, repeat: bool = True) -> None:
    """Print an error line. Arguments as of `termlog`."""
    _write("ERROR ", string, newline=newline, repeat=repeat)


def _write(level: str, string: str, *, newline: bool, repeat: bool) -> None:
    if _silent:
        return
    text = "\n".join(f"{PREFIX} {level}{line}" for line in string.split("\n"))
    if not repeat:
        with _lock:
            if text in _said:
                return
            _said.add(text)
    stream = sys.stderr
    if stream is None:  # pythonw and some daemons have none
        return
    try:
        stream.write(text + ("\n" if newline else ""))
        stream.flush()
    except (OSError, ValueError):
        # A closed or full terminal must never end a training run; there is nowhere left to say so.
        return
