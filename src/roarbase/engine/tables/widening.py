"""Columns that are too narrow for a batch are made wider before it comes, while others read.

A batch with a value beyond all others re-encodes a column in every shard that it writes to: some milliseconds each,
most of them for memory that the system has to find. Here that is done beside the lock, as far as it is foreseen;
the rest, as the first values of a new field, the columns do themselves.
"""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, any_set, greatest, least
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.storage.entries import BatchEntry, MutexValues, NumberValues, Packed, SetValues
from roarbase.engine.storage.packing import offsets_of, unpack
from roarbase.engine.tables.fields import NumberField, RowField
from roarbase.engine.tables.table import Table
from roarbase.model.batch import REMOVED, REPLACED, VALUE

__all__ = ["widen_columns"]

_WHOLE_WIDTH = 8
_NEAR = 8
"""While a field has an eighth fewer rows than its narrowest planes have room for, a batch hardly brings as many new
ones, and it costs less not to look."""


def widen_columns(table: Table, entry: BatchEntry) -> list[Patch]:
    """Make what columns will need that are too narrow for a batch; to put it in place is short."""
    fields = table.fields_by_id()
    patches: list[Patch] = []
    for values in entry.columns:
        field = fields.get(values.field_id)
        if isinstance(field, NumberField) and isinstance(values, NumberValues):
            patches += _for_numbers(table, entry, field, values)
        elif isinstance(field, RowField) and not isinstance(values, NumberValues):
            patches += _for_rows(table, entry, field, values)
    return patches


def _for_numbers(table: Table, entry: BatchEntry, field: NumberField, values: NumberValues) -> list[Patch]:
    column, (base, offsets) = field.column, offsets_of(values.values)
    if offsets.itemsize == _WHOLE_WIDTH:
        offsets = offsets.view(np.int64)
    if not len(offsets) or column.has_room_for(base + least(offsets), base + greatest(offsets)):
        return []
    numbers = unpack(values.values, np.int64)
    positions = unpack(entry.positions, np.int64)
    is_used = table.are_within(positions)
    if values.states:
        states = np.frombuffer(values.states, np.uint8)
        given = (states == VALUE) | (states == REMOVED)
        positions, is_used = positions[given], (is_used & (states == VALUE))[given]
    return column.prepare(positions[is_used], numbers[is_used])


def _for_rows(table: Table, entry: BatchEntry, field: RowField, values: MutexValues | SetValues) -> list[Patch]:
    column = field.column
    assert isinstance(column, CodeColumn | SetColumn)
    narrowest = column.planes.narrowest
    if len(field.names) < narrowest - narrowest // _NEAR:
        return []
    codes = _codes(field, values.rows)
    if int(codes.max(initial=-1)) + 1 < narrowest:
        return []
    owners = _owners(values, len(codes))
    positions = unpack(entry.positions, np.int64)[owners]
    is_used = table.are_within(positions)
    if values.states:
        states = np.frombuffer(values.states, np.uint8)[owners]
        is_used &= (states == VALUE) | (states == REPLACED)
    return column.planes.prepare(positions[is_used], codes[is_used])


def _codes(field: RowField, rows: Packed) -> Int64s:
    """The codes of rows, as they will be; those of new ones among each other in any order."""
    ids = unpack(rows, np.uint64)
    codes = field.names.known_codes(ids)
    is_new = codes < 0
    if any_set(is_new):
        codes[is_new] = len(field.names) + np.unique(ids[is_new], return_inverse=True)[1]
    return codes


def _owners(values: MutexValues | SetValues, count: int) -> Int64s:
    """Of each row, which record of the batch it is for."""
    if isinstance(values, SetValues):
        lengths = unpack(values.lengths, np.int64)
        return np.repeat(np.arange(len(lengths)), lengths)
    if not values.states:
        return np.arange(count)
    states = np.frombuffer(values.states, np.uint8)
    return np.flatnonzero((states == VALUE) | (states == REMOVED))
