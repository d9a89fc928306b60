"""The value of an expression in plain Python: what constants are worth, and what every other way must agree with."""

from collections.abc import Callable, Mapping
from typing import Any

from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.converting import converted
from roarbase.query.sql.later.failing import split
from roarbase.query.sql.later.operations import OPERATIONS
from roarbase.query.sql.later.operations.operation import out_of_range
from roarbase.query.sql.later.tree import (
    Apply,
    Case,
    Column,
    Convert,
    Expr,
    ExprIn,
    IsNothing,
    Literal,
)

__all__ = ["evaluate", "is_constant"]

_SETTLED_BY = {"AND": False, "OR": True}
_NO_ROW: Mapping[int, Any] = {}


def evaluate(expression: Expr, row: Mapping[int, Any] = _NO_ROW) -> Any:
    """The value of an expression.

    Args:
        row: The values of columns, by their places. Which source they are of does not matter: there is one.

    Raises:
        BadRequest: It divides by zero, leaves the range of its type, or a function does not take a value.
    """
    return _EVALUATORS[type(expression)](expression, row)


def is_constant(expression: Expr) -> bool:
    """Whether an expression is worth the same for every record."""
    match expression:
        case Literal():
            return True
        case Column():
            return False
        case Apply(arguments=parts):
            return all(map(is_constant, parts))
        case Convert(operand=operand) | IsNothing(operand=operand):
            return is_constant(operand)
        case ExprIn(operand=operand, items=items):
            return is_constant(operand) and all(map(is_constant, items))
        case Case(branches=branches, otherwise=otherwise):
            return is_constant(otherwise) and all(is_constant(b.condition) and is_constant(b.value) for b in branches)
    return False


def _apply(node: Apply, row: Mapping[int, Any]) -> Any:
    if node.operation == "coalesce":  # what stands behind a value is not worked out, and cannot fail
        return next((value for part in node.arguments if (value := evaluate(part, row)) is not None), None)
    if node.operation in _SETTLED_BY:
        return _logic(node, row)
    operation = OPERATIONS[node.operation]
    values = [evaluate(argument, row) for argument in node.arguments]
    if operation.is_strict and any(value is None for value in values):
        return None
    value = operation.plain(*values)
    if operation.has_whole_numbers and node.type.kind == Kind.INT and not INT64_MIN <= value <= INT64_MAX:
        raise out_of_range(value)
    return value


def _logic(node: Apply, row: Mapping[int, Any]) -> Any:
    """AND and OR: what can fail is asked where the others do not settle it."""
    settled = _SETTLED_BY[node.operation]
    safe, failing = split(node.arguments)
    values = [evaluate(argument, row) for argument in safe]
    if settled in values:
        return settled
    return OPERATIONS[node.operation].plain(*values, *(evaluate(argument, row) for argument in failing))


def _case(node: Case, row: Mapping[int, Any]) -> Any:
    for branch in node.branches:
        if evaluate(branch.condition, row) is True:
            return evaluate(branch.value, row)
    return evaluate(node.otherwise, row)


def _in(node: ExprIn, row: Mapping[int, Any]) -> Any:
    value = evaluate(node.operand, row)
    if value is None:
        return None
    items = [evaluate(item, row) for item in node.items]
    if value in items:
        return not node.is_negated
    return None if None in items else node.is_negated


_EVALUATORS: dict[type, Callable[[Any, Mapping[int, Any]], Any]] = {
    Literal: lambda node, _: node.value,
    Column: lambda node, row: row[node.place],
    Apply: _apply,
    Convert: lambda node, row: converted(evaluate(node.operand, row), node.operand.type, node.type),
    Case: _case,
    ExprIn: _in,
    IsNothing: lambda node, row: (evaluate(node.operand, row) is None) != node.is_negated,
}
