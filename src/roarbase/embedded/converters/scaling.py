"""Whole numbers times and by powers of ten, within 64 bits. Nothing is copied that stays as it is."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.values import Mask
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["Scaled", "cut", "floored", "scaled_up", "shifted"]

_MAXIMUM_POWER = 18
"""10^18 is the highest power of ten within 64 bits."""

_Whole = NDArray[np.integer[Any]]


class Scaled(NamedTuple):
    """Numbers that were worked out; `fits` says which of them did not leave the 64 bits. None: all of them."""

    numbers: _Whole
    fits: Mask | None = None

    def but(self, fits: Mask | None) -> "Scaled":
        """The same, of which fewer are right."""
        if fits is None or self.fits is None:
            return Scaled(self.numbers, self.fits if fits is None else fits)
        return Scaled(self.numbers, self.fits & fits)


def scaled_up(values: _Whole, power: int) -> Scaled:
    """The numbers times 10^power."""
    if not power:
        return Scaled(values)
    if power > _MAXIMUM_POWER:
        return Scaled(np.zeros(len(values), np.int64), values == 0)
    factor = 10**power
    fits = (values <= INT64_MAX // factor) & (values >= -(-INT64_MIN // factor))
    return Scaled(values.astype(np.int64) * factor, fits)


def shifted(values: _Whole, distance: int) -> Scaled:
    """The numbers plus `distance`."""
    if not distance:
        return Scaled(values)
    fits = values <= INT64_MAX - distance if distance > 0 else values >= INT64_MIN - distance
    return Scaled(values.astype(np.int64) + distance, fits)


def cut(values: _Whole, power: int) -> Scaled:
    """The numbers by 10^power, cut toward zero.

    >>> cut(np.array([-25, 25]), 1).numbers.tolist()
    [-2, 2]
    """
    quotients = floored(values, power).numbers
    if not power:
        return Scaled(quotients)
    if power > _MAXIMUM_POWER:
        return Scaled(np.zeros(len(values), np.int64))
    return Scaled(quotients + ((quotients < 0) & (quotients * 10**power != values)))


def floored(values: _Whole, power: int) -> Scaled:
    """The numbers by 10^power, down to the next whole one.

    >>> floored(np.array([-25, 25]), 1).numbers.tolist()
    [-3, 2]
    """
    if not power:
        return Scaled(values)
    if power > _MAXIMUM_POWER:
        return Scaled(np.where(values < 0, np.int64(-1), np.int64(0)))
    return Scaled(values.astype(np.int64) // 10**power)
