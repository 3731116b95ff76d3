"""Plotly figures, kept as plotly's own JSON and drawn by the plotly.js of the user's own plotly package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nbtrack.errors import LogTypeError
from nbtrack.media.base import Json, Media, Raw, Record, stored

if TYPE_CHECKING:
    from collections.abc import Callable


#: note of a figure that was converted
CONVERTED = "drawn by plotly from a matplotlib figure"


class Plotly(Media):
    """A plotly figure.

    Args:
        val: A `plotly.graph_objects.Figure`, the dict of one, or a matplotlib figure, axes or pyplot, which
            is converted.

    Raises:
        LogTypeError: `val` is something else, or a matplotlib figure that plotly would draw differently.
        LogValueError: a matplotlib figure with nothing on it.

    Example:
        run.log({"chart": nbtrack.Plotly(figure)})
    """

    kind: ClassVar[str] = "plotly-file"

    def __init__(self, val: Any) -> None:
        from nbtrack.media.sources import is_matplotlib

        #: where it comes from, when it was made by another library
        self.note: str | None = None
        self.json: str
        if is_plotly(val):
            self.json = val.to_json()
        elif isinstance(val, dict) and "data" in val:
            self.json = _dumped(val)
        elif is_matplotlib(val):
            self.json, self.note = _converted(val), CONVERTED
        else:
            raise LogTypeError(
                f"Plotly takes a plotly figure, its dict or a matplotlib figure, not {type(val).__name__}"
            )

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Rebuild a logged figure (as its dict)."""
        figure = cls(json.loads(stored(blob, cls.kind)))
        note = meta.get("note")
        figure.note = note if isinstance(note, str) else None
        return figure

    def record(self) -> Record:
        """Return what to store."""
        data = self.json.encode()
        meta: dict[str, Json] = {"format": "plotly.json", "size": len(data)}
        if self.note is not None:
            meta["note"] = self.note
        return Record(self.kind, meta, Raw("file", {"format": "plotly.json"}, data))

    def __repr__(self) -> str:
        return f"Plotly({len(self.json)} characters of JSON)"


def _converted(value: Any) -> str:
    from nbtrack.media.matplotlib_figure import figure_of, plotly_of
    from nbtrack.media.matplotlib_frame import Unfaithful

    try:
        return _dumped(plotly_of(figure_of(value)))
    except Unfaithful as error:
        raise LogTypeError(
            f"Plotly: the matplotlib figure has {error}, which plotly would not draw as matplotlib does; "
            "nbtrack.Image(figure) keeps it as a picture"
        ) from error


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
