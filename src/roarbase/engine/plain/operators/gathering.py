"""Gathering: the values of a field among selected records, for use when the lock is given back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from roarbase.engine.plain.arrays import Int64s, Mask, ranges
from roarbase.engine.plain.field import Field

__all__ = ["Gathered", "gather", "spans"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """The values of a field among selected records, as pairs of record and member.

    Attributes:
        count: How many records were selected.
        indexes: Which of them; ascending.
        members: A number, or the code of a row; a record has one pair for each row that it holds.
    """

    field: Field
    count: int
    indexes: Int64s
    members: Int64s

    @property
    def held(self) -> Mask:
        """Which records have a value."""
        held = np.zeros(self.count, np.bool_)
        held[self.indexes] = True
        return held

    def values(self) -> Int64s:
        """The one member of each record; of a record without one, zero."""
        if len(self.indexes) == self.count:
            return self.members
        values = np.zeros(self.count, np.int64)
        values[self.indexes] = self.members
        return values

    def among(self, is_chosen: Mask) -> "Gathered":
        """The same, with the values of all other records left out."""
        taken = is_chosen[self.indexes]
        return replace(self, indexes=self.indexes[taken], members=self.members[taken])

    def at(self, chosen: Int64s) -> "Gathered":
        """The same of some of the records, in that order."""
        starts, lengths = spans(self.indexes, chosen, self.count)
        indexes = np.repeat(np.arange(len(chosen)), lengths)
        return replace(self, count=len(chosen), indexes=indexes, members=self.members[ranges(starts, lengths)])


def gather(field: Field, positions: Int64s) -> Callable[[], Gathered]:
    """Take hold of the values of the records at these positions; what is returned gives them, without the lock.

    Numbers and codes are copied at once. The runs of a set are never written again, so that it
    is enough to hold on to them: searching them waits until the lock is given back.
    """
    members = field.column.hold_members(positions)

    def gathered() -> Gathered:
        indexes, codes = members()
        return Gathered(field=field, count=len(positions), indexes=indexes, members=codes)

    return gathered


def spans(indexes: Int64s, chosen: Int64s, count: int) -> tuple[Int64s, Int64s]:
    """For each chosen record, where its pairs begin among all, and how many they are."""
    lengths = np.bincount(indexes, minlength=count)
    starts = np.cumsum(lengths) - lengths
    return starts[chosen], lengths[chosen]
