"""The buffers of one column, by slot and shard, with what the kernels must know of them.

Whoever puts a buffer here keeps it alive; its address, width and base stand in arrays that a
query copies into its pointer table, so that no query walks over shards in Python.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import aligned, resized

__all__ = ["Buffers"]


class Buffers:
    """Buffers at [slot, shard]; None where there is none.

    Attributes:
        places: int64 [3, slots, shards], of which the next three are the parts.
        addresses: 0 where there is no buffer.
        widths: Bytes per value.
        bases: What offsets count from; 0 where that has no meaning.
        counts: How many buffers stand in each shard.
        nbytes: The size of all buffers.
        version: Grows with every change of what stands where.
    """

    def __init__(self, slots: int) -> None:
        self._place(np.zeros((3, slots, 0), np.int64))
        self.counts: list[int] = []
        self.nbytes = 0
        self.version = 0
        self._widest = (0, 1)
        self._buffers: list[list[NDArray[Any] | None]] = [[] for _ in range(slots)]

    @property
    def slots(self) -> int:
        return len(self._buffers)

    @property
    def shards(self) -> int:
        return len(self.counts)

    @property
    def width(self) -> int:
        """Bytes per value where it takes most; 1 at least."""
        version, width = self._widest
        if version != self.version:
            width = int(np.maximum.reduce(self.widths, axis=None, initial=1))
            self._widest = (self.version, width)
        return width

    def extend(self, *, slots: int = 0, shards: int = 0) -> None:
        """Have at least this many slots and shards; the new ones are empty."""
        old = self.places
        if slots <= self.slots and shards <= self.shards:
            return
        self.version += 1
        shards = max(shards, self.shards)
        self._place(np.zeros((3, max(slots, self.slots), shards), np.int64))
        self.places[:, : old.shape[1], : old.shape[2]] = old
        self._buffers += [[] for _ in range(old.shape[1], self.places.shape[1])]
        for row in self._buffers:
            row += [None] * (shards - len(row))
        self.counts += [0] * (shards - self.shards)

    def _place(self, places: Int64s) -> None:
        self.places = places
        self.addresses: Int64s = places[0]
        self.widths: Int64s = places[1]
        self.bases: Int64s = places[2]

    def get(self, slot: int, shard: int) -> NDArray[Any] | None:
        """The buffer that stands there."""
        return self._buffers[slot][shard] if shard < self.shards else None

    def put(self, slot: int, shard: int, buffer: NDArray[Any] | None, *, base: int = 0) -> None:
        """Replace the buffer that stands there."""
        self.version += 1
        old = self._buffers[slot][shard]
        self.nbytes += (0 if buffer is None else buffer.nbytes) - (0 if old is None else old.nbytes)
        self.counts[shard] += (buffer is not None) - (old is not None)
        self._buffers[slot][shard] = buffer
        self.addresses[slot, shard] = 0 if buffer is None else buffer.ctypes.data
        self.widths[slot, shard] = 0 if buffer is None else buffer.itemsize
        self.bases[slot, shard] = base

    def shard_nbytes(self, shard: int) -> int:
        """The size of the buffers of one shard."""
        found = (row[shard] for row in self._buffers) if shard < self.shards else ()
        return sum(buffer.nbytes for buffer in found if buffer is not None)

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

    # ---- copies of other buffers ---------------------------------------------------------

    def copy_shard(self, source: "Buffers", shard: int) -> None:
        """Hold copies of all that another column holds in a shard."""
        self.extend(slots=source.slots, shards=source.shards)
        for slot in range(source.slots):
            self._copy(source, slot, shard)

    def copy_at(self, source: "Buffers", shard: int, inside: Int64s) -> None:
        """Bring a copy up to date that was right but for these positions of the shard."""
        self.extend(slots=source.slots, shards=source.shards)
        for slot in range(source.slots):
            theirs, own = source.get(slot, shard), self.get(slot, shard)
            if theirs is None or own is None or not self._is_alike(source, slot, shard, theirs, own):
                self._copy(source, slot, shard)
            elif theirs.ndim == 1 and theirs.dtype != np.uint64:
                own[inside] = theirs[inside]
            else:  # bitmaps, zones: small beside the values
                own[...] = theirs

    def _is_alike(self, source: "Buffers", slot: int, shard: int, theirs: NDArray[Any], own: NDArray[Any]) -> bool:
        same_base = source.base(slot, shard) == self.base(slot, shard)
        return same_base and theirs.dtype == own.dtype and theirs.shape == own.shape

    def _copy(self, source: "Buffers", slot: int, shard: int) -> None:
        theirs = source.get(slot, shard)
        own = None
        if theirs is not None:
            own = aligned(theirs.size, theirs.dtype).reshape(theirs.shape)
            own[...] = theirs
        self.put(slot, shard, own, base=source.base(slot, shard) if theirs is not None else 0)
