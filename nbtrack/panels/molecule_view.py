"""py3Dmol views that need no internet.

py3Dmol writes a piece of HTML that loads 3Dmol.js from a content delivery network into the notebook's own
page. Here the same HTML stands in a sandboxed frame that brings the bundled 3Dmol.js along, compressed: about
230 KB a view.
"""

from __future__ import annotations

import base64
import html
from functools import cache
from typing import TYPE_CHECKING, Any

from nbtrack.errors import LogTypeError, UnsupportedError
from nbtrack.media.structure import alone
from nbtrack.panels import packs

if TYPE_CHECKING:
    from nbtrack.media.molecule import Molecule

#: 3Dmol.js runs, and nothing goes out: neither requests nor links
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src data: blob:; worker-src blob:; form-action 'none'"
)
#: unpacks the library and gives py3Dmol's script the promise that it would make of its own download
_LOADER = """<script>
var $3Dmolpromise = (async () => {
  const packed = Uint8Array.from(atob("%s"), (c) => c.charCodeAt(0));
  const source = await new Response(
    new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const module = {exports: {}};
  new Function("module", "exports", source)(module, module.exports);
  window.$3Dmol = module.exports;
})();
</script>"""
_PICTURE = """<script>
$3Dmolpromise.then(() => setTimeout(async () => {
  const picture = new Image();
  picture.src = await viewer_UNIQUEID.%s;
  document.body.replaceChildren(picture);
}, 0));
</script>"""


def view(molecule: Molecule, width: int, height: int, style: dict[str, Any] | None, model: int) -> Any:
    """Return a `py3Dmol.view` of a molecule: see `nbtrack.Molecule.view`.

    Raises:
        UnsupportedError: py3Dmol is not installed, or the format is binary.
        LogTypeError: a size that is no positive int.
        LogValueError: there is no such model.
    """
    for name, value in (("width", width), ("height", height)):
        if not isinstance(value, int) or value < 1:
            raise LogTypeError(f"Molecule.view: {name} must be a positive int; got {value!r}")
    made = _offline_view()(width=width, height=height)
    file_type = {"mmcif": "cif", "mcif": "cif", "sd": "sdf"}.get(molecule.format, molecule.format)
    text, _ = alone(molecule.text.encode(), molecule.format, model)
    made.addModel(text.decode(), file_type, {"keepH": True})
    if style is not None:
        made.setStyle(style)
    else:
        rest = {"stick": {"radius": 0.13}, "sphere": {"scale": 0.24}}
        made.setStyle({"hetflag": False}, {"cartoon": {"colorscheme": "chain"}})
        made.addStyle({"hetflag": True}, rest)
        if not molecule.structure(model).residues[0]:
            made.setStyle(rest)
    made.zoomTo()
    return made


@cache
def _offline_view() -> type:
    try:
        import py3Dmol
    except ImportError:
        raise UnsupportedError(
            'Molecule.view() needs py3Dmol, which is not installed here: pip install "nbtrack[molecule]"'
        ) from None

    class OfflineView(py3Dmol.view):  # type: ignore[misc]
        """A py3Dmol view whose output is a frame of its own."""

        def __init__(self, *args: Any, width: int, height: int, **kwargs: Any) -> None:
            self._nbtrack_size = width, height
            super().__init__(*args, width=width, height=height, js="", **kwargs)

        def _repr_html_(self) -> str:
            return framed(self._make_html(), *self._nbtrack_size)

        def show(self) -> None:
            """Display it."""
            from IPython.display import HTML, display

            display(HTML(self._repr_html_()))

        def update(self) -> None:
            """Display it again with what was added: a frame cannot be reached from another cell."""
            self.show()

        def insert(self, containerid: str) -> None:
            """Refused.

            Raises:
                UnsupportedError: always.
            """
            raise UnsupportedError(
                f"this view stands in a frame of its own and cannot be put into {containerid!r}: use show()"
            )

        def write_html(self, f: Any = None, fullpage: bool = False) -> str | None:
            """Return its HTML, or write a page that needs no internet to a path or an open file."""
            inner = self._make_html()
            if f is None:
                return framed(inner, *self._nbtrack_size)
            if fullpage:
                width, height = self._nbtrack_size
                inner = inner.replace(
                    f"width: {width}px; height: {height}px", "width: 100%; height: 100vh", 1
                )
            page = document(inner)
            if isinstance(f, str):
                with open(f, "w", encoding="utf-8") as file:  # noqa: PTH123  (py3Dmol's argument)
                    file.write(page)
            else:
                f.write(page)
            return None

        def png(self) -> None:
            """Display a picture of it."""
            self._show_picture("pngURI()")

        def apng(self, nframes: int = 1) -> None:
            """Display an animation of its next `nframes` changes."""
            self._show_picture(f"apngURI({int(nframes)})")

        def _show_picture(self, call: str) -> None:
            from IPython.display import HTML, display

            inner = self._make_html()
            script = (_PICTURE % call).replace("UNIQUEID", self.uniqueid)
            display(HTML(framed(inner + script, *self._nbtrack_size)))

    return OfflineView


def framed(inner: str, width: int, height: int) -> str:
    """Return a sandboxed frame around py3Dmol's HTML; sizes in CSS pixels."""
    return (
        f'<iframe sandbox="allow-scripts" width="{width}" height="{height}" loading="lazy" title="molecule" '
        f'style="border:0;max-width:100%" srcdoc="{html.escape(document(inner))}"></iframe>'
    )


def document(inner: str) -> str:
    """Return a whole page of py3Dmol's HTML, with the library in it."""
    return (
        '<!doctype html><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<style>body{{margin:0;overflow:hidden}}</style>{_LOADER % _library()}{inner}"
    )


@cache
def _library() -> str:
    return base64.b64encode(packs.load("mol3d").gzipped).decode()
