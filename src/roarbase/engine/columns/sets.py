"""Sets: any number of rows per record, in up to 16 planes by shard, and beyond them in lists.

Planes are filled from the first: a record with three rows has codes in planes 0, 1 and 2. Where one is
taken out, the others close the gap. What finds no place in the planes of its shard overflows into lists,
so that one record with many rows costs its own rows and not a byte for every other; a record whose planes
are not all in use has nothing there. `growth.py` says when a shard gets one more plane.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, greatest, ranges, sorted_distinct
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.buffers.pieces import Image, Piece, Pieces, no_pieces
from roarbase.engine.buffers.stretch import NewRows, Stretch
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.growth import Growth
from roarbase.engine.columns.lists import CodeLists, joined, split
from roarbase.engine.columns.overflow import Overflow
from roarbase.engine.columns.planes import Planes, with_counts
from roarbase.engine.counters.rows import RowCounters
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.kernels.writes.port import ADDED, HELD, WAITS, HasWrites

__all__ = ["SetColumn"]

_IN_SHARD = SHARD_POSITIONS - 1
_CODE_BITS = 32


class SetColumn:
    """The rows of a set or time field.

    Attributes:
        overflow: What planes have no place for.
        counters: How many records hold each row.
    """

    def __init__(self, kernels: HasWrites) -> None:
        self._kernels = kernels
        self._planes = Planes()
        self.overflow = Overflow(kernels)
        self.counters = RowCounters()
        self._growth = Growth(self._planes, self.overflow)

    @property
    def planes(self) -> Planes:
        """The planes, which a batch may need wider than they are."""
        return self._planes

    @property
    def buffers(self) -> Buffers:
        return self._planes.buffers

    @property
    def shards_beside(self) -> tuple[int, ...]:
        """Shards in which planes do not tell everything."""
        return self.overflow.shards

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes + self.overflow.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self._planes.resize(shard, capacity)
        self.overflow.resize(shard, capacity)

    def add(self, positions: Int64s, codes: Int64s) -> Mask:
        """Give records rows; pairs may repeat.

        Returns:
            Which of the pairs are new; of those given twice, one.
        """
        told, counts = np.empty(len(codes), np.uint8), self.counters.reserved(codes)
        addresses, widths = self.buffers.addresses, self.buffers.widths
        if self._kernels.writes.add_codes(addresses, widths, positions, codes, counts, told):
            (waiting,) = (told == WAITS).nonzero()
            told[waiting] = np.where(self._add_waiting(positions[waiting], codes[waiting]), ADDED, HELD)
        is_new: Mask = told == ADDED
        return is_new

    def _add_waiting(self, positions: Int64s, codes: Int64s) -> Mask:
        """Add pairs that have no place in planes: beside them, or make room first where it is time; which are new."""
        if self._growth.make_room(positions, codes):
            return self.add(positions, codes)
        is_new = self.overflow.add(positions, codes)
        self.counters.add(codes[is_new])
        return is_new

    def relieve(self) -> list[Patch]:
        """Prepare one more plane for the shard in which most records overflow, if there are many of them."""
        return self._growth.relieve()

    def append(self, stretch: Stretch, rows: NewRows) -> None:
        """Write the rows of new records; `counters` hears of them from the caller, as if no record had one twice."""
        longest = greatest(rows.lengths)
        if not longest:
            return
        self._growth.make_room_for(stretch.shard, rows)
        planes = min(longest, self._planes.count(stretch.shard))
        slots = [self._planes.plane(stretch.shard, slot)[stretch.start : stretch.stop] for slot in range(planes)]
        rows.lay(slots)
        is_unfit = _hold_one_twice(slots)
        if planes < longest:
            is_unfit |= rows.lengths > planes
        (again,) = is_unfit.nonzero()
        if len(again):
            for slot in slots:
                slot[again] = 0
            self._add_counted(stretch, rows, again)

    def _add_counted(self, stretch: Stretch, rows: NewRows, records: Int64s) -> None:
        """Add the rows of some of the records one by one; they were counted already."""
        lengths = rows.lengths[records].astype(np.int64)
        codes = rows.codes[ranges(rows.starts[records], lengths)].astype(np.int64) - 1
        self.counters.remove(codes)
        self.add(np.repeat(records + stretch.position, lengths), codes)

    def remove(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Take rows from records of a shard; pairs may repeat.

        Returns:
            The pairs (position, code) that were there, each once.
        """
        inside, codes = split(sorted_distinct(joined(inside, codes)))
        is_there = (self._planes.at(shard, inside) == codes + 1).any(axis=0)
        beside = self.overflow.remove(shard, inside[~is_there], codes[~is_there])
        self._remove_from_planes(shard, inside[is_there], codes[is_there])
        old = np.concatenate((inside[is_there], beside[0])), np.concatenate((codes[is_there], beside[1]))
        self.counters.remove(old[1])
        return old

    def _remove_from_planes(self, shard: int, inside: Int64s, codes: Int64s) -> None:
        """Take rows that are there, and close the gaps."""
        if len(inside):
            records, owners = np.unique(inside, return_inverse=True)
            there = self._planes.at(shard, records)
            there[(there[:, owners] == codes + 1).argmax(axis=0), owners] = 0
            self._planes.put(shard, records, _closed(there))
            self._refill(shard, records)

    def _refill(self, shard: int, records: Int64s) -> None:
        """Have rows in overflow take the places that some records have in planes again."""
        records = records[self.overflow.has(records + (shard << SHARD_BITS))]
        if len(records):
            there = self._planes.at(shard, records)
            held = np.count_nonzero(there, axis=0)
            indexes, codes = self.overflow.take(shard, records, len(there) - held)
            order = np.argsort(indexes, kind="stable")
            indexes, codes = indexes[order], codes[order]
            there[held[indexes] + _ranks(indexes), indexes] = codes + 1
            self._planes.put(shard, records, there)

    def erase(self, picks: Sequence[Pick]) -> Patch:
        """Prepare to take the rows of records that will be no more; what is left to do is short."""
        lost = self.counters.zeros()
        kept: list[Patch] = []
        for pick in picks:
            self._planes.count_codes(pick, lost)
            if self._overflows(pick.shard, pick.inside):
                lists, is_gone = self.overflow.lists(pick.shard), pick.flags(SHARD_POSITIONS)
                lost += lists.counts(is_gone, len(lost))
                kept.append(self.overflow.replacement(pick.shard, lists.without(is_gone)))
        return partial(self._forget, picks, lost, kept)

    def _overflows(self, shard: int, inside: Int64s) -> bool:
        """Whether any of these records of a shard has rows beside planes."""
        return bool(self.overflow.counts[shard]) and bool(self.overflow.has(inside + (shard << SHARD_BITS)).any())

    def _forget(self, picks: Sequence[Pick], lost: Int64s, kept: Sequence[Patch]) -> None:
        for pick in picks:
            self._planes.erase(pick)
        for replace in kept:
            replace()
        self.counters.subtract(lost)

    # ---- one row of many records -----------------------------------------------------------

    def holders(self, shard: int, code: int) -> Int64s:
        """The positions in a shard that hold a row, ascending."""
        is_held = np.zeros(self._planes.capacity(shard), np.bool_)
        for number in range(self._planes.count(shard)):
            is_held |= self._planes.plane(shard, number) == code + 1
        if self.overflow.counts[shard]:
            is_held[self.overflow.lists(shard).holders(code)] = True
        return np.flatnonzero(is_held)

    def add_row(self, shard: int, code: int, inside: Int64s) -> Patch:
        """Prepare to give a row to records that do not hold it; positions ascend."""
        slots = np.zeros(len(inside), np.int64)
        planes = self._planes.count(shard)
        for number in range(planes):
            slots += self._planes.plane(shard, number)[inside] != 0
        parts = [(slot, inside[slots == slot]) for slot in range(max(planes, 1))]
        full = inside[slots >= max(planes, 1)]
        return partial(self._fill, shard, code, [(slot, part) for slot, part in parts if len(part)], full)

    def _fill(self, shard: int, code: int, parts: list[tuple[int, Int64s]], full: Int64s) -> None:
        if parts:
            self._planes.fit(shard, max(self._planes.count(shard), 1), code + 1)
        for slot, inside in parts:
            self._planes.plane(shard, slot)[inside] = code + 1
        self.counters.add_many(code, sum(len(inside) for _, inside in parts))
        self.add(full + (shard << SHARD_BITS), np.full(len(full), code, np.int64))

    def drop_row(self, shard: int, code: int, inside: Int64s) -> Patch:
        """Prepare to take a row from records that hold it; positions ascend."""
        parts, closed = [], [inside[:0]]
        for number in range(self._planes.count(shard)):
            here = inside[self._planes.plane(shard, number)[inside] == code + 1]
            if len(here):
                parts += self._planes.closing(shard, number, here)
                closed.append(here)
        kept: list[Patch] = []
        if self._overflows(shard, inside):
            is_gone = np.zeros(SHARD_POSITIONS, np.bool_)
            is_gone[inside] = True
            kept.append(self.overflow.replacement(shard, self.overflow.lists(shard).without_code(code, is_gone)))
        return partial(self._close, shard, (code, len(inside)), parts, np.concatenate(closed), kept)

    def _close(
        self,
        shard: int,
        lost: tuple[int, int],
        parts: list[tuple[int, Int64s, Int64s]],
        closed: Int64s,
        kept: Sequence[Patch],
    ) -> None:
        code, count = lost
        for number, inside, codes in parts:
            self._planes.plane(shard, number)[inside] = codes
        for replace in kept:
            replace()
        self.counters.add_many(code, -count)
        self._refill(shard, np.sort(closed))

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, _exists: ExistsColumn) -> "SetColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return SetColumn(self._kernels)

    def copy_shard(self, source: "SetColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)
        self.overflow.copy_shard(source.overflow, shard)

    def copy_at(self, source: "SetColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)
        self.overflow.copy_shard(source.overflow, shard)

    def copy_rest(self, source: "SetColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)

    # ---- snapshots -----------------------------------------------------------------------

    def image(self, shard: int) -> Image:
        """What a snapshot keeps of a shard: planes, what is beside them, and how many records hold each row."""
        if shard >= self.buffers.shards:
            return no_pieces
        return partial(_pieces, self._planes.copies(shard), self.overflow.lists(shard))

    def load(self, shard: int, pieces: Pieces) -> None:
        """Take over what a snapshot kept of a shard that has room for it."""
        self._planes.load(shard, pieces)
        if "beside" in pieces:
            self.overflow.replacement(shard, CodeLists.of(pieces["beside"].values))()
        self.counters.load(pieces)

    # ---- reading -------------------------------------------------------------------------

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code), ascending."""
        index, code = self.any_members(positions)
        words = np.sort((index << _CODE_BITS) | code)
        return words >> _CODE_BITS, words & ((1 << _CODE_BITS) - 1)

    def any_members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The same pairs in no particular order."""
        indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for shard, where in shard_slices(positions):
            if shard < self.buffers.shards:
                index, code = self.shard_members(shard, positions[where] & _IN_SHARD)
                indexes.append(where[index])
                codes.append(code)
        return np.concatenate(indexes), np.concatenate(codes)

    def members_beside(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """Those of the pairs that planes do not tell of."""
        return self.overflow.members(positions)

    def shard_members(self, shard: int, inside: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of records of one shard, as pairs of (index into `inside`, code)."""
        codes = self._planes.at(shard, inside)
        planes, indexes = np.nonzero(codes)
        found = indexes, codes[planes, indexes] - 1
        if not self.overflow.counts[shard]:
            return found
        beside = self.overflow.members(inside + (shard << SHARD_BITS))
        return np.concatenate((found[0], beside[0])), np.concatenate((found[1], beside[1]))

    def shard_pairs(self, shard: int) -> tuple[Int64s, Int64s]:
        """Every (position in the shard, code)."""
        found = [self.overflow.lists(shard).pairs()]
        for number in range(self._planes.count(shard)):
            plane = self._planes.plane(shard, number)
            inside = np.flatnonzero(plane)
            found.append((inside, plane[inside].astype(np.int64) - 1))
        return np.concatenate([inside for inside, _ in found]), np.concatenate([codes for _, codes in found])

    def holding_beside(self, shard: int, flags: NDArray[np.uint8]) -> Int64s:
        """The positions of a shard that hold, beside its planes, a code whose flag is set; some may repeat."""
        return self.overflow.lists(shard).holding(flags)

    # ---- verifying -----------------------------------------------------------------------

    def has_gap(self, shard: int) -> bool:
        """Whether some record has a row behind an empty place, or in overflow with a place empty, which must not be."""
        inside, _ = self.overflow.lists(shard).pairs()
        codes = self._planes.at(shard, inside)
        return self._planes.has_gap(shard) or not codes.all() or (len(inside) > 0 and not len(codes))


def _hold_one_twice(slots: list[NDArray[Any]]) -> Mask:
    """Which records have one code in two of their slots."""
    found = np.zeros(len(slots[0]), np.bool_)
    for number in range(1, len(slots)):
        is_held = slots[number] != 0
        for before in range(number):
            found |= (slots[number] == slots[before]) & is_held
    return found


def _closed(codes: Int64s) -> Int64s:
    """Codes plus one, [planes, records], moved up so that zeros stand behind them."""
    is_held = codes != 0
    slots = np.cumsum(is_held, axis=0) - 1
    _, records = np.nonzero(is_held)
    closed = np.zeros_like(codes)
    closed[slots[is_held], records] = codes[is_held]
    return closed


def _ranks(ordered: Int64s) -> Int64s:
    """How many equal entries stand before each one, where equal ones stand together."""
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))


def _pieces(planes: list[Piece], lists: CodeLists) -> list[Piece]:
    words = lists.together()
    if not len(words):
        return with_counts(planes)
    return [*with_counts(planes, split(words)[1]), Piece("beside", words)]
