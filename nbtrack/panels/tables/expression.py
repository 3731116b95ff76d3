"""Filter expressions: Python's own grammar, of which only what filters need is understood.

    score > 0.5 and "cat" in label
    label in ("cat", "dog") and not wrong
    `F1 score` >= 0.9 or note is None
    abs(predicted - true) > 1 and len(text) < 80

Parsed by `ast`, never run: each node that is allowed becomes a function of `pyarrow.compute` over whole
columns. Missing cells are in no comparison, as in SQL; `is None` finds them.
"""

from __future__ import annotations

import ast
import datetime
import operator
import re
from typing import TYPE_CHECKING, Any

from nbtrack.errors import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.panels.tables.source import Source

MAX_LENGTH = 2000
_QUOTED = re.compile(r"`([^`]*)`")


def mask_of(text: str, source: Source) -> Any:
    """Return which rows of a table an expression is true of, as a pyarrow array of booleans without nulls.

    Raises:
        ExpressionError: it cannot be understood, or does not fit the columns.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"a filter has at most {MAX_LENGTH} characters", MAX_LENGTH)
    quoted, names = _unquote(text)
    tree = _parse(quoted)
    evaluator = _Evaluator(text, quoted, names, source)
    try:
        found = evaluator.value(tree)
    except RecursionError:
        raise ExpressionError("this is nested too deeply", 0, len(text)) from None
    if evaluator.family(found) != "boolean":
        raise ExpressionError("a filter has to be true or false: compare it with something", 0, len(text))
    if isinstance(found, bool):
        return pa.array([found] * source.rows, pa.bool_())
    return pc.fill_null(found, False)


def _unquote(text: str) -> tuple[str, dict[str, str]]:
    """Put identifiers of the same length where `quoted names` stand, so that positions stay."""
    names: dict[str, str] = {}

    def identifier(found: re.Match[str]) -> str:
        made = ("_" + chr(0xAC00 + len(names))).ljust(len(found[0]), "_")
        names[made] = found[1]
        return made

    return _QUOTED.sub(identifier, text), names


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        # what is missing at the end is told as position 0
        at = min(error.offset - 1, len(text)) if error.offset else len(text)
        message = {"invalid syntax": "something is missing or wrong here"}.get(error.msg, error.msg)
        if "Maybe you meant '=='" in error.msg or text[at : at + 1] == "=":
            message = "to compare, write =="
        if not text.strip():
            message = "the filter is empty"
        raise ExpressionError(message, at, max((error.end_offset or 0) - 1 - at, 1)) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExpressionError("this cannot be understood", 0, len(text)) from None


_COMPARE = {
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("subtract", operator.sub),
    ast.Mult: ("multiply", operator.mul),
    ast.Div: ("divide", operator.truediv),
}
#: text methods: name -> pyarrow's function, and whether it takes a piece of text
_METHODS = {
    "contains": ("match_substring", True),
    "startswith": ("starts_with", True),
    "endswith": ("ends_with", True),
    "lower": ("utf8_lower", False),
    "upper": ("utf8_upper", False),
    "strip": ("utf8_trim_whitespace", False),
}
_SAID = {
    "number": "numbers",
    "string": "text",
    "boolean": "true or false",
    "time": "dates",
    "null": "nothing",
}


class _Evaluator:
    def __init__(self, text: str, quoted: str, names: dict[str, str], source: Source) -> None:
        self._text = text
        self._quoted = quoted
        self._names = names
        self._source = source

    # ---- nodes

    def value(self, node: ast.expr) -> Any:
        """Return a node's value: a pyarrow array, or a Python constant."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self._error(
                node, "filters know comparisons, and, or, not, in, + - * /, abs(), len() and text methods"
            )
        return method(node)

    def _constant(self, node: ast.Constant) -> Any:
        if node.value is None or isinstance(node.value, bool | int | float | str):
            return node.value
        raise self._error(node, "accepted are numbers, text, True, False and None")

    def _name(self, node: ast.Name) -> Any:
        name = self._names.get(node.id, node.id)
        named = [column["name"] for column in self._source.columns]
        if name in named:
            return self._source.column(name)
        if name.lower() in {"true", "false", "none", "null"}:
            return {"true": True, "false": False}.get(name.lower())
        known = ", ".join(named[:8]) + (", …" if len(named) > 8 else "")
        raise self._error(node, f"there is no column {name!r}; the columns are {known}")

    def _subscript(self, node: ast.Subscript) -> Any:
        """W&B's form: row["score"]."""
        key = node.slice
        if isinstance(node.value, ast.Name) and node.value.id == "row" and isinstance(key, ast.Constant):
            try:
                return self._source.column(str(key.value))
            except ValueError as error:
                raise self._error(key, str(error)) from None
        raise self._error(node, 'a column with an unusual name is written `so` or row["so"]')

    def _tuple(self, node: ast.Tuple | ast.List) -> list[Any]:
        return [self.value(one) for one in node.elts]

    _list = _set = _tuple

    def _boolop(self, node: ast.BoolOp) -> Any:
        import pyarrow.compute as pc

        found = [self._truth(one) for one in node.values]
        join = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
        result = found[0]
        for one in found[1:]:
            result = join(result, one)
        return result

    def _truth(self, node: ast.expr) -> Any:
        import pyarrow as pa

        found = self.value(node)
        if self.family(found) not in {"boolean", "null"}:
            raise self._error(
                node,
                f"this is {_SAID[self.family(found)]}, neither true nor false: compare it with something",
            )
        return pa.scalar(found, pa.bool_()) if found is None or isinstance(found, bool) else found

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        import pyarrow.compute as pc

        if isinstance(node.op, ast.Not):
            return pc.invert(self._truth(node.operand))
        found = self._number(node.operand)
        if isinstance(node.op, ast.USub):
            return -found if isinstance(found, int | float) else pc.negate(found)
        if isinstance(node.op, ast.UAdd):
            return found
        raise self._error(node, "~ is not known here; write not")

    def _binop(self, node: ast.BinOp) -> Any:
        import pyarrow.compute as pc

        if type(node.op) not in _ARITHMETIC:
            hint = " (write and, or)" if isinstance(node.op, ast.BitAnd | ast.BitOr) else ""
            raise self._error(node, f"of arithmetic, filters know + - * /{hint}")
        name, plain = _ARITHMETIC[type(node.op)]
        left, right = self._number(node.left), self._number(node.right)
        try:
            if isinstance(left, int | float) and isinstance(right, int | float):
                return plain(left, right)
            if name == "divide":  # 1 / 2 is 0.5
                left = float(left) if isinstance(left, int | float) else pc.cast(left, "float64")
            return getattr(pc, name)(left, right)
        except (ArithmeticError, ValueError) as error:
            raise self._error(node, str(error)) from None

    def _number(self, node: ast.expr) -> Any:
        found = self.value(node)
        if self.family(found) != "number" or isinstance(found, list):
            raise self._error(
                node, f"this is {_SAID.get(self.family(found), 'a list')}; arithmetic needs numbers"
            )
        return found

    def _compare(self, node: ast.Compare) -> Any:
        import pyarrow.compute as pc

        result = None
        left_node, left = node.left, self.value(node.left)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            found = self._one_comparison(op, left_node, left, right_node, right)
            result = found if result is None else pc.and_kleene(result, found)
            left_node, left = right_node, right
        return result

    def _one_comparison(
        self, op: ast.cmpop, left_node: ast.expr, left: Any, right_node: ast.expr, right: Any
    ) -> Any:
        import pyarrow.compute as pc

        if isinstance(op, ast.In | ast.NotIn):
            found = self._contains(left_node, left, right_node, right)
            return pc.invert(found) if isinstance(op, ast.NotIn) else found
        if left is None or right is None:
            kept = right if left is None else left
            missing: Any = kept is None
            if _is_array(kept):
                missing = pc.is_null(kept, nan_is_null=self.family(kept) == "number")
            if isinstance(op, ast.Is | ast.Eq):
                return missing
            if isinstance(op, ast.IsNot | ast.NotEq):
                return pc.invert(missing) if _is_array(missing) else not missing
            raise self._error(right_node, "None can be compared by is and is not only")
        if isinstance(op, ast.Is | ast.IsNot):
            raise self._error(right_node, "is goes with None; write ==")
        left, right = self._alike(left_node, left, right_node, right)
        if not _is_array(left) and not _is_array(right):
            raise self._error(left_node, "this compares no column")
        try:
            return getattr(pc, _COMPARE[type(op)])(left, right)
        except ValueError as error:
            raise self._error(right_node, str(error).partition("\n")[0]) from None

    def _contains(self, left_node: ast.expr, left: Any, right_node: ast.expr, right: Any) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        if isinstance(right, list):
            if not _is_array(left):
                raise self._error(left_node, "a column has to stand before in (…)")
            if any(_is_array(one) or isinstance(one, list) for one in right):
                raise self._error(right_node, "a list after in holds numbers or text, not columns")
            alike = [self._alike(left_node, left, right_node, one)[1] for one in right if one is not None]
            found = pc.is_in(left, pa.array(alike) if alike else pa.nulls(0, left.type))
            return pc.or_(found, pc.is_null(left)) if None in right else found
        if isinstance(left, str) and _is_array(right) and self.family(right) == "string":
            return pc.match_substring(right, left)
        raise self._error(left_node, 'write "text" in column, or column in ("a", "b")')

    def _call(self, node: ast.Call) -> Any:
        import pyarrow.compute as pc

        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS and not node.keywords:
            name, takes = _METHODS[node.func.attr]
            target = self.value(node.func.value)
            if not _is_array(target) or self.family(target) != "string":
                raise self._error(node.func.value, f".{node.func.attr}() is for columns of text")
            given = [self.value(one) for one in node.args]
            if len(given) != takes or not all(isinstance(one, str) for one in given):
                raise self._error(
                    node, f".{node.func.attr}() takes {'one piece of text' if takes else 'nothing'}"
                )
            return getattr(pc, name)(target, *given)
        if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
            found = self.value(node.args[0])
            if node.func.id == "len" and _is_array(found) and self.family(found) == "string":
                return pc.utf8_length(found)
            if node.func.id == "abs" and _is_array(found) and self.family(found) == "number":
                return pc.abs(found)
        raise self._error(
            node.func,
            "known are len(text), abs(number) and the methods of text "
            "contains, startswith, endswith, lower, upper, strip",
        )

    # ---- types

    def family(self, value: Any) -> str:
        """Return what a value is, in a word."""
        import pyarrow as pa

        if value is None:
            return "null"
        if isinstance(value, bool):
            return "boolean"
        if isinstance(value, int | float):
            return "number"
        if isinstance(value, str):
            return "string"
        if isinstance(value, list):
            return "list"
        if isinstance(value, datetime.date):
            return "time"
        kind = value.type
        if pa.types.is_boolean(kind):
            return "boolean"
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return "number"
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return "string"
        return "time" if pa.types.is_temporal(kind) else "null"

    def _alike(self, left_node: ast.expr, left: Any, right_node: ast.expr, right: Any) -> tuple[Any, Any]:
        """Return both as things that can be compared; text beside a date is read as one."""
        families = self.family(left), self.family(right)
        if families == ("time", "string") and not _is_array(right):
            return left, self._time(right_node, right, left)
        if families == ("string", "time") and not _is_array(left):
            return self._time(left_node, left, right), right
        if "null" in families:
            return left, right
        if families[0] != families[1] or "list" in families:
            raise self._error(
                right_node,
                f"{self._source_of(left_node)} is {_SAID.get(families[0], 'a list')}, and "
                f"{self._source_of(right_node)} {_SAID.get(families[1], 'a list')}: they cannot be compared",
            )
        return left, right

    def _time(self, node: ast.expr, text: str, column: Any) -> Any:
        import pyarrow as pa

        try:
            time = datetime.datetime.fromisoformat(text)
        except ValueError:
            raise self._error(
                node, f"{text!r} is no date; write it as 2026-01-31 or 2026-01-31T12:00"
            ) from None
        if pa.types.is_date(column.type):
            return pa.scalar(time.date(), pa.date32())
        aware = column.type.tz is not None
        if aware != (time.tzinfo is not None):
            time = time.replace(tzinfo=datetime.UTC if aware else None)
        return pa.scalar(time, column.type)

    # ---- errors

    def _source_of(self, node: ast.expr) -> str:
        at, end = self._span(node)
        return self._text[at:end]

    def _span(self, node: ast.expr) -> tuple[int, int]:
        """Return where a node stands, in characters: `ast` counts bytes of UTF-8 in a line."""
        lines = self._quoted.split("\n")

        def place(line: int, column: int) -> int:
            before = sum(len(one) + 1 for one in lines[: line - 1])
            return before + len(lines[line - 1].encode()[:column].decode("utf-8", "ignore"))

        end = place(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset + 1)
        return place(node.lineno, node.col_offset), end

    def _error(self, node: ast.expr, message: str) -> ExpressionError:
        at, end = self._span(node)
        return ExpressionError(message, at, end - at)


def _is_array(value: Any) -> bool:
    return hasattr(value, "null_count")
