"""SipHash-1-3, of numbers and of texts: a hash that nobody can aim at without its key.

Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one round per word, three at the end.
"""

# mypy: ignore-errors
# numba gives these functions their types; to mypy they are all untyped.

from numba import njit, uint32, uint64

from roarbase.engine.kernels.compiled.memory import HELPER, address_of, load_word, tail_word

__all__ = ["hash_text", "hash_texts", "hash_words"]

_START = (
    uint64(0x736F6D6570736575),
    uint64(0x646F72616E646F6D),
    uint64(0x6C7967656E657261),
    uint64(0x7465646279746573),
)
_END = uint64(0xFF)
_WORD_BITS = uint64(64)
_LENGTH_SHIFT = uint64(56)
_WORD_LENGTH = uint64(8 << 56)


@njit(**HELPER)
def _rotated(word, bits):
    bits = uint64(bits)
    return (word << bits) | (word >> (_WORD_BITS - bits))


@njit(**HELPER)
def _sip_round(a, b, c, d):
    a += b
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c += d
    d = _rotated(d, 16) ^ c
    a += d
    d = _rotated(d, 21) ^ a
    c += b
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


@njit(**HELPER)
def _sip_start(key):
    low, high = key[0], key[1]
    return low ^ _START[0], high ^ _START[1], low ^ _START[2], high ^ _START[3]


@njit(**HELPER)
def _sip_word(a, b, c, d, word):
    a, b, c, d = _sip_round(a, b, c, d ^ word)
    return a ^ word, b, c, d


@njit(**HELPER)
def _sip_end(a, b, c, d, last):
    """Take the last word in and give 32 bits of the hash."""
    a, b, c, d = _sip_word(a, b, c, d, last)
    c ^= _END
    for _ in range(3):
        a, b, c, d = _sip_round(a, b, c, d)
    return uint32(a ^ b ^ c ^ d)


def hash_words(words, key, out):
    """Hash each word as its eight bytes."""
    for i in range(len(words)):
        a, b, c, d = _sip_start(key)
        a, b, c, d = _sip_word(a, b, c, d, uint64(words[i]))
        out[i] = _sip_end(a, b, c, d, _WORD_LENGTH)


@njit(**HELPER)
def hash_text(address, n, key):
    """Hash the `n` bytes at an address."""
    last = address + (n & -8)
    a, b, c, d = _sip_start(key)
    for at in range(address, last, 8):
        a, b, c, d = _sip_word(a, b, c, d, load_word(at))
    return _sip_end(a, b, c, d, tail_word(last, n & 7) | (uint64(n) << _LENGTH_SHIFT))


def hash_texts(blob, ends, key, out):
    """Hash texts that lie one behind the other, text i up to ends[i]."""
    start = address_of(blob)
    at = start
    for i in range(len(ends)):
        stop = start + ends[i]
        out[i] = hash_text(at, stop - at, key)
        at = stop
