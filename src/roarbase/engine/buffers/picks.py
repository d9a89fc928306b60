"""Picks: some positions of one shard, in the forms that taking values away wants.

Many positions are worked on through a mask of the whole shard, few of them one by one: what
is cheaper depends on how many there are, and is settled once for all columns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.bits import clear_bits, new_words, set_bits

__all__ = ["Patch", "Pick"]

Patch = Callable[[], None]
"""The rest of a change that was prepared while others read: short, and made by whoever is alone."""

_DENSE = 16
"""From one position in this many on, a pass over the whole array costs less than going to each position."""


class Pick:
    """Positions of one shard.

    Args:
        shard: Its number.
        inside: The positions within it, ascending, each once.
        capacity: How many positions the shard has room for.
        is_whole: No other record exists in the shard.
    """

    def __init__(self, shard: int, inside: Int64s, capacity: int, *, is_whole: bool = False) -> None:
        self.shard = shard
        self.inside = inside
        self.is_whole = is_whole
        self._kept: NDArray[np.uint8] | None = None
        self._words: UInt64s | None = None
        if len(inside) * _DENSE > capacity:
            self._kept = np.ones(capacity, np.uint8)
            self._kept[inside] = 0
            self._words = new_words(capacity)
            set_bits(self._words, inside)

    def __len__(self) -> int:
        return len(self.inside)

    def flags(self, capacity: int) -> Mask:
        """One bool per position, up to this many."""
        flags = np.zeros(capacity, np.bool_)
        flags[self.inside] = True
        return flags

    def zero(self, values: NDArray[np.integer[Any]]) -> None:
        """Set the values of these positions to zero."""
        if self._kept is None:
            values[self.inside] = 0
        else:  # a product reads and writes at memory speed, which no assignment by mask does
            np.multiply(values, self._kept, out=values, casting="unsafe")

    def clear(self, words: UInt64s) -> None:
        """Clear the bits of these positions."""
        if self._words is None:
            clear_bits(words, self.inside)
        else:
            words &= ~self._words
