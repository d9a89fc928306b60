"""Which records an edit is about: a bitmap node as the positions that the log keeps."""

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.bits import new_words, positions_of
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter
from roarbase.engine.operators.scan import Scan
from roarbase.engine.storage.entries import ShardPositions
from roarbase.engine.tables.position_sets import pack_positions

__all__ = ["selection"]


def selection(scan: Scan, node: plan.Bitmap, *, is_listed: bool = False) -> list[ShardPositions] | None:
    """The positions of a node's records; None for all that there are when the edit is made, unless `is_listed`.

    Records given by name are looked up only: one that is assigned and not yet applied counts too.

    Raises:
        BadRequest: The node asks something that a field's type does not answer.
        RequestTimeout: The budget is used up.
    """
    match node:
        case plan.All() if not is_listed:
            return None
        case plan.RecordSet():
            return _packed(scan.named_positions(node.records))
        case _:
            return _found(scan, selected(scan, node))


def _packed(positions: Int64s) -> list[ShardPositions]:
    """Positions of the table, ascending, as the log keeps them."""
    return [pack_positions(shard, positions[where] - (shard << SHARD_BITS)) for shard, where in shard_slices(positions)]


def _found(scan: Scan, among: Filter) -> list[ShardPositions]:
    """What a filter selects: bitmaps by the kernels, which no number of records makes larger."""
    if among.is_nothing:
        return []
    scan.budget.check()
    words = [new_words(int(extent)) for extent in scan.table.extents]
    addresses = np.array([part.ctypes.data for part in words], np.int64)
    counts = scan.kernels.bitmap(scan.slots.shards(), among.program(), addresses)
    return [pack_positions(shard, positions_of(words[shard])) for shard in np.flatnonzero(counts).tolist()]
