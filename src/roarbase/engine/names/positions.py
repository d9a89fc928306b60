"""Where records may stand: which positions are taken, which are held back, and which come next.

A position is untouched at first. A record takes it; its deletion frees it, and it is held back until a snapshot
covers the deletion; then anybody may have it.

Records whose position is not their id stand in stretches: the next one stands behind the last one, up to the end
of the shard. A stretch begins in a shard that nobody has touched. It ends where an id that is its own position comes
into its shard, and where one is kept from its own position, if more could follow into the stretch: the next one begins
out of their reach. Otherwise one id from far away, standing where the next id of a sequence will want to be, would
push that aside, and this one the next, for ever.
"""

from dataclasses import dataclass
from itertools import chain

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.buffers.bits import positions_of
from roarbase.engine.buffers.pieces import Piece, Pieces, copy_of
from roarbase.engine.kernels.writes.port import HasWrites
from roarbase.engine.names.held import HeldPositions
from roarbase.engine.names.shard_bits import ShardBits
from roarbase.errors import ResourceLimitExceeded

__all__ = ["MAXIMUM_POSITIONS", "Positions", "Step"]

MAXIMUM_POSITIONS = 2**32 - 1
"""Positions are kept in 32 bits, plus one."""


@dataclass(frozen=True, slots=True)
class Step:
    """What `take` changed, for `take_back`."""

    positions: Int64s
    were_touched: Mask
    were_vacant: Mask


