"""Lists of cells and numbers where a mask holds many records: 64 at a time."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.indexes import (
    add_index,
    at_most,
    high_halves,
    no_index,
    pack,
    store,
    supports_pack,
)
from roarbase.engine.kernels.compiled.memory import HELPER, NO_BITS, ONE_BIT, ZERO, first_bit, uint32s_at, words_at

__all__ = ["append", "list_cells", "list_numbers"]

_ALL_BITS = ~NO_BITS
_add1, _add2, _add4, _add8 = (add_index[width] for width in (1, 2, 4, 8))


@njit(**HELPER)
def _add_index(width, index, values, mask, offset, stride):
    if width == 1:
        return _add1(index, values, mask, offset, stride)
    if width == 2:
        return _add2(index, values, mask, offset, stride)
    if width == 4:
        return _add4(index, values, mask, offset, stride)
    return _add8(index, values, mask, offset, stride)


@njit(**HELPER)
def append(into, index, word):
    """Append the lanes of a word's bits to a list of uint32 that has 64 places more; how many."""
    if word == _ALL_BITS:
        store(into, index)
        return 64
    if supports_pack():
        return pack(into, index, word)
    # The lanes go into the list as they are; those of the bits then move down, none before it was read.
    store(into, index)
    listed, count = uint32s_at(into, 64), uint64(0)
    while word:
        listed[count] = listed[first_bit(word)]
        count += ONE_BIT
        word &= word - ONE_BIT
    return int64(count)


@njit(**HELPER)
def list_cells(mask, terms, count, start, stop, last, into):
    """List the cells of the masked records of words start..stop; how many. Cells beyond `last` become `last`."""
    w, listed = words_at(mask, stop), ZERO
    for i in range(start, stop):
        word = w[i]
        if word == NO_BITS:
            continue
        index = no_index()
        for number in range(count):
            term = terms[number]
            width = term[1]
            holding = words_at(term[4], stop)[i] if term[4] else _ALL_BITS
            index = _add_index(width, index, term[0] + 64 * width * i, holding, term[2], term[3])
        listed += append(into + 4 * listed, at_most(index, last), word)
    return listed


@njit(**HELPER)
def list_numbers(mask, values, width, start, stop, low, high):
    """List the numbers of the masked records: offsets, or (width 8) lower and upper halves in two lists."""
    w, listed = words_at(mask, stop), ZERO
    for i in range(start, stop):
        word, here = w[i], values + 64 * width * i
        if word:
            if width == 8:
                append(high + 4 * listed, high_halves(here), word)
            listed += append(low + 4 * listed, _add_index(width, no_index(), here, _ALL_BITS, ZERO, int64(1)), word)
