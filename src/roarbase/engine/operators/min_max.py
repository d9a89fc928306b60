"""MinMax: the lowest or highest number among the selected records, and how many hold it."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.numbers import extreme_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import MinMax
from roarbase.model.results import ValueCountResult

__all__ = ["min_max"]


def min_max(scan: Scan, plan: MinMax) -> Callable[[], ValueCountResult]:
    """The extreme, then a count of those that hold it."""
    field = scan.numbers(plan.field, plan.function.capitalize())
    among = selected(scan, plan.input)
    found = extreme_of(scan, among, field, greatest=plan.function == "max")
    value, count = (None, 0) if found is None else (found.value, found.count)
    return lambda: ValueCountResult(value=value, count=count, type=field.type, scale=field.spec.places)
