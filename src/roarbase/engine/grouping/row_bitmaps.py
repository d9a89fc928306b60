"""Counting by row over bitmaps of rows, where these are fewer bytes than the planes of codes.

For 20 million records a bitmap is counted in 0.09 ms where a plane takes 4 to 6, so up to some
16 bitmaps per plane are the cheaper way. Those of fields with few rows are cached for it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, set_mask
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.cache.keys import AnyRowKey
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding_any, row_filter
from roarbase.engine.grouping.axes import Axis
from roarbase.engine.grouping.tally import Tally
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import RowField

__all__ = ["count_by_bitmap_or_none", "pairs_or_none"]

_ROWS_PER_PLANE = 16
_FEW_ROWS = 8
"""The bitmaps of a field with so few rows are made for counting, when it is counted for the second time."""

_MAXIMUM_PAIRS = 200
"""Beyond so many cells, one pass over the planes is cheaper than that many intersections."""


def count_by_bitmap_or_none(scan: Scan, among: Filter, field: RowField) -> Int64s | None:
    """How many of the selected records hold each row, by code; None if the bitmaps are not there."""
    held = np.flatnonzero(field.counts())
    bitmaps = _bitmaps_or_none(scan, field, held)
    if bitmaps is None:
        return None
    counts = np.zeros(len(field.names), np.int64)
    first = _slot(scan, bitmaps)
    counts[held] = scan.kernels.row_counts(scan.slots.shards(), among.program(), first, len(held))
    return counts


def pairs_or_none(scan: Scan, among: Filter, axes: Sequence[Axis]) -> Tally | None:
    """The selected records by the rows of two fields; None if the bitmaps are too many, or not there."""
    if len(axes) != 2:
        return None
    sides: list[_Side] = []
    for axis in axes:
        if not isinstance(axis.field, RowField):
            return None
        assert axis.domain is not None
        places = np.flatnonzero(axis.field.counts()[axis.domain])
        if not 0 < len(places) * (len(sides[0].places) if sides else 1) <= _MAXIMUM_PAIRS:
            return None
        side = _side_or_none(scan, axis, axis.field, places)
        if side is None:
            return None
        sides.append(side)
    first, second = (_slot(scan, side.bitmaps) for side in sides)
    sizes = [len(side.bitmaps) for side in sides]
    counts = scan.kernels.pair_counts(scan.slots.shards(), among.program(), first, sizes[0], second, sizes[1])
    for number, axis in enumerate(axes):
        if axis.has_null:
            everybody, holders, rows = np.split(counts, [1, 2], axis=number)
            counts = np.concatenate((everybody - holders, rows), axis=number)
    used = np.nonzero(counts)
    return Tally(
        axes=tuple(axes),
        places=tuple(side.places[indexes] for side, indexes in zip(sides, used, strict=True)),
        held=tuple(side.held[indexes] for side, indexes in zip(sides, used, strict=True)),
        counts=counts[used],
    )


class _Side(NamedTuple):
    """One of two axes.

    Attributes:
        places: In the axis' domain, of each group; 0 for null, which is the first.
        held: Which of the groups are not null.
        bitmaps: One per group; for null two, of all records and of those that hold any row.
    """

    places: Int64s
    held: Mask
    bitmaps: list[Buffers]


def _side_or_none(scan: Scan, axis: Axis, field: RowField, places: Int64s) -> _Side | None:
    """An axis with the rows at these places of its domain."""
    assert axis.domain is not None
    found, held = _bitmaps_or_none(scan, field, axis.domain[places]), set_mask(len(places))
    if found is None or not axis.has_null:
        return None if found is None else _Side(places, held, found)
    scan.cached(holding_any(scan, field))
    holders = scan.store.find(field.bitmaps, AnyRowKey())
    if holders is None:
        return None
    return _Side(np.append(0, places), np.append(False, held), [scan.table.exists.buffers, holders, *found])


def _bitmaps_or_none(scan: Scan, field: RowField, codes: Int64s) -> list[Buffers] | None:
    """The cached bitmaps of rows that hold a record, if all are there and worth reading."""
    if not 0 < len(codes) <= _ROWS_PER_PLANE * field.column.buffers.slots:
        return None
    if len(codes) <= _FEW_ROWS:
        for code in codes.tolist():
            scan.cached(row_filter(scan, field, code))
    bitmaps = [scan.store.find(field.bitmaps, field.key(code)) for code in codes.tolist()]
    found = [buffers for buffers in bitmaps if buffers is not None]
    return found if len(found) == len(codes) else None


def _slot(scan: Scan, bitmaps: list[Buffers]) -> int:
    """The first of consecutive slots of these bitmaps."""
    scan.slots.keep(bitmaps)
    return scan.slots.addresses(np.concatenate([buffers.addresses for buffers in bitmaps]))
