"""From a batch to its log entry: positions for new records, ids for new row keys.

All checks come before anything is taken, and what is taken is given back if a later step fails.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.storage.entries import (
    BatchEntry,
    ForeignKeys,
    MutexValues,
    NumberValues,
    Packed,
    RowKeys,
    SetValues,
)
from roarbase.engine.storage.packing import pack
from roarbase.engine.tables.fields import Field, ReferenceField, RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.views.calendar import FIRST_SECOND, STOP_SECOND
from roarbase.errors import BadRequest, IncorrectState, InternalError
from roarbase.model.batch import (
    NO_TIME,
    VALUE,
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
)
from roarbase.model.fields import FieldType

__all__ = ["assign_batch", "take_back_batch"]

_Values = NumberValues | MutexValues | SetValues


@dataclass(frozen=True, slots=True)
class _NewKeys:
    """The keys that a batch brings beside those of its records."""

    rows: list[RowKeys] = field(default_factory=list)
    foreign: list[ForeignKeys] = field(default_factory=list)


def assign_batch(table: Table, batch: Batch) -> BatchEntry:
    """Take positions and ids for what is new in the batch, and say the batch as an entry.

    The caller holds the locks of the table and of those that it refers to.

    Raises:
        ResourceNotFound: A field is not there.
        IncorrectState: The table or a field is not of the kind that the batch was made for.
        BadRequest: A time is outside of the calendar.
        InternalError: A column is longer or shorter than the batch.
    """
    _check_kind(table, batch)
    fields = [_check_column(table, column, len(batch)) for column in batch.columns]
    with _undone_on_error(table):
        first_new = len(table)
        positions, new_ids, new_keys = _take_positions(table, batch)
        new = _NewKeys()
        columns = [_values(field, column, new) for field, column in zip(fields, batch.columns, strict=True)]
    return BatchEntry(
        table=table.id,
        positions=pack(positions),
        first_new=first_new,
        new_ids=new_ids,
        new_keys=new_keys,
        row_keys=new.rows,
        columns=columns,
        foreign_keys=new.foreign,
    )


def take_back_batch(table: Table, entry: BatchEntry, targets: Mapping[str, Table]) -> None:
    """Give back what the last assigned entry took, also in the tables that it refers to (by uuid)."""
    for foreign in reversed(entry.foreign_keys):
        _shorten(targets[foreign.table], foreign.first)
    fields = table.fields_by_id()
    for row_keys in entry.row_keys:
        field = fields.get(row_keys.field_id)
        if isinstance(field, RowField) and isinstance(field.names, KeyRows):
            field.names.keys.truncate(row_keys.first_row - 1)
    _shorten(table, entry.first_new)


def _shorten(table: Table, size: int) -> None:
    """Give back the positions from `size` on, and with the first one an open table's kind."""
    if table.records is not None:
        table.records.truncate(size)
        if not size and table.is_keyed is None:
            table.records = None


@contextmanager
def _undone_on_error(table: Table) -> Iterator[None]:
    """Give back all positions and row keys taken inside if it does not end well."""
    size = len(table)
    names = [f.names for f in table.fields.values() if isinstance(f, RowField)]
    targets = [f.target for f in table.fields.values() if isinstance(f, ReferenceField)]
    key_maps = [n.keys for n in names if isinstance(n, KeyRows)] + [target.keys for target in targets]
    sizes = [(key_map, len(key_map)) for key_map in key_maps]
    try:
        yield
    except BaseException:
        for key_map, key_count in sizes:
            key_map.truncate(key_count)
        _shorten(table, size)
        raise


def _check_kind(table: Table, batch: Batch) -> None:
    is_keyed = batch.keys is not None
    if table.kind not in (None, is_keyed):
        known, given = ("ids", "keys") if is_keyed else ("keys", "ids")
        raise IncorrectState(
            f"table {table.name!r} knows its records by {known}, and these come with {given}", table=table.name
        )


def _check_column(table: Table, column: Column, length: int) -> Field:
    """The field that a column writes, if it is of the column's kind and the column of the batch's length."""
    if not _is_whole(column, length):
        # Once in the log it could be applied neither now nor by any later start.
        raise InternalError(f"the column for field {column.field!r} does not fit a batch of {length} records")
    field = table.get_field(column.field)
    match column:
        case NumberColumn():
            is_fitting = field.spec.type.is_number or field.spec.type is FieldType.BOOL
        case MutexColumn():
            is_fitting = field.spec.type is FieldType.MUTEX
        case SetColumn():
            is_fitting = field.spec.type.is_multivalued
        case ReferenceColumn():
            is_fitting = True
    is_fitting = is_fitting and field.spec.is_reference == isinstance(column, ReferenceColumn)
    if isinstance(field, RowField) and not isinstance(column, NumberColumn):
        is_fitting = is_fitting and isinstance(field.names, KeyRows) == isinstance(column.rows, KeyedRows)
    if isinstance(column, SetColumn) and column.times is not None:
        _check_times(column.field, column.times[column.times != NO_TIME])
    if not is_fitting:
        keyed = "keyed " if field.spec.is_keyed else "referring " if field.spec.is_reference else ""
        raise IncorrectState(
            f"field {column.field!r} is a {keyed}{field.spec.type} field, and a {type(column).__name__} came for it",
            field=column.field,
        )
    return field


