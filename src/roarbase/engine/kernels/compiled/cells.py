"""literal_rows, decimals, rows_text: cells of a text of values, numbers read from cells, texts of rows."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.cells.port import BLANKS, SURE_DIGITS
from roarbase.engine.kernels.compiled.memory import HELPER, address_of, first_bit, load_word, store_word

__all__ = ["decimals", "literal_rows", "rows_text"]

_SPACE, _TAB, _RETURN, _LINE_FEED = BLANKS
_QUOTE, _COMMA, _MINUS, _POINT, _ZERO, _NINE = b"',-.09"
_OPEN, _CLOSE, _OPEN_SET, _CLOSE_SET = b"()[]"

_WORD_SIZE = int64(8)
_ONES, _HIGHEST_BITS = uint64(0x0101010101010101), uint64(0x8080808080808080)
_LINE_FEEDS, _COMMA_WORD = uint64(0x0A0A0A0A0A0A0A0A), uint64(_COMMA)
_BYTE_BITS = uint64(3)


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


def rows_text(lines, places, are_lists, stops, signs, bounds, count, out):
    """Write rows, and give the length of their text.

    Args:
        lines: The values of all columns, a line feed behind each; of column c they begin at places[c].
        stops: [lists, count]: where the cells of each column of lists end among its values.
        signs: One behind the other: of each column what a cell begins with, what it ends with, and the whole cell
            where a list is empty; then what is between rows. The n-th begins at bounds[n].

    Bytes are moved eight at a time, those behind what is wanted too: each array has so many to spare at its end.
    """
    line, sign, begin = address_of(lines), address_of(signs), address_of(out)
    end = begin
    for row in range(count):
        if row:
            end = _copied(sign, bounds, 3 * are_lists.size, end)
        nth = 0
        for column in range(are_lists.size):
            left = 1
            if are_lists[column]:
                left = stops[nth, row] - (stops[nth, row - 1] if row else 0)
                nth += 1
            if left == 0:
                end = _copied(sign, bounds, 3 * column + 2, end)
                continue
            end = _copied(sign, bounds, 3 * column, end)
            while left:
                word = load_word(line + places[column])
                store_word(end, word)
                size = _line_size(word)
                end += size
                places[column] += size
                if size < _WORD_SIZE:
                    places[column] += 1
                    store_word(end, _COMMA_WORD)
                    end += 1
                    left -= 1
            end = _copied(sign, bounds, 3 * column + 1, end - 1)
    return end - begin


@njit(**HELPER)
def _copied(sign, bounds, number, end):
    """Write one of the texts at an address, and give the address behind it."""
    start, size = sign + bounds[number], bounds[number + 1] - bounds[number]
    for place in range(0, size, _WORD_SIZE):
        store_word(end + place, load_word(start + place))
    return end + size


@njit(**HELPER)
def _line_size(word):
    """How many bytes of a word, the lowest first, come before a line feed; 8 if there is none."""
    differing = word ^ _LINE_FEEDS
    return int64(first_bit((differing - _ONES) & ~differing & _HIGHEST_BITS) >> _BYTE_BITS)


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
