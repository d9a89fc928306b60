"""Ids as kernels compare them: signed 64-bit words in the same order, with 0 left free for "no id"."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s

__all__ = ["GREATEST_WORD", "LEAST_WORD", "to_ids", "to_words", "word_of"]

_HALF = 2**63
_SIGN = np.uint64(_HALF)
LEAST_WORD, GREATEST_WORD = -_HALF, _HALF - 1
"""Of ids 0 and 2^64-2."""


def word_of(record_id: int) -> int:
    """The word of an id from 0 to 2^64-2.

    >>> [word_of(i) - LEAST_WORD for i in (0, 1)], word_of(2**63 - 1), word_of(2**63)
    ([0, 1], -1, 1)
    """
    return record_id - _HALF + (record_id >= _HALF)


def to_words(ids: UInt64s) -> Int64s:
    """The words of ids."""
    words: Int64s = (ids ^ _SIGN).view(np.int64)
    words += words >= 0
    return words


def to_ids(words: Int64s) -> UInt64s:
    """The ids of words; what 0 gives means nothing."""
    ids: UInt64s = (words - (words > 0)).view(np.uint64)
    ids ^= _SIGN
    return ids
