"""Names numbered densely from 0, in order of first use: the rows of a field."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s, greatest
from roarbase.engine.buffers.pieces import Image, Piece, Pieces
from roarbase.engine.kernels.maps.port import HasMaps
from roarbase.engine.names.id_map import IdMap
from roarbase.engine.names.key_map import KeyMap
from roarbase.errors import ResourceLimitExceeded

__all__ = ["MAXIMUM_NUMBERS", "NumberedIds", "NumberedKeys", "distinct_ids", "distinct_keys"]

MAXIMUM_NUMBERS = 2**32 - 1
"""Numbers are kept in 32 bits, and columns keep a number plus one."""

_SMALL = np.uint64(2**16)
"""Ids below are found in a table of numbers by id, of at most 512 KB, in a tenth of the time that a map takes."""

_FEW = 2**16
"""So many ids stand in an array by number, too, and are taken from it in a thirtieth of the time."""

_FEW_KEYS, _SHORT_KEY, _MOST_ASKED = 16, 64, 512
"""Few keys at a time are remembered, if they are short: to make them from their texts takes ten times as long."""


class NumberedIds:
    """Ids numbered in order of first use.

    Finding needs no lock, as with `IdMap`.
    """

    def __init__(self, kernels: HasMaps) -> None:
        self._map = IdMap(kernels)
        self._small = np.full(0, -1, np.int64)
        self._few: UInt64s | None = np.zeros(0, np.uint64)

    def __len__(self) -> int:
        return len(self._map)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._map.nbytes + self._small.nbytes + (0 if self._few is None else self._few.nbytes)

    def find(self, ids: UInt64s) -> Int64s:
        """The number of each id, or -1."""
        small = self._small  # once: the writer may put a longer one in its place
        if not len(ids) or greatest(ids) < len(small):
            return small[ids.view(np.int64)]
        return self._map.find(ids)

    def find_one(self, id: int) -> int:
        """The same of one id."""
        small = self._small
        return int(small[id]) if id < len(small) else int(self._map.find(np.array([id], np.uint64))[0])

    def ids_at(self, numbers: Int64s) -> UInt64s:
        """The ids with these numbers."""
        few = self._few  # once: the writer may put another one in its place
        return self._map.known_ids(numbers) if few is None else few[numbers]

    def image(self, first: int, stop: int) -> Image:
        """What a snapshot keeps of the ids with these numbers, as `row ids`; needs no lock."""
        return lambda: [Piece("row ids", self.ids_at(np.arange(first, stop)))]

    def load(self, pieces: Pieces) -> None:
        """Enter under the next numbers what an image told of."""
        self.add(pieces["row ids"].values)

    def add(self, ids: UInt64s) -> Int64s:
        """The number of each id; those not known are numbered in order of first occurrence."""
        numbers = self.find(ids)
        (missing,) = (numbers < 0).nonzero()
        if len(missing):
            new_ids, places = distinct_ids(ids[missing])
            size = len(self)
            _check(size + len(new_ids), "ids")
            new_numbers = np.arange(size, size + len(new_ids))
            self._map.enter(new_ids, new_numbers)
            self._note_small(new_ids, new_numbers)
            self._note_few(new_ids, size)
            numbers[missing] = size + places
        return numbers

    def _note_few(self, ids: UInt64s, first: int) -> None:
        stop = first + len(ids)
        if self._few is None or stop > _FEW:
            self._few = None
        elif stop > len(self._few):
            longer = np.zeros(1 << (stop - 1).bit_length(), np.uint64)
            longer[:first] = self._few[:first]
            longer[first:stop] = ids
            self._few = longer
        else:
            self._few[first:stop] = ids

    def _note_small(self, ids: UInt64s, numbers: Int64s) -> None:
        is_small = ids < _SMALL
        small, numbers = ids[is_small].astype(np.int64), numbers[is_small]
        if len(small) and greatest(small) >= len(self._small):
            longer = np.full(1 << greatest(small).bit_length(), -1, np.int64)
            longer[: len(self._small)] = self._small
            longer[small] = numbers
            self._small = longer
        else:
            self._small[small] = numbers


class NumberedKeys:
    """Keys numbered in order of first use.

    >>> from roarbase.engine.kernels.plain import PlainKernels
    >>> NumberedKeys(PlainKernels()).add(["b", "a", "b"])
    (array([0, 1, 0]), ['b', 'a'])
    """

    def __init__(self, kernels: HasMaps) -> None:
        self._map = KeyMap(kernels)
        self._asked: dict[int, str] = {}
        """Keys that were asked for a few at a time, by number: some hundreds, however many there are."""

    def __len__(self) -> int:
        return len(self._map)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._map.nbytes

    def find(self, keys: Sequence[str]) -> Int64s:
        """The number of each key, or -1."""
        return self._map.find(keys)

    def keys_at(self, numbers: Int64s) -> list[str]:
        """The keys with these numbers. Needs no lock: what a number stands for never changes."""
        if len(numbers) > _FEW_KEYS:
            return self._map.keys_at(numbers)
        few = numbers.tolist()
        asked = self._asked
        known = [asked[number] for number in few if number in asked]
        if len(known) == len(few):
            return known
        keys = self._map.keys_at(numbers)
        if len(asked) >= _MOST_ASKED:
            self._asked = asked = {}
        asked.update((number, key) for number, key in zip(few, keys, strict=True) if len(key) <= _SHORT_KEY)
        return keys

    def image(self, first: int, stop: int) -> Image:
        """What a snapshot keeps of the keys with these numbers; needs no lock."""
        return lambda: self._map.image(np.arange(first, stop))()

    def load(self, pieces: Pieces) -> None:
        """Enter under the next numbers what an image told of."""
        self._map.load(pieces, np.arange(len(self), len(self) + len(pieces["key sizes"].values)))

    def add(self, keys: Sequence[str]) -> tuple[Int64s, list[str]]:
        """The number of each key; the new ones are entered in order of first occurrence and returned."""
        numbers = self.find(keys)
        (missing,) = (numbers < 0).nonzero()
        if not len(missing):
            return numbers, []
        new_keys, places = distinct_keys(keys, missing)
        numbers[missing] = len(self) + places
        self.extend(new_keys)
        return numbers, new_keys

    def extend(self, new_keys: Sequence[str]) -> None:
        """Enter keys that are not known, all different, under the next numbers."""
        size = len(self)
        _check(size + len(new_keys), "keys")
        if new_keys:
            self._map.enter(new_keys, np.arange(size, size + len(new_keys)))

    def truncate(self, size: int) -> None:
        """Forget the keys numbered `size` and above."""
        self._asked = {}
        self._map.take_back(np.arange(size, len(self)))


def distinct_ids(ids: UInt64s) -> tuple[UInt64s, Int64s]:
    """The distinct ids in order of first occurrence, and for each id its place among them."""
    if (ids[1:] > ids[:-1]).all() or _are_distinct(ids):
        return ids, np.arange(len(ids))
    unique, firsts, inverse = np.unique(ids, return_index=True, return_inverse=True)
    by_occurrence = np.argsort(firsts)
    places = np.empty(len(unique), np.int64)
    places[by_occurrence] = np.arange(len(unique))
    return unique[by_occurrence], places[inverse]


def _are_distinct(ids: UInt64s) -> bool:
    """Whether no id occurs twice. Sorting them takes a tenth of what it takes to find out where each occurs."""
    ordered = np.sort(ids)
    return bool((ordered[1:] != ordered[:-1]).all())


def distinct_keys(keys: Sequence[str], chosen: Int64s) -> tuple[list[str], Int64s]:
    """The distinct ones of the chosen keys in order of first occurrence, and for each its place among them."""
    asked = [*keys] if len(chosen) == len(keys) else [keys[i] for i in chosen.tolist()]
    distinct = [*dict.fromkeys(asked)]
    if len(distinct) == len(asked):
        return distinct, np.arange(len(asked))
    place_of = {key: place for place, key in enumerate(distinct)}
    return distinct, np.array([place_of[key] for key in asked], np.int64)


def _check(count: int, what: str) -> None:
    if count > MAXIMUM_NUMBERS:
        raise ResourceLimitExceeded(f"more than {MAXIMUM_NUMBERS} different {what} are not supported")
