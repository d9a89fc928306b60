"""Which records can be among the first in an order: what sorting for a limit has to look at.

Sorting twenty million records to give ten is a second's work. How many numbers lie below a bound is
known in milliseconds, so a bound that has about enough below it is found first.
"""

import numpy as np

from roarbase.engine.filters.filter import Filter, all_of, any_of, without
from roarbase.engine.filters.not_null import with_value
from roarbase.engine.filters.number_range import between
from roarbase.engine.grouping.axes import axis_of
from roarbase.engine.grouping.counting import count_groups
from roarbase.engine.grouping.dense import is_countable
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import RecordOrder
from roarbase.engine.tables.fields import NumberField, ReferenceField

__all__ = ["first_by"]

_ENOUGH = 2**14
"""So few records are sorted as they are."""

_HALVINGS = 16
"""How often a range is halved: each is one count. What then lies in it too is sorted with the others."""


def first_by(scan: Scan, among: Filter, order: RecordOrder, stop: int) -> Filter:
    """Of the selected records at least the first `stop` in an order, and not many more, where that can be told."""
    field = None if order.field == "_id" else scan.field(order.field)
    if (
        not isinstance(field, NumberField)
        or isinstance(field, ReferenceField)
        or scan.count(among) <= max(_ENOUGH, stop)
    ):
        return among
    held = all_of((among, with_value(scan, field)))
    total = scan.count(held)
    nulls_first = order.is_descending == order.are_nulls_highest
    if nulls_first:
        nulls = without(among, (held,))
        missing = scan.count(among) - total
        if missing >= stop:
            return nulls
        return among if total <= stop - missing else any_of((nulls, _nearest(scan, held, field, order, stop - missing)))
    return among if total <= stop else _nearest(scan, held, field, order, stop)


def _nearest(scan: Scan, held: Filter, field: NumberField, order: RecordOrder, wanted: int) -> Filter:
    """Those of the records that have one of the lowest (or highest) numbers: at least `wanted`."""
    low, high = _bounds(scan, held, field, order, wanted)
    return all_of((held, between(scan, field, low, high)))


def _bounds(scan: Scan, held: Filter, field: NumberField, order: RecordOrder, wanted: int) -> tuple[int, int]:
    if is_countable((field,)):
        tally = count_groups(scan, held, (axis_of(field),))
        values, counts = tally.places[0], tally.counts
        if order.is_descending:
            values, counts = values[::-1], counts[::-1]
        last = int(values[np.searchsorted(np.cumsum(counts), wanted)])
        return (last, int(values[0])) if order.is_descending else (int(values[0]), last)
    bounds = field.column.bounds_or_none()
    assert bounds is not None
    least, greatest = bounds
    # `inner` is known to be too few, `outer` enough.
    inner, outer = (greatest + 1, least) if order.is_descending else (least - 1, greatest)
    for _ in range(_HALVINGS):
        middle = (inner + outer) // 2
        if middle in (inner, outer):
            break
        bounds = (middle, greatest) if order.is_descending else (least, middle)
        if scan.count(all_of((held, between(scan, field, *bounds)))) >= wanted:
            outer = middle
        else:
            inner = middle
    return (outer, greatest) if order.is_descending else (least, outer)
