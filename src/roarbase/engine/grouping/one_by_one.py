"""Counting records one by one into an array of cells: those that have more rows in a field than planes tell of.

A record counts in every combination of its values, as it does in the kernel that counts the others.
"""

from collections.abc import Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, ranges
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.filters.filter import Filter
from roarbase.engine.kernels.port import SUM_SPLIT_BITS, Dimension, DimensionKind, Groups
from roarbase.engine.operators.gathered import Members
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.taking import members_at
from roarbase.engine.tables.fields import Field, NumberField

__all__ = ["count_one_by_one"]

_FEW = 2**16
"""So many values, or combinations of them, take some 20 ms, and the others as much: for more no write should wait."""

_COMBINATIONS = 2**22
"""So many are worked out at once."""

_LOW_BITS = (1 << SUM_SPLIT_BITS) - 1


def count_one_by_one(
    scan: Scan,
    among: Filter,
    fields: Sequence[Field],
    dimensions: Sequence[Dimension],
    number: NumberField | None,
    size: int,
) -> Groups:
    """Count the selected records in cells as `Kernels.group` does, and add up a number field if one is given.

    Raises:
        CopyWanted: The records are many, and a copy of the table may be asked.
    """
    groups = Groups(*(np.zeros(size, np.int64) for _ in range(1 if number is None else 4)))
    several = [f.column.overflow.pairs_per_record for f in fields if isinstance(f.column, SetColumn)]
    for positions in scan.pieces(among, _FEW, pairs_per_record=max(several, default=1)):
        _add(scan, positions, fields, dimensions, number, groups)
    return groups


def _add(
    scan: Scan,
    positions: Int64s,
    fields: Sequence[Field],
    dimensions: Sequence[Dimension],
    number: NumberField | None,
    groups: Groups,
) -> None:
    """Count some records; in two halves, if they have too many combinations of values."""
    found = members_at(scan, [field.column for field in fields], positions)
    times = np.ones(len(positions), np.float64)
    for members in found:
        times *= np.maximum(np.bincount(members.indexes, minlength=len(positions)), 1)
    combinations = times.sum()
    if combinations > _FEW:
        scan.turns.want_copy()
    if len(positions) > 1 and combinations > _COMBINATIONS:
        scan.budget.check()
        middle = len(positions) // 2
        _add(scan, positions[:middle], fields, dimensions, number, groups)
        _add(scan, positions[middle:], fields, dimensions, number, groups)
        return
    owners, cells = _cells(found, dimensions, len(positions))
    np.add.at(groups.counts, cells, 1)
    if number is not None:
        assert groups.value_counts is not None
        assert groups.sums_low is not None
        assert groups.sums_high is not None
        values, held = number.column.values_at(positions)
        cells, owners = cells[held[owners]], owners[held[owners]]
        np.add.at(groups.value_counts, cells, 1)
        np.add.at(groups.sums_low, cells, values[owners] & _LOW_BITS)
        np.add.at(groups.sums_high, cells, values[owners] >> SUM_SPLIT_BITS)


def _cells(found: Sequence[Members], dimensions: Sequence[Dimension], count: int) -> tuple[Int64s, Int64s]:
    """The cells that so many records count in, and which record each is of."""
    owners, cells = np.arange(count), np.zeros(count, np.int64)
    for members, dimension in zip(found, dimensions, strict=True):
        low = dimension.low if dimension.kind is DimensionKind.NUMBERS else 0
        lengths = np.bincount(members.indexes, minlength=count)
        # Behind the others stands what counts for a record that has none.
        terms = np.append(members.members[np.argsort(members.indexes, kind="stable")] - low + 1, 0) * dimension.stride
        starts = np.where(lengths == 0, len(terms) - 1, np.cumsum(lengths) - lengths)
        times = np.maximum(lengths, 1)[owners]
        cells = np.repeat(cells, times) + terms[ranges(starts[owners], times)]
        owners = np.repeat(owners, times)
    return owners, cells
