"""One bit per position, shard by shard; shards without a bit that was ever set take no memory."""

from collections.abc import Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, greatest
from roarbase.engine.buffers.bits import (
    clear_bits,
    count_bits,
    has_stretch,
    positions_of,
    set_bits,
    set_stretch,
)
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.kernels.port import WORD_BITS
from roarbase.engine.kernels.writes.port import HasWrites

__all__ = ["ShardBits"]

_FIRST_WORDS = 8


class ShardBits:
    """A set of positions.

    Args:
        bits: log2 of the positions in a shard.

    Attributes:
        counts: How many positions of each shard are in it.
        nbytes: The size of the buffers.
        stop: From here on none was ever in it.
    """

    def __init__(self, bits: int, kernels: HasWrites) -> None:
        self._bits = bits
        self._kernels = kernels
        self._inside = (1 << bits) - 1
        self._words: list[UInt64s] = []
        self._addresses, self._lengths = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.counts: list[int] = []
        self.nbytes = 0
        self.stop = 0

    def __len__(self) -> int:
        return sum(self.counts)

    def has(self, positions: Int64s) -> Mask:
        """Whether each position is in it."""
        found = np.zeros(len(positions), np.bool_)
        if self._words:
            flags = found.view(np.uint8)
            self._kernels.writes.has_bits(self._addresses, self._lengths, self._bits, positions, flags)
        return found

    def reserve(self, positions: Int64s) -> None:
        """Have room for these positions."""
        for shard, where in shard_slices(positions, self._bits):
            self._lengthen(shard, (int(positions[where].max()) & self._inside) + 1)

    def _lengthen(self, shard: int, length: int) -> None:
        more = shard + 1 - len(self._words)
        if more > 0:
            self._words += [np.zeros(0, np.uint64)] * more
            self.counts += [0] * more
            self._addresses, self._lengths = np.pad(self._addresses, (0, more)), np.pad(self._lengths, (0, more))
        old, needed = self._words[shard], -(-length // WORD_BITS)
        if len(old) < needed:
            longer = np.zeros(max(_FIRST_WORDS, 2 * len(old), 1 << (needed - 1).bit_length()), np.uint64)
            longer[: len(old)] = old
            self._words[shard] = longer
            self.nbytes += longer.nbytes - old.nbytes
            self._addresses[shard], self._lengths[shard] = longer.ctypes.data, len(longer) * WORD_BITS

    def add(self, positions: Int64s) -> None:
        """Put positions in that are not in it, all different, there being room for them."""
        for shard, where in shard_slices(positions, self._bits):
            set_bits(self._words[shard], positions[where] & self._inside)
            self.counts[shard] += len(where)
            self.stop = max(self.stop, greatest(positions[where]) + 1)

    def has_any(self, positions: range) -> bool:
        """Whether any of some consecutive positions is in it."""
        if positions.start >= self.stop:
            return False
        parts = (part for part in self._parts(positions) if part[0] < len(self._words))
        return any(has_stretch(self._words[shard], start, stop) for shard, start, stop in parts)

    def add_all(self, positions: range) -> None:
        """Put consecutive positions in that are not in it."""
        for shard, start, stop in self._parts(positions):
            self._lengthen(shard, stop)
            set_stretch(self._words[shard], start, stop)
            self.counts[shard] += stop - start
        self.stop = max(self.stop, positions.stop)

    def _parts(self, positions: range) -> Iterator[tuple[int, int, int]]:
        """Consecutive positions by shard: from where to where they stand inside."""
        at = positions.start
        while at < positions.stop:
            shard = at >> self._bits
            start = shard << self._bits
            stop = min(positions.stop, start + self._inside + 1)
            yield shard, at - start, stop - start
            at = stop

    def remove(self, positions: Int64s) -> None:
        """Take positions out that are in it, all different."""
        for shard, where in shard_slices(positions, self._bits):
            clear_bits(self._words[shard], positions[where] & self._inside)
            self.counts[shard] -= len(where)

    def first(self, count: int) -> Int64s:
        """The lowest positions in it, at most so many."""
        found = [np.zeros(0, np.int64)]
        for shard, held in enumerate(self.counts):
            if count <= 0:
                break
            if held:
                words = self._words[shard]
                enough = int(np.searchsorted(np.cumsum(np.bitwise_count(words), dtype=np.int64), count)) + 1
                found.append(positions_of(words[:enough])[:count] + (shard << self._bits))
                count -= len(found[-1])
        return np.concatenate(found)

    def words_of(self, shard: int) -> UInt64s:
        """The bits of a shard, as far as it has room for any."""
        return self._words[shard] if shard < len(self._words) else np.zeros(0, np.uint64)

    def last_in(self, shard: int) -> Int64s:
        """The highest position of a shard that is in it; nothing if none is."""
        words = self.words_of(shard)
        used = np.flatnonzero(words)[-1:]
        start = (shard << self._bits) + used * WORD_BITS
        found: Int64s = positions_of(words[used])[-1:] + start
        return found

    def load(self, shard: int, words: UInt64s) -> None:
        """Have these bits in a shard that has none."""
        self._lengthen(shard, max(len(words), 1) * WORD_BITS)
        self._words[shard][: len(words)] = words
        self.counts[shard] = count_bits(words)
        self.stop = max(self.stop, (shard << self._bits) + len(words) * WORD_BITS)

    def count_in(self, shard: int) -> int:
        """How many positions of a shard are in it."""
        return self.counts[shard] if shard < len(self.counts) else 0
