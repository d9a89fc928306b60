"""Codes: at most one row per record, in one plane."""

from copy import deepcopy

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.planes import Planes
from roarbase.engine.counters.rows import RowCounters
from roarbase.engine.kernels.port import SHARD_POSITIONS

__all__ = ["CodeColumn"]

_IN_SHARD = SHARD_POSITIONS - 1


class CodeColumn:
    """The rows of a mutex or bool field.

    Attributes:
        counters: How many records hold each row.
        list_shards: Shards that no plane tells of: none here.
    """

    list_shards: tuple[int, ...] = ()

    def __init__(self) -> None:
        self._planes = Planes()
        self.counters = RowCounters()

    @property
    def buffers(self) -> Buffers:
        return self._planes.buffers

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self._planes.resize(shard, capacity)

    def write(self, shard: int, inside: Int64s, codes: Int64s) -> tuple[Int64s, Int64s]:
        """Replace the row of each position of a shard, all different; -1 clears it.

        Returns:
            The codes before and after, -1 for none.
        """
        highest = int(codes.max(initial=-1)) + 1
        if not highest and not self._planes.count(shard):
            return codes, codes  # nothing to clear
        self._planes.fit(shard, 1, max(highest, 1))
        plane = self._planes.plane(shard, 0)
        old = plane[inside].astype(np.int64) - 1
        plane[inside] = codes + 1
        self.counters.remove(old[old >= 0])
        self.counters.add(codes[codes >= 0])
        return old, codes

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, _exists: ExistsColumn) -> "CodeColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return CodeColumn()

    def copy_shard(self, source: "CodeColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)

    def copy_at(self, source: "CodeColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)

    def copy_rest(self, source: "CodeColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code)."""
        codes = np.full(len(positions), -1, np.int64)
        for shard, where in shard_slices(positions):
            if shard < self.buffers.shards and self._planes.count(shard):
                codes[where] = self._planes.plane(shard, 0)[positions[where] & _IN_SHARD].astype(np.int64) - 1
        held = codes >= 0
        if held.all():
            return np.arange(len(positions)), codes
        return np.flatnonzero(held), codes[held]

    def shard_pairs(self, shard: int) -> tuple[Int64s, Int64s]:
        """The positions in a shard that have a row, and its code."""
        if not self._planes.count(shard):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        plane = self._planes.plane(shard, 0)
        inside = np.flatnonzero(plane)
        return inside, plane[inside].astype(np.int64) - 1
