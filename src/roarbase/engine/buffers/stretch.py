"""New records that stand one behind the other: what a bulk load brings, and what columns take without looking back.

A column that is appended to writes whole slices of its buffers, in the width in which the values come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, greatest, least, ranges
from roarbase.engine.buffers.layout import BLOCK_BITS, SHARD_BITS

__all__ = ["NewNumbers", "NewRows", "Stretch", "stretches"]


class Stretch(NamedTuple):
    """Places in one shard that no record stood at before.

    Attributes:
        start: The first of them, in the shard.
        stop: The one behind the last.
        first: Which record of the batch stands at the first of them.
    """

    shard: int
    start: int
    stop: int
    first: int

    @property
    def position(self) -> int:
        """Where the first of them is in the table."""
        return (self.shard << SHARD_BITS) + self.start

    @property
    def places(self) -> Int64s:
        """The places one by one, in the shard."""
        return np.arange(self.start, self.stop)

    @property
    def records(self) -> slice:
        """Which records of the batch stand here."""
        return slice(self.first, self.first + self.stop - self.start)


def stretches(first: int, count: int) -> Iterator[Stretch]:
    """Consecutive positions, shard by shard.

    >>> [(s.shard, s.start, s.stop, s.first) for s in stretches(2**20 - 1, 3)]
    [(0, 1048575, 1048576, 0), (1, 0, 2, 1)]
    """
    at = first
    while at < first + count:
        shard = at >> SHARD_BITS
        stop = min(first + count, (shard + 1) << SHARD_BITS)
        yield Stretch(shard, at - (shard << SHARD_BITS), stop - (shard << SHARD_BITS), at - first)
        at = stop


@dataclass(frozen=True)
class NewNumbers:
    """The numbers of new records: `base` plus an offset for each that has one.

    Attributes:
        offsets: Of any integer type; one per record where `is_value`, in their order.
        is_value: Which records have a number; None: all of them.
    """

    base: int
    offsets: NDArray[np.integer[Any]]
    is_value: Mask | None

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.offsets) if self.is_value is None else len(self.is_value)

    def within(self, records: slice) -> "NewNumbers":
        """Those of some consecutive records."""
        if records.stop - records.start == len(self):
            return self
        if self.is_value is None:
            return NewNumbers(self.base, self.offsets[records], None)
        before = int(np.count_nonzero(self.is_value[: records.start]))
        chosen = self.is_value[records]
        offsets = self.offsets[before : before + int(np.count_nonzero(chosen))]
        return NewNumbers(self.base, offsets, None if len(offsets) == len(chosen) else chosen)

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest of at least one number."""
        return self.base + least(self.offsets), self.base + greatest(self.offsets)

    def values_and_mask(self) -> tuple[Int64s, Mask]:
        """A number for each record, and whether it has one."""
        is_value = np.ones(len(self.offsets), np.bool_) if self.is_value is None else self.is_value
        values = np.zeros(len(is_value), np.int64)
        values[is_value] = self.offsets.astype(np.int64) + self.base
        return values, is_value

    def lay(self, places: NDArray[np.integer[Any]], base: int) -> None:
        """Write the numbers, as offsets from another base, to places that are wide enough for them: one per record."""
        words = places.view(f"u{places.itemsize}")
        distance = words.dtype.type((self.base - base) % (1 << 8 * words.itemsize))  # what is too wide wraps around
        offsets = self.offsets.view(f"u{self.offsets.itemsize}")
        if self.is_value is None:
            np.add(offsets, distance, out=words, casting="unsafe")
        else:
            words[self.is_value] = offsets.astype(words.dtype) + distance

    def extremes(self, start: int) -> Iterator[tuple[int, int, int]]:
        """The blocks that numbers fall into if the first record stands at `start`, with their least and greatest."""
        stop = start + len(self)
        for block in range(start >> BLOCK_BITS, ((stop - 1) >> BLOCK_BITS) + 1):
            first = max(block << BLOCK_BITS, start)
            here = self.within(slice(first - start, min((block + 1) << BLOCK_BITS, stop) - start))
            if len(here.offsets):
                yield block, *here.bounds


class NewRows(NamedTuple):
    """The rows of new records, several each: so many of the codes, from a place on.

    Attributes:
        codes: Codes plus one, in the narrowest type.
    """

    lengths: NDArray[np.unsignedinteger]
    starts: Int64s
    codes: NDArray[np.unsignedinteger]

    def within(self, records: slice) -> "NewRows":
        """Those of some consecutive records."""
        return NewRows(self.lengths[records], self.starts[records], self.codes)

    def pairs(self) -> tuple[Int64s, Int64s]:
        """Which record holds which code, pair by pair."""
        lengths = self.lengths.astype(np.int64)
        codes = self.codes[ranges(self.starts, lengths)].astype(np.int64) - 1
        return np.repeat(np.arange(len(lengths)), lengths), codes

    def lay(self, slots: Sequence[NDArray[Any]]) -> None:
        """Write each record's k-th code to slot k, 0 where it has none; what has no slot is passed over."""
        padded = np.concatenate((self.codes, np.zeros(len(slots), self.codes.dtype)))
        places = self.starts.copy()
        # What stands behind the record's own codes is read too, and multiplied away: ten times as fast as choosing.
        for number, slot in enumerate(slots):
            np.multiply(padded[places], self.lengths > number, out=slot)
            places += 1
