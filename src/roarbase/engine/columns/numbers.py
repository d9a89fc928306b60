"""Numbers: offsets from a base per shard, in the narrowest width that holds them.

A value that does not fit re-encodes its shard, a few milliseconds for a full one. The
not-null bitmap of a shard is made when the first of its records has no value; without
it, every record of the shard that exists has one. Zones keep the least and greatest value
of each block: widened by each write, never narrowed, so they may be wider than the truth.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, all_set, is_in, where_all
from roarbase.engine.buffers.bits import change_bits, clear_bits, has_bits, new_words, set_bits, set_stretch, to_mask
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, aligned, block_count, shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.buffers.pieces import Image, Piece, Pieces, copy_of, no_pieces
from roarbase.engine.buffers.stretch import NewNumbers, Stretch
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.widths import OFFSET_TYPES, choose_width
from roarbase.engine.counters.numbers import Loss, NumberCounters, summary_pieces
from roarbase.engine.kernels.port import NOT_NULL_OFFSET, SHARD_POSITIONS, WORD_BITS, ZONES_OFFSET
from roarbase.engine.kernels.writes.port import HasWrites
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["NumberColumn"]

_VALUES = 0
_WHOLE_WIDTH = 8
_SPANS = np.array([-1, 2**8 - 1, 2**16 - 1, 0, 2**32 - 1, 0, 0, 0, 0])
"""By width: how far above its base a value can be. Base plus span stays within 64 bits."""
_IN_SHARD = SHARD_POSITIONS - 1
_NO_SHARDS = np.zeros(0, np.int64)


class NumberColumn:
    """The values of an int, decimal or timestamp field, in its unit.

    Args:
        exists: The records of the table. Of a batch, they are there before its values are.

    Attributes:
        buffers: Values, not-null bitmap and zones.
        held_counts: How many records have a value, by shard.
        counters: Count, sum and, for small domains, histogram of all values.
        shards_beside: Shards in which kernels do not read everything: none here.
    """

    shards_beside: tuple[int, ...] = ()

    def __init__(self, exists: ExistsColumn, kernels: HasWrites) -> None:
        self.buffers = Buffers(3)
        self.held_counts = np.zeros(0, np.int64)
        self.counters = NumberCounters()
        self._exists = exists
        self._kernels = kernels
        self._capacities: list[int] = []
        self._room_then = (-1, 0, 0)
        self._bare_then: tuple[int, list[int]] = (-1, [])

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self.buffers.extend(shards=shard + 1)
        more = self.buffers.shards - len(self._capacities)
        self._capacities += [0] * more
        self.held_counts = np.pad(self.held_counts, (0, more))
        self._capacities[shard] = capacity
        self.buffers.lengthen(_VALUES, shard, capacity)
        self.buffers.lengthen(NOT_NULL_OFFSET, shard, capacity // WORD_BITS)
        if self.buffers.get(ZONES_OFFSET, shard) is not None:
            self._lengthen_zones(shard, self._zones(shard))

    # ---- writing -------------------------------------------------------------------------

    def write(self, positions: Int64s, values: Int64s, is_value: Mask, fresh: Int64s) -> Mask:
        """Replace or clear values.

        Args:
            positions: All different.
            values: The new value of each, where `is_value`.
            fresh: Positions that have a record since this batch, ascending.

        Returns:
            Which of the positions hold something else now.
        """
        is_fresh = is_in(positions, fresh)
        old, had = np.zeros(len(positions), np.int64), np.zeros(len(positions), np.uint8)
        begun = _NO_SHARDS
        if not self._swap(positions, values, is_value, is_fresh, old, had):
            begun = self._fit_all(positions[is_value], values[is_value])
            self._swap(positions, values, is_value, is_fresh, old, had)
        was_held = had.view(np.bool_)
        is_full = all_set(is_value)
        if len(begun) or len(fresh) or not is_full:
            self._note_gaps(positions, is_value, fresh, begun)
        self.counters.replace(where_all(old, was_held), values if is_full else values[is_value], self.all_values)
        is_changed: Mask = (is_value != was_held) | (is_value & (old != values))
        return is_changed

    def _swap(
        self, positions: Int64s, values: Int64s, is_value: Mask, is_fresh: Mask, old: Int64s, had: NDArray[np.uint8]
    ) -> bool:
        return self._kernels.writes.swap_numbers(
            *(self.buffers.addresses, self.buffers.widths, self.buffers.bases, positions, values),
            *(is_value.view(np.uint8), is_fresh.view(np.uint8), self.held_counts, old, had),
        )

    def append(self, stretches: Sequence[Stretch], numbers: NewNumbers) -> None:
        """Write the numbers of new records, in as many shards as these stretches are in."""
        for stretch in stretches:
            here, begins = numbers.within(stretch.records), self.buffers.get(_VALUES, stretch.shard) is None
            if len(here.offsets):
                self._lay(stretch, here)
            self._settle_gaps(stretch, here, begins=begins)
        self.counters.append(numbers, self.all_values)

    def _lay(self, stretch: Stretch, numbers: NewNumbers) -> None:
        shard, start, stop = stretch.shard, stretch.start, stretch.stop
        self._fit(shard, *numbers.bounds)
        numbers.lay(self._values(shard)[start:stop], self.buffers.base(_VALUES, shard))
        zones = self._zones(shard)
        for block, low, high in numbers.extremes(start):
            zones[block] = min(low, int(zones[block, 0])), max(high, int(zones[block, 1]))
        self.held_counts[shard] += len(numbers.offsets)
        words = self._not_null(shard)
        if words is not None and numbers.is_value is None:
            set_stretch(words, start, stop)
        elif words is not None:
            set_bits(words, stretch.places[numbers.is_value])

    def _settle_gaps(self, stretch: Stretch, numbers: NewNumbers, *, begins: bool) -> None:
        """Have a not-null bitmap exactly where it is needed, as `_note_gaps` does."""
        shard = stretch.shard
        is_full = self.held_counts[shard] == self._exists.counts[shard]
        if begins and is_full:
            self.buffers.put(NOT_NULL_OFFSET, shard, None)
        elif not is_full and self.buffers.get(_VALUES, shard) is not None and self._not_null(shard) is None:
            assert numbers.is_value is not None
            self._begin_gaps(shard, stretch.places[~numbers.is_value])

    def erase(self, picks: Sequence[Pick]) -> Patch:
        """Prepare to take the values of records that will be no more; what is left to do is short."""
        loss = self.counters.loss()
        counts = [self._add_up(pick, loss) for pick in picks]
        return partial(self._forget, picks, counts, loss)

    def _add_up(self, pick: Pick, loss: Loss) -> int:
        """Add to `loss` what the picked positions hold, and tell how many of them do."""
        if self.buffers.get(_VALUES, pick.shard) is None:
            return 0
        words = self._not_null(pick.shard)
        held = pick.inside if words is None else pick.inside[has_bits(words, pick.inside)]
        loss.add(self._decode(pick.shard, held))
        return len(held)

    def _forget(self, picks: Sequence[Pick], counts: Sequence[int], loss: Loss) -> None:
        for pick, count in zip(picks, counts, strict=True):
            self.held_counts[pick.shard] -= count
            words = self._not_null(pick.shard)
            if words is not None:
                pick.clear(words)
            if not self.held_counts[pick.shard]:  # as if it had never held any: zones and width begin anew
                for slot in (_VALUES, NOT_NULL_OFFSET, ZONES_OFFSET):
                    self.buffers.put(slot, pick.shard, None)
        self.counters.subtract(loss)

    def _unfit(self, positions: Int64s, values: Int64s) -> list[tuple[int, int, int]]:
        """The shards whose width and base do not hold these numbers, with the least and greatest of them."""
        shards = self.buffers.shards
        lows, highs = np.full(shards, INT64_MAX), np.full(shards, INT64_MIN)
        self._kernels.writes.bounds(positions, values, lows, highs)
        widths, bases = self.buffers.widths[_VALUES], self.buffers.bases[_VALUES]
        holds = (lows >= bases) & (highs <= bases + _SPANS[widths])
        unfit = np.flatnonzero((highs >= lows) & ~holds & (widths != _WHOLE_WIDTH))
        return [*zip(unfit.tolist(), lows[unfit].tolist(), highs[unfit].tolist(), strict=True)]

    def _fit_all(self, positions: Int64s, values: Int64s) -> Int64s:
        """Have widths and bases that hold these numbers; the shards that hold their first ones."""
        begun = []
        for shard, low, high in self._unfit(positions, values):
            if self.buffers.get(_VALUES, shard) is None:
                begun.append(shard)
            self._fit(shard, low, high)
        return np.array(begun, np.int64)

    def _fit(self, shard: int, low: int, high: int) -> None:
        """Have a width and base that hold these numbers beside those that are there."""
        old = self.buffers.get(_VALUES, shard)
        if old is None:
            width, base = choose_width(low, high)
            self.buffers.put(_VALUES, shard, aligned(self._capacities[shard], OFFSET_TYPES[width]), base=base)
            self.buffers.put(NOT_NULL_OFFSET, shard, new_words(self._capacities[shard]))
            self._lengthen_zones(shard, np.zeros((0, 2), np.int64))
            return
        base = self.buffers.base(_VALUES, shard)
        if old.itemsize == 8 or (base <= low and high - base < 1 << 8 * old.itemsize):
            return
        self._refit(shard, old, low, high)()

    def _refit(self, shard: int, old: NDArray[Any], low: int, high: int) -> Patch:
        """Prepare to have a shard's values in a width, and from a base, that hold these numbers too."""
        zones, base = self._zones(shard), self.buffers.base(_VALUES, shard)
        width, new_base = choose_width(min(low, int(zones[:, 0].min())), max(high, int(zones[:, 1].max())))
        new = aligned(len(old), OFFSET_TYPES[width])
        # In one pass. Modulo the new width, as all that fits there may be added up; what stands where there is no
        # value is nobody's.
        distance = np.array((base - new_base) % (1 << 8 * width), np.uint64).astype(new.dtype)
        np.add(old, distance, out=new, dtype=new.dtype, casting="unsafe")
        return partial(self.buffers.put, _VALUES, shard, new, base=new_base)

    def has_room_for(self, low: int, high: int) -> bool:
        """Whether all shards that have values have room for numbers from `low` to `high`, both included."""
        version, least, greatest = self._room_then
        if version != self.buffers.version:
            widths, bases = self.buffers.widths[_VALUES], self.buffers.bases[_VALUES]
            limited = np.flatnonzero((widths > 0) & (widths < _WHOLE_WIDTH))
            least = int(bases[limited].max(initial=INT64_MIN))
            greatest = int((bases[limited] + _SPANS[widths[limited]]).min(initial=INT64_MAX))
            self._room_then = self.buffers.version, least, greatest
        return least <= low and high <= greatest

    def prepare(self, positions: Int64s, values: Int64s) -> list[Patch]:
        """Prepare to have room for these numbers in their shards, but for those that have no values yet."""
        found = (
            (self.buffers.get(_VALUES, shard), shard, low, high) for shard, low, high in self._unfit(positions, values)
        )
        return [self._refit(shard, old, low, high) for old, shard, low, high in found if old is not None]

    def _note_gaps(self, positions: Int64s, is_value: Mask, fresh: Int64s, begun: Int64s) -> None:
        """Have not-null bitmaps exactly where they are needed: where a record has no value since this batch."""
        is_full = self.held_counts == self._exists.counts[: len(self.held_counts)]
        for shard in begun[is_full[begun]].tolist():
            self.buffers.put(NOT_NULL_OFFSET, shard, None)
        for shard in self._bare_shards():
            if not is_full[shard]:
                words = self._begin_gaps(shard, fresh[fresh >> SHARD_BITS == shard] & _IN_SHARD)
                here = positions >> SHARD_BITS == shard
                change_bits(words, positions[here] & _IN_SHARD, is_value[here])

    def note_made(self, fresh: Int64s) -> None:
        """Hear of records that are made without a value. A table of thousands of columns tells most of them so."""
        for shard in self._bare_shards():
            here = fresh[fresh >> SHARD_BITS == shard]
            if len(here):
                self._begin_gaps(shard, here & _IN_SHARD)

    def _bare_shards(self) -> list[int]:
        """The shards in which every record has a value, so that there is no not-null bitmap."""
        version, bare = self._bare_then
        if version != self.buffers.version:
            addresses = self.buffers.addresses
            (found,) = ((addresses[_VALUES] != 0) & (addresses[NOT_NULL_OFFSET] == 0)).nonzero()
            bare = found.tolist()
            self._bare_then = self.buffers.version, bare
        return bare

    def _begin_gaps(self, shard: int, inside: Int64s) -> UInt64s:
        """Have a not-null bitmap in a shard, in which until this batch every record had a value: these have none."""
        words = new_words(self._capacities[shard])
        words[:] = self._exists.words(shard)
        clear_bits(words, inside)
        self.buffers.put(NOT_NULL_OFFSET, shard, words)
        return words

    def _lengthen_zones(self, shard: int, zones: NDArray[np.int64]) -> None:
        new = aligned(2 * block_count(self._capacities[shard]), np.int64).reshape(-1, 2)
        new[:] = INT64_MAX, INT64_MIN
        new[: len(zones)] = zones
        self.buffers.put(ZONES_OFFSET, shard, new)

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, exists: ExistsColumn) -> "NumberColumn":
        """A column for a copy of this one, over a copy of the records; nothing is copied yet."""
        return NumberColumn(exists, self._kernels)

    def copy_shard(self, source: "NumberColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)

    def copy_at(self, source: "NumberColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)

    def copy_rest(self, source: "NumberColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)
        self.held_counts, self._capacities = source.held_counts.copy(), [*source._capacities]

    # ---- snapshots -----------------------------------------------------------------------

    def image(self, shard: int) -> Image:
        """What a snapshot keeps of a shard: values, not-null bitmap, zones and what they come to together."""
        values = self.buffers.get(_VALUES, shard)
        if values is None:
            return no_pieces
        pieces = [
            Piece("values", copy_of(values), self.buffers.base(_VALUES, shard)),
            Piece("zones", copy_of(self._zones(shard))),
        ]
        words = self._not_null(shard)
        if words is not None:
            pieces.append(Piece("not null", copy_of(words)))
        held = copy_of(self._exists.words(shard) if words is None else words)
        has_histogram = self.counters.histogram_or_none() is not None
        return partial(_with_summary, pieces, held, has_histogram=has_histogram)

    def load(self, shard: int, pieces: Pieces) -> None:
        """Take over what a snapshot kept of a shard that has room for it."""
        if "values" not in pieces:
            return
        self.buffers.put(_VALUES, shard, pieces["values"].values, base=pieces["values"].base)
        self.buffers.put(ZONES_OFFSET, shard, pieces["zones"].values.reshape(-1, 2))
        if "not null" in pieces:
            self.buffers.put(NOT_NULL_OFFSET, shard, pieces["not null"].values)
        self.held_counts[shard] = pieces["summary"].values[0] if "summary" in pieces else 0
        self.counters.load(pieces)

    def settle_loaded(self) -> None:
        """All shards that snapshots have are loaded."""
        self.counters.settle_loaded(self.all_values)

    # ---- reading -------------------------------------------------------------------------

    def bounds_or_none(self) -> tuple[int, int] | None:
        """Numbers that no value is below or above, as near as counters tell; None where there is no value."""
        return self.counters.extent_or_none()

    def values_at(self, positions: Int64s) -> tuple[Int64s, Mask]:
        """The value of each record at these positions, and whether there is one."""
        values, held = np.zeros(len(positions), np.int64), np.zeros(len(positions), np.bool_)
        for shard, where in shard_slices(positions):
            values[where], held[where] = self.at(shard, positions[where] & _IN_SHARD)
        return values, held

    def at(self, shard: int, inside: Int64s) -> tuple[Int64s, Mask]:
        """The value of each record at these positions of a shard, and whether there is one."""
        if self.buffers.get(_VALUES, shard) is None:
            return np.zeros(len(inside), np.int64), np.zeros(len(inside), np.bool_)
        words = self._not_null(shard)
        held = np.ones(len(inside), np.bool_) if words is None else has_bits(words, inside)
        return self._decode(shard, inside), held

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The values of these records, as pairs of (index into `positions`, value)."""
        values, held = self.values_at(positions)
        if all_set(held):
            return np.arange(len(positions)), values
        return np.flatnonzero(held), values[held]

    def shard_values(self, shard: int) -> tuple[Int64s, Int64s]:
        """The positions in a shard that have a value, ascending, and the values."""
        if self.buffers.get(_VALUES, shard) is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        words = self._not_null(shard)
        inside = np.flatnonzero(to_mask(self._exists.words(shard) if words is None else words))
        return inside, self._decode(shard, inside)

    def all_values(self) -> Iterator[Int64s]:
        """The values of all records, shard by shard."""
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


def _with_summary(pieces: list[Piece], held: NDArray[np.uint64], *, has_histogram: bool) -> list[Piece]:
    values = pieces[0].values[to_mask(held)].astype(np.int64) + pieces[0].base
    return [*pieces, *summary_pieces(values, with_histogram=has_histogram)]
