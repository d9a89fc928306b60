"""IdRange: records between two ids.

Where ids rise with positions, two searches find the stretch of positions; elsewhere every id
is looked at, shard by shard.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.bits import new_words, set_bits
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.filters.bitmaps import words_filter
from roarbase.engine.filters.filter import ALL, NOTHING, Filter, existing
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest

__all__ = ["id_range"]

_UINT64_MAX = 2**64 - 1


def id_range(scan: Scan, node: plan.IdRange, _inputs: Sequence[Filter]) -> Filter:
    records = scan.table.records
    low, high = max(node.low or 0, 0), _UINT64_MAX if node.high is None else min(node.high, _UINT64_MAX)
    if records is None or low > high:
        return NOTHING
    if not isinstance(records, IdIndex):
        raise BadRequest(f"table {scan.table.name!r} knows its records by keys, which have no ranges")
    if records.is_rising:
        return _stretch(scan, records, low, high)
    words: dict[int, NDArray[np.uint64]] = {}
    for shard in scan.shard_numbers():
        scan.budget.check()
        ids = records.ids_at(_positions(scan, shard))
        _set(scan, words, shard, np.flatnonzero((ids >= np.uint64(low)) & (ids <= np.uint64(high))))
    return existing(words_filter(scan, words))


def _stretch(scan: Scan, records: IdIndex, low: int, high: int) -> Filter:
    """The records at the positions that two ids bound."""
    size = scan.size
    everything = range(size)

    def id_at(position: int) -> int:
        return int(records.ids_at(np.array([position]))[0])

    start = bisect_left(everything, low, key=id_at)
    stop = bisect_right(everything, high, key=id_at)
    if start == 0 and stop == size:
        return ALL
    words: dict[int, NDArray[np.uint64]] = {}
    # Positions that are taken and not yet written to may lie behind the last shard.
    for shard in range(start >> SHARD_BITS, min(-(-stop // SHARD_POSITIONS), len(scan.shard_numbers()))):
        inside = _positions(scan, shard)
        _set(scan, words, shard, np.flatnonzero((inside >= start) & (inside < stop)))
    return existing(words_filter(scan, words))


def _positions(scan: Scan, shard: int) -> Int64s:
    """The positions of a shard that may hold a record."""
    start = shard << SHARD_BITS
    return np.arange(start, min(start + int(scan.table.extents[shard]), scan.size))


def _set(scan: Scan, words: dict[int, NDArray[np.uint64]], shard: int, inside: Int64s) -> None:
    if len(inside):
        words[shard] = new_words(int(scan.table.extents[shard]))
        set_bits(words[shard], inside)
