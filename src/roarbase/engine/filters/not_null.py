"""NotNull: records with a value in a field of any type."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.filters.filter import Filter, bitmap_filter
from roarbase.engine.filters.holding import flagged
from roarbase.engine.kernels.port import NOT_NULL_OFFSET
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField

__all__ = ["not_null", "with_value"]


def not_null(scan: Scan, node: plan.NotNull, _inputs: Sequence[Filter]) -> Filter:
    return with_value(scan, scan.during(scan.field(node.field), node.during))


def with_value(scan: Scan, field: Field) -> Filter:
    """The records that have a value in the field."""
    if isinstance(field, NumberField):
        return bitmap_filter(scan.slots.addresses(_addresses(scan, field.column)), field.column.counters.count)
    flags = np.ones(len(field.names) + 1, np.uint8)
    flags[0] = 0  # no row
    return flagged(scan, field, flags)


def _addresses(scan: Scan, column: NumberColumn) -> Int64s:
    """Per shard, the bitmap of values: that of all records where every one has a value."""
    addresses = column.buffers.addresses
    not_null = addresses[NOT_NULL_OFFSET]
    complete = np.where(addresses[0] != 0, scan.table.exists.buffers.addresses[0], 0)
    return np.where(not_null != 0, not_null, complete)[np.newaxis]
