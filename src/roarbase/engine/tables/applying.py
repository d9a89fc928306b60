"""From a log entry to the table: what can be worked out while others read, and the rest, which is made alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Mask
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.storage.entries import (
    BatchEntry,
    ClearRowEntry,
    DeleteEntry,
    GroupEntry,
    SingleEntry,
    StoreRowEntry,
    WriteEntry,
)
from roarbase.engine.tables.coverage import Lacking
from roarbase.engine.tables.deleting import Deletion, picked
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.naming import take_foreign_keys, take_names, take_row_keys
from roarbase.engine.tables.row_edits import code_of_row, prepare_row, row_changes
from roarbase.engine.tables.set_writes import relieve_sets
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.widening import widen_columns
from roarbase.engine.tables.writing import apply_batch

__all__ = ["Prepared", "Tables", "prepare", "settle_names", "steps_of_entry"]

Tables = Mapping[str, Table]
"""By uuid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """One step that is worked out.

    Attributes:
        make: Makes it, and tells how many records it changed. Nothing may be written in between.
        end: Forgets the names of records that it ended, as the log entry with this number says.
    """

    make: Callable[[], int]
    end: Callable[[int], None] = lambda _: None


def steps_of_entry(entry: WriteEntry) -> Sequence[SingleEntry]:
    """The effects of an entry, in order."""
    return entry.entries if isinstance(entry, GroupEntry) else (entry,)


def settle_names(tables: Tables, table: Table, entry: SingleEntry) -> None:
    """Take the names that an entry brings, if it is replayed; if it was assigned, they are not given back any more.

    Of an entry that snapshots have in parts, `take_lacking_names` takes them.

    Raises:
        LogDamaged: The entry does not follow on what is there.
    """
    if isinstance(entry, BatchEntry):
        take_names(table, entry)
        take_foreign_keys(tables, entry)
    elif isinstance(entry, StoreRowEntry):
        take_row_keys(table, entry.row_keys)


def prepare(
    table: Table, entry: SingleEntry, lacking: Lacking | None = None, tell: Callable[[Mask], None] | None = None
) -> Prepared:
    """Work out one step. Only the one writer may; readers go on.

    Args:
        lacking: Which shards it is made in; None: all of them.
        tell: Told which records of a batch were changed, if none occurs twice.
    """
    match entry:
        case BatchEntry():
            return Prepared(make=partial(_make_batch, table, entry, _room(table, entry), lacking, tell))
        case DeleteEntry():
            deletion = Deletion(table, picked(table, entry, lacking))
            return Prepared(make=deletion.erase, end=deletion.forget_names)
        case ClearRowEntry() | StoreRowEntry():
            return Prepared(make=_row_change(table, entry, lacking))


def _room(table: Table, entry: BatchEntry) -> list[Patch]:
    """What a batch needs wider, or else one plane more: that is made in the width of those that are there."""
    return widen_columns(table, entry) or relieve_sets(table, entry)


def _make_batch(
    table: Table,
    entry: BatchEntry,
    patches: Sequence[Patch],
    lacking: Lacking | None,
    tell: Callable[[Mask], None] | None,
) -> int:
    for patch in patches:
        patch()
    return apply_batch(table, entry, lacking, tell)


def _row_change(table: Table, entry: ClearRowEntry | StoreRowEntry, lacking: Lacking | None) -> Callable[[], int]:
    found = table.fields_by_id().get(entry.field_id)
    code = code_of_row(found, entry) if isinstance(found, RowField) else None
    if not isinstance(found, RowField) or code is None:  # dropped meanwhile, or nobody can hold it
        return lambda: 0
    changes = [
        change for change in row_changes(table, found, code, entry) if lacking is None or lacking.shard(change.shard)
    ]
    patches = prepare_row(table, found, code, changes)

    def make() -> int:
        if isinstance(entry, StoreRowEntry):
            found.names.codes_of_ids(np.array([entry.row], np.uint64))
        for patch in patches:
            patch()
        return sum(map(len, changes))

    return make
