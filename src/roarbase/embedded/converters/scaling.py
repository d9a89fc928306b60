"""Whole numbers times and by powers of ten, within 64 bits."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.values import Mask
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["cut", "fits_int64", "floored", "scaled_up"]

_MAXIMUM_POWER = 18
"""10^18 is the highest power of ten within 64 bits."""

_Int64s = NDArray[np.int64]


def fits_int64(values: NDArray[np.integer]) -> Mask:
    """Which numbers are within 64 bits with sign: of all types, uint64 alone has others."""
    if values.dtype == np.uint64:
        fits: Mask = values <= np.uint64(INT64_MAX)
        return fits
    return np.ones(len(values), np.bool_)


def scaled_up(values: NDArray[np.integer], power: int) -> tuple[_Int64s, Mask]:
    """The numbers times 10^power, and which of the products are within 64 bits."""
    fits = fits_int64(values)
    numbers = values.astype(np.int64)
    if not power:
        return numbers, fits
    if power > _MAXIMUM_POWER:
        return np.zeros(len(numbers), np.int64), fits & (numbers == 0)
    factor = 10**power
    fits &= (numbers <= INT64_MAX // factor) & (numbers >= -(-INT64_MIN // factor))
    return numbers * factor, fits


def cut(numbers: _Int64s, power: int) -> _Int64s:
    """The numbers by 10^power, cut toward zero.

    >>> cut(np.array([-25, 25]), 1).tolist()
    [-2, 2]
    """
    quotients = floored(numbers, power)
    if power > _MAXIMUM_POWER:
        return np.zeros(len(numbers), np.int64)
    are_below: Mask = (quotients < 0) & (quotients * 10**power != numbers)
    quotients[are_below] += 1
    return quotients


def floored(numbers: _Int64s, power: int) -> _Int64s:
    """The numbers by 10^power, down to the next whole one.

    >>> floored(np.array([-25, 25]), 1).tolist()
    [-3, 2]
    """
    if power > _MAXIMUM_POWER:
        return np.where(numbers < 0, np.int64(-1), np.int64(0))
    quotients: _Int64s = numbers // 10**power
    return quotients
