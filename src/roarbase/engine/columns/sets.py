"""Sets: any number of rows per record, in up to 16 planes, or past them in lists, by shard.

Planes are filled from the first: a record with three rows has codes in planes 0, 1 and 2.
Where one is taken out, the others close the gap.
A shard in which one record gets a seventeenth row moves to lists as a whole, and stays there.
"""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, sorted_distinct
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.lists import CodeLists
from roarbase.engine.columns.planes import Planes
from roarbase.engine.counters.rows import RowCounters
from roarbase.engine.kernels.port import SHARD_POSITIONS

__all__ = ["MAXIMUM_PLANES", "SetColumn"]

MAXIMUM_PLANES = 16
_IN_SHARD = SHARD_POSITIONS - 1
_CODE_BITS = 32


class SetColumn:
    """The rows of a set or time field.

    Attributes:
        counters: How many records hold each row.
    """

    def __init__(self) -> None:
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

    def add(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Give records of a shard rows; pairs may repeat.

        Returns:
            The pairs (position, code) that are new, each once.
        """
        lists = self._lists.get(shard)
        new = lists.add(inside, codes) if lists is not None else self._add_to_planes(shard, inside, codes)
        self.counters.add(new[1])
        return new

    def _add_to_planes(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        inside, codes = _distinct_pairs(inside, codes)
        there = self._planes.at(shard, inside)
        is_new = ~(there == codes + 1).any(axis=0)
        inside, codes, there = inside[is_new], codes[is_new], there[:, is_new]
        if not len(inside):
            return inside, codes
        slots = np.count_nonzero(there, axis=0) + _ranks(inside)
        planes = int(slots.max()) + 1
        if planes > MAXIMUM_PLANES:
            self._move_to_lists(shard)
            return self._lists[shard].add(inside, codes)
        self._planes.fit(shard, planes, int(codes.max()) + 1)
        for slot in range(planes):
            here = slots == slot
            self._planes.plane(shard, slot)[inside[here]] = codes[here] + 1
        return inside, codes

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

    def _move_to_lists(self, shard: int) -> None:
        lists = CodeLists()
        lists.add(*self.shard_pairs(shard))
        self._planes.drop(shard)
        self._lists[shard] = lists

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, _exists: ExistsColumn) -> "SetColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return SetColumn()

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

    def list_holding(self, shard: int, flags: NDArray[np.uint8]) -> Int64s:
        """The positions, in a shard that keeps lists, that hold a code whose flag is set; some may repeat."""
        return self._lists[shard].holding(flags)


def _distinct_pairs(inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
    """Each pair once, ordered by position."""
    words = sorted_distinct((inside << _CODE_BITS) | codes)
    return words >> _CODE_BITS, words & ((1 << _CODE_BITS) - 1)


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
