"""Arrays that grow shard by shard, and the few helpers that every column uses.

`numpy.ma` is imported with them although nothing here calls it: numpy and numba come to it at their first call,
and where that is a write that finds no file descriptor left, the writer would end.
"""

from typing import Any, Generic, TypeVar

import numpy as np
import numpy.ma
from numpy.typing import DTypeLike, NDArray

__all__ = [
    "Int64s",
    "Mask",
    "ShardedArray",
    "UInt64s",
    "all_set",
    "any_set",
    "are_numbered_in_order",
    "first_uses",
    "greatest",
    "is_in",
    "latest",
    "least",
    "ranges",
    "set_mask",
    "sorted_distinct",
    "squeeze",
    "where_all",
    "zeros",
]

_SHARD_WIDTH = 2**20
"""Values per buffer of a sharded array."""

_FIRST_LENGTH = 4096
"""Where an array begins; it doubles up to the shard's width."""

_SORTED_CODES = 2**16
"""With so many codes beyond the entries, looking at all of them takes longer than sorting the entries."""

Mask = NDArray[np.bool_]
Int64s = NDArray[np.int64]
UInt64s = NDArray[np.uint64]

_MASK = np.ones(2**16, np.bool_)
_MASK.flags.writeable = False
_ZEROS = np.zeros(2**16, np.int64)
_ZEROS.flags.writeable = False

_Kind = TypeVar("_Kind", bound=np.generic)
_Integer = TypeVar("_Integer", np.int64, np.uint64)


class ShardedArray(Generic[_Kind]):
    """One value per position, zero until it is set, kept as one buffer per shard.

    A position beyond what was written reads as zero, so an owner need not fill gaps.

    Args:
        dtype: The type of a value.
        width: Positions per shard.
        first_length: The length of a shard's first buffer, if the shard is not shorter.
    """

    def __init__(self, dtype: DTypeLike, width: int = _SHARD_WIDTH, first_length: int = _FIRST_LENGTH) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self._width = width
        self._first_length = min(first_length, width)
        self._shards: list[NDArray[_Kind]] = []

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return sum(shard.nbytes for shard in self._shards)

    def put(self, positions: Int64s, values: NDArray[_Kind]) -> None:
        """Set `values[i]` at `positions[i]`; where a position occurs twice, the later value stays."""
        if not len(positions):
            return
        if int(positions.max()) < self._width:
            self._grow(0, int(positions.max()) + 1)
            self._shards[0][positions] = values  # numpy assigns in order: the last value of a position stays
            return
        numbers, inside = np.divmod(positions, self._width)
        for number in np.unique(numbers).tolist():
            here = numbers == number
            self._grow(number, int(inside[here].max()) + 1)
            self._shards[number][inside[here]] = values[here]

    def write(self, start: int, values: NDArray[_Kind]) -> None:
        """Set the values from position `start` onwards."""
        done = 0
        while done < len(values):
            number, inside = divmod(start + done, self._width)
            part = values[done : done + self._width - inside]
            self._grow(number, inside + len(part))
            self._shards[number][inside : inside + len(part)] = part
            done += len(part)

    def take(self, positions: Int64s) -> NDArray[_Kind]:
        """The values at these positions, in their order."""
        if len(self._shards) == 1 and (not len(positions) or int(positions.max()) < len(self._shards[0])):
            return self._shards[0][positions]
        out = np.zeros(len(positions), self._dtype)
        numbers, inside = np.divmod(positions, self._width)
        for number in np.unique(numbers).tolist():
            if number < len(self._shards):
                shard = self._shards[number]
                here = np.flatnonzero((numbers == number) & (inside < len(shard)))
                out[here] = shard[inside[here]]
        return out

    def whole(self, size: int) -> NDArray[_Kind]:
        """The values of positions 0 to `size`, for reading only."""
        if len(self._shards) == 1 and len(self._shards[0]) >= size:
            return self._shards[0][:size]
        out = np.zeros(size, self._dtype)
        for number, shard in enumerate(self._shards):
            start = number * self._width
            part = shard[: max(0, size - start)]
            out[start : start + len(part)] = part
        return out

    def _grow(self, number: int, length: int) -> None:
        """Make a shard's buffer at least this long."""
        while len(self._shards) <= number:
            self._shards.append(np.zeros(0, self._dtype))
        old = self._shards[number]
        if len(old) >= length:
            return
        new_length = max(len(old), self._first_length)
        while new_length < length:
            new_length *= 2
        new = np.zeros(min(new_length, self._width), self._dtype)
        new[: len(old)] = old
        self._shards[number] = new


