"""From a log entry to the columns: the same for a batch just assigned and for one replayed.

A replayed entry brings positions and keys that are not taken yet; one just assigned has
taken them. Where an entry says its news begin tells the two apart.
"""

import numpy as np

from roarbase.engine.plain.arrays import Int64s
from roarbase.engine.plain.columns.codes import CodeColumn
from roarbase.engine.plain.columns.pairs import PairColumn
from roarbase.engine.plain.field import Field, NumberField, RowField
from roarbase.engine.plain.names.id_index import IdIndex
from roarbase.engine.plain.names.row_names import KeyRows
from roarbase.engine.plain.table import Table
from roarbase.engine.storage.entries import BatchEntry, MutexValues, NumberValues, RowKeys, SetValues
from roarbase.engine.storage.packing import unpack
from roarbase.errors import LogDamaged
from roarbase.model.batch import UNTOUCHED, VALUE

__all__ = ["apply_batch"]


def apply_batch(table: Table, entry: BatchEntry) -> None:
    """Write the batch into the table's columns. Columns of fields dropped meanwhile are passed over.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    _take_records(table, entry)
    fields = table.fields_by_id()
    for row_keys in entry.row_keys:
        _take_row_keys(fields.get(row_keys.field_id), row_keys)
    positions = unpack(entry.positions, np.int64)
    for values in entry.columns:
        field = fields.get(values.field_id)
        if field is not None:
            _write(field, positions, values)
    table.exists.put(positions, np.ones(len(positions), np.bool_))


def _take_records(table: Table, entry: BatchEntry) -> None:
    """Take the entry's new records, if it is replayed, and settle an open table's kind."""
    new_keys, new_ids = entry.new_keys, entry.new_ids
    if new_keys is None and new_ids is None:
        return
    records = table.choose_kind(is_keyed=new_keys is not None)
    if isinstance(records, IdIndex) != (new_ids is not None):
        raise LogDamaged(f"an entry brings the wrong kind of record for table {table.name!r}")
    table.is_keyed = new_keys is not None
    if not _is_next(entry.first_new, len(records), f"records of table {table.name!r}"):
        return
    if isinstance(records, IdIndex):
        assert new_ids is not None
        records.extend(unpack(new_ids, np.uint64))
    else:
        records.extend(new_keys or [])


def _take_row_keys(field: Field | None, row_keys: RowKeys) -> None:
    """Take the keys that a field met for the first time, if the entry is replayed."""
    if not isinstance(field, RowField) or not isinstance(field.names, KeyRows):
        return
    if _is_next(row_keys.first_row - 1, len(field.names.keys), f"row keys of field {field.spec.name!r}"):
        field.names.keys.extend(row_keys.keys)


def _is_next(first: int, size: int, what: str) -> bool:
    """Whether what begins at `first` is yet to be taken, where `size` are taken."""
    if first > size:
        raise LogDamaged(f"an entry's new {what} begin at {first}, but only {size} are known")
    return first == size


def _write(field: Field, positions: Int64s, values: NumberValues | MutexValues | SetValues) -> None:
    if isinstance(values, SetValues):
        assert isinstance(field, RowField)
        assert isinstance(field.column, PairColumn)
        codes = field.names.codes_of_ids(unpack(values.rows, np.uint64))
        field.column.add(np.repeat(positions, unpack(values.lengths, np.int64)), codes)
        return
    states = np.frombuffer(values.states, np.uint8)
    touched = states != UNTOUCHED
    is_value = states == VALUE
    if isinstance(field, NumberField):
        assert isinstance(values, NumberValues)
        numbers = np.zeros(len(states), np.int64)
        numbers[is_value] = unpack(values.values, np.int64)
        field.column.put(positions[touched], numbers[touched], is_value[touched])
        return
    assert isinstance(field.column, CodeColumn)
    packed = values.values if isinstance(values, NumberValues) else values.rows  # a bool's numbers are its row ids
    codes = np.full(len(states), -1, np.int64)
    codes[is_value] = field.names.codes_of_ids(unpack(packed, np.uint64))
    field.column.put(positions[touched], codes[touched])
