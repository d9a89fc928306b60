"""From a log entry to the columns: the same for a batch just assigned and for one replayed.

Every column takes the whole batch in a few calls of write kernels, whatever shards its records are
in. Number columns hear of every batch that brings records, since a record without
a value is what they keep a not-null bitmap for.
"""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, all_set
from roarbase.engine.storage.entries import BatchEntry, NumberValues, SetValues
from roarbase.engine.storage.packing import count_packed, unpack
from roarbase.engine.tables.appending import append_batch, is_append
from roarbase.engine.tables.coverage import Lacking
from roarbase.engine.tables.fields import NumberField
from roarbase.engine.tables.parts import Part
from roarbase.engine.tables.set_writes import write_rows
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.value_writes import write_codes, write_numbers

__all__ = ["apply_batch"]


def apply_batch(
    table: Table, entry: BatchEntry, lacking: Lacking | None = None, tell: Callable[[Mask], None] | None = None
) -> int:
    """Write the batch into the table's columns, and tell how many records it changed.

    Its names are taken. Columns of fields dropped meanwhile are passed over.

    Args:
        lacking: Which shards it is written to; None: all of them.
        tell: Told which of the records were changed; none occurs twice then.
    """
    chosen = None if lacking is None else _chosen_or_none(entry, lacking)
    if chosen is None and is_append(table, entry):
        if tell is not None:
            tell(np.ones(count_packed(entry.positions), np.bool_))
        return append_batch(table, entry)
    positions = unpack(entry.positions, np.int64)
    records = np.arange(len(positions))
    if chosen is not None:
        records, positions = chosen, positions[chosen]
    if not len(records):
        return 0
    part = (_made if entry.makes_records else _found)(table, records, positions)
    columns = {values.field_id: values for values in entry.columns}
    for field in table.fields.values():
        values = columns.get(field.id)
        if isinstance(field, NumberField):
            assert values is None or isinstance(values, NumberValues)
            write_numbers(field, part, values)
        elif isinstance(values, SetValues):
            write_rows(field, part, values)
        elif values is not None:
            write_codes(field, part, values)
    if tell is not None:
        tell(part.which_changed())
    return part.changed_count


def _chosen_or_none(entry: BatchEntry, lacking: Lacking) -> Int64s | None:
    """Those of the entry's records that stand in shards which lack them; None: all of them do."""
    are_lacking = lacking.positions(unpack(entry.positions, np.int64))
    return None if all_set(are_lacking) else np.flatnonzero(are_lacking)


def _made(table: Table, records: Int64s, positions: Int64s) -> Part:
    """These records of an entry; those that do not exist are made."""
    table.make_room(positions)
    part = Part(records, positions, ~table.exists.take(positions))
    if len(part.fresh):
        table.exists.put(part.fresh, np.ones(len(part.fresh), np.bool_))
    table.watches.note(positions)
    return part


def _found(table: Table, records: Int64s, positions: Int64s) -> Part:
    """Those of these records that exist."""
    known = np.flatnonzero(table.exists.take(positions))
    table.watches.note(positions[known])
    return Part(records[known], positions[known], np.zeros(len(known), np.bool_))
