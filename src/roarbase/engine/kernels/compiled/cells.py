"""literal_rows, decimals: cells of a text of values, and numbers read from cells."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit

from roarbase.engine.kernels.cells.port import BLANKS, SURE_DIGITS
from roarbase.engine.kernels.compiled.memory import HELPER

__all__ = ["decimals", "literal_rows"]

_SPACE, _TAB, _RETURN, _LINE_FEED = BLANKS
_QUOTE, _COMMA, _MINUS, _POINT, _ZERO, _NINE = b"',-.09"
_OPEN, _CLOSE, _OPEN_SET, _CLOSE_SET = b"()[]"


def literal_rows(letters, starts, stops):
    """Write where the cells of each row are, and give the number of rows; 0 if these are not rows."""
    place, row = 0, 0
    while True:
        place = _behind_blanks(letters, place)
        if place == letters.size or letters[place] != _OPEN:
            return 0
        for column in range(starts.shape[0]):
            start = _behind_blanks(letters, place + 1)
            place = _cell_end(letters, start)
            sign = _COMMA if column < starts.shape[0] - 1 else _CLOSE
            if place == letters.size or letters[place] != sign:
                return 0
            stop = place
            while stop > start and _is_blank(letters[stop - 1]):
                stop -= 1
            if stop == start:
                return 0
            starts[column, row], stops[column, row] = start, stop
        row += 1
        place = _behind_blanks(letters, place + 1)
        if place == letters.size:
            return row
        if letters[place] != _COMMA:
            return 0
        place += 1


def decimals(letters, starts, stops, scale, found):
    """Write the number that each cell says in units of so many places; whether all of them say one."""
    for i in range(starts.size):
        place, stop = starts[i], stops[i]
        is_negative = place < stop and letters[place] == _MINUS
        place += is_negative
        units, whole, there = 0, 0, 0
        while place < stop and _ZERO <= letters[place] <= _NINE:
            units, whole, place = 10 * units + (letters[place] - _ZERO), whole + 1, place + 1
        if whole + scale > SURE_DIGITS:
            return False
        if place < stop and scale and letters[place] == _POINT:
            place += 1
            while place < stop and _ZERO <= letters[place] <= _NINE:
                if there < scale:
                    units = 10 * units + (letters[place] - _ZERO)
                there, place = there + 1, place + 1
        if place < stop or whole + there == 0:
            return False
        for _ in range(there, scale):
            units *= 10
        found[i] = -units if is_negative else units
    return True


@njit(**HELPER)
def _is_blank(letter):
    return letter in (_SPACE, _TAB, _RETURN, _LINE_FEED)


@njit(**HELPER)
def _behind_blanks(letters, place):
    while place < letters.size and _is_blank(letters[place]):
        place += 1
    return place


@njit(**HELPER)
def _cell_end(letters, place):
    """Where the first sign is that ends a cell, or cannot stand in it; the text's end if a quote or bracket is open."""
    is_in_set = False
    while place < letters.size:
        letter = letters[place]
        if letter == _QUOTE:
            place += 1
            while place < letters.size and letters[place] != _QUOTE:
                place += 1
            if place == letters.size:
                return place
        elif letter == _OPEN_SET and not is_in_set:
            is_in_set = True
        elif letter == _CLOSE_SET and is_in_set:
            is_in_set = False
        elif letter in (_OPEN, _CLOSE, _OPEN_SET, _CLOSE_SET):
            return letters.size if is_in_set else place
        elif letter == _COMMA and not is_in_set:
            return place
        place += 1
    return place
