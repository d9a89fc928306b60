"""Sum: the sum of a number field over the selected records."""

from collections.abc import Callable

from roarbase.engine.bitmap.filters.compiler import selected
from roarbase.engine.bitmap.operators.numbers import total_of
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.plain.operators.numbers import sum_type
from roarbase.engine.plan import Sum
from roarbase.model.results import ValueCountResult

__all__ = ["sum_values"]


def sum_values(scan: BitmapScan, plan: Sum) -> Callable[[], ValueCountResult]:
    """The sum over records having a value, and how many these are."""
    field = scan.numbers(plan.field, "Sum")
    count, value = total_of(scan, selected(scan, plan.input), field)
    return lambda: ValueCountResult(value=value, count=count, type=sum_type(field), scale=field.spec.scale)
