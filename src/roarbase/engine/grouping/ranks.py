"""Combinations of values of several fields, numbered in ascending order.

Each field's values become ranks 0, 1, ... in the field's order (row id or number). Field by
field, group number x values + rank is the next group number, and numbers not in use are
squeezed out, so that they stay small. A record with several values stands in several groups.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, ranges, squeeze
from roarbase.engine.tables.fields import Field, RowField
from roarbase.errors import BadRequest

__all__ = ["FieldKeys", "Groups", "group_records", "keys_of"]

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

    def cells(self, ranks: Int64s, cells_of: Callable[[Field, Int64s], list[Any]]) -> list[Any]:
        """What callers are given for the values of these ranks, if `cells_of` says it for codes or numbers."""
        if not self.has_null:
            return cells_of(self.field, self.domain[ranks])
        cells: list[Any] = [None] * len(ranks)
        given = np.flatnonzero(ranks)
        names = cells_of(self.field, self.domain[ranks[given] - 1])
        for place, cell in zip(given.tolist(), names, strict=True):
            cells[place] = cell
        return cells


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


def keys_of(field: Field, indexes: Int64s, members: Int64s, record_count: int, *, with_null: bool) -> FieldKeys:
    """The values of a field among some records, as ranks.

    Args:
        indexes: Which of the records holds each member; ascending.
        members: Codes or numbers.
        with_null: Records without a value get rank 0, instead of none.
    """
    domain, places = squeeze(members)
    if isinstance(field, RowField):
        order = np.argsort(field.names.row_ids(domain), kind="stable")
        rank_of = np.empty(len(order), np.int64)
        rank_of[order] = np.arange(len(order))
        domain, places = domain[order], rank_of[places]
    ranks = places
    if with_null:
        indexes, ranks = _add_nulls(indexes, ranks, record_count)
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


def _join(indexes: Int64s, key: FieldKeys, record_count: int) -> tuple[Int64s, Int64s]:
    """Put each record's values beside it: how many it has, and which rows of `key` they are.

    Raises:
        BadRequest: There would be too many pairs to hold.
    """
    starts, repeats = _spans(key.indexes, indexes, record_count)
    if int(repeats.sum()) > _MAXIMUM_EXPANSION + record_count:
        raise BadRequest(
            f"the combinations of values with field {key.field.spec.name!r} are more than "
            f"{_MAXIMUM_EXPANSION + record_count}: select fewer records, or group by fewer fields with many values"
        )
    return repeats, ranges(starts, repeats)


def _add_nulls(indexes: Int64s, ranks: Int64s, record_count: int) -> tuple[Int64s, Int64s]:
    """Shift the ranks by one, and give rank 0 to records that have none."""
    missing = np.flatnonzero(np.bincount(indexes, minlength=record_count) == 0)
    if not len(missing):
        return indexes, ranks + 1
    indexes = np.concatenate((missing, indexes))
    order = np.argsort(indexes, kind="stable")
    return indexes[order], np.concatenate((np.zeros(len(missing), np.int64), ranks + 1))[order]


def _spans(indexes: Int64s, chosen: Int64s, count: int) -> tuple[Int64s, Int64s]:
    """For each chosen record, where its pairs begin among all, and how many they are."""
    lengths = np.bincount(indexes, minlength=count)
    starts = np.cumsum(lengths) - lengths
    return starts[chosen], lengths[chosen]
