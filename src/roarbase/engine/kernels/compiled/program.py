"""A filter program on one block of 16,384 positions: postfix rows over a stack of record sets.

A set on the stack is an address: of words in the table (a bitmap is not copied), of the level's own 256
words, or 0 for the empty set, which makes every following AND free.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.blocks import (
    clear,
    combine_and,
    combine_and_not,
    combine_or,
    combine_xor,
    find_flags,
    narrow_to_code,
    narrow_to_range,
)
from roarbase.engine.kernels.compiled.memory import HELPER, ZERO, int64s_at
from roarbase.engine.kernels.port import BLOCK_POSITIONS, SHARD_POSITIONS, Op
from roarbase.engine.kernels.scratch import LEVEL_BYTES, STACK_HEAD_BYTES

__all__ = ["BLOCKS_PER_SHARD", "BLOCK_BYTES", "block_of", "select_block", "words_in_block"]

BLOCKS_PER_SHARD = SHARD_POSITIONS // BLOCK_POSITIONS
BLOCK_BYTES = BLOCK_POSITIONS // 8
_BLOCK_WORDS = BLOCK_POSITIONS // 64

_LOOK_UP_BYTES = 64

_EMPTY, _BITMAP, _RANGE = int64(Op.EMPTY), int64(Op.BITMAP), int64(Op.RANGE)
_CODE, _CODE_IN, _AND_CODE = int64(Op.CODE), int64(Op.CODE_IN), int64(Op.AND_CODE)
_AND, _OR, _XOR, _ANDNOT, _NOT = int64(Op.AND), int64(Op.OR), int64(Op.XOR), int64(Op.ANDNOT), int64(Op.NOT)
_AND_RANGE = int64(Op.AND_RANGE)

_NONE, _SOME, _ALL = int64(0), int64(1), int64(2)


@njit(**HELPER)
def words_in_block(extents, shard, block):
    """How many words of a block are in use: 0 to 256."""
    return max(0, min(_BLOCK_WORDS, (extents[shard] - block * BLOCK_POSITIONS) // 64))


@njit(**HELPER)
def block_of(buffer, block, bytes_per_block):
    """Where a block begins in a buffer; 0 for a buffer that is not there."""
    return buffer + block * bytes_per_block if buffer else ZERO


# ---- ranges --------------------------------------------------------------------------------


@njit(**HELPER)
def _clip(width, base, low, high):
    """Turn bounds of values into bounds of offsets, and say whether none, some or all can match.

    Differences are taken as uint64, where they are right for any base and any bounds.
    """
    if low > high:
        return _NONE, ZERO, ZERO
    if width == 8:
        return _SOME, low, high
    last = (uint64(1) << uint64(8 * width)) - uint64(1)
    if high < base:
        return _NONE, ZERO, ZERO
    first = uint64(low) - uint64(base) if low > base else uint64(0)
    if first > last:
        return _NONE, ZERO, ZERO
    stop = min(uint64(high) - uint64(base), last)
    return (_ALL if first == uint64(0) and stop == last else _SOME), int64(first), int64(stop)


@njit(**HELPER)
def _ask_zone(zones, block, low, high):
    """What the least and greatest value of a block say about a range."""
    if zones == 0:
        return _SOME
    zone = int64s_at(zones + 16 * block, 2)
    least, greatest = zone[0], zone[1]
    if least > greatest or greatest < low or least > high:
        return _NONE
    return _ALL if low <= least and greatest <= high else _SOME


@njit(**HELPER)
def _range(addresses, widths, bases, row, below, is_push, into, block, n):
    """RANGE (`below` = the records that exist) or AND_RANGE on one block."""
    slot, low, high = row[1], row[2], row[3]
    values, width = addresses[slot], widths[slot]
    if below == 0 or values == 0:
        return ZERO
    match, first, last = _clip(width, bases[slot], low, high)
    if match == _SOME:
        match = _ask_zone(addresses[slot + 2], block, low, high)
    if match == _NONE:
        return ZERO
    not_null = block_of(addresses[slot + 1], block, BLOCK_BYTES)
    if not_null and is_push:
        below = not_null
    elif not_null:
        if not combine_and(below, not_null, into, n):
            return ZERO
        below = into
    if match == _ALL:
        return below
    left = narrow_to_range(width, below, into, values + block * BLOCK_POSITIONS * width, first, last, n)
    return into if left else ZERO


# ---- codes ---------------------------------------------------------------------------------


@njit(**HELPER)
def _code(addresses, widths, row, below, stack, into, block, n):
    """CODE (`below` = the records that exist) or AND_CODE on one block."""
    slot, code, planes = row[1], row[2], row[3]
    width = widths[slot]
    if below == 0 or code < 1 or code >> (8 * width) != 0:
        return ZERO
    there, count = int64s_at(stack, planes), ZERO
    for plane in range(slot, slot + planes):
        if addresses[plane]:
            there[count] = addresses[plane] + block * BLOCK_POSITIONS * width
            count += 1
    return into if narrow_to_code(width, below, into, stack, count, code, n) else ZERO


@njit(**HELPER)
def _code_in(addresses, widths, row, below, stack, into, block, n):
    """CODE_IN (`below` = the records that exist) or AND_CODE_IN on one block."""
    slot, flags, planes = row[1], row[2], row[3]
    width, found = widths[slot], stack + _LOOK_UP_BYTES
    if below == 0:
        return ZERO
    clear(found, n)
    for plane in range(slot, slot + planes):
        codes = block_of(addresses[plane], block, BLOCK_POSITIONS * width)
        if codes:
            find_flags(width, below, found, codes, flags, stack, n)
    return into if combine_and(below, found, into, n) else ZERO


# ---- sets ----------------------------------------------------------------------------------


@njit(**HELPER)
def _combine(op, below, top, into, n):
    """One of the four set operations; `into` are the words of the lower level."""
    if op == _AND:
        if below == 0 or top == 0:
            return ZERO
        left = combine_and(below, top, into, n)
    elif op == _ANDNOT:
        if below == 0 or top == 0:
            return below
        left = combine_and_not(below, top, into, n)
    elif top == 0:
        return below
    elif below == 0:
        # The top may be the upper level's own words, which the next push overwrites: take a copy.
        left = combine_or(top, top, into, n)
    elif op == _OR:
        left = combine_or(below, top, into, n)
    else:
        left = combine_xor(below, top, into, n)
    return into if left else ZERO


@njit(**HELPER)
def select_block(rows, addresses, widths, bases, block, n, stack):
    """Run a program on one block of a shard.

    Args:
        rows: The program.
        addresses, widths, bases: The shard's line of the table.
        block: Its number in the shard.
        n: How many of its words are in use, at least 1.
        stack: The address of a stack (`Scratch`) as deep as the program needs.

    Returns:
        The address of the words selected; 0 for none.
    """
    exists = block_of(addresses[0], block, BLOCK_BYTES)
    if rows.shape[0] == 0:
        return exists
    top = stack + STACK_HEAD_BYTES - LEVEL_BYTES
    for number in range(rows.shape[0]):
        row = rows[number]
        op = row[0]
        if op <= _CODE_IN:
            top += LEVEL_BYTES
        elif op <= _ANDNOT:
            top -= LEVEL_BYTES
        level, into = int64s_at(top, 1), top + 64
        if op == _BITMAP:
            level[0] = block_of(addresses[row[1]], block, BLOCK_BYTES)
        elif op == _EMPTY:
            level[0] = 0
        elif op in (_RANGE, _AND_RANGE):
            is_push = op == _RANGE
            below = exists if is_push else level[0]
            level[0] = _range(addresses, widths, bases, row, below, is_push, into, block, n)
        elif op == _NOT:
            level[0] = _combine(_ANDNOT, exists, level[0], into, n)
        elif op <= _ANDNOT and op >= _AND:
            level[0] = _combine(op, level[0], int64s_at(top + LEVEL_BYTES, 1)[0], into, n)
        else:
            below = exists if op <= _CODE_IN else level[0]
            if op in (_CODE, _AND_CODE):
                level[0] = _code(addresses, widths, row, below, stack, into, block, n)
            else:
                level[0] = _code_in(addresses, widths, row, below, stack, into, block, n)
    return int64s_at(top, 1)[0]
