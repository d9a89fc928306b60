"""Lists of cells and numbers where a mask holds few records of a block: one record after the other.

The positions are listed once; each term then runs down the list. A record that a combination of planes does
not concern gets a cell beyond all others, and so into the counter that nobody reads.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint32, uint64

from roarbase.engine.kernels.compiled.indexes import first_lanes
from roarbase.engine.kernels.compiled.many import append
from roarbase.engine.kernels.compiled.memory import (
    HELPER,
    ONE_BIT,
    ZERO,
    bytes_at,
    halves_at,
    int64s_at,
    named,
    uint32s_at,
    words_at,
)

__all__ = ["MUST_BE_EMPTY", "MUST_HOLD", "PLAIN_TERM", "gather_cells", "gather_numbers", "list_positions"]

PLAIN_TERM, MUST_HOLD, MUST_BE_EMPTY = int64(0), int64(1), int64(2)
"""What a term asks of its value: nothing; a code (a plane's own pass); none (the pass for records without any)."""

_BEYOND = uint32(1 << 31)
"""Set in the cell of a record that is not concerned: cells are below it, and adding to it does not lose it."""

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at, 8: int64s_at}


@njit(**HELPER)
def list_positions(mask, n, into):
    """List the positions, in the block, of the masked records; how many."""
    w, listed = words_at(mask, n), ZERO
    for i in range(n):
        if w[i]:
            listed += append(into + 4 * listed, first_lanes(64 * i), w[i])
    return listed


def _plain_term(width):
    values_at = _AT[width]

    @njit(**HELPER)
    @named(f"add_plain_term{width}")
    def add(cells, positions, n, values, offset, stride, not_null):
        cell, position, value = uint32s_at(cells, n), uint32s_at(positions, n), values_at(values, 1)
        step, times = uint32(offset), uint32(stride)
        if not_null == 0:
            for i in range(n):
                cell[i] += (uint32(value[position[i]]) + step) * times
            return
        held = words_at(not_null, 1)
        for i in range(n):
            at = uint64(position[i])
            bit = (held[at >> uint64(6)] >> (at & uint64(63))) & ONE_BIT
            cell[i] += (uint32(value[at]) + step) * times * uint32(bit)

    return add


def _plane_term(width):
    codes_at = _AT[width]

    @njit(**HELPER)
    @named(f"add_plane_term{width}")
    def add(cells, positions, n, codes, stride, asked):
        cell, position, code = uint32s_at(cells, n), uint32s_at(positions, n), codes_at(codes, 1)
        times = uint32(stride)
        if asked == MUST_HOLD:
            for i in range(n):
                held = uint32(code[position[i]])
                cell[i] = cell[i] + held * times if held else cell[i] | _BEYOND
        else:
            for i in range(n):
                cell[i] |= _BEYOND if code[position[i]] else uint32(0)

    return add


_plain1, _plain2, _plain4, _plain8 = (_plain_term(width) for width in (1, 2, 4, 8))
_plane1, _plane2, _plane4 = (_plane_term(width) for width in (1, 2, 4))


@njit(**HELPER)
def _add_plain(width, cells, positions, n, values, offset, stride, not_null):
    if width == 1:
        _plain1(cells, positions, n, values, offset, stride, not_null)
    elif width == 2:
        _plain2(cells, positions, n, values, offset, stride, not_null)
    elif width == 4:
        _plain4(cells, positions, n, values, offset, stride, not_null)
    else:
        _plain8(cells, positions, n, values, offset, stride, not_null)


@njit(**HELPER)
def _add_plane(width, cells, positions, n, codes, stride, asked):
    if width == 1:
        _plane1(cells, positions, n, codes, stride, asked)
    elif width == 2:
        _plane2(cells, positions, n, codes, stride, asked)
    else:
        _plane4(cells, positions, n, codes, stride, asked)


@njit(**HELPER)
def _fill_with_zero(into, n):
    cell = uint32s_at(into, n)
    for i in range(n):
        cell[i] = 0


@njit(**HELPER)
def gather_cells(positions, n, terms, count, last, into):
    """List the cells of the listed records. Cells beyond `last` become `last`."""
    _fill_with_zero(into, n)
    for number in range(count):
        term = terms[number]
        values, width, offset, stride, not_null, asked = term[0], term[1], term[2], term[3], term[4], term[5]
        if asked == PLAIN_TERM:
            _add_plain(width, into, positions, n, values, offset, stride, not_null)
        else:
            _add_plane(width, into, positions, n, values, stride, asked)
    cell, most = uint32s_at(into, n), uint32(last)
    for i in range(n):
        cell[i] = min(cell[i], most)


@njit(**HELPER)
def gather_numbers(positions, n, values, width, low, high):
    """List the numbers of the listed records: offsets, or (width 8) lower and upper halves in two lists."""
    _fill_with_zero(low, n)
    _add_plain(width, low, positions, n, values, ZERO, int64(1), ZERO)
    if width == 8:
        position, value, upper = uint32s_at(positions, n), int64s_at(values, 1), uint32s_at(high, n)
        for i in range(n):
            upper[i] = uint32(value[position[i]] >> 32)
