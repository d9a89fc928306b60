"""Values over windows: which functions there are, and what they take."""

from collections.abc import Callable

from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.binding.functions.function import check_count
from roarbase.query.sql.later.binding.kinds_of import are_comparable, is_null, one_scale, typed_null
from roarbase.query.sql.later.binding.parameters import PARAMETERS
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call, Expression, OrderTerm, Over
from roarbase.query.sql.later.tree import INT, Aggregated, Apply, Expr, Literal, Order, Windowed

__all__ = ["WINDOW_FUNCTIONS", "windowed"]

_Bind = Callable[[Expression], Expr]

WINDOW_FUNCTIONS: dict[str, tuple[int, int, str]] = {
    "row_number": (0, 0, "The number of the row in its window, from 1."),
    "rank": (0, 0, "One more than how many rows are before it; equal rows have one rank."),
    "dense_rank": (0, 0, "How many different rows are before it, and one."),
    "ntile": (1, 1, "The number of its part, where the window is cut into so many."),
    "lag": (1, 3, "The value so many rows before (1), or another (null) where there is none."),
    "lead": (1, 3, "The value so many rows behind (1), or another (null) where there is none."),
    "first_value": (1, 1, "The value of the first row of the window."),
    "last_value": (1, 1, "The value of the last row of the window."),
}
"""By name: the fewest and the most arguments, and what it gives."""


def windowed(binding: Binding, node: Over, bind_call: Callable[[Call], Expr], bind: _Bind) -> Expr:
    """The typed expression of a call over a window.

    Args:
        bind_call: Binds an aggregate.
        bind: Binds an expression in the window.

    Raises:
        StatementError: There is no such function, or it does not take this.
    """
    name = node.call.name
    value = _call(binding, node.call, bind) if name in WINDOW_FUNCTIONS else bind_call(node.call)
    if not isinstance(value, Aggregated | Apply) or (isinstance(value, Apply) and name not in WINDOW_FUNCTIONS):
        raise binding.error(node.at, f"'{name}' cannot be asked of a window")
    if isinstance(value, Aggregated) and value.is_distinct:
        raise binding.error(node.at, "DISTINCT cannot be asked of a window")
    order = tuple(_order(binding, bind(term.expression), term) for term in node.order)
    return Windowed(value.type, value, tuple(map(bind, node.partition)), order, node.frame)


def _order(binding: Binding, value: Expr, term: OrderTerm) -> Order:
    if value.type.is_set:
        raise binding.error(term.expression.at, f"unable to sort a column of type '{value.type}'")
    first = not term.is_descending if term.are_nulls_first is None else term.are_nulls_first
    return Order(value, term.is_descending, first)


def _call(binding: Binding, call: Call, bind: _Bind) -> Apply:
    least, most, _ = WINDOW_FUNCTIONS[call.name]
    check_count(binding, call, least, most)
    if call.name == "ntile":
        return Apply(INT, "ntile", (_count(binding, call, 0, bind),))
    if not most:
        return Apply(INT, call.name, ())
    value = bind(call.arguments[0])
    if len(call.arguments) < 2:
        return Apply(value.type, call.name, (value,))
    count = _count(binding, call, 1, bind)
    if len(call.arguments) < 3:
        return Apply(value.type, call.name, (value, count))
    value, other = _one_type(binding, call, value, bind(call.arguments[2]))
    return Apply(value.type, call.name, (value, count, other))


def _count(binding: Binding, call: Call, place: int, bind: _Bind) -> Expr:
    at = call.arguments[place].at
    count = PARAMETERS["whole!"].read(binding, at, bind(call.arguments[place]))
    if not isinstance(count, Literal) or not isinstance(count.value, int):
        raise binding.error(at, "integer literal expected")
    if not (call.name != "ntile" or count.value >= 1) or not abs(count.value) < 2**31:
        raise binding.error(at, f"value '{count.value}' out of range")
    return count


def _one_type(binding: Binding, call: Call, value: Expr, other: Expr) -> tuple[Expr, Expr]:
    if not are_comparable(value.type, other.type):
        raise binding.error(call.arguments[2].at, f"types '{value.type}' and '{other.type}' are not equatable")
    value, other = one_scale(value, other)
    kind: SqlType = other.type if is_null(value) else value.type
    return typed_null(value, kind), typed_null(other, kind)
