"""Cells of listed records by the one field that has several planes: plane after plane, each record in turn.

Going through the planes by combinations, as several such fields need it, would make all other terms anew for
each plane. Here they are made once.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit, uint32

from roarbase.engine.kernels.compiled.memory import HELPER, bytes_at, halves_at, named, prefetch, uint32s_at
from roarbase.engine.kernels.port import BLOCK_POSITIONS

__all__ = ["cells_in_plane", "cells_without_code"]

_SEEN = uint32(1 << 31)
"""Set in the listed position of a record that holds a code in a plane met so far: positions are below it."""

_FRACTION = 64

_AT = {1: bytes_at, 2: halves_at, 4: uint32s_at}


def _plane(width):
    codes_at = _AT[width]

    @njit(**HELPER)
    @named(f"cells_in_plane{width}")
    def plane(cells, positions, n, codes, stride, last, into, ahead):
        cell, position, code = uint32s_at(cells, n), uint32s_at(positions, n), codes_at(codes, 1)
        target, times, most = uint32s_at(into, n), uint32(stride), uint32(last)
        # What comes next is sent for while this is worked on: the processor by itself would begin only then.
        step = _FRACTION * width * BLOCK_POSITIONS // max(n, 1)
        for i in range(n):
            prefetch(ahead + i * step // _FRACTION)
            # Without a branch, which would be guessed wrong for every second record.
            held = uint32(code[position[i] & ~_SEEN])
            is_held = uint32(held != 0)
            position[i] |= is_held << uint32(31)
            target[i] = min((cell[i] + held * times) | (is_held - uint32(1)), most)

    return plane


_plane1, _plane2, _plane4 = (_plane(width) for width in _AT)


@njit(**HELPER)
def cells_in_plane(width, cells, positions, n, codes, stride, last, into, ahead):
    """List each record's cell by its code in a plane; `last` for one that holds none there.

    `ahead` is a block that will be wanted next, or 0.
    """
    if width == 1:
        _plane1(cells, positions, n, codes, stride, last, into, ahead)
    elif width == 2:
        _plane2(cells, positions, n, codes, stride, last, into, ahead)
    else:
        _plane4(cells, positions, n, codes, stride, last, into, ahead)


@njit(**HELPER)
def cells_without_code(cells, positions, n, last, into):
    """List the cell of each record that held no code in any plane; `last` for the others, whether there is any."""
    cell, position, target, most = uint32s_at(cells, n), uint32s_at(positions, n), uint32s_at(into, n), uint32(last)
    seen = uint32(0)
    for i in range(n):
        is_seen = position[i] >> uint32(31)
        target[i] = min(cell[i] | (uint32(0) - is_seen), most)
        seen += is_seen
    return seen < n
