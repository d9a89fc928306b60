"""Counting a list of cells, and adding up a list of numbers there."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int32, int64, njit, uint32

from roarbase.engine.kernels.compiled.memory import HELPER, uint32s_at

__all__ = ["add_numbers", "count_cells"]

_LOW_HALF = 2**32 - 1


@njit(**HELPER)
def count_cells(cells, n, histogram):
    """Count a list of cells. Four histograms in turn: a cell met twice in a row need not wait for its own store."""
    ways, one = histogram.shape[0], uint32(1)
    a, b, c, d = histogram[0], histogram[1 % ways], histogram[2 % ways], histogram[3 % ways]
    cell, fours = uint32s_at(cells, n), n // 4 * 4
    for i in range(0, fours, 4):
        a[cell[i]] += one
        b[cell[i + 1]] += one
        c[cell[i + 2]] += one
        d[cell[i + 3]] += one
    for i in range(fours, n):
        a[cell[i]] += one


@njit(**HELPER)
def _add_whole(cells, low, n, base, sums):
    """Add base + offset where no sum can leave 64 bits; in turn, as `count_cells` does."""
    ways = sums.shape[0]
    cell, offset, fours = uint32s_at(cells, n), uint32s_at(low, n), n // 4 * 4
    for i in range(0, fours, 4):
        for way in range(4):
            total = sums[way % ways, cell[i + way]]
            total[0] += 1
            total[1] += base + int64(offset[i + way])
    for i in range(fours, n):
        total = sums[0, cell[i]]
        total[0] += 1
        total[1] += base + int64(offset[i])


@njit(**HELPER)
def add_numbers(cells, low, high, n, width, base, sums):
    """Count a list of cells and add up the listed numbers there, in one or in two halves as `sums` has room."""
    if sums.shape[2] == 2:
        _add_whole(cells, low, n, base, sums)
        return
    cell, lower, upper = uint32s_at(cells, n), uint32s_at(low, n), uint32s_at(high, n)
    for i in range(n):
        total = sums[0, cell[i]]
        total[0] += 1
        if width == 8:
            total[1] += int64(lower[i])
            total[2] += int64(int32(upper[i]))
        else:
            number = base + int64(lower[i])
            total[1] += number & _LOW_HALF
            total[2] += number >> 32
