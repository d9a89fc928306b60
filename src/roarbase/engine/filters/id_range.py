"""IdRange: records between two ids.

Where ids are positions, this is a stretch of them; elsewhere the ids of a shard are looked at, if any
of them may be within the range.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import UInt64s
from roarbase.engine.buffers.bits import new_words, set_stretch
from roarbase.engine.filters.bitmaps import words_filter
from roarbase.engine.filters.filter import ALL, NOTHING, Filter, existing
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest

__all__ = ["id_range"]

_UINT64_MAX = 2**64 - 1


def id_range(scan: Scan, node: plan.IdRange, _inputs: Sequence[Filter]) -> Filter:
    records = scan.table.records
    low, high = max(node.low or 0, 0), _UINT64_MAX if node.high is None else min(node.high, _UINT64_MAX)
    if records is None or low > high:
        return NOTHING
    if not isinstance(records, RecordIds):
        raise BadRequest(f"table {scan.table.name!r} knows its records by keys, which have no ranges")
    if low == 0 and high == _UINT64_MAX:
        return ALL
    words: dict[int, NDArray[np.uint64]] = {}
    for shard in scan.shard_numbers():
        scan.budget.check()
        found = _words(records, shard, int(scan.table.extents[shard]), low, high)
        if found is not None:
            words[shard] = found
    return existing(words_filter(scan, words))


def _words(records: RecordIds, shard: int, extent: int, low: int, high: int) -> UInt64s | None:
    """A bitmap of the positions of a shard whose ids are in the range; None if there are none."""
    found = records.between(shard, extent, low, high)
    words = new_words(extent)
    if isinstance(found, range):
        set_stretch(words, found.start, found.stop)
        return words if found else None
    words[:] = np.packbits(found, bitorder="little").view(np.uint64)
    return words if found.any() else None
