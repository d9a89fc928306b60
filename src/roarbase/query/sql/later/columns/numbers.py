"""Columns of texts as numbers, all cells at once.

Each function gives None unless every cell is plain: written as nearly all are, and within the bounds of its type. Then
the caller takes the way through single cells, which says the same, and what is wrong with which.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import greatest, least
from roarbase.engine.kernels.cells.port import SURE_DIGITS
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.converting import truth_of_text

__all__ = ["Integers", "bools", "decimals", "ids", "integers", "numbers", "within"]

Integers = NDArray[np.int64] | NDArray[np.uint64]

_WHOLE = re.compile(r"-?[0-9]{1,40}")
_LONGEST = 41  # the digits, and a sign
_MOST_PLACES = 40
"""Longer numbers, and more places, are refused by who reads cells one by one."""


def integers(values: Sequence[Any]) -> Integers:
    """Whole numbers of Python, as int64 if they fit.

    Raises:
        OverflowError: They fit in 64 bits neither with sign nor without.
    """
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array(values, np.uint64)


def within(values: Integers | None, low: int, high: int) -> Integers | None:
    """The values, if none is out of bounds."""
    if values is None or not len(values):
        return values
    return values if low <= least(values) and greatest(values) <= high else None


def numbers(texts: Texts, *, longest: int = _LONGEST) -> NDArray[np.int64] | None:
    """Whole numbers of 64 bits.

    Args:
        longest: None if one takes more bytes than these.
    """
    found = decimals(texts, 0)
    if found is not None:
        return found
    long = within(_long_numbers(texts, longest), INT64_MIN, INT64_MAX)
    return None if long is None else long.astype(np.int64)


def ids(texts: Texts, *, longest: int = _LONGEST) -> Integers | None:
    """Whole numbers from 0 to the last id; `longest` as above."""
    found = decimals(texts, 0)
    return within(_long_numbers(texts, longest) if found is None else found, 0, MAXIMUM_ID)


def decimals(texts: Texts, scale: int, *, most: int = _MOST_PLACES) -> NDArray[np.int64] | None:
    """Numbers with a point or without, in units of so many places; what is more exact is cut off.

    Args:
        most: None if a number has more places than these.
    """
    found = texts.kernels.decimals(texts.letters, texts.places, scale)
    return None if found is None or found[1] > most else found[0]


def bools(texts: Texts) -> NDArray[np.bool_] | None:
    """Words for true and false."""
    found = [*map(truth_of_text, texts.strings())]
    return None if None in found else np.array(found, np.bool_)


def _long_numbers(texts: Texts, longest: int) -> Integers | None:
    """Whole numbers one by one, where some are too long to be read all at once."""
    if not len(texts) or not SURE_DIGITS < greatest(texts.widths) <= longest:
        return None
    cells = texts.strings()
    try:
        return integers([*map(int, cells)]) if all(map(_WHOLE.fullmatch, cells)) else None
    except OverflowError:
        return None
