"""Aggregate functions: what they take and give."""

from collections.abc import Callable

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.functions.function import check_count
from roarbase.query.sql.later.binding.kinds_of import is_null
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call, Reference, Star
from roarbase.query.sql.later.tree import INT, Aggregated, Column, Expr, Literal
from roarbase.query.sql.names import RECORD_ID

__all__ = ["AGGREGATES", "read_aggregate"]

_NUMBERS = (Kind.INT, Kind.ID, Kind.DECIMAL)
_SUMMED = (_NUMBERS, "integer or decimal expression expected")
_MEASURED = ((*_NUMBERS, Kind.TIMESTAMP), "integer, decimal or timestamp expression expected")
_ORDERED = (
    (*_NUMBERS, Kind.TIMESTAMP, Kind.STRING),
    "integer, decimal, timestamp or string expression expected",
)
_RANKED = ((Kind.INT, Kind.DECIMAL, Kind.TIMESTAMP), _MEASURED[1])
_AVERAGE, _SPREAD = SqlType(Kind.DECIMAL, 4), SqlType(Kind.DECIMAL, 6)


AGGREGATES: dict[str, tuple[int, tuple[tuple[Kind, ...], str], SqlType | None]] = {
    "sum": (1, _SUMMED, None),
    "avg": (1, _SUMMED, _AVERAGE),
    "min": (1, _ORDERED, None),
    "max": (1, _ORDERED, None),
    "var": (1, _MEASURED, _SPREAD),
    "corr": (2, _MEASURED, _SPREAD),
    "percentile": (2, _RANKED, None),
    "count": (1, _ORDERED, INT),
}
"""By name: how many arguments, which kinds of them, and the type; None is that of the argument."""


def read_aggregate(binding: Binding, call: Call, bind: Callable[[int], Expr]) -> Expr:
    """The typed expression of an aggregate.

    Raises:
        StatementError: It does not take these arguments.
    """
    count, (kinds, message), gives = AGGREGATES[call.name]
    check_count(binding, call, count, count)
    if call.name == "count":
        return _count(binding, call, bind)
    for node in call.arguments:
        if isinstance(node, Star):
            raise binding.error(node.at, "column reference expected")
    if call.name == "percentile":
        return _percentile(binding, call, bind)
    arguments = tuple(_argument(binding, call, place, bind(place), kinds, message) for place in range(count))
    return Aggregated(gives or arguments[0].type, call.name, arguments, call.is_distinct)


def _count(binding: Binding, call: Call, bind: Callable[[int], Expr]) -> Expr:
    node = call.arguments[0]
    if isinstance(node, Star) and not call.is_distinct:
        return Aggregated(INT, "count")
    if not isinstance(node, Reference):
        raise binding.error(node.at, "column reference expected")
    return Aggregated(INT, "count", (bind(0),), call.is_distinct)


def _percentile(binding: Binding, call: Call, bind: Callable[[int], Expr]) -> Expr:
    if not isinstance(call.arguments[0], Reference):
        raise binding.error(call.arguments[0].at, "column reference expected")
    column = _argument(binding, call, 0, bind(0), *_RANKED)
    nth = bind(1)
    if not isinstance(nth, Literal) or is_null(nth):
        raise binding.error(call.arguments[1].at, "literal expression expected")
    if nth.type.kind not in (Kind.INT, Kind.DECIMAL) or not isinstance(nth.value, int):
        raise binding.error(call.arguments[1].at, "integer or decimal expression expected")
    if not 0 <= nth.value <= 100 * 10**nth.type.scale:
        raise binding.error(call.arguments[1].at, "percentile takes a number from 0 to 100")
    return Aggregated(column.type, "percentile", (column, nth))


def _argument(binding: Binding, call: Call, place: int, given: Expr, kinds: tuple[Kind, ...], message: str) -> Expr:
    at = call.arguments[place].at
    if isinstance(given, Column) and given.name == RECORD_ID:
        raise binding.error(at, f"_id column cannot be used in aggregate function '{call.name}'")
    if given.type.kind not in (*kinds, Kind.NULL):
        raise binding.error(at, message)
    return Literal(INT, None) if is_null(given) else given
