"""Combinations of values of several fields, numbered in ascending order.

Each field's values become ranks 0, 1, ... in the field's order (row id or number). Field by
field, group number x values + rank is the next group number, and numbers not in use are
squeezed out, so that they stay small. A record with several values stands in several groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from roarbase.engine.plain.arrays import Int64s, ranges, squeeze
from roarbase.engine.plain.field import Field, RowField
from roarbase.engine.plain.operators.cells import name_cells
from roarbase.engine.plain.operators.gathering import Gathered, spans
from roarbase.engine.plain.operators.totals import counts_per_group
from roarbase.errors import BadRequest

__all__ = ["FieldKeys", "Groups", "distinct_per_group", "group_records", "keys_of"]

_MAXIMUM_EXPANSION = 2**25
"""How many more (record, group) pairs there may be than records: 2^25 of them take about 1 GB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldKeys:
    """The values of one field among selected records, as pairs of record and rank.

    Attributes:
        domain: Codes or numbers in the field's order: what a rank stands for.
        indexes: Which of the selected records; ascending.
        ranks: The place of its value in `domain`; one higher if `has_null`, where 0 is null.
    """

    field: Field
    domain: Int64s
    indexes: Int64s
    ranks: Int64s
    has_null: bool = False

    @property
    def rank_count(self) -> int:
        """All ranks are below this."""
        return len(self.domain) + self.has_null

    def cells(self, ranks: Int64s) -> list[Any]:
        """What callers name the values of these ranks."""
        if self.has_null:
            cells: list[Any] = [None] * len(ranks)
            given = np.flatnonzero(ranks)
            for place, cell in zip(given.tolist(), self._cells(ranks[given] - 1), strict=True):
                cells[place] = cell
            return cells
        return self._cells(ranks)

    def _cells(self, ranks: Int64s) -> list[Any]:
        values = self.domain[ranks]
        return name_cells(self.field, values) if isinstance(self.field, RowField) else values.tolist()


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """Records by group, as pairs of record and group number.

    Attributes:
        indexes: Which of the selected records; ascending.
        numbers: Its group. Groups are numbered in ascending order of their ranks.
        ranks: Per field, the rank of each group's value.
        count: How many groups.
    """

    indexes: Int64s
    numbers: Int64s
    ranks: tuple[Int64s, ...]
    count: int


def keys_of(gathered: Gathered, domain: Int64s | None = None, *, with_null: bool = False) -> FieldKeys:
    """The values of a field as ranks.

    Args:
        domain: The codes or numbers to consider, in the field's order; None for all that occur.
        with_null: Records without a value get rank 0, instead of none.
    """
    field, indexes = gathered.field, gathered.indexes
    distinct, places = squeeze(gathered.members)
    if domain is None:
        domain = field.in_row_order(distinct) if isinstance(field, RowField) else distinct
    ranks = _places_in(domain, distinct)[places]
    considered = ranks >= 0
    if not considered.all():
        indexes, ranks = indexes[considered], ranks[considered]
    if with_null:
        indexes, ranks = _add_nulls(indexes, ranks, gathered.count)
    return FieldKeys(field=field, domain=domain, indexes=indexes, ranks=ranks, has_null=with_null)


def group_records(keys: Sequence[FieldKeys], record_count: int) -> Groups:
    """Number the combinations that occur. Without keys, all records are in one group."""
    indexes = np.arange(record_count)
    numbers = np.zeros(record_count, np.int64)
    ranks: list[Int64s] = []
    count = 1
    for key in keys:
        if not ranks:
            indexes, combined = key.indexes, key.ranks
        else:
            repeats, rows = _join(indexes, key, record_count)
            indexes = np.repeat(indexes, repeats)
            combined = np.repeat(numbers, repeats) * key.rank_count + key.ranks[rows]
        in_use, numbers = squeeze(combined)
        before, rank = np.divmod(in_use, max(key.rank_count, 1))
        ranks = [*(r[before] for r in ranks), rank]
        count = len(in_use)
    return Groups(indexes=indexes, numbers=numbers, ranks=tuple(ranks), count=count)


def distinct_per_group(groups: Groups, key: FieldKeys, record_count: int) -> Int64s:
    """How many different values of a field occur in each group."""
    repeats, rows = _join(groups.indexes, key, record_count)
    combined = np.repeat(groups.numbers, repeats) * key.rank_count + key.ranks[rows]
    in_use, _ = squeeze(combined)
    return counts_per_group(in_use // max(key.rank_count, 1), groups.count)


def _join(indexes: Int64s, key: FieldKeys, record_count: int) -> tuple[Int64s, Int64s]:
    """Put each record's values beside it: how many it has, and which rows of `key` they are.

    Raises:
        BadRequest: There would be too many pairs to hold.
    """
    starts, repeats = spans(key.indexes, indexes, record_count)
    if int(repeats.sum()) > _MAXIMUM_EXPANSION + record_count:
        raise BadRequest(
            f"the combinations of values with field {key.field.spec.name!r} are more than "
            f"{_MAXIMUM_EXPANSION + record_count}: select fewer records, or group by fewer fields with many values"
        )
    return repeats, ranges(starts, repeats)


def _places_in(domain: Int64s, values: Int64s) -> Int64s:
    """Where each value stands in the domain, which is in any order; -1 where it does not."""
    if not len(domain):
        return np.full(len(values), -1, np.int64)
    ascending = np.argsort(domain)
    places = ascending[np.searchsorted(domain, values, sorter=ascending).clip(max=len(domain) - 1)]
    return np.where(domain[places] == values, places, -1)


def _add_nulls(indexes: Int64s, ranks: Int64s, record_count: int) -> tuple[Int64s, Int64s]:
    """Shift the ranks by one, and give rank 0 to records that have none."""
    missing = np.flatnonzero(np.bincount(indexes, minlength=record_count) == 0)
    if not len(missing):
        return indexes, ranks + 1
    indexes = np.concatenate((missing, indexes))
    order = np.argsort(indexes, kind="stable")
    return indexes[order], np.concatenate((np.zeros(len(missing), np.int64), ranks + 1))[order]
