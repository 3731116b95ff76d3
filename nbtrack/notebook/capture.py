"""What a cell displayed, as media of the run.

Objects are caught where IPython turns them into a mimebundle, so that a picture is logged as the picture
that it is and not as its thumbnail; what a library publishes without asking IPython (`figure.show()`) is
caught where it is published. What is shown is not changed, and nothing that fails here reaches the cell.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from nbtrack.media.base import Media
from nbtrack.media.foreign import convert, frame_of, library_of, molecules_of
from nbtrack.media.html import Html
from nbtrack.media.image import Image
from nbtrack.media.plotly import Plotly
from nbtrack.media.registry import pieces
from nbtrack.tracking.term import termwarn

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

#: rows of a displayed data frame that are kept; `run.log` keeps all
MAX_FRAME_ROWS = 10_000
PLOTLY = "application/vnd.plotly.v1+json"
MOLECULE = "application/3dmoljs_load.v0"
BOKEH = "application/vnd.bokehjs_exec.v0+json"
WIDGET = "application/vnd.jupyter.widget-view+json"

#: kind of medium -> last part of its key
_KEYS = {
    "audio-file": "audio",
    "chart-file": "chart",
    "histogram": "histogram",
    "html-file": "html",
    "image-file": "image",
    "molecule-file": "molecule",
    "object3D-file": "object3d",
    "plotly-file": "plotly",
    "incremental-table-file": "table",
    "table-file": "table",
    "video-file": "video",
}
#: (library, kind of medium) that have a key of their own
_KEYS_OF = {
    ("altair", "chart-file"): "altair",
    ("bokeh", "html-file"): "bokeh",
    ("matplotlib", "image-file"): "figure",
}


@dataclass(slots=True)
class Kept:
    """Something that was displayed. `obj` is held so that no other object gets its id."""

    obj: object
    library: str | None
    media: list[Media]
    content: bytes


class Capture:
    """Context manager that collects what is displayed inside it: `{"cell/image": [Image, …], …}`.

    An object is kept once however often and in whatever way it is shown, as it was when it was shown last.
    What replaces an earlier display (`update_display`) replaces it here too.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._formatter = shell.display_formatter
        self._publisher = shell.display_pub
        self._depth = 0
        self._kept: list[Kept] = []
        self._displays: dict[str, Kept] = {}
        #: the mimebundle that was made last, and what was kept of its object
        self._last: tuple[object, Kept | None] = (None, None)
        self._figures: set[int] = set()

    def __enter__(self) -> Capture:
        #: methods that a capture around this one has put there
        self._outer = [
            vars(self._formatter).get("format"),
            vars(self._publisher).get("publish"),
        ]
        format_, publish = self._formatter.format, self._publisher.publish

        def format_and_keep(obj: object, *args: Any, **kwargs: Any) -> Any:
            before = len(self._kept)
            self._depth += 1
            try:
                bundle = format_(obj, *args, **kwargs)
            finally:
                self._depth -= 1
            self._formatted(obj, bundle, before)
            return bundle

        def publish_and_keep(data: Any, *args: Any, **kwargs: Any) -> Any:
            published = publish(data, *args, **kwargs)
            if not self._depth:
                self._published(data, args, kwargs)
            return published

        self._formatter.format = format_and_keep
        self._publisher.publish = publish_and_keep
        self._figures = {number for number, _ in _open_figures()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for holder, name, outer in zip(
            (self._formatter, self._publisher), ("format", "publish"), self._outer, strict=True
        ):
            delattr(holder, name)  # uncovers the method of the class
            if outer is not None:
                setattr(holder, name, outer)
        for number, figure in _open_figures():
            if number not in self._figures:
                self._keep(figure, {})  # the inline backend shows it after the cell

    def rows(self) -> dict[str, list[Media]]:
        """What was caught, by key, in the order it was shown."""
        rows: dict[str, list[Media]] = {}
        for kept in self._kept:
            for media in kept.media:
                kind = media.kind
                name = _KEYS_OF.get((kept.library or "", kind)) or _KEYS.get(kind, kind)
                rows.setdefault(f"cell/{name}", []).append(media)
        return rows

    # ---- what IPython tells

    def _formatted(self, obj: object, bundle: Any, before: int) -> None:
        """An object became a mimebundle; what it displayed on the way is a part of it."""
        data = bundle[0] if isinstance(bundle, tuple) and bundle else None
        inside, self._kept = self._kept[before:], self._kept[:before]
        kept = self._keep(obj, data if isinstance(data, dict) else {})
        if kept is None:
            self._kept += inside
        self._last = data, kept

    def _published(self, data: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            if not isinstance(data, dict):
                return
            bundle, kept = self._last
            if data is not bundle:
                kept = self._keep_published(data, args, kwargs)
            transient = kwargs.get("transient") or {}
            name = transient.get("display_id")
            if kept is None or name is None:
                return
            before = self._displays.get(name)
            if before is not None and before is not kept and kwargs.get("update"):
                self._kept = [one for one in self._kept if one is not before]
            self._displays[name] = kept
        except Exception as error:
            termwarn(f"could not keep what was displayed: {error}")

    def _keep_published(
        self, data: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Kept | None:
        """Keep what a library published by itself: `figure.show()`, `view.show()`, bokeh's `show(plot)`."""
        if PLOTLY in data:
            return self._add(data[PLOTLY], "plotly", [Plotly(data[PLOTLY])])
        if MOLECULE in data and "addModel" in str(data[MOLECULE]):
            made = molecules_of(str(data[MOLECULE]))
            return self._add(data, "py3Dmol", made if isinstance(made, list) else [made] if made else [])
        if BOKEH in data:
            metadata = kwargs.get("metadata") or (args[0] if args else None) or {}
            model = _bokeh_model(metadata.get(BOKEH, {}).get("id"))
            return None if model is None else self._keep(model, {})
        return None

    # ---- what is kept

    def _keep(self, obj: object, bundle: dict[str, Any]) -> Kept | None:
        """Keep a displayed object; None for text, numbers and nbtrack's own panels."""
        try:
            obj = _whole(obj)
            media = captured(obj, bundle)
            return self._add(obj, library_of(obj), media) if media else None
        except Exception as error:
            termwarn(f"could not keep the displayed {type(obj).__name__}: {error}")
            return None

    def _add(self, obj: object, library: str | None, media: list[Media]) -> Kept:
        content = sha256(b"".join(map(_digest, media))).digest()
        for kept in self._kept:
            if kept.obj is obj or kept.content == content:
                kept.media, kept.content = media, content
                return kept
        self._kept.append(Kept(obj, library, media, content))
        return self._kept[-1]


def captured(obj: object, bundle: dict[str, Any]) -> list[Media]:
    """Return the media that a displayed object is.

    Args:
        obj: what was displayed.
        bundle: what IPython made of it: for objects of libraries that are not known, their own HTML, SVG or
            picture is kept.
    """
    if isinstance(obj, Media):
        return [obj]
    if type(obj).__module__.partition(".")[0] in {"nbtrack", "ipywidgets", "builtins"} or WIDGET in bundle:
        return []
    if (frame := frame_of(obj)) is not None and (made := _shown_frame(frame)) is not None:
        return [made]
    media = None if frame is not None else convert(obj, pictures=True)
    if media is not None:
        return media if isinstance(media, list) else [media]
    if library_of(obj) == "IPython":  # a remote page, a script, a formula
        return []
    for kind in ("text/html", "image/svg+xml"):
        if (text := bundle.get(kind)) and isinstance(text, str):
            return [Html(text, data_is_not_path=True)]
    for kind in ("image/png", "image/jpeg"):
        if picture := bundle.get(kind):
            return [
                Image.from_bytes(base64.b64decode(picture) if isinstance(picture, str) else bytes(picture))
            ]
    return []


def _shown_frame(frame: Any) -> Media | None:
    """Return a data frame as it is seen, with the names of its rows; None when its columns make no table."""
    from nbtrack.errors import UsageError
    from nbtrack.media.table import Table

    if frame.shape[0] > MAX_FRAME_ROWS:
        termwarn(
            f"of a displayed data frame of {frame.shape[0]:,} rows the first {MAX_FRAME_ROWS:,} are kept; "
            "log it to keep all"
        )
        frame = frame[:MAX_FRAME_ROWS]
    index = getattr(frame, "index", None)
    if index is not None and (type(index).__name__ != "RangeIndex" or index.name is not None):
        try:
            frame = frame.reset_index()
        except ValueError:  # a column has the name of the index
            return None
    try:
        return Table(dataframe=frame)
    except UsageError:  # the same name twice
        return None


def _whole(obj: object) -> object:
    """Return the figure of an axes or artist: it is the figure that is drawn."""
    if library_of(obj) != "matplotlib":
        return obj
    while (figure := getattr(obj, "figure", None)) is not None and figure is not obj:
        obj = figure
    return obj


def _digest(media: Media) -> bytes:
    if isinstance(media, Plotly):  # published and made anew, the same figure has its keys in another order
        return sha256(json.dumps(json.loads(media.json), sort_keys=True).encode()).digest()
    record = media.record()
    digest = sha256(repr((record.kind, record.meta)).encode("utf-8", "surrogatepass"))
    if record.raw is not None:
        digest.update(repr(record.raw.params).encode("utf-8", "surrogatepass"))
        for piece in pieces(record.raw):
            digest.update(piece)
    return digest.digest()


def _bokeh_model(model_id: object) -> object | None:
    """Return the model that bokeh's `show` has just put into its current document."""
    curdoc = getattr(sys.modules.get("bokeh.io"), "curdoc", None)
    return None if curdoc is None or not isinstance(model_id, str) else curdoc().get_model_by_id(model_id)


def _open_figures() -> list[tuple[int, Any]]:
    """Return the open pyplot figures that an inline backend will show when the cell ends."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or "inline" not in str(pyplot.get_backend()).lower() or not pyplot.get_fignums():
        return []
    active = pyplot.gcf().number
    figures = [(number, pyplot.figure(number)) for number in pyplot.get_fignums()]
    pyplot.figure(active)
    return figures
