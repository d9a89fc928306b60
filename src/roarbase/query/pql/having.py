"""The condition of `having`: bounds for the count or the aggregate of a group."""

from decimal import Decimal

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.conditions import Bounds, bounds_of
from roarbase.query.pql.frame import Given
from roarbase.query.pql.kinds import is_integer
from roarbase.query.pql.tree import Argument, Between

__all__ = ["having_of"]


def having_of(given: Given, *, has_aggregate: bool, summed: FieldSpec | None) -> plan.Having:
    """What a call of Condition asks of groups.

    Args:
        has_aggregate: The groups have one, which `sum` stands for.
        summed: The field whose sum the aggregate is.

    Raises:
        StatementError: The subject is neither count nor sum, or what it is compared with no number.
    """
    argument = given.condition()
    if argument.name not in ("count", "sum"):
        raise given.error(f"Condition only supports count or sum; found {argument.name!r}", argument)
    if argument.name == "sum" and not has_aggregate:
        raise given.error("Condition: sum needs the argument aggregate of GroupBy", argument)
    for value in _literals(argument):
        if isinstance(value, Decimal) and (argument.name == "count" or summed is None or not summed.scale):
            raise given.wrong(argument, "a whole number")
        if not is_integer(value) and not isinstance(value, Decimal):
            raise given.wrong(argument, "a number")
    is_negated = argument.operator == "!="
    positive = Argument(argument.name, argument.value, "==", argument.position) if is_negated else argument
    bounds = bounds_of(given, positive, _unit(argument, summed))
    return _having(argument.name, bounds, is_negated)


def _having(name: str, bounds: Bounds, is_negated: bool) -> plan.Having:
    return plan.Having("count" if name == "count" else "sum", bounds.low, bounds.high, is_negated)


def _unit(argument: Argument, summed: FieldSpec | None) -> FieldSpec:
    """The unit of the comparison. Sums of decimals compare with integers by their scaled integer."""
    has_decimal = any(isinstance(value, Decimal) for value in _literals(argument))
    scale = summed.scale if summed is not None and argument.name == "sum" and has_decimal else 0
    return FieldSpec(name=argument.name, type=FieldType.DECIMAL, scale=scale)


def _literals(argument: Argument) -> tuple[object, ...]:
    value = argument.value
    if isinstance(value, Between):
        return (value.low, value.high)
    return value if isinstance(value, tuple) else (value,)
