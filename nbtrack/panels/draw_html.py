"""Documents in a page without scripts: the beginning of their text, and nothing of their markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

from nbtrack.panels.drawings import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.panels.drawings import Drawn

#: documents of one step that are drawn; lines and characters of each
_MOST, _LINES, _CHARACTERS = 3, 8, 400
#: bytes of a document that are looked at: pages of plotting libraries begin with megabytes of script
_LOOKED_AT = 4 * 1024 * 1024

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "textarea"})
_LINES_END = frozenset(
    {"p", "div", "br", "hr", "li", "tr", "table", "section", "article", "pre", "blockquote"}
    | {"ul", "ol", "dl", "dt", "dd", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6"}
)


def documents(media: Sequence[Drawn], width: int, scale: int) -> str | None:  # noqa: ARG001 (no picture)
    """Draw the first lines of the text of each document, below its title or caption."""
    drawn = [_document(one) for one in media[:_MOST] if one.sha is not None]
    if not drawn:
        return None
    if len(media) > _MOST:
        drawn.append(f'<small style="opacity:.7">and {len(media) - _MOST} more</small>')
    return "<br>".join(drawn)


def _document(one: Drawn) -> str:
    try:
        data = one.file(str(one.sha))
    except OSError:  # lost, or not there yet
        return '<small style="opacity:.7">not in the store</small>'
    found = excerpt(data[:_LOOKED_AT].decode("utf-8", "replace"))
    caption = one.meta.get("caption")
    title = str(caption) if caption else found.title
    head = f"<b>{text(title, 80)}</b>" if title else ""
    body = "<br>".join(text(line, 100) for line in found.lines)
    if not body:
        body = (
            f'<small style="opacity:.7">a page of {len(data) / 1000:,.0f} kB without text of its own</small>'
        )
    return f"<small>{head}{'<br>' if head else ''}{body}</small>"


class _Text(HTMLParser):
    """Collects what a reader would see as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.lines: list[str] = [""]
        self._inside: list[str] = []
        #: characters that may still come; below zero when something was cut off
        self.left = _CHARACTERS

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSEEN or tag == "title":
            self._inside.append(tag)
        elif tag in _LINES_END:
            self._end_line()
        elif tag in {"td", "th"} and self.lines[-1]:
            self.lines[-1] += " · "

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]
        elif tag in _LINES_END:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if self._inside:
            if self._inside == ["title"]:
                self.title = " ".join((self.title + data).split())[:200]
            return
        if self.left <= 0 or len(self.lines) > _LINES:
            return
        words = " ".join(data.split())
        if not words:
            return
        glue = " " if self.lines[-1] and not self.lines[-1].endswith(" ") and data[:1].isspace() else ""
        tail = " " if data[-1:].isspace() else ""
        self.lines[-1] += glue + words[: self.left] + tail
        self.left -= len(words)

    def _end_line(self) -> None:
        if self.lines[-1].strip(" ·"):
            self.lines.append("")
        else:
            self.lines[-1] = ""


class Excerpt(NamedTuple):
    """The title of a document and the first lines of its text."""

    title: str
    lines: list[str]


def excerpt(markup: str) -> Excerpt:
    """Return what a document says, without what it looks like.

    Args:
        markup: any HTML, whole or cut off, well-formed or not.

    Example:
        >>> excerpt("<title>T</title><p>one<p>two<script>3</script>").lines
        ['one', 'two']
    """
    parser = _Text()
    parser.feed(markup)
    parser.close()
    lines = [line.strip() for line in parser.lines if line.strip(" ·")]
    shown = lines[:_LINES]
    if shown and (len(lines) > _LINES or parser.left < 0):
        shown[-1] += " …"
    return Excerpt(parser.title, shown)
