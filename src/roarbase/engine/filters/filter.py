"""A piece of a kernel program that pushes one set of records, and the algebra of such pieces.

Cost is about how many bytes are read per position. In an intersection the cheapest piece
comes first, and the others only narrow what is left: words that are zero already are not read.

Filters are structs: a frozen dataclass takes ten times as long to make, and small questions consist of making such
things.
"""

from collections.abc import Callable, Iterable
from functools import reduce

import numpy as np
from msgspec import Struct

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import Key
from roarbase.engine.kernels.port import EXISTS_SLOT, Op, Program

__all__ = [
    "ALL",
    "BITMAP_COST",
    "NOTHING",
    "Count",
    "Filter",
    "Origin",
    "all_of",
    "any_of",
    "bitmap_filter",
    "existing",
    "leaf",
    "odd_of",
    "without",
]

_Row = tuple[int, int, int, int]
Count = int | Callable[[], int | None] | None
Origin = tuple[FieldBitmaps, Key]

BITMAP_COST = 1 / 8
_NARROWING = {Op.RANGE: Op.AND_RANGE, Op.CODE: Op.AND_CODE, Op.CODE_IN: Op.AND_CODE_IN}


class Filter(Struct, frozen=True, eq=False):
    """Rows of a program that leave one more set of records on the stack.

    Attributes:
        narrowing: For a single operation, the one that narrows the top of the stack instead.
        depth: How many sets of records the stack holds at most while the rows run.
        count: How many records it selects, where counters tell: looked up only if it is asked for.
        origin: The field's bitmaps, and the key among them, under which what it selects may be cached.
        positions: Those that it selects, ascending, where they are known.
    """

    rows: tuple[_Row, ...]
    cost: float
    narrowing: _Row | None = None
    depth: int = 1
    count: Count = None
    origin: Origin | None = None
    positions: Int64s | None = None

    @property
    def is_nothing(self) -> bool:
        return self.rows == NOTHING.rows

    @property
    def is_all(self) -> bool:
        return self.rows == ALL.rows

    def known_count(self) -> int | None:
        """How many records it selects, where counters tell."""
        return self.count() if callable(self.count) else self.count

    def program(self) -> Program:
        """As kernels take it."""
        return Program(rows=np.array(self.rows, np.int64), depth=self.depth)


def leaf(
    op: Op, slot: int, a: int, b: int, *, cost: float, count: Count = None, origin: Origin | None = None
) -> Filter:
    """One operation."""
    narrowing = _NARROWING.get(op)
    narrow = None if narrowing is None else (narrowing, slot, a, b)
    return Filter(((op, slot, a, b),), cost, narrow, 1, count, origin)


def bitmap_filter(slot: int, count: Count = None, positions: Int64s | None = None) -> Filter:
    """The bitmap at a slot."""
    return Filter(((Op.BITMAP, slot, 0, 0),), BITMAP_COST, count=count, positions=positions)


NOTHING = leaf(Op.EMPTY, 0, 0, 0, cost=0, count=0)
ALL = bitmap_filter(EXISTS_SLOT)


def all_of(filters: Iterable[Filter]) -> Filter:
    """Records in every one of them; all records, of none."""
    chosen = sorted(filters, key=lambda f: f.cost)
    if any(f.is_nothing for f in chosen):
        return NOTHING
    return _fold([f for f in chosen if not f.is_all], Op.AND, of_none=ALL)


def existing(positions: Filter) -> Filter:
    """Those positions that hold a record: for filters that may name others too."""
    return NOTHING if positions.is_nothing else _joined(ALL, positions, Op.AND)


def any_of(filters: Iterable[Filter]) -> Filter:
    """Records in at least one of them."""
    chosen = [*filters]
    if any(f.is_all for f in chosen):
        return ALL
    return _fold([f for f in chosen if not f.is_nothing], Op.OR, of_none=NOTHING)


def odd_of(filters: Iterable[Filter]) -> Filter:
    """Records in an odd number of them."""
    return _fold([f for f in filters if not f.is_nothing], Op.XOR, of_none=NOTHING)


def without(first: Filter, others: Iterable[Filter]) -> Filter:
    """Records of the first that are in none of the others."""
    if first.is_nothing:
        return NOTHING
    return _fold([first, *(f for f in others if not f.is_nothing)], Op.ANDNOT, of_none=NOTHING)


def _fold(filters: list[Filter], op: Op, *, of_none: Filter) -> Filter:
    return reduce(lambda left, right: _joined(left, right, op), filters) if filters else of_none


def _joined(left: Filter, right: Filter, op: Op) -> Filter:
    cost = left.cost + right.cost
    if op is Op.AND and right.narrowing is not None:
        return Filter(rows=(*left.rows, right.narrowing), cost=cost, depth=left.depth)
    depth = max(left.depth, 1 + right.depth)
    return Filter(rows=(*left.rows, *right.rows, (op, 0, 0, 0)), cost=cost, depth=depth)
