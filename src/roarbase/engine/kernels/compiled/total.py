"""total: how many of the records selected have a number in a column, and the sum of these."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.blocks import combine_and, is_crowded
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
from roarbase.engine.kernels.compiled.sums import add_high, add_low, sum_start, sum_value
from roarbase.engine.kernels.compiled.work import next_blocks, thread_number
from roarbase.engine.kernels.port import BLOCK_POSITIONS

__all__ = ["total"]

_LOW_HALF = 2**32 - 1
_SPARSE = {1: 2, 2: 3, 4: 6, 8: 8}
"""Up to this many bits in a word, by width, one value after the other is cheaper than all 64."""

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at, 8: int64s_at}


def _block_adder(width):
    sparse, values_at, is_whole = uint64(_SPARSE[width]), _AT[width], width == 8
    start, add, value = sum_start[width], add_low[width], sum_value[width]

    @njit(**HELPER)
    @named(f"add_block{width}")
    def add_block(selected, values, n):
        """(count, low sum, high sum) of one block."""
        w, count, low, high = words_at(selected, n), NO_BITS, int64(0), int64(0)
        lows, highs, reads_all = start(), start(), is_crowded(selected, n)
        for i in range(n):
            word, here = w[i], values + 64 * width * i
            bits = count_bits(word)
            count += bits
            if reads_all or bits > sparse:
                lows = add(lows, here, word)
                if is_whole:
                    highs = add_high(highs, here, word)
                continue
            while word:
                x = int64(values_at(here, 64)[first_bit(word)])
                word &= word - ONE_BIT
                low += x & _LOW_HALF
                high += x >> 32
        if is_whole:
            high += value(highs)
        return int64(count), low + value(lows), high

    return add_block


_add1, _add2, _add4, _add8 = (_block_adder(width) for width in (1, 2, 4, 8))


@njit(**HELPER)
def _add_up(width, selected, values, n):
    if width == 1:
        return _add1(selected, values, n)
    if width == 2:
        return _add2(selected, values, n)
    if width == 4:
        return _add4(selected, values, n)
    return _add8(selected, values, n)


@njit(**HELPER)
def _note(found, block_sum, base):
    """Add one block's sum of offsets from a base to a thread's."""
    count, low, high = block_sum
    lower = found[1] + low + count * (base & _LOW_HALF)
    found[0] += count
    found[1] = lower & _LOW_HALF
    found[2] += high + count * (base >> 32) + (lower >> 32)


def total(rows, table, widths, bases, extents, shared, stop, step, scratch, mask, slot, out):
    """Add up the column at `slot` in out[thread]: count, low and high half of the sum.

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
            selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack)
            not_null = block_of(table[shard, slot + 1], block, BLOCK_BYTES)
            if selected and not_null:
                selected = address_of(mask) if combine_and(selected, not_null, address_of(mask), n) else 0
            if selected:
                block_sum = _add_up(width, selected, values + block * BLOCK_POSITIONS * width, n)
                _note(found, block_sum, int64(0) if width == 8 else bases[shard, slot])
        first = next_blocks(shared, step)
