"""Sparse counting: shard by shard over the selected records, keeping only groups that occur.

Each shard gives a small tally; two tallies become one by sorting their groups together. They
are merged like the runs of a sorted index, so that a group is moved a few times only, and the
memory is that of one shard's records and of the groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.buffers.runs import is_merge_due
from roarbase.engine.buffers.totals import counts_per_group, extremes_per_group
from roarbase.engine.filters.filter import Filter
from roarbase.engine.grouping.axes import Axis
from roarbase.engine.grouping.ranks import FieldKeys, Groups, group_records, keys_of
from roarbase.engine.grouping.tally import Tally, number_rows
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField
from roarbase.errors import BadRequest

__all__ = ["count_sparse"]

_FEW_RECORDS = 2**16
"""So many take some 25 ms by two fields: longer than that no write should have to wait."""

_LOW_BITS = 2**32 - 1
_SORTING_FACTOR = 4
"""Sorting groups together takes about this many times their own memory."""


@dataclass(frozen=True, slots=True)
class _Task:
    """What is counted, for every shard alike."""

    scan: Scan
    axes: tuple[Axis, ...]
    number: NumberField | None

    def tally(self, positions: Int64s) -> Tally:
        """The groups of some records."""
        keys = [_keys(axis, positions) for axis in self.axes]
        groups = group_records(keys, len(positions))
        columns = [_places(axis, key, ranks) for axis, key, ranks in zip(self.axes, keys, groups.ranks, strict=True)]
        tally = Tally(
            axes=self.axes,
            places=tuple(places for places, _ in columns),
            held=tuple(held for _, held in columns),
            counts=counts_per_group(groups.numbers, groups.count),
        )
        return tally if self.number is None else _with_numbers(tally, self.number, groups, positions)


def count_sparse(scan: Scan, among: Filter, axes: Sequence[Axis], number: NumberField | None = None) -> Tally:
    """Count the selected records by group, and add up a number field, with its extremes, if one is given.

    Raises:
        BadRequest: The groups take more memory than a query may have.
        CopyWanted: The records are many, and a copy of the table may be asked.
    """
    task = _Task(scan, tuple(axes), number)
    runs = [task.tally(np.zeros(0, np.int64))]
    for positions in scan.pieces(among, _FEW_RECORDS):
        runs.append(task.tally(positions))
        while is_merge_due([len(run) for run in runs]):
            runs[-2:] = [_merged(runs[-2], runs[-1])]
        _check_memory(scan, runs)
    while len(runs) > 1:
        runs[-2:] = [_merged(runs[-2], runs[-1])]
    return runs[0]


def _keys(axis: Axis, positions: Int64s) -> FieldKeys:
    """The values that some records have on an axis."""
    indexes, members = axis.field.column.members(positions)
    if axis.domain is not None:
        counts = axis.contains(members)
        indexes, members = indexes[counts], members[counts]
    return keys_of(axis.field, indexes, members, len(positions), with_null=axis.has_null)


def _places(axis: Axis, key: FieldKeys, ranks: Int64s) -> tuple[Int64s, Mask]:
    """The places on an axis that ranks among some records' own values stand for, and which are not null."""
    held = ranks > 0 if axis.has_null else np.ones(len(ranks), np.bool_)
    places = np.zeros(len(ranks), np.int64)
    places[held] = axis.places_of(key.domain[ranks[held] - axis.has_null])
    return places, held


def _with_numbers(tally: Tally, number: NumberField, groups: Groups, positions: Int64s) -> Tally:
    values, held = number.column.values_at(positions)
    taken = held[groups.indexes]
    numbers, values = groups.numbers[taken], values[groups.indexes[taken]]
    low, high = np.zeros(len(tally), np.int64), np.zeros(len(tally), np.int64)
    np.add.at(low, numbers, values & _LOW_BITS)
    np.add.at(high, numbers, values >> 32)
    return replace(
        tally,
        value_counts=counts_per_group(numbers, len(tally)),
        sums_low=low,
        sums_high=high,
        lows=extremes_per_group("min", numbers, values, len(tally)),
        highs=extremes_per_group("max", numbers, values, len(tally)),
    )


def _merged(first: Tally, second: Tally) -> Tally:
    """The groups of both, in ascending order, with their counts added up."""
    pairs = zip(first.columns(len(first.axes)), second.columns(len(first.axes)), strict=True)
    numbers = number_rows([np.concatenate(pair) for pair in pairs], len(first) + len(second))
    count = int(numbers.max(initial=-1)) + 1
    place = np.zeros(count, np.int64)
    place[numbers] = np.arange(len(numbers))

    def added(one: Int64s | None, other: Int64s | None) -> Int64s | None:
        if one is None or other is None:
            return None
        total = np.zeros(count, np.int64)
        np.add.at(total, numbers, np.concatenate((one, other)))
        return total

    def extreme(function: str, one: Int64s | None, other: Int64s | None) -> Int64s | None:
        if one is None or other is None:
            return None
        return extremes_per_group(function, numbers, np.concatenate((one, other)), count)

    counts = added(first.counts, second.counts)
    assert counts is not None
    return Tally(
        axes=first.axes,
        places=tuple(np.concatenate(pair)[place] for pair in zip(first.places, second.places, strict=True)),
        held=tuple(np.concatenate(pair)[place] for pair in zip(first.held, second.held, strict=True)),
        counts=counts,
        value_counts=added(first.value_counts, second.value_counts),
        sums_low=added(first.sums_low, second.sums_low),
        sums_high=added(first.sums_high, second.sums_high),
        lows=extreme("min", first.lows, second.lows),
        highs=extreme("max", first.highs, second.highs),
    )


def _check_memory(scan: Scan, runs: Sequence[Tally]) -> None:
    groups = sum(len(run) for run in runs)
    columns = 2 * len(runs[0].axes) + (1 if runs[0].value_counts is None else 6)
    size_bytes = groups * columns * 8 * _SORTING_FACTOR
    if size_bytes > scan.group_bytes:
        raise BadRequest(
            f"the query has {groups} groups and more, which take over {scan.group_bytes} bytes of memory: "
            "select fewer records, or group by fewer fields with many values",
            limit_bytes=scan.group_bytes,
        )
