"""Selections: which records a filter selects, as one bitmap over all positions that is ours to keep."""

from collections.abc import Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.bits import clear_bits, count_bits, has_bits, new_words, positions_of, set_bits
from roarbase.engine.filters.filter import Filter
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.operators.scan import Scan

__all__ = ["Selection"]

_SHARD_WORDS = SHARD_POSITIONS // WORD_BITS
_SHARD_BYTES = SHARD_POSITIONS // 8
_PART_WORDS = 1024


class Selection:
    """A set of positions; an eighth of a byte each, up to the last shard."""

    def __init__(self, words: UInt64s) -> None:
        self._words = words

    @property
    def words(self) -> UInt64s:
        """The bitmap, for reading only: all shards, one behind the other."""
        return self._words

    @classmethod
    def of(cls, scan: Scan, among: Filter) -> "Selection":
        """What a filter selects now: one kernel call."""
        shards = len(scan.table.extents)
        words = new_words(shards * SHARD_POSITIONS)
        if not among.is_nothing:
            addresses = words.ctypes.data + _SHARD_BYTES * np.arange(shards, dtype=np.int64)
            scan.kernels.bitmap(scan.slots.shards(), among.program(), addresses)
        return cls(words)

    def __len__(self) -> int:
        return count_bits(self._words)

    def has(self, positions: Int64s) -> Mask:
        """Which of these positions are in it; they may lie behind its end."""
        found = positions < len(self._words) * WORD_BITS
        found[found] = has_bits(self._words, positions[found])
        return found

    def add(self, positions: Int64s) -> None:
        """Add positions that are not behind its end."""
        set_bits(self._words, positions)

    def drop(self, positions: Int64s) -> None:
        """Take positions out, those behind its end included."""
        clear_bits(self._words, positions[positions < len(self._words) * WORD_BITS])

    def lengthened(self, other: "Selection") -> "Selection":
        """The same, with room for all that another one may hold."""
        missing = len(other._words) - len(self._words)
        return self if missing <= 0 else Selection(np.append(self._words, new_words(missing * WORD_BITS)))

    def without(self, other: "Selection") -> "Selection":
        """What is in this one and not in the other, which has as much room."""
        words = self._words.copy()
        words &= ~other._words[: len(words)]
        return Selection(words)

    def pieces(self, most: int) -> Iterator[Int64s]:
        """Its positions, ascending, about `most` at a time and never more than twice as many."""
        gathered: list[Int64s] = []
        count = 0
        for start in range(0, len(self._words), _PART_WORDS):
            part = self._words[start : start + _PART_WORDS]
            if part.any():
                gathered.append(positions_of(part) + start * WORD_BITS)
                count += len(gathered[-1])
            if count >= most:
                yield np.concatenate(gathered)
                gathered, count = [], 0
        if gathered:
            yield np.concatenate(gathered)