def _check_times(field: str, times: Int64s) -> None:
    wrong = times[(times < FIRST_SECOND) | (times >= STOP_SECOND)]
    if len(wrong):
        raise BadRequest(
            f"field {field!r}: {wrong[0]} seconds after 1970 is no time of the years 1 to 9999, which a view can be of",
            field=field,
        )


def _is_whole(column: Column, length: int) -> bool:
    if isinstance(column, NumberColumn):
        return len(column.states) == len(column.values) == length
    count = len(column.rows.codes) if isinstance(column.rows, KeyedRows) else len(column.rows)
    if isinstance(column, MutexColumn | ReferenceColumn):
        return len(column.states) == count == length
    offsets = column.offsets
    is_rising = bool((offsets[1:] >= offsets[:-1]).all())
    is_timed = column.times is None or len(column.times) == length
    return is_timed and len(offsets) == length + 1 and is_rising and offsets[0] >= 0 and offsets[-1] <= count


def _take_positions(table: Table, batch: Batch) -> tuple[Int64s, Packed | None, list[str] | None]:
    """Where the batch's records stand; what is new gets the next positions."""
    if not len(batch):
        return np.zeros(0, np.int64), None, None
    records = table.choose_kind(is_keyed=batch.keys is not None)
    if isinstance(records, IdIndex):
        assert batch.ids is not None
        positions, new_ids = records.add(batch.ids)
        return positions, pack(new_ids) if len(new_ids) else None, None
    assert batch.keys is not None
    positions, new_keys = records.add(batch.keys)
    return positions, None, new_keys or None


def _values(field: Field, column: Column, new: _NewKeys) -> _Values:
    """The column as it is logged; keys that are met for the first time go to `new`."""
    match column:
        case NumberColumn():
            is_value = column.states == VALUE
            return NumberValues(field_id=field.id, states=column.states.tobytes(), values=pack(column.values[is_value]))
        case MutexColumn():
            rows = _row_ids(field, column.rows, column.states == VALUE, new.rows)
            return MutexValues(field_id=field.id, states=column.states.tobytes(), rows=pack(rows))
        case SetColumn():
            count = len(column.rows.codes) if isinstance(column.rows, KeyedRows) else len(column.rows)
            start, stop = int(column.offsets[0]), int(column.offsets[-1])
            used = np.zeros(count, np.bool_)
            used[start:stop] = True
            rows = _row_ids(field, column.rows, used, new.rows)
            timed, times = _times(field, column)
            lengths = pack(np.diff(column.offsets))
            return SetValues(field_id=field.id, lengths=lengths, rows=pack(rows), timed=timed, times=times)
        case ReferenceColumn():
            assert isinstance(field, ReferenceField)
            numbers = _referred(field, column, new.foreign)
            return NumberValues(field_id=field.id, states=column.states.tobytes(), values=pack(numbers))


def _times(field: Field, column: SetColumn) -> tuple[bytes, Packed | None]:
    """Which records have a time, and these times."""
    if field.spec.type is not FieldType.TIME or column.times is None:
        return b"", None
    is_timed = column.times != NO_TIME
    if not is_timed.any():
        return b"", None
    return is_timed.tobytes(), pack(column.times[is_timed])


def _row_ids(field: Field, rows: UInt64s | KeyedRows, is_used: Mask, row_keys: list[RowKeys]) -> UInt64s:
    """The row ids of the entries in use. New keys are numbered in order of first use."""
    if not isinstance(rows, KeyedRows):
        return rows[is_used]
    assert isinstance(field, RowField)
    assert isinstance(field.names, KeyRows)
    first_row = len(field.names.keys) + 1
    numbers, new_keys = _numbers(field.names.keys, rows, is_used)
    if new_keys:
        row_keys.append(RowKeys(field_id=field.id, first_row=first_row, keys=new_keys))
    return (numbers + 1).astype(np.uint64)


def _referred(field: ReferenceField, column: ReferenceColumn, foreign_keys: list[ForeignKeys]) -> Int64s:
    """The numbers of the keys in use, in the table that the field refers to."""
    target = field.target
    first = len(target.keys)
    numbers, new_keys = _numbers(target.keys, column.rows, column.states == VALUE)
    if new_keys:
        foreign_keys.append(ForeignKeys(table=target.table, first=first, keys=new_keys))
    return numbers


def _numbers(key_map: KeyMap, rows: KeyedRows, is_used: Mask) -> tuple[Int64s, list[str]]:
    """The numbers of the entries in use, and the keys that are new, in order of first use."""
    codes = rows.codes[is_used]
    distinct, first_places, inverse = np.unique(codes, return_index=True, return_inverse=True)
    by_use = np.argsort(first_places)
    numbers_by_use, new_keys = key_map.add([rows.keys[code] for code in distinct[by_use].tolist()])
    numbers = np.empty(len(distinct), np.int64)
    numbers[by_use] = numbers_by_use
    return numbers[inverse], new_keys
