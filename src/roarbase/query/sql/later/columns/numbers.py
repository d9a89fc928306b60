"""Columns of texts as numbers, all cells at once.

Each function gives None unless every cell is plain: written as nearly all are, and within the bounds of its type. Then
the caller takes the way through single cells, which says the same, and what is wrong with which.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.converting import truth_of_text
from roarbase.query.sql.later.operations.arithmetic import power_of_ten

__all__ = ["Integers", "bools", "decimals", "ids", "integers", "numbers", "within"]

Integers = NDArray[np.int64] | NDArray[np.uint64]

_WHOLE = re.compile(r"-?[0-9]+")
_SURE_DIGITS = 18
"""Numbers of so many digits fit in 64 bits."""
_MINUS, _POINT, _ZERO = b"-.0"


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
    return values if low <= int(values.min()) and int(values.max()) <= high else None


def numbers(texts: Texts) -> NDArray[np.int64] | None:
    """Whole numbers of 64 bits."""
    if not len(texts):
        return np.zeros(0, np.int64)
    if int(texts.widths.max()) > _SURE_DIGITS:
        found = within(_long_numbers(texts), INT64_MIN, INT64_MAX)
        return None if found is None else found.astype(np.int64)
    if not texts.widths.all():
        return None
    are_negative = texts.firsts == _MINUS
    starts = texts.starts + are_negative
    if (starts == texts.stops).any():
        return None
    return _signed(_unsigned(texts.letters, starts, texts.stops), are_negative)


def ids(texts: Texts) -> Integers | None:
    """Whole numbers from 0 to the last id."""
    if len(texts) and int(texts.widths.max()) > _SURE_DIGITS:
        return within(_long_numbers(texts), 0, MAXIMUM_ID)
    return within(numbers(texts), 0, MAXIMUM_ID)


def decimals(texts: Texts, scale: int) -> NDArray[np.int64] | None:
    """Numbers with a point or without, in units of so many places; what is more exact is cut off."""
    if not scale or not len(texts):
        return numbers(texts)
    if not texts.widths.all():
        return None
    are_negative = texts.firsts == _MINUS
    starts, stops = texts.starts + are_negative, texts.stops
    points = _points(texts, scale)
    ends = np.minimum(points + 1 + scale, stops)  # of the places that count
    behind = np.minimum(points + 1, stops)
    has_none = (points == starts) & (behind == stops)
    if has_none.any() or int((points - starts).max()) + scale > _SURE_DIGITS:
        return None
    whole = _unsigned(texts.letters, starts, points)
    fraction = _unsigned(texts.letters, behind, ends)
    if whole is None or fraction is None or not _are_digits(texts.letters, ends, stops):
        return None
    powers = np.array([power_of_ten(places) for places in range(scale + 1)], np.int64)
    return _signed(whole * powers[scale] + fraction * powers[scale - (ends - behind)], are_negative)


def bools(texts: Texts) -> NDArray[np.bool_] | None:
    """Words for true and false."""
    found = [*map(truth_of_text, texts.strings())]
    return None if None in found else np.array(found, np.bool_)


# ---- digits ------------------------------------------------------------------------------------


def _unsigned(
    letters: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Numbers of digits alone, 18 at most; no digit is 0. None if there is anything else."""
    widths = stops - starts
    narrowest, widest = int(widths.min()), int(widths.max())
    found = np.zeros(len(starts), np.int64)
    for place in range(widest):
        # Where a number has no such place, another byte of the text is read and not counted.
        digits = letters[np.maximum(stops - 1 - place, 0)] - np.uint8(_ZERO)
        if place >= narrowest:
            digits[widths <= place] = 0
        if digits.max() > 9:  # what is before the first digit has wrapped around
            return None
        found += digits * np.int64(power_of_ten(place))
    return found


def _are_digits(letters: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> bool:
    """Whether there is nothing but digits."""
    for place in range(int((stops - starts).max())):
        digits = letters[(stops - 1 - place)[stops - starts > place]] - np.uint8(_ZERO)
        if digits.max() > 9:
            return False
    return True


def _signed(found: NDArray[np.int64] | None, are_negative: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    return found if found is None or not are_negative.any() else np.where(are_negative, -found, found)


def _points(texts: Texts, scale: int) -> NDArray[np.int64]:
    """Where the point of each number is; where there is none, its end."""
    usual = texts.stops - 1 - scale  # nearly all have as many places as the column
    if (usual >= texts.starts).all() and (texts.letters[usual] == _POINT).all():
        return usual
    found = texts.stops.copy()
    for place in range(int(texts.widths.max())):
        at = texts.stops - 1 - place
        is_point = (at >= texts.starts) & (texts.letters[np.maximum(at, 0)] == _POINT)
        found[is_point] = at[is_point]
    return found


def _long_numbers(texts: Texts) -> Integers | None:
    cells = texts.strings()
    try:
        return integers([*map(int, cells)]) if all(map(_WHOLE.fullmatch, cells)) else None
    except OverflowError:
        return None
