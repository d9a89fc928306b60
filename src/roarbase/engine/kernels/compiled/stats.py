"""stats: count, sum, least and greatest of a number column among the records selected."""

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
from roarbase.engine.kernels.compiled.sums import (
    add_high,
    add_low,
    extreme_start,
    extreme_step,
    extreme_value,
    sum_start,
    sum_value,
)
from roarbase.engine.kernels.compiled.work import next_blocks, thread_number
from roarbase.engine.kernels.port import BLOCK_POSITIONS

__all__ = ["stats"]

_LOW_HALF = 2**32 - 1
_SPARSE = {1: 2, 2: 3, 4: 6, 8: 8}
"""Up to this many bits in a word, by width, one value after the other is cheaper than all 64."""

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at, 8: int64s_at}


def _summary(width):
    sparse, values_at, is_whole = uint64(_SPARSE[width]), _AT[width], width == 8
    start, least_start, greatest_start = sum_start[width], extreme_start[width, "min"], extreme_start[width, "max"]
    add, least_step, greatest_step = add_low[width], extreme_step[width, "min"], extreme_step[width, "max"]
    value, least_value, greatest_value = sum_value[width], extreme_value[width, "min"], extreme_value[width, "max"]

    @njit(**HELPER)
    @named(f"summarize{width}")
    def summarize(selected, values, n):
        """(count, low sum, high sum, least, greatest) of one block; not for an empty selection."""
        w, count, low, high = words_at(selected, n), NO_BITS, int64(0), int64(0)
        lows, highs, leasts, greatests = start(), start(), least_start(), greatest_start()
        least, greatest = least_value(leasts), greatest_value(greatests)
        reads_all = is_crowded(selected, n)
        for i in range(n):
            word, here = w[i], values + 64 * width * i
            bits = count_bits(word)
            count += bits
            if reads_all or bits > sparse:
                lows = add(lows, here, word)
                if is_whole:
                    highs = add_high(highs, here, word)
                leasts = least_step(leasts, here, word)
                greatests = greatest_step(greatests, here, word)
                continue
            while word:
                x = int64(values_at(here, 64)[first_bit(word)])
                word &= word - ONE_BIT
                low += x & _LOW_HALF
                high += x >> 32
                least, greatest = min(least, x), max(greatest, x)
        if is_whole:
            high += value(highs)
        least, greatest = min(least, least_value(leasts)), max(greatest, greatest_value(greatests))
        return int64(count), low + value(lows), high, least, greatest

    return summarize


_summary1, _summary2, _summary4, _summary8 = (_summary(width) for width in (1, 2, 4, 8))


@njit(**HELPER)
def _summarize(width, selected, values, n):
    if width == 1:
        return _summary1(selected, values, n)
    if width == 2:
        return _summary2(selected, values, n)
    if width == 4:
        return _summary4(selected, values, n)
    return _summary8(selected, values, n)


@njit(**HELPER)
def _add_block(total, summary, base):
    """Add one block's summary of offsets from a base to a thread's totals."""
    count, low, high, least, greatest = summary
    if count == 0:
        return
    total[3] = min(total[3], base + least) if total[0] else base + least
    total[4] = max(total[4], base + greatest) if total[0] else base + greatest
    total[0] += count
    lower = total[1] + low + count * (base & _LOW_HALF)
    total[1] = lower & _LOW_HALF
    total[2] += high + count * (base >> 32) + (lower >> 32)


def stats(rows, table, widths, bases, extents, shared, stop, step, scratch, mask, slot, out):
    """Summarize the column at `slot` into out[thread]: count, low and high half of the sum, least, greatest.

    `mask` is one block of words to work in.
    """
    stack, total = address_of(scratch), out[thread_number(shared)]
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
                summary = _summarize(width, selected, values + block * BLOCK_POSITIONS * width, n)
                _add_block(total, summary, int64(0) if width == 8 else bases[shard, slot])
        first = next_blocks(shared, step)
