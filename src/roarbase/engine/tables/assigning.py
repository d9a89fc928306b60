"""From a batch to its log entry: positions for new records, ids for new row keys.

All checks come before anything is taken, and what is taken is given back if a later step fails.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import (
    Int64s,
    Mask,
    all_set,
    any_set,
    are_numbered_in_order,
    first_uses,
    greatest,
    where_all,
)
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_names import TakenNames
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.storage.entries import (
    BatchEntry,
    ForeignKeys,
    MutexValues,
    NumberValues,
    Packed,
    RowKeys,
    SetValues,
    SingleEntry,
    StoreRowEntry,
)
from roarbase.engine.storage.packing import pack
from roarbase.engine.tables.fields import Field, ReferenceField, RowField
from roarbase.engine.tables.narrowing import known_only
from roarbase.engine.tables.table import Table
from roarbase.engine.views.calendar import FIRST_SECOND, STOP_SECOND
from roarbase.errors import BadRequest, IncorrectState, InternalError
from roarbase.model.batch import (
    CLEARED,
    NO_TIME,
    REMOVED,
    REPLACED,
    UNTOUCHED,
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
from roarbase.model.vectors import check_strings

__all__ = ["assign_batch", "take_back"]

_Whole = NDArray[np.integer[Any]]
_States = NDArray[np.uint8]
_Values = NumberValues | MutexValues | SetValues

_ALL = np.ones(1, np.bool_)
"""A mask for any number of entries."""


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
    if not batch.makes_records:
        batch = known_only(table, batch)
    before = _Before(table, fields)
    try:
        taken = _take_positions(table, batch)
        new = _NewKeys()
        columns = [_values(field, column, new) for field, column in zip(fields, batch.columns, strict=True)]
    except BaseException:
        before.restore(table)
        raise
    positions = pack(taken.positions)
    return BatchEntry(
        table=table.id,
        positions=positions,
        first_new=before.entered,
        row_keys=new.rows,
        columns=columns,
        foreign_keys=new.foreign,
        makes_records=batch.makes_records,
        **_news(taken, positions),
    )


def take_back(table: Table, entry: SingleEntry, targets: Mapping[str, Table]) -> None:
    """Give back what the last assigned entry took, also in the tables that it refers to (by uuid)."""
    if isinstance(entry, BatchEntry):
        for foreign in reversed(entry.foreign_keys):
            _shorten(targets[foreign.table], foreign.first)
        _take_back_rows(table, entry.row_keys)
        _shorten(table, entry.first_new)
    elif isinstance(entry, StoreRowEntry):
        _take_back_rows(table, entry.row_keys)


def _take_back_rows(table: Table, news: Sequence[RowKeys]) -> None:
    fields = table.fields_by_id() if news else {}
    for row_keys in news:
        field = fields.get(row_keys.field_id)
        if isinstance(field, RowField) and isinstance(field.names, KeyRows):
            field.names.keys.truncate(row_keys.first_row - 1)


def _shorten(table: Table, size: int) -> None:
    """Give back the positions of all records but the first `size`, and with the first one an open table's kind."""
    if table.records is not None:
        table.records.take_back(size)
        if not size and table.is_keyed is None:
            table.records = None


class _Before:
    """How many names a table had, and those that its fields refer to: to give back what was taken since.

    Args:
        fields: Those that are written.
    """

    def __init__(self, table: Table, fields: Sequence[Field]) -> None:
        self.entered = table.entered
        row_keys = [f.names.keys for f in fields if isinstance(f, RowField) and isinstance(f.names, KeyRows)]
        self._row_keys = [(keys, len(keys)) for keys in row_keys]
        self._referred = [(f.target.keys, f.target.keys.entered) for f in fields if isinstance(f, ReferenceField)]

    def restore(self, table: Table) -> None:
        """Give back all positions and row keys that were taken since."""
        for keys, key_count in self._row_keys:
            keys.truncate(key_count)
        for records, entered in self._referred:
            records.take_back(entered)
        _shorten(table, self.entered)


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
    if isinstance(column, MutexColumn) and isinstance(column.rows, KeyedRows):
        _check_strings(field, column, column.rows)
    return field


def _check_strings(field: Field, column: MutexColumn, rows: KeyedRows) -> None:
    if field.spec.length or field.spec.dimensions:
        codes = rows.codes if column.states is None else rows.codes[column.states == VALUE]
        check_strings(field.spec, [rows.keys[code] for code in np.unique(codes)])


