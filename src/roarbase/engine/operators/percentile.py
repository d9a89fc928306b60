"""Percentile: a number with a given part of the values below it, found by halving the range.

How many values lie below and above a number is what the search asks again and again. Where the
values are few enough to be counted one by one, that is a look-up; over a wider range each question
is a count by the kernels, until the range that is left is narrow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from roarbase.engine.counters.histogram import Histogram
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.number_range import between
from roarbase.engine.grouping.histogram import histogram_between, histogram_or_none
from roarbase.engine.operators.numbers import extreme_of, holders_of, total_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Percentile
from roarbase.engine.tables.fields import NumberField
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.model.results import ValueCountResult

__all__ = ["percentile"]

_NARROW = 2**20
"""Numbers of a range that is counted one by one."""

_Bounds = tuple[int, int]


class _Ranks(Protocol):
    """Where numbers stand among the selected values."""

    @property
    def total(self) -> int:
        """How many values there are."""
        ...

    def bounds(self) -> _Bounds:
        """The least and the greatest of them; there is one."""
        ...

    def below(self, number: int) -> int:
        """How many values are less."""
        ...

    def above(self, number: int) -> int:
        """How many values are greater."""
        ...

    def holders(self, number: int) -> int:
        """How many values are this number."""
        ...

    def search(self, bounds: _Bounds, most: _Bounds) -> int:
        """A number with at most so many values below and above, by halving a range."""
        ...


@dataclass(frozen=True, slots=True)
class _Tallied:
    """Ranks by look-up.

    Attributes:
        before: How many of the selected values lie below the first number of the histogram.
        total: How many are selected, these and those behind its last number included.
    """

    histogram: Histogram
    before: int
    total: int

    def bounds(self) -> _Bounds:
        return self.histogram.bounds()

    def below(self, number: int) -> int:
        return self.before + self.histogram.below(number)

    def above(self, number: int) -> int:
        return self.total - self.below(number + 1)

    def holders(self, number: int) -> int:
        return self.below(number + 1) - self.below(number)

    def search(self, bounds: _Bounds, most: _Bounds) -> int:
        return _halve(self, bounds, most)[0]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Ranks by counting anew."""

    scan: Scan
    among: Filter
    field: NumberField
    total: int

    def bounds(self) -> _Bounds:
        least, greatest = (extreme_of(self.scan, self.among, self.field, greatest=g) for g in (False, True))
        assert least is not None
        assert greatest is not None
        return least.value, greatest.value

    def below(self, number: int) -> int:
        return self.scan.count(self._between(INT64_MIN, number - 1))

    def above(self, number: int) -> int:
        return self.scan.count(self._between(number + 1, INT64_MAX))

    def holders(self, number: int) -> int:
        return holders_of(self.scan, self.among, self.field, number)

    def search(self, bounds: _Bounds, most: _Bounds) -> int:
        low, high = bounds = _halve(self, bounds, most, until=_NARROW)
        narrow = histogram_between(self.scan, self._between(low, high), self.field, low, high)
        return _Tallied(narrow, self.below(low), self.total).search(bounds, most)

    def _between(self, low: int, high: int) -> Filter:
        return all_of((self.among, between(self.scan, self.field, low, high)))


def percentile(scan: Scan, plan: Percentile) -> Callable[[], ValueCountResult]:
    """The number, and how many records it stands for."""
    field = scan.numbers(plan.field, "Percentile")
    if not 0 <= plan.nth <= 100:
        raise BadRequest(f"nth is {float(plan.nth):g}: a percentile is between 0 and 100")
    value, count = _value(plan, _ranks(scan, selected(scan, plan.input), field))
    return lambda: ValueCountResult(value=value, count=count, type=field.type, scale=field.spec.places)


def _ranks(scan: Scan, among: Filter, field: NumberField) -> _Ranks:
    histogram = histogram_or_none(scan, among, field)
    if histogram is None:
        return _Counted(scan, among, field, total_of(scan, among, field)[0])
    return _Tallied(histogram, 0, histogram.total)


def _value(plan: Percentile, ranks: _Ranks) -> tuple[int | None, int]:
    if not ranks.total:
        return None, 0
    below, above = int(ranks.total * plan.nth / 100), int(ranks.total * (100 - plan.nth) / 100)
    low, high = ranks.bounds()
    if not above:
        return high, ranks.holders(high)
    if not below:
        return low, ranks.holders(low)
    return ranks.search((low, high), (below, above)), 1


def _halve(ranks: _Ranks, bounds: _Bounds, most: _Bounds, *, until: int = 0) -> _Bounds:
    """What is left of a range once it is this narrow, or the number alone if that is found before."""
    low, high = bounds
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
