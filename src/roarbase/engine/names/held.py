"""Positions held back: their records are deleted, and no snapshot covers the deletion yet.

Until it does, a start may rebuild the deleted record from an older snapshot or from the log: were its
position another record's by then, one would be taken for the other.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, sorted_distinct

__all__ = ["HeldPositions"]

_FIRST_LENGTH = 64


class HeldPositions:
    """Freed positions with the sequence numbers of their deletions; 12 bytes each.

    A position may be freed, taken again by the same id and freed once more: it is held until the last
    of these deletions is covered.

    >>> held = HeldPositions()
    >>> held.add(np.array([7, 3]), 5)
    >>> held.add(np.array([3]), 9)
    >>> held.release(8).tolist()
    [7]
    """

    def __init__(self) -> None:
        self._positions = np.zeros(0, np.uint32)
        self._sequences = np.zeros(0, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._positions.nbytes + self._sequences.nbytes

    def add(self, positions: Int64s, sequence: int) -> None:
        """Hold positions back, which the deletion with this sequence number freed."""
        stop = self._size + len(positions)
        if stop > len(self._positions):
            length = max(_FIRST_LENGTH, 2 * len(self._positions), stop)
            self._positions = _lengthened(self._positions, length)
            self._sequences = _lengthened(self._sequences, length)
        self._positions[self._size : stop] = positions
        self._sequences[self._size : stop] = sequence
        self._size = stop

    def take_back(self, count: int) -> None:
        """Forget the `count` positions that were added last."""
        self._size -= count

    def release(self, up_to_sequence: int) -> Int64s:
        """Let go of what deletions up to this sequence number freed.

        Returns:
            The positions that no later deletion holds, each once, ascending.
        """
        positions, sequences = self._positions[: self._size], self._sequences[: self._size]
        is_covered = sequences <= up_to_sequence
        released = sorted_distinct(positions[is_covered].astype(np.int64))
        self._positions, self._sequences = positions[~is_covered], sequences[~is_covered]
        self._size = len(self._positions)
        return released[~np.isin(released, self._positions)]


def _lengthened(array: NDArray[Any], length: int) -> NDArray[Any]:
    longer = np.zeros(length, array.dtype)
    longer[: len(array)] = array
    return longer
