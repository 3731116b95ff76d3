"""Where the files lie that the JavaScript build makes."""

from __future__ import annotations

from pathlib import Path

from nbtrack.errors import NbtrackError

STATIC = Path(__file__).parent.parent / "static"


def built(name: str) -> Path:
    """Return the path of a file that the JavaScript build makes.

    Raises:
        NbtrackError: it is not there.
    """
    path = STATIC / name
    if not path.exists():
        raise NbtrackError(
            f"nbtrack/static/{name} is missing: this copy of nbtrack has no built JavaScript. "
            "In a clone, run `make js`; otherwise install a wheel."
        )
    return path
