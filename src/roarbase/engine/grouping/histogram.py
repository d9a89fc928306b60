"""How often each number of a field occurs, from the least one on: for percentiles and distinct values."""

import numpy as np

from roarbase.engine.counters.histogram import Histogram
from roarbase.engine.filters.filter import Filter
from roarbase.engine.grouping.dense import is_countable
from roarbase.engine.kernels.port import Dimension, DimensionKind
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField

__all__ = ["histogram_between", "histogram_or_none"]


def histogram_or_none(scan: Scan, among: Filter, field: NumberField) -> Histogram | None:
    """How many of the selected records hold each number.

    Returns:
        None where the numbers lie too far apart.
    """
    scan.budget.check()
    kept = field.column.counters.histogram_or_none() if among.is_all and scan.uses_counters else None
    bounds = field.column.bounds_or_none()
    if kept is not None:
        return kept
    if bounds is None or among.is_nothing:
        return Histogram(0, np.zeros(0, np.int64))
    if not is_countable((field,)):
        return None
    return histogram_between(scan, among, field, *bounds)


def histogram_between(scan: Scan, among: Filter, field: NumberField, low: int, high: int) -> Histogram:
    """How many of the selected records, none of which has a number outside, hold each number from `low` to `high`."""
    dimension = Dimension(kind=DimensionKind.NUMBERS, slot=scan.slots.column(field.column.buffers), low=low)
    groups = scan.kernels.group(scan.slots.shards(), among.program(), (dimension,), high - low + 2)
    return Histogram(low, groups.counts[1:])
