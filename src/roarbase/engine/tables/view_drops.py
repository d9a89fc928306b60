"""The end of calendar views: what a time field forgets of times long past."""

from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.columns.words import codes_of
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.views.spans import Span
from roarbase.engine.views.stamps import PAIR_BITS, Stamps, split_pairs

__all__ = ["drop_views"]


def drop_views(table: Table, field: RowField, ended_by: int, sequence: int) -> None:
    """Drop the views that ended at or before a moment, in seconds since 1970, as the log entry with this number says.

    Without a standard view, a record loses the rows that it has in no view any more.
    """
    among = table.lacking(sequence)
    assert field.stamps is not None
    assert isinstance(field.column, SetColumn)
    for shard, pairs in field.stamps.drop_ended(ended_by, *([] if among is None else [among.shard])).items():
        inside, codes = split_pairs(pairs)
        table.watches.note((shard << SHARD_BITS) + inside)
        field.bitmaps.note_ended(shard, inside, codes, partial(_holders, field.stamps, shard))
        if field.spec.no_standard_view:
            lost = split_pairs(field.stamps.unstamped(shard, pairs))
            inside, codes = field.column.remove(shard, *lost)
            field.bitmaps.note_removed((shard << SHARD_BITS) + inside, codes)


def _holders(stamps: Stamps, shard: int, span: Span, code: int) -> Int64s:
    """The positions in a shard that hold a row within a span."""
    words = [np.zeros(0, np.uint64), *stamps.between(shard, span)]
    return split_pairs(np.concatenate([part[codes_of(part) == np.uint32(code)] for part in words]) & PAIR_BITS)[0]
