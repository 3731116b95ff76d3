r"""Filters over runs as text: Python's own grammar, of which only what filters need is understood.

    acc > 0.9 and config.optimizer in ("adam", "sgd") and "baseline" in tags
    state = "finished" AND NOT (lr ≥ 0.1 OR lr IS NULL)
    `val/loss` < 0.1 or summary["val/loss"] is None
    created_at >= "2026-11-01" and heartbeat_at within_last 2 hours
    name.matches(r"^run-\d+$") and "cat" in notes
    Config("lr") = 0.001 and Metric("State") == "finished"

Parsed by `ast`, never run: it becomes the same `store.model.Filter` as W&B's dicts (`query.filters`), with
the same rules: what compares text with a number is false, and so is what compares a value that a run lacks;
`!=`, `not` and `not in` are their opposites, and so also find runs without the value.

A date without a time is the whole day, and times without a zone are local. A column of the config or summary
that stands alone is asked whether it is true.
"""

from __future__ import annotations

import ast
import re
import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from nbtrack.errors import ExpressionError
from nbtrack.query.columns import TIMES, Columns
from nbtrack.query.constants import Constants
from nbtrack.query.grammar import Grammar, shown
from nbtrack.store.model import And, Compare, Filter, Not, Operator, Or, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.query.constants import Value

#: SQLite takes a thousand levels, of which each comparison of a long `or` is one
_MOST_COMPARISONS, _DEEPEST = 300, 60

_ORDERS: dict[type[ast.cmpop], Operator] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_SIGNS: dict[type[ast.cmpop], Operator] = {**_ORDERS, ast.Eq: "=", ast.NotEq: "!="}
_TURNED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
#: W&B's forms of columns: which section they look in; "" is a field of the run, else a key of the summary
_SECTIONS = {"config": "config", "summary": "summary", "summarymetric": "summary", "metric": ""}
#: tests of text: what pattern the text makes
_TESTS: dict[str, Callable[[str], str]] = {
    "contains": re.escape,
    "startswith": lambda text: rf"\A{re.escape(text)}",
    "endswith": lambda text: rf"{re.escape(text)}\Z",
    "matches": lambda pattern: pattern.replace("\b", r"\b"),  # nobody looks for backspaces
}
_KNOWN = (
    "filters know comparisons, and, or, not, in, is None, `x within_last 5 days`, ago(days=5), "
    "matches(x, pattern), contains, startswith and endswith"
)


def parse_expression(text: str, columns: Columns | None = None, now: float | None = None) -> Filter:
    """Translate a filter text.

    Args:
        text: the filter; blank accepts every run.
        columns: of the project. Default: not known; then keys need their section ("config.lr").
        now: unix seconds from which `ago` and `within_last` count. Default: the clock.

    Raises:
        ExpressionError: it cannot be understood; a note of it draws a caret under the place.

    Example:
        >>> parse_expression("acc > 0.9", Columns(["summary.acc"]))
        Compare(field='summary.acc', op='>', value=0.9)
    """
    if not text.strip():
        return And(())
    try:
        return _translated(text, columns or Columns(), time.time() if now is None else now)
    except ExpressionError as error:
        error.add_note(shown(text, error))
        raise


def _translated(text: str, columns: Columns, now: float) -> Filter:
    try:
        grammar = Grammar(text)
        return _Translator(grammar, columns, now).filter(grammar.tree)
    except RecursionError:
        raise ExpressionError("this is nested too deeply", 0, len(text)) from None


