"""Counting by group: the way in, which chooses how; and what counts of one more field tell."""

from collections.abc import Callable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.holding import beside_planes
from roarbase.engine.grouping.axes import Axis, axis_of
from roarbase.engine.grouping.dense import count_dense, is_countable
from roarbase.engine.grouping.histogram import histogram_or_none
from roarbase.engine.grouping.maintained import maintained_or_none
from roarbase.engine.grouping.row_bitmaps import count_by_bitmap_or_none, pairs_or_none
from roarbase.engine.grouping.sparse import count_sparse
from roarbase.engine.grouping.tally import Tally, aligned_to, prefix_groups
from roarbase.engine.kernels.port import Dimension, DimensionKind
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField, RowField

__all__ = ["count_distinct", "count_groups", "count_rows", "count_values", "distinct_values", "extremes"]

_FEW_PAIRS = 2**17
"""Looking up so many that stand beside planes takes some 10 ms: for more, writes should not have to wait."""

_MAXIMUM_ROWS = 2**22
"""Rows of one field that are counted by a kernel: 32 MB of counts per thread."""


def count_groups(scan: Scan, among: Filter, axes: Sequence[Axis], number: NumberField | None = None) -> Tally:
    """Count the selected records by group, and count and add up a number field if one is given."""
    if number is None:
        is_kept = among.is_all and len(axes) == 1 and scan.uses_counters
        tally = maintained_or_none(scan, axes[0]) if is_kept else pairs_or_none(scan, among, axes)
        if tally is not None:
            return tally
    if is_countable(axis.field for axis in axes) and not any(beside_planes(scan, axis.field).is_all for axis in axes):
        return count_dense(scan, among, axes, number)
    return count_sparse(scan, among, axes, number)


def count_distinct(scan: Scan, among: Filter, base: Tally, field: Field) -> Int64s:
    """Per group of `base`, how many different values of a field the selected records hold.

    `among` selects no record that is not counted in `base`.
    """
    tally = count_groups(scan, among, (*base.axes, axis_of(field)))
    prefixes, starts, stops = prefix_groups(tally)
    return aligned_to(base, prefixes, stops - starts)


def extremes(scan: Scan, among: Filter, base: Tally, field: NumberField) -> tuple[Mask, Int64s, Int64s]:
    """Per group of `base`, whether there is a number, and the least and the greatest."""
    axes = (*base.axes, axis_of(field))
    if is_countable(axis.field for axis in axes):
        tally = count_groups(scan, among, axes)
        groups, starts, stops = prefix_groups(tally)
        values = tally.places[-1]
        counts, lows, highs = stops - starts, values[starts], values[stops - 1]
    else:
        groups = count_sparse(scan, among, base.axes, field)
        assert groups.value_counts is not None
        assert groups.lows is not None
        assert groups.highs is not None
        counts, lows, highs = groups.value_counts, groups.lows, groups.highs
    found = [aligned_to(base, groups, column) for column in (counts, lows, highs)]
    return found[0] > 0, found[1], found[2]


def distinct_values(scan: Scan, among: Filter, field: NumberField) -> Int64s:
    """The different numbers of the selected records, ascending."""
    histogram = histogram_or_none(scan, among, field)
    if histogram is None:
        return count_groups(scan, among, (axis_of(field),)).places[0]
    return histogram.values()


def count_values(scan: Scan, among: Filter, field: Field) -> int:
    """How many different values of a field the selected records hold."""
    if isinstance(field, RowField):
        return int(np.count_nonzero(count_rows(scan, among, field)))
    histogram = histogram_or_none(scan, among, field)
    if histogram is None:
        return len(count_groups(scan, among, (axis_of(field),)))
    return histogram.distinct


def count_rows(scan: Scan, among: Filter, field: RowField) -> Int64s:
    """How many of the selected records hold each row, by code."""
    size = len(field.names) + 1
    if among.is_all and scan.uses_counters:
        return field.counts()
    if among.is_nothing:
        return np.zeros(size - 1, np.int64)
    scan.budget.check()
    by_bitmap = count_by_bitmap_or_none(scan, among, field)
    if by_bitmap is not None:
        return by_bitmap
    column = field.column
    if size > _MAXIMUM_ROWS:
        return _count_members(scan, among, column.members, size - 1)
    dimension = Dimension(kind=DimensionKind.CODES, slot=scan.slots.column(column.buffers), planes=column.buffers.slots)
    beside, counts = beside_planes(scan, field), np.zeros(size - 1, np.int64)
    if not beside.is_nothing:
        assert not isinstance(column, CodeColumn)
        several = column.overflow.pairs_per_record if isinstance(column, SetColumn) else 1
        counts += _count_members(scan, all_of([beside, among]), column.members_beside, size - 1, several)
    counts += scan.kernels.group(scan.slots.shards(), among.program(), (dimension,), size).counts[1:]
    return counts


def _count_members(
    scan: Scan,
    among: Filter,
    members: Callable[[Int64s], tuple[Int64s, Int64s]],
    size: int,
    pairs_per_record: int = 1,
) -> Int64s:
    """How often each code is among the members of the selected records."""
    counts = np.zeros(size, np.int64)
    for positions in scan.pieces(among, _FEW_PAIRS, pairs_per_record=pairs_per_record):
        counts += np.bincount(members(positions)[1], minlength=size)
    return counts
