"""IdRange: records between two ids: a stretch of positions, and those that stand elsewhere."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine import plan
from roarbase.engine.buffers.bits import new_words, set_stretch
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.filters.bitmaps import words_filter
from roarbase.engine.filters.filter import ALL, NOTHING, Filter, any_of, existing, without
from roarbase.engine.filters.ids import mapped, words_between
from roarbase.engine.names.id_words import word_of
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest

__all__ = ["id_range"]

_GREATEST_ID = 2**64 - 2


def id_range(scan: Scan, node: plan.IdRange, _inputs: Sequence[Filter]) -> Filter:
    records = scan.table.records
    low, high = max(node.low or 0, 0), _GREATEST_ID if node.high is None else min(node.high, _GREATEST_ID)
    if records is None or low > high:
        return NOTHING
    if not isinstance(records, RecordIds):
        raise BadRequest(f"table {scan.table.name!r} knows its records by keys, which have no ranges")
    if low == 0 and high == _GREATEST_ID:
        return ALL
    own = without(_stretch(scan, low, high), (mapped(scan, records),))
    return any_of((own, words_between(scan, records, word_of(low), word_of(high))))


def _stretch(scan: Scan, low: int, high: int) -> Filter:
    """The records at positions from `low` to `high`."""
    words: dict[int, NDArray[np.uint64]] = {}
    for shard in scan.shard_numbers():
        extent = int(scan.table.extents[shard])
        start, stop = max(low - (shard << SHARD_BITS), 0), min(high + 1 - (shard << SHARD_BITS), extent)
        if start < stop:
            words[shard] = new_words(extent)
            set_stretch(words[shard], start, stop)
    return existing(words_filter(scan, words))
