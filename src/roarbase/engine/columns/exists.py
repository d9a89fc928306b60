"""Which records exist: one bitmap per shard, always there."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, ShardedArray, UInt64s
from roarbase.engine.buffers.bits import change_bits, count_bits, has_bits, has_stretch, new_words, set_stretch, to_mask
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Pick
from roarbase.engine.buffers.pieces import Image, Piece, Pieces, copy_of, no_pieces
from roarbase.engine.buffers.stretch import Stretch
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.kernels.writes.port import HasWrites

__all__ = ["ExistsColumn"]

_IN_SHARD = SHARD_POSITIONS - 1


class ExistsColumn(ShardedArray[np.bool_]):
    """One bit per position, to be used wherever an array of bools per position is.

    Attributes:
        buffers: One slot.
        counts: How many records exist, by shard, int64.
        changes: Counts up whenever a record may have come or gone: writes to records that are there leave it.
    """

    def __init__(self, kernels: HasWrites) -> None:
        super().__init__(np.bool_, SHARD_POSITIONS)
        self._kernels = kernels
        self._capacities = np.zeros(0, np.int64)
        self.buffers = Buffers(1)
        self.counts = np.zeros(0, np.int64)
        self.changes = 0

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes

    @property
    def total(self) -> int:
        """How many records exist."""
        return int(self.counts.sum())

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        self.buffers.extend(shards=shard + 1)
        more = (0, self.buffers.shards - len(self.counts))
        self.counts, self._capacities = np.pad(self.counts, more), np.pad(self._capacities, more)
        self._capacities[shard] = max(capacity, int(self._capacities[shard]))
        if self.buffers.get(0, shard) is None:
            self.buffers.put(0, shard, new_words(capacity))
        else:
            self.buffers.lengthen(0, shard, capacity // WORD_BITS)

    def words(self, shard: int) -> UInt64s:
        """The bitmap of a shard; of one without room for a record, nothing."""
        words = self.buffers.get(0, shard)
        return new_words(0) if words is None else words

    def put(self, positions: Int64s, values: Mask) -> None:
        """Set or clear positions that there is room for. One given twice is given alike."""
        for shard, where in shard_slices(positions):
            words = self.words(shard)
            change_bits(words, positions[where] & _IN_SHARD, values[where])
            count = count_bits(words)
            self.changes += int(count != self.counts[shard] or not values.all())
            self.counts[shard] = count

    def erase(self, pick: Pick) -> None:
        """Let the picked records, all of which exist, be no more."""
        pick.clear(self.words(pick.shard))
        self.counts[pick.shard] -= len(pick)
        self.changes += 1

    def capacity(self, shard: int) -> int:
        """How many positions of a shard there is room for."""
        words = self.buffers.get(0, shard)
        return 0 if words is None else len(words) * WORD_BITS

    def held(self, shard: int, inside: Int64s) -> Int64s:
        """Those positions of a shard that hold a record, there being room for them or not."""
        words = self.buffers.get(0, shard)
        if words is None:
            return inside[:0]
        inside = inside[inside < len(words) * WORD_BITS]
        return inside[has_bits(words, inside)]

    def is_free(self, stretch: Stretch) -> bool:
        """Whether no record stands at any of these places, there being room for it or not."""
        words = self.buffers.get(0, stretch.shard)
        return words is None or not has_stretch(words, stretch.start, stretch.stop)

    def fill(self, stretch: Stretch) -> None:
        """Note records at free places that there is room for."""
        set_stretch(self.words(stretch.shard), stretch.start, stretch.stop)
        self.counts[stretch.shard] += stretch.stop - stretch.start
        self.changes += 1

    def take(self, positions: Int64s) -> Mask:
        """Whether there is a record at each position, there being room for it or not."""
        found = np.empty(len(positions), np.bool_)
        addresses, flags = self.buffers.addresses[0], found.view(np.uint8)
        self._kernels.writes.has_bits(addresses, self._capacities, SHARD_BITS, positions, flags)
        return found

    def hollow(self) -> "ExistsColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return ExistsColumn(self._kernels)

    def copy_shard(self, source: "ExistsColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)
        self.counts, self._capacities = source.counts.copy(), source._capacities.copy()

    def image(self, shard: int) -> Image:
        """What a snapshot keeps of a shard: the bitmap, as `exists`."""
        words = self.buffers.get(0, shard)
        if words is None:
            return no_pieces
        pieces = [Piece("exists", copy_of(words))]
        return lambda: pieces

    def load(self, shard: int, pieces: Pieces) -> None:
        """Take over what a snapshot kept of a shard that has room for it."""
        if "exists" in pieces:
            words = pieces["exists"].values
            self.buffers.put(0, shard, words)
            self.counts[shard] = count_bits(words)
            self.changes += 1

    def whole(self, size: int) -> Mask:
        """One bool per position, up to this size."""
        mask = np.zeros(size, np.bool_)
        for shard, words in self.buffers.present(0):
            start = shard << SHARD_BITS
            part = to_mask(words)[: max(0, size - start)]
            mask[start : start + len(part)] = part
        return mask
