"""Calls of aggregate functions: which there are, what they take and what they give."""

from sqlglot import exp

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.names import RECORD_ID, Scope
from roarbase.query.sql.tree import Aggregate, Field, Function
from roarbase.query.sql.unsupported import refuse, refuse_other_parts

__all__ = ["FUNCTIONS", "aggregate", "is_aggregate", "read_aggregate"]

FUNCTIONS: dict[type[exp.Expr], Function] = {
    exp.Count: "count",
    exp.Sum: "sum",
    exp.Min: "min",
    exp.Max: "max",
    exp.Avg: "avg",
}

_COUNTED = SqlType(Kind.INT)


def is_aggregate(node: exp.Expr) -> bool:
    return type(node) in FUNCTIONS


def aggregate(function: Function, field: Field | None) -> Aggregate:
    """An aggregate with its type: counts are whole numbers, averages floats, the rest as the field."""
    if field is None or function in ("count", "count_distinct"):
        return Aggregate(function, field, _COUNTED)
    return Aggregate(function, field, SqlType(Kind.FLOAT) if function == "avg" else field.type)


def read_aggregate(scope: Scope, node: exp.Expr) -> Aggregate:
    """What a call of count, sum, min, max or avg asks.

    Raises:
        StatementError: The argument is no field, or one that the function does not take.
    """
    refuse_other_parts(scope.source, node, "this", "big_int")
    function = FUNCTIONS[type(node)]
    argument = node.args.get("this")
    if argument is None:
        raise scope.source.error(
            node,
            f"'{function}': count of formal parameters (1) does not match count of actual parameters (0)",
        )
    if function == "count":
        return _read_count(scope, argument.unnest())
    field = _field(scope, argument.unnest())
    _check_summed(scope, argument, function, field)
    return aggregate(function, field)


def _read_count(scope: Scope, argument: exp.Expr) -> Aggregate:
    if isinstance(argument, exp.Star):
        refuse_other_parts(scope.source, argument)
        return aggregate("count", None)
    if isinstance(argument, exp.Distinct):
        refuse_other_parts(scope.source, argument, "expressions")
        if len(argument.expressions) != 1:
            raise scope.source.error(argument, "counting distinct combinations of columns is not supported yet")
        field = _field(scope, argument.expressions[0].unnest())
        return aggregate("count_distinct", field)
    return aggregate("count", _field(scope, argument))


def _field(scope: Scope, argument: exp.Expr) -> Field:
    if isinstance(argument, exp.Star):
        raise scope.source.error(argument, "column reference expected, found '*'")
    if isinstance(argument, exp.Distinct):
        raise scope.source.error(argument, "DISTINCT in any function but count is not supported yet")
    if not isinstance(argument, exp.Column) or isinstance(argument.this, exp.Star):
        raise refuse(scope.source, argument)
    return scope.field(argument)


def _check_summed(scope: Scope, node: exp.Expr, function: Function, field: Field) -> None:
    if field.name == RECORD_ID:
        raise scope.source.error(node, f"column '_id' cannot be used in aggregate '{function}'")
    kind = field.type.kind
    if kind in (Kind.INT, Kind.DECIMAL) or (kind == Kind.TIMESTAMP and function in ("min", "max")):
        return
    if kind == Kind.ID:
        raise scope.source.error(node, f"aggregate '{function}' of a column of type 'id' is not supported yet")
    raise scope.source.error(node, f"aggregate '{function}' incompatible with type '{field.type}'")
