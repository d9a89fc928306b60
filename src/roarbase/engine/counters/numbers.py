"""Count and sum of a number field, and how often each value occurs where there are few values."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, greatest, least
from roarbase.engine.buffers.pieces import Piece, Pieces
from roarbase.engine.buffers.stretch import NewNumbers
from roarbase.engine.buffers.totals import exact_sum
from roarbase.engine.counters.histogram import Histogram
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["Loss", "NumberCounters", "summary_pieces"]

_MAXIMUM_SPAN = 2**20
"""A histogram of more values (8 MB) is not kept: reading it would cost as much as reading the column."""

_SMALL_SPAN = 2**12
_SPAN_PER_VALUE = 4
"""Beyond a small span, the histogram waits until there is one value for every four of its cells."""

_KEPT_SPAN_PER_VALUE = 16
"""Once there it stays for longer, so that values that come and go do not have it made again and again."""


_HALF_BITS = 32
"""A total may leave 64 bits: snapshots keep it in two halves."""


class Loss:
    """Values that a field will lose, added up.

    Args:
        start: The value that the first cell of the field's histogram is about.
        length: How many cells it has; 0 for none.
    """

    def __init__(self, start: int, length: int) -> None:
        self.count = 0
        self.total = 0
        self.cells = np.zeros(length, np.int64)
        self._start = start

    def add(self, values: Int64s) -> None:
        """Have these values lost too."""
        self.count += len(values)
        self.total += exact_sum(values)
        if len(self.cells):
            np.add.at(self.cells, values - self._start, 1)


class NumberCounters:
    """What is known of all values of a field together.

    Attributes:
        count: How many records have a value.
        total: The sum of these, exact.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self._low, self._high = INT64_MAX, INT64_MIN
        self._start = 0
        self._cells: Int64s | None = None
        self._told: Histogram | None = None
        """What was told of the cells as they are now: whoever changes them forgets it."""

    @property
    def nbytes(self) -> int:
        return 0 if self._cells is None else self._cells.nbytes

    def replace(self, old: Int64s, new: Int64s, everything: Callable[[], Iterable[Int64s]]) -> None:
        """Count the new values and no more the old ones; `everything` gives all values, the new included."""
        self._told = None
        self.count += len(new) - len(old)
        if len(new):
            self._low, self._high = min(self._low, least(new)), max(self._high, greatest(new))
        self.total += self._sum(new) - self._sum(old)
        if not self.count:
            self._clear()
        elif not self._is_worth_a_histogram():
            self._cells = None
        elif self._cells is None:
            self._fit()
            for values in everything():
                self._add(values, 1)
        else:
            self._fit()
            self._exchange(old, new)

    def load(self, pieces: Pieces) -> None:
        """Count what `summary_pieces` summed up in one shard that is not counted yet."""
        if "summary" not in pieces:
            return
        self._told = None
        count, upper, lower, low, high = pieces["summary"].values.tolist()
        knows_all = not self.count or self._cells is not None
        self.count += count
        self.total += (upper << _HALF_BITS) + lower
        self._low, self._high = min(self._low, low), max(self._high, high)
        cells = pieces.get("histogram")
        if cells is None or not knows_all or self._high - self._low >= _MAXIMUM_SPAN:
            self._cells = None
            return
        self._fit()
        assert self._cells is not None
        start = low - self._start
        self._cells[start : start + len(cells.values)] += cells.values.astype(np.int64)

    def settle_loaded(self, everything: Callable[[], Iterable[Int64s]]) -> None:
        """Have a histogram if one is worth it: what was written to some shards before others came may have ended it."""
        self._told = None
        if self.count and self._cells is None and self._is_worth_a_histogram():
            self._fit()
            for values in everything():
                self._add(values, 1)

    def loss(self) -> "Loss":
        """Nothing lost yet: to add up what `subtract` is to take away, while others still read."""
        return Loss(self._start, 0 if self._cells is None else len(self._cells))

    def subtract(self, loss: "Loss") -> None:
        """Count no more what was lost."""
        self._told = None
        self.count -= loss.count
        self.total -= loss.total
        if self._cells is not None:
            self._cells -= loss.cells
        if not self.count:
            self._clear()

    def append(self, numbers: NewNumbers, everything: Callable[[], Iterable[Int64s]]) -> None:
        """Count the numbers of new records; `everything` gives all values, these included."""
        offsets = numbers.offsets
        if not len(offsets):
            return
        low, high = numbers.bounds
        self._told = None
        self.count += len(offsets)
        self.total += numbers.base * len(offsets) + _sum(offsets)
        self._low, self._high = min(self._low, low), max(self._high, high)
        if not self._is_worth_a_histogram():
            self._cells = None
        elif self._cells is None:
            self._fit()
            for values in everything():
                self._add(values, 1)
        else:
            self._fit()
            self._add_near(numbers, low, high)

    def values_or_none(self) -> tuple[Int64s, Int64s] | None:
        """The distinct values, ascending, and how often each occurs; None where that is not kept."""
        if not self.count:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if self._cells is None:
            return None
        places = np.flatnonzero(self._cells)
        return places + self._start, self._cells[places]

    def histogram_or_none(self) -> Histogram | None:
        """How often each number occurs, as of now; None where that is not kept."""
        if self._told is None and self._cells is not None:
            self._told = Histogram(self._start, self._cells)
        return self._told

    def extent_or_none(self) -> tuple[int, int] | None:
        """The least and the greatest value met so far, of which some may be no more; None where there is none."""
        return (self._low, self._high) if self.count else None

    def bounds_or_none(self) -> tuple[int, int] | None:
        """The least and the greatest value; None where that is not kept, or there is none."""
        if self._cells is None or not self.count:
            return None
        low, high = self._low - self._start, self._high - self._start
        if not (self._cells[low] and self._cells[high]):  # values at the ends have been replaced
            used = np.flatnonzero(self._cells)
            low, high = int(used[0]), int(used[-1])
        return low + self._start, high + self._start

    def count_between_or_none(self, low: int, high: int) -> int | None:
        """How many values there are from `low` to `high`, both included; None where that is not kept."""
        histogram = self.histogram_or_none()
        if histogram is None:
            return None if self.count else 0
        return histogram.below(high + 1) - histogram.below(low) if low <= high else 0

    def _is_worth_a_histogram(self) -> bool:
        span = self._high - self._low + 1
        share = _SPAN_PER_VALUE if self._cells is None else _KEPT_SPAN_PER_VALUE
        return 0 < span <= _SMALL_SPAN or 0 < span <= min(_MAXIMUM_SPAN, share * self.count)

    def _clear(self) -> None:
        """Begin anew: no value is left that any bound or cell is about."""
        self._low, self._high = INT64_MAX, INT64_MIN
        self._cells = None

    def _fit(self) -> None:
        """Have a cell for every value met so far."""
        old, start = self._cells, self._start
        if old is not None and start <= self._low and self._high < start + len(old):
            return
        span = self._high - self._low + 1
        length = 1 << (span - 1).bit_length()
        self._start = min(max(self._low - (length - span) // 2, INT64_MIN), INT64_MAX - length + 1)
        self._cells = np.zeros(length, np.int64)
        if old is not None:
            places = np.flatnonzero(old)
            self._cells[places + (start - self._start)] = old[places]

    def _add_near(self, numbers: NewNumbers, low: int, high: int) -> None:
        """Count numbers that lie close together in one pass, without widening them."""
        assert self._cells is not None
        lowest = low - numbers.base
        if lowest < 0 or high - numbers.base > _SPAN_PER_VALUE * len(numbers.offsets):
            self._add(numbers.offsets.astype(np.int64) + numbers.base, 1)
            return
        counts = np.bincount(numbers.offsets)[lowest:]
        start = low - self._start
        self._cells[start : start + len(counts)] += counts

    def _sum(self, values: Int64s) -> int:
        """The exact sum of values met before; in one pass where they are too small and too few to leave 64 bits."""
        is_small = max(abs(self._low), abs(self._high)) * len(values) <= INT64_MAX
        return int(values.sum()) if is_small else exact_sum(values)

    def _exchange(self, old: Int64s, new: Int64s) -> None:
        """Count the new values in the histogram, and the old ones no more."""
        assert self._cells is not None
        length = len(self._cells)
        if length > _SMALL_SPAN:
            self._add(old, -1)
            self._add(new, 1)
        else:  # a third of the time, while adding up the cells costs less than walking the values
            self._cells += np.bincount(new - self._start, minlength=length)
            self._cells -= np.bincount(old - self._start, minlength=length)

    def _add(self, values: Int64s, times: int) -> None:
        assert self._cells is not None
        np.add.at(self._cells, values - self._start, times)


def _sum(offsets: NDArray[np.integer[Any]]) -> int:
    """The exact sum of numbers of any width."""
    return exact_sum(offsets.astype(np.int64)) if offsets.itemsize == 8 else int(np.add.reduce(offsets, dtype=np.int64))


def summary_pieces(values: Int64s, *, with_histogram: bool) -> list[Piece]:
    """What a snapshot keeps of the values in one shard: count, total, least and greatest; and how often each occurs."""
    if not len(values):
        return []
    low, high, total = int(values.min()), int(values.max()), exact_sum(values)
    halves = total >> _HALF_BITS, total & ((1 << _HALF_BITS) - 1)
    pieces = [Piece("summary", np.array([len(values), *halves, low, high], np.int64))]
    if with_histogram and high - low < _MAXIMUM_SPAN:
        pieces.append(Piece("histogram", np.bincount(values - low).astype(np.uint32), low))
    return pieces
