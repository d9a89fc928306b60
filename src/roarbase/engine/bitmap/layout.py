"""How positions fall into shards and blocks, and the buffers that hold them.

Every buffer of a shard has room for the shard's capacity: 4,096 positions at first, then
double whenever that is too few, up to 2^20. Buffers begin at multiples of 64 bytes, which is
what the kernels' vector loads want.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from roarbase.engine.kernels.port import BLOCK_POSITIONS, SHARD_POSITIONS

__all__ = [
    "BLOCK_BITS",
    "FIRST_CAPACITY",
    "SHARD_BITS",
    "Int64s",
    "Mask",
    "UInt64s",
    "aligned",
    "block_count",
    "capacity_for",
    "latest",
    "resized",
    "shard_slices",
    "sorted_distinct",
]

SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
BLOCK_BITS = BLOCK_POSITIONS.bit_length() - 1
FIRST_CAPACITY = 4096
_ALIGNMENT = 64

_Integer = TypeVar("_Integer", np.int64, np.uint64)

Mask = NDArray[np.bool_]
Int64s = NDArray[np.int64]
UInt64s = NDArray[np.uint64]


def aligned(length: int, dtype: DTypeLike) -> NDArray[Any]:
    """A new array of zeros that begins at a multiple of 64 bytes.

    >>> aligned(3, np.uint16).ctypes.data % 64
    0
    """
    size = np.dtype(dtype).itemsize * length
    raw = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size].view(dtype)


def resized(array: NDArray[Any], length: int) -> NDArray[Any]:
    """A copy with zeros behind it, up to this length; the array itself if it is long enough."""
    if len(array) >= length:
        return array
    new = aligned(length, array.dtype)
    new[: len(array)] = array
    return new


def capacity_for(positions: int) -> int:
    """The room that a shard with this many positions in use has.

    >>> [capacity_for(n) for n in (1, 4096, 4097, 2**20)]
    [4096, 4096, 8192, 1048576]
    """
    return max(FIRST_CAPACITY, 1 << (positions - 1).bit_length())


def block_count(positions: int) -> int:
    """How many blocks cover these positions."""
    return -(-positions // BLOCK_POSITIONS)


def latest(keys: Int64s) -> Int64s:
    """Where each key occurs last, by ascending key.

    >>> latest(np.array([5, 3, 5])).tolist()
    [1, 2]
    """
    _, from_behind = np.unique(keys[::-1], return_index=True)
    places: Int64s = len(keys) - 1 - from_behind
    return places


def shard_slices(positions: Int64s) -> list[tuple[int, Int64s]]:
    """The shards that positions fall into, each with the indexes of its positions, in their order.

    >>> [(shard, where.tolist()) for shard, where in shard_slices(np.array([2**20, 5, 2**20 + 1]))]
    [(0, [1]), (1, [0, 2])]
    """
    if not len(positions):
        return []
    shards = positions >> SHARD_BITS
    first = int(shards[0])
    if (shards == first).all():
        return [(first, np.arange(len(positions)))]
    order = np.argsort(shards, kind="stable")
    numbers, starts = np.unique(shards[order], return_index=True)
    return list(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True))


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
