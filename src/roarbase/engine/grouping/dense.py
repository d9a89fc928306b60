"""Dense counting: an array with one cell per combination of values, filled by one kernel call.

A row's index on its axis is its code plus one, a number's its distance from the least one
plus one; 0 is null. Records that planes do not tell everything of are added one by one. The
cells that count are then picked in the order of the axes' domains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.filters.filter import Filter, all_of, any_of, without
from roarbase.engine.filters.holding import beside_planes
from roarbase.engine.grouping.axes import Axis
from roarbase.engine.grouping.one_by_one import count_one_by_one
from roarbase.engine.grouping.tally import Tally
from roarbase.engine.kernels.port import Dimension, DimensionKind
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField, RowField

__all__ = ["MAXIMUM_CELLS", "count_dense", "is_countable"]

MAXIMUM_CELLS = 2**20
"""Each thread of a kernel has its own cells, up to four arrays of them: 32 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One axis of the array: its length, which indexes count, and what they stand for."""

    length: int
    picked: Int64s
    places: Int64s
    held: Mask


def is_countable(fields: Iterable[Field]) -> bool:
    """Whether there are few enough cells, of which each combination of values has one."""
    return prod(map(_length, fields)) <= MAXIMUM_CELLS


def count_dense(scan: Scan, among: Filter, axes: Sequence[Axis], number: NumberField | None = None) -> Tally:
    """Count the selected records by group, and add up a number field if one is given.

    Raises:
        CopyWanted: Many have more rows than planes tell of, and a copy of the table may be asked.
    """
    scan.budget.check()
    sides = [_side(axis) for axis in axes]
    shape = [side.length for side in sides]
    strides = [prod(shape[i + 1 :]) for i in range(len(shape))]
    dimensions = [_dimension(scan, axis, stride) for axis, stride in zip(axes, strides, strict=True)]
    slot = None if number is None else scan.slots.column(number.column.buffers)
    beside = any_of(beside_planes(scan, axis.field) for axis in axes)
    others = None
    if not beside.is_nothing:
        fields = [axis.field for axis in axes]
        others = count_one_by_one(scan, all_of([beside, among]), fields, dimensions, number, prod(shape))
        among = without(among, [beside])
    groups = scan.kernels.group(scan.slots.shards(), among.program(), dimensions, prod(shape), slot)
    if others is not None:
        groups = groups.with_added(others)
    window = np.ix_(*(side.picked for side in sides))

    def picked(cells: Int64s | None) -> Int64s | None:
        return None if cells is None else cells.reshape(shape)[window][used]

    used = np.nonzero(groups.counts.reshape(shape)[window])
    counts = picked(groups.counts)
    assert counts is not None
    return Tally(
        axes=tuple(axes),
        places=tuple(side.places[indexes] for side, indexes in zip(sides, used, strict=True)),
        held=tuple(side.held[indexes] for side, indexes in zip(sides, used, strict=True)),
        counts=counts,
        value_counts=picked(groups.value_counts),
        sums_low=picked(groups.sums_low),
        sums_high=picked(groups.sums_high),
    )


def _bounds(field: NumberField) -> tuple[int, int]:
    """The least and greatest number that may occur; of none, bounds with nothing between."""
    return field.column.bounds_or_none() or (0, -1)


def _length(field: Field) -> int:
    if isinstance(field, RowField):
        return len(field.names) + 1
    low, high = _bounds(field)
    return high - low + 2


def _side(axis: Axis) -> _Side:
    length, domain = _length(axis.field), axis.domain
    if isinstance(axis.field, RowField):
        assert domain is not None
        picked, places = domain + 1, np.arange(len(domain))
    else:
        low, high = _bounds(axis.field)
        places = low + np.arange(high - low + 1) if domain is None else domain[(domain >= low) & (domain <= high)]
        picked = places - low + 1
    held = np.ones(len(picked), np.bool_)
    if axis.has_null:
        picked, places, held = np.r_[0, picked], np.r_[0, places], np.r_[False, held]
    return _Side(length, picked, places, held)


def _dimension(scan: Scan, axis: Axis, stride: int) -> Dimension:
    buffers = axis.field.column.buffers
    slot = scan.slots.column(buffers)
    if isinstance(axis.field, RowField):
        return Dimension(kind=DimensionKind.CODES, slot=slot, stride=stride, planes=buffers.slots)
    return Dimension(kind=DimensionKind.NUMBERS, slot=slot, stride=stride, low=_bounds(axis.field)[0])
