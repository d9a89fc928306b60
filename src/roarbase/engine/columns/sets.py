"""Sets: any number of rows per record, in up to 16 planes, or past them in lists, by shard.

Planes are filled from the first: a record with three rows has codes in planes 0, 1 and 2.
Where one is taken out, the others close the gap.
A shard in which one record gets a seventeenth row moves to lists as a whole, and stays there
until it has no record left. Where a record has sixteen, it moves before the next batch comes:
its lists are made while others read.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, ranges, sorted_distinct
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.buffers.stretch import NewRows, Stretch
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.lists import CodeLists, add_to_lists
from roarbase.engine.columns.planes import Planes
from roarbase.engine.counters.rows import RowCounters
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.kernels.writes.port import ADDED, HELD, WAITS, HasWrites

__all__ = ["MAXIMUM_PLANES", "SetColumn"]

MAXIMUM_PLANES = 16
_IN_SHARD = SHARD_POSITIONS - 1
_CODE_BITS = 32
_SHIFT = np.uint64(_CODE_BITS)
_CODES = np.uint64((1 << _CODE_BITS) - 1)


class SetColumn:
    """The rows of a set or time field.

    Attributes:
        counters: How many records hold each row.
    """

    def __init__(self, kernels: HasWrites) -> None:
        self._kernels = kernels
        self._planes = Planes()
        self._lists: dict[int, CodeLists] = {}
        self.counters = RowCounters()

    @property
    def buffers(self) -> Buffers:
        return self._planes.buffers

    @property
    def list_shards(self) -> tuple[int, ...]:
        """Shards that keep lists: their planes are absent."""
        return tuple(self._lists)

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes + sum(lists.nbytes for lists in self._lists.values())

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self._planes.resize(shard, capacity)

    def add(self, positions: Int64s, codes: Int64s) -> Mask:
        """Give records rows; pairs may repeat.

        Returns:
            Which of the pairs are new; of those given twice, one.
        """
        told = np.empty(len(codes), np.uint8)
        if self._add_to_planes(positions, codes, told):
            waiting = np.flatnonzero(told == WAITS)
            told[waiting] = np.where(self._add_waiting(positions[waiting], codes[waiting]), ADDED, HELD)
        is_new: Mask = told == ADDED
        return is_new

    def _add_to_planes(self, positions: Int64s, codes: Int64s, told: NDArray[np.uint8]) -> int:
        """Add what there is room for, and count how many pairs wait."""
        addresses, widths, counts = self.buffers.addresses, self.buffers.widths, self.counters.reserved(codes)
        return self._kernels.writes.add_codes(addresses, widths, positions, codes, counts, told)

    def _add_waiting(self, positions: Int64s, codes: Int64s) -> Mask:
        """Add pairs for which there is no room in planes: make it, or add them to lists; which are new."""
        is_new = np.zeros(len(codes), np.bool_)
        is_listed = np.zeros(len(codes), np.bool_)
        for shard, where in shard_slices(positions):
            if shard not in self._lists:
                self._make_room(shard, int(codes[where].max()) + 1)
            is_listed[where] = shard in self._lists
        listed, others = np.flatnonzero(is_listed), np.flatnonzero(~is_listed)
        if len(listed):
            is_new[listed] = add_to_lists(self._lists, self._kernels, positions[listed], codes[listed])
            self.counters.add(codes[listed][is_new[listed]])
        if len(others):
            is_new[others] = self.add(positions[others], codes[others])
        return is_new

    def _make_room(self, shard: int, highest: int) -> None:
        """Have planes that are wide enough for codes plus one up to `highest`; where they are, one more, or lists."""
        planes = self._planes.count(shard)
        if self._planes.is_narrow(shard, highest):
            self._planes.fit(shard, planes, highest)
        elif planes < MAXIMUM_PLANES:
            self._planes.fit(shard, planes + 1, highest)
        else:
            self._take_lists(shard, self._listed(shard))

    def append(self, stretch: Stretch, rows: NewRows) -> None:
        """Write the rows of new records; `counters` hears of them from the caller, as if no record had one twice."""
        planes = int(rows.lengths.max())
        if not planes:
            return
        if stretch.shard in self._lists or planes > MAXIMUM_PLANES:
            self._add_counted(stretch, rows, np.arange(len(rows.lengths)))
            return
        self._planes.fit(stretch.shard, planes, int(rows.codes.max()))
        slots = [self._planes.plane(stretch.shard, slot)[stretch.start : stretch.stop] for slot in range(planes)]
        rows.lay(slots)
        again = np.flatnonzero(_hold_one_twice(slots))
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
        lists = self._lists.get(shard)
        old = lists.remove(inside, codes) if lists is not None else self._remove_from_planes(shard, inside, codes)
        self.counters.remove(old[1])
        return old

    def _remove_from_planes(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        inside, codes = _distinct_pairs(inside, codes)
        is_there = (self._planes.at(shard, inside) == codes + 1).any(axis=0)
        inside, codes = inside[is_there], codes[is_there]
        if len(inside):
            records, owners = np.unique(inside, return_inverse=True)
            there = self._planes.at(shard, records)
            there[(there[:, owners] == codes + 1).argmax(axis=0), owners] = 0
            self._planes.put(shard, records, _closed(there))
        return inside, codes

    def erase(self, picks: Sequence[Pick]) -> Patch:
        """Prepare to take the rows of records that will be no more; what is left to do is short."""
        lost = self.counters.zeros()
        kept: dict[int, CodeLists] = {}
        for pick in picks:
            self._planes.count_codes(pick, lost)
            lists = self._lists.get(pick.shard)
            if lists is not None:
                is_gone = pick.flags(SHARD_POSITIONS)
                lost += lists.counts(is_gone, len(lost))
                kept[pick.shard] = lists.without(is_gone)
        return partial(self._forget, picks, lost, kept)

    def _forget(self, picks: Sequence[Pick], lost: Int64s, kept: dict[int, CodeLists]) -> None:
        for pick in picks:
            self._planes.erase(pick)
            if pick.is_whole:
                self._lists.pop(pick.shard, None)
            elif pick.shard in kept:
                self._lists[pick.shard] = kept[pick.shard]
        self.counters.subtract(lost)

    # ---- one row of many records -----------------------------------------------------------

    def holders(self, shard: int, code: int) -> Int64s:
        """The positions in a shard that hold a row, ascending."""
        lists = self._lists.get(shard)
        if lists is not None:
            return lists.holders(code)
        is_held = np.zeros(self._planes.capacity(shard), np.bool_)
        for number in range(self._planes.count(shard)):
            is_held |= self._planes.plane(shard, number) == code + 1
        return np.flatnonzero(is_held)

    def add_row(self, shard: int, code: int, inside: Int64s) -> Patch:
        """Prepare to give a row to records that do not hold it; positions ascend."""
        if shard in self._lists:
            return partial(self._add_all, shard, inside, code)
        slots = np.zeros(len(inside), np.int64)
        for number in range(self._planes.count(shard)):
            slots += self._planes.plane(shard, number)[inside] != 0
        planes = int(slots.max(initial=-1)) + 1
        if planes > MAXIMUM_PLANES:
            return partial(self._add_all, shard, inside, code)
        parts = [(slot, inside[slots == slot]) for slot in range(planes)]
        return partial(self._fill, shard, code, [(slot, part) for slot, part in parts if len(part)])

    def _add_all(self, shard: int, inside: Int64s, code: int) -> None:
        self.add(inside + (shard << SHARD_BITS), np.full(len(inside), code, np.int64))

    def _fill(self, shard: int, code: int, parts: list[tuple[int, Int64s]]) -> None:
        if parts:
            self._planes.fit(shard, 1 + max(slot for slot, _ in parts), code + 1)
        for slot, inside in parts:
            self._planes.plane(shard, slot)[inside] = code + 1
        self.counters.add_many(code, sum(len(inside) for _, inside in parts))

    def drop_row(self, shard: int, code: int, inside: Int64s) -> Patch:
        """Prepare to take a row from records that hold it; positions ascend."""
        lists = self._lists.get(shard)
        if lists is not None:
            is_gone = np.zeros(SHARD_POSITIONS, np.bool_)
            is_gone[inside] = True
            return partial(self._replace_lists, shard, code, len(inside), lists.without_code(code, is_gone))
        parts = []
        for number in range(self._planes.count(shard)):
            here = inside[self._planes.plane(shard, number)[inside] == code + 1]
            if len(here):
                parts += self._planes.closing(shard, number, here)
        return partial(self._close, shard, code, len(inside), parts)

    def _replace_lists(self, shard: int, code: int, count: int, lists: CodeLists) -> None:
        self._lists[shard] = lists
        self.counters.add_many(code, -count)

    def _close(self, shard: int, code: int, count: int, parts: list[tuple[int, Int64s, Int64s]]) -> None:
        for number, inside, codes in parts:
            self._planes.plane(shard, number)[inside] = codes
        self.counters.add_many(code, -count)

    @property
    def may_be_full(self) -> bool:
        """Whether some shard may have all its planes in use."""
        return self.buffers.slots >= MAXIMUM_PLANES

    def relieve(self, shards: Int64s) -> list[Patch]:
        """Prepare to move those of some shards to lists in which all planes are in use: it takes long to do so."""
        shards = shards[shards < self.buffers.shards]
        full = shards[(self.buffers.addresses[:MAXIMUM_PLANES, shards] != 0).all(axis=0)]
        return [partial(self._take_lists, shard, self._listed(shard)) for shard in full.tolist()]

    def _listed(self, shard: int) -> CodeLists:
        """What the planes of a shard hold."""
        words = np.empty(self._planes.held_count(shard), np.uint64)
        addresses, widths, length = self.buffers.addresses, self.buffers.widths, self._planes.capacity(shard)
        self._kernels.writes.list_codes(addresses, widths, shard, length, words)
        lists = CodeLists()
        lists.enter(words)
        return lists

    def _take_lists(self, shard: int, lists: CodeLists) -> None:
        self._planes.drop(shard)
        self._lists[shard] = lists

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, _exists: ExistsColumn) -> "SetColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return SetColumn(self._kernels)

    def copy_shard(self, source: "SetColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)
        self._copy_lists(source, shard)

    def copy_at(self, source: "SetColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)
        self._copy_lists(source, shard)

    def copy_rest(self, source: "SetColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)

    def _copy_lists(self, source: "SetColumn", shard: int) -> None:
        lists = source._lists.get(shard)
        if lists is not None:
            self._lists[shard] = deepcopy(lists)
        else:
            self._lists.pop(shard, None)

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

    def shard_members(self, shard: int, inside: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of records of one shard, as pairs of (index into `inside`, code)."""
        lists = self._lists.get(shard)
        if lists is not None:
            return lists.members(inside)
        codes = self._planes.at(shard, inside)
        planes, indexes = np.nonzero(codes)
        return indexes, codes[planes, indexes] - 1

    def shard_pairs(self, shard: int) -> tuple[Int64s, Int64s]:
        """Every (position in the shard, code)."""
        lists = self._lists.get(shard)
        if lists is not None:
            return lists.pairs()
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for number in range(self._planes.count(shard)):
            plane = self._planes.plane(shard, number)
            inside = np.flatnonzero(plane)
            found.append((inside, plane[inside].astype(np.int64) - 1))
        return np.concatenate([inside for inside, _ in found]), np.concatenate([codes for _, codes in found])

    def has_gap(self, shard: int) -> bool:
        """Whether some record has a row behind an empty place, which must not be."""
        return self._planes.has_gap(shard)

    def list_holding(self, shard: int, flags: NDArray[np.uint8]) -> Int64s:
        """The positions, in a shard that keeps lists, that hold a code whose flag is set; some may repeat."""
        return self._lists[shard].holding(flags)


def _hold_one_twice(slots: list[NDArray[Any]]) -> Mask:
    """Which records have one code in two of their slots."""
    found = np.zeros(len(slots[0]), np.bool_)
    for number in range(1, len(slots)):
        is_held = slots[number] != 0
        for before in range(number):
            found |= (slots[number] == slots[before]) & is_held
    return found


def _distinct_pairs(positions: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
    """Each pair once, ordered by position."""
    words = sorted_distinct((positions.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64))
    return (words >> _SHIFT).astype(np.int64), (words & _CODES).astype(np.int64)


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