def _check_times(field: str, times: Int64s) -> None:
    wrong = times[(times < FIRST_SECOND) | (times >= STOP_SECOND)]
    if len(wrong):
        raise BadRequest(
            f"field {field!r}: {wrong[0]} seconds after 1970 is no time of the years 1 to 9999, which a view can be of",
            field=field,
        )


def _is_whole(column: Column, length: int) -> bool:
    if column.states is not None:
        highest = REPLACED if isinstance(column, SetColumn) else REMOVED
        if len(column.states) != length or (length and greatest(column.states) > highest):
            return False
    if isinstance(column, NumberColumn):
        return len(column.values) == length
    count = _row_count(column.rows)
    if isinstance(column, MutexColumn | ReferenceColumn):
        return count == length
    offsets = column.offsets
    is_rising = all_set(offsets[1:] >= offsets[:-1])
    is_timed = column.times is None or len(column.times) == length
    return is_timed and len(offsets) == length + 1 and is_rising and offsets[0] >= 0 and offsets[-1] <= count


def _row_count(rows: _Whole | KeyedRows) -> int:
    return len(rows.codes) if isinstance(rows, KeyedRows) else len(rows)


def _take_positions(table: Table, batch: Batch) -> TakenNames:
    """Where the batch's records stand; what is new takes a position."""
    if not len(batch):
        nothing = np.zeros(0, np.int64)
        return TakenNames(nothing, nothing, [])
    records = table.choose_kind(is_keyed=batch.keys is not None)
    if isinstance(records, RecordIds):
        assert batch.ids is not None
        return records.add(batch.ids)
    assert batch.keys is not None
    return records.add(batch.keys)


def _news(taken: TakenNames, positions: Packed) -> dict[str, Any]:
    """What an entry for records at these positions says of new ones. Ids that are all positions are said once."""
    if not len(taken.new_positions):
        return {}
    is_all = taken.new_positions is taken.positions
    news: dict[str, Any] = {"new_positions": positions if is_all else pack(taken.new_positions)}
    if isinstance(taken.new_names, list):
        news["new_keys"] = taken.new_names
    elif any_set(taken.new_names != taken.new_positions.astype(np.uint64)):
        news["new_ids"] = pack(taken.new_names)
    return news


def _values(field: Field, column: Column, new: _NewKeys) -> _Values:
    """The column as it is logged; keys that are met for the first time go to `new`."""
    match column:
        case NumberColumn():
            states = _said_or_none(column.states)
            numbers = column.values if states is None else column.values[_are_given(states)]
            return NumberValues(field_id=field.id, states=_logged(states), values=pack(numbers))
        case MutexColumn():
            states = _said_or_none(column.states)
            rows = _row_ids(field, column.rows, states, new.rows)
            return MutexValues(field_id=field.id, states=_logged(states), rows=pack(rows))
        case SetColumn():
            return _set_values(field, column, new)
        case ReferenceColumn():
            assert isinstance(field, ReferenceField)
            numbers = _referred(field, column, new.foreign)
            states = _said_or_none(column.states)
            return NumberValues(field_id=field.id, states=_logged(states), values=pack(numbers))


def _said_or_none(states: _States | None) -> _States | None:
    """What is done with each record; None where every one gets a value."""
    return None if states is None or all_set(states == VALUE) else states


def _logged(states: _States | None) -> bytes:
    """One byte per record; none at all where every record gets a value."""
    return b"" if states is None else states.tobytes()


def _are_given(states: _States) -> Mask:
    """Which records come with a value, to be had or to be taken away."""
    are_given: Mask = (states == VALUE) | (states == REMOVED)
    return are_given


def _set_values(field: Field, column: SetColumn, new: _NewKeys) -> SetValues:
    lengths = column.offsets[1:] - column.offsets[:-1]
    if column.states is None:
        return _gained_rows(field, column, lengths, new)
    states = column.states
    are_read = (states != UNTOUCHED) & (states != CLEARED)
    used = np.zeros(_row_count(column.rows), np.uint8)
    used[int(column.offsets[0]) : int(column.offsets[-1])] = np.repeat(np.where(are_read, states, UNTOUCHED), lengths)
    rows = _row_ids(field, column.rows, used, new.rows)
    timed, times = _times(field, column)
    return SetValues(
        field_id=field.id,
        lengths=pack(np.where(are_read, lengths, 0)),
        rows=pack(rows),
        timed=timed,
        times=times,
        states=_logged(_said_or_none(states)),
    )


