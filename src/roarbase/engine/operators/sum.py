"""Sum: the sum of a number field over the selected records."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.numbers import total_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Sum
from roarbase.model.results import ValueCountResult

__all__ = ["sum_values"]


def sum_values(scan: Scan, plan: Sum) -> Callable[[], ValueCountResult]:
    """The sum over records having a value, and how many these are."""
    field = scan.numbers(plan.field, "Sum")
    count, value = total_of(scan, selected(scan, plan.input), field)
    return lambda: ValueCountResult(value=value, count=count, type=field.sum_type, scale=field.spec.scale)