def is_in(values: NDArray[_Integer], some: NDArray[_Integer]) -> Mask:
    """Which values are among some others, which ascend: numpy's own `isin` sorts both, or puts them into a hash table.

    >>> is_in(np.array([5, 3]), np.array([1, 3])).tolist()
    [False, True]
    """
    if not len(some):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(some, values), len(some) - 1)
    found: Mask = some[places] == values
    return found


# ---- short arrays: numpy's own `all`, `any`, `min` and `max` take a microsecond before they look at anything ---------


def all_set(mask: Mask) -> bool:
    """Whether a mask is set everywhere."""
    return not len(mask) or bool(mask[mask.argmin()])


def any_set(mask: Mask) -> bool:
    """Whether a mask is set anywhere."""
    return len(mask) > 0 and bool(mask[mask.argmax()])


def least(values: NDArray[np.integer[Any]]) -> int:
    """The least of values, of which there must be one."""
    return int(values[values.argmin()])


def greatest(values: NDArray[np.integer[Any]]) -> int:
    """The greatest of values, of which there must be one."""
    return int(values[values.argmax()])


def set_mask(count: int) -> Mask:
    """A mask that is set everywhere; read-only."""
    return _MASK[:count] if count <= len(_MASK) else np.ones(count, np.bool_)


def zeros(count: int) -> Int64s:
    """So many zeros; read-only."""
    return _ZEROS[:count] if count <= len(_ZEROS) else np.zeros(count, np.int64)


def where_all(array: NDArray[_Kind], mask: Mask) -> NDArray[_Kind]:
    """The entries where a mask is set: the array itself, not copied, where it is set everywhere."""
    return array if all_set(mask) else array[mask]


def first_uses(codes: NDArray[np.integer[Any]], count: int) -> Int64s:
    """The distinct codes, all below `count`, in order of first use.

    >>> first_uses(np.array([7, 2, 7, 0]), 9).tolist()
    [7, 2, 0]
    """
    if count > len(codes) + _SORTED_CODES:
        _, places = np.unique(codes, return_index=True)
        distinct: Int64s = codes[np.sort(places)].astype(np.int64)
        return distinct
    # Sorting takes ten times as long. numpy assigns in order: from behind, the first use of a code is what stays.
    first = np.full(count, len(codes))
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    used = np.flatnonzero(first < len(codes))
    return used[np.argsort(first[used])]


def are_numbered_in_order(codes: NDArray[np.integer[Any]], count: int) -> bool:
    """Whether codes, all below `count`, are what `first_uses` would number 0, 1, 2, …, up to the last.

    >>> are_numbered_in_order(np.array([0, 1, 0, 2]), 3), are_numbered_in_order(np.array([0, 2, 1]), 3)
    (True, False)
    """
    if not len(codes):
        return not count
    highest = np.maximum.accumulate(codes)
    if highest[0] or highest[-1] != count - 1:
        return False
    return all_set(highest[1:] - highest[:-1] <= 1)


def latest(keys: Int64s) -> Int64s:
    """Where each key occurs last, by ascending key.

    >>> latest(np.array([5, 3, 5])).tolist()
    [1, 2]
    """
    _, from_behind = np.unique(keys[::-1], return_index=True)
    places: Int64s = len(keys) - 1 - from_behind
    return places


def ranges(starts: Int64s, lengths: Int64s) -> Int64s:
    """The numbers of several ranges, one after the other.

    >>> ranges(np.array([5, 9]), np.array([3, 2])).tolist()
    [5, 6, 7, 9, 10]
    """
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)


def squeeze(numbers: Int64s) -> tuple[Int64s, Int64s]:
    """The distinct numbers, ascending, and for each number its place among them.

    >>> distinct, places = squeeze(np.array([9, 4, 9]))
    >>> distinct.tolist(), places.tolist()
    ([4, 9], [1, 0, 1])
    """
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    if high - low > 4 * len(numbers) + 2**16:
        distinct, places = np.unique(numbers, return_inverse=True)
        return distinct, places
    # Numbers that lie close together are counted: for a million of them that takes 8 ms, where sorting takes 80.
    occurs = np.bincount(numbers - low) > 0
    place_of = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs) + low, place_of[numbers - low]


def sorted_distinct(values: NDArray[_Integer]) -> NDArray[_Integer]:
    """Each value once, ascending.

    numpy's own `unique` goes through a hash table: 700 ms for a million different values, where
    sorting them takes 10.

    >>> sorted_distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    is_first = np.ones(len(ordered), np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first]
