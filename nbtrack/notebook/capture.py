"""What a cell displayed, as media of the run.

Objects are caught where IPython turns them into a mimebundle, so that a picture is logged as the picture
that it is and not as its thumbnail. What is shown is not changed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from nbtrack.media.base import Media
from nbtrack.media.coerce import coerce
from nbtrack.media.html import Html
from nbtrack.media.plotly import Plotly
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

#: rows of a data frame that are kept as HTML
MAX_FRAME_ROWS = 1_000
PLOTLY = "application/vnd.plotly.v1+json"


class Capture:
    """Context manager that collects what is displayed inside it: `{"cell/image": [Image, …], …}`."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._formatter = shell.display_formatter
        self._publisher = shell.display_pub
        self._formatting = False
        self._seen: list[tuple[str, Media]] = []
        self._figures: set[int] = set()

    def __enter__(self) -> Capture:
        original = self._formatter.format

        def format_and_keep(obj: object, *args: Any, **kwargs: Any) -> Any:
            self._formatting = True
            try:
                bundle = original(obj, *args, **kwargs)
            finally:
                self._formatting = False
            self._keep(obj)
            return bundle

        self._figures = {number for number, _ in open_figures()}
        self._formatter.format = format_and_keep
        publish = self._publisher.publish

        def publish_and_keep(data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            published = publish(data, *args, **kwargs)
            # `figure.show()` publishes its JSON without asking the formatter
            if not self._formatting and isinstance(data, dict) and PLOTLY in data:
                self._keep(Plotly(data[PLOTLY]))
            return published

        self._publisher.publish = publish_and_keep
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._formatter.format  # uncovers the method of the class
        del self._publisher.publish
        for number, figure in open_figures():
            if number not in self._figures:
                self._keep(figure)  # the inline backend shows it after the cell

    def rows(self) -> dict[str, list[Media]]:
        """What was caught, by key, in the order it was shown."""
        rows: dict[str, list[Media]] = {}
        for key, media in self._seen:
            rows.setdefault(key, []).append(media)
        return rows

    def _keep(self, obj: object) -> None:
        try:
            if named := captured(obj):
                self._seen.append(named)
        except Exception as error:
            termwarn(f"could not keep the displayed {type(obj).__name__}: {error}")


def captured(obj: object) -> tuple[str, Media] | None:
    """`(key, media)` of a displayed object; None for text, numbers and nbtrack's own panels."""
    module = type(obj).__module__.partition(".")[0]
    if module in {"nbtrack", "ipywidgets", "builtins"} and not isinstance(obj, Media):
        return None
    if isinstance(obj, Plotly):
        return "cell/plotly", obj
    if module == "matplotlib":
        return _single("cell/figure", coerce(obj))
    if module == "PIL" or isinstance(obj, Media):
        return _single("cell/image", coerce(obj))
    if module == "plotly":
        return "cell/plotly", Plotly(obj)
    if module in {"pandas", "polars"} and hasattr(obj, "shape") and len(obj.shape) == 2:
        return "cell/table", Html(_frame_html(obj), data_is_not_path=True)
    if callable(html := getattr(obj, "_repr_html_", None)) and not isinstance(obj, type) and (text := html()):
        return "cell/html", Html(str(text), data_is_not_path=True)
    return None


def _single(key: str, media: object) -> tuple[str, Media] | None:
    if isinstance(media, list):
        media = media[0] if media else None
    return (key, media) if isinstance(media, Media) else None


def _frame_html(frame: Any) -> str:
    if hasattr(frame, "to_html"):
        return str(frame.to_html(max_rows=MAX_FRAME_ROWS, border=0))
    return str(frame._repr_html_())


def open_figures() -> list[tuple[int, Any]]:
    """Open pyplot figures that an inline backend will show when the cell ends."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or "inline" not in str(pyplot.get_backend()).lower() or not pyplot.get_fignums():
        return []
    active = pyplot.gcf().number
    figures = [(number, pyplot.figure(number)) for number in pyplot.get_fignums()]
    pyplot.figure(active)
    return figures
