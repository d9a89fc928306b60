"""Bitmaps made for one query, from the positions of records."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.bits import new_words, set_bits
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.filters.filter import NOTHING, Filter, bitmap_filter
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.operators.scan import Scan

__all__ = ["positions_filter", "whole_filter", "words_filter"]


def positions_filter(scan: Scan, positions: Int64s) -> Filter:
    """The records at these positions, ascending; the bitmap is made only if kernels ask for it."""
    if not len(positions):
        return NOTHING
    return bitmap_filter(scan.slots.later(lambda: _words_of(scan, positions)), len(positions), positions)


def _words_of(scan: Scan, positions: Int64s) -> dict[int, UInt64s]:
    words = {}
    for shard, where in shard_slices(positions):
        words[shard] = new_words(int(scan.table.extents[shard]))
        set_bits(words[shard], positions[where] & (SHARD_POSITIONS - 1))
    return words


def whole_filter(scan: Scan, words: UInt64s) -> Filter:
    """The positions of one bitmap of all shards, whether or not they hold a record."""
    addresses = words.ctypes.data + SHARD_POSITIONS // 8 * np.arange(len(scan.table.extents))
    scan.slots.keep(words)
    return bitmap_filter(scan.slots.addresses(addresses[np.newaxis]))


def words_filter(scan: Scan, words: dict[int, UInt64s]) -> Filter:
    """The records of bitmaps by shard."""
    return bitmap_filter(scan.slots.bitmap(words)) if words else NOTHING
