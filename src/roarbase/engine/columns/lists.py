"""Lists: any number of codes per record of one shard, as sorted words of position and code.

A word is position x 2^32 + code, so that what one record holds lies together. Eight bytes per
pair, whoever holds it.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, ranges, sorted_distinct
from roarbase.engine.columns.words import SortedWords, having_code

__all__ = ["CodeLists", "joined", "split"]

_SHIFT = np.uint64(32)
_CODE_BITS = np.uint64(2**32 - 1)


class CodeLists:
    """The codes of one shard's records.

    Args:
        words: The pairs to begin with.
    """

    def __init__(self, words: SortedWords | None = None) -> None:
        self._words = SortedWords() if words is None else words

    def __len__(self) -> int:
        return len(self._words)

    @property
    def nbytes(self) -> int:
        return self._words.nbytes

    def enter(self, words: UInt64s) -> None:
        """Add words that are not there, all different, ascending."""
        self._words.enter(words)

    def runs(self) -> Iterator[UInt64s]:
        """All words: stretches that are each ascending, for reading only."""
        return self._words.runs()

    def together(self) -> UInt64s:
        """All words, ascending, as a new array."""
        return self._words.together()

    def with_words(self, words: UInt64s) -> "CodeLists":
        """These and words that are not there, ascending, for reading only."""
        both = self._words.snapshot()
        both.enter(words)
        return CodeLists(both)

    def remove(self, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Take codes from records, and say which of these pairs were there, each once."""
        return split(self._words.remove(joined(inside, codes)))

    def without(self, is_gone: Mask) -> "CodeLists":
        """The same without what is held at the positions that are flagged."""
        return self._keeping(lambda inside, _: ~is_gone[inside])

    def without_code(self, code: int, is_gone: Mask) -> "CodeLists":
        """The same without one code at the positions that are flagged."""
        return self._keeping(lambda inside, codes: (codes != code) | ~is_gone[inside])

    def _keeping(self, is_kept: Callable[[Int64s, Int64s], Mask]) -> "CodeLists":
        return CodeLists(self._words.keeping([is_kept(*split(run)) for run in self._words.runs()]))

    def members(self, inside: Int64s, limit: int | Int64s | None = None) -> tuple[Int64s, Int64s]:
        """The codes of records, as pairs of (index into `inside`, code); of each record up to `limit` of them."""
        indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        lowest = inside.astype(np.uint64) << _SHIFT
        for run in self._words.runs():
            starts = np.searchsorted(run, lowest, "left")
            lengths = np.searchsorted(run, lowest | _CODE_BITS, "right") - starts
            if limit is not None:
                lengths = np.minimum(lengths, limit)
                limit = limit - lengths
            indexes.append(np.repeat(np.arange(len(inside)), lengths))
            codes.append((run[ranges(starts, lengths)] & _CODE_BITS).astype(np.int64))
        return np.concatenate(indexes), np.concatenate(codes)

    def holding(self, flags: NDArray[np.uint8]) -> Int64s:
        """The positions that hold a code whose flag is set; some may repeat."""
        found = [having_code(run, flags) for run in self._words.runs()]
        return split(np.concatenate((np.zeros(0, np.uint64), *found)))[0]

    def holders(self, code: int) -> Int64s:
        """The positions that hold a code, ascending."""
        found = [np.zeros(0, np.uint64), *(run[run & _CODE_BITS == code] for run in self._words.runs())]
        return split(sorted_distinct(np.concatenate(found)))[0]

    def counts(self, is_counted: Mask, length: int) -> Int64s:
        """How often each code below `length` occurs at the positions that are flagged."""
        inside, codes = self.pairs()
        return np.bincount(codes[is_counted[inside]], minlength=length)

    @classmethod
    def of(cls, words: UInt64s) -> "CodeLists":
        """Lists with these words, which are ascending."""
        return cls(SortedWords.of(words))

    def pairs(self) -> tuple[Int64s, Int64s]:
        """Every position and code, in no particular order."""
        return split(np.concatenate((np.zeros(0, np.uint64), *self._words.runs())))


def joined(positions: Int64s, codes: Int64s) -> UInt64s:
    """Pairs as words."""
    return (positions.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64)


def split(words: UInt64s) -> tuple[Int64s, Int64s]:
    """The positions and codes of words."""
    return (words >> _SHIFT).astype(np.int64), (words & _CODE_BITS).astype(np.int64)
