"""mark, probe: numbers of a column as positions of another table, into its bitmap and out of it."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.blocks import clear, combine_and
from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    NO_BITS,
    ONE_BIT,
    ZERO,
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

__all__ = ["mark", "probe"]

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at, 8: int64s_at}
_WORD_SHIFT, _IN_WORD = uint64(6), uint64(63)


@njit(**HELPER)
def _selected(rows, table, widths, bases, shard, block, n, slot, stack, mask):
    """The address of the words of those selected that have a number in the block; 0 for none."""
    selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack)
    not_null = block_of(table[shard, slot + 1], block, BLOCK_BYTES)
    if selected and not_null:
        return mask if combine_and(selected, not_null, mask, n) else ZERO
    return selected


def _marker(width):
    values_at = _AT[width]

    @njit(**HELPER)
    @named(f"mark_block{width}")
    def mark_block(selected, values, base, n, marks, stop):
        """Set the bits of a block's numbers, those of one word together: numbers often rise with positions."""
        w, place, bits = words_at(selected, n), int64(0), NO_BITS
        for i in range(n):
            word, here = w[i], values_at(values + 64 * width * i, 64)
            while word != NO_BITS:
                number = uint64(base + int64(here[first_bit(word)]))
                word &= word - ONE_BIT
                if number >= stop:  # as unsigned numbers, those below 0 are beyond
                    continue
                at = int64(number >> _WORD_SHIFT)
                if at != place:
                    words_at(marks + 8 * place, 1)[0] |= bits
                    place, bits = at, NO_BITS
                bits |= ONE_BIT << (number & _IN_WORD)
        if bits != NO_BITS:
            words_at(marks + 8 * place, 1)[0] |= bits

    return mark_block


_mark1, _mark2, _mark4, _mark8 = (_marker(width) for width in (1, 2, 4, 8))


@njit(**HELPER)
def _mark_block(width, selected, values, base, n, marks, stop):
    if width == 1:
        _mark1(selected, values, base, n, marks, stop)
    elif width == 2:
        _mark2(selected, values, base, n, marks, stop)
    elif width == 4:
        _mark4(selected, values, base, n, marks, stop)
    else:
        _mark8(selected, values, ZERO, n, marks, stop)


def mark(rows, table, widths, bases, extents, shared, stop, step, scratch, mask, slot, marks, words):
    """Set the bits of the numbers at `slot` in the bitmap at marks[thread], each of so many words.

    `mask` is one block of words to work in.
    """
    stack, own, bits = address_of(scratch), marks[thread_number(shared)], uint64(64 * words)
    first = next_blocks(shared, step)
    while first < stop and words:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n, values, width = words_in_block(extents, shard, block), table[shard, slot], widths[shard, slot]
            if n == 0 or values == 0:
                continue
            selected = _selected(rows, table, widths, bases, shard, block, n, slot, stack, address_of(mask))
            if selected:
                here = values + block * BLOCK_POSITIONS * width
                _mark_block(width, selected, here, bases[shard, slot], n, own, bits)
        first = next_blocks(shared, step)


def _prober(width):
    values_at = _AT[width]

    @njit(**HELPER)
    @named(f"probe_block{width}")
    def probe_block(selected, values, base, n, marks, stop, into):
        """Write which of those selected have a number with its bit set; how many."""
        w, z, count = words_at(selected, n), words_at(into, n), NO_BITS
        for i in range(n):
            word, found, here = w[i], NO_BITS, values_at(values + 64 * width * i, 64)
            while word != NO_BITS:
                bit = first_bit(word)
                word &= word - ONE_BIT
                number = uint64(base + int64(here[bit]))
                if number < stop:  # as unsigned numbers, those below 0 are beyond
                    held = words_at(marks + 8 * int64(number >> _WORD_SHIFT), 1)[0]
                    found |= ((held >> (number & _IN_WORD)) & ONE_BIT) << bit
            z[i] = found
            count += count_bits(found)
        return int64(count)

    return probe_block


_probe1, _probe2, _probe4, _probe8 = (_prober(width) for width in (1, 2, 4, 8))


@njit(**HELPER)
def _probe_block(width, selected, values, base, n, marks, stop, into):
    if width == 1:
        return _probe1(selected, values, base, n, marks, stop, into)
    if width == 2:
        return _probe2(selected, values, base, n, marks, stop, into)
    if width == 4:
        return _probe4(selected, values, base, n, marks, stop, into)
    return _probe8(selected, values, ZERO, n, marks, stop, into)


def probe(rows, table, widths, bases, extents, shared, stop, step, scratch, mask, slot, marks, addresses, counts):
    """Write, shard by shard, where the numbers at `slot` have their bits set; the size of each block to counts[block].

    A shard with address 0 is left out. `mask` is one block of words to work in.
    """
    stack, held, bits = address_of(scratch), address_of(marks), uint64(64 * marks.size)
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n, values, width = words_in_block(extents, shard, block), table[shard, slot], widths[shard, slot]
            if n == 0 or addresses[shard] == 0:
                continue
            into, selected = addresses[shard] + block * BLOCK_BYTES, int64(0)
            if values and bits:
                selected = _selected(rows, table, widths, bases, shard, block, n, slot, stack, address_of(mask))
            if selected:
                here = values + block * BLOCK_POSITIONS * width
                counts[number] = _probe_block(width, selected, here, bases[shard, slot], n, held, bits, into)
            else:
                clear(into, n)
        first = next_blocks(shared, step)
