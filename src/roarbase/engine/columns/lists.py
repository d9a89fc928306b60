"""Lists: any number of codes per record of one shard, as sorted words of position and code.

A word is position x 2^32 + code, so that what one record holds lies together. Eight bytes per
pair, whoever holds it.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, ranges, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.columns.words import SortedWords, having_code
from roarbase.engine.kernels.writes.port import HasWrites

__all__ = ["CodeLists", "add_to_lists"]

_SHIFT = np.uint64(32)
_CODE_BITS = np.uint64(2**32 - 1)
_WORD_BITS = np.uint64(SHARD_BITS + 32)
_IN_WORD = np.uint64(2 ** (SHARD_BITS + 32) - 1)


class CodeLists:
    """The codes of one shard's records."""

    def __init__(self) -> None:
        self._words = SortedWords()

    @property
    def nbytes(self) -> int:
        return self._words.nbytes

    def enter(self, words: UInt64s) -> None:
        """Add words that are not there, all different, ascending."""
        self._words.enter(words)

    def runs(self) -> Iterator[UInt64s]:
        """All words: stretches that are each ascending, for reading only."""
        return self._words.runs()

    def remove(self, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Take codes from records, and say which of these pairs were there, each once."""
        return _split(self._words.remove(_joined(inside, codes)))

    def without(self, is_gone: Mask) -> "CodeLists":
        """The same without what is held at the positions that are flagged."""
        return self._keeping(lambda inside, _: ~is_gone[inside])

    def without_code(self, code: int, is_gone: Mask) -> "CodeLists":
        """The same without one code at the positions that are flagged."""
        return self._keeping(lambda inside, codes: (codes != code) | ~is_gone[inside])

    def _keeping(self, is_kept: Callable[[Int64s, Int64s], Mask]) -> "CodeLists":
        kept = CodeLists()
        kept._words = self._words.keeping([is_kept(*_split(run)) for run in self._words.runs()])
        return kept

    def members(self, inside: Int64s) -> tuple[Int64s, Int64s]:
        """The codes of records, as pairs of (index into `inside`, code)."""
        indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        lowest = inside.astype(np.uint64) << _SHIFT
        for run in self._words.runs():
            starts = np.searchsorted(run, lowest, "left")
            lengths = np.searchsorted(run, lowest | _CODE_BITS, "right") - starts
            indexes.append(np.repeat(np.arange(len(inside)), lengths))
            codes.append((run[ranges(starts, lengths)] & _CODE_BITS).astype(np.int64))
        return np.concatenate(indexes), np.concatenate(codes)

    def holding(self, flags: NDArray[np.uint8]) -> Int64s:
        """The positions that hold a code whose flag is set; some may repeat."""
        found = [having_code(run, flags) for run in self._words.runs()]
        return _split(np.concatenate((np.zeros(0, np.uint64), *found)))[0]

    def holders(self, code: int) -> Int64s:
        """The positions that hold a code, ascending."""
        found = [np.zeros(0, np.uint64), *(run[run & _CODE_BITS == code] for run in self._words.runs())]
        return (sorted_distinct(np.concatenate(found)) >> _SHIFT).astype(np.int64)

    def counts(self, is_counted: Mask, length: int) -> Int64s:
        """How often each code below `length` occurs at the positions that are flagged."""
        inside, codes = self.pairs()
        return np.bincount(codes[is_counted[inside]], minlength=length)

    def pairs(self) -> tuple[Int64s, Int64s]:
        """Every position and code, in no particular order."""
        return _split(np.concatenate((np.zeros(0, np.uint64), *self._words.runs())))


def add_to_lists(lists: Mapping[int, CodeLists], kernels: HasWrites, positions: Int64s, codes: Int64s) -> Mask:
    """Give records of these shards codes, and say which of the pairs are new; of those given twice, one."""
    words = _joined(positions, codes)
    order = np.argsort(words)
    words = words[order]
    is_new = ~_held(lists, kernels, words)
    is_new[1:] &= words[1:] != words[:-1]
    new = words[is_new]
    shards, starts = np.unique(new >> _WORD_BITS, return_index=True)
    stops = [*starts[1:].tolist(), len(new)][: len(shards)]
    new &= _IN_WORD
    for shard, start, stop in zip(shards.tolist(), starts.tolist(), stops, strict=True):
        lists[shard].enter(new[start:stop])
    are_new = np.empty(len(words), np.bool_)
    are_new[order] = is_new
    return are_new


def _held(lists: Mapping[int, CodeLists], kernels: HasWrites, words: UInt64s) -> Mask:
    """Which words of position in the table and code are there."""
    held = np.empty(len(words), np.bool_)
    runs = {shard: [*kept.runs()] for shard, kept in lists.items()}
    all_runs = [run for shard in sorted(runs) for run in runs[shard]]
    counts = [len(runs.get(shard, ())) for shard in range(max(runs) + 1)]
    kernels.writes.has_words(
        np.array([run.ctypes.data for run in all_runs], np.int64),
        np.array([len(run) for run in all_runs], np.int64),
        *(np.cumsum([0, *counts]), words, held.view(np.uint8)),
    )
    return held


def _joined(inside: Int64s, codes: Int64s) -> UInt64s:
    return (inside.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64)


def _split(words: UInt64s) -> tuple[Int64s, Int64s]:
    return (words >> _SHIFT).astype(np.int64), (words & _CODE_BITS).astype(np.int64)
