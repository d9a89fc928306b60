"""Lists: any number of codes per record of one shard, as sorted words of position and code.

A word is position x 2^32 + code, so that what one record holds lies together. Eight bytes per
pair, whoever holds it.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, UInt64s, ranges
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

    def add(self, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Give records codes, and say which of these pairs are new, each once."""
        return _split(self._words.add(_joined(inside, codes)))

    def remove(self, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Take codes from records, and say which of these pairs were there, each once."""
        return _split(self._words.remove(_joined(inside, codes)))

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

    def pairs(self) -> tuple[Int64s, Int64s]:
        """Every position and code, in no particular order."""
        return _split(np.concatenate((np.zeros(0, np.uint64), *self._words.runs())))


def _joined(inside: Int64s, codes: Int64s) -> UInt64s:
    return (inside.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64)


def _split(words: UInt64s) -> tuple[Int64s, Int64s]:
    return (words >> _SHIFT).astype(np.int64), (words & _CODE_BITS).astype(np.int64)
