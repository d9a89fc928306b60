"""Codes: at most one row per record, in one plane."""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, all_set, greatest
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.buffers.pieces import Image, Pieces
from roarbase.engine.buffers.stretch import Stretch
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.planes import Planes, with_counts
from roarbase.engine.counters.rows import RowCounters
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.kernels.writes.port import HasWrites

__all__ = ["CodeColumn"]

_IN_SHARD = SHARD_POSITIONS - 1
_NOTHING = np.zeros(0, np.int64)


class CodeColumn:
    """The rows of a mutex or bool field.

    Attributes:
        counters: How many records hold each row.
        shards_beside: Shards in which planes do not tell everything: none here.
    """

    shards_beside: tuple[int, ...] = ()

    def __init__(self, kernels: HasWrites) -> None:
        self._kernels = kernels
        self._planes = Planes()
        self.counters = RowCounters()

    @property
    def planes(self) -> Planes:
        """The planes, which a batch may need wider than they are."""
        return self._planes

    @property
    def buffers(self) -> Buffers:
        return self._planes.buffers

    @property
    def nbytes(self) -> int:
        return self.buffers.nbytes + self.counters.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self._planes.resize(shard, capacity)

    def write(self, positions: Int64s, codes: Int64s) -> Int64s:
        """Replace the row of each position, all different; -1 clears it.

        Returns:
            The codes before, -1 for none.
        """
        old = np.empty_like(codes)
        if not self._swap(positions, codes, old):
            self._planes.fit_codes(positions, codes)
            self._swap(positions, codes, old)
        return old

    def _swap(self, positions: Int64s, codes: Int64s, old: Int64s) -> bool:
        addresses, widths, counts = self.buffers.addresses, self.buffers.widths, self.counters.reserved(codes)
        return self._kernels.writes.swap_codes(addresses, widths, positions, codes, counts, old)

    def erase(self, picks: Sequence[Pick]) -> Patch:
        """Prepare to take the rows of records that will be no more; what is left to do is short."""
        lost = self.counters.zeros()
        for pick in picks:
            self._planes.count_codes(pick, lost)
        return partial(self._forget, picks, lost)

    def _forget(self, picks: Sequence[Pick], lost: Int64s) -> None:
        for pick in picks:
            self._planes.erase(pick)
        self.counters.subtract(lost)

    def set_row(self, shard: int, inside: Int64s, code: int) -> tuple[Int64s, Patch]:
        """Prepare to give records one row instead of theirs, -1 to take it; positions ascend.

        Returns:
            The codes before, -1 for none, and what is left to do.
        """
        old = self.at(shard, inside)
        lost = self.counters.zeros()
        np.add.at(lost, old[old >= 0], 1)
        return old, partial(self._put, shard, inside, code, lost)

    def _put(self, shard: int, inside: Int64s, code: int, lost: Int64s) -> None:
        if code >= 0 or self._planes.count(shard):
            self._planes.fit(shard, 1, max(code + 1, 1))
            self._planes.plane(shard, 0)[inside] = code + 1
        self.counters.subtract(lost)
        if code >= 0:
            self.counters.add_many(code, len(inside))

    def holders(self, shard: int, code: int) -> Int64s:
        """The positions in a shard that hold a row, ascending."""
        return np.flatnonzero(self._planes.plane(shard, 0) == code + 1) if self._planes.count(shard) else _NOTHING

    # ---- copies --------------------------------------------------------------------------

    def hollow(self, _exists: ExistsColumn) -> "CodeColumn":
        """A column for a copy of this one; nothing is copied yet."""
        return CodeColumn(self._kernels)

    def copy_shard(self, source: "CodeColumn", shard: int) -> None:
        """Copy a shard of the other column."""
        self.buffers.copy_shard(source.buffers, shard)

    def copy_at(self, source: "CodeColumn", shard: int, inside: Int64s) -> None:
        """Bring the copy of a shard up to date that was right but for these positions."""
        self.buffers.copy_at(source.buffers, shard, inside)

    def copy_rest(self, source: "CodeColumn") -> None:
        """Copy what is known of all shards together."""
        self.counters = deepcopy(source.counters)

    def image(self, shard: int) -> Image:
        """What a snapshot keeps of a shard: its plane, and how many records hold each row."""
        return partial(with_counts, self._planes.copies(shard) if shard < self.buffers.shards else [])

    def load(self, shard: int, pieces: Pieces) -> None:
        """Take over what a snapshot kept of a shard that has room for it."""
        self._planes.load(shard, pieces)
        self.counters.load(pieces)

    def append(self, stretch: Stretch, codes: NDArray[np.unsignedinteger]) -> None:
        """Write the rows of new records, as codes plus one, 0 for none; `counters` hears of them from the caller."""
        highest = greatest(codes)
        if highest:
            self._planes.fit(stretch.shard, 1, highest)
            self._planes.plane(stretch.shard, 0)[stretch.start : stretch.stop] = codes

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code)."""
        codes = np.full(len(positions), -1, np.int64)
        for shard, where in shard_slices(positions):
            codes[where] = self.at(shard, positions[where] & _IN_SHARD)
        held = codes >= 0
        if all_set(held):
            return np.arange(len(positions)), codes
        return np.flatnonzero(held), codes[held]

    def at(self, shard: int, inside: Int64s) -> Int64s:
        """The code of each record at these positions of a shard, -1 for none."""
        if shard >= self.buffers.shards or not self._planes.count(shard):
            return np.full(len(inside), -1, np.int64)
        return self._planes.plane(shard, 0)[inside].astype(np.int64) - 1

    def has_gap(self, shard: int) -> bool:
        """Whether some record has a row behind an empty place: never, with one plane."""
        return self._planes.has_gap(shard)

    def shard_pairs(self, shard: int) -> tuple[Int64s, Int64s]:
        """The positions in a shard that have a row, and its code."""
        if not self._planes.count(shard):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        plane = self._planes.plane(shard, 0)
        inside = np.flatnonzero(plane)
        return inside, plane[inside].astype(np.int64) - 1
