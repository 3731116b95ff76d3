"""HTML documents and fragments. What is logged is never trusted: it is shown in a sandboxed frame."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from nbtrack.errors import LogTypeError, LogValueError
from nbtrack.media.base import Json, Media, Raw, Record, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

#: put in front with `inject=True`: UTF-8, links open in a new page, a plain look (nothing remote)
_INJECTED = (
    '<meta charset="utf-8"><base target="_blank">'
    "<style>body{font:13px/1.4 system-ui,sans-serif;margin:8px}table{border-collapse:collapse}"
    "th,td{padding:2px 8px;text-align:right;border-bottom:1px solid #8884}</style>"
)
#: put behind it where nothing in the markup minds a dark page
_ADAPTS = '<meta name="color-scheme" content="light dark">'
_MINDS_DARK = re.compile(
    r"color|background|<(svg|img|canvas|script|style|link|iframe|video|object)\b", re.IGNORECASE
)


class Html(Media):
    """A piece of HTML.

    Args:
        data: The markup itself, the path of an existing `.html` file, or an open text file.
        inject: Add a character set, a base target and a plain style sheet, and let markup without colors or
            pictures of its own follow a dark theme (default).
        data_is_not_path: Take `data` as markup even when it looks like a path.
        caption: Text shown with it.

    Raises:
        LogTypeError: `data` is neither text, a path nor a file.
        LogValueError: the file does not exist.

    Example:
        run.log({"report": nbtrack.Html("<h1>Done</h1>")})
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
        if inject and not self.html.startswith(_INJECTED):
            self.html = _INJECTED + ("" if _MINDS_DARK.search(self.html) else _ADAPTS) + self.html

    @classmethod
    def from_record(cls, meta: dict[str, Json], blob: bytes | None, file: Callable[[str], bytes]) -> Self:
        """Rebuild a logged document."""
        caption = meta.get("caption")
        html = cls(stored(blob, cls.kind).decode(), inject=False, data_is_not_path=True)
        html.caption = caption if isinstance(caption, str) else None
        return html

    def record(self) -> Record:
        """Return what to store."""
        data = self.html.encode()
        meta: dict[str, Json] = {"format": "html", "size": len(data)}
        if self.caption is not None:
            meta["caption"] = self.caption
        return Record(self.kind, meta, Raw("file", {"format": "html"}, data))

    def __repr__(self) -> str:
        return f"Html({len(self.html)} characters)"


def _read(data: object, data_is_not_path: bool) -> str:
    if isinstance(data, Path) or (isinstance(data, str) and not data_is_not_path and data.endswith(".html")):
        path = Path(data)
        if not path.is_file():
            raise LogValueError(f"Html: there is no file {str(data)!r}")
        return path.read_text(encoding="utf-8")
    if isinstance(data, str):
        return data
    if callable(read := getattr(data, "read", None)):
        text = read()
        return text.decode() if isinstance(text, bytes) else str(text)
    raise LogTypeError(f"Html takes markup, a path or an open file, not {type(data).__name__}")
