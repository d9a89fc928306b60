"""Tallies: groups in ascending order, with what was counted in each.

A group is a place on each axis: for a row its place in the axis' domain, for a number the
number itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, sorted_distinct, squeeze
from roarbase.engine.grouping.axes import Axis
from roarbase.engine.grouping.ranks import FieldKeys

__all__ = ["Numbers", "Tally", "aligned_to", "number_rows", "prefix_groups"]

Numbers = NDArray[Any]
"""One integer per group: int64, or Python's own where 64 bits are too few."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tally:
    """Groups with at least one record.

    Attributes:
        places: Per axis and group, the place of the group's value; 0 for null.
        held: Per axis and group, whether the value is not null.
        counts: Records in each group.
        value_counts: Of these, how many have a value in the number field asked for.
        sums_high: The sum of these values is high x 2^32 + low.
        lows: The least of these values, where that was asked for; without meaning where there is none.
    """

    axes: tuple[Axis, ...]
    places: tuple[Int64s, ...]
    held: tuple[Mask, ...]
    counts: Int64s
    value_counts: Int64s | None = None
    sums_low: Int64s | None = None
    sums_high: Int64s | None = None
    lows: Int64s | None = None
    highs: Int64s | None = None

    def __len__(self) -> int:
        return len(self.counts)

    def columns(self, axes: int) -> list[Int64s]:
        """What tells groups apart on the first axes, in order of comparison."""
        pairs = zip(self.held[:axes], self.places[:axes], strict=True)
        return [column for held, places in pairs for column in (held.astype(np.int64), places)]

    def key(self, number: int) -> tuple[FieldKeys, Int64s]:
        """The values of one axis, and which of them each group has."""
        axis, places, held = self.axes[number], self.places[number], self.held[number]
        domain = sorted_distinct(places[held]) if axis.domain is None else axis.domain
        if axis.code_places is None:
            places = np.searchsorted(domain, places)
        nothing = np.zeros(0, np.int64)
        key = FieldKeys(field=axis.field, domain=domain, indexes=nothing, ranks=nothing, has_null=axis.has_null)
        return key, np.where(held, places + 1, 0) if axis.has_null else places

    def sums(self) -> Numbers:
        """The sums, as Python's integers where one of them leaves 64 bits."""
        assert self.sums_low is not None
        assert self.sums_high is not None
        high = self.sums_high + (self.sums_low >> 32)
        low = self.sums_low & (2**32 - 1)
        if not len(high) or (high.min() >= -(2**31) and high.max() < 2**31):
            return (high << 32) + low
        return np.array([(h << 32) + lo for h, lo in zip(high.tolist(), low.tolist(), strict=True)], np.object_)

    def only(self, kept: Mask) -> "Tally":
        """The groups with that flag."""

        def some(column: Int64s | None) -> Int64s | None:
            return None if column is None else column[kept]

        return replace(
            self,
            places=tuple(places[kept] for places in self.places),
            held=tuple(held[kept] for held in self.held),
            counts=self.counts[kept],
            value_counts=some(self.value_counts),
            sums_low=some(self.sums_low),
            sums_high=some(self.sums_high),
            lows=some(self.lows),
            highs=some(self.highs),
        )


def number_rows(columns: Sequence[Int64s], count: int) -> Int64s:
    """The number of each row (one entry per column) among the distinct rows in ascending order.

    >>> number_rows([np.array([1, 0, 1]), np.array([5, 9, 4])], 3).tolist()
    [2, 0, 1]
    """
    numbers = np.zeros(count, np.int64)
    for column in columns:
        values, ranks = squeeze(column)
        # Both factors are at most `count`, so that the product fits.
        numbers = squeeze(numbers * len(values) + ranks)[1]
    return numbers


def aligned_to(base: Tally, other: Tally, column: Int64s) -> Int64s:
    """A column of `other`, group by group of `base`; 0 where `other` has no such group.

    `other` has the axes of `base`, and no group that `base` lacks.
    """
    axes, count = len(base.axes), len(base)
    both = [np.concatenate(pair) for pair in zip(base.columns(axes), other.columns(axes), strict=True)]
    numbers = number_rows(both, count + len(other))
    at = np.zeros(count, np.int64)
    at[numbers[count:]] = column
    return at[numbers[:count]]


def prefix_groups(tally: Tally) -> tuple[Tally, Int64s, Int64s]:
    """The groups on all axes but the last, and from where to where each reaches in the tally, stop excluded."""
    axes = len(tally.axes) - 1
    is_first = np.zeros(len(tally), np.bool_)
    is_first[:1] = True
    for column in tally.columns(axes):
        is_first[1:] |= column[1:] != column[:-1]
    prefixes = tally.only(is_first)
    prefixes = replace(prefixes, axes=tally.axes[:-1], places=prefixes.places[:-1], held=prefixes.held[:-1])
    starts = np.flatnonzero(is_first)
    stops = np.append(starts, len(tally))[1:]
    return prefixes, starts, stops
