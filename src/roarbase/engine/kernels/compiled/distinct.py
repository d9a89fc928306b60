"""distinct: cells that say the same have the same number."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import uint64

from roarbase.engine.kernels.compiled.memory import NO_BITS, ONE_BIT, address_of, same_bytes
from roarbase.engine.kernels.compiled.siphash import hash_text

__all__ = ["distinct"]

_HASH_BITS = uint64(32)
_NUMBER = uint64(0xFFFFFFFF)


def distinct(letters, starts, stops, key, slots, codes, firsts):
    """Number cells as they first occur; gives how many differ.

    Args:
        key: Of the hash.
        slots: Zeros, a power of two of them, more than there are cells. One in use has the hash in its upper half, and
            in the lower the number plus one.
        codes: The number of each cell is written here.
        firsts: The place of the first cell of each number.
    """
    begin, mask, count = address_of(letters), uint64(slots.size - 1), 0
    for i in range(starts.size):
        text, size = begin + starts[i], stops[i] - starts[i]
        text_hash = uint64(hash_text(text, size, key))
        at = text_hash & mask
        while slots[at] != NO_BITS:
            number = (slots[at] & _NUMBER) - ONE_BIT
            if slots[at] >> _HASH_BITS == text_hash:
                first = firsts[number]
                if stops[first] - starts[first] == size and same_bytes(begin + starts[first], text, size):
                    break
            at = (at + ONE_BIT) & mask
        if slots[at] == NO_BITS:
            number = uint64(count)
            firsts[count] = i
            count += 1
            slots[at] = (text_hash << _HASH_BITS) | (number + ONE_BIT)
        codes[i] = number
    return count
