"""literal_rows, parts, trimmed, joined: where the cells of a text are, of which form, and their bytes; occurrences."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

import numpy as np
from numba import int64, njit, uint64

from roarbase.engine.kernels.cells.port import BLANKS, DOUBLED, LIST, NULL, OTHER, TEXT, TRUTH
from roarbase.engine.kernels.compiled.memory import HELPER, NO_BITS, address_of, first_bit, load_word, tail_word

__all__ = ["joined", "literal_rows", "occurrences", "parts", "trimmed"]

_QUOTE, _COMMA = b"',"
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"()[]"
_FIRST_LETTER = ord("A")
_BLANK, _SIGN = 1, 2
_KINDS = np.zeros(256, np.uint8)
_KINDS.put([*BLANKS], _BLANK)
_KINDS.put([*b"',()[]"], _SIGN)

_WORD = 8
_EACH_BYTE = uint64(0x0101010101010101)
_LAST_BITS = uint64(0x8080808080808080)

_LOWER_CASE = uint64(0x2020202020)
_NULL, _TRUE, _FALSE = (uint64(int.from_bytes(word, "little") | 0x2020202020) for word in (b"null", b"true", b"false"))
_NULL_SIZE, _FALSE_SIZE = 4, 5


def occurrences(letters, sign):
    """How often a sign stands in a text."""
    count = 0
    for place in range(letters.size):
        count += letters[place] == sign
    return count


def literal_rows(letters, starts, stops, forms):
    """Write where the cells of each row are, and give the number of rows; 0 if these are not rows.

    To `forms` of each column those of its cells are added.
    """
    place, row = 0, 0
    while True:
        place = _behind_blanks(letters, place, letters.size)
        if place == letters.size or _letter(letters, place) != _OPEN:
            return 0
        for column in range(starts.shape[0]):
            start = _behind_blanks(letters, place + 1, letters.size)
            place, quotes = _cell_end(letters, start)
            sign = _COMMA if column < starts.shape[0] - 1 else _CLOSE
            if place == letters.size or _letter(letters, place) != sign:
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
        if _letter(letters, place) != _COMMA:
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
            while True:
                place = _first_of_two(letters, place, stop, separator, _QUOTE if are_literals else separator)
                if place == stop or _letter(letters, place) == separator:
                    break
                place = min(_closing_quote(letters, place + 1, stop) + 1, stop)
            end = place
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


def joined(letters, starts, stops, ends, blob):
    """Write the bytes of cells one behind the other, each up to where it shall end."""
    for i in range(starts.size):
        to = ends[i] - stops[i]
        for place in range(starts[i], stops[i]):
            blob[to + place] = _letter(letters, place)


@njit(**HELPER)
def _letter(letters, place):
    return letters[uint64(place)]  # a signed place could be one from behind: numba would look each time


@njit(**HELPER)
def _kind(letters, place):
    return _KINDS[_letter(letters, place)]


@njit(**HELPER)
def _behind_blanks(letters, place, stop):
    while place < stop and _kind(letters, place) == _BLANK:
        place += 1
    return place


@njit(**HELPER)
def _before_blanks(letters, start, stop):
    while stop > start and _kind(letters, stop - 1) == _BLANK:
        stop -= 1
    return stop


@njit(**HELPER)
def _closing_quote(letters, place, stop):
    return _first_of_two(letters, place, stop, _QUOTE, _QUOTE)


@njit(**HELPER)
def _first_of_two(letters, place, stop, one, other):
    """Where one of two signs stands first; `stop` if neither does."""
    begin = address_of(letters)
    while place + _WORD <= stop:
        word = load_word(begin + place)
        found = _zeros(word ^ (uint64(one) * _EACH_BYTE)) | _zeros(word ^ (uint64(other) * _EACH_BYTE))
        if found != NO_BITS:
            return place + int64(first_bit(found)) // _WORD
        place += _WORD
    while place < stop and _letter(letters, place) != one and _letter(letters, place) != other:
        place += 1
    return place


@njit(**HELPER)
def _first_sign(letters, place):
    """Where a quote, comma, or bracket stands first; the text's end if none does."""
    while place < letters.size and _kind(letters, place) != _SIGN:  # what is not in quotes is short
        place += 1
    return place


@njit(**HELPER)
def _zeros(word):
    """A word of which the lowest bit set is in the lowest byte of another that is 0; without any if none is."""
    return (word - _EACH_BYTE) & ~word & _LAST_BITS


@njit(**HELPER)
def _form(letters, start, stop):
    """What kind of literal a cell is that has anything in it."""
    first, last = _letter(letters, start), _letter(letters, stop - 1)
    if first == _QUOTE:
        return _text_form(letters, start + 1, stop - 1) if last == _QUOTE else OTHER
    if first == _OPEN_LIST:
        return LIST if last == _CLOSE_LIST else OTHER
    if first < _FIRST_LETTER:
        return OTHER
    return _word_form(letters, start, stop - start)


@njit(**HELPER)
def _text_form(letters, place, last):
    """The form of what begins with a quote and has its last one at `last`."""
    form = TEXT
    place = _closing_quote(letters, place, last)
    while place < last:
        if _letter(letters, place + 1) != _QUOTE or place + 1 == last:
            return OTHER
        form, place = DOUBLED, _closing_quote(letters, place + 2, last)
    return form if place == last else OTHER


@njit(**HELPER)
def _word_form(letters, start, size):
    """The form of what may be a word."""
    if size not in (_NULL_SIZE, _FALSE_SIZE):
        return OTHER
    word = tail_word(address_of(letters) + start, size) | _LOWER_CASE
    if size == _FALSE_SIZE:
        return TRUTH if word == _FALSE else OTHER
    if word == _TRUE:
        return TRUTH
    return NULL if word == _NULL else OTHER


@njit(**HELPER)
def _is_quoted(letters, start, stop, quotes):
    """Whether a cell is text in quotes, of which it has so many."""
    return quotes == 2 and _letter(letters, start) == _QUOTE and _letter(letters, stop - 1) == _QUOTE


@njit(**HELPER)
def _cell_end(letters, place):
    """Where the first sign is that ends a cell, or cannot stand in it, and how many quotes come before.

    It is the text's end if a quote or bracket is open.
    """
    is_in_list, quotes = False, 0
    while True:
        place = _first_sign(letters, place)
        if place == letters.size:
            break
        letter = _letter(letters, place)
        if letter == _QUOTE:
            place, quotes = _closing_quote(letters, place + 1, letters.size), quotes + 2
            if place == letters.size:
                break
        elif letter == _OPEN_LIST and not is_in_list:
            is_in_list = True
        elif letter == _CLOSE_LIST and is_in_list:
            is_in_list = False
        elif letter != _COMMA:
            return (letters.size if is_in_list else place), quotes
        elif not is_in_list:
            break
        place += 1
    return place, quotes
