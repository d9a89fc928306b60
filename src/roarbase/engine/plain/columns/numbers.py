"""Numbers: one int64 per record, and a flag that tells a number from none."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s, Mask, ShardedArray

__all__ = ["NumberColumn"]


class NumberColumn:
    """The values of an int, decimal or timestamp field, in its unit."""

    def __init__(self, width: int) -> None:
        self._values: ShardedArray[np.int64] = ShardedArray(np.int64, width)
        self._held: ShardedArray[np.bool_] = ShardedArray(np.bool_, width)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._values.nbytes + self._held.nbytes

    def put(self, positions: Int64s, values: Int64s, is_value: Mask) -> None:
        """Replace the value of each position, or clear it; of a position given twice, the later stays."""
        self._values.put(positions, values)
        self._held.put(positions, is_value)

    def held(self, size: int) -> Mask:
        """Which records have a value."""
        return self._held.whole(size)

    def matching(self, test: Callable[[Int64s], Mask], size: int) -> Mask:
        """Which records have a value that passes the test."""
        return test(self._values.whole(size)) & self._held.whole(size)

    def values_at(self, positions: Int64s) -> tuple[Int64s, Mask]:
        """The value of each position, and whether there is one."""
        return self._values.take(positions), self._held.take(positions)

    def members(self, positions: Int64s) -> tuple[Int64s, NDArray[np.int64]]:
        """The values of these records, as pairs of (index into `positions`, value)."""
        values, held = self.values_at(positions)
        if held.all():
            return np.arange(len(positions)), values
        return np.flatnonzero(held), values[held]

    def hold_members(self, positions: Int64s) -> Callable[[], tuple[Int64s, Int64s]]:
        """The members as of now, given when asked for: copied at once, since values are written in place."""
        members = self.members(positions)
        return lambda: members
