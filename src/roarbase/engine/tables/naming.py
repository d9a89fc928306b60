"""From a log entry to names: the records and row keys that it brings.

A replayed entry brings positions and keys that are not taken yet; one just assigned has
taken them. Where an entry says its news begin tells the two apart.
"""

from collections.abc import Mapping

import numpy as np

from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.storage.entries import BatchEntry, RowKeys
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.fields import Field, RowField
from roarbase.engine.tables.table import Table
from roarbase.errors import LogDamaged

__all__ = ["take_foreign_keys", "take_names"]


def take_names(table: Table, entry: BatchEntry) -> None:
    """Take the entry's new records and row keys, if it is replayed, and settle an open table's kind.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    _take_records(table, entry)
    fields = table.fields_by_id()
    for row_keys in entry.row_keys:
        _take_row_keys(fields.get(row_keys.field_id), row_keys)


def take_foreign_keys(targets: Mapping[str, Table], entry: BatchEntry) -> None:
    """Take the keys that the entry brings to the tables that it refers to (by uuid), if it is replayed.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    for foreign in entry.foreign_keys:
        table = targets.get(foreign.table)
        if table is None or not isinstance(table.records, KeyMap):
            raise LogDamaged(f"an entry refers to table {foreign.table!r}, which is not there, or has no keys")
        if _is_next(foreign.first, len(table), f"records of table {table.name!r}"):
            table.records.extend(foreign.keys)


def _take_records(table: Table, entry: BatchEntry) -> None:
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
    if not isinstance(field, RowField) or not isinstance(field.names, KeyRows):
        return
    if _is_next(row_keys.first_row - 1, len(field.names.keys), f"row keys of field {field.spec.name!r}"):
        field.names.keys.extend(row_keys.keys)


def _is_next(first: int, size: int, what: str) -> bool:
    """Whether what begins at `first` is yet to be taken, where `size` are taken."""
    if first > size:
        raise LogDamaged(f"an entry's new {what} begin at {first}, but only {size} are known")
    return first == size
