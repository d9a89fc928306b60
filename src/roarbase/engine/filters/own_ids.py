"""Ids and positions of a table as bitmaps: bit 7 for the id 7, or for the record at position 7.

For most records the two are one, since their id is their position; only the others are looked at one by one.
"""

from collections.abc import Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.bits import clear_bits, has_bits, new_words, positions_of, set_bits
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan

__all__ = ["as_ids", "as_positions", "ids_beyond"]

_SHARD_WORDS = SHARD_POSITIONS // WORD_BITS


def as_positions(scan: Scan, ids: UInt64s) -> UInt64s:
    """The positions of the records with these ids, whether or not they exist, in as long a bitmap."""
    words = ids.copy()
    for positions, others in _others(scan):
        here = positions < len(words) * WORD_BITS
        clear_bits(words, positions[here])
        here &= others < np.uint64(len(ids) * WORD_BITS)
        set_bits(words, positions[here][has_bits(ids, others[here].astype(np.int64))])
    return words


def as_ids(scan: Scan, positions: UInt64s, length: int) -> UInt64s:
    """The ids of the records at these positions, in a bitmap of so many words."""
    ids = new_words(length * WORD_BITS)
    common = min(length, len(positions))
    ids[:common] = positions[:common]
    found = []
    for where, others in _others(scan):
        clear_bits(ids, where[where < length * WORD_BITS])
        found.append(_held(positions, where, others))
    for others in found:  # when all is cleared: an id may be the position of another record
        set_bits(ids, others[others < np.uint64(length * WORD_BITS)].astype(np.int64))
    return ids


def ids_beyond(scan: Scan, positions: UInt64s, length: int) -> Iterator[UInt64s]:
    """The ids of the records at these positions that are not in a bitmap of so many words; perhaps some others, too."""
    for where, others in _others(scan):
        others = _held(positions, where, others)
        yield others[others >= np.uint64(length * WORD_BITS)]
    for start in range(length, len(positions), _SHARD_WORDS):
        own = positions_of(positions[start : start + _SHARD_WORDS]) + start * WORD_BITS
        yield own.astype(np.uint64)


def _held(positions: UInt64s, where: Int64s, others: UInt64s) -> UInt64s:
    here = where < len(positions) * WORD_BITS
    return others[here][has_bits(positions, where[here])]


def _others(scan: Scan) -> Iterator[tuple[Int64s, UInt64s]]:
    """By shard, the positions where another id stands than their own, and these ids."""
    records = scan.table.records
    assert isinstance(records, RecordIds)
    for shard in scan.shard_numbers() if records.has_others else ():
        scan.budget.check()
        yield records.others_in(shard)
