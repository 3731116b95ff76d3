"""HTML documents and fragments. What is logged is never trusted: it is shown in a sandboxed frame."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.base import Json, Media, Raw, Record, stored
from nbtrack.media.self_contained import self_contained

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

#: put into the head with `inject=True`: UTF-8, links open in a new page, a plain look (nothing remote)
_INJECTED = (
    '<meta charset="utf-8"><base target="_blank">'
    "<style>body{font:13px/1.4 system-ui,sans-serif;margin:8px}table{border-collapse:collapse}"
    "th,td{padding:2px 8px;text-align:right;border-bottom:1px solid #8884}</style>"
)
#: put behind it where nothing in the markup minds a dark page
_ADAPTS = '<meta name="color-scheme" content="light dark">'
_MINDS_DARK = (
    *("color", "background", "<svg", "<img", "<canvas", "<script", "<style", "<link", "<iframe", "<video"),
    "<object",
)
#: what stands before the place where a head's content belongs
_HEAD = re.compile(r"\s*(<!doctype[^>]*>\s*)?(<html(\s[^>]*)?>\s*)?(<head(\s[^>]*)?>)?", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)


class Html(Media):
    """A piece of HTML.

    Args:
        data: One of

            - the markup itself;
            - the path of an existing file: a `pathlib.Path`, or text that ends in ".html" and has no "<" in
              it; a `file://` URL is one too;
            - an open file, text or binary, read from its beginning.
        inject: Add to the head a character set, a base target and a plain style sheet, let markup without
            colors or pictures of its own follow a dark theme, and put scripts of bokeh, panel and plotly that
            the page would fetch into it (default).
        data_is_not_path: Take text as markup even when it looks like a path.
        caption: Text shown with it.

    Raises:
        LogTypeError: `data` is neither text, a path nor a file.
        LogValueError: the file cannot be read, or is in no encoding that it tells.

    Files are UTF-8, or what their byte order mark or `<meta charset>` says.

    Example:
        >>> run.log({"report": nbtrack.Html("<h1>Done</h1>"), "page": nbtrack.Html(open("page.html"))})
    """

    kind: ClassVar[str] = "html-file"

    def __init__(
        self,
        data: str | Path | IO[str],
        inject: bool = True,
        data_is_not_path: bool = False,
        caption: str | None = None,
    ) -> None:
        self.html = _read(data, data_is_not_path)
        self.caption = caption
        if inject:
            self.html = self_contained(self.html)
        if inject and _INJECTED not in self.html:
            head = _HEAD.match(self.html)
            at = head.end() if head else 0
            lower = self.html.lower()
            adapts = "" if any(sign in lower for sign in _MINDS_DARK) else _ADAPTS
            self.html = f"{self.html[:at]}{_INJECTED}{adapts}{self.html[at:]}"

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Rebuild a logged document."""
        caption = meta.get("caption")
        html = cls(stored(blob, cls.kind).decode(), inject=False, data_is_not_path=True)
        html.caption = caption if isinstance(caption, str) else None
        return html

    def record(self) -> Record:
        """Return what to store."""
        data = self.html.encode("utf-8", "replace")
        meta: dict[str, Json] = {"format": "html", "size": len(data)}
        if self.caption is not None:
            meta["caption"] = self.caption
        return Record(self.kind, meta, Raw("file", {"format": "html"}, data))

    def __repr__(self) -> str:
        return f"Html({len(self.html)} characters)"


def _read(data: object, data_is_not_path: bool) -> str:
    if isinstance(data, Path) or (isinstance(data, str) and not data_is_not_path and _is_path(data)):
        return _decoded(_file(data), repr(str(data)))
    if isinstance(data, str):
        return data
    if callable(read := getattr(data, "read", None)):
        if callable(seek := getattr(data, "seek", None)) and getattr(data, "seekable", lambda: True)():
            seek(0)
        try:
            text = read()
        except (OSError, ValueError) as error:  # closed, opened for writing, or in another encoding
            raise LogValueError(f"Html: the open file cannot be read: {error}") from error
        return _decoded(text, "the open file") if isinstance(text, bytes) else str(text)
    raise LogTypeError(f"Html takes markup, a path or an open file, not {type(data).__name__}")


def _is_path(text: str) -> bool:
    return text.endswith(".html") and "<" not in text and "\n" not in text


def _file(path: str | Path) -> bytes:
    name = str(path)
    if isinstance(path, str) and "://" in name[:12]:
        url = urlsplit(name)
        if url.scheme != "file" or url.netloc not in {"", "localhost"}:
            raise LogValueError(
                f"Html: {name!r} is not fetched; download it, or pass data_is_not_path=True to log this text"
            )
        from urllib.request import url2pathname  # brings the whole of http with it

        path = url2pathname(url.path)
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, ValueError) as error:
        raise LogValueError(
            f"Html: the file {name!r} cannot be read: {error}; data_is_not_path=True takes it as markup"
        ) from error


def _decoded(data: bytes, name: str) -> str:
    declared = _CHARSET.search(data[:2048])
    encodings = ["utf-8-sig", *([declared[1].decode()] if declared else [])]
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        encodings.insert(0, "utf-16")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise LogValueError(
        f"Html: {name} is neither UTF-8 nor in the encoding that its <meta charset> names; read it yourself "
        "and pass the text"
    )
