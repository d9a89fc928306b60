"""From a manifest and its files to tables, several files at a time.

Every file is read whole and its checksums are compared, so that damage is told before anybody is answered. What
belongs to no field is unpacked at once; the values of fields when somebody asks for them (`tables/unloaded.py`).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from roarbase.engine.buffers.pieces import Piece
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.snapshots.images import RECORDS, load_shard, part_of
from roarbase.engine.snapshots.unpacking import Later
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.manifest import Manifest, RowsAbout, RowsRow, ShardAbout, ShardRow, TableRow, open_named
from roarbase.engine.storage.segment import damaged
from roarbase.engine.storage.snapshot_file import FileHeader
from roarbase.engine.tables.coverage import Coverage
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.unloaded import Part
from roarbase.model.changes import CreateTable

__all__ = ["Adopting", "load_tables"]

_WORKERS = 4
_AHEAD = 8
"""Files that are read before they are needed."""

_NAME_BYTES = 26


class _Read(NamedTuple):
    """What is in one file.

    Attributes:
        unpacked: What belongs to no field; or the rows of a field.
        fields: What belongs to fields, by id.
    """

    about: ShardAbout | RowsAbout
    unpacked: dict[str, Piece]
    fields: dict[str, Part]


class Adopting(Protocol):
    """What is filled."""

    def make_table(self, change: CreateTable) -> Table: ...

    def adopt(self, tables: dict[str, Table], end: int) -> None: ...


def load_tables(
    state: Adopting, store: FileStore, directory: Path, header: FileHeader, manifest: Manifest
) -> list[Later]:
    """Fill an empty state.

    Returns:
        What is left to be done when somebody asks for it, or before: names come first, being needed by most.

    Raises:
        LogDamaged: A file is missing, or not what was written; it is named.
        OSError: The disk refuses.
    """
    tables = {row.id: _empty_table(state, row) for row in manifest.tables}
    by_name = {table.name: table for table in tables.values()}
    for row in manifest.tables:
        for field in row.fields:
            target = by_name[field.spec.foreign_index] if field.spec.is_reference else None
            tables[row.id].add_field(field.id, field.spec, target)
    for row in manifest.tables:
        _settle(tables[row.id], row, header.sequence)
    with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1), "roarbase-load") as pool:
        parts = _load_files(pool, tables, store, directory, header, manifest)
    state.adopt(tables, header.sequence)
    names = [table.records for table in tables.values() if table.records is not None]
    return [
        *(Later(len(records) * _NAME_BYTES, records.enter_some_loaded) for records in names),
        *(Later(part.size_bytes, part.prepare) for part in parts),
    ]


def _empty_table(state: Adopting, row: TableRow) -> Table:
    return state.make_table(CreateTable(table=row.id, name=row.name, is_keyed=row.is_keyed))


def _settle(table: Table, row: TableRow, end: int) -> None:
    """Have what belongs to no shard."""
    shards = {shard.shard: shard.covers for shard in row.shards}
    table.coverage = Coverage(end=end, shards=shards, names=(row.entered, row.next_position))
    if isinstance(table.records, RecordKeys):
        table.records.settle_order(is_in_order=row.is_in_order, kept_from=row.kept_from)


def _load_files(
    pool: ThreadPoolExecutor,
    tables: dict[str, Table],
    store: FileStore,
    directory: Path,
    header: FileHeader,
    manifest: Manifest,
) -> list[Part]:
    jobs: list[tuple[TableRow, ShardRow | RowsRow]] = []
    for row in manifest.tables:
        jobs += ((row, rows) for rows in row.rows)
        jobs += ((row, shard) for shard in row.shards if shard.file)
    read = partial(_read, store, directory, header.log_id)
    waiting = [pool.submit(read, *job) for job in jobs[:_AHEAD]]
    parts: list[Part] = []
    for place, (row, _) in enumerate(jobs):
        found, table = waiting.pop(0).result(), tables[row.id]
        if place + _AHEAD < len(jobs):
            waiting.append(pool.submit(read, *jobs[place + _AHEAD]))
        if isinstance(found.about, ShardAbout):
            load_shard(table, found.about, found.unpacked, found.fields)
            parts += found.fields.values()
        else:
            _load_rows(table, found.about, found.unpacked)
    return parts


def _read(store: FileStore, directory: Path, log_id: bytes, table: TableRow, row: ShardRow | RowsRow) -> _Read:
    path = directory / row.file
    if isinstance(row, ShardRow):
        with open_named(store, path, "shard", ShardAbout, log_id) as shard:
            if (shard.about.table, shard.about.shard) != (table.id, row.shard):
                raise damaged(path, 0, f"it is not of shard {row.shard} of table {table.name!r}")
            sections = shard.sections()
        records = {what: section.piece() for what, section in sections.pop(RECORDS, {}).items()}
        return _Read(shard.about, records, {field: part_of(those) for field, those in sections.items()})
    with open_named(store, path, "rows", RowsAbout, log_id) as rows:
        if (rows.about.field, rows.about.first, rows.about.count) != (row.field, row.first, row.count):
            raise damaged(path, 0, f"it is not of the rows from {row.first} on of field {row.field!r}")
        return _Read(rows.about, rows.pieces().get(row.field, {}), {})


def _load_rows(table: Table, about: RowsAbout, pieces: dict[str, Piece]) -> None:
    field = table.fields_by_id().get(about.field)
    if isinstance(field, RowField) and pieces:
        field.names.load(pieces)
