"""How many bytes of a table's buffers a kernel call touches.

Known exactly: which shards have a buffer, how wide it is there, and for which blocks of 16,384 positions the least and
greatest values (the zones) decide a comparison, so that its numbers are not read. Not known: where what stands before
it in a program has left no record of a block, whose numbers or codes are not read either. So it is a bound, which is
reached where nothing narrows.
"""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.noted import KernelCall
from roarbase.engine.kernels.port import (
    BLOCK_POSITIONS,
    EXISTS_SLOT,
    NOT_NULL_OFFSET,
    ZONES_OFFSET,
    Op,
    Program,
    Shards,
    buffer_at,
)

__all__ = ["touched_bytes"]

_LOOKED_AT = 64
"""Of programs with more operations, zones are not asked: that would take longer than many questions do."""
_RANGES = (Op.RANGE, Op.AND_RANGE)
_CODES = (Op.CODE, Op.CODE_IN, Op.AND_CODE, Op.AND_CODE_IN)


def touched_bytes(call: KernelCall) -> int:
    """The bytes that a call reads at most."""
    if call.positions is not None:
        return call.positions * call.position_bytes
    assert call.shards is not None
    assert call.program is not None
    shards = call.shards if call.shards_read is None else _first(call.shards, call.shards_read)
    own = sum(_column_bytes(shards, slot, planes) for slot, planes in call.columns)
    own += sum(_bitmap_bytes(shards, first + k) for first, n in call.bitmaps for k in range(n))
    return _program_bytes(shards, call.program) + own


def _program_bytes(shards: Shards, program: Program) -> int:
    rows = program.rows.tolist()
    if not rows:
        return _bitmap_bytes(shards, EXISTS_SLOT)
    asks_zones = len(rows) <= _LOOKED_AT
    return sum(_operation_bytes(shards, row, asks_zones=asks_zones) for row in rows)


def _operation_bytes(shards: Shards, row: list[int], *, asks_zones: bool) -> int:
    op, slot, a, b = row
    if op in _RANGES:
        not_null = _bitmap_bytes(shards, slot + NOT_NULL_OFFSET)
        return not_null + (_undecided_bytes(shards, slot, a, b) if asks_zones else _column_bytes(shards, slot, 1))
    if op in _CODES:
        return _column_bytes(shards, slot, b)
    if op == Op.BITMAP:
        return _bitmap_bytes(shards, slot)
    return _bitmap_bytes(shards, EXISTS_SLOT) if op == Op.NOT else 0


def _bitmap_bytes(shards: Shards, slot: int) -> int:
    return int(shards.extents[shards.table[:, slot] != 0].sum()) // 8


def _column_bytes(shards: Shards, slot: int, planes: int) -> int:
    """The bytes of a column where it is there; the planes of a field are as wide as its first."""
    there = (shards.table[:, slot : slot + planes] != 0).sum(axis=1)
    return int((there * shards.widths[:, slot] * shards.extents).sum())


def _undecided_bytes(shards: Shards, slot: int, low: int, high: int) -> int:
    """The bytes of those blocks of a number column whose zones do not say that all numbers are in a range, or none."""
    total = 0
    for shard in np.flatnonzero((shards.table[:, slot] != 0) & (shards.extents != 0)).tolist():
        extent, width = int(shards.extents[shard]), int(shards.widths[shard, slot])
        sizes = np.full(-(-extent // BLOCK_POSITIONS), BLOCK_POSITIONS)
        sizes[-1] = extent - BLOCK_POSITIONS * (len(sizes) - 1)
        zones = int(shards.table[shard, slot + ZONES_OFFSET])
        if zones:
            sizes = sizes[_undecided(zones, len(sizes), low, high)]
        total += int(sizes.sum()) * width
    return total


def _undecided(zones: int, blocks: int, low: int, high: int) -> NDArray[np.bool_]:
    least, greatest = buffer_at(zones, 16 * blocks).view(np.int64).reshape(-1, 2).T
    is_none = (least > greatest) | (greatest < low) | (least > high)
    undecided: NDArray[np.bool_] = ~is_none & ~((least >= low) & (greatest <= high))
    return undecided


def _first(shards: Shards, n: int) -> Shards:
    return Shards(shards.table[:n], shards.widths[:n], shards.bases[:n], shards.extents[:n])
