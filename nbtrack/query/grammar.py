"""Filter text as people type it, parsed by Python's own grammar.

    lr = 0.1 AND state ≠ "failed" and `val/loss` is not null and created_at within_last 5 days

is read as

    lr == 0.1 and state != "failed" and <name> is not None and created_at >= ago(5, "days")

Only signs and words outside quoted strings are rewritten, and each character of the result knows which
characters it was typed as: errors speak of these.
"""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from typing import TYPE_CHECKING

from nbtrack.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: of a filter, in characters
MAX_LENGTH = 20_000

#: seconds of the units of time, without the s of the plural
UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}

_TOKEN = re.compile(
    r"""
      (?P<string>[rRuU]?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    | (?P<quoted>`[^`]*`)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?)
    | (?P<space>\s+)
    | (?P<sign><>|[=!<>:]=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = {
    **{word: word for word in ("and", "or", "not", "in", "is")},
    "null": "None",
    "none": "None",
    "true": "True",
    "false": "False",
}
_SIGNS = {"≠": "!=", "<>": "!=", "≤": "<=", "≥": ">="}
#: pieces that would melt into one
_WHOLE = frozenset({"word", "quoted", "number"})
#: what is written otherwise here
_HINTS = {
    "&&": "for && write and",
    "||": "for || write or",
    "&": "for & write and",
    "|": "for | write or",
    "!": "for ! write not",
    "#": "text goes in quotes, an unusual name in `backquotes`",
    "`": "this ` is never closed",
    '"': "this text has no closing quote",
    "'": "this text has no closing quote",
}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPAN_OF_TIME = re.compile(r"\s+(\d+(?:\.\d+)?)\s*([^\W\d]\w*)")
#: a backslash that Python would warn about: as in "\d"
_LONE_BACKSLASH = re.compile(r"""\\([^\\'"abfnrtvxNuU0-7])""")


class Grammar:
    """A filter text, parsed.

    Args:
        text: as typed.

    Raises:
        ExpressionError: it is no expression; `at` is between 0 and the length of the text.

    Example:
        >>> ast.dump(Grammar("lr ≤ 3").tree)
        "Compare(left=Name(id='lr', ctx=Load()), ops=[LtE()], comparators=[Constant(value=3)])"
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"a filter has at most {MAX_LENGTH:,} characters", MAX_LENGTH)
        if lone := _SURROGATE.search(text):
            raise ExpressionError("this is half a character", lone.start())
        self._names: list[str] = []
        self._python: list[str] = []
        #: of each character of the rewritten text: where it was typed, from and to
        self._typed: list[tuple[int, int]] = []
        self._read()
        self._source = "".join(self._python)
        self.tree = self._parsed()

    def name(self, identifier: str) -> str:
        """Return what was typed for an identifier of the tree."""
        return self._names[int(identifier[1:])] if identifier.startswith(_MARK) else identifier

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return where a node stands in the text as typed: from and to."""
        line = self._source.encode()  # `ast` counts bytes

        def place(column: int) -> int:
            return len(line[:column].decode("utf-8", "ignore"))

        start, end = place(node.col_offset), place(node.end_col_offset or node.col_offset + 1)
        return self._typed[start][0], self._typed[end - 1][1]

    def typed(self, node: ast.expr) -> str:
        """Return a node as it was typed."""
        start, end = self.span(node)
        return self.text[start:end]

    def error(self, node: ast.expr, message: str, suggestions: Sequence[str] = ()) -> ExpressionError:
        """Return an error about a node, and what may have been meant instead of it."""
        start, end = self.span(node)
        return ExpressionError(message, start, end - start, suggestions)

    # ---- rewriting

    def _read(self) -> None:
        calls: list[bool] = []  # of each open bracket: whether it is of a call, where = names an argument
        before, kind = "", ""  # the last piece that is no space
        at, text = 0, self.text
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found is not None  # any character is a sign
            assert found.lastgroup is not None
            piece, at = found[0], found.end()
            start = found.start()
            if kind in _WHOLE and found.lastgroup in (_WHOLE if kind == "word" else {*_WHOLE, "string"}):
                self._put(" ", start, at)  # what stands for a name must not grow; and Python warns of 1or
            match found.lastgroup:
                case "space":
                    if self._python:  # Python takes leading ones for an indentation
                        self._put(" ", start, at)
                    continue
                case "string":
                    self._string(piece, start)
                case "quoted":
                    if not piece.strip("` "):
                        raise ExpressionError("a name is missing between the backquotes", start, 2)
                    self._name(piece[1:-1], start, at)
                case "word" if piece.lower() == "within_last" and before != "." and not _opens(text, at):
                    at = self._within_last(start, at)
                case "word":
                    self._word(piece, start, member=before == ".")
                case "number":
                    self._put(piece, start)
                case _:
                    self._sign(piece, start, called=bool(calls) and calls[-1])
                    if piece in "([{":
                        word = kind == "quoted" or (kind == "word" and before.lower() not in _WORDS)
                        calls.append(piece == "(" and word)
                    elif piece in ")]}" and calls:
                        calls.pop()
            before, kind = piece, found.lastgroup

    def _put(self, python: str, start: int, end: int | None = None) -> None:
        """Write characters: one for each typed one from `start` on, or all of them for the span to `end`."""
        self._python.append(python)
        if end is None:
            self._typed += [(i, i + 1) for i in range(start, start + len(python))]
        else:
            self._typed += [(start, end)] * len(python)

    def _name(self, name: str, start: int, end: int) -> None:
        self._names.append(name)
        self._put(f"{_MARK}{len(self._names) - 1}", start, end)

    def _word(self, word: str, start: int, *, member: bool) -> None:
        end = start + len(word)
        python = _WORDS.get(word.lower())
        if python is not None and not member:
            self._put(python, start)  # as long as what was typed
        elif keyword.iskeyword(word) or not word.isascii():
            # `config.lambda` is a key like any other; and Python would change some letters of identifiers
            self._name(word, start, end)
        else:
            self._put(word, start)

    def _string(self, piece: str, start: int) -> None:
        if piece[0] in "rR":
            self._put(piece, start)
            return
        at = 0
        for lone in _LONE_BACKSLASH.finditer(_without_pairs(piece)):
            self._put(piece[at : lone.start()], start + at)
            self._put("\\\\", start + lone.start(), start + lone.start() + 1)
            at = lone.start() + 1
        self._put(piece[at:], start + at)

    def _sign(self, sign: str, start: int, *, called: bool) -> None:
        if sign in _HINTS:
            raise ExpressionError(_HINTS[sign], start, len(sign))
        if sign == "=" and not called:
            self._put("==", start, start + 1)
        elif sign in _SIGNS:
            self._put(_SIGNS[sign], start, start + len(sign))
        elif not sign.isascii():
            raise ExpressionError(_HINTS["#"], start)
        else:
            self._put(sign, start)

    def _within_last(self, start: int, at: int) -> int:
        """Write `within_last 5 days` as a comparison; return where it ends."""
        found = _SPAN_OF_TIME.match(self.text, at)
        if found is None:
            raise ExpressionError(
                "write a number and a unit after it, as in: created_at within_last 5 days", start, at - start
            )
        number, unit = found.groups()
        if unit.lower().removesuffix("s") not in UNITS:
            raise ExpressionError(
                f"{unit!r} is no unit of time; accepted are {', '.join(f'{name}s' for name in UNITS)}",
                found.start(2),
                len(unit),
            )
        self._put(">=", start, at)
        self._put(f" ago({number}, {unit!r})", found.start(1), found.end())
        return found.end()

    # ---- parsing

    def _parsed(self) -> ast.expr:
        source = self._source.rstrip()
        try:
            return ast.parse(source, mode="eval").body
        except SyntaxError as error:
            # what is missing at the end is told as position 0
            at = error.offset - 1 if error.offset else len(source)
            said = error.msg
        except (ValueError, MemoryError, RecursionError):
            raise ExpressionError("this cannot be understood", 0, len(self.text)) from None
        told = any(sign in said for sign in ("was never closed", "unmatched", "does not match"))
        if not 0 <= at < len(source):
            message = said if told else "something is missing here"
            raise ExpressionError(message, len(self.text.rstrip())) from None
        start, end = self._typed[at]
        raise ExpressionError(said if told else "something is missing or wrong here", start, end - start)


#: begins identifiers that stand for names; nobody can type it, as words with such letters are replaced too
_MARK = "é"


def _opens(text: str, at: int) -> bool:
    return text[at:].lstrip().startswith("(")


def _without_pairs(text: str) -> str:
    """Blank out doubled backslashes, of which none is alone."""
    return text.replace("\\\\", "__")


def shown(text: str, error: ExpressionError) -> str:
    """Draw a caret under what an error is about, in two lines.

    Example:
        >>> print(shown("lrr > 3", ExpressionError("there is no column 'lrr'", 0, 3)))
        lrr > 3
        ^^^
    """
    from_line = text.rfind("\n", 0, error.at) + 1
    line = text[from_line:].partition("\n")[0]
    before, meant = line[: error.at - from_line], line[error.at - from_line :][: error.length]
    return f"{line}\n{' ' * _width(before)}{'^' * max(_width(meant), 1)}"


def _width(text: str) -> int:
    """Columns of text in a monospaced font."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
