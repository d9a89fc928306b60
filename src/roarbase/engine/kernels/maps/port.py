"""The map port: finding names among many, entering and removing them, in memory laid out as follows.

A map knows names by number. What a name is stands elsewhere, by number: an id in an array of words, each
made from an id and none of them 0 (`names/id_words.py`); a text through an array of uint64 that holds where it
lies (upper 40 bits) and its length in bytes (lower 24). Both arrays, the texts' bytes and the slots lie in
pages of a power of two values.

A slot is a uint64: the name's hash (upper 32 bits) and its number plus one; 0 is an empty slot. Slots
form segments of a power of two. There are `segments` of them; with `whole` the greatest power of two that is not
greater, a hash belongs to segment `hash mod 2 whole` if there is one, else to `hash mod whole`. So a map
grows by one segment at a time, which takes about half of one other segment's entries, and never stops to move
everything. In its segment an entry stands at the slot that the hash's upper bits name, or at the next empty
one behind it, round the end. No segment is ever full: whoever enters has made room before.

The hash is SipHash-1-3, whose key each process draws anew. Nobody who does not know it can choose names that
collide, and it is not stored anywhere.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["LENGTH_BITS", "MAXIMUM_LENGTH", "HasMaps", "Hashes", "MapKernels", "Pages", "Slots", "Texts"]

LENGTH_BITS = 24
MAXIMUM_LENGTH = (1 << LENGTH_BITS) - 1
"""Bytes in a text, at most."""

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Pages:
    """The pages of an array at one moment, of 2^bits values each; behind the values that are there, none is used.

    Whoever holds this keeps the pages alive, also where the array has since replaced one by a longer copy.
    """

    buffers: tuple[NDArray[Any] | None, ...]
    addresses: _Int64s
    """0 where a page is not there."""
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The slots of one map."""

    pages: Pages
    shape: _Int64s
    """log2 of the slots in a page, log2 of the slots in a segment, segments, whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts in UTF-8, one behind the other."""

    blob: NDArray[np.uint8]
    ends: _Int64s
    """Where each text ends in the blob."""

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> _Int64s:
        lengths = self.ends.copy()
        lengths[1:] -= self.ends[:-1]
        return lengths


class MapKernels(Protocol):
    """What is done with whole batches of names. The caller holds what keeps the memory unchanged meanwhile."""

    def hash_words(self, words: _Int64s, key: _UInt64s) -> Hashes:
        """The hash of each word under a key of two words."""
        ...

    def hash_texts(self, texts: Texts, key: _UInt64s) -> Hashes:
        """The hash of each text."""
        ...

    def find_words(self, slots: Slots, hashes: Hashes, words: _Int64s, stored: Pages) -> _Int64s:
        """The number of each word, or -1."""
        ...

    def find_texts(self, slots: Slots, hashes: Hashes, texts: Texts, words: Pages, pages: Pages) -> _Int64s:
        """The number of each text, or -1."""
        ...

    def insert(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        """Enter numbers of names that the map does not know, all different, there being room for them."""
        ...

    def remove(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        """Take out numbers of names that the map knows, all different."""
        ...

    def copy_texts(self, words: _UInt64s, pages: Pages) -> Texts:
        """The texts that these words tell of."""
        ...


class HasMaps(Protocol):
    """Whatever has map kernels. They may change from call to call: plain ones give way to compiled ones."""

    @property
    def maps(self) -> MapKernels: ...
