"""NotNull: records with a value in a field of any type."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.bitmap.columns.numbers import NumberColumn
from roarbase.engine.bitmap.fields import Field, NumberField
from roarbase.engine.bitmap.filters.filter import Filter, bitmap_filter
from roarbase.engine.bitmap.filters.holding import flagged
from roarbase.engine.bitmap.layout import Int64s
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.kernels.port import NOT_NULL_OFFSET

__all__ = ["not_null", "with_value"]


def not_null(scan: BitmapScan, node: plan.NotNull, _inputs: Sequence[Filter]) -> Filter:
    return with_value(scan, scan.any_field(node.field))


def with_value(scan: BitmapScan, field: Field) -> Filter:
    """The records that have a value in the field."""
    if isinstance(field, NumberField):
        return bitmap_filter(scan.slots.addresses(_addresses(scan, field.column)), field.column.counters.count)
    flags = np.ones(len(field.names) + 1, np.uint8)
    flags[0] = 0  # no row
    return flagged(scan, field, flags)


def _addresses(scan: BitmapScan, column: NumberColumn) -> Int64s:
    """Per shard, the bitmap of values: that of all records where every one has a value."""
    addresses = column.buffers.addresses
    not_null = addresses[NOT_NULL_OFFSET]
    complete = np.where(addresses[0] != 0, scan.table.exists.buffers.addresses[0], 0)
    return np.where(not_null != 0, not_null, complete)[np.newaxis]
