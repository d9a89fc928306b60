"""NotNull: records with a value in a field of any type."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.cache.keys import AnyRowKey
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.filters.filter import Filter, bitmap_filter
from roarbase.engine.filters.holding import holding_any
from roarbase.engine.kernels.port import NOT_NULL_OFFSET
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField

__all__ = ["held_count_or_none", "not_null", "with_value"]


def not_null(scan: Scan, node: plan.NotNull, _inputs: Sequence[Filter]) -> Filter:
    return with_value(scan, scan.during(scan.field(node.field), node.during))


def with_value(scan: Scan, field: Field) -> Filter:
    """The records that have a value in the field."""
    if isinstance(field, NumberField):
        return bitmap_filter(scan.slots.addresses(_addresses(scan, field.column)), field.column.counters.count)
    return holding_any(scan, field)


def held_count_or_none(scan: Scan, field: Field) -> int | None:
    """How many records have a value in the field, where a counter or a cached bitmap tells."""
    held = with_value(scan, field)
    known = held.known_count()
    if known is not None:
        return known
    held = scan.cached(held)
    return None if scan.store.find(field.bitmaps, AnyRowKey()) is None else scan.count(held)


def _addresses(scan: Scan, column: NumberColumn) -> Int64s:
    """Per shard, the bitmap of values: that of all records where every one has a value."""
    addresses = column.buffers.addresses
    not_null = addresses[NOT_NULL_OFFSET]
    complete = np.where(addresses[0] != 0, scan.table.exists.buffers.addresses[0], 0)
    return np.where(not_null != 0, not_null, complete)[np.newaxis]
