"""SipHash-1-3 in numpy, of many texts at once; the compiled one stands in `kernels/compiled/siphash.py`."""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.maps.port import Hashes, Texts

__all__ = ["hash_texts", "hash_words"]

_UInt64s = NDArray[np.uint64]
_START = np.array([0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573], np.uint64)
_WORD_BYTES = 8


def hash_words(words: _UInt64s, key: _UInt64s) -> Hashes:
    """The hash of each word as a text of eight bytes."""
    return _ended(_absorbed(_start(key, len(words)), words), np.full(len(words), _WORD_BYTES << 56, np.uint64))


def hash_texts(texts: Texts, key: _UInt64s) -> Hashes:
    """The hash of each text."""
    lengths = texts.lengths
    starts = texts.ends - lengths
    padded = np.concatenate((texts.blob, np.zeros(_WORD_BYTES, np.uint8)))
    # A word at every byte, most of them not aligned: texts begin anywhere.
    words = np.ndarray((len(padded) - _WORD_BYTES + 1,), "<u8", padded, strides=(1,))
    whole = lengths // _WORD_BYTES
    state = _start(key, len(texts))
    for number in range(int(whole.max(initial=0))):
        here = np.flatnonzero(whole > number)
        state[:, here] = _absorbed(state[:, here], words[starts[here] + _WORD_BYTES * number])
    left = (lengths % _WORD_BYTES).astype(np.uint64)
    tail = words[starts + _WORD_BYTES * whole] & ((np.uint64(1) << (np.uint64(8) * left)) - np.uint64(1))
    return _ended(state, tail | (lengths.astype(np.uint64) << np.uint64(56)))


def _start(key: _UInt64s, count: int) -> _UInt64s:
    """The state before anything is absorbed: four words per text."""
    words: _UInt64s = _START ^ np.tile(key, 2)
    return np.repeat(words[:, np.newaxis], count, axis=1)


def _absorbed(state: _UInt64s, words: _UInt64s) -> _UInt64s:
    a, b, c, d = state
    a, b, c, d = _round(a, b, c, d ^ words)
    return np.stack((a ^ words, b, c, d))


def _ended(state: _UInt64s, last: _UInt64s) -> Hashes:
    """Absorb the last words, and give 32 bits of each hash."""
    a, b, c, d = _absorbed(state, last)
    c = c ^ np.uint64(0xFF)
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    hashes: Hashes = (a ^ b ^ c ^ d).astype(np.uint32)
    return hashes


def _round(a: _UInt64s, b: _UInt64s, c: _UInt64s, d: _UInt64s) -> tuple[_UInt64s, _UInt64s, _UInt64s, _UInt64s]:
    a = a + b
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c = c + d
    d = _rotated(d, 16) ^ c
    a = a + d
    d = _rotated(d, 21) ^ a
    c = c + b
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


def _rotated(words: _UInt64s, bits: int) -> _UInt64s:
    turned: _UInt64s = (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))
    return turned