class Positions:
    """The positions of one table.

    Args:
        bits: log2 of the positions in a shard.
        maximum: How many positions there are.
        next: Where the first stretch begins; None: in the first shard that the first caller allows.

    Attributes:
        next: Where the stretch goes on; None: it has ended.
    """

    def __init__(self, bits: int, maximum: int, kernels: HasWrites, *, next: int | None = None) -> None:
        self._bits = bits
        self._maximum = maximum
        self.next = next
        self._touched, self._taken, self._vacant = (ShardBits(bits, kernels) for _ in range(3))
        self._held = HeldPositions()

    def __len__(self) -> int:
        """How many positions are taken."""
        return len(self._taken)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._touched.nbytes + self._taken.nbytes + self._vacant.nbytes + self._held.nbytes

    def are_taken(self, positions: Int64s) -> Mask:
        return self._taken.has(positions)

    def taken(self) -> Int64s:
        """All positions that are taken, ascending."""
        return self._taken.first(len(self))

    # ---- taking --------------------------------------------------------------------------

    def choose(self, count: int, first_shard: int, *, are_some_kept_out: bool = False) -> Int64s:
        """Positions for so many records: vacant ones, the lowest first, then the next ones of the stretch.

        Args:
            first_shard: Where a new stretch may begin, or behind it: out of the reach of ids that are positions.
            are_some_kept_out: One of the records would stand at its own position if that were not taken.

        Raises:
            ResourceLimitExceeded: There are not so many.
        """
        parts, place, begun = [self._vacant.first(count)], self.next, set[int]()
        if are_some_kept_out and place is not None and place >> self._bits < first_shard:
            place = None
        missing = count - len(parts[0])
        while missing:
            place = self._place(place, first_shard, begun)
            end = min(((place >> self._bits) + 1) << self._bits, self._maximum)
            part = np.arange(place, min(place + missing, end))
            if self._touched.has(part).any():
                place = None
                continue
            parts.append(part)
            missing -= len(part)
            begun.add(place >> self._bits)
            place += len(part)
        return np.concatenate(parts)

    def _place(self, place: int | None, first_shard: int, begun: set[int]) -> int:
        """Where the stretch goes on, or a new one begins."""
        if place is not None and place < self._maximum:
            is_inside = bool(place & ((1 << self._bits) - 1))
            if is_inside or self._is_untouched(place >> self._bits, begun):
                return place
        stop = -(-self._maximum >> self._bits)
        first = min(first_shard, stop)
        for shard in chain(range(first, stop), range(first)):
            if self._is_untouched(shard, begun):
                return shard << self._bits
        raise ResourceLimitExceeded(
            f"a table has {self._maximum} places for records, and these are used up: drop records, or use another table"
        )

    def _is_untouched(self, shard: int, begun: set[int]) -> bool:
        return not self._touched.count_in(shard) and shard not in begun

    def take(self, positions: Int64s, *, own: bool) -> Step:
        """Take positions that are not taken, all different.

        Args:
            own: The positions are their records' ids. Otherwise the stretch goes on behind them.
        """
        for bits in (self._touched, self._taken):
            bits.reserve(positions)
        were_touched, were_vacant = self._touched.has(positions), self._vacant.has(positions)
        step = Step(positions, were_touched, were_vacant)
        self._touched.add(positions[~were_touched])
        self._vacant.remove(positions[were_vacant])
        self._taken.add(positions)
        if own:
            self._end_stretch(positions)
        else:
            self._lengthen_stretch(positions[~were_touched])
        return step

    def are_untouched(self, positions: range) -> bool:
        """Whether nobody ever had any of some consecutive positions."""
        return not self._touched.has_any(positions)

    def take_own(self, positions: range) -> Step:
        """Take consecutive positions that are untouched, and are their records' ids."""
        self._touched.add_all(positions)
        self._taken.add_all(positions)
        shards = range(positions.start >> self._bits, ((positions.stop - 1) >> self._bits) + 1)
        if self.next is not None and self.next >> self._bits in shards:
            self.next = None
        nothing = np.zeros(len(positions), np.bool_)
        return Step(np.arange(positions.start, positions.stop), nothing, nothing)

    def _end_stretch(self, positions: Int64s) -> None:
        """End the stretch if one of these positions came into its shard."""
        if self.next is not None and (positions >> self._bits == self.next >> self._bits).any():
            self.next = None

    def _lengthen_stretch(self, positions: Int64s) -> None:
        """Go on behind the last of these. A stretch never begins before another, but where room runs out."""
        if len(positions):
            self.next = int(positions[-1]) + 1

    def take_back(self, step: Step) -> None:
        """Undo a `take`; of several, the last one first."""
        self._taken.remove(step.positions)
        self._vacant.add(step.positions[step.were_vacant])
        self._touched.remove(step.positions[~step.were_touched])

    # ---- snapshots -----------------------------------------------------------------------

    def image(self, shard: int) -> list[Piece]:
        """Copies of what is known of a shard."""
        start = shard << self._bits
        positions, sequences = self._held.between(start, start + (1 << self._bits))
        bits = {"touched": self._touched, "taken": self._taken, "vacant": self._vacant}
        return [
            *(Piece(what, copy_of(of.words_of(shard))) for what, of in bits.items() if of.count_in(shard)),
            *((Piece("held", positions), Piece("held until", sequences)) if len(positions) else ()),
        ]

    def load(self, shard: int, pieces: Pieces) -> None:
        """Have a shard of which nothing is known be as its image."""
        bits = {"touched": self._touched, "taken": self._taken, "vacant": self._vacant}
        for what in bits.keys() & pieces.keys():
            bits[what].load(shard, pieces[what].values)
        if "held" in pieces:
            self._held.load(pieces["held"].values, pieces["held until"].values)

    def taken_in(self, shard: int) -> Int64s:
        """The positions of a shard that are taken, ascending."""
        return positions_of(self._taken.words_of(shard)) + (shard << self._bits)

    def last_taken_in(self, shard: int) -> Int64s:
        """The highest of them; nothing if there is none."""
        return self._taken.last_in(shard)

    @property
    def shards(self) -> range:
        """The shards in which positions were ever taken, and those between them."""
        return range(len(self._touched.counts))

    # ---- freeing -------------------------------------------------------------------------

    def free(self, positions: Int64s, sequence: int) -> None:
        """Free positions that are taken, all different, and hold them back."""
        self._held.add(positions, sequence)
        self._taken.remove(positions)

    def restore(self, positions: Int64s) -> None:
        """Undo the last `free`."""
        self._held.take_back(len(positions))
        self._taken.add(positions)

    def release(self, up_to_sequence: int) -> Int64s:
        """Give away what deletions up to this sequence number freed; the positions that are vacant from now on."""
        released = self._held.release(up_to_sequence)
        released = released[~self._taken.has(released)]
        self._vacant.reserve(released)
        self._vacant.add(released)
        return released
