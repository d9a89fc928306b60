"""Codes: at most one row per record, kept as the row's code plus one; zero is none."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s, Mask, ShardedArray

__all__ = ["CodeColumn"]


class CodeColumn:
    """The rows of a mutex or bool field."""

    def __init__(self, width: int) -> None:
        self._codes: ShardedArray[np.uint32] = ShardedArray(np.uint32, width)

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._codes.nbytes

    def put(self, positions: Int64s, codes: Int64s) -> None:
        """Replace the row of each position (-1 clears it); of a position given twice, the later stays."""
        self._codes.put(positions, (codes + 1).astype(np.uint32))

    def held(self, size: int) -> Mask:
        """Which records have a row."""
        held: Mask = self._codes.whole(size) != 0
        return held

    def holding(self, codes: Int64s, size: int) -> Mask:
        """Which records have one of these rows."""
        if len(codes) == 1:
            holding: Mask = self._codes.whole(size) == np.uint32(codes[0] + 1)
            return holding
        return np.isin(self._codes.whole(size), (codes + 1).astype(np.uint32))

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code)."""
        codes = self._codes.take(positions).astype(np.int64) - 1
        held = codes >= 0
        if held.all():
            return np.arange(len(positions)), codes
        return np.flatnonzero(held), codes[held]

    def hold_members(self, positions: Int64s) -> Callable[[], tuple[Int64s, Int64s]]:
        """The members as of now, given when asked for: copied at once, since values are written in place."""
        members = self.members(positions)
        return lambda: members

    def counts(self, among: Mask, code_count: int) -> NDArray[np.int64]:
        """How many of these records have each row: one number per code."""
        codes = self._codes.whole(len(among))[among]
        return np.bincount(codes, minlength=code_count + 1)[1:]
