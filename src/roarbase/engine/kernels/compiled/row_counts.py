"""row_counts and pair_counts: how many of the selected records each of many row bitmaps holds.

Several blocks are selected first and then met by one row after the other, so that each row bitmap is read in
longer runs: 2 KB at a time from a hundred places takes 1.5 times as long.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.blocks import clear, combine_and, combine_or, population_of_both
from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    NO_BITS,
    address_of,
    count_bits,
    int64s_at,
    uint32s_at,
    words_at,
)
from roarbase.engine.kernels.compiled.program import (
    BLOCK_BYTES,
    BLOCKS_PER_SHARD,
    select_block,
    words_in_block,
)
from roarbase.engine.kernels.compiled.work import next_blocks, thread_number

__all__ = ["pair_counts", "row_counts"]

_SPARSE_SHARE = 8
"""With fewer than one word in so many holding a bit, a row is read at those words only."""


@njit(**HELPER)
def _select_run(rows, addresses, widths, bases, extents, shard, block, blocks, stack, into):
    """Select some blocks of one shard into one run of words; how many words, 0 if nothing is selected."""
    n, is_any = 0, False
    for number in range(block, block + blocks):
        here = words_in_block(extents, shard, number)
        if here:
            selected = select_block(rows, addresses, widths, bases, number, here, stack)
            if selected:
                combine_or(selected, selected, into + 8 * n, here)
                is_any = True
            else:
                clear(into + 8 * n, here)
            n += here
    return n if is_any else 0


@njit(**HELPER)
def _list_words(words, n, into):
    """Write the numbers of the words that hold a bit; how many."""
    w, listed, count = words_at(words, n), uint32s_at(into, n), uint64(0)
    for i in range(n):
        if w[i]:
            listed[count] = i
            count += uint64(1)
    return int64(count)


@njit(**HELPER)
def _population_at(listed, count, left, right):
    """How many bits are set in both, looking at the listed words only."""
    at, x, y, total = uint32s_at(listed, count), words_at(left, 1), words_at(right, 1), NO_BITS
    for i in range(count):
        total += count_bits(x[at[i]] & y[at[i]])
    return int64(total)


@njit(**HELPER)
def _meet_four(selected, n, addresses, at, four, slot, total):
    """Count four rows at once: the selection is read once for all, and four streams come from memory together.

    One row after the other takes 1.6 times as long.
    """
    w, rows = words_at(selected, n), int64s_at(four, 4)
    a, b = words_at(addresses[slot + rows[0]] + at, n), words_at(addresses[slot + rows[1]] + at, n)
    c, d = words_at(addresses[slot + rows[2]] + at, n), words_at(addresses[slot + rows[3]] + at, n)
    in_a, in_b, in_c, in_d = NO_BITS, NO_BITS, NO_BITS, NO_BITS
    for i in range(n):
        in_a += count_bits(w[i] & a[i])
        in_b += count_bits(w[i] & b[i])
        in_c += count_bits(w[i] & c[i])
        in_d += count_bits(w[i] & d[i])
    total[rows[0]] += int64(in_a)
    total[rows[1]] += int64(in_b)
    total[rows[2]] += int64(in_c)
    total[rows[3]] += int64(in_d)


@njit(**HELPER)
def _meet_rows(selected, n, listed, addresses, at, four, slot, total):
    """Count all rows of one run. `four` is room for four row numbers."""
    count, rows, waiting = _list_words(selected, n, listed), int64s_at(four, 4), 0
    is_sparse = count * _SPARSE_SHARE < n
    for row in range(total.size):
        if addresses[slot + row] == 0:
            continue
        if is_sparse:
            total[row] += _population_at(listed, count, selected, addresses[slot + row] + at)
            continue
        rows[waiting] = row
        waiting += 1
        if waiting == 4:
            _meet_four(selected, n, addresses, at, four, slot, total)
            waiting = 0
    for number in range(waiting):
        row = rows[number]
        total[row] += population_of_both(selected, addresses[slot + row] + at, n)


def row_counts(rows, table, widths, bases, extents, shared, stop, step, scratch, run, listed, slot, out):
    """Add up the rows from `slot` on in out[thread]. `run` holds `step` blocks of words, `listed` their numbers.

    `step` divides the blocks of a shard, so that a run stays in one.
    """
    stack, selected, total = address_of(scratch), address_of(run), out[thread_number(shared)]
    first = next_blocks(shared, step)
    while first < stop:
        shard, block = first // BLOCKS_PER_SHARD, first % BLOCKS_PER_SHARD
        addresses, blocks = table[shard], min(step, stop - first)
        n = _select_run(rows, addresses, widths[shard], bases[shard], extents, shard, block, blocks, stack, selected)
        if n:
            _meet_rows(selected, n, address_of(listed), addresses, block * BLOCK_BYTES, stack, slot, total)
        first = next_blocks(shared, step)


def pair_counts(rows, table, widths, bases, extents, shared, stop, step, scratch, both, slot, other, out):
    """Count each row from `slot` on with each from `other` on in out[thread]; `both` is one block to work in."""
    stack, met, total = address_of(scratch), address_of(both), out[thread_number(shared)]
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            addresses, n, at = table[shard], words_in_block(extents, shard, block), block * BLOCK_BYTES
            if n == 0:
                continue
            selected = select_block(rows, addresses, widths[shard], bases[shard], block, n, stack)
            for i in range(total.shape[0] if selected else 0):
                row = addresses[slot + i]
                if row == 0 or not combine_and(selected, row + at, met, n):
                    continue
                for j in range(total.shape[1]):
                    if addresses[other + j]:
                        total[i, j] += population_of_both(met, addresses[other + j] + at, n)
        first = next_blocks(shared, step)
