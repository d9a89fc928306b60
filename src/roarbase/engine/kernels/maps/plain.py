"""The maps in plain numpy: the model of the compiled ones, and what works until those are there.

All names of a batch take their steps together: round by round, whoever has found his place drops out.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import ranges
from roarbase.engine.buffers.pages import put_values, take_values
from roarbase.engine.kernels.maps.port import LENGTH_BITS, MAXIMUM_LENGTH, Hashes, Pages, Slots, Texts
from roarbase.engine.kernels.maps.siphash import hash_texts, hash_words

__all__ = ["PlainMaps"]

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
_Mask = NDArray[np.bool_]

_HASH_BITS = np.uint64(32)
_NUMBER = np.uint64(2**32 - 1)
_ONE = np.uint64(1)


class PlainMaps:
    """`roarbase.engine.kernels.maps.port.MapKernels` in numpy."""

    def hash_words(self, words: _Int64s, key: _UInt64s) -> Hashes:
        return hash_words(words.view(np.uint64), key)

    def hash_texts(self, texts: Texts, key: _UInt64s) -> Hashes:
        return hash_texts(texts, key)

    def find_words(self, slots: Slots, hashes: Hashes, words: _Int64s, stored: Pages) -> _Int64s:
        def are_same(asked: _Int64s, numbers: _Int64s) -> _Mask:
            same: _Mask = take_values(stored, numbers, np.int64) == words[asked]
            return same

        return _find(slots, hashes, are_same)

    def find_texts(self, slots: Slots, hashes: Hashes, texts: Texts, words: Pages, pages: Pages) -> _Int64s:
        content, stops = texts.blob.tobytes(), texts.ends.tolist()

        def are_same(asked: _Int64s, numbers: _Int64s) -> _Mask:
            there = self.copy_texts(take_values(words, numbers, np.uint64), pages)
            pairs = zip(asked.tolist(), _pieces(there), strict=True)
            return np.array([content[stops[i - 1] if i else 0 : stops[i]] == text for i, text in pairs], np.bool_)

        return _find(slots, hashes, are_same)

    def insert(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        _insert(slots, _entries(hashes, numbers))

    def remove(self, slots: Slots, hashes: Hashes, numbers: _Int64s) -> None:
        entries = _entries(hashes, numbers)
        walk = _Walk(slots, hashes)
        places = walk.places.copy()
        while len(walk.asked):
            found = walk.values() == entries[walk.asked]
            places[walk.asked[found]] = walk.places[found]
            walk.go_on(~found)
        put_values(slots.pages, places, np.zeros(len(places), np.uint64))
        # What stands behind a gap might be cut off from its home by it: all that is taken out and entered again.
        _insert(slots, _taken_out_behind(slots, hashes, places))

    def copy_texts(self, words: _UInt64s, pages: Pages) -> Texts:
        lengths = (words & np.uint64(MAXIMUM_LENGTH)).astype(np.int64)
        starts = (words >> np.uint64(LENGTH_BITS)).astype(np.int64)
        return Texts(take_values(pages, ranges(starts, lengths), np.uint8), np.cumsum(lengths))


class _Walk:
    """Names on their way from slot to slot.

    Attributes:
        asked: Those still under way, by index.
        places: The slot at which each of these is now.
    """

    def __init__(self, slots: Slots, hashes: Hashes, places: _Int64s | None = None) -> None:
        _, bits, segments, whole = slots.shape.tolist()
        self._slots = slots
        self._mask = (1 << bits) - 1
        self.asked = np.arange(len(hashes))
        words = hashes.astype(np.int64)
        numbers = words & (2 * whole - 1)
        numbers[numbers >= segments] -= whole
        self.places = (numbers << bits) + (words >> (32 - bits)) if places is None else places

    def values(self) -> _UInt64s:
        """What stands at these slots."""
        return take_values(self._slots.pages, self.places, np.uint64)

    def go_on(self, are_going: _Mask) -> None:
        """Let some of them go to their next slot; the others have arrived."""
        self.asked, places = self.asked[are_going], self.places[are_going]
        self.places = (places & ~self._mask) | ((places + 1) & self._mask)


def _entries(hashes: Hashes, numbers: _Int64s) -> _UInt64s:
    entries: _UInt64s = (hashes.astype(np.uint64) << _HASH_BITS) | (numbers.astype(np.uint64) + _ONE)
    return entries


def _find(slots: Slots, hashes: Hashes, are_same: Callable[[_Int64s, _Int64s], _Mask]) -> _Int64s:
    """The number of each name. `are_same` compares the names asked for, by index, with those of some numbers."""
    out = np.full(len(hashes), -1, np.int64)
    walk = _Walk(slots, hashes)
    while len(walk.asked):
        values = walk.values()
        found = values != 0
        found &= values >> _HASH_BITS == hashes[walk.asked]
        asked, numbers = walk.asked[found], (values[found] & _NUMBER).astype(np.int64) - 1
        same = are_same(asked, numbers)
        out[asked[same]] = numbers[same]
        found[found] = same
        walk.go_on(~found & (values != 0))
    return out


def _insert(slots: Slots, entries: _UInt64s) -> None:
    walk = _Walk(slots, (entries >> _HASH_BITS).astype(np.uint32))
    while len(walk.asked):
        wanted = entries[walk.asked]
        empty = walk.values() == 0
        put_values(slots.pages, walk.places[empty], wanted[empty])
        walk.go_on(walk.values() != wanted)  # of several at one slot, one has got it


def _taken_out_behind(slots: Slots, hashes: Hashes, places: _Int64s) -> _UInt64s:
    """Empty the slots behind these, up to the next empty one; what stood there."""
    taken = [np.zeros(0, np.uint64)]
    walk = _Walk(slots, hashes, places)
    walk.go_on(np.ones(len(places), np.bool_))
    while len(walk.asked):
        values = walk.values()
        taken.append(np.unique(values[values != 0]))
        put_values(slots.pages, walk.places[values != 0], np.zeros(np.count_nonzero(values), np.uint64))
        walk.go_on(values != 0)
    return np.concatenate(taken)


def _pieces(texts: Texts) -> list[bytes]:
    content, stops = texts.blob.tobytes(), texts.ends.tolist()
    return [content[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)] if stops else []
