"""How positions fall into shards and blocks, and the buffers that hold them.

Every buffer of a shard has room for the shard's capacity: 4,096 positions at first, then
double whenever that is too few, up to 2^20. Buffers begin at multiples of 64 bytes, which is
what the kernels' vector loads want.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from roarbase.engine.buffers.arena import LEAST_BYTES, MOST_BYTES, Arena
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.kernels.port import BLOCK_POSITIONS, SHARD_POSITIONS

__all__ = [
    "BLOCK_BITS",
    "FIRST_CAPACITY",
    "SHARD_BITS",
    "aligned",
    "block_count",
    "capacity_for",
    "resized",
    "shard_slices",
]

SHARD_BITS = SHARD_POSITIONS.bit_length() - 1
BLOCK_BITS = BLOCK_POSITIONS.bit_length() - 1
FIRST_CAPACITY = 4096
_ALIGNMENT = 64
_ARENA = Arena()


def aligned(length: int, dtype: DTypeLike) -> NDArray[Any]:
    """A new array of zeros that begins at a multiple of 64 bytes.

    >>> aligned(3, np.uint16).ctypes.data % 64
    0
    """
    size = np.dtype(dtype).itemsize * length
    if LEAST_BYTES <= size <= MOST_BYTES:
        return _ARENA.zeros(size).view(dtype)
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


def shard_slices(positions: Int64s, bits: int = SHARD_BITS) -> list[tuple[int, Int64s]]:
    """The shards of 2^bits that positions fall into, each with the indexes of its positions, in their order.

    >>> [(shard, where.tolist()) for shard, where in shard_slices(np.array([2**20, 5, 2**20 + 1]))]
    [(0, [1]), (1, [0, 2])]
    """
    if not len(positions):
        return []
    shards = positions >> bits
    first = int(shards[0])
    if (shards == first).all():
        return [(first, np.arange(len(positions)))]
    if (shards[1:] >= shards[:-1]).all():
        order = np.arange(len(shards))
    else:
        # Of 16 bits numpy sorts a million in 5 ms, of more in 60.
        order = np.argsort(shards.astype(np.uint16) if int(shards.max()) < 2**16 else shards, kind="stable")
        shards = shards[order]
    starts = np.flatnonzero(shards[1:] != shards[:-1]) + 1
    numbers = shards[np.append(0, starts)].tolist()
    return list(zip(numbers, np.split(order, starts), strict=True))
