"""Totals, exact: over all of an array, or per group.

Sums of int64 can leave 64 bits. Each value is split into its upper half (signed) and its
lower 32 bits; sums of halves fit int64 for 2^31 values, and Python puts them together.
"""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["counts_per_group", "exact_sum", "extremes_per_group"]

_LOW_BITS = np.int64(2**32 - 1)


def exact_sum(values: Int64s) -> int:
    """The sum, however large.

    >>> exact_sum(np.array([2**63 - 1, 2**63 - 1]))
    18446744073709551614
    """
    return (int((values >> 32).sum()) << 32) + int((values & _LOW_BITS).sum())


def counts_per_group(numbers: Int64s, group_count: int) -> Int64s:
    """How often each group number occurs."""
    return np.bincount(numbers, minlength=group_count)


def extremes_per_group(function: str, numbers: Int64s, values: Int64s, group_count: int) -> Int64s:
    """The "min" or "max" of each group's values; of a group without values, nothing of meaning."""
    if function == "min":
        out = np.full(group_count, INT64_MAX, np.int64)
        np.minimum.at(out, numbers, values)
    else:
        out = np.full(group_count, INT64_MIN, np.int64)
        np.maximum.at(out, numbers, values)
    return out
