"""Kernels that tell of each call what it reads: for whoever bounds or shows what a question costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.kernels.maps.port import MapKernels
from roarbase.engine.kernels.port import (
    SHARD_POSITIONS,
    Dimension,
    DimensionKind,
    Extreme,
    Groups,
    Kernels,
    Pairs,
    Program,
    Shards,
    Total,
)
from roarbase.engine.kernels.writes.port import WriteKernels

__all__ = ["KernelCall", "NotedKernels"]

_Int64s = NDArray[np.int64]
_Found = TypeVar("_Found")


@dataclass(slots=True, eq=False)
class KernelCall:
    """What one call reads.

    Attributes:
        program: What selects records; None: they are named one by one.
        columns: Beside it, columns by their first slot, and how many planes each has.
        bitmaps: Beside it, bitmaps by their first slot, and how many there are.
        positions: The number of records that are named, or None; those are read wherever they stand, `shards` is None.
        position_bytes: How much of each of them is read.
        shards_read: How many shards it got to, where it was told to find only so much.
    """

    shards: Shards | None
    program: Program | None
    columns: tuple[tuple[int, int], ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    positions: int | None = None
    position_bytes: int = 0
    shards_read: int | None = None


def _pass_over(_: KernelCall) -> None:
    pass


class NotedKernels:
    """`roarbase.engine.kernels.port.Kernels`, watched.

    Args:
        before: Told of each call before it is made; what it raises, is raised instead.
        after: Told of each call once it is made, while its buffers are still there.
    """

    def __init__(
        self,
        kernels: Kernels,
        *,
        before: Callable[[KernelCall], None] = _pass_over,
        after: Callable[[KernelCall], None] = _pass_over,
    ) -> None:
        self._kernels = kernels
        self._before = before
        self._after = after

    @property
    def writes(self) -> WriteKernels:
        return self._kernels.writes

    @property
    def maps(self) -> MapKernels:
        return self._kernels.maps

    @property
    def cells(self) -> CellKernels:
        return self._kernels.cells

    def count(self, shards: Shards, program: Program) -> int:
        return self._noted(KernelCall(shards, program), lambda: self._kernels.count(shards, program))

    def total(self, shards: Shards, program: Program, slot: int) -> Total:
        return self._noted(
            KernelCall(shards, program, ((slot, 1),)), lambda: self._kernels.total(shards, program, slot)
        )

    def extreme(self, shards: Shards, program: Program, slot: int, *, greatest: bool) -> Extreme | None:
        return self._noted(
            KernelCall(shards, program, ((slot, 1),)),
            lambda: self._kernels.extreme(shards, program, slot, greatest=greatest),
        )

    def group(
        self, shards: Shards, program: Program, dimensions: Sequence[Dimension], size: int, slot: int | None = None
    ) -> Groups:
        columns = [(d.slot, d.planes if d.kind is DimensionKind.CODES else 1) for d in dimensions]
        columns += [] if slot is None else [(slot, 1)]
        return self._noted(
            KernelCall(shards, program, tuple(columns)),
            lambda: self._kernels.group(shards, program, dimensions, size, slot),
        )

    def row_counts(self, shards: Shards, program: Program, first: int, n: int) -> _Int64s:
        return self._noted(
            KernelCall(shards, program, bitmaps=((first, n),)),
            lambda: self._kernels.row_counts(shards, program, first, n),
        )

    def pair_counts(self, shards: Shards, program: Program, first: int, n: int, second: int, m: int) -> _Int64s:
        return self._noted(
            KernelCall(shards, program, bitmaps=((first, n), *([(second, m)] * n))),
            lambda: self._kernels.pair_counts(shards, program, first, n, second, m),
        )

    def emit(self, shards: Shards, program: Program, limit: int, reverse: bool = False) -> _Int64s:
        call = KernelCall(shards, program)

        def ask() -> _Int64s:
            found = self._kernels.emit(shards, program, limit, reverse)
            if not reverse and 0 < limit == len(found):
                call.shards_read = int(found[-1]) // SHARD_POSITIONS + 1
            return found

        return self._noted(call, ask)

    def take(self, positions: _Int64s, columns: Sequence[_Int64s], are_codes: Sequence[bool]) -> list[Pairs]:
        parts = zip(columns, are_codes, strict=True)
        each = sum(int(places[1, 0].max(initial=0)) * (places.shape[1] if is_code else 1) for places, is_code in parts)
        return self._noted(
            KernelCall(None, None, positions=len(positions), position_bytes=each),
            lambda: self._kernels.take(positions, columns, are_codes),
        )

    def bitmap(self, shards: Shards, program: Program, addresses: _Int64s) -> _Int64s:
        return self._noted(KernelCall(shards, program), lambda: self._kernels.bitmap(shards, program, addresses))

    def mark(self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64]) -> None:
        self._noted(KernelCall(shards, program, ((slot, 1),)), lambda: self._kernels.mark(shards, program, slot, marks))

    def probe(
        self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64], addresses: _Int64s
    ) -> _Int64s:
        return self._noted(
            KernelCall(shards, program, ((slot, 1),)),
            lambda: self._kernels.probe(shards, program, slot, marks, addresses),
        )

    def _noted(self, call: KernelCall, ask: Callable[[], _Found]) -> _Found:
        self._before(call)
        found = ask()
        self._after(call)
        return found