class _Translator:
    def __init__(self, grammar: Grammar, columns: Columns, now: float) -> None:
        self._grammar = grammar
        self._columns = columns
        self._now = now
        self._constants = Constants(grammar, now)
        self._comparisons = 0
        self._depth = 0

    # ---- true or false

    def filter(self, node: ast.expr) -> Filter:
        """Return the filter that a node is."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._grammar.error(node, "this is nested too deeply")
        try:
            match node:
                case ast.BoolOp(op=op, values=parts):
                    found = tuple(self.filter(part) for part in parts)
                    return And(found) if isinstance(op, ast.And) else Or(found)
                case ast.UnaryOp(op=ast.Not(), operand=operand):
                    return Not(self.filter(operand))
                case ast.Compare():
                    return self._comparison(node)
                case ast.Constant(value=bool(value)):
                    return And(()) if value else Or(())
                case ast.Call() if (test := self._call(node)) is not None:
                    return test
            return self._true(node)
        finally:
            self._depth -= 1

    def _true(self, node: ast.expr) -> Filter:
        if self._constants.holds(node):
            raise self._grammar.error(node, "this is neither true nor false: compare a column with it")
        column = self._column(node)
        if not column.startswith(("config.", "summary.")):
            raise self._grammar.error(node, "this is neither true nor false: compare it with something")
        return self._leaf(node, column, "=", True)

    def _comparison(self, node: ast.Compare) -> Filter:
        parts = []
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._one(node, left, op, right))
            left = right
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Filter:
        if isinstance(op, ast.In | ast.NotIn):
            found = self._among(left, right)
            return Not(found) if isinstance(op, ast.NotIn) else found
        if self._constants.holds(left):
            if self._constants.holds(right):
                raise self._grammar.error(node, "this compares no column")
            left, right, turned = right, left, True
        elif self._constants.holds(right):
            turned = False
        else:
            raise self._grammar.error(
                right, "a column is compared with a value, not with another column; text goes in quotes"
            )
        value = self._constants.value(right)
        if isinstance(op, ast.Is | ast.IsNot):
            if value is not None and not isinstance(value, bool):
                raise self._grammar.error(right, "is goes with None; write ==")
            sign: Operator = "=" if isinstance(op, ast.Is) else "!="
        else:
            sign = _TURNED[_SIGNS[type(op)]] if turned else _SIGNS[type(op)]
        if isinstance(value, bool) and sign in {"=", "!="} and self._is_test(left):
            found = self.filter(left)
            return found if value is (sign == "=") else Not(found)
        return self._compared(left, self._column(left), sign, right, value)

    def _compared(self, node: ast.expr, column: str, sign: Operator, right: ast.expr, value: Value) -> Filter:
        if sign == "!=":
            if value is None:
                return self._leaf(node, column, "exists")
            return Not(self._compared(node, column, "=", right, value))
        if isinstance(value, list):
            raise self._grammar.error(right, "a list goes after in")
        if value is None:
            if sign != "=":
                raise self._grammar.error(right, "None goes with is, is not, == and !=")
            return self._leaf(node, column, "missing")
        if column == "tags" and sign != "=":
            raise self._grammar.error(node, 'tags have no order; write "one" in tags')
        if column in TIMES and isinstance(value, str):
            return self._time(node, column, sign, right, value)
        return self._leaf(node, column, sign, value)

    def _among(self, left: ast.expr, right: ast.expr) -> Filter:
        """Translate `column in values`, or `text in column`."""
        if self._constants.holds(left):
            text = self._constants.value(left)
            if self._constants.holds(right) or not isinstance(text, str):
                raise self._grammar.error(left, 'write "text" in column, or column in ("a", "b")')
            return self._test(right, "contains", left, text)
        if not self._constants.holds(right):
            raise self._grammar.error(right, 'after in goes a list of values, as in ("a", "b")')
        column, values = self._column(left), self._constants.value(right)
        if not isinstance(values, list):
            values = [values]  # ("a") is "a"
        nodes = right.elts if isinstance(right, ast.Tuple | ast.List | ast.Set) else [right]
        if column in TIMES or None in values:
            pairs = zip(nodes, values, strict=True)
            return Or(tuple(self._compared(left, column, "=", one, value) for one, value in pairs))
        plain = tuple(value for value in values if value is not None and not isinstance(value, list))
        if len(plain) < len(values):
            raise self._grammar.error(right, "a list after in holds numbers or text, not lists")
        return self._leaf(left, column, "in", plain)

    # ---- calls

    def _call(self, node: ast.Call) -> Filter | None:
        """Translate a call that is true or false; None when it names a column."""
        match node:
            case ast.Call(func=ast.Attribute(value=target, attr=attr)) if attr in _TESTS:
                return self._test_of(node, attr, [target, *node.args])
            case ast.Call(func=ast.Name(id=name)) if name in _TESTS:
                return self._test_of(node, name, node.args)
            case ast.Call(func=ast.Name(id="within_last"), args=[target, *rest]):
                seconds = self._constants.seconds(node, rest)
                return self._leaf(target, self._time_column(target), ">=", self._now - seconds)
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text))]) if name == "Tags":
                return self._leaf(node, "tags", "=", text)
        return None

    def _test_of(self, node: ast.Call, name: str, arguments: list[ast.expr]) -> Filter:
        if len(arguments) != 2 or node.keywords or not self._constants.holds(arguments[1]):
            raise self._grammar.error(node, f'write {name}(column, "text")')
        text = self._constants.value(arguments[1])
        if not isinstance(text, str):
            raise self._grammar.error(arguments[1], f"{name} takes text in quotes")
        return self._test(arguments[0], name, arguments[1], text)

    def _test(self, node: ast.expr, name: str, text_node: ast.expr, text: str) -> Filter:
        column = self._column(node)
        if column in TIMES:
            raise self._grammar.error(
                node, 'this is a time: compare it with a date in quotes, as in >= "2026-01-31"'
            )
        if column == "tags" and name == "contains":
            return self._leaf(node, column, "=", text)
        pattern = _TESTS[name](text)
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            raise self._grammar.error(text_node, f"this is no regular expression: {error}") from None
        return self._leaf(node, column, "regex", pattern)

    # ---- columns

    def _is_test(self, node: ast.expr) -> bool:
        return (
            isinstance(node, ast.Compare | ast.BoolOp)
            or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
            or (isinstance(node, ast.Call) and self._find(node) is None)
        )

    def _column(self, node: ast.expr) -> str:
        """Return the catalogue's name of the column that a node names."""
        path = self._path(node)
        if path is None:
            raise self._grammar.error(node, self._hint(node) or _KNOWN)
        if (field := self._find(node)) is not None:
            return field
        name, section = path
        if name in {"config", "summary", "summary_metrics"}:
            raise self._grammar.error(node, f"write which of its keys, as in {name}.lr")
        full = f"{section}.{name}" if section and section != "run" else name
        near = self._columns.near(full)
        if near:
            hint = f"; did you mean {' or '.join(near)}?"
        else:
            hint = f"; there are {', '.join(self._columns.some())}, …"
        raise self._grammar.error(node, f"there is no column {full[:80]!r}{hint}", near)

    def _time_column(self, node: ast.expr) -> str:
        column = self._column(node)
        if column not in TIMES:
            raise self._grammar.error(
                node, "within_last is for times: created_at, heartbeat_at and finished_at"
            )
        return column

    def _find(self, node: ast.expr) -> str | None:
        path = self._path(node)
        if path is None:
            return None
        name, section = path
        if isinstance(node, ast.Call) and not section:  # Metric("State"), Metric("loss")
            return self._columns.find(name, "run") or self._columns.find(name, "summary")
        return self._columns.find(name, section)

    def _path(self, node: ast.expr) -> tuple[str, str] | None:
        """Return the name that a node spells and the section that it names apart from it; None: no column."""
        match node:
            case ast.Name(id=name):
                return self._grammar.name(name), ""
            case ast.Attribute(value=inner, attr=attr) if path := self._path(inner):
                return f"{path[0]}.{self._grammar.name(attr)}", path[1]
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))) if path := self._path(inner):
                return f"{path[0]}.{key}", path[1]
            case ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str(key))], keywords=[]):
                section = _SECTIONS.get(function.lower())
                return None if section is None else (key, section)
        return None

    def _hint(self, node: ast.expr) -> str | None:
        """Return what is wrong with a node that is no column, when that can be told."""
        match node:
            case ast.BinOp():
                name = self._grammar.typed(node)
                if self._columns.find(name) is not None:
                    return f"write the name in backquotes: `{name}`"
                return (
                    "columns are compared as they are, without arithmetic; unusual names go in `backquotes`"
                )
            case ast.Call(func=ast.Name(id=function)):
                return f"there is no function {self._grammar.name(function)!r}; {_KNOWN}"
            case ast.Call(func=ast.Attribute(attr=attr)):
                return f"there is no test {self._grammar.name(attr)!r}; known are {', '.join(_TESTS)}"
        return None

    # ---- times and leaves

    def _time(self, node: ast.expr, column: str, sign: Operator, right: ast.expr, text: str) -> Filter:
        """Compare a time with an ISO text; a date is a day, from its midnight to the next."""
        try:
            day = date.fromisoformat(text.strip())
        except ValueError:
            day = None
        try:
            if day is None:
                return self._leaf(node, column, sign, datetime.fromisoformat(text.strip()).timestamp())
            begins, ends = (
                datetime(one.year, one.month, one.day).timestamp() for one in (day, day + timedelta(days=1))
            )
        except (ValueError, OverflowError, OSError):
            raise self._grammar.error(
                right, f"{text!r} is no date; write it as 2026-01-31 or 2026-01-31T12:00"
            ) from None
        if sign == "=":
            return And((self._leaf(node, column, ">=", begins), self._leaf(node, column, "<", ends)))
        if sign in {"<", ">="}:
            return self._leaf(node, column, sign, begins)
        return self._leaf(node, column, "<" if sign == "<=" else ">=", ends)

    def _leaf(
        self, node: ast.expr, column: str, op: Operator, value: Scalar | tuple[Scalar, ...] | None = None
    ) -> Compare:
        self._comparisons += 1
        if self._comparisons > _MOST_COMPARISONS:
            raise self._grammar.error(
                node, f"a filter has at most {_MOST_COMPARISONS} comparisons; use in (…) for many values"
            )
        return Compare(column, op, value)
