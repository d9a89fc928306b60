"""Overflow: the rows of records that hold more of them than their shard has planes.

They stand in lists by shard. What came last stands apart, for all shards together, until it is much:
entering a few rows into each of many lists takes longer than all else that a batch does.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, any_set, set_mask, sorted_distinct, zeros
from roarbase.engine.buffers.bits import clear_bits, count_bits, new_words, set_bits
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.columns.lists import CodeLists, joined
from roarbase.engine.columns.words import SortedWords
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.kernels.writes.port import HasWrites

__all__ = ["Overflow"]

_IN_SHARD = SHARD_POSITIONS - 1
_WORD_BITS = np.uint64(SHARD_BITS + 32)
_IN_WORD = np.uint64(2 ** (SHARD_BITS + 32) - 1)
_WORD_BYTES = 8
_RECENT_WORDS = 2**16
_RECENT_RATIO = 8
_ONE_BITMAP = np.zeros(1, np.int64)


class _Runs:
    """Where the words of lists are, for kernels.

    Attributes:
        places: Addresses of runs, their lengths, and by shard the number of its first run.
    """

    def __init__(self, lists: Mapping[int, CodeLists], shards: int) -> None:
        runs = [[*lists[shard].runs()] if shard in lists else [] for shard in range(shards)]
        self._kept = [run for some in runs for run in some]
        self.places = (
            np.array([run.ctypes.data for run in self._kept], np.int64),
            np.array([len(run) for run in self._kept], np.int64),
            np.cumsum([0, *map(len, runs)]),
        )


class Overflow:
    """Pairs of record and code, and which records have any.

    Attributes:
        records: A bitmap by shard: the records with a pair here. Absent in shards that never had one.
        counts: Such records by shard.
        total: Pairs in all.
        capacities: Positions that each shard has room for.
    """

    def __init__(self, kernels: HasWrites) -> None:
        self._kernels = kernels
        self._lists: dict[int, CodeLists] = {}
        self._recent = SortedWords(_RECENT_RATIO)
        self._runs: _Runs | None = None
        self.records = Buffers(1)
        self.counts = np.zeros(0, np.int64)
        self.total = 0
        self.capacities = np.zeros(0, np.int64)

    @property
    def nbytes(self) -> int:
        return self.records.nbytes + _WORD_BYTES * self.total

    @property
    def pairs_per_record(self) -> int:
        """How many pairs such a record has on average, rounded up; at least one."""
        return max(1, -(-self.total // max(1, int(self.counts.sum()))))

    @property
    def shards(self) -> tuple[int, ...]:
        """Shards that have a record here."""
        return tuple(np.flatnonzero(self.counts).tolist()) if self.total else ()

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        self.records.extend(shards=shard + 1)
        more = (0, self.records.shards - len(self.counts))
        self.counts, self.capacities = np.pad(self.counts, more), np.pad(self.capacities, more)
        self.capacities[shard] = capacity
        self.records.lengthen(0, shard, capacity // WORD_BITS)
        self._runs = None  # they are told shard by shard

    # ---- reading -------------------------------------------------------------------------

    def has(self, positions: Int64s) -> Mask:
        """Which records, by position in the table, have a pair here."""
        found = np.empty(len(positions), np.bool_)
        addresses, flags = self.records.addresses[0], found.view(np.uint8)
        self._kernels.writes.has_bits(addresses, self.capacities, SHARD_BITS, positions, flags)
        return found

    def lists(self, shard: int) -> CodeLists:
        """All pairs of a shard as they are now."""
        lowest, settled = shard << int(_WORD_BITS), self._lists.get(shard, CodeLists())
        recent = self._recent.between(lowest, lowest + int(_IN_WORD))
        words = np.sort(np.concatenate(recent)) & _IN_WORD if recent else np.zeros(0, np.uint64)
        return settled.with_words(words)

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The codes that records, by position in the table, have here: pairs of (index into `positions`, code)."""
        indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        places = np.flatnonzero(self.has(positions))
        for shard, where in shard_slices(positions[places]):
            index, code = self.lists(shard).members(positions[places[where]] & _IN_SHARD)
            indexes.append(places[where[index]])
            codes.append(code)
        return np.concatenate(indexes), np.concatenate(codes)

    # ---- adding --------------------------------------------------------------------------

    def add(self, positions: Int64s, codes: Int64s) -> Mask:
        """Add pairs that no plane has; which of them are new, of those given twice, one."""
        words = joined(positions, codes)
        order = np.argsort(words)
        words, positions = words[order], positions[order]
        is_new = np.ones(len(words), np.bool_)
        is_new[1:] = words[1:] != words[:-1]
        is_known = self.has(positions)
        if any_set(is_known):
            is_new[is_known] &= ~self._holds(words[is_known])
        is_begun = ~is_known
        is_begun[1:] &= positions[1:] != positions[:-1]
        begun = positions[is_begun]
        self._have_bitmaps(begun >> SHARD_BITS)
        self._recent.enter(words[is_new])
        self.total += int(np.count_nonzero(is_new))
        self._mark(begun)
        if len(self._recent) > _RECENT_WORDS:
            self._settle()
        are_new = np.empty(len(words), np.bool_)
        are_new[order] = is_new
        return are_new

    def _holds(self, words: UInt64s) -> Mask:
        """Which words of position in the table and code, ascending, are there."""
        held = self._recent.has(words)
        if self._lists:
            if self._runs is None:
                self._runs = _Runs(self._lists, len(self.counts))
            listed = np.empty(len(words), np.bool_)
            self._kernels.writes.has_words(*self._runs.places, words, listed.view(np.uint8))
            held |= listed
        return held

    def _have_bitmaps(self, shards: Int64s) -> None:
        if not self.records.addresses[0, shards].all():
            for shard in sorted_distinct(shards).tolist():
                if self.records.get(0, shard) is None:
                    self.records.put(0, shard, new_words(int(self.capacities[shard])))

    def _mark(self, positions: Int64s) -> None:
        """Note records that had no pair here, each once."""
        self.counts += np.bincount(positions >> SHARD_BITS, minlength=len(self.counts))
        flags = set_mask(len(positions)).view(np.uint8)
        self._kernels.writes.change_bits(self.records.addresses, _ONE_BITMAP, positions, zeros(len(positions)), flags)

    def _settle(self) -> None:
        """Have all pairs in the lists of their shards; if memory gives out, nothing has changed."""
        words = self._recent.together()
        shards, starts = np.unique(words >> _WORD_BITS, return_index=True)
        parts = zip(shards.tolist(), np.split(words & _IN_WORD, starts[1:]), strict=False)
        settled = {shard: self._lists.get(shard, CodeLists()).with_words(part) for shard, part in parts}
        self._lists.update(settled)
        self._recent, self._runs = SortedWords(_RECENT_RATIO), None

    # ---- taking away ---------------------------------------------------------------------

    def remove(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Take pairs from a shard, and say which of them were there, each once."""
        if not self.counts[shard]:
            return inside[:0], codes[:0]
        self._settle()
        self._runs = None
        inside, codes = self._lists[shard].remove(inside, codes)
        self.total -= len(inside)
        records = sorted_distinct(inside)
        ended = np.delete(records, self._lists[shard].members(records, 1)[0])
        words = self.records.get(0, shard)
        assert words is not None
        clear_bits(words, ended)
        self.counts[shard] -= len(ended)
        return inside, codes

    def take(self, shard: int, inside: Int64s, limits: Int64s) -> tuple[Int64s, Int64s]:
        """Take up to so many codes from each of some records, and give them: pairs of (index into `inside`, code)."""
        indexes, codes = self.lists(shard).members(inside, limits)
        self.remove(shard, inside[indexes], codes)
        return indexes, codes

    def replacement(self, shard: int, lists: CodeLists) -> Patch:
        """Prepare to have these pairs in a shard instead of all that it has now."""
        words = None
        if len(lists):
            words = new_words(int(self.capacities[shard]))
            set_bits(words, lists.pairs()[0])
        return partial(self._replace, shard, lists, words)

    def _replace(self, shard: int, lists: CodeLists, words: UInt64s | None) -> None:
        self._settle()
        self._runs = None
        self.total += len(lists) - len(self._lists.get(shard, ()))
        self._lists[shard] = lists
        self.counts[shard] = 0 if words is None else count_bits(words)
        self.records.put(0, shard, words)

    # ---- copies --------------------------------------------------------------------------

    def copy_shard(self, source: "Overflow", shard: int) -> None:
        """Copy a shard of another one."""
        self.resize(shard, int(source.capacities[shard]))
        self.records.copy_shard(source.records, shard)
        before, self._lists[shard] = len(self._lists.get(shard, ())), source.lists(shard)
        self.total += len(self._lists[shard]) - before
        self.counts[shard] = source.counts[shard]

    # ---- verifying -----------------------------------------------------------------------

    def has_strays(self, shard: int) -> bool:
        """Whether the bitmap or the count of a shard is not that of its pairs, which must not be."""
        expected = new_words(int(self.capacities[shard]))
        set_bits(expected, self.lists(shard).pairs()[0])
        words = self.records.get(0, shard)
        is_marked = not expected.any() if words is None else bool((words == expected).all())
        return not is_marked or count_bits(expected) != self.counts[shard]

    def count_pairs(self) -> int:
        """The pairs one by one: as many as `total` says."""
        return sum(len(self.lists(shard)) for shard in range(len(self.counts)))
