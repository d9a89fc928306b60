"""Hash maps: finding names, entering and removing them. The layout stands in `kernels/maps/port.py`.

Nothing here allocates: whoever calls has seen to it that every segment keeps an empty slot.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import int64, njit, uint64

from roarbase.engine.kernels.compiled.memory import HELPER, NO_BITS, ONE_BIT, address_of, bytes_at, same_bytes, words_at

__all__ = ["copy_texts", "find_texts", "find_words", "insert_names", "remove_names"]

_HASH_BITS = uint64(32)
_NUMBER = uint64(0xFFFFFFFF)
_LENGTH_BITS = uint64(24)
_LENGTH = uint64((1 << 24) - 1)
_WORD = uint64(8)


@njit(**HELPER)
def _segment(pages, shape, name_hash):
    """The slots that a hash may stand in. `shape`: log2 of slots per page and per segment, how many segments."""
    page_bits, bits, segments = shape[0], shape[1], shape[2]
    whole = shape[3]
    number = int64(name_hash) & (2 * whole - 1)
    if number >= segments:
        number -= whole
    first = number << bits
    return words_at(pages[first >> page_bits] + 8 * (first & ((1 << page_bits) - 1)), 1 << bits)


@njit(**HELPER)
def _home(shape, name_hash):
    """Where in its segment a hash would like to stand."""
    return name_hash >> uint64(32 - shape[1])


@njit(**HELPER)
def _stored(pages, page_bits, number):
    """The word of a sharded array of uint64 at a number."""
    return words_at(pages[number >> page_bits], 1 << page_bits)[uint64(number & ((1 << page_bits) - 1))]


def find_words(slots, shape, hashes, words, stored, stored_bits, out):
    """The number of each word, or -1: stored[number] is the word."""
    for i in range(len(words)):
        name_hash, wanted = uint64(hashes[i]), uint64(words[i])
        segment, at = _segment(slots, shape, name_hash), _home(shape, name_hash)
        mask = uint64((1 << shape[1]) - 1)
        out[i] = -1
        slot = segment[at]
        while slot != NO_BITS:
            if slot >> _HASH_BITS == name_hash:
                number = int64((slot & _NUMBER) - ONE_BIT)
                if _stored(stored, stored_bits, number) == wanted:
                    out[i] = number
                    break
            at = (at + ONE_BIT) & mask
            slot = segment[at]


@njit(**HELPER)
def _text_at(pages, page_bits, word):
    """Where the text of a word begins."""
    start = int64(word >> _LENGTH_BITS)
    return pages[start >> page_bits] + (start & ((1 << page_bits) - 1))


def find_texts(slots, shape, hashes, blob, ends, words, word_bits, texts, text_bits, out):
    """The number of each text, or -1: words[number] says where its text lies, and how long it is."""
    start = address_of(blob)
    at_text = start
    for i in range(len(ends)):
        name_hash, length = uint64(hashes[i]), start + ends[i] - at_text
        segment, at = _segment(slots, shape, name_hash), _home(shape, name_hash)
        mask = uint64((1 << shape[1]) - 1)
        out[i] = -1
        slot = segment[at]
        while slot != NO_BITS:
            if slot >> _HASH_BITS == name_hash:
                number = int64((slot & _NUMBER) - ONE_BIT)
                word = _stored(words, word_bits, number)
                if int64(word & _LENGTH) == length and same_bytes(_text_at(texts, text_bits, word), at_text, length):
                    out[i] = number
                    break
            at = (at + ONE_BIT) & mask
            slot = segment[at]
        at_text = start + ends[i]


def insert_names(slots, shape, hashes, numbers):
    """Enter numbers of names that are not there."""
    for i in range(len(hashes)):
        name_hash = uint64(hashes[i])
        segment, at = _segment(slots, shape, name_hash), _home(shape, name_hash)
        mask = uint64((1 << shape[1]) - 1)
        while segment[at] != NO_BITS:
            at = (at + ONE_BIT) & mask
        segment[at] = (name_hash << _HASH_BITS) | (uint64(numbers[i]) + ONE_BIT)


def remove_names(slots, shape, hashes, numbers):
    """Take numbers out again; what stood behind them moves up, so that no gap cuts it off from its home."""
    for i in range(len(hashes)):
        name_hash = uint64(hashes[i])
        segment, at = _segment(slots, shape, name_hash), _home(shape, name_hash)
        mask = uint64((1 << shape[1]) - 1)
        wanted = (name_hash << _HASH_BITS) | (uint64(numbers[i]) + ONE_BIT)
        while segment[at] != wanted:
            at = (at + ONE_BIT) & mask
        behind = (at + ONE_BIT) & mask
        while segment[behind] != NO_BITS:
            home = _home(shape, segment[behind] >> _HASH_BITS)
            if (behind - home) & mask >= (behind - at) & mask:
                segment[at] = segment[behind]
                at = behind
            behind = (behind + ONE_BIT) & mask
        segment[at] = NO_BITS


def copy_texts(words, texts, text_bits, out):
    """Copy texts one behind the other."""
    into = address_of(out)
    for i in range(len(words)):
        source, n = _text_at(texts, text_bits, words[i]), int64(words[i] & _LENGTH)
        target, given = bytes_at(into, n), bytes_at(source, n)
        for place in range(n):
            target[place] = given[place]
        into += n
