"""The memory that one thread works in during one call. It is kept from call to call, so that it stays in the cache."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.port import BLOCK_POSITIONS, WORD_BITS

__all__ = ["LEVEL_BYTES", "LIST_BYTES", "PART_WORDS", "RUN_BLOCKS", "STACK_HEAD_BYTES", "Scratch", "Spares", "aligned"]

_Int64s = NDArray[np.int64]

_CACHE_LINE = 64
_BLOCK_BYTES = BLOCK_POSITIONS // 8

STACK_HEAD_BYTES = _CACHE_LINE + _BLOCK_BYTES
"""The stack begins with 64 bytes for flags and one block for codes found, or with the planes' addresses;"""
LEVEL_BYTES = _CACHE_LINE + _BLOCK_BYTES
"""then come the levels: where the set stands, and one block of its own."""

PART_WORDS = 64
"""group lists so many words at a time: 4,096 records, whose cells stay in the first-level cache."""
LIST_BYTES = PART_WORDS * WORD_BITS * 4 + _CACHE_LINE
"""One list: a uint32 per record, and what packing overwrites behind it."""

RUN_BLOCKS = 32
"""row_counts selects so many blocks before the rows are met with them: 64 KB of bits."""


def aligned(size_bytes: int) -> _Int64s:
    """So many bytes, a multiple of 8, that begin at a multiple of 64; not initialized."""
    memory = np.empty((size_bytes + _CACHE_LINE) // 8, dtype=np.int64)
    start = -memory.ctypes.data % _CACHE_LINE // 8
    return memory[start : start + size_bytes // 8]


class Scratch:
    """Work areas; which terminal uses which stands with its entry."""

    def __init__(self, depth: int) -> None:
        """Make room for programs of this depth."""
        self.depth = depth
        self.stack = aligned(STACK_HEAD_BYTES + depth * LEVEL_BYTES)
        self.masks = aligned(2 * _BLOCK_BYTES)
        self.lists = aligned(5 * LIST_BYTES)
        self.run = aligned(RUN_BLOCKS * _BLOCK_BYTES)
        self.listed = aligned(RUN_BLOCKS * _BLOCK_BYTES)


class Spares:
    """Work areas that nobody uses now. Taking and giving back is safe from any thread."""

    _LEAST_DEPTH = 8

    def __init__(self) -> None:
        self._spare: deque[Scratch] = deque(maxlen=64)

    def take(self, depth: int) -> Scratch:
        """A work area for a program of this depth."""
        try:
            scratch = self._spare.pop()
        except IndexError:
            return Scratch(max(depth, self._LEAST_DEPTH))
        return scratch if scratch.depth >= depth else Scratch(depth)

    def give_back(self, scratch: Scratch) -> None:
        """Keep a work area for the next call."""
        self._spare.append(scratch)
