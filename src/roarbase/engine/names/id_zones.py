"""Between which words the ids of each block lie, where they are not their own positions."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import BLOCK_BITS, shard_slices
from roarbase.engine.buffers.pages import with_page
from roarbase.engine.kernels.maps.port import Pages
from roarbase.engine.kernels.port import BLOCK_POSITIONS
from roarbase.engine.names.id_words import GREATEST_WORD, LEAST_WORD

__all__ = ["IdZones"]


class IdZones:
    """Least and greatest word of each block, as kernels want zones. Widened by what comes, never narrowed.

    Args:
        bits: log2 of the positions in a shard.

    Attributes:
        pages: One page per shard in which such ids stand.
    """

    def __init__(self, bits: int) -> None:
        self._shard_bits = bits
        self._blocks = max(1, (1 << bits) >> BLOCK_BITS)
        self.pages = Pages((), np.zeros(0, np.int64), (2 * self._blocks).bit_length() - 1)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return sum(page.nbytes for page in self.pages.buffers if page is not None)

    def note(self, positions: Int64s, words: Int64s) -> None:
        """These words stand at these positions."""
        for shard, where in shard_slices(positions, self._shard_bits):
            blocks = (positions[where] - (shard << self._shard_bits)) >> BLOCK_BITS
            zones = self._zones(shard)
            np.minimum.at(zones[:, 0], blocks, words[where])
            np.maximum.at(zones[:, 1], blocks, words[where])

    def bound(self, count: int, *, from_above: bool) -> int:
        """A word that about the `count` lowest words, or the highest, are not beyond."""
        if from_above:
            return ~_bound(~self._ends(1), ~self._ends(0), count)  # the complement turns the order round
        return _bound(self._ends(0), self._ends(1), count)

    def _zones(self, shard: int) -> Int64s:
        page = self.pages.buffers[shard] if shard < len(self.pages.buffers) else None
        if page is None:
            page = np.tile(np.array([GREATEST_WORD, LEAST_WORD]), self._blocks)
            self.pages = with_page(self.pages, shard, page)
        return page.reshape(-1, 2)

    def _ends(self, end: int) -> Int64s:
        """The least (0) or the greatest (1) words of all blocks that have any."""
        zones = np.concatenate([page.reshape(-1, 2) for page in self.pages.buffers if page is not None])
        ends: Int64s = zones[zones[:, 0] <= zones[:, 1], end]
        return ends


def _bound(nearest: Int64s, farthest: Int64s, count: int) -> int:
    """Of each block that begins before the bound one word is within, at least; of each that ends there, all are."""
    whole = -(-count // BLOCK_POSITIONS)
    if whole >= len(farthest):
        return int(farthest.max())
    ended = np.sort(farthest)[whole - 1]
    return int(ended if count > len(nearest) else min(ended, np.sort(nearest)[count - 1]))
