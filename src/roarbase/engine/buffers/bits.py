"""Bitmaps in uint64 words: bit i of word w stands for position 64 w + i."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.layout import aligned
from roarbase.engine.kernels.port import WORD_BITS

__all__ = [
    "change_bits",
    "clear_bits",
    "count_bits",
    "has_bits",
    "has_stretch",
    "new_words",
    "positions_of",
    "set_bits",
    "set_stretch",
    "to_mask",
]

_ONE = np.uint64(1)
_ALL = np.uint64(2**64 - 1)
_LOW_BITS = np.uint64(WORD_BITS - 1)
_WORD_SHIFT = WORD_BITS.bit_length() - 1
_DENSE = 16
"""From one position in this many on, bits are set through a mask of all positions: a pass over
the whole bitmap then costs less than going to each word by itself."""


def new_words(capacity: int) -> UInt64s:
    """A bitmap without a bit, for this many positions."""
    return aligned(capacity // WORD_BITS, np.uint64)


def set_bits(words: UInt64s, positions: Int64s) -> None:
    """Set the bits of these positions."""
    if len(positions) * _DENSE > len(words) * WORD_BITS:
        words |= _words_of(positions, len(words))
    else:
        np.bitwise_or.at(words, positions >> _WORD_SHIFT, _bit(positions))


def set_stretch(words: UInt64s, start: int, stop: int) -> None:
    """Set the bits from `start` up to `stop`.

    >>> words = np.zeros(3, np.uint64)
    >>> set_stretch(words, 62, 130)
    >>> [hex(word) for word in words.tolist()]
    ['0xc000000000000000', '0xffffffffffffffff', '0x3']
    """
    if start >= stop:
        return
    first, last = start // WORD_BITS, (stop - 1) // WORD_BITS
    from_start = _ALL << np.uint64(start % WORD_BITS)
    to_stop = _ALL >> np.uint64(-stop % WORD_BITS)
    if first == last:
        words[first] |= from_start & to_stop
        return
    words[first] |= from_start
    words[first + 1 : last] = _ALL
    words[last] |= to_stop


def has_stretch(words: UInt64s, start: int, stop: int) -> bool:
    """Whether any bit from `start` up to `stop` is set; behind the last word none is.

    >>> has_stretch(np.array([0, 2], np.uint64), 66, 200), has_stretch(np.array([0, 2], np.uint64), 0, 66)
    (False, True)
    """
    first, last = start // WORD_BITS, (min(stop, len(words) * WORD_BITS) - 1) // WORD_BITS
    if start >= stop or first > last:
        return False
    found = words[first : last + 1].copy()
    found[0] &= _ALL << np.uint64(start % WORD_BITS)
    if stop < (last + 1) * WORD_BITS:
        found[-1] &= _ALL >> np.uint64(-stop % WORD_BITS)
    return bool(found[found.argmax()])


def clear_bits(words: UInt64s, positions: Int64s) -> None:
    """Clear the bits of these positions."""
    if len(positions) * _DENSE > len(words) * WORD_BITS:
        words &= ~_words_of(positions, len(words))
    else:
        np.bitwise_and.at(words, positions >> _WORD_SHIFT, ~_bit(positions))


def change_bits(words: UInt64s, positions: Int64s, is_set: Mask) -> None:
    """Set or clear the bit of each position, all different."""
    set_bits(words, positions[is_set])
    clear_bits(words, positions[~is_set])


def has_bits(words: UInt64s, positions: Int64s) -> Mask:
    """Whether the bit of each position is set."""
    if len(positions) * _DENSE > len(words) * WORD_BITS:
        return to_mask(words)[positions]
    found: Mask = (words[positions >> _WORD_SHIFT] >> (positions.astype(np.uint64) & _LOW_BITS)) & _ONE != 0
    return found


def to_mask(words: UInt64s) -> Mask:
    """One bool per position."""
    return np.unpackbits(words.view(np.uint8), bitorder="little").view(np.bool_)


def positions_of(words: UInt64s) -> Int64s:
    """The positions whose bit is set, ascending."""
    return np.flatnonzero(to_mask(words))


def count_bits(words: UInt64s) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(words).sum())


def _bit(positions: Int64s) -> UInt64s:
    bits: UInt64s = _ONE << (positions.astype(np.uint64) & _LOW_BITS)
    return bits


def _words_of(positions: Int64s, length: int) -> UInt64s:
    mask = np.zeros(length * WORD_BITS, np.bool_)
    mask[positions] = True
    return np.packbits(mask, bitorder="little").view(np.uint64)
