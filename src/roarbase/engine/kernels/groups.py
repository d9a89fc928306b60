"""The Python half of `group`: how large its arrays are, and how the threads' counts become one answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.port import (
    BLOCK_POSITIONS,
    SUM_SPLIT_BITS,
    Dimension,
    DimensionKind,
    Groups,
    Shards,
)

__all__ = ["GroupAnswer", "GroupTask", "plan_group"]

_Int64s = NDArray[np.int64]

_FEW_CELLS = 4096
"""Up to here four histograms side by side fit the first two cache levels, and pay."""
_MOST_CELLS = 1 << 31
_MOST_COUNTED = (1 << 32) - 1
"""The histograms count in uint32: a call that could count further goes over the blocks in several runs."""
_NO_COLUMN = -1
_PADDING = 32
"""Cells between the counters of two threads: on one cache line they would slow each other down."""


class GroupAnswer:
    """What has been counted so far."""

    def __init__(self, size: int, halves: int, has_column: bool) -> None:
        self._halves = halves
        self._has_column = has_column
        self._size = size
        self._counts = np.zeros(size, dtype=np.int64)
        self._sums = np.zeros((size if has_column else 0, 1 + halves), dtype=np.int64)

    def add(self, histograms: NDArray[np.uint32], sums: _Int64s) -> None:
        """Add what the threads of one run have counted."""
        for thread in histograms:
            for way in thread:
                self._counts += way[: self._size]
        self._sums += sums[:, :, : self._size].sum(axis=(0, 1))

    def groups(self) -> Groups:
        """The answer."""
        if not self._has_column:
            return Groups(counts=self._counts)
        value_counts, low = self._sums[:, 0].copy(), self._sums[:, 1].copy()
        if self._halves == 2:
            high = self._sums[:, 2].copy()
        else:
            low, high = low & ((1 << SUM_SPLIT_BITS) - 1), low >> SUM_SPLIT_BITS
        counts = self._counts + value_counts
        return Groups(counts=counts, value_counts=value_counts, sums_low=low, sums_high=high)


@dataclass(frozen=True, slots=True)
class GroupTask:
    """One `group` call, laid out for the machine code."""

    size: int
    slot: int
    """The number column; -1 for none."""
    dimensions: _Int64s
    terms: int
    """How many terms a combination has at most."""
    combinations: int
    """Passes over each block: over the planes of each field of several planes, and one for "none"."""
    ways: int
    halves: int
    """How many numbers a sum is kept in: 1 where none can leave 64 bits, else 2."""
    blocks_per_run: int

    def nothing(self) -> GroupAnswer:
        """The answer before anything is counted."""
        return GroupAnswer(self.size, self.halves, self.slot != _NO_COLUMN)

    def histograms(self, threads: int) -> NDArray[np.uint32]:
        """Zeroed counters: [threads, ways, cells, one for whatever is beyond, padding]."""
        return np.zeros((threads, self.ways, self.size + 1 + _PADDING), dtype=np.uint32)

    def sums(self, threads: int) -> _Int64s:
        """Zeroed counters and sums, likewise; no cells where there is no number column."""
        cells = self.size + 1 + _PADDING if self.slot != _NO_COLUMN else 0
        ways = self.ways if self.halves == 1 else 1
        return np.zeros((threads, ways, cells, 1 + self.halves), dtype=np.int64)


def plan_group(shards: Shards, dimensions: Sequence[Dimension], size: int, slot: int | None) -> GroupTask:
    """Lay out a `group` call.

    Raises:
        ValueError: More cells than an index of 32 bits reaches.
    """
    if size > _MOST_CELLS:
        raise ValueError(f"{size} group cells are more than the {_MOST_CELLS} that can be counted in one call")
    several = [d.planes for d in dimensions if d.kind is DimensionKind.CODES and d.planes > 1]
    most_groups = math.prod(several)
    return GroupTask(
        size=size,
        slot=_NO_COLUMN if slot is None else slot,
        dimensions=np.array([(d.kind, d.slot, d.planes, d.stride, d.low) for d in dimensions], dtype=np.int64).reshape(
            -1, 5
        ),
        terms=max(1, len(dimensions) + sum(several)),
        combinations=math.prod(planes + 1 for planes in several),
        ways=4 if size <= _FEW_CELLS else 1,
        halves=1 if slot is not None and _fits_one(shards, slot, most_groups) else 2,
        blocks_per_run=max(1, _MOST_COUNTED // (BLOCK_POSITIONS * most_groups)),
    )


def _fits_one(shards: Shards, slot: int, most_groups: int) -> bool:
    """Whether every sum of numbers from a column stays within 64 bits, whatever the offsets are."""
    present = shards.table[:, slot] != 0
    if not present.any():
        return True
    if shards.widths[present, slot].max() == 8:
        return False
    bases = shards.bases[present, slot]
    furthest = max(abs(int(bases.min())), abs(int(bases.max()))) + (1 << 32)
    return furthest * int(shards.extents.sum()) * most_groups < 1 << 63
