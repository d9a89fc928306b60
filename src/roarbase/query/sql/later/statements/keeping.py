"""Values of a column as it keeps them, all at once; None where one is out of bounds, or needs a closer look.

It gives what `assigning.converter_for` gives for each value. Nulls are not among them.
"""

from typing import Any

from roarbase.model.fields import MAXIMUM_ID
from roarbase.model.number_bounds import number_bounds
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import SET_KINDS
from roarbase.query.sql.later.columns import moments, within
from roarbase.query.sql.later.operations.arithmetic import power_of_ten
from roarbase.query.sql.later.statements.assigning import Stamped
from roarbase.query.sql.later.statements.targets import Target

__all__ = ["kept_or_none"]

_NS_PLACES = 9


def kept_or_none(target: Target, given: SqlType, values: list[Any], now_s: int) -> list[Any] | None:
    """The values as the column keeps them.

    Args:
        values: Of the type `given`, which can be assigned to the column; none is null.
        now_s: When rows of columns with times are got.
    """
    kind = target.type.kind
    if not values or kind in (Kind.STRING, Kind.BOOL, Kind.IDSET, Kind.STRINGSET):
        return values
    if kind == Kind.ID:
        return within(values, 0, MAXIMUM_ID)
    if target.spec is None:
        return None
    if kind in SET_KINDS:
        return None if given.kind == Kind.TUPLE else [Stamped(value, now_s) for value in values]
    if kind == Kind.TIMESTAMP:
        return _moments(target, given, values)
    factor = power_of_ten(target.type.scale - given.scale)
    return within(values if factor == 1 else [value * factor for value in values], *number_bounds(target.spec))


def _moments(target: Target, given: SqlType, values: list[Any]) -> list[int] | None:
    assert target.spec is not None
    low, high = number_bounds(target.spec)
    if given.kind == Kind.STRING:
        found = moments(values)
        if found is None:
            return None
        values, more = found, target.spec.places - _NS_PLACES
    else:
        more = target.spec.places - given.scale
    factor = power_of_ten(abs(more))
    return within([v // factor for v in values] if more < 0 else [v * factor for v in values], low, high)
