"""From a log entry whose records are all new, and stand one behind the other, to the columns: what a bulk load brings.

Nothing that is there has to be read, no record occurs twice, and every column is written in slices, in the width in
which the entry has the values. Whatever else an entry may say is left to `writing.py`, which does everything and
takes ten times as long.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Mask, greatest
from roarbase.engine.buffers.stretch import NewNumbers, NewRows, Stretch, stretches
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.names.row_names import BoolRows, IdRows, RowNames
from roarbase.engine.storage.entries import BatchEntry, MutexValues, NumberValues, Packed, SetValues
from roarbase.engine.storage.packing import count_packed, is_run, offsets_of, unpack
from roarbase.engine.tables.fields import NumberField, RowField
from roarbase.engine.tables.table import Table
from roarbase.model.batch import CLEARED, REMOVED, VALUE

__all__ = ["append_batch", "is_append"]

_Codes = NDArray[np.unsignedinteger]
"""Codes plus one, in the narrowest width: 0 is none."""

_TABLE_WIDTH = 2
"""Row ids that lie within so many bytes of each other are looked up in a table."""

_FEW_ROWS = 2**13
"""So many rows of sets at most are added one by one: slices only pay where there are more."""


def is_append(table: Table, entry: BatchEntry) -> bool:
    """Whether all records of an entry are new and in line, and get nothing but values."""
    if not is_run(entry.positions) or not entry.makes_records or not all(map(_is_plain, entry.columns)):
        return False
    written = {values.field_id for values in entry.columns}
    if any(field.spec.no_standard_view and field.id in written for field in table.fields.values()):
        return False
    return all(table.exists.is_free(stretch) for stretch in _stretches(entry))


def _is_plain(values: NumberValues | MutexValues | SetValues) -> bool:
    """Whether a column gives values, or null to records that have none yet anyway, and takes nothing away."""
    if isinstance(values, SetValues):
        return REMOVED not in values.states and values.times is None
    return not values.states or greatest(np.frombuffer(values.states, np.uint8)) <= CLEARED


def append_batch(table: Table, entry: BatchEntry) -> int:
    """Write such an entry into the table's columns, and tell how many records it made.

    Its names are taken. Columns of fields dropped meanwhile are passed over.
    """
    found = _stretches(entry)
    for stretch in found:
        table.make_room_for(stretch)
        table.exists.fill(stretch)
        table.watches.note_stretch(stretch)
    columns = {values.field_id: values for values in entry.columns}
    without: list[NumberColumn] = []
    for field in table.fields.values():
        values = columns.get(field.id)
        if isinstance(field, NumberField):
            if values is None:
                without.append(field.column)
            else:
                assert isinstance(values, NumberValues)
                _append_numbers(field, entry, found, values)
        elif isinstance(values, SetValues):
            _append_rows(field, entry, found, values)
        elif values is not None:
            _append_codes(field, entry, found, values)
    if without:
        positions = unpack(entry.positions, np.int64)
        for column in without:
            column.note_made(positions)
    return count_packed(entry.positions)


def _stretches(entry: BatchEntry) -> list[Stretch]:
    return [*stretches(entry.positions.base, count_packed(entry.positions))]


def _has_value(states: bytes) -> Mask | None:
    """Which records have a value; None: all of them."""
    return np.frombuffer(states, np.uint8) == VALUE if states else None


def _append_numbers(field: NumberField, entry: BatchEntry, found: Sequence[Stretch], values: NumberValues) -> None:
    base, offsets = offsets_of(values.values)
    signed = offsets.view(np.int64) if offsets.itemsize == 8 else offsets
    numbers = NewNumbers(base, signed, _has_value(values.states))
    field.column.append(found, numbers)
    if field.bitmaps.entries:
        field.bitmaps.note_numbers(unpack(entry.positions, np.int64), *numbers.values_and_mask())


def _append_codes(
    field: RowField, entry: BatchEntry, found: Sequence[Stretch], values: NumberValues | MutexValues
) -> None:
    assert isinstance(field.column, CodeColumn)
    packed = values.values if isinstance(values, NumberValues) else values.rows  # a bool's numbers are its row ids
    codes, has_value = _counted_codes(field, packed), _has_value(values.states)
    if has_value is not None:
        held, codes = codes, np.zeros(len(has_value), codes.dtype)
        codes[has_value] = held
    for stretch in found:
        field.column.append(stretch, codes[stretch.records])
    if field.bitmaps.entries:
        field.bitmaps.note_added(unpack(entry.positions, np.int64), codes.astype(np.int64) - 1)


def _append_rows(field: RowField, entry: BatchEntry, found: Sequence[Stretch], values: SetValues) -> None:
    assert isinstance(field.column, SetColumn)
    if count_packed(values.rows) <= _FEW_ROWS:
        positions = unpack(entry.positions, np.int64).repeat(unpack(values.lengths, np.int64))
        codes = field.names.codes_of_ids(unpack(values.rows, np.uint64))
        field.column.add(positions, codes)
        if field.bitmaps.entries:
            field.bitmaps.note_added(positions, codes)
        return
    base, offsets = offsets_of(values.lengths)
    lengths = _shifted(offsets, base)
    starts = lengths.cumsum(dtype=np.int64)
    starts -= lengths
    rows = NewRows(lengths, starts, _counted_codes(field, values.rows))
    for stretch in found:
        field.column.append(stretch, rows.within(stretch.records))
    if field.bitmaps.entries:
        records, codes = rows.pairs()
        field.bitmaps.note_added(records + entry.positions.base, codes)


def _shifted(offsets: NDArray[np.unsignedinteger], distance: int) -> NDArray[np.unsignedinteger]:
    """Offsets plus a distance that leaves none below 0, in a type that holds them."""
    if not distance or not len(offsets):
        return offsets
    wide: NDArray[np.unsignedinteger] = offsets.astype(_type_for(distance + greatest(offsets)))
    wide += wide.dtype.type(distance)
    return wide


def _counted_codes(field: RowField, packed: Packed) -> _Codes:
    """The codes plus one of row ids, made where they are new, each counted as one more record."""
    assert isinstance(field.column, CodeColumn | SetColumn)
    base, offsets = offsets_of(packed)
    counters = field.column.counters
    if isinstance(field.names, IdRows) and len(offsets) > 0 and offsets.itemsize <= _TABLE_WIDTH:
        counts = np.bincount(offsets)
        (used,) = counts.nonzero()
        codes = field.names.codes_of_ids(used.astype(np.uint64) + np.uint64(base))  # beyond 2^63, too
        counters.add_counts(codes, counts[used])
        table = np.zeros(len(counts), _type_for(greatest(codes) + 1))
        table[used] = codes + 1
        return table.take(offsets)
    plus_one = _plus_one(field.names, packed, base, offsets)
    if len(plus_one):
        counters.add_each(np.bincount(plus_one)[1:])
    return plus_one


def _plus_one(names: RowNames, packed: Packed, base: int, offsets: NDArray[np.unsignedinteger]) -> _Codes:
    if isinstance(names, IdRows):
        return (names.codes_of_ids(unpack(packed, np.uint64)) + 1).astype(np.uint32)
    # A key's code is its row id less one, so that the row id is what is wanted; of false and true it is one more.
    return _shifted(offsets, base + 1 if isinstance(names, BoolRows) else base)


def _type_for(highest: int) -> np.dtype[np.unsignedinteger]:
    return np.min_scalar_type(highest)
