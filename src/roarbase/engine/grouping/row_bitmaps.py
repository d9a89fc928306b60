"""Counting by row over bitmaps of rows, where these are fewer bytes than the planes of codes.

For 20 million records a bitmap is counted in 0.09 ms where a plane takes 4 to 6, so up to some
16 bitmaps per plane are the cheaper way. Those of fields with few rows are cached for it.
"""

from collections.abc import Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import row_filter
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
    if len(axes) != 2 or any(axis.has_null for axis in axes):
        return None
    places, bitmaps = [], []
    for axis in axes:
        if not isinstance(axis.field, RowField):
            return None
        assert axis.domain is not None
        places.append(np.flatnonzero(axis.field.counts()[axis.domain]))
        if not 0 < len(places[0]) * len(places[-1]) <= _MAXIMUM_PAIRS:
            return None
        found = _bitmaps_or_none(scan, axis.field, axis.domain[places[-1]])
        if found is None:
            return None
        bitmaps.append(found)
    first, second = (_slot(scan, found) for found in bitmaps)
    program = among.program()
    counts = scan.kernels.pair_counts(scan.slots.shards(), program, first, len(bitmaps[0]), second, len(bitmaps[1]))
    used = np.nonzero(counts)
    held = np.ones(len(used[0]), np.bool_)
    chosen = tuple(known[indexes] for known, indexes in zip(places, used, strict=True))
    return Tally(axes=tuple(axes), places=chosen, held=(held, held), counts=counts[used])


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
