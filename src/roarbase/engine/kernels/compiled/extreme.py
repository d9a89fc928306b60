"""extreme: the least or the greatest number among the records selected, and how many hold it.

Blocks whose zone says that they hold nothing as good are not looked at: where a number can be anywhere, a
tenth of the blocks is left.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.blocks import combine_and, is_crowded, population
from roarbase.engine.kernels.compiled.comparisons import within
from roarbase.engine.kernels.compiled.extremes import extreme_start, extreme_step, extreme_value
from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    NO_BITS,
    ONE_BIT,
    address_of,
    bytes_at,
    count_bits,
    first_bit,
    halves_at,
    int64s_at,
    named,
    uint32s_at,
    words_at,
)
from roarbase.engine.kernels.compiled.program import (
    BLOCK_BYTES,
    BLOCKS_PER_SHARD,
    block_of,
    select_block,
    words_in_block,
)
from roarbase.engine.kernels.compiled.work import next_blocks, thread_number
from roarbase.engine.kernels.port import BLOCK_POSITIONS

__all__ = ["extreme"]

_SPARSE = {1: 2, 2: 3, 4: 6, 8: 8}
"""Up to this many bits in a word, by width, one value after the other is cheaper than all 64."""

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at, 8: int64s_at}


def _block_searcher(width, name):
    sparse, values_at, is_least = uint64(_SPARSE[width]), _AT[width], name == "min"
    start, advance, value = (table[width, name] for table in (extreme_start, extreme_step, extreme_value))

    @njit(**HELPER)
    @named(f"search_{name}{width}")
    def search(selected, values, n):
        """The extreme of one block; not for an empty selection."""
        w, found, reads_all = words_at(selected, n), start(), is_crowded(selected, n)
        best = value(found)
        for i in range(n):
            word, here = w[i], values + 64 * width * i
            if reads_all or count_bits(word) > sparse:
                found = advance(found, here, word)
                continue
            while word:
                x = int64(values_at(here, 64)[first_bit(word)])
                word &= word - ONE_BIT
                best = min(best, x) if is_least else max(best, x)
        return min(best, value(found)) if is_least else max(best, value(found))

    return search


_least1, _least2, _least4, _least8 = (_block_searcher(width, "min") for width in (1, 2, 4, 8))
_greatest1, _greatest2, _greatest4, _greatest8 = (_block_searcher(width, "max") for width in (1, 2, 4, 8))


@njit(**HELPER)
def _search(width, wants_greatest, selected, values, n):
    if width == 1:
        return _greatest1(selected, values, n) if wants_greatest else _least1(selected, values, n)
    if width == 2:
        return _greatest2(selected, values, n) if wants_greatest else _least2(selected, values, n)
    if width == 4:
        return _greatest4(selected, values, n) if wants_greatest else _least4(selected, values, n)
    return _greatest8(selected, values, n) if wants_greatest else _least8(selected, values, n)


def _holder_counter(width):
    in_range = within[width]

    @njit(**HELPER)
    @named(f"count_holders{width}")
    def count(selected, values, wanted, n):
        w, found = words_at(selected, n), NO_BITS
        for i in range(n):
            if w[i]:
                found += count_bits(w[i] & in_range(values + 64 * width * i, wanted, wanted))
        return int64(found)

    return count


_holders1, _holders2, _holders4, _holders8 = (_holder_counter(width) for width in (1, 2, 4, 8))


@njit(**HELPER)
def _count_holders(width, selected, values, wanted, n):
    """How many of the records selected hold this value (as it is stored)."""
    if width == 1:
        return _holders1(selected, values, wanted, n)
    if width == 2:
        return _holders2(selected, values, wanted, n)
    if width == 4:
        return _holders4(selected, values, wanted, n)
    return _holders8(selected, values, wanted, n)


@njit(**HELPER)
def _may_reach(zones, block, best, wants_greatest):
    """Whether a block may hold a number as good as the best so far."""
    if zones == 0:
        return True
    zone = int64s_at(zones + 16 * block, 2)
    return zone[0] <= zone[1] and (zone[1] >= best if wants_greatest else zone[0] <= best)


@njit(**HELPER)
def _note(found, selected, values, width, base, n, wants_greatest):
    """Compare a block's extreme with the best of this thread, found = (holders, number)."""
    if population(selected, n) == 0:
        return
    stored = _search(width, wants_greatest, selected, values, n)
    number = base + stored
    if found[0] == 0 or (number > found[1] if wants_greatest else number < found[1]):
        found[0], found[1] = 0, number
    if number == found[1]:
        found[0] += _count_holders(width, selected, values, stored, n)


def extreme(rows, table, widths, bases, extents, shared, stop, step, scratch, mask, slot, wants_greatest, out):
    """Find the extreme of the column at `slot`, in out[thread]: how many hold it (0: there is none), and what it is.

    `mask` is one block of words to work in.
    """
    stack, found = address_of(scratch), out[thread_number(shared)]
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n, values, width = words_in_block(extents, shard, block), table[shard, slot], widths[shard, slot]
            if n == 0 or values == 0:
                continue
            if found[0] and not _may_reach(table[shard, slot + 2], block, found[1], wants_greatest):
                continue
            selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack)
            not_null = block_of(table[shard, slot + 1], block, BLOCK_BYTES)
            if selected and not_null:
                selected = address_of(mask) if combine_and(selected, not_null, address_of(mask), n) else 0
            if selected:
                base = int64(0) if width == 8 else bases[shard, slot]
                _note(found, selected, values + block * BLOCK_POSITIONS * width, width, base, n, wants_greatest)
        first = next_blocks(shared, step)
