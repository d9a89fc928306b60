"""Numbers of records summed up."""

from fractions import Fraction
from math import floor

from roarbase.engine.plan import MinMax, Percentile, Sum
from roarbase.model.results import ValueCountResult
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.records import ReferenceRecords

__all__ = ["percentile", "value_count"]


def value_count(table: ReferenceRecords, plan: Sum | MinMax, among: set[RecordName]) -> ValueCountResult:
    """The sum, the least or the greatest number of these records."""
    values = table.numbers(among, plan.field)
    spec = table.specs[plan.field]
    if isinstance(plan, Sum):
        total = sum(values) if values else None
        return ValueCountResult(value=total, count=len(values), type=table.sum_type(plan.field), scale=spec.scale)
    value = None if not values else min(values) if plan.function == "min" else max(values)
    return ValueCountResult(
        value=value, count=sum(v == value for v in values), type=table.type(plan.field), scale=spec.places
    )


def percentile(table: ReferenceRecords, plan: Percentile, among: set[RecordName]) -> ValueCountResult:
    """The number that so many per cent of them are not above."""
    values = sorted(table.numbers(among, plan.field))
    value, count = _nth_percentile(values, plan.nth) if values else (None, 0)
    return ValueCountResult(value=value, count=count, type=table.type(plan.field), scale=table.specs[plan.field].places)


def _nth_percentile(values: list[int], nth: Fraction) -> tuple[int, int]:
    """The number that halving the range finds, and how many records it stands for."""
    low, high = min(values), max(values)
    below, above = floor(len(values) * nth / 100), floor(len(values) * (100 - nth) / 100)
    if not above:
        return high, values.count(high)
    if not below:
        return low, values.count(low)
    while low < high:
        middle = int(Fraction(low + high, 2))
        if sum(v < middle for v in values) > below:
            high = middle - 1
        elif sum(v > middle for v in values) > above:
            low = middle + 1
        else:
            return middle, 1
    return low, 1
