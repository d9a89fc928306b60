"""The compiled maps: the port's questions as calls of machine code, each in the caller's thread."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.maps.port import MAXIMUM_LENGTH, Hashes, Pages, Slots, Texts

__all__ = ["FastMaps"]

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
_Kind = TypeVar("_Kind", np.int64, np.uint64)


class FastMaps:
    """`roarbase.engine.kernels.maps.port.MapKernels` in machine code."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def hash_words(self, words: _Int64s, key: _UInt64s) -> Hashes:
        out = np.empty(len(words), np.uint32)
        self._entries["hash_words"](_whole(words), key, out)
        return out

    def hash_texts(self, texts: Texts, key: _UInt64s) -> Hashes:
        out = np.empty(len(texts), np.uint32)
        self._entries["hash_texts"](texts.blob, texts.ends, key, out)
        return out

    def find_words(self, slots: Slots, hashes: Hashes, words: _Int64s, stored: Pages) -> _Int64s:
        out = np.empty(len(words), np.int64)
        self._entries["find_words"](
            slots.pages.addresses, slots.shape, hashes, _whole(words), stored.addresses, stored.bits, out
        )
        return out

    def find_texts(self, slots: Slots, hashes: Hashes, texts: Texts, words: Pages, pages: Pages) -> _Int64s:
        out = np.empty(len(texts), np.int64)
        self._entries["find_texts"](
            *(slots.pages.addresses, slots.shape, hashes, texts.blob, texts.ends),
            *(words.addresses, words.bits, pages.addresses, pages.bits, out),
        )
        return out

    def insert(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        self._entries["insert_names"](slots.pages.addresses, slots.shape, hashes, _whole(numbers))

    def remove(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        self._entries["remove_names"](slots.pages.addresses, slots.shape, hashes, _whole(numbers))

    def copy_texts(self, words: _UInt64s, pages: Pages) -> Texts:
        ends = np.cumsum(words & np.uint64(MAXIMUM_LENGTH), dtype=np.int64)
        blob = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
        self._entries["copy_texts"](_whole(words), pages.addresses, pages.bits, blob)
        return Texts(blob, ends)


def _whole(values: NDArray[_Kind]) -> NDArray[_Kind]:
    """The values without gaps between them, as machine code takes them."""
    return np.ascontiguousarray(values)
