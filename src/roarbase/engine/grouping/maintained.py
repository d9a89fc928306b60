"""Tallies of all records by one field, from the counters that writes maintain."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.filters.not_null import held_count_or_none
from roarbase.engine.grouping.axes import Axis
from roarbase.engine.grouping.tally import Tally
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField

__all__ = ["maintained_or_none"]


def maintained_or_none(scan: Scan, axis: Axis) -> Tally | None:
    """All records by the rows or values of one field; None where counters do not tell."""
    found = _numbers_or_none(axis) if isinstance(axis.field, NumberField) else _rows(axis)
    if found is None:
        return None
    places, counts = found
    held = np.ones(len(places), np.bool_)
    if axis.has_null:
        held_count = held_count_or_none(scan, axis.field)
        if held_count is None:
            return None
        without = scan.table.exists.total - held_count
        if without:
            places, counts, held = np.append(0, places), np.append(without, counts), np.append(False, held)
    return Tally(axes=(axis,), places=(places,), held=(held,), counts=counts)


def _numbers_or_none(axis: Axis) -> tuple[Int64s, Int64s] | None:
    assert isinstance(axis.field, NumberField)
    found = axis.field.column.counters.values_or_none()
    if found is None or axis.domain is None:
        return found
    values, counts = found
    chosen = np.isin(values, axis.domain)
    return values[chosen], counts[chosen]


def _rows(axis: Axis) -> tuple[Int64s, Int64s]:
    assert not isinstance(axis.field, NumberField)
    assert axis.domain is not None
    counts = axis.field.counts()[axis.domain]
    places = np.flatnonzero(counts)
    return places, counts[places]
