"""Objects of other libraries as the media that they are: what `log()` takes and a cell's capture keeps.

A class says by its module which library it comes from; nothing is imported to find that out, and nothing is
fetched from anywhere.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, LogValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.media.base import Media

    Converted = Media | list[Media] | None

#: characters of a chart's specification with its data, at most
MAX_SPEC = 32 * 1024 * 1024


def convert(value: object, pictures: bool = False) -> Converted:
    """Return the medium that an object of another library is.

    Args:
        value: anything but an array.
        pictures: whether figures of matplotlib stay pictures, as a cell shows them.

    Returns:
        - an Image for a PIL image and an IPython Image;
        - a Plotly or an Image for a matplotlib figure, axes or artist, or pyplot itself: see
          `matplotlib_figure`;
        - a Plotly for a plotly figure;
        - a Table for a data frame of pandas, polars or pyarrow;
        - a Molecule for an rdkit molecule, and for the model of a py3Dmol view; a list for several models;
        - a CustomChart for an altair chart;
        - an Html for a bokeh model, for what holoviews and panel draw, IPython's HTML, Markdown and SVG:
          complete pages that need no network;
        - a Video or Audio for IPython's;
        - None for everything else.

    Raises:
        LogTypeError: an object that cannot become a medium, such as the view of an unknown format.
        LogValueError: an object without content: an empty figure, a view that would download its model.
    """
    library = "matplotlib" if isinstance(value, ModuleType) else library_of(value)
    if library == "matplotlib":
        return _matplotlib(value, pictures)
    return None if library is None else _CONVERTERS[library](value)


def library_of(value: object) -> str | None:
    """Return the name of the library that `value` comes from ("plotly"); None when it is none of those."""
    for cls in type(value).__mro__:
        root = cls.__module__.partition(".")[0]
        if root in _CONVERTERS:
            return root
    return None


def frame_of(value: object) -> Any:
    """Return `value` if it is a data frame, a subclass of pandas' as a plain one; else None."""
    from nbtrack.media.columns_given import is_frame

    if is_frame(value):
        return value
    pandas = getattr(sys.modules.get("pandas"), "DataFrame", None)
    if isinstance(pandas, type) and isinstance(value, pandas):
        return pandas(value)
    return None


def _named(value: object, *names: str) -> bool:
    return any(cls.__name__ in names for cls in type(value).__mro__)


# ---- pictures and figures ----------------------------------------------------------------------------------


def _pil(value: Any) -> Converted:
    from nbtrack.media.image import Image
    from nbtrack.media.sources import is_pil

    return Image(value) if is_pil(value) else None


def _matplotlib(value: Any, pictures: bool = False) -> Converted:
    from nbtrack.media.sources import is_matplotlib

    if not is_matplotlib(value):
        return None
    from nbtrack.media.matplotlib_figure import media_of

    return media_of(value, pictures)


def _plotly(value: Any) -> Converted:
    from nbtrack.media.plotly import Plotly

    return Plotly(value) if _named(value, "BaseFigure") else None


def _altair(value: Any) -> Converted:
    """An altair chart, as its Vega-Lite specification with its data."""
    if not _named(value, "TopLevelMixin"):
        return None
    import altair

    from nbtrack.media.chart import CustomChart

    with altair.data_transformers.enable("default", max_rows=None):
        text = value.to_json(indent=None)
    if len(text) > MAX_SPEC:
        raise LogValueError(
            f"the specification of an altair chart has {len(text):,} characters; accepted are up to "
            f"{MAX_SPEC:,}: give it fewer rows"
        )
    return CustomChart(json.loads(text))


def _bokeh(value: Any) -> Converted:
    """A bokeh plot, as a page with bokeh's own script in it (1.3 MB)."""
    if not _named(value, "LayoutDOM"):
        return None
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    from nbtrack.media.html import Html
    from nbtrack.media.self_contained import self_contained

    page = self_contained(file_html(value, INLINE, "bokeh"))
    return Html(page, inject=False, data_is_not_path=True)


def _holoviews(value: Any) -> Converted:
    """What holoviews draws with the back end that is in use: bokeh, matplotlib or plotly."""
    if not _named(value, "Dimensioned"):
        return None
    import holoviews as hv

    if not hv.Store.renderers:
        raise LogValueError(
            'holoviews has no back end that draws: call hv.extension("bokeh"), "matplotlib" or "plotly" first'
        )
    drawn = hv.render(value)
    if not isinstance(drawn, dict):
        return convert(drawn)
    from nbtrack.media.plotly import Plotly

    return Plotly(drawn)


