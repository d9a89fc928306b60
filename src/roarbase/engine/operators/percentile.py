"""Percentile: a number with a given part of the values below it, found by halving the range.

How many values lie below and above a number is what the search asks again and again. Where the
values are few enough to be counted one by one, that is a look-up; over a wider range each question
is a count by the kernels, until the range that is left is narrow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.number_range import between
from roarbase.engine.grouping.axes import axis_of
from roarbase.engine.grouping.counting import count_groups
from roarbase.engine.grouping.dense import is_countable
from roarbase.engine.kernels.port import Stats
from roarbase.engine.operators.numbers import holders_of, stats_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Percentile
from roarbase.engine.tables.fields import NumberField
from roarbase.errors import BadRequest
from roarbase.model.results import ValueCountResult

__all__ = ["percentile"]

_NARROW = 2**20
"""Numbers of a range that is counted one by one."""


class _Ranks(Protocol):
    """Where numbers stand among the selected values."""

    def below(self, number: int) -> int:
        """How many values are less."""
        ...

    def above(self, number: int) -> int:
        """How many values are greater."""
        ...


@dataclass(frozen=True, slots=True)
class _Tallied:
    """Ranks by look-up.

    Attributes:
        values: The selected values of a range, ascending, each once.
        counts: How many lie before each of them, those below the range included; one more for the end.
        total: How many values are selected, in the range and outside.
    """

    values: Int64s
    counts: Int64s
    total: int

    def below(self, number: int) -> int:
        return int(self.counts[np.searchsorted(self.values, number, "left")])

    def above(self, number: int) -> int:
        return self.total - int(self.counts[np.searchsorted(self.values, number, "right")])


@dataclass(frozen=True, slots=True)
class _Counted:
    """Ranks by counting anew."""

    scan: Scan
    among: Filter
    field: NumberField
    low: int
    high: int

    def below(self, number: int) -> int:
        return self._count(self.low, number - 1)

    def above(self, number: int) -> int:
        return self._count(number + 1, self.high)

    def _count(self, low: int, high: int) -> int:
        return self.scan.count(all_of((self.among, between(self.scan, self.field, low, high))))


def percentile(scan: Scan, plan: Percentile) -> Callable[[], ValueCountResult]:
    """The number, and how many records it stands for."""
    field = scan.numbers(plan.field, "Percentile")
    if not 0 <= plan.nth <= 100:
        raise BadRequest(f"nth is {float(plan.nth):g}: a percentile is between 0 and 100")
    value, count = _value(scan, plan, selected(scan, plan.input), field)
    return lambda: ValueCountResult(value=value, count=count, type=field.type, scale=field.spec.places)


def _value(scan: Scan, plan: Percentile, among: Filter, field: NumberField) -> tuple[int | None, int]:
    stats = stats_of(scan, among, field)
    if stats.low is None or stats.high is None:
        return None, 0
    below, above = int(stats.count * plan.nth / 100), int(stats.count * (100 - plan.nth) / 100)
    if not above:
        return stats.high, holders_of(scan, among, field, stats.high)
    if not below:
        return stats.low, holders_of(scan, among, field, stats.low)
    return _search(scan, among, field, stats, (below, above)), 1


def _search(scan: Scan, among: Filter, field: NumberField, stats: Stats, most: tuple[int, int]) -> int:
    """A number with at most so many values below and above, by halving the range of all values."""
    assert stats.low is not None
    assert stats.high is not None
    low, high, below = stats.low, stats.high, 0
    if not is_countable((axis_of(field),)):
        counted = _Counted(scan, among, field, low, high)
        low, high = _halve(counted, low, high, most, until=_NARROW)
        among, below = all_of((among, between(scan, field, low, high))), counted.below(low)
    tally = count_groups(scan, among, (axis_of(field),))
    counts = below + np.append(0, np.cumsum(tally.counts))
    return _halve(_Tallied(tally.places[0], counts, stats.count), low, high, most)[0]


def _halve(ranks: _Ranks, low: int, high: int, most: tuple[int, int], *, until: int = 0) -> tuple[int, int]:
    """What is left of a range once it is this narrow, or the number alone if that is found before."""
    while high - low > until:
        middle = _middle(low, high)
        if ranks.below(middle) > most[0]:
            high = middle - 1
        elif ranks.above(middle) > most[1]:
            low = middle + 1
        else:
            return middle, middle
    return low, high


def _middle(low: int, high: int) -> int:
    """Half the sum, cut toward zero."""
    total = low + high
    return total // 2 if total >= 0 else -(-total // 2)
