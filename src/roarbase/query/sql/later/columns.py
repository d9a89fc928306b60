"""A column of texts as values, all cells at once: a tenth of the time of one after the other.

Each function gives None unless every cell is plain: written as nearly all are, and within the bounds of its type. Then
the caller takes the way through single cells, which says the same, and what is wrong with which.
"""

import re
from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.query.sql.later.operations.arithmetic import power_of_ten

__all__ = ["bools", "decimals", "moments", "numbers", "within"]

_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_OF_NUMBERS = b"0123456789,-"
_SURE_DIGITS = 18
"""Numbers of so many characters fit in 64 bits."""

_SECOND = "0000-00-00T00:00:00Z"
_DIGITS_AS_ZERO = bytes(ord("0") if chr(code).isdigit() else code for code in range(128)) + bytes(128)
_FIRST_CENTURY, _LAST_CENTURY = 17, 21  # of years that fit in 64 bits of nanoseconds
_DATE_LENGTH = len("2022-06-30")
# Years that fit in 64 bits of nanoseconds; 24:00 and a 60th second are for the single way.
_MOMENT = r"(?:1[7-9]|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_DATES = re.compile(rf"(?>{_MOMENT},)++")
_MOMENTS = re.compile(rf"(?>{_MOMENT}T(?:[01][0-9]|2[0-3]):[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,9}})?Z,)++")


def _are_digits(joined: str) -> bool:
    """Whether there is nothing but digits, signs, and commas."""
    return joined.isascii() and not joined.encode().translate(None, _OF_NUMBERS)


def _parsed(joined: str, count: int) -> list[int] | None:
    """Whole numbers between commas, none of which may have more than 18 digits; None if one is none."""
    signs = joined.count("-")
    if not _are_digits(joined) or (signs and signs != f",{joined}".count(",-")) or "-," in f"{joined},":
        return None
    if joined[:1] == "," or joined[-1:] in (",", "") or ",," in joined:
        return None
    found: list[int] = np.fromstring(joined, np.int64, sep=",").tolist()
    return found if len(found) == count else None


def numbers(cells: Sequence[str]) -> list[int] | None:
    """Whole numbers of 64 bits."""
    if max(map(len, cells)) <= _SURE_DIGITS:
        return _parsed(",".join(cells), len(cells))
    if not _are_digits("".join(cells)):
        return None
    try:
        found = [*map(int, cells)]
    except ValueError:
        return None
    return within(found)


def decimals(cells: Sequence[str], scale: int) -> list[int] | None:
    """Numbers with a point or without, in units of so many places; what is more exact is cut off."""
    joined = "".join(cells)
    points = joined.count(".")
    if not points or not scale:
        found = numbers(cells) if not points else None
        return None if found is None else within([number * power_of_ten(scale) for number in found])
    if not _are_digits(joined.replace(".", "")):
        return None
    try:
        if points == len(cells) and {*map(itemgetter(slice(-scale - 1, -scale)), cells)} == {"."}:
            together = ",".join(cells).replace(".", "")  # each has as many places
            if max(map(len, cells)) <= _SURE_DIGITS:
                return _parsed(together, len(cells))
            return within([*map(int, together.split(","))])
        return _mixed_decimals(cells, scale)
    except ValueError:
        return None


def _mixed_decimals(cells: Sequence[str], scale: int) -> list[int] | None:
    # A sign or a point that stands anywhere else might be cut off with the places that are too many.
    if any(cell.count(".") > 1 or "-" in cell[1:] for cell in cells) or not {"", ".", "-", "-."}.isdisjoint(cells):
        return None
    fill = "0" * scale
    parts = (cell.partition(".") for cell in cells)
    return within([int(whole + (fraction + fill)[:scale]) for whole, _, fraction in parts])


def bools(cells: Sequence[str]) -> list[bool] | None:
    """Words for true and false."""
    try:
        return [_BOOLS[cell] for cell in cells]
    except KeyError:
        return None


def moments(cells: Sequence[str]) -> list[int] | None:
    """Dates, or moments in UTC, in nanoseconds since 1970."""
    joined = ",".join(cells) + ","
    if len(cells[0]) == len(_SECOND) and (found_at_once := _seconds(joined, len(cells))) is not None:
        return found_at_once
    if len(cells[0]) == _DATE_LENGTH:
        is_plain, texts = _DATES.fullmatch(joined), cells
    else:
        is_plain, texts = _MOMENTS.fullmatch(joined), joined.replace("Z", "").split(",")[:-1]
    if is_plain is None or len(texts) != len(cells):
        return None
    try:
        found: list[int] = np.array(texts, "datetime64[ns]").view(np.int64).tolist()
    except ValueError:  # no such day
        return None
    return found


def _seconds(joined: str, count: int) -> list[int] | None:
    """Moments with whole seconds, in UTC, a comma behind each."""
    if not joined.isascii() or joined.encode().translate(_DIGITS_AS_ZERO) != f"{_SECOND},".encode() * count:
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(count, -1)
    centuries = letters[:, 0].astype(np.int64) * 10 + letters[:, 1] - 11 * ord("0")
    if centuries.min() < _FIRST_CENTURY or centuries.max() > _LAST_CENTURY:
        return None
    try:
        found = np.ascontiguousarray(letters[:, : len(_SECOND) - 1]).view(f"S{len(_SECOND) - 1}").astype("M8[ns]")
    except ValueError:  # no such day, or hour
        return None
    nanoseconds: list[int] = found.ravel().view(np.int64).tolist()
    return nanoseconds


def within(values: list[int], low: int = INT64_MIN, high: int = INT64_MAX) -> list[int] | None:
    """The values, if none is out of bounds."""
    return values if not values or (low <= min(values) and max(values) <= high) else None
