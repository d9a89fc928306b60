"""decimals, moments: what cells say."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit

from roarbase.engine.kernels.cells.port import FIRST_YEAR, LAST_YEAR, NOT_READ, SURE_DIGITS
from roarbase.engine.kernels.compiled.memory import HELPER

__all__ = ["decimals", "moments"]

_MINUS, _POINT, _COLON, _ZERO, _NINE, _T, _Z = b"-.:09TZ"
_DATE_SIZE, _NS_DIGITS = 10, 9
_NS = 10**9


def decimals(letters, starts, stops, scale, found):
    """Write the number that each cell says in units of so many places; gives the most places behind a point."""
    most = 0
    for i in range(starts.size):
        place, stop = starts[i], stops[i]
        is_negative = place < stop and letters[place] == _MINUS
        place += is_negative
        units, whole, there = 0, 0, 0
        while place < stop and _ZERO <= letters[place] <= _NINE:
            units, whole, place = 10 * units + (letters[place] - _ZERO), whole + 1, place + 1
        if whole + scale > SURE_DIGITS:
            return NOT_READ
        if place < stop and scale and letters[place] == _POINT:
            place += 1
            while place < stop and _ZERO <= letters[place] <= _NINE:
                if there < scale:
                    units = 10 * units + (letters[place] - _ZERO)
                there, place = there + 1, place + 1
        if place < stop or whole + there == 0:
            return NOT_READ
        for _ in range(there, scale):
            units *= 10
        most = max(most, there)
        found[i] = -units if is_negative else units
    return most


def moments(letters, starts, stops, found):
    """Write the nanoseconds since 1970 of dates and moments in UTC; whether all cells are of this kind."""
    for i in range(starts.size):
        place, size = starts[i], stops[i] - starts[i]
        if size < _DATE_SIZE or letters[place + 4] != _MINUS or letters[place + 7] != _MINUS:
            return False
        year, month, day = _digits(letters, place, 4), _digits(letters, place + 5, 2), _digits(letters, place + 8, 2)
        if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= _days_in(year, month)):
            return False
        ns = 0
        if size > _DATE_SIZE:
            ns = _ns_of_day(letters, place + _DATE_SIZE, stops[i])
            if ns < 0:
                return False
        found[i] = _days(year, month, day) * (86_400 * _NS) + ns
    return True


@njit(**HELPER)
def _ns_of_day(letters, place, stop):
    """What `T12:00:00Z` or `T12:00:00.25Z` says; below 0 if it is not of this form."""
    last = stop - 1
    if last < place + 9 or letters[place] != _T or letters[place + 3] != _COLON or letters[place + 6] != _COLON:
        return -1
    hour, minute, second = (
        _digits(letters, place + 1, 2),
        _digits(letters, place + 4, 2),
        _digits(letters, place + 7, 2),
    )
    if letters[last] != _Z or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return -1
    ns = ((hour * 60 + minute) * 60 + second) * _NS
    point = place + 9
    if point == last:
        return ns
    digits = last - point - 1
    if letters[point] != _POINT or not 1 <= digits <= _NS_DIGITS:
        return -1
    fraction = _digits(letters, point + 1, digits)
    if fraction < 0:
        return -1
    for _ in range(digits, _NS_DIGITS):
        fraction *= 10
    return ns + fraction


@njit(**HELPER)
def _digits(letters, place, n):
    """The number that `n` digits say; below 0 if one is none."""
    number = 0
    for at in range(place, place + n):
        if not _ZERO <= letters[at] <= _NINE:
            return -1
        number = 10 * number + (letters[at] - _ZERO)
    return number


@njit(**HELPER)
def _days_in(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit(**HELPER)
def _days(year, month, day):
    """Days since 1970-01-01. Years are counted from March on, so that a leap day is their last."""
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719_469
