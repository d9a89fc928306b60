"""From a log entry to names: the records and row keys that it brings.

A replayed entry brings positions and keys that are not taken yet; one just assigned has
taken them. Where an entry says its news begin tells the two apart.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.storage.entries import BatchEntry, Packed, RowKeys
from roarbase.engine.storage.packing import count_packed, unpack
from roarbase.engine.tables.coverage import Lacking
from roarbase.engine.tables.fields import Field, RowField
from roarbase.engine.tables.table import Records, Table
from roarbase.errors import LogDamaged

__all__ = ["take_foreign_keys", "take_lacking_names", "take_names", "take_row_keys"]


def take_names(table: Table, entry: BatchEntry) -> None:
    """Take the entry's new records and row keys, if it is replayed, and settle an open table's kind.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    _take_records(table, entry)
    take_row_keys(table, entry.row_keys)


def take_row_keys(table: Table, news: Sequence[RowKeys]) -> None:
    """Take the row keys that a replayed entry brings.

    Raises:
        LogDamaged: They do not follow on what is there.
    """
    fields = table.fields_by_id() if news else {}
    for row_keys in news:
        _take_row_keys(fields.get(row_keys.field_id), row_keys)


def take_foreign_keys(targets: Mapping[str, Table], entry: BatchEntry) -> None:
    """Take the keys that the entry brings to the tables that it refers to (by uuid), if it is replayed.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    for foreign in entry.foreign_keys:
        table = targets.get(foreign.table)
        if table is None or not isinstance(table.records, RecordKeys):
            raise LogDamaged(f"an entry refers to table {foreign.table!r}, which is not there, or has no keys")
        positions = _new_positions(foreign.positions, foreign.first, len(foreign.keys))
        if _are_next(table, table.records, foreign.first, len(foreign.keys)):
            _enter_names(table, table.records, foreign.keys, positions)
        table.watches.note(positions)


def take_lacking_names(tables: Mapping[str, Table], table: Table, entry: BatchEntry, sequence: int) -> None:
    """Take those names of an entry that stand in shards that lack it, in all tables (by uuid) that are there still."""
    names = _new_names(entry)
    if names is not None:
        positions = _new_positions(entry.new_positions, entry.first_new, len(names))
        _take_lacking(table, names, positions, entry.first_new, sequence)
    for foreign in entry.foreign_keys:
        target = tables.get(foreign.table)
        if target is not None:
            positions = _new_positions(foreign.positions, foreign.first, len(foreign.keys))
            _take_lacking(target, foreign.keys, positions, foreign.first, sequence)


def _take_lacking(table: Table, names: UInt64s | list[str], positions: Int64s, first: int, sequence: int) -> None:
    records, coverage = table.records, table.coverage
    if records is None or coverage is None:
        raise LogDamaged(f"an entry brings records to table {table.name!r}, which has none in its snapshots")
    lacking = np.flatnonzero(Lacking(coverage, sequence).positions(positions))
    if not len(lacking):
        return
    table.watches.note(positions[lacking])
    if isinstance(records, RecordKeys):
        assert isinstance(names, list)
        records.enter_late([names[place] for place in lacking.tolist()], positions[lacking], first + lacking)
    else:
        assert not isinstance(names, list)
        records.enter_late(names[lacking], positions[lacking], first + lacking)


def _take_records(table: Table, entry: BatchEntry) -> None:
    count = _count_new(entry)
    if count is None:
        return
    is_keyed = entry.new_keys is not None
    records = table.choose_kind(is_keyed=is_keyed)
    if isinstance(records, RecordKeys) != is_keyed:
        raise LogDamaged(f"an entry brings the wrong kind of record for table {table.name!r}")
    table.is_keyed = is_keyed
    if _are_next(table, records, entry.first_new, count):
        names = _new_names(entry)
        assert names is not None
        _enter_names(table, records, names, _new_positions(entry.new_positions, entry.first_new, count))


def _are_next(table: Table, records: Records, first: int, count: int) -> bool:
    """Whether so many records from this one on are yet to be taken; if they are assigned, they stay."""
    if _is_next(first, records.entered, f"records of table {table.name!r}"):
        return True
    records.settle(first + count)
    return False


def _enter_names(table: Table, records: Records, names: UInt64s | list[str], positions: Int64s) -> None:
    if len(names) != len(positions):
        raise LogDamaged(f"an entry brings {len(names)} records and {len(positions)} positions to table {table.name!r}")
    if isinstance(records, RecordKeys):
        assert isinstance(names, list)
        records.enter(names, positions)
    else:
        assert not isinstance(names, list)
        records.enter(names, positions)


def _count_new(entry: BatchEntry) -> int | None:
    """How many new records an entry brings; None if it tells of none."""
    if entry.new_keys is not None:
        return len(entry.new_keys)
    packed = entry.new_positions if entry.new_ids is None else entry.new_ids
    return None if packed is None else count_packed(packed)


def _new_names(entry: BatchEntry) -> UInt64s | list[str] | None:
    """What the entry's new records are called; None if there are none."""
    if entry.new_keys is not None:
        return entry.new_keys
    if entry.new_ids is not None:
        return unpack(entry.new_ids, np.uint64)
    return None if entry.new_positions is None else unpack(entry.new_positions, np.uint64)


def _new_positions(packed: Packed | None, first: int, count: int) -> Int64s:
    """Where new records stand."""
    if packed is None:  # an entry from before positions were chosen
        return np.arange(first, first + count)
    return unpack(packed, np.int64)


def _take_row_keys(field: Field | None, row_keys: RowKeys) -> None:
    if not isinstance(field, RowField) or not isinstance(field.names, KeyRows):
        return
    if _is_next(row_keys.first_row - 1, len(field.names.keys), f"row keys of field {field.spec.name!r}"):
        field.names.keys.extend(row_keys.keys)


def _is_next(first: int, size: int, what: str) -> bool:
    """Whether what begins at `first` is yet to be taken, where `size` are taken."""
    if first > size:
        raise LogDamaged(f"an entry's new {what} begin at {first}, but only {size} are known")
    return first == size
