"""What stands in a filter beside its columns: numbers, text, lists, and `ago(days=5)`."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, TypeGuard

from nbtrack.query.grammar import UNITS
from nbtrack.store.model import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrack.query.grammar import Grammar

#: None is null
Value = Scalar | None | list["Value"]

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


class Constants:
    """Works out the nodes of a filter in which no column stands.

    Args:
        grammar: the filter.
        now: unix seconds from which `ago` counts.
    """

    def __init__(self, grammar: Grammar, now: float) -> None:
        self._grammar = grammar
        self._now = now

    def holds(self, node: ast.expr) -> bool:
        """Whether no column stands in a node."""
        match node:
            case ast.Constant() | ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.JoinedStr():
                return True
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
                return self.holds(operand)
            case ast.BinOp(left=left, right=right):
                return self.holds(left) and self.holds(right)
            case ast.Call(func=ast.Name(id="ago")):
                return True
        return False

    def value(self, node: ast.expr) -> Value:
        """Return what such a node is worth.

        Raises:
            ExpressionError: nothing that filters compare with.
        """
        found = self._worth(node)
        if isinstance(found, float) and math.isnan(found):
            raise self._grammar.error(node, "this is not a number")
        return found

    def _worth(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=str(text)):
                return text.encode("utf-8", "replace").decode()  # as the index keeps it
            case ast.Constant(value=bool() | int() | float() | None as value):
                return value
            case ast.Tuple() | ast.List() | ast.Set():
                return [self.value(one) for one in node.elts]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                number = self._number(operand)
                return -number if isinstance(op, ast.USub) else number
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
                try:
                    return _ARITHMETIC[type(op)](self._number(left), self._number(right))
                except ArithmeticError as error:
                    raise self._grammar.error(node, str(error)) from None
            case ast.Call(func=ast.Name(id="ago")):
                return self._now - self.seconds(node, node.args)
            case ast.BinOp():
                raise self._grammar.error(node, "of arithmetic, filters know + - * /")
        raise self._grammar.error(node, "accepted are numbers, text in quotes, True, False, None and lists")

    def _number(self, node: ast.expr) -> float:
        found = self.value(node) if self.holds(node) else None
        if not _is_number(found):
            raise self._grammar.error(node, "this has to be a number")
        return found

    def seconds(self, node: ast.Call, arguments: list[ast.expr]) -> float:
        """Return the seconds that (5, "days") or (days=5) are.

        Args:
            node: the call.
            arguments: those of its arguments that have no name and are not the column.

        Raises:
            ExpressionError: no number, or no unit of time.
        """
        given: list[tuple[ast.expr, str, Value]] = []
        if len(arguments) == 2:
            number, unit = self.value(arguments[0]), self.value(arguments[1])
            given.append((arguments[1], str(unit), number))
        elif not arguments:
            given = [(k.value, k.arg or "", self.value(k.value)) for k in node.keywords]
        seconds = 0.0
        for where, unit, number in given:
            if (worth := UNITS.get(unit.lower().removesuffix("s"))) is None:
                accepted = ", ".join(f"{name}s" for name in UNITS)
                raise self._grammar.error(where, f"{unit!r} is no unit of time; accepted are {accepted}")
            if not _is_number(number):
                raise self._grammar.error(where, "this has to be a number")
            seconds += number * worth
        if not given or not math.isfinite(seconds):
            raise self._grammar.error(node, 'write ago(days=5) or within_last(created_at, 5, "days")')
        return seconds


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
