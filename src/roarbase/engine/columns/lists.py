"""Lists: any number of codes per record of one shard, as sorted words of position and code.

A word is position x 2^32 + code, so that what one record holds lies together. Eight bytes per
pair, whoever holds it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, first_among, ranges, sorted_distinct
from roarbase.engine.columns.words import SortedWords, having_code

__all__ = ["CodeLists"]

_SHIFT = np.uint64(32)
_CODE_BITS = np.uint64(2**32 - 1)


class CodeLists:
    """The codes of one shard's records."""

    def __init__(self) -> None:
        self._words = SortedWords()

    @property
    def nbytes(self) -> int:
        return self._words.nbytes

    def add(self, inside: Int64s, codes: Int64s) -> Mask:
        """Give records codes, and say which of these pairs are new; of those given twice, the first."""
        words = _joined(inside, codes)
        return first_among(words, self._words.add(words))

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


def _joined(inside: Int64s, codes: Int64s) -> UInt64s:
    return (inside.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64)


def _split(words: UInt64s) -> tuple[Int64s, Int64s]:
    return (words >> _SHIFT).astype(np.int64), (words & _CODE_BITS).astype(np.int64)
