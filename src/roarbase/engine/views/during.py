"""The rows of a time field within a span, to be read as a column that keeps lists in every shard.

It is made for one question and reads the stamps of the span only. What a record got several times
counts once.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, UInt64s, ranges, sorted_distinct
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.columns.words import codes_of, having_code
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.views.spans import Span
from roarbase.engine.views.stamps import (
    PAIR_BITS,
    UNIT_SHIFT,
    Stamps,
    marked,
    pairs_of,
    split_pairs,
)

__all__ = ["RowsDuring"]

_IN_SHARD = SHARD_POSITIONS - 1
_CODE_BITS = np.uint64(2**32 - 1)
_LOOK_UP_COST = 40
"""Finding one record in one unit costs as much as looking at so many stamps."""


class RowsDuring:
    """Who held which row within a span.

    Args:
        shards: How many shards the table has.

    Attributes:
        buffers: No plane in any shard.
        shards_beside: The shards that have stamps within the span.
    """

    nbytes = 0

    def __init__(self, stamps: Stamps, span: Span, shards: int) -> None:
        self._stretches = {s: found for s in stamps.shards if (found := stamps.between(s, span))}
        self._pairs: dict[int, UInt64s] = {}
        self.buffers = Buffers(1)
        self.buffers.extend(shards=shards)
        self.shards_beside = tuple(self._stretches)

    def counts(self, code_count: int) -> Int64s:
        """How many records hold each of the codes below this one."""
        counts = np.zeros(code_count, np.int64)
        for shard in self.shards_beside:
            counts += np.bincount(self.shard_pairs(shard)[1], minlength=code_count)
        return counts

    def held(self, code_count: int) -> Int64s:
        """The codes that a record holds, ascending."""
        is_held = np.zeros(code_count, np.bool_)
        for stretches in self._stretches.values():
            for words in stretches:
                is_held[codes_of(words)] = True
        return np.flatnonzero(is_held)

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code), ascending."""
        indexes, codes = self.any_members(positions)
        return split_pairs(np.sort(pairs_of(indexes, codes)))

    def any_members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The same pairs in no particular order."""
        indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for shard, where in shard_slices(positions):
            if shard in self._stretches:
                inside = positions[where] & _IN_SHARD
                pairs = self._pairs_at(shard, inside)
                starts = np.searchsorted(pairs, pairs_of(inside, np.zeros(1, np.int64)))
                lengths = np.searchsorted(pairs, pairs_of(inside + 1, np.zeros(1, np.int64))) - starts
                indexes.append(np.repeat(where, lengths))
                codes.append((pairs[ranges(starts, lengths)] & _CODE_BITS).astype(np.int64))
        return np.concatenate(indexes), np.concatenate(codes)

    def members_beside(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """Those of the pairs that planes do not tell of: all."""
        return self.any_members(positions)

    def shard_pairs(self, shard: int) -> tuple[Int64s, Int64s]:
        """Every (position in the shard, code), each once."""
        if shard not in self._pairs:
            stretches = [stretch & PAIR_BITS for stretch in self._stretches.get(shard, [])]
            self._pairs[shard] = sorted_distinct(np.concatenate((np.zeros(0, np.uint64), *stretches)))
        return split_pairs(self._pairs[shard])

    def holding_beside(self, shard: int, flags: NDArray[np.uint8]) -> Int64s:
        """The positions in a shard that hold a code whose flag is set; some may repeat."""
        found = [having_code(words, flags) for words in self._stretches[shard]]
        return split_pairs(np.concatenate(found) & PAIR_BITS)[0]

    def _pairs_at(self, shard: int, inside: Int64s) -> UInt64s:
        """The pairs of some positions, each once, ascending."""
        wanted = sorted_distinct(inside)
        flags = np.zeros(SHARD_POSITIONS, np.bool_)
        flags[wanted] = True
        found = [np.zeros(0, np.uint64)]
        for words in self._stretches[shard]:
            units = np.arange(int(words[0] >> UNIT_SHIFT), int(words[-1] >> UNIT_SHIFT) + 1, dtype=np.uint64)
            is_short = len(words) < _LOOK_UP_COST * len(units) * len(wanted)
            found.append(words[marked(words, flags) if is_short else _looked_up(words, units, wanted)])
        return sorted_distinct(np.concatenate(found) & PAIR_BITS)


def _looked_up(words: UInt64s, units: UInt64s, wanted: Int64s) -> Int64s:
    """Where the words of some positions stand, found unit by unit."""
    low = ((units[:, np.newaxis] << UNIT_SHIFT) | pairs_of(wanted, np.zeros(1, np.int64))).ravel()
    starts = np.searchsorted(words, low)
    return ranges(starts, np.searchsorted(words, low | _CODE_BITS, "right") - starts)
