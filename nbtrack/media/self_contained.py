"""Pages that load bokeh, panel or plotly.js from the internet, made to bring them along.

A panel fetches nothing, and these libraries save pages that fetch their scripts unless they are told not to.
What such an address names is also in the package that wrote the page, if that is installed here in the same
version: it takes the address's place.

Addresses: `bokeh.resources.CDN`, `panel.io.resources.CDN_DIST`, `plotly.io.to_html(include_plotlyjs="cdn")`.
"""

from __future__ import annotations

import base64
import importlib.util
import re
from pathlib import Path

_SCRIPT = re.compile(
    r"<script\b([^>]*?)\s+src=[\"']((?:https://|static/extensions/)[^\"']+)[\"']([^>]*)>\s*</script>",
    re.IGNORECASE,
)
_STYLES = re.compile(r"https://cdn\.holoviz\.org/panel/[\w.]+/dist/[\w@^./-]+?\.css")
#: address -> what reads the file that it names
_ADDRESSES = (
    (re.compile(r"https://cdn\.bokeh\.org/bokeh/release/(bokeh[a-z-]*)-([\w.]+?)\.min\.js"), "bokeh"),
    (re.compile(r"https://cdn\.holoviz\.org/panel/([\w.]+)/dist/([\w@^./-]+)"), "panel"),
    # what bokeh's own server would serve: written into pages once panel is imported
    (re.compile(r"static/extensions/(panel)/([\w@^./-]+)"), "extension"),
    (re.compile(r"https://cdn\.plot\.ly/plotly-([\w.-]+?)\.min\.js"), "plotly"),
)


def self_contained(page: str) -> str:
    """Return `page` with what it would fetch of these libraries inside of it; other addresses stay.

    Args:
        page: HTML.
    """
    if "https://cdn." not in page and "static/extensions/" not in page:
        return page

    def script(found: re.Match[str]) -> str:
        source = _source(found[2])
        if source is None:
            return found[0]
        code = source.decode().replace("</script", r"<\/script")
        kind = ' type="module"' if "module" in (found[1] + found[3]).lower() else ""
        return f"<script{kind}>{code}</script>"

    def styles(found: re.Match[str]) -> str:
        source = _source(found[0])
        return found[0] if source is None else f"data:text/css;base64,{base64.b64encode(source).decode()}"

    return _SCRIPT.sub(script, _STYLES.sub(styles, page))


def _source(address: str) -> bytes | None:
    """Return the file that an address of these libraries names; None when it is not here."""
    for known, reader in _ADDRESSES:
        if found := known.fullmatch(address):
            return _READERS[reader](found)
    return None


def _bokeh(found: re.Match[str]) -> bytes | None:
    return _file("bokeh", found[2], f"server/static/js/{found[1]}.min.js")


def _panel(found: re.Match[str]) -> bytes | None:
    return _file("panel", found[1], f"dist/{found[2]}")


def _extension(found: re.Match[str]) -> bytes | None:
    folder = _folder(found[1])
    return None if folder is None else _read(folder, f"dist/{found[2]}")


def _plotly(found: re.Match[str]) -> bytes | None:
    folder = _folder("plotly")
    code = None if folder is None else _read(folder, "package_data/plotly.min.js")
    # the version of plotly.js stands at its beginning: "* plotly.js v3.1.0"
    return code if code is not None and f"v{found[1]}\n".encode() in code[:200] else None


_READERS = {"bokeh": _bokeh, "extension": _extension, "panel": _panel, "plotly": _plotly}


def _file(package: str, version: str, name: str) -> bytes | None:
    from importlib.metadata import version as installed

    folder = _folder(package)
    return None if folder is None or installed(package) != version else _read(folder, name)


def _folder(package: str) -> Path | None:
    """Return where a package lies, without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _read(folder: Path, name: str) -> bytes | None:
    path = (folder / name).resolve()
    inside = path.is_relative_to(folder.resolve()) and path.suffix in {".js", ".css"}
    return path.read_bytes() if inside and path.is_file() else None
