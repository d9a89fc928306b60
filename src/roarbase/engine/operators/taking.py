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
from roarbase.engine.operators.slots import Slots

__all__ = ["members_at"]


def members_at(scan: Scan, columns: Sequence[Any], positions: Int64s) -> tuple[Members, ...]:
    """The values of these records in each of the columns, whatever kinds these are."""
    slots = Slots(scan.table, scan.budget.check)
    parts = [_part_or_none(slots, column) for column in columns]
    values = scan.kernels.take(slots.shards(), positions, [part for part in parts if part is not None])
    everything, there, first, found = np.arange(len(positions)), scan.table.exists.total, 0, []
    for column, part in zip(columns, parts, strict=True):
        if part is None:
            indexes, members = column.any_members(positions)
        elif isinstance(column, NumberColumn):
            is_held = None if column.counters.count == there else _are_held(scan, column, positions)
            indexes = everything if is_held is None else np.flatnonzero(is_held)
            members = values[first] if is_held is None else values[first, indexes]
        else:
            codes = values[first : first + part[1]].T.ravel()
            if part[1] == 1 and codes.all():
                indexes, members = everything, codes - 1
            else:
                (held,) = codes.nonzero()
                indexes, members = held // part[1], codes[held] - 1
            if column.shards_beside:
                beside = column.members_beside(positions)
                indexes, members = np.concatenate((indexes, beside[0])), np.concatenate((members, beside[1]))
        found.append(Members(count=len(positions), indexes=indexes, members=members))
        first += 0 if part is None else part[1]
    return tuple(found)


def _part_or_none(slots: Slots, column: Any) -> tuple[int, int] | None:
    """The slots of a column that kernels can read."""
    if not isinstance(column, (NumberColumn, CodeColumn, SetColumn)):
        return None
    buffers = column.buffers
    return slots.column(buffers), 1 if isinstance(column, NumberColumn) else buffers.slots


def _are_held(scan: Scan, column: NumberColumn, positions: Int64s) -> Mask:
    """Which of these records have a number."""
    values, not_null = column.buffers.addresses[0], column.buffers.addresses[NOT_NULL_OFFSET]
    shards, has = positions >> SHARD_BITS, np.zeros(len(positions), np.uint8)
    scan.kernels.writes.has_bits(not_null, scan.table.extents, SHARD_BITS, positions, has)
    return np.where(not_null[shards] != 0, has, values[shards]).astype(np.bool_)
