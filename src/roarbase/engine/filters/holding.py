"""Records holding any of some rows: what RowIs, RowsIn and RowsLike come down to.

One row is compared with every plane; several are looked up in flags by code. What stands beside
planes, in lists, is a bitmap made for this query.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.bits import new_words, set_bits
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.cache.keys import AnyRowKey
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.filters.bitmaps import words_filter
from roarbase.engine.filters.filter import ALL, NOTHING, Filter, Origin, any_of, bitmap_filter, leaf
from roarbase.engine.kernels.port import Op
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, RowField
from roarbase.engine.views.during import RowsDuring

__all__ = ["beside_planes", "flagged", "holding", "holding_any", "row_filter"]

_FEW = 8
"""Rows looked for one by one among the cached bitmaps."""

_LOOK_UP_COST = 3
"""A look-up by code costs about as much as reading three bytes more per code."""


def holding(scan: Scan, field: RowField, codes: Int64s) -> Filter:
    """The records that hold any of these rows."""
    if not len(codes):
        return NOTHING
    if len(codes) == 1:
        return row_filter(scan, field, int(codes[0]))
    bitmaps = [scan.resident_or_none(field.bitmaps, field.key(code)) for code in codes[:_FEW].tolist()]
    found = [bitmap for bitmap in bitmaps if bitmap is not None]
    return any_of(found) if len(found) == len(codes) else flagged(scan, field, _flags(field, codes))


def row_filter(scan: Scan, field: RowField, code: int) -> Filter:
    """The records that hold one row."""
    count = field.count_or_none(code)
    if count == 0:
        return NOTHING
    key = field.key(code)
    resident = scan.resident_or_none(field.bitmaps, key, count)
    if resident is not None:
        return resident
    column, origin = field.column, (field.bitmaps, key)
    if not column.shards_beside:
        return _in_plane(scan, column.buffers, code + 1, count, origin)
    found = flagged(scan, field, _flags(field, np.array([code])))
    return Filter(found.rows, found.cost, found.narrowing, found.depth, count, origin)


def holding_any(scan: Scan, field: RowField) -> Filter:
    """The records that hold some row."""
    column = field.column
    if isinstance(column, RowsDuring):
        return flagged(scan, field, _flags(field, np.arange(len(field.names))))
    count = None if isinstance(column, SetColumn) else lambda: int(field.counts().sum())
    resident = scan.resident_or_none(field.bitmaps, AnyRowKey(), count)
    if resident is not None:
        return resident
    if not column.buffers.addresses.any():
        return NOTHING
    # Whoever has a row has one in the first plane: no place before it is empty.
    flags = _flags(field, np.arange(len(field.names)))
    slot, cost = scan.slots.column(column.buffers), column.buffers.width + _LOOK_UP_COST
    scan.slots.keep(flags)
    origin = None if field.spec.no_standard_view else (field.bitmaps, AnyRowKey())
    return leaf(Op.CODE_IN, slot, flags.ctypes.data, 1, cost=cost, count=count, origin=origin)


def _flags(field: RowField, codes: Int64s) -> NDArray[np.uint8]:
    flags = np.zeros(len(field.names) + 1, np.uint8)
    flags[codes + 1] = 1
    return flags


def flagged(scan: Scan, field: RowField, flags: NDArray[np.uint8]) -> Filter:
    """The records that hold a row whose flag is set, by code plus one; flag 0 is not set."""
    has_planes = field.column.buffers.addresses.any()
    filters = [_in_planes(scan, field, flags)] if has_planes else []
    if not isinstance(field.column, CodeColumn):
        filters.append(_in_lists(scan, field.column, flags))
    return any_of(filters)


def _in_planes(scan: Scan, field: RowField, flags: NDArray[np.uint8]) -> Filter:
    codes, buffers = np.flatnonzero(flags), field.column.buffers
    if len(codes) == 1:
        return _in_plane(scan, buffers, int(codes[0]))
    slot, planes = scan.slots.column(buffers), buffers.slots
    scan.slots.keep(flags)
    return leaf(Op.CODE_IN, slot, flags.ctypes.data, planes, cost=(buffers.width + _LOOK_UP_COST) * planes)


def _in_plane(
    scan: Scan, buffers: Buffers, flag: int, count: int | None = None, origin: Origin | None = None
) -> Filter:
    """The records of which any plane holds this code plus one."""
    slot, planes = scan.slots.column(buffers), buffers.slots
    return leaf(Op.CODE, slot, flag, planes, cost=buffers.width * planes, count=count, origin=origin)


def _in_lists(scan: Scan, column: SetColumn | RowsDuring, flags: NDArray[np.uint8]) -> Filter:
    words: dict[int, NDArray[np.uint64]] = {}
    for shard in column.shards_beside:
        scan.budget.check()
        inside = column.holding_beside(shard, flags[1:])
        if len(inside):
            words[shard] = new_words(int(scan.table.extents[shard]))
            set_bits(words[shard], inside)
    return words_filter(scan, words)


def beside_planes(scan: Scan, field: Field) -> Filter:
    """The records of which planes do not tell everything that they have in a field."""
    column = field.column
    if not column.shards_beside:
        return NOTHING
    return bitmap_filter(scan.slots.column(column.overflow.records)) if isinstance(column, SetColumn) else ALL
