"""Ids numbered in order of first use: records of a table without keys, rows of a field without."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, ShardedArray, UInt64s
from roarbase.engine.names.held import HeldPositions
from roarbase.engine.names.record_names import FreedNames
from roarbase.engine.names.runs import NumberedRuns
from roarbase.errors import ResourceLimitExceeded

__all__ = ["MAXIMUM_NUMBERS", "IdIndex"]

MAXIMUM_NUMBERS = 2**32 - 1
"""Numbers are kept in 32 bits, and columns keep a number plus one."""


class IdIndex:
    """Ids (uint64) and their numbers, both ways; about 20 bytes per id.

    >>> index = IdIndex()
    >>> index.add(np.array([70, 7, 70], dtype=np.uint64))[0].tolist()
    [0, 1, 0]
    """

    def __init__(self, *, width: int = 2**20, first_length: int = 16) -> None:
        self._ids: ShardedArray[np.uint64] = ShardedArray(np.uint64, width, first_length)
        self._numbers = NumberedRuns()
        self._held = HeldPositions()
        self._size = 0
        self._rising = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._ids.nbytes + self._numbers.nbytes + self._held.nbytes

    @property
    def is_rising(self) -> bool:
        """Whether the order of numbers is the order of ids."""
        return self._rising == self._size

    def find(self, ids: UInt64s) -> Int64s:
        """The number of each id, or -1."""
        return self._numbers.find(ids)

    def ids_at(self, numbers: Int64s) -> UInt64s:
        """The ids with these numbers."""
        return self._ids.take(numbers)

    def all_ids(self) -> UInt64s:
        """All ids in order of number, for reading only."""
        return self._ids.whole(self._size)

    def add(self, ids: UInt64s) -> tuple[Int64s, UInt64s]:
        """The number of each id; the new ones are entered in order of first occurrence and returned."""
        numbers = self.find(ids)
        missing = np.flatnonzero(numbers < 0)
        if not len(missing):
            return numbers, ids[:0]
        unique, first_places, inverse = np.unique(ids[missing], return_index=True, return_inverse=True)
        by_occurrence = np.argsort(first_places)
        rank = np.empty(len(unique), np.int64)
        rank[by_occurrence] = np.arange(len(unique))
        numbers[missing] = self._size + rank[inverse]
        new_ids = unique[by_occurrence]
        self.extend(new_ids)
        return numbers, new_ids

    def extend(self, new_ids: UInt64s) -> None:
        """Enter ids that are not known, each given once, under the next numbers."""
        if self._size + len(new_ids) > MAXIMUM_NUMBERS:
            raise ResourceLimitExceeded(f"more than {MAXIMUM_NUMBERS} different ids are not supported")
        self._note_order(new_ids)
        self._ids.write(self._size, new_ids)
        self._numbers.add(new_ids, self._size)
        self._size += len(new_ids)

    def truncate(self, size: int) -> None:
        """Forget the ids numbered `size` and above."""
        if size < self._size:
            self._numbers.truncate(size)
            self._size = size
            self._rising = min(self._rising, size)

    # ---- records that are deleted; see `RecordNames` ---------------------------------------

    def free(self, positions: Int64s, sequence: int) -> FreedNames:
        """Forget the ids of records that are deleted; see `RecordNames.free`."""
        freed = FreedNames(positions, self.ids_at(positions))
        self._numbers.forget(positions)
        self._held.add(positions, sequence)
        return freed

    def restore(self, freed: FreedNames) -> None:
        """Undo a `free`; see `RecordNames.restore`."""
        assert isinstance(freed.names, np.ndarray)
        self._numbers.enter(freed.names, freed.positions)
        self._held.take_back(len(freed.positions))

    def release(self, up_to_sequence: int) -> None:
        """Give freed positions to others; see `RecordNames.release`."""
        self._held.release(up_to_sequence)

    def gather(self, positions: Int64s) -> Callable[[], list[int]]:
        """The ids at these positions; see `RecordNames.gather`."""
        return self.ids_at(positions).tolist

    def _note_order(self, new_ids: UInt64s) -> None:
        """Lengthen the leading stretch in which ids rise with their numbers."""
        if not self.is_rising or not len(new_ids):
            return
        if self._size and new_ids[0] <= self._ids.take(np.array([self._size - 1]))[0]:
            return
        falls = np.flatnonzero(new_ids[1:] <= new_ids[:-1])
        self._rising += int(falls[0]) + 1 if len(falls) else len(new_ids)
