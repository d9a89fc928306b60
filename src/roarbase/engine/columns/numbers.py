"""Numbers: offsets from a base per shard, in the narrowest width that holds them.

A value that does not fit re-encodes its shard, a few milliseconds for a full one. The
not-null bitmap of a shard is made when the first of its records has no value; without
it, every record of the shard that exists has one. Zones keep the least and greatest value
of each block: widened by each write, never narrowed, so they may be wider than the truth.
"""

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.buffers.bits import clear_bits, has_bits, new_words, set_bits, to_mask
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import BLOCK_BITS, aligned, block_count, shard_slices
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.widths import OFFSET_TYPES, choose_width
from roarbase.engine.counters.numbers import NumberCounters
from roarbase.engine.kernels.port import NOT_NULL_OFFSET, SHARD_POSITIONS, WORD_BITS, ZONES_OFFSET
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["NumberColumn"]

_VALUES = 0
_IN_SHARD = SHARD_POSITIONS - 1


class NumberColumn:
    """The values of an int, decimal or timestamp field, in its unit.

    Args:
        exists: The records of the table. Of a batch, they are there before its values are.

    Attributes:
        buffers: Values, not-null bitmap and zones.
        held_counts: How many records have a value, by shard.
        counters: Count, sum and, for small domains, histogram of all values.
        list_shards: Shards that kernels cannot read: none here.
    """

    list_shards: tuple[int, ...] = ()

    def __init__(self, exists: ExistsColumn) -> None:
        self.buffers = Buffers(3)
        self.held_counts: list[int] = []
        self.counters = NumberCounters()
        self._exists = exists
        self._capacities: list[int] = []

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self.buffers.extend(shards=shard + 1)
        more = self.buffers.shards - len(self._capacities)
        self._capacities += [0] * more
        self.held_counts += [0] * more
        self._capacities[shard] = capacity
        self.buffers.lengthen(_VALUES, shard, capacity)
        self.buffers.lengthen(NOT_NULL_OFFSET, shard, capacity // WORD_BITS)
        if self.buffers.get(ZONES_OFFSET, shard) is not None:
            self._lengthen_zones(shard, self._zones(shard))

    # ---- writing -------------------------------------------------------------------------

    def write(self, shard: int, inside: Int64s, values: Int64s, is_value: Mask, fresh: Int64s) -> None:
        """Replace or clear values in one shard.

        Args:
            inside: Positions in the shard, all different; none, to hear only of `fresh`.
            values: The new value of each, where `is_value`.
            fresh: Positions in the shard that have a record since this batch.
        """
        is_first = self.buffers.get(_VALUES, shard) is None
        written, new = inside[is_value], values[is_value]
        if is_first and not len(written):
            return
        old = self._held_before(shard, inside, fresh)
        if len(written):
            self._store(shard, written, new)
        self.held_counts[shard] += len(new) - len(old)
        self._note_held(shard, written, inside[~is_value], fresh, is_first=is_first)
        self.counters.replace(old, new, self._all_values)

    def _held_before(self, shard: int, inside: Int64s, fresh: Int64s) -> Int64s:
        """The values that these positions had before this batch."""
        if self.buffers.get(_VALUES, shard) is None:
            return np.zeros(0, np.int64)
        words = self._not_null(shard)
        held = has_bits(words, inside) if words is not None else ~np.isin(inside, fresh)
        return self._decode(shard, inside[held])

    def _store(self, shard: int, inside: Int64s, values: Int64s) -> None:
        self._fit(shard, int(values.min()), int(values.max()))
        offsets = self._values(shard)
        offsets[inside] = (values - self.buffers.base(_VALUES, shard)).astype(offsets.dtype)
        blocks, zones = inside >> BLOCK_BITS, self._zones(shard)
        np.minimum.at(zones[:, 0], blocks, values)
        np.maximum.at(zones[:, 1], blocks, values)

    def _fit(self, shard: int, low: int, high: int) -> None:
        """Have a width and base that hold these numbers beside those that are there."""
        old = self.buffers.get(_VALUES, shard)
        if old is None:
            width, base = choose_width(low, high)
            self.buffers.put(_VALUES, shard, aligned(self._capacities[shard], OFFSET_TYPES[width]), base=base)
            self._lengthen_zones(shard, np.zeros((0, 2), np.int64))
            return
        base = self.buffers.base(_VALUES, shard)
        if old.itemsize == 8 or (base <= low and high - base < 1 << 8 * old.itemsize):
            return
        zones = self._zones(shard)
        width, new_base = choose_width(min(low, int(zones[:, 0].min())), max(high, int(zones[:, 1].max())))
        new = aligned(len(old), OFFSET_TYPES[width])
        # What stands where there is no value is nobody's, and may wrap around.
        new[:] = (old.astype(np.int64) + (base - new_base)).astype(new.dtype)
        self.buffers.put(_VALUES, shard, new, base=new_base)

    def _note_held(self, shard: int, written: Int64s, cleared: Int64s, fresh: Int64s, *, is_first: bool) -> None:
        words = self._not_null(shard)
        if words is None and self.held_counts[shard] != self._exists.counts[shard]:
            words = new_words(self._capacities[shard])
            if not is_first:  # until this batch, every record had a value
                words[:] = self._exists.words(shard)
                clear_bits(words, fresh)
            self.buffers.put(NOT_NULL_OFFSET, shard, words)
        if words is not None:
            set_bits(words, written)
            clear_bits(words, cleared)

    def _lengthen_zones(self, shard: int, zones: NDArray[np.int64]) -> None:
        new = aligned(2 * block_count(self._capacities[shard]), np.int64).reshape(-1, 2)
        new[:] = INT64_MAX, INT64_MIN
        new[: len(zones)] = zones
        self.buffers.put(ZONES_OFFSET, shard, new)

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, exists: ExistsColumn) -> "NumberColumn":
        """A column for a copy of this one, over a copy of the records; nothing is copied yet."""
        return NumberColumn(exists)

    def copy_shard(self, source: "NumberColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)

    def copy_at(self, source: "NumberColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)

    def copy_rest(self, source: "NumberColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)
        self.held_counts, self._capacities = [*source.held_counts], [*source._capacities]

    # ---- reading -------------------------------------------------------------------------

    def bounds_or_none(self) -> tuple[int, int] | None:
        """Numbers that no value is below or above, as near as zones tell; None where there is no value."""
        lows, highs = [], []
        for _, zones in self.buffers.present(ZONES_OFFSET):
            lows.append(int(zones[:, 0].min()))
            highs.append(int(zones[:, 1].max()))
        return (min(lows), max(highs)) if lows else None

    def values_at(self, positions: Int64s) -> tuple[Int64s, Mask]:
        """The value of each record at these positions, and whether there is one."""
        values, held = np.zeros(len(positions), np.int64), np.zeros(len(positions), np.bool_)
        for shard, where in shard_slices(positions):
            if self.buffers.get(_VALUES, shard) is not None:
                inside = positions[where] & _IN_SHARD
                words = self._not_null(shard)
                held[where] = True if words is None else has_bits(words, inside)
                values[where] = self._decode(shard, inside)
        return values, held

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The values of these records, as pairs of (index into `positions`, value)."""
        values, held = self.values_at(positions)
        if held.all():
            return np.arange(len(positions)), values
        return np.flatnonzero(held), values[held]

    def shard_values(self, shard: int) -> tuple[Int64s, Int64s]:
        """The positions in a shard that have a value, ascending, and the values."""
        if self.buffers.get(_VALUES, shard) is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        words = self._not_null(shard)
        inside = np.flatnonzero(to_mask(self._exists.words(shard) if words is None else words))
        return inside, self._decode(shard, inside)

    def _all_values(self) -> Iterator[Int64s]:
        return (self.shard_values(shard)[1] for shard in range(self.buffers.shards))

    def _decode(self, shard: int, inside: Int64s) -> Int64s:
        values: Int64s = self._values(shard)[inside].astype(np.int64) + self.buffers.base(_VALUES, shard)
        return values

    def _values(self, shard: int) -> NDArray[np.integer]:
        values = self.buffers.get(_VALUES, shard)
        assert values is not None
        return values

    def _not_null(self, shard: int) -> NDArray[np.uint64] | None:
        return self.buffers.get(NOT_NULL_OFFSET, shard)

    def _zones(self, shard: int) -> NDArray[np.int64]:
        zones = self.buffers.get(ZONES_OFFSET, shard)
        assert zones is not None
        return zones
