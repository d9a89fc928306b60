"""One row of a field for many records at once: taken from some, or held by exactly some.

What takes long is worked out while others still read; the rest is short.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.storage.entries import ClearRowEntry, ShardPositions, StoreRowEntry
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.position_sets import unpack_positions
from roarbase.engine.tables.table import Table
from roarbase.engine.views.during import RowsDuring

__all__ = ["RowChange", "code_of_row", "prepare_row", "row_changes"]

_NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowChange:
    """Which records of one shard lose a row, and which get it; ascending positions."""

    shard: int
    lost: Int64s
    got: Int64s

    def __len__(self) -> int:
        return len(self.lost) + len(self.got)

    @property
    def reverse(self) -> "RowChange":
        return RowChange(shard=self.shard, lost=self.got, got=self.lost)


def code_of_row(field: RowField, entry: ClearRowEntry | StoreRowEntry) -> int | None:
    """The code of an entry's row: of one to be stored that is new, the next one. None: no record can hold it."""
    code = int(field.names.known_codes(np.array([entry.row], np.uint64))[0])
    if code >= 0:
        return code
    return len(field.names) if isinstance(entry, StoreRowEntry) else None


def row_changes(table: Table, field: RowField, code: int, entry: ClearRowEntry | StoreRowEntry) -> list[RowChange]:
    """What an entry changes about one row of a field, shard by shard."""
    if isinstance(entry, StoreRowEntry):
        found = _stored(table, field, code, _by_shard(entry.positions))
    else:
        found = _cleared(table, field, code, None if entry.positions is None else _by_shard(entry.positions))
    return [change for change in found if len(change)]


def prepare_row(table: Table, field: RowField, code: int, changes: Sequence[RowChange]) -> list[Patch]:
    """What is left to do for such changes, to be done at once."""
    prepare = _prepare_set if isinstance(field.column, SetColumn) else _prepare_codes
    return [patch for change in changes for patch in (_noted(table, change), *prepare(field, code, change))]


def _noted(table: Table, change: RowChange) -> Patch:
    positions = np.concatenate((change.lost, change.got)) + (change.shard << SHARD_BITS)
    return partial(table.watches.note, positions)


def _column(field: RowField) -> CodeColumn | SetColumn:
    assert not isinstance(field.column, RowsDuring)
    return field.column


def _by_shard(positions: Sequence[ShardPositions]) -> dict[int, Int64s]:
    return {part.shard: unpack_positions(part) for part in positions}


def _cleared(table: Table, field: RowField, code: int, among: dict[int, Int64s] | None) -> Iterator[RowChange]:
    for shard in range(field.column.buffers.shards) if among is None else among:
        lost = _column(field).holders(shard, code)
        if among is not None:
            lost = _common(table, shard, lost, among[shard])
        yield RowChange(shard=shard, lost=lost, got=_NOTHING)


def _stored(table: Table, field: RowField, code: int, wanted: dict[int, Int64s]) -> Iterator[RowChange]:
    for shard in range(field.column.buffers.shards):
        holders = _column(field).holders(shard, code)
        chosen = table.exists.held(shard, wanted.get(shard, _NOTHING))
        yield RowChange(
            shard=shard,
            lost=_common(table, shard, holders, chosen, are_others=True),
            got=_common(table, shard, chosen, holders, are_others=True),
        )


def _common(table: Table, shard: int, inside: Int64s, others: Int64s, *, are_others: bool = False) -> Int64s:
    """Those positions that are among the others too; with `are_others`, those that are not."""
    is_common = np.zeros(table.exists.capacity(shard), np.bool_)
    is_common[table.exists.held(shard, others)] = True
    found: Int64s = inside[is_common[inside] != are_others]
    return found


def _prepare_set(field: RowField, code: int, change: RowChange) -> Iterator[Patch]:
    assert isinstance(field.column, SetColumn)
    yield field.column.drop_row(change.shard, code, change.lost)
    yield field.column.add_row(change.shard, code, change.got)
    if field.stamps is not None:
        yield field.stamps.without_row(change.shard, change.lost, code)
    yield partial(field.bitmaps.note_row, change.shard, code, change.got, change.lost)
    yield partial(_note_left, field, change)


def _note_left(field: RowField, change: RowChange) -> None:
    column, start = field.column, change.shard << SHARD_BITS
    assert isinstance(column, SetColumn)

    def holders() -> Int64s:
        indexes, _ = column.shard_members(change.shard, change.lost)
        return change.lost[sorted_distinct(indexes)] + start

    field.bitmaps.note_left(change.lost + start, holders)


def _prepare_codes(field: RowField, code: int, change: RowChange) -> Iterator[Patch]:
    assert isinstance(field.column, CodeColumn)
    for inside, new in ((change.lost, -1), (change.got, code)):
        if len(inside):
            old, patch = field.column.set_row(change.shard, inside, new)
            yield patch
            positions = inside + (change.shard << SHARD_BITS)
            yield partial(field.bitmaps.note_codes, positions, old, np.full(len(inside), new))
