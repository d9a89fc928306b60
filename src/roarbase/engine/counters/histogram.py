"""A histogram: how often each number of a range occurs, and what is asked of all of them together.

Sums over blocks of numbers are worked out when they are first asked for, and kept as long as the histogram is: a
percentile then looks at a few thousand of a million counts.
"""

from functools import cached_property

import numpy as np

from roarbase.engine.buffers.arrays import Int64s

__all__ = ["Histogram"]

_BLOCK = 1024
"""Numbers whose counts are added up at once: with a million of them, as many blocks."""


class Histogram:
    """How often a number occurs, and each one behind it. For reading only; the counts must not change.

    Args:
        first: The number that the first count is of.

    >>> few = Histogram(40, np.array([0, 2, 0, 5, 0]))
    >>> few.total, few.distinct, few.bounds(), few.below(43), few.values().tolist()
    (7, 2, (41, 43), 2, [41, 43])
    """

    def __init__(self, first: int, counts: Int64s) -> None:
        self.first = first
        self.counts = counts

    @cached_property
    def distinct(self) -> int:
        """How many numbers occur."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def _before(self) -> Int64s:
        """How many there are before each block; one more for all."""
        whole = len(self.counts) // _BLOCK * _BLOCK
        blocks = [self.counts[:whole].reshape(-1, _BLOCK).sum(axis=1), self.counts[whole:].sum(keepdims=True)]
        before: Int64s = np.concatenate(([0], *blocks)).cumsum()
        return before

    @property
    def total(self) -> int:
        """How many there are, each as often as it occurs."""
        return int(self._before[-1])

    def values(self) -> Int64s:
        """The numbers that occur, ascending."""
        return np.flatnonzero(self.counts) + self.first

    def bounds(self) -> tuple[int, int]:
        """The least and the greatest number that occurs; there is one."""
        first = int(self._before.searchsorted(0, "right")) - 1
        last = int(self._before.searchsorted(self.total)) - 1
        return self.first + int(self._occurring(first)[0]), self.first + int(self._occurring(last)[-1])

    def below(self, number: int) -> int:
        """How many are less than a number."""
        place = min(max(number - self.first, 0), len(self.counts))
        block = place // _BLOCK
        return int(self._before[block]) + int(self.counts[block * _BLOCK : place].sum())

    def _occurring(self, block: int) -> Int64s:
        """Where in a block something occurs."""
        start = block * _BLOCK
        return np.flatnonzero(self.counts[start : start + _BLOCK]) + start
