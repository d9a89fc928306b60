"""literal_rows, parts, trimmed: where the cells of a text of values are, and of which form."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit

from roarbase.engine.kernels.cells.port import BLANKS, DOUBLED, LIST, NULL, OTHER, TEXT, TRUTH
from roarbase.engine.kernels.compiled.memory import HELPER

__all__ = ["literal_rows", "parts", "trimmed"]

_SPACE, _TAB, _RETURN, _LINE_FEED = BLANKS
_QUOTE, _COMMA = b"',"
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"()[]"
_LOWER_CASE = 0x20


def literal_rows(letters, starts, stops, forms):
    """Write where the cells of each row are, and give the number of rows; 0 if these are not rows.

    To `forms` of each column those of its cells are added.
    """
    place, row = 0, 0
    while True:
        place = _behind_blanks(letters, place, letters.size)
        if place == letters.size or letters[place] != _OPEN:
            return 0
        for column in range(starts.shape[0]):
            start = _behind_blanks(letters, place + 1, letters.size)
            place, quotes = _cell_end(letters, start)
            sign = _COMMA if column < starts.shape[0] - 1 else _CLOSE
            if place == letters.size or letters[place] != sign:
                return 0
            stop = _before_blanks(letters, start, place)
            if stop == start:
                return 0
            starts[column, row], stops[column, row] = start, stop
            forms[column] |= TEXT if _is_quoted(letters, start, stop, quotes) else _form(letters, start, stop)
        row += 1
        place = _behind_blanks(letters, place + 1, letters.size)
        if place == letters.size:
            return row
        if letters[place] != _COMMA:
            return 0
        place += 1


def parts(letters, starts, stops, separator, are_literals, offsets, part_starts, part_stops):
    """Cut cells at separators, and give the forms of all parts; those of cell i end at offsets[i + 1]."""
    count, forms = 0, 0
    offsets[0] = 0
    for i in range(starts.size):
        start, stop = starts[i], stops[i]
        while True:
            place = start
            while place < stop and letters[place] != separator:
                if are_literals and letters[place] == _QUOTE:
                    place = _closing_quote(letters, place + 1, stop)
                place += 1
            end = min(place, stop)
            first = _behind_blanks(letters, start, end)
            part_starts[count], part_stops[count] = first, _before_blanks(letters, first, end)
            if are_literals and first < part_stops[count]:
                forms |= _form(letters, first, part_stops[count])
            count += 1
            if place >= stop:
                break
            start = place + 1
        offsets[i + 1] = count
    return forms


def trimmed(letters, starts, stops, new_starts, new_stops):
    """Write where cells are without blanks at either end."""
    for i in range(starts.size):
        new_starts[i] = _behind_blanks(letters, starts[i], stops[i])
        new_stops[i] = _before_blanks(letters, new_starts[i], stops[i])


@njit(**HELPER)
def _is_blank(letter):
    return letter in (_SPACE, _TAB, _RETURN, _LINE_FEED)


@njit(**HELPER)
def _behind_blanks(letters, place, stop):
    while place < stop and _is_blank(letters[place]):
        place += 1
    return place


@njit(**HELPER)
def _before_blanks(letters, start, stop):
    while stop > start and _is_blank(letters[stop - 1]):
        stop -= 1
    return stop


@njit(**HELPER)
def _closing_quote(letters, place, stop):
    while place < stop and letters[place] != _QUOTE:
        place += 1
    return place


@njit(**HELPER)
def _form(letters, start, stop):
    """What kind of literal a cell is that has anything in it."""
    first, last = letters[start], letters[stop - 1]
    if first == _QUOTE:
        return _text_form(letters, start + 1, stop - 1) if last == _QUOTE else OTHER
    if first == _OPEN_LIST:
        return LIST if last == _CLOSE_LIST else OTHER
    if _is_word(letters, start, stop, b"null"):
        return NULL
    if _is_word(letters, start, stop, b"true") or _is_word(letters, start, stop, b"false"):
        return TRUTH
    return OTHER


@njit(**HELPER)
def _text_form(letters, place, last):
    """The form of what begins with a quote and has its last one at `last`."""
    form = TEXT
    place = _closing_quote(letters, place, last)
    while place < last:
        if letters[place + 1] != _QUOTE or place + 1 == last:
            return OTHER
        form, place = DOUBLED, _closing_quote(letters, place + 2, last)
    return form if place == last else OTHER


@njit(**HELPER)
def _is_word(letters, start, stop, word):
    is_same = stop - start == len(word)
    for i in range(len(word) if is_same else 0):
        is_same &= letters[start + i] | _LOWER_CASE == word[i]
    return is_same


@njit(**HELPER)
def _is_quoted(letters, start, stop, quotes):
    """Whether a cell is text in quotes, of which it has so many."""
    return quotes == 2 and letters[start] == _QUOTE and letters[stop - 1] == _QUOTE


@njit(**HELPER)
def _cell_end(letters, place):
    """Where the first sign is that ends a cell, or cannot stand in it, and how many quotes come before.

    It is the text's end if a quote or bracket is open.
    """
    is_in_list, quotes = False, 0
    while place < letters.size:
        letter = letters[place]
        if _COMMA < letter < _OPEN_LIST or letter > _CLOSE_LIST:  # most are letters and digits: no sign
            place += 1
            continue
        if letter == _QUOTE:
            place, quotes = _closing_quote(letters, place + 1, letters.size), quotes + 2
            if place == letters.size:
                break
        elif letter == _OPEN_LIST and not is_in_list:
            is_in_list = True
        elif letter == _CLOSE_LIST and is_in_list:
            is_in_list = False
        elif letter in (_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST):
            return (letters.size if is_in_list else place), quotes
        elif letter == _COMMA and not is_in_list:
            break
        place += 1
    return place, quotes
