"""Positions held back: their records are deleted, and no snapshot covers the deletion yet.

Until it does, a start may rebuild the deleted record from an older snapshot or from the log: were its
position another record's by then, one would be taken for the other.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, sorted_distinct
from roarbase.engine.names.growing import Growing

__all__ = ["HeldPositions"]

_UInt32s = NDArray[np.uint32]


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
        self._positions: Growing[np.uint32] = Growing(np.uint32)
        self._sequences: Growing[np.int64] = Growing(np.int64)

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._positions.nbytes + self._sequences.nbytes

    def add(self, positions: Int64s, sequence: int) -> None:
        """Hold positions back, which the deletion with this sequence number freed."""
        self._positions.extend(positions.astype(np.uint32))
        self._sequences.extend(np.full(len(positions), sequence, np.int64))

    def between(self, start: int, stop: int) -> tuple[_UInt32s, Int64s]:
        """The positions from `start` up to `stop` that are held back, with the numbers of their deletions; copies."""
        positions = self._positions.values
        here = (positions >= start) & (positions < stop)
        return positions[here], self._sequences.values[here]

    def load(self, positions: _UInt32s, sequences: Int64s) -> None:
        """Hold back what `between` told of."""
        self._positions.extend(positions)
        self._sequences.extend(sequences)

    def take_back(self, count: int) -> None:
        """Forget the `count` positions that were added last."""
        size = len(self) - count
        self._positions.truncate(size)
        self._sequences.truncate(size)

    def release(self, up_to_sequence: int) -> Int64s:
        """Let go of what deletions up to this sequence number freed.

        Returns:
            The positions that no later deletion holds, each once, ascending.
        """
        positions, sequences = self._positions.values, self._sequences.values
        is_covered = sequences <= up_to_sequence
        released = sorted_distinct(positions[is_covered].astype(np.int64))
        self._positions.replace(positions[~is_covered])
        self._sequences.replace(sequences[~is_covered])
        return released[~np.isin(released, self._positions.values)]
