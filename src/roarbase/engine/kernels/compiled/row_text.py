"""rows_text: rows of values as text."""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.memory import HELPER, address_of, first_bit, load_word, store_word

__all__ = ["rows_text"]

_WORD_SIZE = int64(8)
_ONES, _HIGHEST_BITS = uint64(0x0101010101010101), uint64(0x8080808080808080)
_LINE_FEEDS, _COMMA_WORD = uint64(0x0A0A0A0A0A0A0A0A), uint64(ord(","))
_BYTE_BITS = uint64(3)


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
