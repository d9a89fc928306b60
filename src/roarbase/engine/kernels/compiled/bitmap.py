"""bitmap: the selection itself; expand: its positions as numbers; first: few of these at once, without a bitmap."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit

from roarbase.engine.kernels.compiled.blocks import clear, combine_or, population
from roarbase.engine.kernels.compiled.memory import HELPER, NO_BITS, ONE_BIT, address_of, first_bit, int64s_at, words_at
from roarbase.engine.kernels.compiled.program import (
    BLOCK_BYTES,
    BLOCKS_PER_SHARD,
    select_block,
    words_in_block,
)
from roarbase.engine.kernels.compiled.work import next_blocks
from roarbase.engine.kernels.port import BLOCK_POSITIONS

__all__ = ["bitmap", "expand", "first"]


def bitmap(rows, table, widths, bases, extents, shared, stop, step, scratch, addresses, counts):
    """Write each block's selection where its shard's bitmap (addresses[shard]) has it, and its size to counts[block].

    A shard with address 0 is left out.
    """
    stack = address_of(scratch)
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n = words_in_block(extents, shard, block)
            if n and addresses[shard]:
                into = addresses[shard] + block * BLOCK_BYTES
                selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack)
                if selected:
                    combine_or(selected, selected, into, n)
                    counts[number] = population(into, n)
                else:
                    clear(into, n)
        first = next_blocks(shared, step)


@njit(**HELPER)
def _expand_block(words, n, position, into):
    w = words_at(words, n)
    for i in range(n):
        word, start = w[i], position + 64 * i
        while word != NO_BITS:
            int64s_at(into, 1)[0] = start + int64(first_bit(word))
            into += 8
            word &= word - ONE_BIT


def expand(addresses, extents, shared, stop, step, ends, counts, out):
    """Write the positions of each block's bits to out, where the block's part ends at ends[block].

    The arrays by block, like the blocks themselves, are numbered through all shards.
    """
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            if counts[number]:
                shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
                words = addresses[shard] + block * BLOCK_BYTES
                into = address_of(out) + 8 * (ends[number] - counts[number])
                _expand_block(words, words_in_block(extents, shard, block), number * BLOCK_POSITIONS, into)
        first = next_blocks(shared, step)


def first(rows, table, widths, bases, extents, stop, scratch, out):
    """Write the first positions selected in blocks 0..stop, as many as there is room for; how many they are.

    In one thread, block after block: for answers that are found early.
    """
    stack, count = address_of(scratch), int64(0)
    for number in range(stop):
        shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
        n = words_in_block(extents, shard, block)
        selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack) if n else 0
        w = words_at(selected, n)
        for i in range(n if selected else 0):
            word, start = w[i], number * BLOCK_POSITIONS + 64 * i
            while word != NO_BITS:
                if count == len(out):
                    return count
                out[count] = start + int64(first_bit(word))
                count += 1
                word &= word - ONE_BIT
    return count
