"""The hashes of names, under a key that each process draws anew."""

import os
from hashlib import blake2b

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, greatest
from roarbase.engine.kernels.maps.port import Hashes, MapKernels, Texts

__all__ = ["hash_texts", "hash_words"]

_KEY = np.frombuffer(os.urandom(16), np.uint64)
"""Secret, so that nobody can send names chosen to collide; never stored, since no slot outlives its process."""

_LONG = 4096
"""Bytes from which on a text is digested by the standard library: the plain kernels take 8 bytes at a time."""


def hash_words(maps: MapKernels, words: Int64s) -> Hashes:
    """The hash of each word."""
    return maps.hash_words(words, _KEY)


def hash_texts(maps: MapKernels, texts: Texts) -> Hashes:
    """The hash of each text."""
    lengths = texts.lengths
    if not len(lengths) or greatest(lengths) < _LONG:
        return maps.hash_texts(texts, _KEY)
    short = lengths < _LONG
    hashes = np.empty(len(texts), np.uint32)
    starts, stops, blob = (texts.ends - lengths).tolist(), texts.ends.tolist(), texts.blob
    is_kept = np.repeat(short, lengths)
    hashes[short] = maps.hash_texts(Texts(blob[is_kept], np.cumsum(lengths[short])), _KEY)
    for place in np.flatnonzero(~short).tolist():
        digest = blake2b(blob[starts[place] : stops[place]].tobytes(), digest_size=4, key=_KEY.tobytes())
        hashes[place] = int.from_bytes(digest.digest(), "little")
    return hashes
