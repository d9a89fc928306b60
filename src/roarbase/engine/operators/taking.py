"""Taking: the values of some records in several fields at once, by one kernel call."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import NOT_NULL_OFFSET
from roarbase.engine.operators.gathered import Members
from roarbase.engine.operators.scan import Scan

__all__ = ["members_at"]

_READABLE = (NumberColumn, CodeColumn, SetColumn)
"""What kernels read."""


def members_at(scan: Scan, columns: Sequence[Any], positions: Int64s) -> tuple[Members, ...]:
    """The values of these records in each of the columns, whatever kinds these are."""
    parts = [_places(column) for column in columns if isinstance(column, _READABLE)]
    values = scan.kernels.take(positions, parts) if parts else np.empty((0, len(positions)), np.int64)
    everything, there, first, found = np.arange(len(positions)), scan.table.exists.total, 0, []
    for column in columns:
        stop = first
        if not isinstance(column, _READABLE):
            indexes, members = column.any_members(positions)
        elif isinstance(column, NumberColumn):
            stop += 1
            is_held = None if column.counters.count == there else _are_held(scan, column, positions)
            indexes = everything if is_held is None else np.flatnonzero(is_held)
            members = values[first] if is_held is None else values[first, indexes]
        else:
            slots = column.buffers.slots
            stop += slots
            codes = values[first] if slots == 1 else values[first:stop].T.ravel()
            (held,) = codes.nonzero()
            if slots == 1 and len(held) == len(codes):
                indexes, members = everything, codes - 1
            else:
                indexes, members = held // slots, codes[held] - 1
            if isinstance(column, SetColumn) and column.shards_beside:
                beside = column.members_beside(positions)
                indexes, members = np.concatenate((indexes, beside[0])), np.concatenate((members, beside[1]))
        found.append(Members(count=len(positions), indexes=indexes, members=members))
        first = stop
    return tuple(found)


def _places(column: NumberColumn | CodeColumn | SetColumn) -> Int64s:
    """Where the numbers of a column stand, or its planes."""
    places = column.buffers.places
    return places[:, :1] if isinstance(column, NumberColumn) else places


def _are_held(scan: Scan, column: NumberColumn, positions: Int64s) -> Mask:
    """Which of these records have a number."""
    values, not_null = column.buffers.addresses[0], column.buffers.addresses[NOT_NULL_OFFSET]
    shards, has = positions >> SHARD_BITS, np.zeros(len(positions), np.uint8)
    scan.kernels.writes.has_bits(not_null, scan.table.extents, SHARD_BITS, positions, has)
    return np.where(not_null[shards] != 0, has, values[shards]).astype(np.bool_)