def _panel(value: Any) -> Converted:
    """What panel draws, as a page with its scripts in it (3 MB); what needs Python stands still."""
    if not _named(value, "Viewable", "Viewer"):
        return _bokeh(value)
    from bokeh.resources import INLINE
    from panel import panel

    from nbtrack.media.html import Html
    from nbtrack.media.self_contained import self_contained

    page = io.StringIO()
    shown: Any = panel(value)
    shown.save(page, resources=INLINE)
    return Html(self_contained(page.getvalue()), inject=False, data_is_not_path=True)


# ---- tables and molecules ----------------------------------------------------------------------------------


def _frame(value: Any) -> Converted:
    frame = frame_of(value)
    if frame is None:
        return None
    from nbtrack.media.table import Table

    return Table(dataframe=frame)


def _rdkit(value: Any) -> Converted:
    from nbtrack.media.chemistry import is_rdkit

    if not is_rdkit(value):
        return None
    from nbtrack.media.molecule import Molecule

    return Molecule.from_rdkit(value)


def _py3dmol(value: Any) -> Converted:
    script = getattr(value, "startjs", None)
    return molecules_of(script) if isinstance(script, str) else None


#: what py3Dmol writes for `view.addModel(data, format)`: its arguments are JSON
_TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_MODEL = re.compile(rf"\.addModels?(?:AsFrames)?\(({_TEXT}),\s*({_TEXT})")
#: 3Dmol's name of a format -> the file type that it is, where it has another
_FORMATS = {"mol": "sdf"}


def molecules_of(script: str) -> Converted:
    """Return the models in what a py3Dmol view shows.

    Args:
        script: JavaScript or HTML as py3Dmol writes it.

    Raises:
        LogValueError: there is none in it.
        LogTypeError: one of a format that is not kept.
    """
    from nbtrack.media.molecule import Molecule

    models = [(json.loads(text), json.loads(name).lower()) for text, name in _MODEL.findall(script)]
    if not models:
        raise LogValueError(
            "the py3Dmol view holds no model: one that it would download is not fetched; give it the text by "
            "addModel(text, format)"
        )
    made: list[Media] = []
    for text, name in models:
        file_type = _FORMATS.get(name, name)
        if file_type not in Molecule.SUPPORTED_TYPES:
            raise LogTypeError(
                f"the py3Dmol view holds a model of format {name!r}; accepted are "
                f"{', '.join(sorted(Molecule.SUPPORTED_TYPES))}"
            )
        made.append(Molecule(io.StringIO(text), file_type=file_type))
    return made[0] if len(made) == 1 else made


# ---- what IPython displays ---------------------------------------------------------------------------------


def _ipython(value: Any) -> Converted:
    from nbtrack.media.html import Html

    if _named(value, "SVG"):
        return Html(str(value.data), data_is_not_path=True)
    if _named(value, "HTML"):
        return Html(str(value.data or ""), data_is_not_path=True)
    if _named(value, "Markdown"):
        return Html(markdown(str(value.data or "")), data_is_not_path=True)
    if _named(value, "Audio"):
        from nbtrack.media.audio import Audio

        return Audio(_file(value, "Audio"))
    if _named(value, "Video"):
        from nbtrack.media.video import Video

        return Video(_file(value, "Video"))
    if _named(value, "Image"):
        data = _file(value, "Image")
        if data.startswith(b"GIF8") and b"NETSCAPE2.0" in data[:2048]:  # it moves
            from nbtrack.media.video import Video

            return Video(data)
        from nbtrack.media.image import Image

        return Image.from_bytes(data)
    return None


def _file(value: Any, what: str) -> bytes:
    """Bytes of an IPython display object: its own, or of the file that it names."""
    data = value.data
    if data is None and (name := getattr(value, "filename", None)):
        try:
            data = Path(name).read_bytes()
        except OSError as error:
            raise LogValueError(f"{what}: the file {str(name)!r} cannot be read: {error}") from error
    if data is None:
        url = getattr(value, "url", None)
        raise LogValueError(f"{what}: {url!r} is not fetched; give it the file: {what}(filename=...)")
    return base64.b64decode(data) if isinstance(data, str) else bytes(data)


def markdown(source: str) -> str:
    """Return Markdown as HTML, made by mistune (which comes with JupyterLab); without it, as its source."""
    try:
        import mistune
    except ImportError:
        return f'<pre style="white-space:pre-wrap">{html.escape(source)}</pre>'
    made = mistune.html(source)
    return made if isinstance(made, str) else str(made)


_CONVERTERS: dict[str, Callable[[Any], Converted]] = {
    "IPython": _ipython,
    "PIL": _pil,
    "altair": _altair,
    "bokeh": _bokeh,
    "holoviews": _holoviews,
    "matplotlib": _matplotlib,
    "pandas": _frame,
    "panel": _panel,
    "plotly": _plotly,
    "polars": _frame,
    "py3Dmol": _py3dmol,
    "pyarrow": _frame,
    "rdkit": _rdkit,
}
