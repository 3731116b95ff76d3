"""Plotly figures, kept as plotly's own JSON and drawn by the plotly.js of the user's own plotly package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nbtrack.errors import LogTypeError
from nbtrack.media.base import Json, Media, Raw, Record, stored

if TYPE_CHECKING:
    from collections.abc import Callable


class Plotly(Media):
    """A plotly figure.

    Args:
        val: A `plotly.graph_objects.Figure`, or the dict of one.

    Raises:
        LogTypeError: `val` is something else.

    Example:
        run.log({"chart": nbtrack.Plotly(figure)})
    """

    kind: ClassVar[str] = "plotly-file"

    def __init__(self, val: Any) -> None:
        if is_plotly(val):
            self.json: str = val.to_json()
        elif isinstance(val, dict) and "data" in val:
            self.json = _dumped(val)
        else:
            raise LogTypeError(f"Plotly takes a plotly figure or its dict, not {type(val).__name__}")

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Rebuild a logged figure (as its dict)."""
        return cls(json.loads(stored(blob, cls.kind)))

    def record(self) -> Record:
        """Return what to store."""
        data = self.json.encode()
        return Record(
            self.kind,
            {"format": "plotly.json", "size": len(data)},
            Raw("file", {"format": "plotly.json"}, data),
        )

    def __repr__(self) -> str:
        return f"Plotly({len(self.json)} characters of JSON)"


def is_plotly(value: object) -> bool:
    """Whether `value` is a plotly figure. Imports nothing."""
    return (
        type(value).__module__.partition(".")[0] == "plotly"
        and hasattr(value, "to_json")
        and hasattr(value, "layout")
    )


def _dumped(figure: dict[str, Any]) -> str:
    """JSON that a browser reads: arrays as lists, non-finite numbers as gaps (as plotly writes them)."""
    text = json.dumps(figure, default=_plain)
    if "NaN" in text or "Infinity" in text:
        text = json.dumps(json.loads(text, parse_constant=lambda _: None))
    return text


def _plain(value: Any) -> Any:
    if callable(tolist := getattr(value, "tolist", None)):
        return tolist()
    raise LogTypeError(f"Plotly: the figure's dict holds a {type(value).__name__}, which is no JSON")
