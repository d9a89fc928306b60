"""Code planes: plane k holds each record's k-th row, as its code plus one; zero is none.

The planes of one shard share a width, the narrowest that holds the highest code met there.
"""

import itertools
from functools import partial

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import aligned, shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.buffers.pieces import Piece, Pieces, copy_of
from roarbase.engine.columns.widths import CODE_TYPES, code_width
from roarbase.engine.counters.rows import count_pieces

__all__ = ["Planes", "with_counts"]


class Planes:
    """The planes of one field in every shard, without knowing what they mean.

    Attributes:
        buffers: One slot per plane of the shard that has most of them, at least one.
    """

    def __init__(self) -> None:
        self.buffers = Buffers(1)
        self._capacities: list[int] = []
        self._narrowest_then = (-1, 0)

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard, if it holds anything."""
        self.buffers.extend(shards=shard + 1)
        self._capacities += [0] * (self.buffers.shards - len(self._capacities))
        self._capacities[shard] = capacity
        for plane in range(self.count(shard)):
            self.buffers.lengthen(plane, shard, capacity)

    def count(self, shard: int) -> int:
        """How many planes a shard has."""
        return self.buffers.counts[shard]

    def fit(self, shard: int, planes: int, highest: int) -> None:
        """Have this many planes in a shard, wide enough for the code (plus one) `highest`."""
        self.buffers.extend(slots=planes)
        there = self.count(shard)
        width = code_width(highest)
        if there:
            old_width = self.plane(shard, 0).itemsize
            if old_width < width:
                self._widen(shard, width)()
            width = max(width, old_width)
        for plane in range(there, planes):
            self.buffers.put(plane, shard, aligned(self._capacities[shard], CODE_TYPES[width]))

    def add(self, shard: int, plane: NDArray[np.unsignedinteger]) -> None:
        """Have one more plane in a shard, of the width of the others."""
        number = self.count(shard)
        self.buffers.extend(slots=number + 1)
        self.buffers.put(number, shard, plane)

    def _widen(self, shard: int, width: int) -> Patch:
        """Prepare to have the planes of a shard in this width."""
        olds = [self.plane(shard, plane) for plane in range(self.count(shard))]
        wider = [aligned(len(old), CODE_TYPES[width]) for old in olds if old.itemsize < width]
        for old, new in zip(olds, wider, strict=False):
            new[:] = old
        return partial(self._replace, shard, wider)

    def _replace(self, shard: int, planes: list[NDArray[np.unsignedinteger]]) -> None:
        for number, plane in enumerate(planes):
            self.buffers.put(number, shard, plane)

    @property
    def narrowest(self) -> int:
        """Up to here, not included, codes plus one have room in the planes of every shard that has any."""
        version, limit = self._narrowest_then
        if version != self.buffers.version:
            widths = self.buffers.widths[0]
            limit = 1 << 8 * int(widths[widths > 0].min(initial=max(CODE_TYPES)))
            self._narrowest_then = self.buffers.version, limit
        return limit

    def prepare(self, positions: Int64s, codes: Int64s) -> list[Patch]:
        """Prepare to have planes wide enough for these codes in each of these shards that has any."""
        patches = []
        for shard, where in shard_slices(positions):
            highest = int(codes[where].max()) + 1
            if self.is_narrow(shard, highest):
                patches.append(self._widen(shard, code_width(highest)))
        return patches

    def fit_codes(self, positions: Int64s, codes: Int64s) -> None:
        """Have a first plane in each of these shards, wide enough for these codes; code -1 needs none."""
        held = np.flatnonzero(codes >= 0)
        for shard, where in shard_slices(positions[held]):
            self.fit(shard, 1, int(codes[held[where]].max()) + 1)

    def is_narrow(self, shard: int, highest: int) -> bool:
        """Whether the planes of a shard are there and too narrow for the code (plus one) `highest`."""
        return 0 < int(self.buffers.widths[0, shard]) < code_width(highest)

    def count_codes(self, pick: Pick, counts: Int64s) -> None:
        """Add to `counts`, by code, how often each occurs at the picked positions."""
        for number in range(self.count(pick.shard)):
            codes = self.plane(pick.shard, number)[pick.inside]
            np.add.at(counts, codes[codes != 0].astype(np.int64) - 1, 1)

    def erase(self, pick: Pick) -> None:
        """Take all codes of the picked positions."""
        if pick.is_whole:
            self.drop(pick.shard)
        for number in range(self.count(pick.shard)):
            pick.zero(self.plane(pick.shard, number))

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

    def closing(self, shard: int, number: int, inside: Int64s) -> list[tuple[int, Int64s, Int64s]]:
        """What to write so that a plane loses its codes at some positions, and the last code of each closes the gap.

        Returns:
            Planes, and by plane where to write which codes plus one.
        """
        lasts, last_codes = np.full(len(inside), number), np.zeros(len(inside), np.int64)
        for behind in range(number + 1, self.count(shard)):
            codes = self.plane(shard, behind)[inside]
            is_held = codes != 0
            lasts[is_held], last_codes[is_held] = behind, codes[is_held]
        parts = [(number, inside, last_codes)]
        for behind in range(number + 1, self.count(shard)):
            moved = inside[lasts == behind]
            parts.append((behind, moved, np.zeros(len(moved), np.int64)))
        return parts

    def has_gap(self, shard: int) -> bool:
        """Whether some position has a code behind an empty place, which must not be."""
        planes = [self.plane(shard, number) != 0 for number in range(self.count(shard))]
        return any(bool((after & ~before).any()) for before, after in itertools.pairwise(planes))

    def capacity(self, shard: int) -> int:
        """How many positions there is room for."""
        return self._capacities[shard] if shard < len(self._capacities) else 0

    def copies(self, shard: int) -> list[Piece]:
        """Copies of a shard's planes, as `plane 0`, `plane 1` and so on."""
        return [Piece(f"plane {k}", copy_of(self.plane(shard, k))) for k in range(self.count(shard))]

    def load(self, shard: int, pieces: Pieces) -> None:
        """Take over the planes that a snapshot kept of a shard, which is as large."""
        planes = sum(what.startswith("plane ") for what in pieces)
        self.buffers.extend(slots=planes)
        for k in range(planes):
            self.buffers.put(k, shard, pieces[f"plane {k}"].values)

    def at(self, shard: int, inside: Int64s) -> NDArray[np.int64]:
        """The codes plus one at positions of a shard, [planes, positions]."""
        codes = np.zeros((self.count(shard), len(inside)), np.int64)
        for plane in range(len(codes)):
            codes[plane] = self.plane(shard, plane)[inside]
        return codes


def with_counts(planes: list[Piece], beside: Int64s | None = None) -> list[Piece]:
    """The planes of a shard, and how often each code occurs in them, and among some beside them."""
    counts = [np.bincount(piece.values)[1:] for piece in planes]
    if beside is not None:
        counts.append(np.bincount(beside))
    total = np.zeros(max(map(len, counts), default=0), np.int64)
    for found in counts:
        total[: len(found)] += found
    return [*planes, *count_pieces(total)]
