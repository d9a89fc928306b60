"""From a log entry to the columns: the same for a batch just assigned and for one replayed.

A batch is cut by shard once; then every column takes its part of each shard in a few array
operations. Number columns hear of every batch that brings records, since a record without
a value is what they keep a not-null bitmap for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, latest, sorted_distinct
from roarbase.engine.buffers.layout import shard_slices
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.storage.entries import BatchEntry, MutexValues, NumberValues, SetValues
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.fields import NumberField, RowField
from roarbase.engine.tables.naming import take_names
from roarbase.engine.tables.table import Table
from roarbase.model.batch import NO_TIME, UNTOUCHED, VALUE

__all__ = ["apply_batch"]

_IN_SHARD = SHARD_POSITIONS - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """What a batch brings to one shard.

    Attributes:
        records: Which records of the batch stand here, in their order.
        inside: Where each of them stands, within the shard.
        fresh: Places that had no record before, each once.
        is_unique: No record occurs twice.
    """

    shard: int
    records: Int64s
    inside: Int64s
    fresh: Int64s
    is_unique: bool

    def touched(self, is_touched: Mask) -> tuple[Int64s, Int64s]:
        """The last touch of each record: where it stands, and which record of the batch it is."""
        if is_touched.all() and self.is_unique:
            return self.inside, self.records
        chosen = np.flatnonzero(is_touched[self.records])
        if not self.is_unique:
            chosen = chosen[latest(self.inside[chosen])]
        return self.inside[chosen], self.records[chosen]


def apply_batch(table: Table, entry: BatchEntry) -> None:
    """Write the batch into the table's columns. Columns of fields dropped meanwhile are passed over.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    positions = unpack(entry.positions, np.int64)
    table.make_room(positions)
    is_fresh = ~table.exists.take(positions)
    take_names(table, entry)
    table.exists.put(positions, np.ones(len(positions), np.bool_))
    table.watches.note(positions)
    parts = [_part(positions, is_fresh, shard, records) for shard, records in shard_slices(positions)]
    columns = {values.field_id: values for values in entry.columns}
    for field in table.fields.values():
        values = columns.get(field.id)
        if isinstance(field, NumberField):
            _write_numbers(field, parts, values, len(positions))
        elif isinstance(values, SetValues):
            _add_rows(field, parts, values)
        elif values is not None:
            _write_codes(field, parts, values)


def _part(positions: Int64s, is_fresh: Mask, shard: int, records: Int64s) -> _Part:
    inside = positions[records] & _IN_SHARD
    is_unique = bool((inside[1:] > inside[:-1]).all()) or len(sorted_distinct(inside)) == len(inside)
    fresh = inside[is_fresh[records]]
    fresh = fresh if is_unique else sorted_distinct(fresh)
    return _Part(shard=shard, records=records, inside=inside, fresh=fresh, is_unique=is_unique)


def _write_numbers(
    field: NumberField, parts: Sequence[_Part], values: NumberValues | MutexValues | SetValues | None, count: int
) -> None:
    if values is None and not any(len(part.fresh) for part in parts):
        return
    states, numbers = np.full(count, UNTOUCHED, np.uint8), np.zeros(count, np.int64)
    if values is not None:
        assert isinstance(values, NumberValues)
        states = np.frombuffer(values.states, np.uint8)
        numbers[states == VALUE] = unpack(values.values, np.int64)
    is_value, is_touched = states == VALUE, states != UNTOUCHED
    for part in parts:
        inside, records = part.touched(is_touched)
        field.column.write(part.shard, inside, numbers[records], is_value[records], part.fresh)
        field.bitmaps.note_numbers(part.shard, inside, numbers[records], is_value[records])


def _write_codes(field: RowField, parts: Sequence[_Part], values: NumberValues | MutexValues) -> None:
    assert isinstance(field.column, CodeColumn)
    states = np.frombuffer(values.states, np.uint8)
    packed = values.values if isinstance(values, NumberValues) else values.rows  # a bool's numbers are its row ids
    codes = np.full(len(states), -1, np.int64)
    codes[states == VALUE] = field.names.codes_of_ids(unpack(packed, np.uint64))
    for part in parts:
        inside, records = part.touched(states != UNTOUCHED)
        if len(inside):
            old, new = field.column.write(part.shard, inside, codes[records])
            field.bitmaps.note_codes(part.shard, inside, old, new)


def _add_rows(field: RowField, parts: Sequence[_Part], values: SetValues) -> None:
    assert isinstance(field.column, SetColumn)
    lengths = unpack(values.lengths, np.int64)
    codes = field.names.codes_of_ids(unpack(values.rows, np.uint64))
    owners = np.repeat(np.arange(len(lengths)), lengths)
    times = _times(values, len(lengths))[owners]
    is_kept = times != NO_TIME if field.spec.no_standard_view else np.ones(len(owners), np.bool_)
    for part in parts:
        inside_of = np.full(len(lengths), -1, np.int64)
        inside_of[part.records] = part.inside
        inside = inside_of[owners]
        here = (inside >= 0) & is_kept
        if here.any():
            added = field.column.add(part.shard, inside[here], codes[here])
            field.bitmaps.note_added(part.shard, *added)
        timed = here & (times != NO_TIME)
        if field.stamps is not None and timed.any():
            field.stamps.add(part.shard, inside[timed], codes[timed], times[timed])
            field.bitmaps.note_stamped(part.shard, inside[timed], codes[timed], times[timed])


def _times(values: SetValues, count: int) -> Int64s:
    """When each record got its rows, or NO_TIME."""
    times = np.full(count, NO_TIME, np.int64)
    if values.times is not None:
        times[np.frombuffer(values.timed, np.bool_)] = unpack(values.times, np.int64)
    return times
