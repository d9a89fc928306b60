"""One round of snapshots: what it wrote so far, and what the manifest says behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from roarbase.engine.buffers.pieces import Image
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.names.row_names import BoolRows
from roarbase.engine.storage.manifest import FieldRow, Manifest, RowsAbout, RowsRow, ShardRow, TableRow
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table

__all__ = ["Final", "Place", "Round", "finished"]

_ROWS_PER_FILE = 1 << 18
"""Rows that have a code keep it for ever: a file that is full is never written again."""

Place = tuple[str, int]
"""A table by uuid, and a shard."""


@dataclass(slots=True)
class Round:
    """One round in progress.

    Attributes:
        begin: The last entry when it began.
        written: By shard, the file that this round wrote (empty: nothing is there), and the last entry that it has.
        left: Shards that had changed when it began, and were not written since it was cut short.
        names: All files that this round wrote.
    """

    begin: int
    written: dict[Place, ShardRow] = field(default_factory=dict)
    left: frozenset[Place] = frozenset()
    names: list[str] = field(default_factory=list)
    size_bytes: int = 0


class Final(NamedTuple):
    """What a manifest will say.

    Attributes:
        sequence: The last entry that is in all that belongs to no shard.
        rows: Files of rows that are still to be written, and what goes into them.
    """

    sequence: int
    tables: list[TableRow]
    rows: list[tuple[RowsAbout, RowsRow, Image]]


def finished(tables: Iterable[Table], done: Round, before: Manifest, end_before: int, sequence: int) -> Final:
    """What is to be said of all tables behind a round, while nobody writes.

    Args:
        before: The manifest that is in place, which `end_before` is the number of.
    """
    known = {table.id: table for table in before.tables}
    described, new_rows = [], []
    for table in tables:
        old = known.get(table.id)
        rows, new = _rows_of(table, [] if old is None else old.rows)
        shards = {} if old is None else {row.shard: row for row in old.shards}
        described.append(_table_row(table, _shards_of(table, done, shards, end_before, sequence), rows))
        new_rows += new
    return Final(sequence, described, new_rows)


def _table_row(table: Table, shards: list[ShardRow], rows: list[RowsRow]) -> TableRow:
    records = table.records
    keys = records if isinstance(records, RecordKeys) else None
    return TableRow(
        id=table.id,
        name=table.name,
        is_keyed=table.is_keyed,
        entered=table.entered,
        next_position=None if records is None else records.next_position,
        is_in_order=keys is None or keys.is_in_order,
        kept_from=None if keys is None else keys.kept_from,
        fields=[FieldRow(id=field.id, spec=field.spec) for field in table.fields.values()],
        shards=shards,
        rows=rows,
    )


def _shards_of(table: Table, done: Round, before: Mapping[int, ShardRow], end_before: int, end: int) -> list[ShardRow]:
    """The shards that have a file, or were written to since this round passed them by."""
    written = {shard: row for (table_id, shard), row in done.written.items() if table_id == table.id}
    found = []
    for shard in sorted({*before, *written, *table.watches.shards}):
        row = written.get(shard) or before.get(shard) or ShardRow(shard=shard, covers=end_before)
        # What this round passed by had not changed when it began; what has not changed since has all there is.
        since = row.covers if shard in written or (table.id, shard) in done.left else done.begin
        covers = since if shard in table.watches.shards else end
        if row.file or covers < end:
            found.append(ShardRow(shard=shard, covers=covers, file=row.file))
    return found


def _rows_of(table: Table, before: list[RowsRow]) -> tuple[list[RowsRow], list[tuple[RowsAbout, RowsRow, Image]]]:
    """The files of a table's rows, and of those that are still to be written what goes into them."""
    there = {(row.field, row.first, row.count): row for row in before}
    rows, new = [], []
    for found in table.fields.values():
        if not isinstance(found, RowField) or isinstance(found.names, BoolRows):
            continue
        for first in range(0, len(found.names), _ROWS_PER_FILE):
            count = min(_ROWS_PER_FILE, len(found.names) - first)
            row = there.get((found.id, first, count))
            if row is None:
                row = RowsRow(field=found.id, first=first, count=count, file="")
                about = RowsAbout(table=table.id, field=found.id, first=first, count=count)
                new.append((about, row, found.names.image(first, first + count)))
            rows.append(row)
    return rows, new
