"""Code planes: plane k holds each record's k-th row, as its code plus one; zero is none.

The planes of one shard share a width, the narrowest that holds the highest code met there.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import aligned
from roarbase.engine.columns.widths import CODE_TYPES, code_width

__all__ = ["Planes"]


class Planes:
    """The planes of one field in every shard, without knowing what they mean.

    Attributes:
        buffers: One slot per plane of the shard that has most of them, at least one.
    """

    def __init__(self) -> None:
        self.buffers = Buffers(1)
        self._capacities: list[int] = []

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self.buffers.extend(shards=shard + 1)
        self._capacities += [0] * (self.buffers.shards - len(self._capacities))
        self._capacities[shard] = capacity
        for plane in range(self.count(shard)):
            self.buffers.lengthen(plane, shard, capacity)

    def count(self, shard: int) -> int:
        """How many planes a shard has."""
        return int(np.count_nonzero(self.buffers.addresses[:, shard]))

    def fit(self, shard: int, planes: int, highest: int) -> None:
        """Have this many planes in a shard, wide enough for the code (plus one) `highest`."""
        self.buffers.extend(slots=planes)
        there = self.count(shard)
        old_width = int(self.buffers.widths[0, shard])
        width = max(code_width(highest), old_width)
        if width > old_width:
            for plane in range(there):
                old = self.plane(shard, plane)
                new = aligned(len(old), CODE_TYPES[width])
                new[:] = old
                self.buffers.put(plane, shard, new)
        for plane in range(there, planes):
            self.buffers.put(plane, shard, aligned(self._capacities[shard], CODE_TYPES[width]))

    def drop(self, shard: int) -> None:
        """Give up the planes of a shard."""
        for plane in range(self.count(shard)):
            self.buffers.put(plane, shard, None)

    def plane(self, shard: int, plane: int) -> NDArray[np.unsignedinteger]:
        buffer = self.buffers.get(plane, shard)
        assert buffer is not None
        return buffer

    def put(self, shard: int, inside: Int64s, codes: Int64s) -> None:
        """Replace the codes plus one at positions of a shard, [planes, positions]; they fit."""
        for number, row in enumerate(codes):
            self.plane(shard, number)[inside] = row

    def at(self, shard: int, inside: Int64s) -> NDArray[np.int64]:
        """The codes plus one at positions of a shard, [planes, positions]."""
        codes = np.zeros((self.count(shard), len(inside)), np.int64)
        for plane in range(len(codes)):
            codes[plane] = self.plane(shard, plane)[inside]
        return codes
