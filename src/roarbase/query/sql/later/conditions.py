"""Typed conditions as those that bitmaps answer, where they can be.

A condition on one column and literals is one of `roarbase.query.sql.tree`, whose passes and bitmaps both languages
share. Everything else is left to the residue.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.tree import Apply, Column, Expr, ExprIn, IsNothing, Literal
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.tree import And, Condition, Constant, Field, IsNull, Like, Not, OneOf, Or, Ordered, Value

__all__ = ["condition_or_none", "field_of"]

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_UNKNOWN = Constant(None)


def field_of(column: Column) -> Field:
    """The field of a table's column."""
    return Field(column.name, column.type)


def condition_or_none(expression: Expr) -> Condition | None:
    """The condition that bitmaps answer; None if they cannot, in part or whole."""
    match expression:
        case Literal(type=SqlType(kind=Kind.BOOL | Kind.NULL), value=value):
            return Constant(value if isinstance(value, bool) else None)
        case Column(type=SqlType(kind=Kind.BOOL)):
            return OneOf(field_of(expression), (True,))
        case IsNothing(operand=Column() as column, is_negated=is_negated):
            return IsNull(field_of(column), is_negated)
        case ExprIn(operand=operand, items=items, is_negated=is_negated):
            return _in(operand, items, is_negated=is_negated)
        case Apply(operation=operation, arguments=arguments) if operation in _LOWERED:
            return _LOWERED[operation](operation, arguments)
    return None


# ---- columns beside literals -------------------------------------------------------------------


def _column(expression: Expr) -> Column | None:
    """The column that is compared, be it at another scale."""
    if isinstance(expression, Apply) and expression.operation == "rescale":
        return _column(expression.arguments[0])
    return expression if isinstance(expression, Column) else None


def _value(literal: Literal) -> Value | None:
    """A literal as conditions have values: numbers are exact and without scale."""
    value = literal.value
    if isinstance(value, bool | str) or value is None:
        return value
    assert isinstance(value, int)
    # Built from its parts: arithmetic would round to the 28 digits of the context.
    return Decimal((value < 0, tuple(map(int, str(abs(value)))), -literal.type.scale))


def _compared(operator: str, arguments: tuple[Expr, ...]) -> Condition | None:
    left, right = arguments
    if isinstance(left, Literal):
        left, right, operator = right, left, _MIRRORED[operator]
    column = _column(left)
    if column is None or not isinstance(right, Literal) or column.type.is_set:
        return None
    value = _value(right)
    if value is None:
        return _UNKNOWN
    if operator in ("=", "!="):
        return OneOf(field_of(column), (value,), operator == "!=")
    has_numbers = column.type.kind in (Kind.INT, Kind.DECIMAL, Kind.TIMESTAMP) or column.name == RECORD_ID
    if not has_numbers or not isinstance(value, Decimal):
        return None
    return Ordered(field_of(column), operator, value)  # type: ignore[arg-type]


def _in(operand: Expr, items: tuple[Expr, ...], *, is_negated: bool) -> Condition | None:
    column = _column(operand)
    if column is None or column.type.is_set or not all(isinstance(item, Literal) for item in items):
        return None
    values = [_value(item) for item in items if isinstance(item, Literal)]
    known = tuple(dict.fromkeys(value for value in values if value is not None))
    found: Condition = OneOf(field_of(column), known) if known else Constant(False)
    if len(known) < len(values) and None in values:
        found = Or((found, _UNKNOWN))
    return Not(found) if is_negated else found


def _liked(_: str, arguments: tuple[Expr, ...]) -> Condition | None:
    column, pattern = arguments
    if not isinstance(column, Column) or column.name == RECORD_ID or not isinstance(pattern, Literal):
        return None
    return Like(field_of(column), pattern.value) if isinstance(pattern.value, str) else _UNKNOWN


# ---- sets --------------------------------------------------------------------------------------


def _holding(operation: str, arguments: tuple[Expr, ...]) -> Condition | None:
    column, wanted = arguments
    if not isinstance(column, Column) or not isinstance(wanted, Literal):
        return None
    if wanted.value is None:
        return _UNKNOWN
    members: tuple[Any, ...] = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
    values = tuple(m if isinstance(m, str) else Decimal(m) for m in members)
    if not values:
        return None
    field = field_of(column)
    if operation == "setcontainsall":
        return And(tuple(OneOf(field, (value,)) for value in values))
    return OneOf(field, values, operation == "setexcludes")


# ---- logic -------------------------------------------------------------------------------------


def _all_or_none(arguments: tuple[Expr, ...]) -> tuple[Condition, ...] | None:
    found: list[Condition] = []
    for argument in arguments:
        condition = condition_or_none(argument)
        if condition is None:
            return None
        found.append(condition)
    return tuple(found)


def _and(_: str, arguments: tuple[Expr, ...]) -> Condition | None:
    inputs = _all_or_none(arguments)
    return None if inputs is None else And(inputs)


def _or(_: str, arguments: tuple[Expr, ...]) -> Condition | None:
    inputs = _all_or_none(arguments)
    return None if inputs is None else Or(inputs)


def _not(_: str, arguments: tuple[Expr, ...]) -> Condition | None:
    inputs = _all_or_none(arguments)
    return None if inputs is None else Not(inputs[0])


_LOWERED: dict[str, Callable[[str, tuple[Expr, ...]], Condition | None]] = {
    **dict.fromkeys(_MIRRORED, _compared),
    "LIKE": _liked,
    **dict.fromkeys(("setcontains", "setexcludes", "setcontainsall", "setcontainsany"), _holding),
    "AND": _and,
    "OR": _or,
    "NOT": _not,
}
