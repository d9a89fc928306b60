"""The kernel port: a filter program, a table of buffers, and what can be asked of the records it selects.

A shard is 2^20 positions, a block 16,384. `extents[s]` positions of shard s are in use, rounded up to a
multiple of 64; every buffer of the shard covers them, is C-contiguous and starts at a multiple of 64 bytes.
Whoever calls keeps the buffers alive and unchanged for the time of the call: kernels see addresses only.

* bitmap (records that exist, a row, a cached predicate, not-null): uint64 words, bit i of word w = position 64 w + i
* number column: unsigned offsets from `bases` in 1, 2 or 4 bytes, or the int64 values in 8 (base not used)
* code plane: the k-th row of each record as code + 1 in 1, 2 or 4 bytes; 0 = none
* zones of a number column: int64 [blocks, 2], least and greatest value of each block, or wider; a block without
  a value has least > greatest

Address 0 stands for a buffer that is not there: an empty bitmap, a column without a value in that shard, a
plane without codes, every record having a value (not-null), no zones known. Slot 0 is the bitmap of the
records that exist. A number column takes three slots: values, not-null, zones. The planes of a field take
consecutive slots and share the width that stands at the first of them. A position without a record has no
bit in any bitmap and 0 in every code plane; in a number column it may hold anything, as a null may.
"""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.kernels.maps.port import MapKernels
from roarbase.engine.kernels.writes.port import WriteKernels

__all__ = [
    "BLOCK_POSITIONS",
    "EXISTS_SLOT",
    "NOT_NULL_OFFSET",
    "SHARD_POSITIONS",
    "SUM_SPLIT_BITS",
    "WORD_BITS",
    "ZONES_OFFSET",
    "Dimension",
    "DimensionKind",
    "Extreme",
    "Groups",
    "Kernels",
    "Op",
    "Pairs",
    "Program",
    "Shards",
    "Total",
    "buffer_at",
    "stack_depth",
]

SHARD_POSITIONS = 1 << 20
BLOCK_POSITIONS = 1 << 14
WORD_BITS = 64

EXISTS_SLOT = 0
NOT_NULL_OFFSET = 1
ZONES_OFFSET = 2
"""Where a number column's other two buffers stand, counted from the slot of its values."""

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The values of a field among some records: which of these, ascending, and a number of it or the code of a row.

