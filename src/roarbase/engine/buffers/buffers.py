"""The buffers of one column, by slot and shard, with what the kernels must know of them.

Whoever puts a buffer here keeps it alive; its address, width and base stand in arrays that a
query copies into its pointer table, so that no query walks over shards in Python.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.layout import resized

__all__ = ["Buffers"]


class Buffers:
    """Buffers at [slot, shard]; None where there is none.

    Attributes:
        addresses: int64 [slots, shards]; 0 where there is no buffer.
        widths: Bytes per value, alike.
        bases: What offsets count from, alike; 0 where that has no meaning.
        nbytes: The size of all buffers.
    """

    def __init__(self, slots: int) -> None:
        self.addresses, self.widths, self.bases = (np.zeros((slots, 0), np.int64) for _ in range(3))
        self.nbytes = 0
        self._buffers: list[list[NDArray[Any] | None]] = [[] for _ in range(slots)]

    @property
    def slots(self) -> int:
        return len(self._buffers)

    @property
    def shards(self) -> int:
        return self.addresses.shape[1]

    def extend(self, *, slots: int = 0, shards: int = 0) -> None:
        """Have at least this many slots and shards; the new ones are empty."""
        more = (max(0, slots - self.slots), max(0, shards - self.shards))
        if not any(more):
            return
        pad = ((0, more[0]), (0, more[1]))
        self.addresses, self.widths, self.bases = (np.pad(a, pad) for a in (self.addresses, self.widths, self.bases))
        self._buffers += [[] for _ in range(more[0])]
        for row in self._buffers:
            row += [None] * (self.shards - len(row))

    def get(self, slot: int, shard: int) -> NDArray[Any] | None:
        """The buffer that stands there."""
        return self._buffers[slot][shard] if shard < self.shards else None

    def put(self, slot: int, shard: int, buffer: NDArray[Any] | None, *, base: int = 0) -> None:
        """Replace the buffer that stands there."""
        old = self._buffers[slot][shard]
        self.nbytes += (0 if buffer is None else buffer.nbytes) - (0 if old is None else old.nbytes)
        self._buffers[slot][shard] = buffer
        self.addresses[slot, shard] = 0 if buffer is None else buffer.ctypes.data
        self.widths[slot, shard] = 0 if buffer is None else buffer.itemsize
        self.bases[slot, shard] = base

    def base(self, slot: int, shard: int) -> int:
        return int(self.bases[slot, shard])

    def lengthen(self, slot: int, shard: int, length: int) -> None:
        """Make the buffer there, if any, at least this long, with zeros behind what it holds."""
        buffer = self.get(slot, shard)
        if buffer is not None and len(buffer) < length:
            self.put(slot, shard, resized(buffer, length), base=self.base(slot, shard))

    def present(self, slot: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """The shards that have a buffer in this slot."""
        return ((shard, buffer) for shard, buffer in enumerate(self._buffers[slot]) if buffer is not None)
