"""Units of the calendar, each numbered from the one that begins with 1970.

Moments are whole seconds since 1970, UTC, of the years 1 to 9999.
"""

from enum import StrEnum

import numpy as np

from roarbase.engine.buffers.arrays import Int64s

__all__ = [
    "FIRST_SECOND",
    "HOUR_S",
    "STOP_SECOND",
    "Unit",
    "enclosing",
    "first_second",
    "first_seconds",
    "number_at",
    "numbers_at",
    "units_of",
]

HOUR_S = 3600
FIRST_SECOND, STOP_SECOND = -62_135_596_800, 253_402_300_800
"""The first second of the year 1, and the one behind the last of the year 9999."""


class Unit(StrEnum):
    """A unit, by its letter in a quantum."""

    YEAR = "Y"
    MONTH = "M"
    DAY = "D"
    HOUR = "H"

    @property
    def _code(self) -> str:
        """What numpy calls it."""
        return "h" if self is Unit.HOUR else self.value


def units_of(quantum: str) -> tuple[Unit, ...]:
    """The units of a quantum, the longest first.

    >>> units_of("YM")
    (<Unit.YEAR: 'Y'>, <Unit.MONTH: 'M'>)
    """
    return tuple(Unit(letter) for letter in quantum)


def numbers_at(unit: Unit, seconds: Int64s) -> Int64s:
    """The numbers of the units that moments fall into.

    >>> numbers_at(Unit.DAY, np.array([-1, 0, 86_400])).tolist()
    [-1, 0, 1]
    """
    return seconds.astype("M8[s]").astype(f"M8[{unit._code}]").astype(np.int64)


def number_at(unit: Unit, second: int) -> int:
    """The number of the unit that a moment falls into."""
    return int(numbers_at(unit, np.array([second], np.int64))[0])


def first_second(unit: Unit, number: int) -> int:
    """The moment at which a unit begins.

    >>> first_second(Unit.MONTH, 1)
    2678400
    """
    return int(first_seconds(unit, np.array([number]))[0])


def first_seconds(unit: Unit, numbers: Int64s) -> Int64s:
    """The moments at which units begin."""
    return numbers.astype(f"M8[{unit._code}]").astype("M8[s]").astype(np.int64)


def enclosing(unit: Unit, numbers: Int64s, outer: Unit) -> Int64s:
    """The numbers of the longer units that units lie in."""
    return numbers.astype(f"M8[{unit._code}]").astype(f"M8[{outer._code}]").astype(np.int64)