A record without a value is in no pair, one with several rows in several.
"""

SUM_SPLIT_BITS = 32
"""Group sums come in two halves: sum = high x 2^32 + low, both signed 64-bit."""


class Op(IntEnum):
    """What one program row (op, slot, a, b) does to the stack of record sets."""

    EMPTY = 0
    """Push no record."""
    BITMAP = 1
    """Push the bitmap at `slot`."""
    RANGE = 2
    """Push the records whose number in the column at `slot` has a <= value <= b. Nulls never match."""
    CODE = 3
    """Push the records holding `a` (a code + 1, so a >= 1) in any of the `b` planes from `slot` on."""
    CODE_IN = 4
    """Like CODE for several codes: `a` is the address of uint8 flags indexed by code + 1.

    The flags cover every code the planes hold; flag 0 is 0.
    """
    AND = 5
    """Pop two, push those in both."""
    OR = 6
    """Pop two, push those in either."""
    XOR = 7
    """Pop two, push those in exactly one."""
    ANDNOT = 8
    """Pop two, push those of the second from the top that are not in the top."""
    NOT = 9
    """Replace the top by the records that exist and are not in it."""
    AND_RANGE = 10
    """RANGE and AND in one: narrows the top, and reads nothing where it is empty already."""
    AND_CODE = 11
    """CODE and AND in one."""
    AND_CODE_IN = 12
    """CODE_IN and AND in one."""


def buffer_at(address: int, size_bytes: int) -> NDArray[np.uint8]:
    """The bytes at an address, without a copy."""
    return np.frombuffer(memoryview((ctypes.c_uint8 * size_bytes).from_address(address)), dtype=np.uint8)


_PUSHES = {Op.EMPTY, Op.BITMAP, Op.RANGE, Op.CODE, Op.CODE_IN}
_POPS = {Op.AND, Op.OR, Op.XOR, Op.ANDNOT}


def stack_depth(rows: NDArray[np.int64]) -> int:
    """How many record sets the stack holds at most while the program runs; 1 for an empty program.

    Raises:
        ValueError: An unknown op, too few record sets for an op, or not exactly one left at the end.
    """
    height = deepest = 0
    for number, row in enumerate(rows):
        op = Op(int(row[0]))
        if height < (0 if op in _PUSHES else 2 if op in _POPS else 1):
            raise ValueError(f"row {number} of the program ({op.name}) finds only {height} record sets on the stack")
        height += (op in _PUSHES) - (op in _POPS)
        deepest = max(deepest, height)
    if len(rows) and height != 1:
        raise ValueError(f"the program leaves {height} record sets on the stack, not one")
    return max(deepest, 1)


def _go_on() -> None:
    pass


@dataclass(slots=True, eq=False)
class Shards:
    """The buffers of one table, by shard and slot. Arrays are int64 and C-contiguous.

    Neither this nor a program is frozen, which would take five times as long to make; nobody changes one.
    """

    table: NDArray[np.int64]
    """Addresses, [shards, slots]; 0 = not there."""
    widths: NDArray[np.int64]
    """Bytes per value, [shards, slots]; read for number columns and code planes only."""
    bases: NDArray[np.int64]
    """What number offsets of width 1, 2 and 4 count from, [shards, slots]; 0 for planes."""
    extents: NDArray[np.int64]
    """Positions in use, [shards]: multiples of 64, at most 2^20."""
    glance: Callable[[], None] = field(default=_go_on)
    """Called now and then by a call that takes long, and ends it by what it raises."""


@dataclass(slots=True, eq=False)
class Program:
    """A filter in postfix order. Without rows it selects every record that exists."""

    rows: NDArray[np.int64]
    """(op, slot, a, b), [n, 4], C-contiguous."""
    depth: int
    """`stack_depth(rows)`: kernels trust it."""
    keeps: tuple[object, ...] = field(default=())
    """What has to live as long as the program: the flags of CODE_IN."""

    @classmethod
    def of(cls, *rows: tuple[int, int, int, int], keeps: tuple[object, ...] = ()) -> Self:
        """Make a program of its rows and compute the depth.

        Raises:
            ValueError: As `stack_depth` does.
        """
        array = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return cls(rows=array, depth=stack_depth(array), keeps=keeps)


class DimensionKind(IntEnum):
    """What a group dimension is made of."""

    CODES = 0
    """Rows of a set, mutex, bool or time field: index = code + 1, and 0 for a record without one."""
    NUMBERS = 1
    """Values of a number column: index = value - low + 1, and 0 for null."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One axis of a grouping. A cell of the answer is the sum of index x stride over the dimensions.

    A CODES dimension of several planes puts a record into one group per row it holds (and into index 0
    once if it holds none); several such dimensions give every combination. Planes are filled from the first:
    behind an empty place, or an absent plane, nothing stands.
    """

    kind: DimensionKind
    slot: int
    stride: int = 1
    planes: int = 1
    low: int = 0


@dataclass(frozen=True, slots=True)
class Total:
    """How many of the selected records have a number, and the exact sum of these."""

    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the greatest number among the selected records, and how many of them hold it."""

    value: int
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """One cell per group, int64 [size] each. The last three are None where no number column was asked for."""

    counts: NDArray[np.int64]
    """Records in the group."""
    value_counts: NDArray[np.int64] | None = None
    """Of these, how many have a number."""
    sums_low: NDArray[np.int64] | None = None
    sums_high: NDArray[np.int64] | None = None

    def with_added(self, others: "Groups") -> "Groups":
        """The counts and sums of both, of groups of the same kind."""

        def added(own: NDArray[np.int64] | None, other: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
            return None if own is None or other is None else own + other

        return Groups(
            counts=self.counts + others.counts,
            value_counts=added(self.value_counts, others.value_counts),
            sums_low=added(self.sums_low, others.sums_low),
            sums_high=added(self.sums_high, others.sums_high),
        )

    def total(self, cell: int) -> int:
        """The exact sum of the numbers in one group; 0 where no number column was asked for."""
        if self.sums_low is None or self.sums_high is None:
            return 0
        return (int(self.sums_high[cell]) << SUM_SPLIT_BITS) + int(self.sums_low[cell])


class Kernels(Protocol):
    """What can be asked of the records that a program selects. One call covers all shards.

    Safe to call from any number of threads at once.
    """

    @property
    def writes(self) -> WriteKernels:
        """What changes buffers."""
        ...

    @property
    def maps(self) -> MapKernels:
        """What finds names: ids and keys."""
        ...

    @property
    def cells(self) -> CellKernels:
        """What reads texts of values."""
        ...

    def count(self, shards: Shards, program: Program) -> int:
        """How many records are selected."""
        ...

    def total(self, shards: Shards, program: Program, slot: int) -> Total:
        """The sum of the numbers in the column at `slot`; nulls are skipped."""
        ...

    def extreme(self, shards: Shards, program: Program, slot: int, *, greatest: bool) -> Extreme | None:
        """The least of the numbers in the column at `slot`, or the greatest; None for none."""
        ...

    def group(
        self,
        shards: Shards,
        program: Program,
        dimensions: Sequence[Dimension],
        size: int,
        slot: int | None = None,
    ) -> Groups:
        """Count the selected records per group, and with `slot` also count and add up its numbers per group.

        `size` is one more than the greatest cell any selected record falls into. A cell outside [0, size)
        is a mistake of the caller: it never touches memory that is not its own, but what it does to the
        counts is not specified. Without dimensions everything falls into cell 0.
        """
        ...

    def row_counts(self, shards: Shards, program: Program, first: int, n: int) -> NDArray[np.int64]:
        """For each of the `n` row bitmaps from slot `first` on: how many selected records it holds. int64 [n]."""
        ...

    def pair_counts(
        self, shards: Shards, program: Program, first: int, n: int, second: int, m: int
    ) -> NDArray[np.int64]:
        """How many selected records stand in both row bitmap `first` + i and `second` + j. int64 [n, m].

        For products of few rows: cheaper than `group` over sets up to some 200 cells.
        """
        ...

    def emit(self, shards: Shards, program: Program, limit: int, reverse: bool = False) -> NDArray[np.int64]:
        """The first `limit` selected positions (shard x 2^20 + position in the shard), ascending; int64.

        With `reverse` the last `limit` of them, still ascending.
        """
        ...

    def take(
        self, positions: NDArray[np.int64], columns: Sequence[NDArray[np.int64]], are_codes: Sequence[bool]
    ) -> list[Pairs]:
        """The values of the records at some positions, in any order, in some columns.

        Each of the columns is the addresses, widths and bases of its slots, int64 [3, slots, shards]: those of a
        number column, or, where `are_codes` says so, the planes of a field.
        """
        ...

    def bitmap(self, shards: Shards, program: Program, addresses: NDArray[np.int64]) -> NDArray[np.int64]:
        """Write the selection of each shard into the bitmap at its address, and give the counts, int64 [shards].

        Address 0: nothing is written for that shard, and its count is 0. The bitmaps may be ones the
        program reads, as they stood before the call.
        """
        ...

    def mark(self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64]) -> None:
        """Set the bit of each number that a selected record has in the column at `slot`.

        Numbers are positions of another table, `marks` a bitmap of these. Numbers below 0 or behind its end are
        passed over; bits that are set stay set.
        """
        ...

    def probe(
        self, shards: Shards, program: Program, slot: int, marks: NDArray[np.uint64], addresses: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Of the selected records, those whose number in the column at `slot` has its bit set; nulls have none.

        `marks` as in `mark`: what that passes over has no bit. Written and counted as `bitmap` does.
        """
        ...
