"""What a step is about to change, kept so that it can be put back.

A write of several steps is made step by step before it is logged, since later steps read what
earlier ones did. If one of them fails, or the log, those before it are undone, the last one first.
Cached bitmaps do not follow: whoever undoes forgets them.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.storage.entries import BatchEntry, ClearRowEntry, SingleEntry, StoreRowEntry
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.deleting import Deletion
from roarbase.engine.tables.fields import Field, NumberField, RowField
from roarbase.engine.tables.row_edits import code_of_row, prepare_row, row_changes
from roarbase.engine.tables.table import Table
from roarbase.engine.views.stamps import pairs_of, split_pairs
from roarbase.errors import InternalError

__all__ = ["remember"]

_IN_SHARD = SHARD_POSITIONS - 1
_NOTHING = np.zeros(0, np.int64)


def remember(table: Table, entry: SingleEntry) -> list[Patch]:
    """What undoes a step that is about to be made, all later ones being undone already."""
    match entry:
        case BatchEntry():
            return _remember_batch(table, entry)
        case ClearRowEntry() | StoreRowEntry():
            return _remember_row(table, entry)
        case _:
            raise InternalError("a deletion cannot be undone: it is a write of its own")


def _remember_batch(table: Table, entry: BatchEntry) -> list[Patch]:
    positions = sorted_distinct(unpack(entry.positions, np.int64))
    is_there = table.exists.take(positions)
    written = {values.field_id for values in entry.columns}
    kept = [
        patch
        for shard, where in shard_slices(positions[is_there])
        for field in table.fields.values()
        if field.id in written
        for patch in _keep(field, shard, positions[is_there][where] & _IN_SHARD)
    ]
    made = positions[~is_there] if entry.makes_records else _NOTHING
    return [partial(_unmake, table, made), *kept]


def _unmake(table: Table, made: Int64s) -> None:
    """Have records that were made be no more; their names stay taken."""
    picks = [
        Pick(shard, made[where] - (shard << SHARD_BITS), table.exists.capacity(shard))
        for shard, where in shard_slices(made)
    ]
    Deletion(table, picks).erase()


def _remember_row(table: Table, entry: ClearRowEntry | StoreRowEntry) -> list[Patch]:
    field = table.fields_by_id().get(entry.field_id)
    code = code_of_row(field, entry) if isinstance(field, RowField) else None
    if not isinstance(field, RowField) or code is None:
        return []
    changes = row_changes(table, field, code, entry)
    if field.stamps is None and isinstance(field.column, SetColumn):
        reverse = [change.reverse for change in changes]
        return [lambda: _run(prepare_row(table, field, code, reverse))]
    return [patch for c in changes for patch in _keep(field, c.shard, np.sort(np.concatenate((c.lost, c.got))))]


def _run(patches: Iterable[Patch]) -> None:
    for patch in patches:
        patch()


def _keep(field: Field, shard: int, inside: Int64s) -> list[Patch]:
    """What puts back what these records of a shard hold in a field."""
    positions = inside + (shard << SHARD_BITS)
    if isinstance(field, NumberField):
        values, is_value = field.column.at(shard, inside)
        return [lambda: _discard(field.column.write(positions, values, is_value, _NOTHING))]
    column, stamps = field.column, field.stamps
    if isinstance(column, CodeColumn):
        codes = column.at(shard, inside)
        return [lambda: _discard(column.write(positions, codes))]
    assert isinstance(column, SetColumn)
    kept: list[Patch] = [partial(_put_rows, column, shard, inside, _pairs(column, shard, inside))]
    if stamps is not None:
        kept.append(partial(stamps.put_back, shard, inside, stamps.of_records(shard, inside)))
    return kept


def _discard(_told: object) -> None:
    """What a column tells of a write is for those who keep bitmaps."""


def _pairs(column: SetColumn, shard: int, inside: Int64s) -> UInt64s:
    indexes, codes = column.shard_members(shard, inside)
    return pairs_of(inside[indexes], codes)


def _put_rows(column: SetColumn, shard: int, inside: Int64s, before: UInt64s) -> None:
    now = _pairs(column, shard, inside)
    column.remove(shard, *split_pairs(np.setdiff1d(now, before)))
    lost, codes = split_pairs(np.setdiff1d(before, now))
    column.add(lost + (shard << SHARD_BITS), codes)
