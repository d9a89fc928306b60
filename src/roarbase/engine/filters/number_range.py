"""NumberRange: records whose number lies between two bounds."""

from collections.abc import Sequence
from functools import partial

from roarbase.engine import plan
from roarbase.engine.cache.keys import RangeKey
from roarbase.engine.filters.filter import NOTHING, Filter, leaf
from roarbase.engine.kernels.port import Op
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["between", "number_range"]


def number_range(scan: Scan, node: plan.NumberRange, _inputs: Sequence[Filter]) -> Filter:
    field = scan.numbers(node.field, "a comparison of numbers")
    low = INT64_MIN if node.low is None else node.low
    high = INT64_MAX if node.high is None else node.high
    return between(scan, field, low, high)


def between(scan: Scan, field: NumberField, low: int, high: int) -> Filter:
    """Records with a number from `low` to `high`, both included."""
    bounds = field.column.bounds_or_none()
    if bounds is None or low > high or low > bounds[1] or high < bounds[0]:
        return NOTHING
    # Bounds may be given beyond 64 bits, values are not.
    low, high = max(low, INT64_MIN), min(high, INT64_MAX)
    key, buffers = RangeKey(low, high), field.column.buffers
    count = partial(field.column.counters.count_between_or_none, low, high)
    resident = scan.resident_or_none(field.bitmaps, key, count)
    if resident is not None:
        return resident
    slot, width = scan.slots.column(buffers), int(buffers.widths[0].max())
    return leaf(Op.RANGE, slot, low, high, cost=width, count=count, origin=(field.bitmaps, key))
