"""Which shards an entry of the log writes to, so that a start need not unpack the others to replay it."""

from collections.abc import Mapping

import numpy as np

from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.storage.entries import (
    BatchEntry,
    ClearRowEntry,
    DeleteEntry,
    Entry,
    GroupEntry,
    SingleEntry,
    StoreRowEntry,
    WriteEntry,
)
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.table import Table
from roarbase.model.changes import DropViews

__all__ = ["load_touched", "touched_shards"]


def load_touched(tables: Mapping[str, Table], entry: Entry) -> None:
    """Let the columns of a table have all that an entry may change.

    Raises:
        LogDamaged: A snapshot is not what was written.
    """
    if isinstance(entry, WriteEntry | DropViews):
        table = tables.get(entry.table)
        if table is not None and table.unloaded_count:
            table.load_shards(None if isinstance(entry, DropViews) else touched_shards(entry))


def touched_shards(entry: WriteEntry) -> frozenset[int] | None:
    """The shards that an entry may write to; None: any of its table."""
    steps = entry.entries if isinstance(entry, GroupEntry) else [entry]
    found: set[int] = set()
    for step in steps:
        shards = _of_step(step)
        if shards is None:
            return None
        found |= shards
    return frozenset(found)


def _of_step(step: SingleEntry) -> set[int] | None:
    match step:
        case BatchEntry():
            return set(np.unique(unpack(step.positions, np.int64) >> SHARD_BITS).tolist())
        case DeleteEntry() | ClearRowEntry():
            return None if step.positions is None else {part.shard for part in step.positions}
        case StoreRowEntry():  # takes the row from whoever holds it elsewhere
            return None
