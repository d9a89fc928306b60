"""What aggregates come to, from sums that are exact."""

from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction

from roarbase.query.sql.later.operations.arithmetic import quotient
from roarbase.query.sql.later.operations.operation import Operation

__all__ = ["STATISTICS"]

_PLACES = 6
_EXACTLY = Context(prec=120)


def _variance(count: int, total: int, squares: int, unit: int) -> int:
    """Population variance in millionths, cut. `unit` is how many units make one."""
    return quotient((count * squares - total * total) * 10**_PLACES, (count * unit) ** 2)


def _correlation(count: int, *sums: int | None) -> int | None:
    """Pearson's correlation in millionths, cut; None where one side does not vary, or nothing is there.

    The sums are those of x, y, their squares, and their product.
    """
    known = [each for each in sums if each is not None]
    if len(known) < len(sums):
        return None
    x, y, xx, yy, xy = known
    shared, one, other = count * xy - x * y, count * xx - x * x, count * yy - y * y
    if not one or not other:
        return None
    value = _EXACTLY.divide(Decimal(shared), _EXACTLY.sqrt(Decimal(one * other)))
    return int(value.scaleb(_PLACES, _EXACTLY).to_integral_value(ROUND_DOWN))


def _percentile(values: list[int], nth: int, unit: int) -> int:
    """A number below which so many percent of the values lie, as the engine finds it: by halving their range."""
    part = Fraction(nth, unit)
    below, above = int(len(values) * part / 100), int(len(values) * (100 - part) / 100)
    low, high = min(values), max(values)
    if not above:
        return high
    if not below:
        return low
    while high > low:
        middle = quotient(low + high, 2)
        if sum(value < middle for value in values) > below:
            high = middle - 1
        elif sum(value > middle for value in values) > above:
            low = middle + 1
        else:
            return middle
    return low


STATISTICS = (
    Operation(name="variance", plain=_variance),
    Operation(name="correlation", plain=_correlation, is_strict=False),
    Operation(name="percentile of", plain=_percentile),
)
