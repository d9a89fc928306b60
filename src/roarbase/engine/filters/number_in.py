"""NumberIn: records whose number is one of some.

Numbers that follow on each other are one range; a few ranges are a few operations, and many
are looked up shard by shard.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.bits import new_words, set_bits
from roarbase.engine.filters.bitmaps import words_filter
from roarbase.engine.filters.filter import Filter, any_of
from roarbase.engine.filters.number_range import between
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["among_numbers", "number_in"]

_MAXIMUM_RANGES = 16


def number_in(scan: Scan, node: plan.NumberIn, _inputs: Sequence[Filter]) -> Filter:
    field = scan.numbers(node.field, "a comparison of numbers")
    return among_numbers(scan, field, sorted({value for value in node.values if INT64_MIN <= value <= INT64_MAX}))


def among_numbers(scan: Scan, field: NumberField, wanted: list[int]) -> Filter:
    """Records whose number is one of these, which ascend."""
    ranges = _ranges(wanted)
    if len(ranges) > _MAXIMUM_RANGES:
        return _looked_up(scan, field, np.array(wanted, np.int64))
    return any_of(between(scan, field, low, high) for low, high in ranges)


def _ranges(values: list[int]) -> list[tuple[int, int]]:
    """Ascending values as stretches without a gap."""
    ranges: list[tuple[int, int]] = []
    for value in values:
        if ranges and ranges[-1][1] == value - 1:
            ranges[-1] = ranges[-1][0], value
        else:
            ranges.append((value, value))
    return ranges


def _looked_up(scan: Scan, field: NumberField, wanted: Int64s) -> Filter:
    words: dict[int, NDArray[np.uint64]] = {}
    for shard in scan.shard_numbers():
        scan.budget.check()
        inside, values = field.column.shard_values(shard)
        found = inside[np.isin(values, wanted)]
        if len(found):
            words[shard] = new_words(int(scan.table.extents[shard]))
            set_bits(words[shard], found)
    return words_filter(scan, words)
