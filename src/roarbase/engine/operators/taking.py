"""Taking: the values of some records in several fields at once, by one kernel call."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.operators.gathered import Members
from roarbase.engine.operators.scan import Scan

__all__ = ["members_at"]

_READABLE = (NumberColumn, CodeColumn, SetColumn)
"""What kernels read."""


def members_at(scan: Scan, columns: Sequence[Any], positions: Int64s) -> tuple[Members, ...]:
    """The values of these records in each of the columns, whatever kinds these are."""
    readable = [column for column in columns if isinstance(column, _READABLE)]
    places = [column.buffers.places for column in readable]
    are_codes = [not isinstance(column, NumberColumn) for column in readable]
    taken = iter(scan.kernels.take(positions, places, are_codes) if readable else ())
    found = []
    for column in columns:
        indexes, members = next(taken) if isinstance(column, _READABLE) else column.any_members(positions)
        if isinstance(column, SetColumn) and column.shards_beside:
            beside = column.members_beside(positions)
            indexes, members = np.concatenate((indexes, beside[0])), np.concatenate((members, beside[1]))
        found.append(Members(count=len(positions), indexes=indexes, members=members))
    return tuple(found)