def _gained_rows(field: Field, column: SetColumn, lengths: Int64s, new: _NewKeys) -> SetValues:
    """Rows that every record gains, nothing being taken away."""
    used, rows = slice(int(column.offsets[0]), int(column.offsets[-1])), column.rows
    rows = replace(rows, codes=rows.codes[used]) if isinstance(rows, KeyedRows) else rows[used]
    row_ids = _row_ids(field, rows, None, new.rows)
    timed, times = _times(field, column)
    return SetValues(field_id=field.id, lengths=pack(lengths), rows=pack(row_ids), timed=timed, times=times)


def _times(field: Field, column: SetColumn) -> tuple[bytes, Packed | None]:
    """Which records have a time, and these times."""
    if field.spec.type is not FieldType.TIME or column.times is None:
        return b"", None
    is_timed = column.times != NO_TIME
    if not is_timed.any():
        return b"", None
    return is_timed.tobytes(), pack(column.times[is_timed])


def _row_ids(field: Field, rows: _Whole | KeyedRows, states: _States | None, row_keys: list[RowKeys]) -> _Whole:
    """The row ids of the entries in use. A key to be removed that is not known stands as row 0, which nobody holds.

    Args:
        states: What is done with each entry; None: all are added.
    """
    if not isinstance(rows, KeyedRows):
        return rows if states is None else rows[(states == REPLACED) | _are_given(states)]
    assert isinstance(field, RowField)
    assert isinstance(field.names, KeyRows)
    is_added = _ALL if states is None else (states == VALUE) | (states == REPLACED)
    keys, places = _in_use(rows, is_added)
    first_row = len(field.names.keys) + 1
    numbers, new_keys = field.names.keys.add(keys)
    if new_keys:
        row_keys.append(RowKeys(field_id=field.id, first_row=first_row, keys=new_keys))
    if states is not None and (states == REMOVED).any():
        found = _with_removed(rows, is_added, states == REMOVED, numbers[places], field.names.keys.find)
        return (found + 1).astype(np.uint64)
    row_ids: _Whole = (numbers + 1).astype(np.min_scalar_type(len(field.names.keys)))
    return row_ids[places]


def _referred(field: ReferenceField, column: ReferenceColumn, foreign_keys: list[ForeignKeys]) -> Int64s:
    """Where the keys in use stand in the table that the field refers to; of one to be removed, -1 if not known."""
    states = np.full(len(column.rows.codes), VALUE, np.uint8) if column.states is None else column.states
    target, is_added = field.target, states == VALUE
    keys, places = _in_use(column.rows, is_added)
    first = target.keys.entered
    taken = target.keys.add(keys)
    if len(taken.new_positions):
        assert isinstance(taken.new_names, list)
        positions = pack(taken.new_positions)
        foreign_keys.append(ForeignKeys(table=target.table, first=first, keys=taken.new_names, positions=positions))
    return _with_removed(column.rows, is_added, states == REMOVED, taken.positions[places], target.keys.find)


def _with_removed(
    rows: KeyedRows, is_added: Mask, is_removed: Mask, added: Int64s, find: Callable[[Sequence[str]], Int64s]
) -> Int64s:
    """The numbers of the entries in use: as given of those added, and of those to be removed as found, -1 if not."""
    if not is_removed.any():
        return added
    numbers = np.zeros(len(rows.codes), np.int64)
    numbers[is_added] = added
    keys, places = _in_use(rows, is_removed)
    numbers[is_removed] = find(keys)[places]
    return numbers[is_added | is_removed]


def _in_use(rows: KeyedRows, is_used: Mask) -> tuple[Sequence[str], Int64s]:
    """The keys of the entries in use, each once in order of first use, and of each entry its place among them."""
    codes = where_all(rows.codes, is_used)
    if are_numbered_in_order(codes, len(rows.keys)):  # as whoever numbers them while reading has them
        return rows.keys, codes.astype(np.int64, copy=False)
    used = first_uses(codes, len(rows.keys))
    places = np.zeros(len(rows.keys), np.int64)
    places[used] = np.arange(len(used))
    return [rows.keys[code] for code in used.tolist()], places[codes]
