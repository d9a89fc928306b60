"""count: how many records a program selects."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from roarbase.engine.kernels.compiled.blocks import population
from roarbase.engine.kernels.compiled.memory import address_of, fetch_add
from roarbase.engine.kernels.compiled.program import BLOCKS_PER_SHARD, select_block, words_in_block
from roarbase.engine.kernels.compiled.work import next_blocks

__all__ = ["count"]


def count(rows, table, widths, bases, extents, shared, stop, step, scratch, out):
    """Add the number of selected records in blocks up to `stop` to out[0]."""
    stack, total = address_of(scratch), 0
    first = next_blocks(shared, step)
    while first < stop:
        for number in range(first, min(first + step, stop)):
            shard, block = number // BLOCKS_PER_SHARD, number % BLOCKS_PER_SHARD
            n = words_in_block(extents, shard, block)
            if n:
                selected = select_block(rows, table[shard], widths[shard], bases[shard], block, n, stack)
                if selected:
                    total += population(selected, n)
        first = next_blocks(shared, step)
    fetch_add(address_of(out), total)
